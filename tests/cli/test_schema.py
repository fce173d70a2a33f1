"""`netconf schema`: a JSON Schema that takes what netconf takes, with every field named."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from cli import harness

from netconf import domains

EXAMPLES = sorted((harness.SOURCES / "examples").glob("*/*.yml"))
KEYWORDS = {
    "$ref", "additionalProperties", "anyOf", "const", "default", "description", "enum", "items", "maxItems",
    "maxLength", "maximum", "minItems", "minLength", "minimum", "pattern", "properties", "propertyNames",
    "required", "title", "type",
}  # fmt: skip
TYPES: dict[str, Any] = {
    "object": dict, "array": list, "string": str, "integer": int, "boolean": bool, "null": type(None),
}  # fmt: skip


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    done = harness.netconf("schema")
    assert (done.status, done.err) == (0, "")
    return done.object


def subschemas(schema: Any) -> Iterator[dict[str, Any]]:
    """The schema and all within it."""
    yield schema
    for key in ("properties", "$defs"):
        for inner in schema.get(key, {}).values():
            yield from subschemas(inner)
    for inner in [*schema.get("anyOf", ()), *(schema.get(key) for key in ("items", "additionalProperties"))]:
        if isinstance(inner, dict):
            yield from subschemas(inner)


def accepts(schema: Any, value: Any, root: dict[str, Any]) -> bool:
    """What a JSON Schema validator does, for the keywords that there are."""
    if "$ref" in schema:
        return accepts(root["$defs"][schema["$ref"].removeprefix("#/$defs/")], value, root)
    if "anyOf" in schema:
        return any(accepts(inner, value, root) for inner in schema["anyOf"])
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    return (
        value == schema.get("const", value)
        and value in schema.get("enum", [value])
        and (not kinds or any(_is(value, kind) for kind in kinds))
        and _fits(schema, value, root)
    )


def _fits(schema: Any, value: Any, root: dict[str, Any]) -> bool:
    """The keywords of the value's own type."""
    if isinstance(value, dict):
        return _accepts_mapping(schema, value, root)
    if isinstance(value, list):
        return all(accepts(schema.get("items", {}), item, root) for item in value)
    if isinstance(value, str):
        return re.search(schema.get("pattern", ""), value) is not None
    return not isinstance(value, int) or schema.get("minimum", value) <= value <= schema.get("maximum", value)


def _is(value: Any, kind: str) -> bool:
    return isinstance(value, TYPES[kind]) and not (kind == "integer" and isinstance(value, bool))


def _accepts_mapping(schema: Any, value: dict[str, Any], root: dict[str, Any]) -> bool:
    if not set(schema.get("required", ())) <= value.keys():
        return False
    fields, more = schema.get("properties", {}), schema.get("additionalProperties", {})
    for key, inner in value.items():
        rule = fields.get(key, more)
        if rule is False or not accepts(rule, inner, root):
            return False
    return True


def test_every_keyword_is_one(schema):
    for inner in subschemas(schema):
        assert set(inner) - {"$schema", "$defs"} <= KEYWORDS
        assert (
            inner.get("type") is None
            or set([inner["type"]] if isinstance(inner["type"], str) else inner["type"]) <= TYPES.keys()
        )


def test_every_reference_leads_somewhere(schema):
    wanted = set(re.findall(r'"#/\$defs/([^"]*)"', json.dumps(schema)))
    assert wanted == schema["$defs"].keys()


def test_every_field_has_a_description(schema):
    for inner in subschemas(schema):
        for name, field in inner.get("properties", {}).items():
            assert field.get("description"), name


def test_every_field_of_every_spec_is_there(schema):
    sections = {
        "address_labels",
        "mptcp",
        "netconf",
        "interfaces",
        "neighbours",
        "netns",
        "nexthops",
        "routes",
        "rules",
        "sysctl",
        "tables",
        "bird",
        "firewall",
    }
    assert schema["properties"].keys() == sections
    interface = schema["$defs"]["interface"]["properties"]
    for name in domains.REGISTRY:
        spec = domains.spec(name)
        own = spec.model_fields.get("interfaces")
        if own is not None:
            (model,) = (kind for kind in own.annotation.__args__ if hasattr(kind, "model_fields"))
            assert model.model_fields.keys() <= interface.keys()
        assert spec.model_fields.keys() <= schema["properties"].keys()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_examples_fit(example, schema):
    document = yaml.load(example.read_text(), yaml.CBaseLoader)
    assert accepts(schema, _typed(document), schema)


def _typed(value: Any) -> Any:
    """Integers and booleans as our own reader finds them."""
    if isinstance(value, dict):
        return {key: _typed(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_typed(inner) for inner in value]
    if re.fullmatch(r"-?\d+", value):
        return int(value)
    return {"true": True, "false": False}.get(value, value)


BODY: dict[str, Any] = {"netconf": 1, "interfaces": {"a": {}}}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("addresses", ["192.0.2.1/24", {"address": "192.0.2.2/24"}]),
        ("bridge", {"stp": True, "mcast_snooping": "off", "forward_delay": "15s"}),
        ("sysctl", {"ipv4.rp_filter": 1, "ipv4.neigh.gc_stale_time": "60"}),
    ],
)
def test_short_forms(field, value, schema):
    assert accepts(schema, {"netconf": 1, "interfaces": {"a": {field: value}}}, schema)


def test_short_forms_of_routes(schema):
    for table in (100, "main"):
        assert accepts(
            schema, {"netconf": 1, "routes": [{"to": "default", "via": "192.0.2.1", "table": table}]}, schema
        )


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"netconf": 2},
        {"netconf": 1, "interface": {}},
        {"netconf": 1, "interfaces": {"a": {"mut": 1500}}},
        {"netconf": 1, "interfaces": {"a": {"mtu": "1500"}}},
        {"netconf": 1, "interfaces": {"a": {"mtu": 1}}},
        {"netconf": 1, "interfaces": {"a": {"kind": "brigde"}}},
        {"netconf": 1, "interfaces": {"a": {"addresses": [5]}}},
        {"netconf": 1, "routes": [{"via": "192.0.2.1"}]},
        {"netconf": 1, "routes": {}},
    ],
    ids=json.dumps,
)
def test_what_does_not_fit(document, schema, tmp_path):
    """What the schema refuses netconf refuses, too."""
    assert not accepts(schema, document, schema)
    path: Path = tmp_path / "host.yml"
    path.write_text(json.dumps(document))
    path.chmod(0o600)
    assert harness.netconf("validate", str(path)).status == 65
