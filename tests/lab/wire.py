"""What connects machines: an Ethernet segment in the harness itself, over socket pairs.

No root, no bridge and nothing of the host's network is needed. A machine takes the plugs of its NICs; in it they are
vec0, vec1 and so on.

    with Segment() as lan, Machine(job, command, plugs=[lan.plug()]): ...
"""

import contextlib
import fcntl
import os
import selectors
import socket
import threading
from typing import Self

FRAME = 65536
BUFFER = 1 << 20
BEYOND_SHELL = 20
"""Descriptors that the shell between us and the kernel doesn't use for itself."""

_GROUP_BIT = 0x01
"""Of the first octet of an address: to more than one (IEEE 802)."""


class Plug:
    """One machine's end of a segment. `fd` is for the machine's kernel."""

    def __init__(self, number: int) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        for end in (ours, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
        ours.setblocking(False)
        self.socket = ours
        self.fd = fcntl.fcntl(theirs, fcntl.F_DUPFD_CLOEXEC, BEYOND_SHELL)
        theirs.close()
        self.mac = f"02:00:5e:00:{number >> 8:02x}:{number & 255:02x}"
        self.is_cut = False

    def close(self) -> None:
        self.socket.close()
        os.close(self.fd)


class Segment:
    """A switch with a plug for each NIC. Use as a context manager; a thread does the switching."""

    _made = 0

    def __init__(self) -> None:
        self._plugs: list[Plug] = []
        self._learnt: dict[bytes, Plug] = {}
        self._selector = selectors.DefaultSelector()
        self._read, self._write = os.pipe()
        self._selector.register(self._read, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._switch, daemon=True)

    def plug(self) -> Plug:
        """A new plug; to be asked for before the machine starts."""
        Segment._made += 1
        plug = Plug(Segment._made)
        self._plugs.append(plug)
        self._selector.register(plug.socket, selectors.EVENT_READ, plug)
        return plug

    def cut(self, plug: Plug) -> None:
        """As if the cable was pulled, without the carrier going: frames are lost from now on."""
        plug.is_cut = True

    def mend(self, plug: Plug) -> None:
        plug.is_cut = False

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        os.write(self._write, b"x")
        self._thread.join()
        self._selector.close()
        for plug in self._plugs:
            plug.close()
        os.close(self._read)
        os.close(self._write)

    def _switch(self) -> None:
        while True:
            for key, _ in self._selector.select(1):
                if key.data is None:
                    return
                with contextlib.suppress(BlockingIOError, ConnectionError):
                    self._forward(key.data, key.data.socket.recv(FRAME))

    def _forward(self, source: Plug, frame: bytes) -> None:
        if source.is_cut or len(frame) < 14:
            return
        to, by = frame[:6], frame[6:12]
        self._learnt[by] = source
        known = None if to[0] & _GROUP_BIT else self._learnt.get(to)
        for plug in [known] if known else self._plugs:
            if plug is not source and not plug.is_cut:
                # What a full or closed end doesn't take is lost, as on a wire.
                with contextlib.suppress(BlockingIOError, OSError):
                    plug.socket.send(frame)
