"""Several network namespaces of a test, as the kernel shows them."""

from __future__ import annotations

import re
import time

from engine.snapshot import LOOK_SECONDS, difference, snapshot, unnumbered
from lab.netns import inside

from netconf.system.linux import netns as namespaces


def everything(names):
    """Snapshots of our namespace and of those of the test that are there, once addresses are settled."""
    rows = list(unnumbered(snapshot()))
    for name in names:
        if namespaces.exists(name):
            rows += [f"{name} {_named_by_chance(row)}" for row in unnumbered(inside(name, snapshot))]
    rows = [re.sub(r'"link_(?:index|netnsid)": \d+,? ?', "", row) for row in rows]
    return tuple(row for row in rows if "fe80" not in row and "ff00" not in row and "ff02" not in row)


def _named_by_chance(row):
    """`ip` takes the index of a vxlan's parent, which is another namespace's, for one of this."""
    return re.sub(r'"link": "[^"]*",? ?', "", row)


def at_rest(names, seconds=1.3):
    """The same once nothing has changed for so long: the kernel tells of carriers a second late."""
    found, end = everything(names), time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(LOOK_SECONDS)
        if (now := everything(names)) != found:
            found, end = now, time.monotonic() + seconds
    return found


def assert_same(names, wanted, what="", seconds=5.0):
    end = time.monotonic() + seconds
    while (found := everything(names)) != wanted:
        assert time.monotonic() < end, f"{what}\n{difference(wanted, found)}"
        time.sleep(0.1)
