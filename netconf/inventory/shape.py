"""What a model allows at a place: pydantic's core schema, read along the location of an error.

pydantic's locations mix steps into the value (keys, indexes) with the names of union branches. Only
the schema tells them apart: a key may have the name of a branch. Source of facts: pydantic_core's
core_schema.py, and the locations of its union, tagged-union and dict validators.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from netconf.core.diagnostics import DocumentPath

if TYPE_CHECKING:
    from pydantic import BaseModel

Schema = Mapping[str, Any]

KEY = "[key]"
"""The step by which pydantic says that the key of a mapping is meant, not the value."""

_INNER = {"lax-or-strict": "strict_schema", "json-or-python": "python_schema"}
_UNIONS = frozenset({"union", "tagged-union"})


class Shape:
    """The schemas that a value at one place is tried against; none if that isn't known."""

    def __init__(self, schemas: list[Schema], definitions: dict[str, Schema]) -> None:
        self._definitions = definitions
        self._schemas = [peeled for schema in schemas for peeled in self._peel(schema)]

    @classmethod
    def of(cls, model: type[BaseModel]) -> Shape:
        return cls([model.__pydantic_core_schema__], {})

    def _peel(self, schema: Schema) -> Iterator[Schema]:
        """The schema without what adds no step to a location: models, defaults, validators."""
        kind = schema["type"]
        if kind == "definitions":
            self._definitions.update({inner["ref"]: inner for inner in schema["definitions"]})
        if kind == "definition-ref":
            yield from self._peel(self._definitions[schema["schema_ref"]])
        elif kind == "chain":
            for step in schema["steps"]:
                yield from self._peel(step)
        elif _INNER.get(kind, "schema") in schema:
            yield from self._peel(schema[_INNER.get(kind, "schema")])
        else:
            yield schema

    @property
    def is_known(self) -> bool:
        return bool(self._schemas)

    @property
    def is_union(self) -> bool:
        return any(schema["type"] in _UNIONS for schema in self._schemas)

    def branch(self, label: str) -> Shape:
        """The branch of a union by its name in a location; all of them if the name says too little."""
        choices: list[tuple[str, Schema]] = []
        for schema in self._schemas:
            choices += _choices(schema)
        wanted = label.partition("[")[0]
        named = [choice for name, choice in choices if name == wanted]
        return Shape(named or [choice for _, choice in choices], self._definitions)

    def below(self, step: str | int) -> Shape:
        """One step into the value."""
        found = [inner for schema in self._schemas if (inner := _below(schema, step)) is not None]
        return Shape(found, self._definitions)

    def fields(self) -> dict[str, Schema]:
        """The keys that a model has here, as users write them."""
        out: dict[str, Schema] = {}
        for schema in self._schemas:
            if schema["type"] == "model-fields":
                out.update({_alias(name, field): field for name, field in schema["fields"].items()})
        return out

    def at(self, path: DocumentPath) -> Shape:
        """The place at a path, in whichever branches of unions have it."""
        shape = self._in_every_branch()
        for step in path:
            shape = shape.below(step)._in_every_branch()
        return shape

    def _in_every_branch(self) -> Shape:
        shape = self
        while shape.is_union:
            branches = [choice for schema in shape._schemas for _, choice in _choices(schema)]
            others = [schema for schema in shape._schemas if schema["type"] not in _UNIONS]
            shape = Shape(others + branches, self._definitions)
        return shape

    def kinds(self) -> set[str]:
        """The kinds of values allowed here, in pydantic_core's words."""
        return {schema["type"] for schema in self._schemas}

    def constraint(self, name: str) -> Any:
        """A constraint such as `ge` or `max_length` here; None if there is none."""
        return next((schema[name] for schema in self._schemas if schema.get(name) is not None), None)

    def choices(self) -> list[Any]:
        """The values of a literal or an enum, as users write them."""
        out: list[Any] = []
        for schema in self._schemas:
            if schema["type"] == "literal":
                out += schema["expected"]
            elif schema["type"] == "enum":
                out += [member.value for member in schema["members"]]
        return out


def _alias(name: str, field: Schema) -> str:
    alias = field.get("validation_alias")
    return alias if isinstance(alias, str) else name


def _below(schema: Schema, step: str | int) -> Schema | None:
    kind = schema["type"]
    if kind == "model-fields":
        for name, field in schema["fields"].items():
            if step in {name, _alias(name, field)}:
                inner: Schema = field["schema"]
                return inner
    if kind == "dict":
        return schema.get("values_schema")
    if kind == "tuple" and isinstance(step, int):
        items: list[Schema] = schema["items_schema"]
        return items[min(step, len(items) - 1)] if items else None
    return schema.get("items_schema")


def _choices(schema: Schema) -> list[tuple[str, Schema]]:
    if schema["type"] == "tagged-union":
        return [(str(tag), choice) for tag, choice in schema["choices"].items()]
    if schema["type"] == "union":
        # A choice may come with a label of its own.
        pairs = (c if isinstance(c, tuple) else (c, "") for c in schema["choices"])
        return [(label or _name(choice), choice) for choice, label in pairs]
    return []


def _name(schema: Schema) -> str:
    """How pydantic calls a branch, up to the first bracket."""
    if schema["type"] == "model":
        return str(schema["cls"].__name__)
    constrained = schema["type"] in {"str", "int"} and len(schema.keys() - {"type", "strict", "metadata"})
    return f"constrained-{schema['type']}" if constrained else str(schema["type"])


class Step(NamedTuple):
    """A part of a location: a step into the value, or the name of a union's branch."""

    part: str | int
    is_label: bool = False


def trace(model: type[BaseModel], loc: tuple[str | int, ...]) -> tuple[tuple[Step, ...], Shape]:
    """The parts of a location told apart, and what the model allows at its end."""
    shape = Shape.of(model)
    steps: list[Step] = []
    for part in loc:
        if shape.is_union:
            shape = shape.branch(str(part))
            steps.append(Step(part, is_label=True))
        elif not shape.is_known and "[" in str(part) and part != KEY:
            steps.append(Step(part, is_label=True))  # below a validator that hides its schema
        else:
            steps.append(Step(part))
            if part != KEY:
                shape = shape.below(part)
    return tuple(steps), shape
