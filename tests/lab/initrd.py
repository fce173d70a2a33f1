"""The first file system of a guest: static busybox, the modules it needs to find its root, and INIT, as a cpio
archive in memory.

It is made anew for each machine: the archive is 2.5 MB, not compressed, and takes some milliseconds, so there is
no cache that could be stale. Its only duty is to find the guest's real root and hand over to it:

- `/` of the host, read-only, under an overlay on tmpfs: the guest sees the host's programs at the host's paths, may
  write anywhere, and nothing of it reaches the host;
- the folder of kernel modules, read-only, on /lib/modules, so that the kernel loads link kinds on demand;
- the job folder, the one place both sides write.

The host's folders come through hostfs, which user-mode-linux has, or by 9p from qemu: LAB_SHARE says which. What's
written to the job folder reaches the host at once with both. The kernel hands LAB_SHARE, LAB_JOB and LAB_MODULES from
its command line on to INIT as environment variables.
"""

import stat
from collections.abc import Sequence
from pathlib import Path

BUSYBOX = Path("/bin/busybox")

# Only pid 1 may run this: on a host it would take /proc and /dev away.
# The module options keep a module, once loaded, from leaving a link in the first namespace that no test asked for.
INIT = r"""#!/bin/busybox sh
[ $$ -eq 1 ] || exit 1
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t devtmpfs dev /dev
give_up() { echo "lab: $*"; echo o > /proc/sysrq-trigger; sleep 9; }
share() { # NAME FOLDER WHERE OPTIONS CACHE
  case $LAB_SHARE in
    hostfs) mount -t hostfs -o $4,$2 $1 $3 ;;
    9p) mount -t 9p -o $4,trans=virtio,version=9p2000.L,msize=512000,cache=$5 $1 $3 ;;
  esac || give_up "no $1"
}
for module in $(cat /order); do insmod /modules/$module || give_up "insmod $module failed"; done

ROOT=/new
mkdir -p /lower /write $ROOT
share root / /lower ro loose
mount -t tmpfs -o mode=755 write /write
mkdir /write/upper /write/work
mount -t overlay -o lowerdir=/lower,upperdir=/write/upper,workdir=/write/work overlay $ROOT || give_up "no overlay"

cd $ROOT || give_up "no root"
mkdir -p proc sys dev run tmp lib/modules etc/modprobe.d ./$LAB_JOB
mount --move /dev dev
mount -t proc proc proc
mount -t sysfs sys sys
mount -t tmpfs -o mode=755 run run
mkdir -p dev/pts dev/shm dev/net
mount -t devpts -o mode=620,ptmxmode=666 pts dev/pts
mount -t tmpfs shm dev/shm
[ -e dev/net/tun ] || mknod dev/net/tun c 10 200
[ -e dev/fd ] || ln -s /proc/self/fd dev/fd
echo lab > etc/hostname
hostname lab
printf 'options %s\n' 'dummy numdummies=0' 'bonding max_bonds=0' 'ifb numifbs=0' > etc/modprobe.d/lab.conf
share modules $LAB_MODULES lib/modules ro loose
share job $LAB_JOB ./$LAB_JOB rw none
ip link set lo up
umount /proc
exec switch_root $ROOT /bin/sh $LAB_JOB/start
"""


class Archive:
    """A cpio archive in the `newc` format (the kernel's Documentation/driver-api/early-userspace)."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._inode = 0

    def add(self, name: str, mode: int, body: bytes = b"", device: tuple[int, int] = (0, 0)) -> None:
        self._inode += 1
        raw = name.encode() + b"\0"
        fields = (self._inode, mode, 0, 0, 1, 0, len(body), 0, 0, *device, len(raw), 0)
        self._data += b"070701" + b"".join(b"%08X" % field for field in fields) + raw
        self._pad()
        self._data += body
        self._pad()

    def close(self) -> bytes:
        self.add("TRAILER!!!", 0)
        return bytes(self._data)

    def _pad(self) -> None:
        self._data += bytes(-len(self._data) % 4)


def load_order(modules: Path, name: str) -> list[Path]:
    """The files to insert for module `name`, in order; none if it is built into the kernel.

    modules.dep lists what a module needs with the deepest last.
    """
    for line in (modules / "modules.dep").read_text().splitlines():
        path, _, below = line.partition(":")
        if path.rpartition("/")[2].replace("-", "_") == f"{name}.ko":
            return [modules / file for file in [*reversed(below.split()), path]]
    return []


def build(modules: Path, wanted: Sequence[str]) -> bytes:
    """The initramfs for a kernel whose modules (modules.dep, kernel/…) are in `modules`; it loads those wanted."""
    archive = Archive()
    for folder in ("bin", "dev", "proc", "modules"):
        archive.add(folder, stat.S_IFDIR | 0o755)
    archive.add("dev/console", stat.S_IFCHR | 0o600, device=(5, 1))
    archive.add("bin/busybox", stat.S_IFREG | 0o755, BUSYBOX.read_bytes())
    order = list(dict.fromkeys(path for name in wanted for path in load_order(modules, name)))
    for path in order:
        archive.add(f"modules/{path.name}", stat.S_IFREG | 0o644, path.read_bytes())
    archive.add("order", stat.S_IFREG | 0o644, "".join(f"{path.name}\n" for path in order).encode())
    archive.add("init", stat.S_IFREG | 0o755, INIT.encode())
    return archive.close()
