"""Addresses: written, read back, and compared with what iproute2 says."""

from __future__ import annotations

import errno
import ipaddress
import random
from socket import AF_INET, AF_INET6

import pytest
from system.iproute2 import ip, ip_json

from netconf.system.linux.wire import ipv6_text
from netconf.system.ports import FOREVER, AddressRequest, AddressRow

PERMANENT, NODAD, NOPREFIXROUTE, SECONDARY = 0x80, 0x02, 0x200, 0x01


def on(rtnl, ifindex, family=None):
    return [row for row in rtnl.addresses() if row.ifindex == ifindex and family in {None, row.family}]


CASES = {
    "plain": AddressRow(AF_INET, 0, "192.0.2.1", 24, flags=PERMANENT),
    "label and broadcast": AddressRow(
        AF_INET, 0, "192.0.2.1", 24, flags=PERMANENT, label="a0:x", broadcast="192.0.2.255"
    ),
    "peer": AddressRow(AF_INET, 0, "192.0.2.1", 32, "198.51.100.9", flags=PERMANENT),
    "metric, scope, no route": AddressRow(
        AF_INET, 0, "192.0.2.1", 24, flags=PERMANENT | NOPREFIXROUTE, scope=253, metric=77
    ),
    "lifetimes": AddressRow(AF_INET, 0, "192.0.2.1", 24, valid=80000, preferred=70000),
    "v6": AddressRow(AF_INET6, 0, "2001:db8::1", 64, flags=PERMANENT | NODAD),
    "v6 peer": AddressRow(AF_INET6, 0, "2001:db8::1", 128, "2001:db8::9", flags=PERMANENT | NODAD),
    "v6 metric, lifetimes, no route": AddressRow(
        AF_INET6, 0, "2001:db8::1", 64, flags=NODAD | NOPREFIXROUTE, metric=77, valid=80000, preferred=70000
    ),
    "v6 preferred out": AddressRow(
        AF_INET6, 0, "2001:db8::1", 64, flags=NODAD | PERMANENT | 0x20, preferred=0, valid=FOREVER
    ),
    "v6 link-local": AddressRow(AF_INET6, 0, "fe80::1:2", 64, flags=PERMANENT | NODAD, scope=253),
    "v6 with v4 inside": AddressRow(
        AF_INET6, 0, str(ipaddress.IPv6Address("::ffff:192.0.2.1")), 128, flags=PERMANENT | NODAD
    ),
}


def timeless(row):
    """Without what passes."""
    return row._replace(valid=0, preferred=0, since=0)


@pytest.mark.parametrize("row", CASES.values(), ids=CASES)
def test_round_trip(rtnl, pair, row):
    wanted = row._replace(ifindex=pair[0])
    if row.family == AF_INET and not row.label:
        wanted = wanted._replace(label="a0")  # the kernel's own default
    assert rtnl.send([AddressRequest("create", row._replace(ifindex=pair[0]))]) == [None]
    found = [row for row in on(rtnl, pair[0], row.family) if row.local == wanted.local]
    assert [bool(row.since) for row in found] == [(wanted.valid, wanted.preferred) != (FOREVER, FOREVER)]
    assert [timeless(row) for row in found] == [timeless(wanted)]
    for got, asked in ((found[0].valid, wanted.valid), (found[0].preferred, wanted.preferred)):
        assert got == asked if asked == FOREVER else asked - 5 <= got <= asked
    # what was read can be written: deleted exactly, and made again
    assert rtnl.send([AddressRequest(verb, found[0]) for verb in ("delete", "create")]) == [None, None]
    again = [row for row in on(rtnl, pair[0], row.family) if row.local == wanted.local]
    assert [timeless(row) for row in again] == [timeless(found[0])]


def test_same_as_iproute2(rtnl, pair):
    ip(
        "addr add 192.0.2.1/24 brd + dev a0 label a0:one metric 5",
        "addr add 192.0.2.2/24 dev a0",
        "addr add 198.51.100.1 peer 198.51.100.2/31 dev a0 noprefixroute",
        "addr add 203.0.113.1/32 dev b0 scope link valid_lft 5000 preferred_lft 4000",
        "addr add 2001:db8::1/64 dev a0 nodad home mngtmpaddr",
        "addr add 2001:db8::1 peer 2001:db8::2/127 dev b0",
        "addr add ::192.0.2.1/128 dev b0 nodad metric 9",
    )
    scopes = {"global": 0, "link": 253, "host": 254}
    told = {_told(link["ifindex"], told, scopes) for link in ip_json("addr") for told in link["addr_info"]}
    ours = {_found(row) for row in rtnl.addresses()}
    assert ours == told
    assert len(list(rtnl.addresses())) == sum(len(link["addr_info"]) for link in ip_json("addr"))


def _told(ifindex, told, scopes):
    get = told.get
    place = (ifindex, told["local"], told["prefixlen"], get("address", ""), scopes[told["scope"]])
    flags = (get("secondary", False), get("noprefixroute", False))
    return (*place, get("label", ""), get("broadcast", ""), get("metric", 0), *flags)


def _found(row):
    local = "::192.0.2.1" if row.local == "::c000:201" else row.local  # as iproute2 prints it
    flags = (bool(row.flags & SECONDARY and row.family == AF_INET), bool(row.flags & NOPREFIXROUTE))
    place = (row.ifindex, local, row.prefixlen, row.peer, row.scope)
    return (*place, row.label, row.broadcast, row.metric, *flags)


def test_replace_changes_lifetimes(rtnl, pair):
    row = AddressRow(AF_INET, pair[0], "192.0.2.1", 24, valid=100, preferred=100)
    forever = row._replace(valid=FOREVER, preferred=FOREVER)
    answers = rtnl.send([AddressRequest("create", row), AddressRequest("replace", forever)])
    assert answers == [None, None]
    assert [(row.valid, row.flags & PERMANENT) for row in on(rtnl, pair[0], AF_INET)] == [
        (FOREVER, PERMANENT)
    ]


def test_answers_stand_at_their_requests(rtnl, pair):
    rows = [AddressRow(AF_INET, pair[0], f"192.0.2.{n}", 24) for n in range(1, 9)]
    requests = [AddressRequest("create", row) for row in rows]
    requests[3] = AddressRequest("create", rows[0])
    requests[5] = AddressRequest("delete", rows[7])
    requests[7] = AddressRequest("create", rows[7]._replace(ifindex=999_999))
    answers = rtnl.send(requests)
    assert [place for place, answer in enumerate(answers) if answer] == [3, 5, 7]
    assert (answers[3].errno, answers[5].errno, answers[7].errno) == (
        errno.EEXIST,
        errno.EADDRNOTAVAIL,
        errno.ENODEV,
    )
    assert "ddress" in answers[5].text
    assert len(on(rtnl, pair[0], AF_INET)) == 5


@pytest.mark.parametrize("local", ["192.0.2", "2001:db8::g", "name", "::1%lo"])
def test_no_address_is_no_message(rtnl, pair, local):
    with pytest.raises(ValueError, match="not an IP address"):
        rtnl.send([AddressRequest("create", AddressRow(AF_INET, pair[0], local, 24))])


def test_addresses_are_not_set(rtnl, pair):
    with pytest.raises(ValueError, match="not set"):
        rtnl.send([AddressRequest("set", AddressRow(AF_INET, pair[0], "192.0.2.1", 24))])


def test_text_is_that_of_ipaddress():
    chosen = random.Random(4)
    values = [bytes(chosen.choice((0, 0, 1, 255)) for _ in range(16)) for _ in range(2000)]
    values += [bytes(12) + b"\xc0\0\2\1", bytes(10) + b"\xff\xff\xc0\0\2\1", bytes(16), bytes(15) + b"\1"]
    assert [ipv6_text(value) for value in values] == [str(ipaddress.IPv6Address(value)) for value in values]
