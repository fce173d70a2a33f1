"""Everything iproute2 and /proc/sys/net show of this namespace, as rows of text that can be compared.

Nothing is left out but what changes by itself, see `_plain`. Rows keep the kernel's order.
"""

from __future__ import annotations

import json
import re
import subprocess
import time
from pathlib import Path

import procsys

FOREVER = 0xFFFFFFFF
TIMERS = {"hello_timer", "tcn_timer", "topology_change_timer", "gc_timer"} | {
    "hold_timer",
    "message_age_timer",
    "forward_delay_timer",
}
"""Bridges and their ports tell how far their timers have run."""

SYSCTL = Path("/proc/sys/net")
FLAT = ("core", "ipv4", "ipv6")
TREES = ("ipv4/conf", "ipv4/neigh", "ipv6/conf", "ipv6/neigh")

COMMANDS = {
    "ip": ("link show", "address show"),
    "ip -4": ("route show table all", "rule show"),
    "ip -6": ("route show table all", "rule show"),
}

CARRIED = {"operstate", "state", "topology_change", "root_id", "root_port", "root_path_cost"}
FLAGS = {"NO-CARRIER", "LOWER_UP", "M-DOWN", "LOWERLAYERDOWN", "linkdown"}

Snapshot = tuple[str, ...]

LOOK_SECONDS = 0.3


def snapshot() -> Snapshot:
    """One row for each link, address, route, rule and sysctl."""
    return (*_objects(), *_sysctls())


def assert_same(wanted: Snapshot, what: object = "", view=lambda rows: rows, seconds: float = 4.0) -> None:
    """The snapshot, seen through `view`, is as wanted, now or in a while: the kernel tells of
    carriers, and does what follows from them, up to a second late (net/core/link_watch.c).
    """
    deadline = time.monotonic() + seconds
    while (found := view(snapshot())) != wanted:
        assert time.monotonic() < deadline, f"{what}\n{difference(wanted, found)}"
        time.sleep(0.1)


def at_rest(seconds: float = 1.2) -> Snapshot:
    """The snapshot once nothing has changed for so long, and no address is tentative any more: the
    kernel begins duplicate address detection after a random delay. It's looked at now and then only, for
    looking costs more than waiting.
    """
    end, limit = time.monotonic() + seconds, time.monotonic() + 15
    last = snapshot()
    while time.monotonic() < end:
        time.sleep(LOOK_SECONDS)
        now = snapshot()
        waiting = any("tentative" in str(row) for row in now) and time.monotonic() < limit
        if now != last or waiting:
            last, end = now, time.monotonic() + seconds
    return last


def unnumbered(rows: Snapshot) -> Snapshot:
    """Without ifindexes, which count on with every new link, and without the order they bring."""
    return tuple(sorted(re.sub(r'"ifindex": \d+, ', "", row) for row in rows))


def difference(old: Snapshot, new: Snapshot, limit: int = 25) -> str:
    """The rows that differ; of a row of JSON only the keys that do."""
    left, right = _by_key(old), _by_key(new)
    out = []
    for key in {**left, **right}:
        a, b = left.get(key), right.get(key)
        if a != b:
            out.append(_inner(key, a, b) if a and b else f"{'-' if a else '+'} {key} {(a or b)[:200]}")
    order = (
        ""
        if out
        else f"the order differs: {[(a[:60], b[:60]) for a, b in zip(old, new, strict=False) if a != b][:4]}"
    )
    return "\n".join([*sorted(out)[:limit], order, f"{len(out)} rows"])


def _by_key(rows: Snapshot) -> dict[str, str]:
    out: dict[str, str] = {}
    for row in rows:
        head, _, body = row.partition(": ")
        key = head.partition(" = ")[0]
        if body.startswith("{"):
            value = json.loads(body)
            key += f" {value.get('ifname') or value.get('dst') or value.get('priority')}"
        while key in out:
            key += "'"
        out[key] = row
    return out


def _inner(key: str, old: str, new: str) -> str:
    if " = " in old or not old.endswith("}"):
        return f"! {old} -> {new.rpartition(' = ')[2]}"
    left, right = (_flat(json.loads(row.partition(": ")[2])) for row in (old, new))
    names = [name for name in {**left, **right} if left.get(name) != right.get(name)]
    return f"! {key}: " + ", ".join(f"{name} {left.get(name)} -> {right.get(name)}" for name in names)


def _flat(value, at: str = "") -> dict:
    if not isinstance(value, (dict, list)) or not value:
        return {at: value}
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    return {key: leaf for name, part in pairs for key, leaf in _flat(part, f"{at}/{name}").items()}


def resting(value):
    """Without what follows carriers, which the kernel tells late."""
    if isinstance(value, list):
        return [resting(part) for part in value if not isinstance(part, str) or part not in FLAGS]
    if isinstance(value, dict):
        return {
            key: resting(part)
            for key, part in value.items()
            if key not in CARRIED and "designated" not in key
        }
    return value


def objects(command: str, family: str = "ip") -> list[dict]:
    """What one command of iproute2 shows."""
    done = subprocess.run(
        [*family.split(), "-d", "-j", *command.split()], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout or "[]")


def _objects():
    for program, commands in COMMANDS.items():
        done = subprocess.run(
            [*program.split(), "-d", "-j", "-batch", "-"],
            input="\n".join(commands),
            capture_output=True,
            text=True,
            check=True,
        )
        for command, rows in zip(commands, _arrays(done.stdout), strict=True):
            found = [_plain(row) for row in rows if row]
            if program == "ip -6" and command.startswith("route"):
                found = _sorted_multiples(found)
            yield from (f"{program} {command}: {json.dumps(row)}" for row in found)


def _arrays(text: str):
    decoder, at = json.JSONDecoder(), 0
    while at < len(text.rstrip()):
        try:
            rows, at = decoder.raw_decode(text, at)
        except ValueError as err:
            raise ValueError(f"iproute2 wrote {text[at : at + 300]!r}, of {text!r}") from err
        yield rows
        while at < len(text) and text[at].isspace():
            at += 1


def _plain(row: dict) -> dict:
    """Without timers; finite lifetimes, which run down, only as finite. A link has the qdisc noop
    until it goes up first, and never again (dev_activate): nothing can bring that back.
    """
    out = {}
    for key, value in row.items():
        if key in TIMERS:
            continue
        if key in ("valid_life_time", "preferred_life_time") and 0 < value < FOREVER:
            value = "running"
        if (key, value) == ("qdisc", "noop"):
            value = "noqueue"
        if isinstance(value, dict):
            value = _plain(value)
        elif isinstance(value, list):
            value = [_plain(part) if isinstance(part, dict) else part for part in value]
        out[key] = value
    return out


def _sorted_multiples(rows: list[dict]) -> list[dict]:
    """Every link has its own fe80::/64 and ff00::/8, made by the kernel when it goes up: those with
    the same key and metric are in the order in which the links went up, which means nothing.
    """

    def key(row):
        own = row.get("protocol") == "kernel" and row["dst"] in ("fe80::/64", "ff00::/8")
        return (row["dst"], row.get("table", ""), row.get("dev", "")) if own else None

    places = [n for n, row in enumerate(rows) if key(row)]
    ordered = sorted((rows[n] for n in places), key=key)
    out = list(rows)
    for place, row in zip(places, ordered, strict=True):
        out[place] = row
    return out


def _sysctls():
    for folder in FLAT:
        yield from _values(SYSCTL / folder)
    for tree in TREES:
        for link in sorted(entry.name for entry in (SYSCTL / tree).iterdir()):
            yield from _values(SYSCTL / tree / link)


def _values(folder: Path):
    for path in procsys.files(str(folder)):
        try:
            yield f"{path} = {procsys.read(path).strip()}"
        except OSError as err:  # stable_secret while unset, flush
            yield f"{path}: {err.strerror}"
