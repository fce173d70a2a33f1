"""Names of chains, sets and hash tables in xtables: all of them ours by their beginning. Pure."""

from __future__ import annotations

import hashlib
import re

PREFIX = "NC-"
REJECT_CHAIN = "NC-REJECT"
LONGEST_CHAIN = 28
"""XT_EXTENSION_MAXNAMELEN is 29, with the end of the text (linux/netfilter/x_tables.h)."""

SET_PREFIXES = ("nc4-", "nc6-", "nc4d-", "nc6d-", "nc4r-", "nc6r-")
NEW_SET = "nc-new"
"""A set being filled, until it takes the place of another."""

LONGEST_HASHLIMIT = 15
"""IFNAMSIZ without the end of the text, in the revisions of old kernels (linux/netfilter/xt_hashlimit.h)."""

_LETTERS = {"INPUT": "I", "FORWARD": "F", "OUTPUT": "O", "PREROUTING": "P", "POSTROUTING": "T"}
ORDER = ("raw", "mangle", "filter", "nat")
"""In which tables are written: what's translated is let through before it comes."""

BUILTINS = {
    "raw": ("PREROUTING", "OUTPUT"),
    "mangle": ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"),
    "filter": ("INPUT", "FORWARD", "OUTPUT"),
    "nat": ("PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"),
}
"""The chains the kernel has by itself (iptables(8))."""

RAW_LINE = re.compile(r"-A (NC-[A-Z]+) (.+)")
"""A rule of the user's: for one of our chains at a builtin one."""

TEXT = re.compile(r'--(comment|log-prefix|nflog-prefix)[ =]+(?:"([^"]*)"|(\S+))')
LONGEST = {"comment": 255, "log-prefix": 29, "nflog-prefix": 63}
"""Bytes of texts in rules, without the end (linux/netfilter/xt_comment.h, xt_LOG.h, xt_NFLOG.h)."""

JUMP_COMMENT = "netconf"


def chain_at(builtin: str) -> str:
    """Our chain that a builtin one jumps to."""
    return f"{PREFIX}{builtin}"


def builtin_of(chain: str, table: str) -> str:
    """The builtin chain that jumps to ours; "" if only our own chains do."""
    name = chain.removeprefix(PREFIX)
    return name if chain.startswith(PREFIX) and name in BUILTINS[table] else ""


def jump(builtin: str) -> str:
    """What's asked of a packet in a builtin chain: nothing. It goes through ours first."""
    return f"-m comment --comment {JUMP_COMMENT} -j {chain_at(builtin)}"


def default_chain(builtin: str) -> str:
    return f"NC-D-{builtin}"


def rule_chain(rule: str, builtin: str) -> str:
    """The chain that the ways into a rule have in common."""
    return f"NC-R-{_LETTERS[builtin]}-{shortened(rule, LONGEST_CHAIN - 7)}"


def steps_chain(rule: str, builtin: str) -> str:
    """The chain of what a rule does, if that's more than one thing."""
    return f"NC-S-{_LETTERS[builtin]}-{shortened(rule, LONGEST_CHAIN - 7)}"


def set_of(name: str, family: int, *, dynamic: bool) -> str:
    """A set of the document; filled by packets it's of another type, and so another set."""
    return f"nc{family}{'d' if dynamic else ''}-{name}"


def networks_of(rule: str, side: str, family: int) -> str:
    """The set of the networks a rule names itself."""
    return f"nc{family}r-{_digest(f'{rule} {side}')}"


def hashlimit_of(rule: str, how: str) -> str:
    """The kernel keeps a hash table, and the limits it was made with, as long as any rule names it: so
    other limits have another name.
    """
    return f"{rule[:6].replace(' ', '-')}-{_digest(f'{rule} {how}')[: LONGEST_HASHLIMIT - 7]}"


def is_our_set(name: str) -> bool:
    return name.startswith(SET_PREFIXES) or name == NEW_SET


def shortened(name: str, longest: int) -> str:
    """The name, or a digest of it."""
    return name if len(name) <= longest else _digest(name)[: min(16, longest)]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
