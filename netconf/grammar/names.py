"""Names of links and of network namespaces."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from netconf.grammar import reject

MAX_LINK_NAME = 15
"""Bytes; IFNAMSIZ of linux/if.h less the terminating zero."""

_SAFE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]*")
_RESERVED = {"all": "/proc/sys/net/*/conf/all", "default": "/proc/sys/net/*/conf/default"}


def _link_name(name: str) -> str:
    size = len(name.encode())
    if size > MAX_LINK_NAME:
        reject("NC2001", f'link name "{name}" is {size} bytes long', "Linux allows 15", "shorten it")
    if not _SAFE.fullmatch(name) or name in (".", ".."):
        reject(
            "NC2002",
            f"link name {name!r} has characters that aren't safe everywhere",
            "the kernel takes almost anything, but shells, sysctl paths and other tools don't",
            "use letters, digits, and _ . - after the first character",
        )
    if name in _RESERVED:
        reject(
            "NC2003", f'link name "{name}" is reserved', f"it would stand for {_RESERVED[name]}", "rename it"
        )
    return name


LinkName = Annotated[str, AfterValidator(_link_name), Field(description="name of a network interface")]


def _netns_name(name: str) -> str:
    if not _SAFE.fullmatch(name) or name in (".", ".."):
        reject(
            "NC2004",
            f"{name!r} can't be the name of a network namespace",
            "it names a file in /run/netns",
            "use letters, digits, and _ . - after the first character",
        )
    return name


NetnsName = Annotated[str, AfterValidator(_netns_name), Field(description="name as in `ip netns`")]
