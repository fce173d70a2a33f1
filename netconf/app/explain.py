"""netconf explain and schema: the reference, from the domains' own pages and models."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from importlib import resources
from typing import Any

from netconf import domains
from netconf.app.wiring import parts
from netconf.core.errors import UsageError
from netconf.inventory.schema import json_schema


def schema() -> dict[str, Any]:
    """The JSON Schema of a document."""
    return json_schema(parts())


def explain(word: str) -> str:
    """The page of a domain, with the table of its fields; by its name, a kind, or a section."""
    name = _domain(word)
    page = (resources.files(f"netconf.domains.{name}") / "README.md").read_text().rstrip()
    tables = "\n\n".join(_tables(domains.spec(name).model_json_schema()))
    return f"{page}\n\n## Fields\n\n{tables}"


def _domain(word: str) -> str:
    known: dict[str, str] = {}
    for name, domain in domains.REGISTRY.items():
        fields = [field for field in domain.interface_fields if field != domains.REST]
        known |= dict.fromkeys([*domain.kinds, *domain.sections, *fields, name], name)
    known["interfaces"] = "link"
    for kind in domains.spec("link").model_json_schema()["$defs"]:
        known.setdefault(kind.lower(), "link")
    if word not in known:
        close = get_close_matches(word, known, 1)
        meant = f"did you mean {close[0]}? " if close else ""
        raise UsageError(
            f'there is no page about "{word}"', hint=f"{meant}there are: {', '.join(sorted(known))}"
        )
    return known[word]


def _tables(schema: dict[str, Any]) -> Iterator[str]:
    """A table for each model: field, type, meaning."""
    for name, model in sorted(schema.get("$defs", {}).items()):
        rows = [
            f"| {field} | {_type(spec)} | {spec.get('description', '')} |"
            for field, spec in model.get("properties", {}).items()
        ]
        if rows:
            about = str(model.get("description", "")).split("\n\n")[0].replace("\n", " ")
            yield "\n".join(
                [f"### {name}", about, "", "| field | type | meaning |", "| --- | --- | --- |", *rows]
            )


def _type(spec: dict[str, Any]) -> str:
    if "enum" in spec:
        return " \\| ".join(map(str, spec["enum"]))
    if "const" in spec:
        return str(spec["const"])
    if "$ref" in spec:
        return str(spec["$ref"]).rpartition("/")[2]
    if "anyOf" in spec:
        return " or ".join(_type(option) for option in spec["anyOf"] if option.get("type") != "null")
    if spec.get("type") == "array":
        return f"list of {_type(spec.get('items', {}))}"
    low, high = spec.get("minimum"), spec.get("maximum", spec.get("exclusiveMaximum"))
    limits = f" {low} to {high}" if low is not None and high is not None else ""
    kinds = spec.get("type", "any")
    return (" or ".join(kinds) if isinstance(kinds, list) else str(kinds)) + limits
