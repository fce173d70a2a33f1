"""What pydantic refuses -> diagnostics at places in the source."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from netconf.core.diagnostics import Diagnostic, DocumentPath, Severity, Where
from netconf.inventory.faults import KINDS, Fault, faults
from netconf.inventory.later import is_later
from netconf.inventory.refusals import Refusal, unsupported
from netconf.inventory.shape import Shape
from netconf.inventory.source import Source
from netconf.inventory.suggest import nearest, unknown_key
from netconf.inventory.words import worded, wrong_type


def placed(refusal: Refusal, source: Source, path: DocumentPath, *, key: bool = False) -> Diagnostic:
    """The words of a finding, at the value at a path or at its key."""
    where = source.locate(path, key=key)
    return Diagnostic(Severity.ERROR, refusal.code, refusal.summary, refusal.detail, refusal.hint, where)


def validated(
    model: type[BaseModel],
    share: dict[str, Any],
    source: Source,
    other_fields: Iterable[str],
    context: Mapping[str, Any],
) -> tuple[BaseModel | None, list[Diagnostic]]:
    """The validated share of a document, and all that is wrong with it.

    `other_fields` are the fields of an interface that other models handle: a misspelt one reaches
    the model that takes the rest, which doesn't know them. `context` is what the rest of the document says for it.
    """
    others = frozenset(other_fields)
    value, found = None, []
    try:
        value = model.model_validate(share, context=context)
    except ValidationError as e:
        found = faults(e, model)
    nulls = dict.fromkeys(_nulls(share, ()) if _has_null(share.values()) else ())
    diagnostics = [_finding(fault, source, others) for fault in _worth_telling(found, nulls)]
    diagnostics += [_null(path, model, source) for path in nulls]
    return value, diagnostics


def accepted(model: type[BaseModel], share: dict[str, Any], context: Mapping[str, Any]) -> BaseModel | None:
    """The validated share of a document, None if there's anything to be said of it."""
    try:
        value = model.model_validate(share, context=context)
    except ValidationError:
        return None
    return None if _has_null(share.values()) else value


def _has_null(values: Iterable[Any]) -> bool:
    """Whether one of them, or something in one of them, is null; as quick as can be, for there's hardly ever one."""
    for value in values:
        sort = type(value)
        if sort is str:
            continue
        if (
            value is None
            or (sort is dict and _has_null(value.values()))
            or (sort is list and _has_null(value))
        ):
            return True
    return False


def _nulls(value: object, path: DocumentPath) -> Iterator[DocumentPath]:
    """Where the data is null. The language has no null; models have, for what isn't mentioned, and
    would take `mtu:` with nothing behind it for a document that doesn't speak of the MTU.
    """
    items: Iterable[tuple[str | int, object]] = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for step, inner in items:
        if inner is None:
            yield (*path, step)
        elif isinstance(inner, dict | list):
            yield from _nulls(inner, (*path, step))


def _null(path: DocumentPath, model: type[BaseModel], source: Source) -> Diagnostic:
    shape = Shape.of(model).at(path)
    nouns = list(dict.fromkeys(noun for kind, noun in KINDS.items() if kind in shape.kinds()))
    written = _written(source.locate(path))
    return placed(wrong_type(nouns, None, path, written, shape.choices()), source, path)


def _worth_telling(found: list[Fault], nulls: Container[DocumentPath]) -> list[Fault]:
    """Without what follows from another finding: a null's type, a key that is there but misspelt."""
    misspelt = {
        (*fault.path[:-1], nearest(str(fault.path[-1]), fault.shape.fields()))
        for fault in found
        if fault.type == "extra_forbidden"
    }
    return [
        fault
        for fault in found
        if not (fault.type == "missing" and fault.path in misspelt)
        and not (fault.type != "extra_forbidden" and fault.path in nulls)
    ]


def _finding(fault: Fault, source: Source, others: frozenset[str]) -> Diagnostic:
    if fault.type == "extra_forbidden":
        return placed(_unknown(fault, others), source, fault.path, key=True)
    where = source.locate(fault.path, key=fault.is_about_key)
    refusal = worded(fault, _written(where))
    return placed(refusal, source, fault.path, key=fault.is_about_key)


def _unknown(fault: Fault, others: frozenset[str]) -> Refusal:
    *above, key = fault.path
    if is_later(fault.path):
        return unsupported(str(key))
    known = set(fault.shape.fields())
    if len(above) == 2 and above[0] == "interfaces":
        known |= others
    return unknown_key(str(key), known)


def _written(where: Where) -> str:
    return where.text[where.column - 1 :] if where.column else ""
