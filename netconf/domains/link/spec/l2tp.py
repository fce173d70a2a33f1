"""Options of L2TPv3: a session and the tunnel it's in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from netconf.core import ip
from netconf.grammar import Strict, reject, shown
from netconf.grammar.addresses import unicast_address
from netconf.grammar.values import Switch

_COOKIE_DIGITS = (8, 16)
TUNNEL_FIELDS = (
    "peer_tunnel_id", "encap", "local", "remote", "udp_sport", "udp_dport", "udp_csum", "udp6_csum_tx", "udp6_csum_rx",
)  # fmt: skip
"""What sessions with the same `tunnel_id` have in common."""


def _end(value: Any) -> str:
    text = unicast_address(value)
    address = ip.parse(text)
    if address is not None and ip.is_link_local(address):
        reject(
            "NC2068",
            f"{text} is a link-local address",
            "it says nothing without its link, and the kernel takes no link for the end of such a tunnel",
            "write an address that holds on all links",
        )
    return text


def _cookie(value: Any) -> str:
    if value == "none":
        return "none"
    is_hex = isinstance(value, str) and all(char in "0123456789abcdefABCDEF" for char in value)
    if not is_hex or len(value) not in _COOKIE_DIGITS:
        reject(
            "NC2069",
            f"{shown(value)} is not a cookie",
            "a cookie has 4 or 8 octets (RFC 3931 section 4.1)",
            'write them as 8 or 16 hexadecimal digits in quotes, "0a1b2c3d", or none',
        )
    return str(value).lower()


Number = Annotated[int, Field(ge=1, le=(1 << 32) - 1)]
Port = Annotated[int, Field(ge=1, le=65535)]
End = Annotated[str, BeforeValidator(_end, json_schema_input_type=str)]
Cookie = Annotated[str, BeforeValidator(_cookie, json_schema_input_type=str)]


class L2tp(Strict):
    """A session of an L2TPv3 tunnel without control messages, and the tunnel."""

    tunnel_id: Number = Field(description="number of the tunnel here; sessions with the same one share it")
    peer_tunnel_id: Number = Field(description="its number at the other end")
    encap: Literal["udp", "ip"] = Field(description="what carries the packets")
    local: End = Field(description="source address of the packets, one of this host")
    remote: End = Field(description="the other end")
    udp_sport: Port | None = Field(None, description="with encap udp: our port")
    udp_dport: Port | None = Field(None, description="with encap udp: the port of the other end")
    udp_csum: Switch | None = Field(
        None, description="over UDP and IPv4: send checksums; off in a new tunnel"
    )
    udp6_csum_tx: Switch | None = Field(
        None, description="over UDP and IPv6: send checksums; on in a new tunnel"
    )
    udp6_csum_rx: Switch | None = Field(
        None, description="over UDP and IPv6: want checksums; on in a new tunnel"
    )
    session_id: Number = Field(description="number of the session here")
    peer_session_id: Number = Field(description="its number at the other end")
    cookie: Cookie | None = Field(None, description="8 or 16 hexadecimal digits in sent packets, or none")
    peer_cookie: Cookie | None = Field(None, description="the same that received packets must have")
    l2spec_type: Literal["default", "none"] | None = Field(
        None, description="the sublayer between the header and the frame; default in a new session"
    )
    seq: Literal["none", "send", "recv", "both"] | None = Field(
        None, description="which packets are numbered; none in a new session"
    )

    @model_validator(mode="after")
    def _one_family(self) -> L2tp:
        if (":" in self.local) != (":" in self.remote):
            reject(
                "NC2070",
                f"local {self.local} and remote {self.remote}",
                "one is of IPv4, the other of IPv6",
                "write both of one version",
                at=("remote",),
            )
        if self.local == self.remote:
            reject(
                "NC2070",
                f"local and remote are both {self.local}",
                "a tunnel leads to another host",
                "correct one",
                at=("remote",),
            )
        return self

    @model_validator(mode="after")
    def _ports(self) -> L2tp:
        ports = [name for name in ("udp_sport", "udp_dport") if getattr(self, name) is not None]
        if self.encap == "udp" and len(ports) < 2:
            missing = "udp_dport" if ports == ["udp_sport"] else "udp_sport"
            reject(
                "NC2071",
                f"encap: udp without {missing}",
                "its packets go from one UDP port to another",
                f"add {missing}, 1701 is that of L2TP",
            )
        v6 = ":" in self.local
        for name in ("udp_sport", "udp_dport", "udp_csum", "udp6_csum_tx", "udp6_csum_rx"):
            if getattr(self, name) is None or counts(name, self.encap, v6=v6):
                continue
            over = "IP, without UDP" if self.encap == "ip" else f"UDP and IPv{6 if v6 else 4}"
            reject("NC2072", name, f"the tunnel runs over {over}", f"remove {name}", at=(name,))
        return self

    @model_validator(mode="after")
    def _numbered(self) -> L2tp:
        if self.l2spec_type == "none" and self.seq not in (None, "none"):
            reject(
                "NC2073",
                f"seq: {self.seq} with l2spec_type: none",
                "the numbers of packets stand in the sublayer that there is none of",
                "write l2spec_type: default, or seq: none",
                at=("seq",),
            )
        return self


def counts(name: str, encap: str, *, v6: bool) -> bool:
    """Whether a field is about such a tunnel."""
    if not name.startswith("udp"):
        return True
    return encap == "udp" and (name in ("udp_sport", "udp_dport") or name.startswith("udp6") == v6)


def require_agreement(sections: Mapping[str, L2tp]) -> None:
    """Refuse sessions of one tunnel that say different things of it, at each of the places. `sections` are by the
    name of the interface.
    """
    faults = list(_contradictions(sections.items()))
    if faults:
        raise ValidationError.from_exception_data("l2tp", faults)


def _contradictions(sections: Iterable[tuple[str, L2tp]]) -> Iterator[InitErrorDetails]:
    first: dict[int, tuple[str, L2tp]] = {}
    for name, section in sections:
        other_name, other = first.setdefault(section.tunnel_id, (name, section))
        for field in TUNNEL_FIELDS:
            here, there = getattr(section, field), getattr(other, field)
            if here != there:
                yield _differs((name, here), (other_name, there), field, section)
                yield _differs((other_name, there), (name, here), field, other)


def _differs(here: tuple[str, Any], there: tuple[str, Any], field: str, section: L2tp) -> InitErrorDetails:
    (name, own), (other_name, other) = here, there
    said = f"{field}: {_said(own)}" if own is not None else f"no {field}"
    fix = f"write {field}: {_said(other)} in both" if other is not None else "write the same in both"
    context = {
        "what": f"{name} gives tunnel {section.tunnel_id} {said}, {other_name} {'none' if other is None else _said(other)}",
        "why": "sessions with the same tunnel_id are in one tunnel",
        "fix": f"{fix}, or give {name} another tunnel_id",
        "at": ("interfaces", name, "l2tp", *(() if own is None else (field,))),
    }
    return InitErrorDetails(type=PydanticCustomError("NC2074", "{what}", context), loc=(), input=None)


def _said(value: Any) -> str:
    return str(value)
