"""The laws every registered domain keeps, whatever it is about. A new domain is found here by its line in the
registry, and fails until it has a reference page, described fields and cases.
"""

from __future__ import annotations

import copy
import random
import re
from importlib import resources
from pathlib import Path

import pytest
from contract import models
from contract.cases import DOMAINS, elsewhere, field_cases, load_yaml

from netconf import domains
from netconf.app import documents
from netconf.core.desired import Desired
from netconf.inventory.strictyaml import load
from netconf.inventory.text import Text

PLAN_CASES = 8
"""The fewest for a domain."""

EXAMPLES = Path(__file__).parents[2] / "examples"
_YAML_BLOCK = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)

each_domain = pytest.mark.parametrize("domain", domains.REGISTRY)


@each_domain
def test_has_a_reference_page(domain):
    page = resources.files(f"netconf.domains.{domain}") / "README.md"
    assert page.is_file()
    assert page.read_text().strip()


@each_domain
def test_every_field_is_described(domain):
    schema = domains.spec(domain).model_json_schema()
    parts = {"Spec": schema, **schema.get("$defs", {})}
    without = [
        f"{part}.{name}"
        for part, model in parts.items()
        for name, field in model.get("properties", {}).items()
        if not field.get("description") and not _holds_models(field)
    ]
    assert without == []


def _holds_models(field):
    """A mapping of what has descriptions of its own: `interfaces`."""
    return "$ref" in field.get("additionalProperties", {})


@each_domain
def test_every_model_says_what_it_is(domain):
    assert [model.__name__ for model in models.models(domain) if not (model.__doc__ or "").strip()] == []


@each_domain
def test_has_cases(domain):
    assert field_cases(domain) or elsewhere(domain)
    assert len(list((DOMAINS / domain / "cases").glob("*.yaml"))) >= PLAN_CASES


@each_domain
def test_registry_and_driver_name_the_same_kinds(domain):
    assert tuple(domains.driver(domain).kinds) == domains.REGISTRY[domain].kinds


@each_domain
def test_reference_page_examples_are_valid(domain):
    page = resources.files(f"netconf.domains.{domain}") / "README.md"
    for block in _YAML_BLOCK.findall(page.read_text()):
        data = load(Text(f"{domain}/README.md", block))
        documents.from_plain({"netconf": 1, **data}, f"{domain}/README.md")


@pytest.mark.parametrize(
    "path", sorted(EXAMPLES.rglob("*.yml")), ids=lambda path: str(path.relative_to(EXAMPLES))
)
def test_example_is_valid(path):
    documents.from_plain(load_yaml(path), str(path))


@each_domain
def test_expand_is_pure(domain):
    """The same spec gives the same, and is left as it was."""
    for document in _documents(domain):
        spec = _spec(domain, document)
        before = spec.model_dump()
        once, again = (domains.driver(domain).expand(spec) for _ in range(2))
        assert _plain(once) == _plain(again)
        assert spec.model_dump() == before


@each_domain
def test_expand_does_not_depend_on_the_order_of_mappings(domain):
    shuffle = random.Random(7)
    for document in _documents(domain):
        mixed = _shuffled(document, shuffle)
        results = (domains.driver(domain).expand(_spec(domain, data)) for data in (document, mixed))
        assert len({str(_plain(result)) for result in results}) == 1


@each_domain
def test_ids_are_stable(domain):
    """An id is the key it is filed under, survives JSON, and says what people write."""
    for document in _documents(domain):
        expanded = domains.driver(domain).expand(_spec(domain, document))
        for key, resource in expanded.resources.items():
            assert resource.id == key
            assert key.kind in domains.REGISTRY[domain].kinds
            assert key in expanded.paths
            assert str(key).startswith(f"{key.kind}[")
        assert expanded.absent <= expanded.paths.keys()


def _documents(domain):
    """Those of the field cases that say something of the domain."""
    found = [case.document(turn) for case in field_cases(domain) for turn in (0, 1)]
    return [
        document for document in found if domain in documents.from_plain(document, "document").document.parts
    ]


def _spec(domain, document):
    """The part of a document that is the domain's."""
    return documents.from_plain(copy.deepcopy(document), "document").document.parts[domain]


def _plain(expanded: Desired):
    return (
        sorted(expanded.resources.items()),
        sorted(expanded.claims, key=str),
        sorted(expanded.absent),
        sorted(expanded.paths.items()),
    )


def _shuffled(value, shuffle):
    if isinstance(value, list):
        return [_shuffled(part, shuffle) for part in value]
    if not isinstance(value, dict):
        return value
    keys = list(value)
    shuffle.shuffle(keys)
    return {key: _shuffled(value[key], shuffle) for key in keys}
