"""What can be worked out beside a transaction: while the kernel does what it was told, the interpreter has nothing to do."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    import threading

T = TypeVar("T")

_TURN_SECONDS = 0.0005
"""How long the work goes on when the block has an answer to deal with: the usual 5 ms are as long as the kernel takes
for hundreds of objects.
"""


class Meanwhile(Generic[T]):
    """`work`, which only computes, in a thread of its own while a block runs; behind the block it has ended. Not around
    a fork(2) without exec, which takes along the calling thread alone.
    """

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._thread: threading.Thread | None = None
        self._usual = sys.getswitchinterval()
        self._returned: list[T] = []
        self._raised: list[BaseException] = []

    def __enter__(self) -> None:
        import threading

        self._usual = sys.getswitchinterval()
        sys.setswitchinterval(_TURN_SECONDS)
        self._thread = threading.Thread(target=self._do)
        self._thread.start()

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._thread is not None:
            self._thread.join()
        sys.setswitchinterval(self._usual)

    def _do(self) -> None:
        try:
            self._returned.append(self._work())
        except BaseException as err:  # noqa: BLE001 - it's raised where it's asked for
            self._raised.append(err)

    def result(self) -> T:
        """What it returned, or raises what it raised; without a block it's done now."""
        if self._thread is None:
            return self._work()
        for err in self._raised:
            raise err
        return self._returned[0]
