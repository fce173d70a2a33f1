"""How many virtual functions a NIC has and may have: `ports.Sriov`, from /sys/class/net/NAME/device
(Documentation/ABI/testing/sysfs-bus-pci, Documentation/PCI/pci-iov-howto.rst).

/sys shows the links of the network namespace it was mounted in. What it says of a name is taken
only if the ifindex agrees.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

from netconf.system.ports import VfSupport

_IFF_UP = 1


class LinuxSriov:
    def __init__(self, root: Path = Path("/sys")) -> None:
        self._root = root

    def support(self, name: str, ifindex: int) -> VfSupport | None:
        try:
            device = self._device(name, ifindex)
            count = int((device / "sriov_numvfs").read_text())
        except (OSError, ValueError):
            return None
        try:
            total = int((device / "sriov_totalvfs").read_text())
        except (OSError, ValueError):
            total = 0
        return VfSupport(count, total, tuple(_users(device)))

    def set_count(self, name: str, ifindex: int, count: int) -> None:
        file = self._device(name, ifindex) / "sriov_numvfs"
        descriptor = os.open(file, os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.write(descriptor, f"{count}\n".encode())
        finally:
            os.close(descriptor)

    def _device(self, name: str, ifindex: int) -> Path:
        place = self._root / "class/net" / name
        if int((place / "ifindex").read_text()) != ifindex:
            raise OSError(errno.ENODEV, "/sys shows another network namespace")
        return (place / "device").resolve(strict=True)


def _users(device: Path) -> Iterator[str]:
    """A VF whose driver isn't that of a NIC is a guest's; one whose link isn't here is another namespace's."""
    functions = sorted(device.glob("virtfn*"), key=lambda path: int(path.name.removeprefix("virtfn")))
    for function in functions:
        number = function.name.removeprefix("virtfn")
        if not (function / "driver").exists():
            continue
        driver = (function / "driver").resolve().name
        links = sorted(path.name for path in (function / "net").glob("*"))
        if not links:
            yield f"VF {number} ({driver})"
        up = [link for link in links if _is_up(function / "net" / link)]
        yield from (f"VF {number} (link {link} is up)" for link in up)


def _is_up(link: Path) -> bool:
    try:
        return bool(int((link / "flags").read_text(), 16) & _IFF_UP)
    except (OSError, ValueError):
        return False
