"""What a user may write about sysctls."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from netconf.grammar import Strict, reject
from netconf.grammar.names import LinkName

_PART = re.compile(r"[a-z0-9_]+(-[a-z0-9_]+)*")

GONE = {
    "net.ipv4.tcp_tw_recycle": (
        "it broke every client behind NAT, and Linux dropped it in 4.12",
        "remove it; net.ipv4.tcp_tw_reuse: 1 is the safe way to reuse TIME-WAIT sockets",
    ),
}


def _key(key: str) -> str:
    if key in GONE:
        why, fix = GONE[key]
        reject("NC2401", f"{key} is refused", why, fix)
    if "/" in key or ".." in key:
        reject(
            "NC2402",
            f"{key!r} is not a sysctl name",
            "names are written with single dots",
            f"write {key.replace('/', '.').replace('..', '.').strip('.')}",
        )
    parts = key.split(".")
    if parts[0] != "net":
        reject(
            "NC2403",
            f"{key} is not a network sysctl",
            "netconf sets what is under net. and nothing else",
            "set it with sysctl.d",
        )
    if (
        len(parts) > 3
        and parts[2] in ("conf", "neigh")
        and (len(parts) != 5 or parts[3] not in ("all", "default"))
    ):
        reject(
            "NC2404",
            f"{key} belongs to an interface",
            "dots in interface names would make it ambiguous",
            f"write it under interfaces.NAME.sysctl as {parts[1]}.{parts[-1]}",
        )
    if len(parts) < 3 or not all(_PART.fullmatch(part) for part in parts):
        reject(
            "NC2405", f"{key!r} is not a sysctl name", "it's lower case words joined by dots", "correct it"
        )
    return key


def _link_key(key: str) -> str:
    parts = key.split(".")
    families = ("ipv4", "ipv6", "mpls")
    if parts[0] not in families or len(parts) not in (2, 3) or (len(parts) == 3 and parts[1] != "neigh"):
        reject(
            "NC2406",
            f"{key!r} is not a sysctl of an interface",
            "they are FAMILY.KEY, or FAMILY.neigh.KEY",
            "write ipv4.rp_filter or ipv6.accept_ra",
        )
    if not all(_PART.fullmatch(part) for part in parts):
        reject(
            "NC2405", f"{key!r} is not a sysctl name", "it's lower case words joined by dots", "correct it"
        )
    return key


def _value(value: Any) -> str:
    if isinstance(value, bool):
        reject(
            "NC2407",
            f"{str(value).lower()} is not a sysctl value",
            "the kernel has numbers and words",
            f"write {int(value)}",
        )
    if isinstance(value, int):
        return str(value)
    if not isinstance(value, str) or not value.strip() or any(ord(c) < 32 and c != "\t" for c in value):
        reject(
            "NC2408",
            f"{value!r} is not a sysctl value",
            "it's a number, a word, or some of them separated by blanks",
            "correct it",
        )
    return " ".join(value.split())


Value = Annotated[str, BeforeValidator(_value), WithJsonSchema({"type": ["integer", "string"]})]


class InterfaceSysctls(Strict):
    """The sysctls of one link."""

    sysctl: dict[Annotated[str, AfterValidator(_link_key)], Value] | None = Field(
        None, description="per-interface sysctls: ipv4.rp_filter, ipv6.accept_ra, ipv4.neigh.gc_stale_time"
    )


class Spec(Strict):
    """The part of a document that describes sysctls."""

    sysctl: dict[Annotated[str, AfterValidator(_key)], Value] | None = Field(
        None, description="network sysctls by name: net.ipv4.ip_forward"
    )
    interfaces: dict[LinkName, InterfaceSysctls] = Field(default_factory=dict)
