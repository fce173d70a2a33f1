"""The JSON Schema of a document, put together from the models of its parts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from netconf.inventory.document import FORMAT, FORMAT_KEY, Part
from netconf.inventory.placing import INTERFACES, NETNS

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema(parts: Iterable[Part]) -> Schema:
    """One schema: top-level sections side by side, the fields of an interface merged into one. A
    network namespace has most of the sections, too.
    """
    definitions: Schema = {}
    sections: Schema = {FORMAT_KEY: {"const": FORMAT, "description": "version of the language"}}
    nested: Schema = {}
    interface: Schema = {"type": "object", "additionalProperties": False, "properties": {}}
    for part in parts:
        schema = _prefixed(part.load_spec().model_json_schema(), part.name)
        definitions.update(schema.pop("$defs", {}))
        properties = schema.get("properties", {})
        own = properties.pop(INTERFACES, None)
        sections.update(properties)
        nested.update(properties if part.everywhere else {})
        if own is not None:
            name = own["additionalProperties"]["$ref"].rpartition("/")[2]
            interface["properties"].update(definitions.pop(name)["properties"])
    sections[INTERFACES] = {
        "type": "object",
        "description": "links by name",
        "additionalProperties": {"$ref": "#/$defs/interface"},
    }
    if NETNS in sections:
        name = sections[NETNS]["additionalProperties"]["$ref"].rpartition("/")[2]
        definitions[name]["properties"].update({INTERFACES: sections[INTERFACES], **nested})
    return {
        "$schema": DIALECT,
        "title": "netconf desired state",
        "type": "object",
        "required": [FORMAT_KEY],
        "additionalProperties": False,
        "properties": sections,
        "$defs": {"interface": interface, **definitions},
    }


def _prefixed(schema: Any, name: str) -> Any:
    """The schema with its definitions renamed to part.Definition: parts may use the same words."""
    if isinstance(schema, list):
        return [_prefixed(item, name) for item in schema]
    if not isinstance(schema, dict):
        return schema
    out = {key: _prefixed(value, name) for key, value in schema.items()}
    if "$defs" in out:
        out["$defs"] = {f"{name}.{key}": value for key, value in out["$defs"].items()}
    reference = out.get("$ref")
    if isinstance(reference, str):
        head, _, tail = reference.rpartition("/")
        out["$ref"] = f"{head}/{name}.{tail}"
    return out
