"""How the host looked when an applied document was seen to be met, kept until the next boot: as long
as it looks the same, and the generation is the same, the plan of that document is empty.
"""

from __future__ import annotations

import json

from netconf.app.wiring import Host
from netconf.core.errors import ObserveError
from netconf.engine.unchanged import Look, still_so

_NAME = "unchanged"


def keep(host: Host, digest: str, generation: int, look: Look | None) -> None:
    """For the document with this digest, which that generation is of; None = it can't be told in short.
    Not being able to keep it is no error.
    """
    kept = {} if look is None else {"of": _of(host, digest, generation), "look": look.plain()}
    host.system.memory.keep(_NAME, json.dumps(kept).encode())


def recall(host: Host, digest: str, generation: int) -> Look | None:
    """The look that's kept for the document, if the very same program kept it on this generation."""
    raw = host.system.memory.recall(_NAME)
    kept = {} if raw is None else json.loads(raw)
    if not kept or kept["of"] != _of(host, digest, generation):
        return None
    return Look.of_plain(kept["look"])


def holds(host: Host, look: Look) -> bool:
    """Whether it looks so now; what can't be seen in short is for a whole look to tell."""
    try:
        return still_so(host.drivers, host.system, look)
    except ObserveError:
        return False


def _of(host: Host, digest: str, generation: int) -> str:
    return f"{generation} {host.cache.key(digest)}"
