"""Links: written, read back, and compared with what iproute2 says."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
from system.iproute2 import ip, ip_json

from netconf.system.linux import netns as namespaces
from netconf.system.linux.linkoptions import OPTIONS
from netconf.system.ports import LinkPeer, LinkRequest

UP = 1


def by_name(rtnl):
    return {row.name: row for row in rtnl.links()}


def done(rtnl, *requests):
    assert rtnl.send(requests) == [None] * len(requests)


def test_same_as_iproute2(rtnl):
    ip(
        "netns add far",
        "link add a0 address 02:00:00:00:00:01 mtu 1400 txqueuelen 17 type veth peer name b0 netns far",
        "link add br0 up type bridge ageing_time 1234 priority 4096 mcast_snooping 0",
        "link set a0 alias straße group 44 master br0 up",
        "link add mv0 link br0 type macvlan mode private",
        "link add vx0 type vxlan id 77 local 192.0.2.1 remote 192.0.2.2 dev a0 dstport 4789 ttl 7 nolearning",
        "link add ifb7 type ifb",
        "link property add dev a0 altname a-second-name altname a-first-name-which-is-quite-long",
    )
    indexes = {link["ifname"]: link["ifindex"] for link in ip_json("link")}
    for told in ip_json("link"):
        row = by_name(rtnl)[told["ifname"]]
        info = told.get("linkinfo", {})
        lower = told.get("link_index", 0) or indexes.get(told.get("link"), 0)
        assert (row.ifindex, row.mtu, row.kind) == (told["ifindex"], told["mtu"], info.get("info_kind", ""))
        assert row.address == told["address"]
        assert bool(row.flags & UP) == ("UP" in told["flags"])
        assert row.master == indexes.get(told.get("master"), 0)
        assert row.lower == lower
        assert row.netnsid == told.get("link_netnsid")
        assert row.alias == told.get("ifalias", "")
        assert row.group == {"default": 0}.get(told["group"]) or int(told["group"]) if row.group else True
        assert row.txqueuelen == told.get("txqlen", 0)
        assert list(row.altnames) == told.get("altnames", [])
        assert row.qdisc == told["qdisc"]
    rows = by_name(rtnl)
    assert rtnl.names() == {index: name for name, index in indexes.items()}
    bridge = next(link for link in ip_json("link") if link["ifname"] == "br0")["linkinfo"]["info_data"]
    for name in ("ageing_time", "priority", "hello_time", "max_age", "mcast_snooping", "mcast_hash_max"):
        assert rows["br0"].options[f"IFLA_BR_{name.upper()}"] == bridge[name]
    assert rows["mv0"].options["IFLA_MACVLAN_MODE"] == 1
    assert rows["vx0"].options["IFLA_VXLAN_LINK"] == rows["a0"].ifindex
    assert rtnl.peer(rows["a0"].netnsid, rows["a0"].lower) == ("far", "b0")


def test_peer_in_a_namespace_without_a_name(rtnl):
    ip("netns add far", "link add a0 type veth peer name b0 netns far")
    row = by_name(rtnl)["a0"]
    assert rtnl.peer(row.netnsid + 100, row.lower) is None
    assert rtnl.peer(row.netnsid, row.lower + 100) is None


def test_attributes_round_trip(rtnl):
    attributes = (
        ("IFLA_ADDRESS", "02:00:00:00:00:0a"),
        ("IFLA_MTU", 1444),
        ("IFLA_TXQLEN", 0),
        ("IFLA_GROUP", 9),
    )
    request = LinkRequest(
        "create", "a0", "ifb", attributes, up=True, ifindex=777, add_altnames=("one", "two" * 20)
    )
    done(rtnl, request)
    row = by_name(rtnl)["a0"]
    assert (row.ifindex, row.address, row.mtu, row.txqueuelen, row.group) == (
        777,
        "02:00:00:00:00:0a",
        1444,
        0,
        9,
    )
    assert row.flags & UP
    assert row.altnames == ("one", "two" * 20)
    assert [rtnl.ifindex(name) for name in ("a0", "one", "two" * 20, "three", "", "x" * 200)] == [
        777,
        777,
        777,
        0,
        0,
        0,
    ]
    done(rtnl, LinkRequest("set", "a0", attributes=(("IFLA_IFALIAS", "Straße"),), del_altnames=("one",)))
    row = by_name(rtnl)["a0"]
    assert (row.alias, row.altnames, row.flags & UP) == ("Straße", ("two" * 20,), UP)
    done(rtnl, LinkRequest("set", "a0", attributes=(("IFLA_IFALIAS", ""),), up=False))
    assert (by_name(rtnl)["a0"].alias, by_name(rtnl)["a0"].flags & UP) == ("", 0)
    done(rtnl, LinkRequest("delete", "a0"))
    assert rtnl.ifindex("a0") == 0


def test_rename_swaps_with_an_altname(rtnl):
    done(rtnl, LinkRequest("create", "a0", "ifb", add_altnames=("b0",)))
    rename = (("IFLA_IFNAME", "b0"),)
    done(rtnl, LinkRequest("set", "a0", attributes=rename, add_altnames=("a0",), del_altnames=("b0",)))
    row = by_name(rtnl)["b0"]
    assert row.altnames == ("a0",)
    assert rtnl.ifindex("a0") == row.ifindex


BRIDGE = {
    "IFLA_BR_FORWARD_DELAY": 400, "IFLA_BR_HELLO_TIME": 300, "IFLA_BR_MAX_AGE": 900, "IFLA_BR_AGEING_TIME": 1234,
    "IFLA_BR_STP_STATE": 1, "IFLA_BR_PRIORITY": 4096, "IFLA_BR_GROUP_FWD_MASK": 8,
    "IFLA_BR_GROUP_ADDR": "01:80:c2:00:00:04", "IFLA_BR_MCAST_ROUTER": 2,
    "IFLA_BR_MCAST_SNOOPING": 0, "IFLA_BR_MCAST_QUERY_USE_IFADDR": 1, "IFLA_BR_MCAST_QUERIER": 1,
    "IFLA_BR_MCAST_HASH_MAX": 1024, "IFLA_BR_MCAST_LAST_MEMBER_CNT": 5, "IFLA_BR_MCAST_STARTUP_QUERY_CNT": 6,
    "IFLA_BR_MCAST_LAST_MEMBER_INTVL": 204, "IFLA_BR_MCAST_MEMBERSHIP_INTVL": 20200,
    "IFLA_BR_MCAST_QUERIER_INTVL": 30300, "IFLA_BR_MCAST_QUERY_INTVL": 10400,
    "IFLA_BR_MCAST_QUERY_RESPONSE_INTVL": 1050, "IFLA_BR_MCAST_STARTUP_QUERY_INTVL": 3060,
    "IFLA_BR_MCAST_STATS_ENABLED": 1, "IFLA_BR_MCAST_IGMP_VERSION": 3, "IFLA_BR_MCAST_MLD_VERSION": 2,
}  # fmt: skip
VXLAN = {
    "IFLA_VXLAN_ID": 77, "IFLA_VXLAN_GROUP": "192.0.2.2", "IFLA_VXLAN_LOCAL": "192.0.2.1", "IFLA_VXLAN_TTL": 7,
    "IFLA_VXLAN_TOS": 8, "IFLA_VXLAN_LEARNING": 0, "IFLA_VXLAN_AGEING": 55, "IFLA_VXLAN_LIMIT": 66,
    "IFLA_VXLAN_PORT_RANGE": "40000-50000", "IFLA_VXLAN_PROXY": 1, "IFLA_VXLAN_RSC": 1, "IFLA_VXLAN_L2MISS": 1,
    "IFLA_VXLAN_L3MISS": 1, "IFLA_VXLAN_PORT": 4790, "IFLA_VXLAN_UDP_CSUM": 0, "IFLA_VXLAN_GBP": True,
    "IFLA_VXLAN_DF": 1, "IFLA_VXLAN_REMCSUM_TX": 1, "IFLA_VXLAN_REMCSUM_RX": 1, "IFLA_VXLAN_TTL_INHERIT": False,
    "IFLA_VXLAN_GPE": False, "IFLA_VXLAN_REMCSUM_NOPARTIAL": True,
}  # fmt: skip
VXLAN6 = {
    "IFLA_VXLAN_ID": 78, "IFLA_VXLAN_GROUP6": "2001:db8::2", "IFLA_VXLAN_LOCAL6": "2001:db8::1",
    "IFLA_VXLAN_LABEL": 0x12345, "IFLA_VXLAN_UDP_ZERO_CSUM6_TX": 1, "IFLA_VXLAN_UDP_ZERO_CSUM6_RX": 1,
    "IFLA_VXLAN_TTL_INHERIT": True, "IFLA_VXLAN_GPE": False, "IFLA_VXLAN_GBP": False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "options"), [("bridge", BRIDGE), ("vxlan", VXLAN), ("vxlan", VXLAN6)], ids=["bridge", "v4", "v6"]
)
def test_options_round_trip(rtnl, kind, options):
    done(rtnl, LinkRequest("create", "x0", kind, options=tuple(options.items())))
    row = by_name(rtnl)["x0"]
    assert {name: row.options[name] for name in options} == options
    assert set(row.options) <= {name for name, _ in OPTIONS[kind].values()}


def test_label_is_what_iproute2_says(rtnl):
    done(rtnl, LinkRequest("create", "x0", "vxlan", options=tuple(VXLAN6.items())))
    data = ip_json("link show x0")[0]["linkinfo"]["info_data"]
    assert int(data["label"], 16) == VXLAN6["IFLA_VXLAN_LABEL"]


def test_options_are_set_in_place(rtnl):
    done(rtnl, LinkRequest("create", "x0", "bridge", options=(("IFLA_BR_AGEING_TIME", 1000),)))
    done(rtnl, LinkRequest("set", "x0", "bridge", options=(("IFLA_BR_PRIORITY", 5),)))
    options = by_name(rtnl)["x0"].options
    assert (options["IFLA_BR_AGEING_TIME"], options["IFLA_BR_PRIORITY"]) == (1000, 5)


def test_lower_and_master_by_name(rtnl):
    done(rtnl, LinkRequest("create", "br0", "bridge"), LinkRequest("create", "low", "ifb"))
    vxlan = (("IFLA_VXLAN_ID", 5), ("IFLA_VXLAN_PORT", 4789), ("IFLA_VXLAN_LINK", "low"))
    done(
        rtnl,
        LinkRequest("create", "mv0", "macvlan", (("IFLA_LINK", "low"),), options=(("IFLA_MACVLAN_MODE", 4),)),
        LinkRequest("create", "vx0", "vxlan", (("IFLA_MASTER", "br0"),), options=vxlan),
    )
    rows = by_name(rtnl)
    assert rows["mv0"].lower == rows["low"].ifindex
    assert rows["mv0"].options["IFLA_MACVLAN_MODE"] == 4
    assert (rows["vx0"].master, rows["vx0"].options["IFLA_VXLAN_LINK"]) == (
        rows["br0"].ifindex,
        rows["low"].ifindex,
    )
    done(rtnl, LinkRequest("set", "vx0", attributes=(("IFLA_MASTER", ""),)))
    assert by_name(rtnl)["vx0"].master == 0


def test_veth_peer(rtnl):
    peer = LinkPeer("b0", ifindex=902, address="02:00:00:00:00:0b")
    done(rtnl, LinkRequest("create", "a0", "veth", (("IFLA_MTU", 1400),), ifindex=901, peer=peer))
    rows = by_name(rtnl)
    assert (rows["a0"].ifindex, rows["a0"].lower, rows["a0"].netnsid) == (901, 902, None)
    assert (rows["b0"].ifindex, rows["b0"].lower, rows["b0"].address) == (902, 901, "02:00:00:00:00:0b")


def test_veth_peer_in_a_namespace(rtnl):
    ip("netns add far")
    done(rtnl, LinkRequest("create", "a0", "veth", peer=LinkPeer("b0", "far")))
    assert [link["ifname"] for link in ip_json("-n far link")] == ["lo", "b0"]
    row = by_name(rtnl)["a0"]
    assert rtnl.peer(row.netnsid, row.lower) == ("far", "b0")


def test_move_to_a_namespace(rtnl):
    ip("netns add far")
    done(rtnl, LinkRequest("create", "a0", "ifb"), LinkRequest("create", "b0", "ifb"))
    done(rtnl, LinkRequest("set", "a0", attributes=(("IFLA_NET_NS_FD", "far"),)))
    assert [link["ifname"] for link in ip_json("-n far link")] == ["lo", "a0"]
    assert set(by_name(rtnl)) == {"lo", "b0"}


def test_misspelt_namespace_is_refused_and_not_made(rtnl):
    ip("netns add far")
    rtnl.links()
    before = len(list(Path("/proc/self/fd").iterdir()))
    answers = rtnl.send(
        [
            LinkRequest("create", "a0", "veth", peer=LinkPeer("b0", "typo")),
            LinkRequest("create", "a1", "veth", peer=LinkPeer("b1", "far")),
        ]
    )
    assert answers[0].errno == errno.ENOENT
    assert 'network namespace "typo"' in answers[0].text
    assert answers[1] is None
    assert namespaces.names() == ["far"]
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_names_nothing_has_are_refused_each_by_itself(rtnl):
    done(rtnl, LinkRequest("create", "a0", "ifb"))
    answers = rtnl.send(
        [
            LinkRequest("set", "nosuch", up=True),
            LinkRequest("set", "a0", attributes=(("IFLA_MASTER", "nosuch"),), up=True),
            LinkRequest("delete", "nosuch"),
            LinkRequest("create", "b0", "macvlan", (("IFLA_LINK", "nosuch"),)),
            LinkRequest("set", "a0", up=True),
        ]
    )
    assert [answer and answer.errno for answer in answers] == [errno.ENODEV] * 4 + [None]
    assert 'link "nosuch" does not exist' in {answer.text for answer in answers[:4]}
    assert by_name(rtnl)["a0"].flags & UP


def test_altnames_never_land_on_another_link(rtnl):
    done(rtnl, LinkRequest("create", "a0", "ifb"))
    (answer,) = rtnl.send([LinkRequest("create", "a0", "bridge", add_altnames=("mine",))])
    assert answer.errno == errno.EEXIST
    assert by_name(rtnl)["a0"].altnames == ()


def test_refused_altname_is_the_requests_answer(rtnl):
    done(rtnl, LinkRequest("create", "a0", "ifb"))
    answers = rtnl.send(
        [LinkRequest("create", "b0", "ifb", add_altnames=("a0",)), LinkRequest("create", "c0", "ifb")]
    )
    assert (answers[0].errno, answers[1]) == (errno.EEXIST, None)


def test_kernels_words_come_back(rtnl):
    options = (("IFLA_VXLAN_ID", 5), ("IFLA_VXLAN_PORT", 4789))
    done(rtnl, LinkRequest("create", "x0", "vxlan", options=options))
    (answer,) = rtnl.send([LinkRequest("set", "x0", "vxlan", options=(("IFLA_VXLAN_ID", 6),))])
    assert answer == (errno.EOPNOTSUPP, "Cannot change VNI")


@pytest.mark.parametrize(
    "request_",
    [
        LinkRequest("create", "a0", "ifb", (("IFLA_MUTU", 1400),)),
        LinkRequest("create", "a0", "ifb", (("IFLA_QDISC", "fq"),)),
        LinkRequest("create", "a0", "ifb", (("IFLA_MTU", "1400"),)),
        LinkRequest("create", "a0", "ifb", (("IFLA_MTU", -1),)),
        LinkRequest("create", "a0", "ifb", (("IFLA_MTU", 1 << 32),)),
        LinkRequest("create", "a0", "ifb", (("IFLA_ADDRESS", "02:00:00:00:00"),)),
        LinkRequest("create", "a0", "ifb", (("IFLA_IFALIAS", "a\0b"),)),
        LinkRequest("create", "a\0", "ifb"),
        LinkRequest("create", "a0", "bridge", options=(("IFLA_BR_AGEING_TME", 5),)),
        LinkRequest("create", "a0", "bridge", options=(("IFLA_BR_ROOT_PORT", 5),)),
        LinkRequest("create", "a0", "bridge", options=(("IFLA_VLAN_ID", 5),)),
        LinkRequest("create", "a0", "bridge", options=(("IFLA_BR_PRIORITY", 1 << 16),)),
        LinkRequest("create", "a0", "nlmon", options=(("IFLA_MTU", 1),)),
        LinkRequest("create", "a0", options=(("IFLA_BR_PRIORITY", 1),)),
        LinkRequest("create", "a0", "vxlan", options=(("IFLA_VXLAN_GROUP", "2001:db8::1"),)),
        LinkRequest("create", "a0", "vxlan", options=(("IFLA_VXLAN_PORT_RANGE", "5"),)),
        LinkRequest("create", "a0", "vxlan", options=(("IFLA_VXLAN_GBP", 1),)),
        LinkRequest("create", "a0", "ifb", peer=LinkPeer("b0")),
        LinkRequest("create", "a0", "veth", peer=LinkPeer("b0", ifindex=5)),
    ],
)
def test_what_would_be_dropped_is_refused_before_anything_is_sent(rtnl, request_):
    with pytest.raises(ValueError, match=r"IFLA_|link a0"):
        rtnl.send([LinkRequest("create", "first", "ifb"), request_])
    assert set(by_name(rtnl)) == {"lo"}


def test_vlan_flags_are_bytes_as_the_kernel_wants(rtnl):
    """This kernel may lack vlan: the message itself is looked at."""
    from netconf.system.linux import linkencoder

    def flags(word):
        request = LinkRequest(
            "create", "v0", "vlan", options=(("IFLA_VLAN_ID", 5), ("IFLA_VLAN_FLAGS", word))
        )
        return linkencoder.link(request, 0, None)[0].body[-8:]

    assert flags(0x1F << 32 | 0x3) == b"\3\0\0\0\x1f\0\0\0"
    assert flags(0x12 << 32 | 0x2) == b"\2\0\0\0\x12\0\0\0"


def test_indexes_are_forgotten_when_links_are_written(rtnl):
    done(rtnl, LinkRequest("create", "a0", "ifb"))
    first = rtnl.ifindex("a0")
    done(rtnl, LinkRequest("delete", "a0"))
    done(rtnl, LinkRequest("create", "a0", "ifb"))
    assert rtnl.ifindex("a0") == by_name(rtnl)["a0"].ifindex != first


def test_what_was_read_can_be_made_again(rtnl):
    done(rtnl, LinkRequest("create", "x0", "vxlan", options=tuple(VXLAN.items())))
    before = by_name(rtnl)["x0"]
    options = tuple((name, value) for name, value in before.options.items() if name != "IFLA_VXLAN_LINK")
    attributes = (("IFLA_ADDRESS", before.address), ("IFLA_MTU", before.mtu))
    done(rtnl, LinkRequest("delete", "x0"))
    done(rtnl, LinkRequest("create", "x0", "vxlan", attributes, options, ifindex=before.ifindex))
    assert by_name(rtnl)["x0"] == before
