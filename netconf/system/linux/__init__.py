"""The Linux adapters of the ports, and `system()` which puts them together.

Importing this package costs nothing, making a system little: sockets are opened at their first
use, so a network namespace can be entered in between.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netconf.system.linux.keys import Keys
    from netconf.system.ports import Memory, System


def system(kept: Keys | None = None, made: Memory | None = None) -> System:
    """The system this process runs on, for one thread. `kept` is where keys go that it takes away, `made` what is
    remembered of what it makes: of all namespaces.
    """
    from netconf.system.linux.assembled import assembled

    return assembled(kept, made)
