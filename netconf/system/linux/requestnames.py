"""What requests name, as the numbers that messages need: links, and namespaces by open files."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from typing import Self

from netconf.core.ids import HOME
from netconf.system.linux import netns
from netconf.system.ports import Refusal


class UnknownNameError(LookupError):
    def __init__(self, number: int, text: str) -> None:
        super().__init__(text)
        self.refusal = Refusal(number, text)


class RequestNames:
    """Names in requests to numbers; the namespaces it opens are closed at the end."""

    def __init__(self, ifindex: Callable[[str], int]) -> None:
        """The callable finds a link's number, 0 = there is none."""
        self._ifindex = ifindex
        self._namespaces: dict[str, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for descriptor in self._namespaces.values():
            os.close(descriptor)

    def link(self, name: str) -> int:
        found = self._ifindex(name)
        if not found:
            raise UnknownNameError(errno.ENODEV, f'link "{name}" does not exist')
        return found

    def namespace(self, name: str) -> int:
        if name not in self._namespaces:
            try:
                self._namespaces[name] = netns.open_home() if name == HOME else netns.open_named(name)
            except OSError as err:
                reason = f'network namespace "{name}" can\'t be used: {err.strerror}'
                raise UnknownNameError(err.errno or errno.ENOENT, reason) from err
        return self._namespaces[name]
