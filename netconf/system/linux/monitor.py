"""Waking up when links, addresses or routes change, and rules of nftables if asked: `ports.Monitor`.

What changed isn't looked at: whoever waits looks at the whole state again. So an overflow of the
queue (ENOBUFS) is just one more sign of a change.
"""

from __future__ import annotations

import errno
import select
import socket
import time
from contextlib import suppress

from netconf.core.errors import ObserveError

_LINK, _IPV4_IFADDR, _IPV4_ROUTE, _IPV6_IFADDR, _IPV6_ROUTE = 1, 5, 7, 9, 11  # RTNLGRP_* (linux/rtnetlink.h)
_GROUPS = sum(1 << group - 1 for group in (_LINK, _IPV4_IFADDR, _IPV4_ROUTE, _IPV6_IFADDR, _IPV6_ROUTE))
_NETFILTER, _RULES = 12, 7  # NETLINK_NETFILTER, NFNLGRP_NFTABLES (linux/netfilter/nfnetlink.h)
_DRAIN = 10_000


class LinuxMonitor:
    """Notices from the moment it is made. Belongs to the network namespace it was made in."""

    def __init__(self, *, rules: bool = False) -> None:
        """Raises ObserveError. Rules only where the kernel has them and we may: asking loads its module."""
        try:
            self._sockets = [_listening(socket.NETLINK_ROUTE, _GROUPS)]
        except OSError as err:
            raise ObserveError(f"can't watch rtnetlink: {err.strerror}") from err
        if rules:
            with suppress(OSError):
                self._sockets.append(_listening(_NETFILTER, 1 << _RULES - 1))
        self._poll = select.poll()
        for opened in self._sockets:
            self._poll.register(opened, select.POLLIN | select.POLLERR)

    def wait(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while True:
            left = max(0.0, deadline - time.monotonic())
            if self._poll.poll(left * 1000) and self._drain():
                return True
            if not left:
                return False

    def close(self) -> None:
        for opened in self._sockets:
            opened.close()

    def _drain(self) -> bool:
        found = [_taken(opened) for opened in self._sockets]
        return any(found)


def _listening(protocol: int, groups: int) -> socket.socket:
    opened = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, protocol)
    try:
        opened.setblocking(False)
        opened.bind((0, groups))
    except OSError:
        opened.close()
        raise
    return opened


def _taken(opened: socket.socket) -> bool:
    """Take what is queued (bounded, a flood must not hold us); whether there was anything."""
    anything = False
    for _ in range(_DRAIN):
        try:
            opened.recv(1)  # the rest of the message is dropped
        except OSError as err:
            if err.errno == errno.EAGAIN:
                break
            if err.errno != errno.ENOBUFS:
                raise ObserveError(f"can't watch the kernel: {err.strerror}") from err
        anything = True
    return anything
