"""The models of links that have only the sections a document has: they are parts of the whole one."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

from netconf import domains
from netconf.domains.link.spec import SECTIONS, Interface, narrow
from netconf.domains.link.spec.settings import AnyKind


def _interface(model: type[BaseModel]) -> type[BaseModel]:
    """The model of an interface in one of a document's part."""
    found: type[BaseModel] = model.model_fields["interfaces"].annotation.__args__[1]  # type: ignore[union-attr]
    return found


def _narrowed(*sections: str) -> type[BaseModel]:
    found = narrow({"interfaces": {"x": dict.fromkeys(sections), "y": {"mtu": 1500}}})
    assert found is not None
    return found


def test_every_section_is_known() -> None:
    assert [*AnyKind.model_fields, *SECTIONS] == [*Interface.model_fields]


@pytest.mark.parametrize("section", sorted(SECTIONS.keys() - {"l2tp"}))
def test_a_section_alone_is_the_one_of_the_whole_model(section: str) -> None:
    found = _interface(_narrowed(section)).model_fields
    assert [*found] == [*AnyKind.model_fields, section]
    assert all(found[name].annotation == Interface.model_fields[name].annotation for name in found)
    assert all(found[name].metadata == Interface.model_fields[name].metadata for name in found)
    assert all(found[name].default == Interface.model_fields[name].default for name in found)


def test_sections_that_a_document_does_not_have_are_none() -> None:
    model: Any = _narrowed("veth").model_validate(
        {"interfaces": {"v0": {"kind": "veth", "veth": {"peer": "v1"}}}}
    )
    interface = model.interfaces["v0"]
    assert interface.veth.peer == "v1"
    assert {getattr(interface, name) for name in SECTIONS.keys() - {"veth"}} == {None}


def test_tunnels_that_have_to_agree_are_left_to_the_whole_model() -> None:
    assert narrow({"interfaces": {"x": {"l2tp": {}}}}) is None


def test_a_domain_may_have_none() -> None:
    assert domains.narrow_spec("sysctl", {"interfaces": {}}) is None
