"""Waking up when links, addresses or routes change: `ports.Monitor`.

What changed isn't looked at: whoever waits looks at the whole state again. So an overflow of the
queue (ENOBUFS) is just one more sign of a change.
"""

from __future__ import annotations

import errno
import select
import socket
import time

from netconf.core.errors import ObserveError

_LINK, _IPV4_IFADDR, _IPV4_ROUTE, _IPV6_IFADDR, _IPV6_ROUTE = 1, 5, 7, 9, 11  # RTNLGRP_* (linux/rtnetlink.h)
_GROUPS = sum(1 << group - 1 for group in (_LINK, _IPV4_IFADDR, _IPV4_ROUTE, _IPV6_IFADDR, _IPV6_ROUTE))
_DRAIN = 10_000


class LinuxMonitor:
    """Notices from the moment it is made. Belongs to the network namespace it was made in."""

    def __init__(self) -> None:
        """Raises ObserveError."""
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        try:
            self._socket.setblocking(False)
            self._socket.bind((0, _GROUPS))
        except OSError as err:
            self._socket.close()
            raise ObserveError(f"can't watch rtnetlink: {err.strerror}") from err
        self._poll = select.poll()
        self._poll.register(self._socket, select.POLLIN | select.POLLERR)

    def wait(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while True:
            left = max(0.0, deadline - time.monotonic())
            if self._poll.poll(left * 1000) and self._drain():
                return True
            if not left:
                return False

    def close(self) -> None:
        self._socket.close()

    def _drain(self) -> bool:
        """Take what is queued (bounded, a flood must not hold us); whether there was anything."""
        anything = False
        for _ in range(_DRAIN):
            try:
                self._socket.recv(1)  # the rest of the message is dropped
            except OSError as err:
                if err.errno == errno.EAGAIN:
                    break
                if err.errno != errno.ENOBUFS:
                    raise ObserveError(f"can't watch rtnetlink: {err.strerror}") from err
            anything = True
        return anything
