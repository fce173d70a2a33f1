"""Writes to a table as data: nft scripts, each one transaction of the kernel."""

from __future__ import annotations

from dataclasses import dataclass

from netconf.core.diagnostics import DocumentPath, dotted
from netconf.domains.firewall.resource import FAMILY, TABLE
from netconf.domains.firewall.wire import hooking


@dataclass(frozen=True, slots=True)
class LoadScript:
    """An nft script. `places` are the document paths of the named rules, for errors. `primes`: it's the
    first that looks at connections, so those that are there are made known before. `before` is the text
    of the table that was there, `chains` are the base chains of the one to come: for a trial. `hooks` are
    the interfaces that a table's flowtable takes packets of, and the new one's shall take.
    """

    what: str
    script: str
    places: tuple[tuple[str, DocumentPath], ...] = ()
    primes: bool = False
    before: str = ""
    chains: tuple[str, ...] = ()
    hooks: tuple[str, ...] = ()

    def describe(self) -> str:
        return self.what

    def commands(self) -> tuple[str, ...]:
        """As a here-document: one transaction, as it is for us."""
        return (_here(self.script + (hooking(f"{FAMILY} {TABLE}", self.hooks) if self.hooks else "")),)


@dataclass(frozen=True, slots=True)
class HookInterface:
    """Has the flowtable take packets of an interface, or no longer."""

    name: str
    takes: bool = True

    @property
    def script(self) -> str:
        return hooking(f"{FAMILY} {TABLE}", [self.name], "add" if self.takes else "delete")

    def describe(self) -> str:
        return f"{'offload' if self.takes else 'no longer offload'} packets of {self.name}"

    def commands(self) -> tuple[str, ...]:
        return (_here(self.script),)


def _here(script: str) -> str:
    return f"nft -f - <<'EOF'\n{script.rstrip()}\nEOF"


def rule_at(script: str, line: int, places: tuple[tuple[str, DocumentPath], ...]) -> tuple[str, DocumentPath]:
    """The name and the path of the rule a script's line is about; both empty if it's about none."""
    lines = script.splitlines()
    text = lines[line - 1] if 0 < line <= len(lines) else ""
    named = [(name, path) for name, path in places if names(text, name)]
    return named[0] if named else ("", ())


def names(text: str, name: str) -> bool:
    """Whether a line of a script belongs to the rule: by its comment, or it's a set or object of its."""
    return f'comment "{name}"' in text or any(word.partition("_")[2] == name for word in text.split())


def complaint(name: str, path: DocumentPath, text: str) -> str:
    """The kernel's complaint with the rule it's about."""
    return f"rule {name} ({dotted(path)}): {text}" if name else text
