"""localbypass of vxlans, which iproute2 6.1 doesn't show: read by our own codec."""

from __future__ import annotations

import pytest
from contract.subject import Subject

from netconf.core.errors import DiagnosedError
from netconf.system.linux.kernel import LinuxKernel
from netconf.system.linux.rtnl import LinuxRtnl


def document(**fields):
    return {"netconf": 1, "interfaces": {"x0": {"kind": "vxlan", "vxlan": {"id": 5, "port": 4789, **fields}}}}


def test_localbypass(netns, tmp_path):
    """Changed in place; what an older kernel doesn't know is refused there, and captured only where it's off."""
    subject = Subject(tmp_path)
    if LinuxKernel().refuses_local_bypass():
        subject.apply(document())
        with pytest.raises(DiagnosedError) as refused:
            subject.apply(document(localbypass="off"))
        assert [finding.code for finding in refused.value.diagnostics] == ["NC6918"]
        assert "IFLA_VXLAN_LOCALBYPASS" not in option()
        return
    for value in ("off", "on", "off"):
        wanted = document(localbypass=value)
        assert set(subject.plan(wanted).values()) <= {"create", "update"}
        subject.apply(wanted)
        assert subject.plan(wanted) == {}
        assert option()["IFLA_VXLAN_LOCALBYPASS"] == int(value == "on")
        captured = subject.capture()["interfaces"]["x0"]["vxlan"]
        assert captured.get("localbypass", "on") == value
    assert subject.commands(document(localbypass="on")) == ["ip link set dev x0 type vxlan localbypass"]
    subject.rollback()
    assert option()["IFLA_VXLAN_LOCALBYPASS"] == 1
    subject.apply(document(localbypass="off", port=4790))
    assert option()["IFLA_VXLAN_LOCALBYPASS"] == 0


def option():
    return next(row.options for row in LinuxRtnl().links() if row.name == "x0")
