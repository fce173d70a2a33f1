"""A NIC with virtual functions, for there is none here: a tree like /sys, and what the kernel keeps of each VF, told and
taken in the messages of rtnetlink. The rest of the system is the real one.
"""

from __future__ import annotations

import ast
import struct
from dataclasses import replace

from netconf.system.linux import vfs
from netconf.system.linux.sriov import LinuxSriov
from netconf.system.linux.wire import NLA_F_NESTED, attribute, attribute_u32, attributes
from netconf.system.ports import Refusal, VfRequest

EOPNOTSUPP, EINVAL = 95, 22
FRESH = {"mac": bytes(6), "tag": (0, 0, 0x8100), "rates": (0, 0), 4: 1, 5: 0, 9: 0}
"""A new VF: spoofcheck on (4), state auto (5), trust off (9)."""


class Nic:
    """`lacks` are numbers of attributes that the driver doesn't have; `refuses` a VF that takes nothing."""

    def __init__(self, root, total=8, lacks=(), refuses=-1):
        self.root, self.lacks, self.refuses = root, lacks, refuses
        self.device = root / "devices/pci0000:00/0000:03:00.0"
        (self.device / "net/pf0").mkdir(parents=True)
        (self.device / "net/pf0/device").symlink_to(self.device)
        (root / "class/net").mkdir(parents=True)
        (root / "class/net/pf0").symlink_to(self.device / "net/pf0")
        (self.device / "sriov_numvfs").write_text("0\n")
        (self.device / "sriov_totalvfs").write_text(f"{total}\n")
        self._store = root / "functions"
        self._store.write_text("[]")
        self.written = []

    @property
    def functions(self):
        """In a file, as children that are killed leave it."""
        return ast.literal_eval(self._store.read_text())

    def change(self, number, **settings):
        found = self.functions
        found[number].update(
            {int(key[1:]) if key[1:].isdigit() else key: value for key, value in settings.items()}
        )
        self._store.write_text(repr(found))

    def wrap(self, system):
        """The system with this NIC in place of its pf0."""
        (self.device / "net/pf0/ifindex").write_text(f"{system.rtnl.ifindex('pf0')}\n")
        return replace(system, sriov=_Sriov(self), rtnl=_Rtnl(system.rtnl, self))

    def use(self, number):
        """A guest gets this VF."""
        vf = self.root / f"devices/vf{number}"
        (self.root / "drivers/vfio-pci").mkdir(parents=True)
        vf.mkdir(parents=True)
        (vf / "driver").symlink_to(self.root / "drivers/vfio-pci")
        (self.device / f"virtfn{number}").symlink_to(vf)

    def set_count(self, count):
        """As sriov_numvfs_store does it."""
        if count and self.functions:
            raise OSError(16, "Device or resource busy")
        self.written.append(count)
        self._store.write_text(repr([FRESH] * count))
        (self.device / "sriov_numvfs").write_text(f"{count}\n")

    def message(self):
        infos = (
            _nested(
                1,
                attribute(1, struct.pack("=I32s", number, found["mac"])),
                attribute(6, struct.pack("=III", number, *found["rates"])),
                *(
                    attribute(key, struct.pack("=Ii", number, -1 if key in self.lacks else found[key]))
                    for key in (4, 5, 9)
                ),
                _nested(
                    12,
                    attribute(
                        1,
                        struct.pack("=III", number, *found["tag"][:2]) + struct.pack("!H2x", found["tag"][2]),
                    ),
                ),
            )
            for number, found in enumerate(self.functions)
        )
        return bytes(32) + attribute_u32(21, len(self.functions)) + _nested(22, *infos)

    def take(self, message):
        """As do_setvfinfo does it: one after the other, up to the first that is refused."""
        listed = attributes(message.body, 16, len(message.body))[22]
        info = attributes(listed, 0, len(listed))[1]
        for key, value in attributes(info, 0, len(info)).items():
            number = int.from_bytes(value[:4] if key != 12 else value[4:8], "little")
            if number >= len(self.functions) or number == self.refuses:
                return Refusal(EINVAL, "Invalid argument")
            if key in self.lacks:
                return Refusal(EOPNOTSUPP, "Operation not supported")
            self.change(number, **_kept(key, value))
        return None


def _kept(key, value):
    if key == 1:
        return {"mac": value[4:10]}
    if key == 2:
        return {"tag": (*struct.unpack_from("=II", value, 4), 0x8100)}
    if key == 12:
        return {"tag": (*struct.unpack_from("=II", value, 8), struct.unpack_from("!H", value, 16)[0])}
    if key == 6:
        return {"rates": struct.unpack_from("=II", value, 4)}
    return {f"_{key}": struct.unpack_from("=i", value, 4)[0]}


def _nested(number, *parts):
    return attribute(number | NLA_F_NESTED, b"".join(parts))


class _Sriov(LinuxSriov):
    def __init__(self, nic):
        super().__init__(nic.root)
        self._nic = nic

    def set_count(self, name, ifindex, count):
        super().set_count(name, ifindex, count)
        self._nic.set_count(count)


class _Rtnl:
    def __init__(self, inner, nic):
        self._inner, self._nic = inner, nic

    def __getattr__(self, name):
        return getattr(self._inner, name)

    def virtual_functions(self, ifindex):
        ours = self._inner.ifindex("pf0") == ifindex
        return vfs.decode(self._nic.message(), ifindex) if ours else self._inner.virtual_functions(ifindex)

    def send(self, requests):
        return [
            self._nic.take(vfs.encode(request))
            if isinstance(request, VfRequest)
            else self._inner.send([request])[0]
            for request in requests
        ]
