"""MACsec (IEEE 802.1AE): a secure channel on a link. Its keys are those of other programs.

A channel is known by its SCI: the address of the system and the number of its port there.
"""

from __future__ import annotations

from collections.abc import Iterator

from netconf.domains.link.kinds.option import (
    NUMBER,
    ON_OFF,
    Fault,
    Form,
    KindTable,
    Option,
    Usual,
    Value,
    Values,
    enumerated,
    words,
)

ICV_LENGTH = 16
"""Octets, where none is said."""
TAG = 16
"""Octets of the Ethertype and the longest tag (macsec_extra_len of drivers/net/macsec.c)."""

_AES_128, _AES_128_ONCE = 0x0080C20001000001, 0x0080020001000001
"""Its number, and the one that kernels told instead at first (MACSEC_DEFAULT_CIPHER_ID)."""
_CIPHERS = {
    _AES_128: "gcm-aes-128",
    0x0080C20001000002: "gcm-aes-256",
    0x0080C20001000003: "gcm-aes-xpn-128",
    0x0080C20001000004: "gcm-aes-xpn-256",
}
_NUMBERS = words(_CIPHERS)
_CIPHER = _NUMBERS._replace(read=lambda v: _NUMBERS.read(_AES_128 if v == _AES_128_ONCE else v))


def _mac_number(value: Value) -> int:
    return int(str(value).replace(":", ""), 16)


def _mac_text(value: Value) -> str:
    return int(value).to_bytes(6, "big").hex(":")


_MAC = Form(_mac_number, _mac_text)
_SCI = "IFLA_MACSEC_SCI"
_SHAPES = ("send_sci", "end_station", "scb")
"""How a receiver learns the SCI: one of them is on at most."""


def _switch(name: str, codec: str, word: str = "") -> Option:
    return Option(name, f"IFLA_MACSEC_{codec}", word or name, ON_OFF)


def applies(name: str, options: Values) -> bool:
    return name != "window" or options.get("replay") == "on"


def faults(options: Values) -> Iterator[Fault]:
    """A new link sends its SCI where nothing is said."""
    given = {"send_sci": "on", **options}
    on = [name for name in _SHAPES if given.get(name) == "on"]
    if len(on) > 1:
        yield Fault(
            "NC2132",
            f"{' and '.join(on)} are on",
            "packets have their SCI, or it's that of an end station or of a single copy broadcast",
            f"write {on[0]}: off" + ("; new links have it on" if "send_sci" not in options else ""),
        )


MACSEC = KindTable(
    (
        # iproute2 wants the address before the port.
        Option("system", _SCI, "address", _MAC, field=(16, 48)),
        Option("port", _SCI, "port", NUMBER, field=(0, 16), alone="IFLA_MACSEC_PORT"),
        Option("cipher", "IFLA_MACSEC_CIPHER_SUITE", "cipher", _CIPHER),
        Option("icvlen", "IFLA_MACSEC_ICV_LEN", "icvlen", NUMBER),
        Option("encodingsa", "IFLA_MACSEC_ENCODING_SA", "encodingsa", NUMBER),
        _switch("encrypt", "ENCRYPT"),
        _switch("protect", "PROTECT"),
        _switch("send_sci", "INC_SCI"),
        _switch("end_station", "ES"),
        _switch("scb", "SCB"),
        _switch("replay", "REPLAY_PROTECT"),
        Option("window", "IFLA_MACSEC_WINDOW", "window", NUMBER),
        Option("validation", "IFLA_MACSEC_VALIDATION", "validate", enumerated("disabled", "check", "strict")),
    ),
    fixed=frozenset({"system", "port", "cipher", "icvlen"}),
    unique=("lower", "system", "port"),
    lower="needs",
    together=frozenset({"replay", "window"}),
    # With an SCI the kernel makes only links that send it (macsec_newlink).
    later=frozenset(_SHAPES),
    defaults=frozenset({("send_sci", "on"), ("end_station", "off"), ("scb", "off")}),
    applies=applies,
    faults=faults,
    usual=(Usual("IFLA_MACSEC_OFFLOAD", 0, "its packets are made by the NIC (offload)"),),
)
