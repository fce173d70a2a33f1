"""Duplicate address detection at work, and link-local addresses, which the other contract tests switch off."""

from __future__ import annotations

from contract.snapshot import differences, ip_json, snapshot
from contract.subject import Subject

PAIR = {
    "v0": {"kind": "veth", "veth": {"peer": "v1"}, "addresses": ["192.0.2.1/24", "2001:db8::1/64"]},
    "v1": {"state": "up"},
}
ROUTE = {"to": "2001:db8:8::/48", "via": "2001:db8::9", "src": "2001:db8::1"}


def test_a_route_waits_for_its_source_address(netns, tmp_path):
    """The kernel takes no source that is still tentative."""
    Subject(tmp_path).apply({"netconf": 1, "interfaces": PAIR, "routes": [ROUTE]})
    (shown,) = ip_json("-6 route show 2001:db8:8::/48")
    assert shown["prefsrc"] == "2001:db8::1"


def test_rolled_back_with_link_local_addresses(netns, tmp_path):
    """A link that was made again gives up what the kernel gave it, when it goes with the first transaction."""
    subject, empty = Subject(tmp_path), snapshot()
    document = {"netconf": 1, "interfaces": {"x0": {"kind": "vxlan", "vxlan": {"id": 5, "port": 4789}}}}
    subject.apply(document)
    document["interfaces"]["x0"]["vxlan"]["id"] = 6
    subject.apply(document)
    subject.rollback(to=0)
    assert differences(empty, snapshot()) == []


def test_a_longer_lifetime_is_applied_and_a_running_one_is_not_renewed(netns, tmp_path):
    subject = Subject(tmp_path)

    def document(lifetime):
        entry = {"address": "192.0.2.1/24", "valid_lifetime": lifetime}
        return {"netconf": 1, "interfaces": {"lo": {"addresses": [entry]}}}

    subject.apply(document("60min"))
    assert subject.plan(document("60min")) == {}
    assert subject.plan(document("61min")) == {"address[lo 192.0.2.1/24]": "update"}
    assert subject.plan(document("59min")) == {"address[lo 192.0.2.1/24]": "update"}
