"""What a user may write about sysctls."""

from __future__ import annotations

import re
from typing import Annotated, Any, NoReturn

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from netconf.domains.sysctl.resource import NOT_LINKS
from netconf.grammar import Strict, reject, shown
from netconf.grammar.names import LinkName

FAMILIES = ("ipv4", "ipv6", "mpls")

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
            f"{shown(key)} is not a sysctl name",
            "names are words with single dots between, never paths",
            f"write {_dotted(key) or 'a name such as net.ipv4.ip_forward'}",
        )
    parts = key.split(".")
    if parts[0] != "net":
        _not_of_the_network(key)
    if len(parts) > 3 and parts[2] in ("conf", "neigh") and (len(parts) != 5 or parts[3] not in NOT_LINKS):
        _of_an_interface(key, parts)
    if len(parts) < 3 or not all(_PART.fullmatch(part) for part in parts):
        _not_a_name(key, "net.ipv4.ip_forward")
    return key


def _dotted(key: str) -> str:
    """What a path means as a name; "" if it leaves /proc/sys/net, or an interface has a dot."""
    parts = key.removeprefix("/proc/sys/").strip("/").replace("/", ".").split(".")
    parts = [part for part in parts if part] if "../" not in key else []
    return ".".join(parts) if parts[:1] == ["net"] and "conf" not in parts and "neigh" not in parts else ""


def _not_of_the_network(key: str) -> NoReturn:
    if "." not in key or key.lower().startswith("net."):
        _not_a_name(key, "net.ipv4.ip_forward")
    reject(
        "NC2403",
        f"{shown(key)} is not a network sysctl",
        "netconf sets what is under net. and nothing else",
        "set it in a file of /etc/sysctl.d",
    )


def _of_an_interface(key: str, parts: list[str]) -> NoReturn:
    name = ".".join(parts[3:-1])
    link = name if name and name != "*" else "NAME"
    short = [parts[1], *(["neigh"] if parts[2] == "neigh" else []), parts[-1]]
    reject(
        "NC2404",
        f"{key} belongs to an interface",
        "such sysctls come and go with their interface, whose name may have dots",
        f"write {'.'.join(short)} under interfaces.{link}.sysctl",
    )


def _not_a_name(key: str, example: str) -> NoReturn:
    meant = key.strip().lower()
    fits = meant.startswith("net.") and all(_PART.fullmatch(part) for part in meant.split("."))
    reject(
        "NC2405",
        f"{shown(key)} is not a sysctl name",
        "it's lower case words with dots between",
        f"write {meant if fits and meant.count('.') > 1 else f'the whole name, such as {example}'}",
    )


def _link_key(key: str) -> str:
    parts = key.split(".")
    if parts[0] not in FAMILIES or len(parts) not in (2, 3) or (len(parts) == 3 and parts[1] != "neigh"):
        reject(
            "NC2406",
            f"{shown(key)} is not a sysctl of an interface",
            "its name is FAMILY.KEY or FAMILY.neigh.KEY, without the interface",
            f"write {_short(key) or 'ipv4.rp_filter, ipv6.accept_ra or the like'}",
        )
    if not all(_PART.fullmatch(part) for part in parts):
        reject(
            "NC2405",
            f"{shown(key)} is not a sysctl name",
            "it's lower case words with dots between",
            "write a name such as ipv4.rp_filter",
        )
    return key


def _short(key: str) -> str:
    """What a longer name means under an interface; "" if that can't be told."""
    parts = key.replace("/", ".").removeprefix("net.").split(".")
    if parts[0] not in FAMILIES or len(parts) < 2 or not all(_PART.fullmatch(part) for part in parts[1:]):
        return ""
    neigh = ["neigh"] if "neigh" in parts[1:2] else []
    return ".".join([parts[0], *neigh, parts[-1]])


def _value(value: Any) -> str:
    if isinstance(value, bool) or (isinstance(value, str) and value.lower() in _SWITCHES):
        number = int(value) if isinstance(value, bool) else _SWITCHES[value.lower()]
        reject(
            "NC2407",
            f"{shown(value)} is not a sysctl value",
            "the kernel takes 1 for on and 0 for off",
            f"write {number}",
        )
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list) and value and all(isinstance(part, int | str) for part in value):
        words = " ".join(map(str, value))
        reject("NC2408", "a list is not a sysctl value", "the kernel takes one line", f'write "{words}"')
    if not isinstance(value, str) or not value.strip() or any(ord(c) < 32 and c != "\t" for c in value):
        reject(
            "NC2408",
            f"{shown(value)} is not a sysctl value",
            "a value is one line: a number, a word, or some of them with blanks between",
            "write the value as sysctl prints it",
        )
    return " ".join(value.split())


_SWITCHES = {"on": 1, "yes": 1, "true": 1, "off": 0, "no": 0, "false": 0}

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
