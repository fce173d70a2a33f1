"""Options of MACsec links."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from netconf.domains.link.spec.numbers import Count
from netconf.domains.link.spec.wireguard import Credential, KeyPath
from netconf.grammar import Strict, reject, shown
from netconf.grammar.names import LinkName
from netconf.grammar.values import Mac, Switch

MAX_WINDOW_XPN = (1 << 30) - 1
"""MACSEC_XPN_MAX_REPLAY_WINDOW of drivers/net/macsec.c."""


LAST_PN = (1 << 32) - 1

_KEY_ID = re.compile(r"[0-9a-fA-F]{32}", re.ASCII)
Port = Annotated[int, Field(ge=1, le=(1 << 16) - 1)]


def _key_id(value: Any) -> str:
    if not isinstance(value, str) or not _KEY_ID.fullmatch(value):
        reject(
            "NC2076",
            f"{shown(value)} is not a key_id",
            "the kernel has one of 16 octets with each key",
            "write them as 32 hexadecimal digits in quotes, or leave key_id out: then it's a digest of the key",
        )
    return value.lower()


class MacsecAssociation(Strict):
    """A secure association: a key, and how far it's used."""

    an: int = Field(ge=0, le=3, description="its number in the channel")
    key_file: KeyPath | None = Field(None, description="file with the key, for root alone")
    key_credential: Credential | None = Field(None, description="the same as a credential of systemd")
    key_id: Annotated[str, BeforeValidator(_key_id, json_schema_input_type=str)] | None = Field(
        None, description="what the key is known by, 32 hexadecimal digits; left out = a digest of it"
    )
    ssci: int | None = Field(
        None, ge=1, le=(1 << 32) - 1, description="short SCI of the channel, for ciphers with xpn"
    )
    pn: int | None = Field(
        None, ge=1, le=(1 << 64) - 1, description="number of the next packet, at least; it grows by itself"
    )
    active: Switch | None = Field(None, description="whether it's used; on if left out")

    @model_validator(mode="after")
    def _counts_so_far(self) -> MacsecAssociation:
        if self.pn is not None and self.pn > LAST_PN and self.ssci is None:
            reject(
                "NC2085",
                f"pn {self.pn} without ssci",
                f"without extended packet numbers they go up to {LAST_PN}",
                f"write {LAST_PN} or less, or a cipher with xpn and ssci",
                at=("pn",),
            )
        return self

    @model_validator(mode="after")
    def _one_key(self) -> MacsecAssociation:
        if (self.key_file is None) == (self.key_credential is None):
            both = self.key_file is not None
            reject(
                "NC2077",
                "key_file and key_credential" if both else f"association {self.an} without a key",
                "there is one key",
                "remove one" if both else "add key_file with the path of a file that root alone can read",
            )
        return self


def _once(entries: list[MacsecAssociation]) -> list[MacsecAssociation]:
    numbers = [one.an for one in entries]
    for place, number in enumerate(numbers):
        if number in numbers[:place]:
            reject(
                "NC2078",
                f"association {number} is listed twice",
                "a channel has one of each number",
                "correct one, or remove it",
                at=(place, "an"),
            )
    return entries


Associations = Annotated[list[MacsecAssociation], AfterValidator(_once)]


class MacsecChannel(Strict):
    """A receive channel: what another system sends on one of its ports."""

    system: Mac = Field(description="address in the SCI of the other system")
    port: Port = Field(description="port number in its SCI; usually 1")
    active: Switch | None = Field(None, description="whether it's received from; on if left out")
    sa: Associations = Field(description="all its associations, up to four")


class Macsec(Strict):
    """A secure channel of IEEE 802.1AE. Its keys may come from elsewhere: wpa_supplicant, `ip macsec`."""

    parent: LinkName = Field(description="the link below")
    port: int = Field(ge=1, le=(1 << 16) - 1, description="port number in the SCI; usually 1")
    system: Mac | None = Field(None, description="address in the SCI; left out = that of the link when made")
    cipher: Literal["gcm-aes-128", "gcm-aes-256", "gcm-aes-xpn-128", "gcm-aes-xpn-256"] | None = Field(
        None, description="cipher suite"
    )
    icvlen: int | None = Field(None, ge=8, le=16, description="length of the check value, octets")
    encodingsa: int | None = Field(None, ge=0, le=3, description="the association to send with")
    encrypt: Switch | None = Field(None, description="encrypt, beside authenticating")
    protect: Switch | None = Field(None, description="protect sent frames")
    send_sci: Switch | None = Field(None, description="frames say their SCI")
    end_station: Switch | None = Field(None, description="frames say that the SCI is that of an end station")
    scb: Switch | None = Field(None, description="frames say that they're single copy broadcasts")
    replay: Switch | None = Field(None, description="drop repeated frames")
    window: Count | None = Field(None, description="how many numbers late a frame may be, with replay")
    validation: Literal["disabled", "check", "strict"] | None = Field(
        None, description="whether received frames are checked, and wrong ones dropped"
    )

    tx: Associations | None = Field(
        None, description="all associations to send with; left out = they're left alone"
    )
    rx: list[MacsecChannel] | None = Field(
        None, description="all receive channels with their associations; left out = they're left alone"
    )

    @model_validator(mode="after")
    def _channels(self) -> Macsec:
        known = [(self.system, self.port)] if self.system else []
        for place, one in enumerate(self.rx or ()):
            if (one.system, one.port) in known:
                own = place == 0 or (one.system, one.port) == (self.system, self.port)
                reject(
                    "NC2078",
                    f"channel {one.system} port {one.port} " + ("is our own" if own else "is listed twice"),
                    "a receive channel is another system's, and there is one of each",
                    "correct it, or remove it",
                    at=("rx", place),
                )
            known.append((one.system, one.port))
        return self

    @model_validator(mode="after")
    def _short_identifiers(self) -> Macsec:
        lists: list[tuple[tuple[str | int, ...], list[MacsecAssociation]]] = [(("tx",), self.tx or [])]
        lists += [(("rx", place, "sa"), one.sa) for place, one in enumerate(self.rx or ())]
        for at, entries in lists:
            for place, one in enumerate(entries):
                if self.cipher and (one.ssci is not None) != ("xpn" in self.cipher):
                    has = one.ssci is not None
                    reject(
                        "NC2079",
                        f"association {one.an} with{'' if has else 'out'} ssci, and cipher: {self.cipher}",
                        "ciphers with extended packet numbers count with it, and they alone",
                        "remove ssci, or write another cipher" if has else "add ssci",
                        at=(*at, place),
                    )
        return self

    @model_validator(mode="after")
    def _window(self) -> Macsec:
        if self.replay == "on" and self.window is None:
            reject(
                "NC2063",
                "replay: on without window",
                "the kernel wants to know how late a frame may be",
                "add window: 0 if all are in order, or more",
            )
        if self.window is not None and self.replay != "on":
            reject(
                "NC2064",
                f"window {self.window} without replay: on",
                "the kernel looks at it for that only",
                "write replay: on, or remove window",
            )
        if self.window is not None and self.window > MAX_WINDOW_XPN and "xpn" in (self.cipher or ""):
            reject(
                "NC2065",
                f"window {self.window} is too much for {self.cipher}",
                f"with extended packet numbers the kernel allows {MAX_WINDOW_XPN}",
                f"write {MAX_WINDOW_XPN} or less",
                at=("window",),
            )
        return self
