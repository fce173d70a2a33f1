"""Writes to address labels and the `ip addrlabel` lines that equal them."""

from __future__ import annotations

from dataclasses import dataclass

from netconf.domains.address_label.resource import Label


@dataclass(frozen=True, slots=True)
class WriteLabel:
    """In place of the one that may be there: `before`. iproute2 has no word for that."""

    label: Label
    before: Label | None = None

    def describe(self) -> str:
        return f"write address label {_name(self.label)}"

    def commands(self) -> tuple[str, ...]:
        gone = DeleteLabel(self.before).commands() if self.before else ()
        return (*gone, f"ip addrlabel add prefix {_name(self.label)} label {self.label.label}")


@dataclass(frozen=True, slots=True)
class DeleteLabel:
    label: Label

    def describe(self) -> str:
        return f"delete address label {_name(self.label)}"

    def commands(self) -> tuple[str, ...]:
        return (f"ip addrlabel del prefix {_name(self.label)} label {self.label.label}",)


LabelOperation = WriteLabel | DeleteLabel


def _name(one: Label) -> str:
    return f"{one.prefix} dev {one.link}" if one.link else one.prefix
