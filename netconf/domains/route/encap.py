"""What a route puts around packets: between the document and the words of `ip route`, which rows have. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from netconf.domains.route.encapspec import Encap

_ORDERS = {
    "ip": ("id", "dst", "src", "ttl", "tos"),
    "ip6": ("id", "dst", "src", "hoplimit", "tc"),
}


def words(encap: Encap) -> str:
    """Those that say something, in the order of the kernel's attributes."""
    if encap.mpls is not None:
        ttl = f" ttl {encap.mpls.ttl}" if encap.mpls.ttl else ""
        return f"mpls {'/'.join(map(str, encap.mpls.labels))}{ttl}"
    if encap.seg6 is not None:
        return f"seg6 mode {encap.seg6.mode} segs {','.join(encap.seg6.segments)}"
    kind = "ip" if encap.ip is not None else "ip6"
    section = getattr(encap, kind)
    said = ((name, getattr(section, name)) for name in _ORDERS[kind])
    return " ".join([kind, *(f"{name} {value}" for name, value in said if value)])


def documented(text: str) -> dict[str, Any]:
    """The same in a document, which has nothing for what isn't known."""
    kind, *rest = text.split()
    if kind == "raw":
        return {"raw": text}
    if kind == "mpls":
        labels: list[int] = [int(label) for label in rest[0].split("/")]
        return {"mpls": {"labels": labels, **({"ttl": int(rest[2])} if len(rest) > 1 else {})}}
    if kind == "seg6":
        return {"seg6": {"mode": rest[1], "segments": rest[3].split(",")}}
    pairs = zip(rest[::2], rest[1::2], strict=True)
    return {kind: {name: value if name in ("dst", "src") else int(value) for name, value in pairs}}
