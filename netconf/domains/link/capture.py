"""Observed links as the document that asks for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netconf.core import ids
from netconf.core.overlay import UNSET, given
from netconf.core.resource import State
from netconf.domains.link.backup import Backup
from netconf.domains.link.kinds import KINDS, PAIRS, PORTS
from netconf.domains.link.kinds.netkit import is_other_end
from netconf.domains.link.kinds.option import KindTable
from netconf.domains.link.l2tp.capture import section as tunnel_section
from netconf.domains.link.l2tp.plan import tunnel_of
from netconf.domains.link.l2tp.resource import L2tpTunnel
from netconf.domains.link.macsec.capture import section as macsec_section
from netconf.domains.link.macsec.resource import Macsec
from netconf.domains.link.resource import Link, Options, Port
from netconf.domains.link.vlans import Vlans, parse, ranges
from netconf.domains.link.vni.capture import section as vnis_section
from netconf.domains.link.vni.resource import Vnis
from netconf.domains.link.wireguard.capture import section as wireguard_section
from netconf.domains.link.wireguard.resource import Wireguard


def capture(observed: State) -> Mapping[str, Any]:
    """All links that can be described; of the loopback device only what isn't its default."""
    interfaces: dict[str, dict[str, Any]] = {}
    for key in sorted(key for key in observed if key.kind == ids.LINK):
        link = observed[key]
        if isinstance(link, Link):
            interfaces[link.name] = _interface(link, observed)
    return {"interfaces": interfaces}


def _interface(link: Link, observed: State) -> dict[str, Any]:
    out: dict[str, Any] = {}
    makeable = link.kind in KINDS and (link.kind not in PAIRS or link.peer is not UNSET)
    alone = makeable and not is_other_end(link.options)
    if alone:
        out["kind"] = link.kind
    out["state"] = "up" if ids.admin_up(link.name) in observed else "down"
    out["mtu"] = link.mtu
    master = observed.get(ids.port(link.name))
    fields = (
        ("alias", link.alias, not link.alias),
        ("group", link.group, not link.group),
        ("txqueuelen", link.txqueuelen, link.txqueuelen is UNSET or link.name == "lo"),
        ("altnames", list(given(link.altnames, ())), not link.altnames),
        ("address", link.address, not makeable or link.address is UNSET or _has_mac_of_parent(link)),
        ("master", getattr(master, "master", ""), master is None),
    )
    out.update({name: value for name, value, left_out in fields if not left_out})
    if isinstance(master, Port):
        if master.options:
            out[f"{master.kind}_port"] = _documented(PORTS[str(master.kind)], master.options)
        if isinstance(vlans := observed.get(ids.vlans(link.name, master.master)), Vlans):
            out.setdefault("bridge_port", {})["vlans"] = _vlans(vlans)
        if isinstance(backup := observed.get(ids.backup(link.name)), Backup):
            out.setdefault("bridge_port", {})["backup_port"] = backup.port
    section = _section(link) if alone else {}
    if isinstance(vlans := observed.get(ids.vlans(link.name, link.name)), Vlans):
        section["vlans"] = _vlans(vlans)
    section |= _besides(link, observed)
    if section:
        out[str(link.kind)] = section
    return out


def _besides(link: Link, observed: State) -> dict[str, Any]:
    """What a kind has that isn't its link's."""
    if isinstance(vnis := observed.get(ids.vnis(link.name)), Vnis):
        return vnis_section(vnis)
    key = tunnel_of(link) or (ids.macsec if link.kind == "macsec" else ids.wireguard)(link.name)
    match observed.get(key):
        case L2tpTunnel() as tunnel:
            return tunnel_section(tunnel)
        case Wireguard() as wireguard:
            return wireguard_section(wireguard)
        case Macsec() as macsec:
            return macsec_section(macsec)
    return {}


def _vlans(vlans: Vlans) -> list[dict[str, Any]]:
    return [
        {"id": found.numbers}
        | {name: "on" for name in ("pvid", "untagged") if getattr(found.vlan, name)}
        | ({"tunnel_id": found.vlan.tunnel} if found.vlan.tunnel else {})
        for found in ranges(parse(vlans.entries))
    ]


def _has_mac_of_parent(link: Link) -> bool:
    return ("mode", "passthru") in link.options


def _section(link: Link) -> dict[str, Any]:
    section: dict[str, Any] = {}
    if link.kind in PAIRS:
        section["peer"] = link.peer
        if link.peer_netns:
            section["peer_netns"] = link.peer_netns
    if link.lower:
        section["parent"] = link.lower
    return section | _documented(KINDS[str(link.kind)], link.options)


def _documented(table: KindTable, options: Options) -> dict[str, Any]:
    """The options as they're written; a link that is none (a bond without primary) isn't."""
    lists = {option.name for option in table.options if option.form.many}
    return {
        name: [part for part in str(value).split(",") if part] if name in lists else value
        for name, value in options
        if (name in lists or value != "")
        and name not in table.implied
        and (name, value) not in table.unwritten
    }
