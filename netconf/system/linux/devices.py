"""What hardware a link is: `ports.Devices`, from /sys/class/net (Documentation/ABI/testing/sysfs-class-net).

/sys shows the links of the network namespace it was mounted in. What it says of a name is taken
only if the ifindex agrees.
"""

from __future__ import annotations

import re
from pathlib import Path

from netconf.system.ports import Device

_PCI = re.compile(r"[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]")


class LinuxDevices:
    def __init__(self, root: Path = Path("/sys")) -> None:
        self._root = root

    def device(self, name: str, ifindex: int) -> Device | None:
        place = self._root / "class/net" / name
        try:
            if int((place / "ifindex").read_text()) != ifindex:
                return None
            device = (place / "device").resolve(strict=True)
            driver = (device / "driver").resolve().name if (device / "driver").exists() else ""
            path = str(device.relative_to((self._root / "devices").resolve()))
        except (OSError, ValueError):
            return None
        addresses = [part for part in path.split("/") if _PCI.fullmatch(part)]
        return Device(driver, addresses[-1] if addresses else "", path)
