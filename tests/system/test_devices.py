"""What hardware links are: a tree like /sys, for there is no PCI here."""

from __future__ import annotations

import pytest

from netconf.system.linux.devices import LinuxDevices
from netconf.system.ports import Device

VIRTIO = "pci0000:00/0000:00:03.0/virtio1"
BRIDGED = "pci0000:00/0000:00:1c.0/0000:03:00.1"


@pytest.fixture
def sys(tmp_path):
    def link(name, ifindex, path, driver):
        device = tmp_path / "devices" / path
        (device / "net" / name).mkdir(parents=True)
        (device / "net" / name / "ifindex").write_text(f"{ifindex}\n")
        (device / "net" / name / "device").symlink_to(device)
        (tmp_path / "bus/drivers" / driver).mkdir(parents=True)
        (device / "driver").symlink_to(tmp_path / "bus/drivers" / driver)
        (tmp_path / "class/net").mkdir(parents=True, exist_ok=True)
        (tmp_path / "class/net" / name).symlink_to(device / "net" / name)

    link("eth0", 2, VIRTIO, "virtio_net")
    link("eth1", 3, BRIDGED, "igb")
    (tmp_path / "class/net/br0").mkdir()
    (tmp_path / "class/net/br0/ifindex").write_text("4\n")
    return LinuxDevices(tmp_path)


def test_a_device_behind_a_pci_function(sys):
    assert sys.device("eth0", 2) == Device("virtio_net", pci="0000:00:03.0", path=VIRTIO)


def test_pci_behind_a_bridge(sys):
    assert sys.device("eth1", 3) == Device("igb", "0000:03:00.1", BRIDGED)


@pytest.mark.parametrize(("name", "ifindex"), [("br0", 4), ("eth0", 7), ("gone", 9)])
def test_none(sys, name, ifindex):
    """No hardware; the same name in another namespace; no such link."""
    assert sys.device(name, ifindex) is None
