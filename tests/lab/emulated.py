"""A machine whose every instruction qemu emulates: a newer kernel of Debian's, with what user-mode-linux lacks
(wireguard, all of nftables, netkit, four CPUs, NICs with several queues).

No KVM is needed, and a guest's code runs some 15 times slower. What makes that bearable: the kernel is taken out of
its compressed image beforehand and started by PVH, all CPUs share one thread (`thread=single`: four cost what one
costs, and the other core is left to the host's tests), and nothing is started that isn't used.

The wires of its NICs lead nowhere: each is a tap in the network namespace that the machine's tree has for itself.
"""

import os
import shutil
from functools import cache
from pathlib import Path

from lab import initrd
from lab.machine import Kernel, Machine, NotInstalledError

PROGRAM = "qemu-system-x86_64"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "netconf-lab/kernel"
"""Where .ci/guest-kernel puts the kernel."""

IPROUTE2 = CACHE / "iproute2"
"""And programs that know what that kernel has; they go before the host's."""

CPUS = 4
TUN = Path("/dev/net/tun")
MODULES = ("virtio_pci", "9pnet_virtio", "9p", "overlay", "virtio_rng")
NICS = {
    "virtio_net": ("virtio-net-pci,mq=on,vectors=10,rss=on,hash=on", CPUS),
    "e1000e": ("e1000e", 1),
}
"""The driver of each NIC: what qemu calls the device, and its queues."""


@cache
def kernel() -> Kernel:
    """The kernel that was fetched, or NotInstalledError with what to do."""
    program, found = shutil.which(PROGRAM), CACHE / "vmlinux"
    releases = list(CACHE.glob("lib/modules/*/modules.dep"))
    if program is None or not found.exists() or not releases or not initrd.BUSYBOX.exists():
        raise NotInstalledError("no qemu or no kernel for it here: run .ci/setup test")
    return Kernel(found, releases[0].parent)


class Emulated(Machine):
    """As every machine; `plugs` it has none."""

    def __init__(self, job: Path, command: str, memory: str = "1G") -> None:
        super().__init__(job, command, memory)

    def _line(self) -> list[str]:
        found = kernel()
        (self.job / "initrd").write_bytes(initrd.build(found.modules, MODULES))
        nics = NICS if os.access(TUN, os.W_OK) else {}
        return [
            *(
                PROGRAM,
                "-machine",
                "q35",
                "-accel",
                "tcg,thread=single",
                "-smp",
                str(CPUS),
                "-m",
                self._memory,
            ),
            *(
                "-nodefaults",
                "-no-user-config",
                "-display",
                "none",
                "-no-reboot",
                "-device",
                "virtio-rng-pci",
            ),
            *(
                "-chardev",
                f"file,id=console,path={self.job / 'console'},append=on",
                "-serial",
                "chardev:console",
            ),
            *("-kernel", str(found.program), "-initrd", str(self.job / "initrd")),
            *_share("root", Path("/"), ",readonly=on"),
            *_share("modules", found.modules.parent, ",readonly=on"),
            *_share("job", self.job),
            *(word for number, driver in enumerate(nics) for word in _nic(number, *NICS[driver])),
            *("-append", self._words(",".join(nics))),
        ]

    def _words(self, drivers: str) -> str:
        """The kernel's command line; of what it says only what's wrong goes to the console, which is slow."""
        return " ".join(
            [
                *("console=ttyS0", "quiet", "loglevel=4", "panic=-1", "nokaslr", "mitigations=off"),
                *("apparmor=0", "selinux=0", "net.ifnames=0"),
                *("LAB_SHARE=9p", f"LAB_JOB={self.job}", f"LAB_MODULES={kernel().modules.parent}"),
                f"LAB_DRIVERS={drivers}",
                f"LAB_PATH={IPROUTE2 / 'bin'}:{IPROUTE2 / 'sbin'}",
            ]
        )


def _share(name: str, folder: Path, more: str = "") -> list[str]:
    files = f"local,id={name},path={folder},security_model=none,multidevs=remap{more}"
    return ["-fsdev", files, "-device", f"virtio-9p-pci,fsdev={name},mount_tag={name}"]


def _nic(number: int, device: str, queues: int) -> list[str]:
    several = f",queues={queues}" if queues > 1 else ""
    tap = f"tap,id=nic{number},ifname=lab{number},script=no,downscript=no{several}"
    return ["-netdev", tap, "-device", f"{device},netdev=nic{number},mac=02:00:5e:10:00:{number:02x}"]
