"""The drivers of one run, found by the kind of resource they are responsible for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from netconf.core.driver import AnyDriver
from netconf.core.image import Decoder
from netconf.core.kind import Lazily, Release


class Drivers:
    """An ordered set of drivers with disjoint kinds."""

    def __init__(self, drivers: Sequence[AnyDriver]) -> None:
        self._drivers = tuple(drivers)
        self._by_kind = {kind: driver for driver in drivers for kind in driver.kinds}
        self.rank: Mapping[str, int] = {kind: place for place, d in enumerate(drivers) for kind in d.kinds}
        """The place of each kind's driver, for a stable order of batches."""
        self.release: Mapping[str, Release] = Lazily(
            self._by_kind, lambda kind: self._by_kind[kind].kinds[kind].release
        )
        self.decoder = Decoder(drivers)

    def __iter__(self) -> Iterator[AnyDriver]:
        return iter(self._drivers)

    def of(self, kind: str) -> AnyDriver:
        return self._by_kind[kind]
