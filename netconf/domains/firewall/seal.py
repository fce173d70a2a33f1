"""The short ways to a table in the kernel's words: by what was seen before, and by what is foreseen.

What is kept of a table that was verified is its text in the kernel's words, what it was made of, its
image in the kernel's bytes, and the generation of rules at which it was seen to be so. As long as the
kernel's generation is that one nobody has changed any rule; if it isn't, but the image is the same,
nobody has changed ours. Then neither a throw-away namespace nor a listing is needed. Of a table that's
about to be loaded the image is foreseen (shapes.py): if that's what is there, it's in these words.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from netconf.domains.firewall.resource import Table
from netconf.domains.firewall.wire import DYNAMIC, with_state
from netconf.system.ports import NftImage, System

if TYPE_CHECKING:
    from netconf.domains.firewall.shapes import Forecast

UNSEEN = "flowtable "
"""A flowtable loses a device that goes without a new generation."""


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A table that's to be loaded, as compiled, and what will be there then."""

    source: str
    forecast: Forecast


@dataclass(frozen=True, slots=True)
class Seen:
    """A live table, its image if that was looked at, and the generation at which it was."""

    table: Table | None
    image: NftImage | None
    generation: int


def foresee(table: Table, forecast: Forecast, system: System) -> Table:
    """The table in the kernel's words, as they'll be."""
    system.memory.note(_name(table.family, table.name), Foreseen(table.source, forecast))
    return replace(
        table, objects=forecast.objects, elements=forecast.elements, rules=forecast.rules, origins=()
    )


def note_seen(family: str, name: str, found: Seen, system: System) -> None:
    system.memory.note(f"{_name(family, name)} seen", found)


def just_seen(family: str, name: str, system: System) -> Seen | None:
    """The last look of this run, if nobody has changed any rule since."""
    found = system.memory.noted(f"{_name(family, name)} seen")
    if isinstance(found, Seen) and found.generation >= 0 and found.generation == system.nft.generation():
        return found
    return None


def recognised(family: str, name: str, system: System) -> tuple[Table | None, NftImage | None]:
    """The live table with its state, if its image is that of one whose words are known."""
    foreseen = system.memory.noted(_name(family, name))
    kept = _kept(family, name, system)
    image = None if foreseen is None and kept is None else system.nft.image(family, name)
    if image is None:
        return None, None
    bare = Table(family, name, handles=image.handles)
    if isinstance(foreseen, Foreseen) and foreseen.forecast.is_of(image):
        words = foreseen.forecast
        table = replace(bare, objects=words.objects, elements=words.elements, rules=words.rules)
        return _with_state(table, foreseen.source, image), image
    if kept is not None and kept["image"] == _digest_of(image):
        text = system.memory.recall(f"{_name(family, name)}-text") or b""
        if _digest(text) == kept["source"]:
            return _with_state(_filled(bare, kept), text.decode(errors="surrogateescape"), image), image
    return None, image


def _with_state(table: Table, source: str, image: NftImage) -> Table | None:
    """None where packets fill a set: only nft's listing has what's in it."""
    if any(DYNAMIC in text for text in table.objects):
        return None
    text = with_state(source, [text for _, text in table.rules], image.counts)
    return None if text is None else replace(table, source=text)


def glance(tables: Iterable[Table], system: System) -> str | None:
    """The generation at which the live tables were seen to be these, and the files they were made of."""
    generation = system.nft.generation()
    files = sorted({found.file for table in tables for found in table.files})
    if not all(_is_of(generation, table, system) for table in tables):
        return None
    return json.dumps([generation, [[path, _file(path, system)] for path in files]])


def holds(glance: str, system: System) -> bool:
    """Whether nobody has changed any rule since, nor those files."""
    generation, files = json.loads(glance)
    return bool(generation == system.nft.generation()) and all(
        digest == _file(path, system) for path, digest in files
    )


def _is_of(generation: int, table: Table, system: System) -> bool:
    found = just_seen(table.family, table.name, system)
    if found is not None and found.table is not None:
        return not _may_change_unseen(found.table.objects)
    kept = _kept(table.family, table.name, system)  # never of one that may change unseen
    same = system.memory.noted(f"{_name(table.family, table.name)} same")
    return kept is not None and generation in (kept["generation"], same)


def _may_change_unseen(objects: Iterable[str]) -> bool:
    return any(text.startswith(UNSEEN) for text in objects)


def _file(path: str, system: System) -> str:
    try:
        found = system.files.read(path)
    except OSError:
        return ""
    return "" if found is None else _digest(found)


def keep(table: Table, found: Seen, system: System) -> None:
    """After a look that saw what was wanted."""
    if found.table != table or found.generation < 0:
        return
    if _may_change_unseen(table.objects):
        return
    image = found.image or system.nft.image(table.family, table.name)
    if found.generation != system.nft.generation():
        return
    text = _octets(table.source)
    kept = {
        "generation": found.generation,
        "source": _digest(text),
        "image": "" if image is None else _digest_of(image),
        "objects": table.objects,
        "elements": table.elements,
        "rules": table.rules,
    }
    name = _name(table.family, table.name)
    system.memory.keep(f"{name}-text", text)
    system.memory.keep(name, json.dumps(kept).encode())
    system.memory.note(f"{name} kept", None)


def wanted(table: Table, system: System) -> Table | None:
    """The table in the kernel's words, if it's the one that was kept and is still there."""
    kept = _recall(table.family, table.name, system)
    if kept is None or kept["source"] != _digest(_octets(table.source)):
        return None
    system.memory.trust(_name(table.family, table.name))
    return _filled(table, kept)


def seen(family: str, name: str, system: System) -> Table | None:
    """The live table without looking, if that's the one that was asked for in this run."""
    if not system.memory.trusted(_name(family, name)):
        return None
    kept = _recall(family, name, system)
    return None if kept is None else _filled(Table(family, name), kept)


def _recall(family: str, name: str, system: System) -> dict[str, Any] | None:
    """What was kept, if it's still so."""
    kept, generation = _kept(family, name, system), system.nft.generation()
    if kept is None or kept["generation"] == generation:
        return kept
    image = system.nft.image(family, name)
    if image is None or kept["image"] != _digest_of(image):
        return None
    system.memory.note(f"{_name(family, name)} same", generation)
    return kept


def _kept(family: str, name: str, system: System) -> dict[str, Any] | None:
    """It's the same for the whole of a run, but for what the run itself keeps."""
    known = system.memory.noted(f"{_name(family, name)} kept")
    if isinstance(known, dict):
        return known
    raw = system.memory.recall(_name(family, name))
    found: dict[str, Any] | None = None if raw is None else json.loads(raw)
    system.memory.note(f"{_name(family, name)} kept", found)
    return found


def _filled(table: Table, kept: dict[str, Any]) -> Table:
    return replace(
        table,
        objects=tuple(kept["objects"]),
        elements=tuple((name, tuple(members)) for name, members in kept["elements"]),
        rules=tuple((chain, text) for chain, text in kept["rules"]),
        origins=(),
    )


def _name(family: str, name: str) -> str:
    return f"firewall-{family}-{name}"


def _octets(source: str) -> bytes:
    return source.encode(errors="surrogateescape")


def _digest(source: bytes) -> str:
    return hashlib.sha256(source).hexdigest()


def _digest_of(image: NftImage) -> str:
    """Of all but what packets count and the kernel numbers."""
    found = hashlib.sha256(repr((sorted(image.heads), list(map(len, image.bodies)), image.chains)).encode())
    for part in image.bodies:
        found.update(part)
    for name in sorted(image.members):
        starts, ends = image.members[name]
        found.update(f"{name} {len(starts)} {len(ends)} ".encode())
        found.update(starts + ends)
    return found.hexdigest()
