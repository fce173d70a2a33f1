"""What looks wrong to other programs and is right here: rows of the catalogue that are no errors."""

from __future__ import annotations

import pytest

RIGHT = {
    "1-mac-without-quotes": "interfaces: {a: {address: 52:54:00:12:34:56}}",
    "1-mac-with-dashes": "interfaces: {a: {address: 52-54-00-AB-CD-EF}}",
    "2-ipv6-like-sexagesimal": "interfaces: {a: {addresses: [1:2:3:4:5:6:7:8/64]}}",
    "5-switches": "interfaces: {a: {kind: bridge, bridge: {stp: off, mcast_snooping: false, mcast_querier: on}}}",
    "5-no-as-text": "interfaces: {a: {alias: no}, no: {}, on: {}}",
    "9-date-as-text": "interfaces: {a: {alias: 2024-13-45}}",
    "22-byte-order-mark": "\ufeff",
    "26-quoted-hash": 'interfaces: {a: {alias: "#uplink"}}',
    "29-empty": "interfaces: {a: {addresses: []}}\nroutes: []\nsysctl: {}",
    "53-fifteen-bytes": "interfaces: {abcdefghijklmno: {}}",
    "54-dots": "interfaces: {eth0.100: {sysctl: {ipv4.rp_filter: 1}}}",
    "64-point-to-point": "interfaces: {a: {addresses: [192.0.2.0/31, 192.0.2.0/32, 2001:db8::/64, 2001:db8:1::/127]}}",
    "66-twice-in-ipv4": "interfaces: {a: {addresses: [192.0.2.1/24, 192.0.2.1/25]}}",
    "67-one-host": "routes: [{to: 192.0.2.1, kind: blackhole}, {to: 2001:db8::1, kind: blackhole}]",
    "69-ipv4-over-ipv6": "routes: [{to: 10.0.0.0/8, via: fe80::1, dev: a}]",
    "69-host-is-both": "routes: [{to: default, dev: a}, {to: '::/0', dev: a}]",
    "67-whole-family": "routes: [{to: 0.0.0.0/0, via: fe80::1, dev: a}, {to: '::/0', via: fe80::1, dev: a}]",
    "70-other-metric": "routes: [{to: default, dev: a}, {to: default, dev: b, metric: 1}, {to: default, dev: a, table: 7}]",
    "71-tables": "routes: [{to: default, dev: a, table: 4294967295}, {to: default, dev: a, table: main}]",
    "77-tabs-in-values": 'sysctl: {net.ipv4.tcp_rmem: "4096\\t131072 6291456"}',
    "77-general-of-interfaces": "sysctl: {net.ipv4.conf.all.rp_filter: 1, net.ipv6.neigh.default.gc_stale_time: 60}",
}


@pytest.mark.parametrize("text", RIGHT.values(), ids=RIGHT.keys())
def test_valid(text, host, write):
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    done = host("validate", write(f"{mark}netconf: 1\n{text.removeprefix(mark)}\n"))
    assert done.status == 0, done.err
