"""Writes to a table as data: nft scripts, each one transaction of the kernel."""

from __future__ import annotations

from dataclasses import dataclass

from netconf.core.diagnostics import DocumentPath, dotted


@dataclass(frozen=True, slots=True)
class LoadScript:
    """An nft script. `places` are the document paths of the named rules, for errors. `primes`: it's the
    first that looks at connections, so those that are there are made known before. `before` is the text
    of the table that was there, `chains` are the base chains of the one to come: for a trial.
    """

    what: str
    script: str
    places: tuple[tuple[str, DocumentPath], ...] = ()
    primes: bool = False
    before: str = ""
    chains: tuple[str, ...] = ()

    def describe(self) -> str:
        return self.what

    def commands(self) -> tuple[str, ...]:
        """As a here-document: one transaction, as it is for us."""
        return (f"nft -f - <<'EOF'\n{self.script.rstrip()}\nEOF",)


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
