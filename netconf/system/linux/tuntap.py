"""Persistent tun and tap devices: `ports.Tun`. rtnetlink can't make them (drivers/net/tun.c), only
the ioctls of /dev/net/tun can (Documentation/networking/tuntap.rst).
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
from pathlib import Path

from netconf.system.ports import TunTap

DEVICE = Path("/dev/net/tun")

# linux/if_tun.h; _IOW('T', n, int) as most architectures number it (not alpha, mips, ppc, sparc)
_TUNSETIFF, _TUNSETPERSIST, _TUNSETOWNER, _TUNSETGROUP = 0x400454CA, 0x400454CB, 0x400454CC, 0x400454CE
_TUNSETIFINDEX = 0x400454DA
_IFF_TUN, _IFF_TAP, _IFF_MULTI_QUEUE = 0x0001, 0x0002, 0x0100
_IFF_NO_PI, _IFF_VNET_HDR, _IFF_TUN_EXCL = 0x1000, 0x4000, 0x8000
_IFREQ = struct.Struct("=16sH22x")
_NAME_BYTES = 15


class LinuxTun:
    def create(self, device: TunTap) -> None:
        """Raises FileExistsError if any link has the name: an existing one is never attached to.
        A device that couldn't be set up whole is gone again.
        """
        name = device.name.encode()
        # an empty name and one with a % would be a pattern for the kernel to fill in
        if not 0 < len(name) <= _NAME_BYTES or b"%" in name or b"\0" in name:
            raise OSError(errno.EINVAL, f"not a name for a link: {device.name!r}")
        descriptor = os.open(DEVICE, os.O_RDWR | os.O_CLOEXEC)
        try:
            if device.ifindex:
                fcntl.ioctl(descriptor, _TUNSETIFINDEX, struct.pack("=I", device.ifindex))
            _attach(descriptor, name, _flags(device))
            # before it is persistent: closing the file takes a device that isn't with it
            if device.owner >= 0:
                fcntl.ioctl(descriptor, _TUNSETOWNER, device.owner)
            if device.group >= 0:
                fcntl.ioctl(descriptor, _TUNSETGROUP, device.group)
            fcntl.ioctl(descriptor, _TUNSETPERSIST, 1)
        finally:
            os.close(descriptor)


def _attach(descriptor: int, name: bytes, flags: int) -> None:
    try:
        fcntl.ioctl(descriptor, _TUNSETIFF, _IFREQ.pack(name, flags))
    except OSError as err:
        if err.errno == errno.EBUSY:  # IFF_TUN_EXCL
            raise FileExistsError(errno.EEXIST, f"a link {name.decode()} exists") from err
        raise


def _flags(device: TunTap) -> int:
    flags = _IFF_TUN_EXCL | (_IFF_TAP if device.tap else _IFF_TUN)
    if not device.packet_info:
        flags |= _IFF_NO_PI
    if device.vnet_header:
        flags |= _IFF_VNET_HDR
    if device.multi_queue:
        flags |= _IFF_MULTI_QUEUE
    return flags
