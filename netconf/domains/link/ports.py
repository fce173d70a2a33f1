"""What the kernel would refuse about ports of bridges, bonds and VRFs, or what would hurt."""

from __future__ import annotations

from collections.abc import Iterator

from netconf.core import ids
from netconf.core.diagnostics import Diagnostic, error, warning
from netconf.core.overlay import given
from netconf.domains.link.final import Final, listed, no_ethernet
from netconf.domains.link.kinds import KINDS
from netconf.domains.link.kinds.bond import MODES, ONE_ACTIVE
from netconf.domains.link.resource import Link, Port

MASTER_KINDS = {"bridge", "bond", "team", "vrf"}


def check(port: Port, final: Final) -> Iterator[Diagnostic]:
    master = final.link(port.master)
    if master is None:
        why, fix = final.missing(port.master, port.name)
        yield error(
            "NC2103",
            f"{port.name}: its master {port.master} is not there",
            why,
            fix,
            resource=str(port.id),
        )
        return
    kind = final.kind(port.master)
    if kind not in MASTER_KINDS and isinstance(master.kind, str):
        yield error(
            "NC2108",
            f"{port.name}: its master {port.master} is a {kind or 'physical link'}",
            "only a bridge, bond, team or vrf has ports",
            "name another master, or none",
            resource=str(port.id),
        )
    elif port.options and port.kind != kind and kind:
        yield error(
            "NC2122",
            f"{port.name}: {port.kind}_port, but its master {port.master} is a {kind}",
            f"a {kind} keeps nothing of the sort",
            f"remove {port.kind}_port, or name a {port.kind}",
            resource=str(port.id),
        )
    elif reason := _unfit_port(port, kind, final):
        yield error(
            "NC2114",
            f"{port.name} can't be a port of {port.master}",
            reason,
            "name another master, or none",
            resource=str(port.id),
        )
    yield from _addresses_of(port, kind, final)
    if kind == "bond":
        yield from _own_settings(port, final)
        yield from _priority(port, master)


def _own_settings(port: Port, final: Final) -> Iterator[Diagnostic]:
    """A bond gives its ports its MAC address and its MTU, and takes them up (bond_enslave). A port's own
    address can be another only before it is one: the bond gives it back as it was.
    """
    wish = final.target.get(ids.link(port.name))
    bond = final.link(port.master)
    if not isinstance(wish, Link) or bond is None:
        return
    before = final.observed.get(ids.link(port.name))
    stays = final.observed.get(ids.port(port.name)) == port
    for name, wrong in (
        (
            "address",
            stays and isinstance(before, Link) and given(wish.address, before.address) != before.address,
        ),
        ("mtu", given(wish.mtu, final.mtu(bond.name)) != final.mtu(bond.name)),
        ("state", final.target.get(ids.admin_up(port.name), wish) is None),
    ):
        if wrong:
            yield error(
                "NC2119",
                f"{port.name} is a port of the bond {bond.name} and can't have another {name}",
                "a bond gives its ports its MAC address and MTU, and takes them up",
                f"remove {name} of {port.name}, or write it for {bond.name}",
                resource=str(port.id),
            )


def _priority(port: Port, bond: Link) -> Iterator[Diagnostic]:
    """The kernel refuses a priority other than 0 in a mode without (bond_opts of bond_options.c)."""
    mode = dict(bond.options).get("mode", MODES[0])
    if dict(port.options).get("prio", 0) and mode not in ONE_ACTIVE:
        yield error(
            "NC2121",
            f"{port.name}: its priority doesn't count in {bond.name}",
            f"mode is {mode}",
            "write bond_port: {prio: 0}, or choose a mode that has it",
            resource=str(port.id),
        )


def primary(bond: Link, final: Final) -> Iterator[Diagnostic]:
    """The primary port of a bond is one of its ports."""
    name = str(dict(bond.options).get("primary", ""))
    if name and final.master(name) != bond.name:
        yield error(
            "NC2120",
            f"{bond.name}: its primary {name} is none of its ports",
            "the kernel would wait for it",
            f"write master: {bond.name} for {name}, or name another primary",
            resource=str(bond.id),
        )


def _unfit_port(port: Port, kind: str, final: Final) -> str:
    """Why the kernel refuses a port of a bridge, bond or VRF (br_add_if, bond_enslave,
    vrf_add_slave); "" if it doesn't.
    """
    own = final.kind(port.name)
    if _stands_on(port.name, port.master, final):
        return f"{port.name} stands on {port.master} itself"
    if kind == "vrf":
        no_vrf = port.name == "lo" or own == "vrf"
        return f"{port.name} is a VRF or lo, which can't be ports of one" if no_vrf else ""
    if kind == "bridge" and own == "bridge":
        return f"{port.name} is a bridge, and bridges can't be ports of a bridge"
    if kind == "bond" and own in KINDS and KINDS[own].mac == "fixed":
        return f"{port.name} is a {own}, which can't take the MAC address of the bond"
    return no_ethernet(port.name, final) if kind in ("bridge", "bond") else ""


def _stands_on(name: str, below: str, final: Final) -> bool:
    """Whether a link stands on another one, by its parent and the parent's parent and so on."""
    seen: set[str] = set()
    while name and name not in seen:
        seen.add(name)
        name = final.lower(name)
        if name == below:
            return True
    return False


def _addresses_of(port: Port, kind: str, final: Final) -> Iterator[Diagnostic]:
    named = final.addresses[port.name]
    if named and kind in ("bridge", "bond", "team"):
        yield warning(
            "NC2109",
            f"{port.name} is a port of {port.master} and has addresses ({listed(named)})",
            f"packets for them arrive on {port.master}",
            f"move them to {port.master}",
            resource=str(port.id),
        )
