"""Names of links and of network namespaces."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator, Field

from netconf.grammar import reject, shown

MAX_LINK_NAME = 15
"""Bytes; IFNAMSIZ of linux/if.h less the terminating zero."""

_UNSAFE = re.compile(r"[^A-Za-z0-9_.\-]")
_RESERVED = {"all": "/proc/sys/net/*/conf/all", "default": "/proc/sys/net/*/conf/default"}


@lru_cache(maxsize=1 << 14)
def link_name(name: str) -> str:
    """A name that Linux and all programs take for a link; else it's refused."""
    size = len(name.encode())
    if size > MAX_LINK_NAME:
        reject("NC2001", f"link name {shown(name)} is {size} bytes long", "Linux allows 15", "shorten it")
    _require_safe("NC2002", "link name", name)
    if name in _RESERVED:
        reject(
            "NC2003", f'link name "{name}" is reserved', f"it would stand for {_RESERVED[name]}", "rename it"
        )
    return name


LinkName = Annotated[str, AfterValidator(link_name), Field(description="name of a network interface")]


def _netns_name(name: str) -> str:
    _require_safe("NC2004", "namespace name", name)
    return name


NetnsName = Annotated[str, AfterValidator(_netns_name), Field(description="name as in `ip netns`")]


def _require_safe(code: str, what: str, name: str) -> None:
    """Letters, digits, `_`, `.` and `-`, the first one neither `.` nor `-`."""
    if not name:
        reject(code, f"the {what} is empty", "nothing can be called that", "write a name")
    unsafe = _UNSAFE.search(name)
    if unsafe:
        reject(
            code,
            f"{what} {shown(name)} contains {shown(unsafe[0])}",
            "shells, sysctl paths and other tools give some characters a meaning of their own",
            "use letters, digits, _ . and - only",
        )
    if name[0] in ".-":
        why = "programs would take it for an option" if name[0] == "-" else "as a file name it'd be hidden"
        reject(code, f'{what} "{name}" begins with "{name[0]}"', why, "begin it with a letter, a digit or _")
