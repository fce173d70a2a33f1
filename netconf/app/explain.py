"""netconf explain and schema: the reference, from the domains' own pages and models."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from importlib import resources
from typing import Any

from netconf import domains
from netconf.app.wiring import parts
from netconf.core.errors import UsageError
from netconf.inventory.placing import INTERFACES
from netconf.inventory.schema import json_schema


def schema() -> dict[str, Any]:
    """The JSON Schema of a document."""
    return json_schema(parts())


def explain(word: str) -> str:
    """The page of a domain, with the table of its fields; by its name, a kind, or a section. Without
    a word: what there is.
    """
    if not word:
        return _contents()
    if word == INTERFACES:
        return _interfaces()
    name = _domain(word)
    page = (resources.files(f"netconf.domains.{name}") / "README.md").read_text().rstrip()
    models = domains.spec(name).model_json_schema()
    tables = "\n\n".join([_sections(models), *_tables(models)] if _keys(models) else _tables(models))
    return f"{page}\n\n## Fields\n\n{tables}"


def _contents() -> str:
    sections = schema()["properties"]
    lines = ["# Sections of a document", "", *_rows(sections), "", "# Pages", ""]
    pages: dict[str, list[str]] = {}
    for word, name in sorted(_words().items()):
        if word not in sections:
            pages.setdefault(name, []).append(word)
    lines += [f"- {name}: {', '.join(words)}" for name, words in pages.items()]
    return "\n".join([*lines, "", "`netconf explain WORD` prints the page of any of these words."])


def _interfaces() -> str:
    """All fields of an interface, whichever domain handles them."""
    whole = schema()
    fields = whole["$defs"]["interface"]["properties"]
    about = "Network interfaces by name: what a document says about each of them."
    more = "The page of a field that is a section has more: `netconf explain addresses`, `netconf explain bridge`."
    return "\n".join(["# Interfaces", "", about, "", *_rows(fields), "", more])


def _domain(word: str) -> str:
    known = _words()
    if word not in known:
        close = get_close_matches(word, known, 1, cutoff=0.75)
        meant = f"did you mean {close[0]}? " if close else ""
        raise UsageError(
            f'there is no page about "{word}"', hint=f"{meant}there are: {', '.join(sorted(known))}"
        )
    return known[word]


def _words() -> dict[str, str]:
    """Every word that has a page, and the domain it belongs to."""
    known: dict[str, str] = {}
    for name, domain in domains.REGISTRY.items():
        fields = [field for field in domain.interface_fields if field != domains.REST]
        known |= dict.fromkeys([*domain.kinds, *domain.sections, *fields, name], name)
    known[INTERFACES] = "link"
    for kind in domains.spec("link").model_json_schema()["$defs"]:
        known.setdefault(kind.lower(), "link")
    return known


def _keys(models: dict[str, Any]) -> dict[str, Any]:
    """The top-level keys of a document that a domain handles."""
    return {key: spec for key, spec in models["properties"].items() if key != INTERFACES}


def _sections(models: dict[str, Any]) -> str:
    return "\n".join(["### Sections of the document", "", *_rows(_keys(models))])


def _tables(schema: dict[str, Any]) -> Iterator[str]:
    """A table for each model: field, type, meaning."""
    for name, model in sorted(schema.get("$defs", {}).items()):
        if model.get("properties"):
            about = str(model.get("description", "")).split("\n\n")[0].replace("\n", " ")
            yield "\n".join([f"### {name}", about, "", *_rows(model["properties"])])


def _rows(fields: dict[str, Any]) -> list[str]:
    rows = [f"| {field} | {_type(spec)} | {spec.get('description', '')} |" for field, spec in fields.items()]
    return ["| field | type | meaning |", "| --- | --- | --- |", *rows]


def _type(spec: dict[str, Any]) -> str:
    if "enum" in spec:
        return " \\| ".join(map(str, spec["enum"]))
    if "const" in spec:
        return str(spec["const"])
    if "$ref" in spec:
        return str(spec["$ref"]).rpartition("/")[2].rpartition(".")[2]
    if "anyOf" in spec:
        return " or ".join(_type(option) for option in spec["anyOf"] if option.get("type") != "null")
    if spec.get("type") == "array":
        return f"list of {_type(spec.get('items', {}))}"
    low, high = spec.get("minimum"), spec.get("maximum", spec.get("exclusiveMaximum"))
    limits = f" {low} to {high}" if low is not None and high is not None else ""
    kinds = spec.get("type", "any")
    words = kinds if isinstance(kinds, list) else [kinds]
    return " or ".join("mapping" if word == "object" else word for word in words) + limits
