"""A system that fails at one of its writes: what stands between netconf and the kernel, for one fault."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass, field, replace

from netconf.system.ports import Refusal


@dataclass
class Count:
    """How many writes there were so far, and at which one what happens."""

    at: int = -1
    action: object = None
    done: int = 0
    hit: object = None
    kinds: list = field(default_factory=list)

    def next(self, what) -> bool:
        self.done += 1
        self.kinds.append(what)
        if self.done - 1 == self.at:
            self.hit = what
            return True
        return False


class Between:
    """Everything else goes through."""

    def __init__(self, port, count: Count) -> None:
        self._port, self._count = port, count

    def __getattr__(self, name):
        return getattr(self._port, name)


class RefusingRtnl(Between):
    """The kernel says no to one request of a batch; the others are done, as it does them."""

    def send(self, requests):
        refused = [n for n, request in enumerate(requests) if self._count.next(request)]
        rest = [request for n, request in enumerate(requests) if n not in refused]
        answers = list(self._port.send(rest)) if rest else []
        for n in refused:
            answers.insert(n, Refusal(errno.EPERM, "refused by the test"))
        return answers


class BreakingRtnl(Between):
    """The socket fails, before a batch or after it: then nobody knows what was done."""

    def send(self, requests):
        hit = bool(requests) and self._count.next(requests)
        if hit and self._count.done % 2:
            raise OSError(errno.ENOBUFS, os.strerror(errno.ENOBUFS))
        answers = self._port.send(requests)
        if hit:
            raise OSError(errno.ENOBUFS, os.strerror(errno.ENOBUFS))
        return answers


class RefusingTree(Between):
    def write(self, path, value):
        if self._count.next(path):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        self._port.write(path, value)


class ForgetfulTree(Between):
    """The kernel takes a value and keeps the old one."""

    def write(self, path, value):
        if not self._count.next(path):
            self._port.write(path, value)


class DyingRtnl(Between):
    """The process dies when a batch is sent, and before its answers come."""

    def send(self, requests):
        hit = bool(requests) and self._count.next(requests)
        answers = self._port.send(requests)
        if hit:
            self._count.action()
        return answers


class DyingTree(Between):
    def write(self, path, value):
        self._port.write(path, value)
        if self._count.next(path):
            self._count.action()


def with_rtnl(port, count: Count):
    return lambda system: replace(system, rtnl=port(system.rtnl, count))


def with_tree(port, count: Count):
    return lambda system: replace(system, tree=port(system.tree, count))
