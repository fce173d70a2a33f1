"""What a route puts around packets: between the document and the words of `ip route`, which rows have. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from netconf.domains.route.encapspec import Encap, Seg6local

_ORDERS = {
    "ip": ("id", "dst", "src", "ttl", "tos"),
    "ip6": ("id", "dst", "src", "hoplimit", "tc"),
}


_LOCAL = ("table", "nh4", "nh6", "oif", "vrftable")


def words(encap: Encap) -> str:
    """Those that say something, in the order of the kernel's attributes."""
    if encap.mpls is not None:
        ttl = f" ttl {encap.mpls.ttl}" if encap.mpls.ttl else ""
        return f"mpls {'/'.join(map(str, encap.mpls.labels))}{ttl}"
    if encap.seg6 is not None:
        return f"seg6 mode {encap.seg6.mode} segs {','.join(encap.seg6.segments)}"
    if encap.seg6local is not None:
        return _local_words(encap.seg6local)
    kind = "ip" if encap.ip is not None else "ip6"
    section = getattr(encap, kind)
    said = ((name, getattr(section, name)) for name in _ORDERS[kind])
    return " ".join([kind, *(f"{name} {value}" for name, value in said if value)])


def _local_words(local: Seg6local) -> str:
    segments = f"srh segs {','.join(local.segments)}" if local.segments else ""
    said = ((name, getattr(local, name)) for name in _LOCAL)
    words = [f"seg6local action {local.action}", segments]
    words += [f"{name} {value}" for name, value in said if value is not None]
    return " ".join(word for word in [*words, "count" if local.count == "on" else ""] if word)


def _local_documented(words: list[str]) -> dict[str, Any]:
    counted = words[-1] == "count"
    rest = [word for word in words[: len(words) - counted] if word != "srh"]
    pairs = dict(zip(rest[::2], rest[1::2], strict=True))
    found: dict[str, Any] = {name: int(v) if "table" in name else v for name, v in pairs.items()}
    if "segs" in pairs:
        found["segments"] = found.pop("segs").split(",")
    return {"seg6local": found | ({"count": "on"} if counted else {})}


def replaced_link(text: str, replace: Callable[[str], str]) -> str:
    """With another word for the link it has (`oif`)."""
    head, found, rest = text.partition(" oif ")
    word, blank, more = rest.partition(" ")
    return f"{head} oif {replace(word)}{blank}{more}" if found else text


def link(text: str) -> str:
    """The link it has, "" = none."""
    return text.partition(" oif ")[2].partition(" ")[0]


def vrf_table(text: str) -> int:
    """The table of the VRF it needs, 0 = none."""
    return int(text.partition(" vrftable ")[2].partition(" ")[0] or 0)


def documented(text: str) -> dict[str, Any]:
    """The same in a document, which has nothing for what isn't known."""
    kind, *rest = text.split()
    if kind == "raw":
        return {"raw": text}
    if kind == "mpls":
        labels: list[int] = [int(label) for label in rest[0].split("/")]
        return {"mpls": {"labels": labels, **({"ttl": int(rest[2])} if len(rest) > 1 else {})}}
    if kind == "seg6local":
        return _local_documented(rest)
    if kind == "seg6":
        return {"seg6": {"mode": rest[1], "segments": rest[3].split(",")}}
    pairs = zip(rest[::2], rest[1::2], strict=True)
    return {kind: {name: value if name in ("dst", "src") else int(value) for name, value in pairs}}
