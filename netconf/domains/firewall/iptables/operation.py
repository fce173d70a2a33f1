"""Writes to xtables and its sets as data."""

from __future__ import annotations

from dataclasses import dataclass

from netconf.core.diagnostics import DocumentPath
from netconf.system.xtables import Commit

_PROGRAMS = {4: "iptables-legacy-restore", 6: "ip6tables-legacy-restore"}


@dataclass(frozen=True, slots=True)
class LoadSets:
    """Commands of ipset, done one after the other."""

    what: str
    script: str

    def describe(self) -> str:
        return self.what

    def commands(self) -> tuple[str, ...]:
        return (f"ipset restore <<'EOF'\n{self.script.rstrip()}\nEOF",)


@dataclass(frozen=True, slots=True)
class WriteTable:
    """One table to another state, as one transaction. `places` are the document paths of the named
    rules, for errors. `primes`: the first that looks at connections, so those there are made known before.
    """

    what: str
    commit: Commit
    places: tuple[tuple[str, DocumentPath], ...] = ()
    primes: bool = False

    def describe(self) -> str:
        return self.what

    def commands(self) -> tuple[str, ...]:
        """As a here-document. It writes our chains whole: that's the same but for counters."""
        before, after = self.commit.before, self.commit.after
        gone = [chain for chain in before.chains if chain not in after.chains]
        lines = [f"*{self.commit.table}"]
        lines += [f":{chain} - [0:0]" for chain in (*after.chains, *gone)]
        for edit in self.commit.edits:
            if not edit.chain.startswith(self.commit.prefix):
                line = f"{edit.chain} {edit.position + 1}"
                lines.append(f"-D {line}" if edit.what == "remove" else f"-I {line} {edit.rule}")
        lines += [f"-A {chain} {text}" for chain, text in after.rules]
        lines += [f"-X {chain}" for chain in gone]
        text = "\n".join([*lines, "COMMIT"])
        return (f"{_PROGRAMS[self.commit.family]} --noflush <<'EOF'\n{text}\nEOF",)
