"""One host with everything on it: what others made, what netconf made first, and what it's to make next."""

from __future__ import annotations

from engine.site import Site, ip, sysctl
from engine.snapshot import Snapshot, at_rest

GROUND = (
    # Others' links with addresses and routes, some of a routing daemon.
    "link add name out0 type veth peer name out1",
    "link set out1 up",
    "link set out0 up",
    "address add 198.51.100.2/24 dev out0",
    "address add 198.51.100.3/24 dev out0",
    "address add 2001:db8:f::2/64 dev out0 nodad",
    "route add 203.0.113.0/24 via 198.51.100.1 proto zebra metric 20",
    "route add 203.0.113.0/24 via 198.51.100.4 proto static metric 30",
    "route add 10.50.0.0/16 via 198.51.100.1 proto zebra table 77",
    "route add 2001:db8:50::/48 via 2001:db8:f::1 proto zebra metric 30",
    "route add blackhole 10.66.0.0/16 proto static",
    "rule add from 10.1.2.0/24 lookup 77 priority 1000",
    "link add name nic0 type veth peer name nic1",
    "link set nic1 up",
    "link set nic0 up",
)

FIRST = """
interfaces:
  br0:
    kind: bridge
    bridge: {stp: off, forward_delay: 2s}
    addresses: [192.0.2.1/24, 192.0.2.2/24, 192.0.2.130/24, 10.2.0.1/16, {address: "2001:db8:1::1/64", flags: [nodad]}]
    sysctl: {ipv4.rp_filter: 1, ipv6.accept_ra: 0}
  p0: {kind: veth, veth: {peer: c0}, master: br0}
  c0: {state: up}
  nic0:
    addresses: [{address: 10.3.0.1/24, label: "nic0:a"}, 10.3.0.2/24]
    sysctl: {ipv4.proxy_arp: 1}
  m0:
    kind: macvlan
    macvlan: {parent: nic0, mode: bridge}
    addresses: [10.4.0.1/24, {address: "2001:db8:4::1/64", flags: [nodad]}]
    sysctl: {ipv4.rp_filter: 2}
  vx0: {kind: vxlan, vxlan: {id: 10, port: 4789, local: 192.0.2.1, learning: off}}
  old0: {kind: bridge, address: "02:00:00:00:00:05", addresses: [10.5.0.1/24]}
  tap0: {kind: tap, tap: {owner: 0}}

routes:
  - {to: default, via: 192.0.2.254, dev: br0, src: 192.0.2.2, metric: 100, initcwnd: 30}
  - {to: 10.100.0.0/16, via: 10.4.0.254, dev: m0}
  - {to: 10.101.0.0/16, via: 10.3.0.254, dev: nic0, mtu: 1400}
  - {to: 10.102.0.0/16, dev: old0}
  - {to: 10.103.0.0/16, kind: blackhole, table: 200}
  - {to: "2001:db8:100::/48", via: "2001:db8:4::fe", dev: m0}

sysctl:
  net.ipv4.ip_forward: 1
  net.core.somaxconn: 1234
  net.ipv4.conf.default.rp_filter: 0
"""

MEANWHILE = (
    # Others put things on links that netconf made.
    "address add 10.9.0.1/24 dev vx0",
    "address add 10.9.0.2/24 dev vx0",
    "route add 10.99.0.0/16 via 10.9.0.254 proto zebra",
    "route add 10.98.0.0/16 via 10.4.0.253 proto zebra metric 7",
    "route add 2001:db8:98::/48 via 2001:db8:4::fd proto zebra",
    "link add name theirs type veth peer name theirs1",
    "link set theirs master old0",
    "link set theirs up",
    "link set theirs1 up",
)

SECOND = """
interfaces:
  br0:
    kind: bridge
    bridge: {stp: off, forward_delay: 3s}
    mtu: 1400
    addresses: [192.0.2.1/25, 192.0.2.130/24, 192.0.2.2/25, 10.2.0.1/16, {address: "2001:db8:1::1/64", flags: [nodad]}, {address: "2001:db8:1::2/64", flags: [nodad]}]
    sysctl: {ipv4.rp_filter: 2}
  p0: {kind: veth, veth: {peer: d0}, master: br0}
  d0: {state: up, address: "02:00:00:00:00:0d"}
  q0: {kind: veth, veth: {peer: e0}, master: br1, address: "02:00:00:00:00:0a"}
  e0: {address: "02:00:00:00:00:0e", addresses: [10.6.0.1/24]}
  br1: {kind: bridge, address: "02:00:00:00:00:0b", addresses: [10.5.0.1/24, {address: "2001:db8:5::1/64", flags: [nodad]}], sysctl: {ipv4.proxy_arp: 1}}
  nic0:
    addresses: [10.3.0.1/24, 10.3.0.2/24]
  nic1: {mtu: 1600}
  m0:
    kind: macvlan
    macvlan: {parent: nic1, mode: bridge}
    addresses: [10.4.0.1/24, {address: "2001:db8:4::1/64", flags: [nodad]}]
    sysctl: {ipv4.rp_filter: 2}
  vx0: {kind: vxlan, vxlan: {id: 11, port: 4789, local: 192.0.2.1, learning: off}}

routes:
  - {to: default, via: 192.0.2.126, dev: br0, src: 192.0.2.2, metric: 100, initcwnd: 20}
  - {to: 10.100.0.0/16, via: 10.4.0.254, dev: m0}
  - {to: 10.101.0.0/16, via: 10.6.0.254, dev: e0}
  - {to: 10.102.0.0/16, dev: br1, metric: 5}
  - {to: "2001:db8:100::/48", via: "2001:db8:4::fe", dev: m0}

sysctl:
  net.ipv4.ip_forward: 0
  net.core.somaxconn: 1235
  net.ipv6.conf.default.hop_limit: 63
  net.ipv4.conf.default.log_martians: 1
"""


def prepare(site: Site) -> tuple[str, Snapshot]:
    """The host with the first document applied, at rest; returns the path of the second document
    and the snapshot. Addresses are permanent at once: duplicate address detection has its own test.
    """
    for name in ("default", "all"):
        sysctl(**{f"ipv6__conf__{name}__accept_dad": 0})
    ip(*GROUND)
    done = site.apply(site.document(FIRST))
    assert done.ending.cause is None, done.ending
    ip(*MEANWHILE)
    return site.document(SECOND), at_rest()
