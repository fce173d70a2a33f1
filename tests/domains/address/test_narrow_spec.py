"""The model of addresses that are written as texts alone: what it accepts the whole one does, and means the same."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from netconf.domains.address.plainspec import PlainSpec, narrow
from netconf.domains.address.plan import expand
from netconf.domains.address.spec import Spec


def _share(*addresses: Any, name: str = "x") -> dict[str, Any]:
    return {"interfaces": {name: {"addresses": [*addresses]}}}


@pytest.mark.parametrize(
    "addresses",
    [
        (),
        ("192.0.2.1/24",),
        ("127.0.0.1/8", "::1/128", "127.0.0.2/32"),
        ("192.0.2.1/24", "192.0.2.2/32", "198.51.100.1/31"),
        ("2001:DB8::1/64", "2001:db8:0:0::2/64", "192.0.2.1/24"),
    ],
)
def test_it_means_the_same(addresses: tuple[str, ...]) -> None:
    share = _share(*addresses)
    assert narrow(share) is PlainSpec
    plain, whole = expand(PlainSpec.model_validate(share)), expand(Spec.model_validate(share))
    assert plain == whole
    assert [*plain.resources] == [*whole.resources]
    assert [*plain.paths] == [*whole.paths]
    for key, address in plain.resources.items():
        other: Any = whole.resources[key]
        assert all(getattr(address, name) == getattr(other, name) for name in address.__dataclass_fields__)  # type: ignore[attr-defined]
        assert address.id == key == other.id


@pytest.mark.parametrize(
    "share",
    [
        _share("192.0.2.0/24"),
        _share("192.0.2.1"),
        _share("nonsense"),
        _share("::/64"),
        _share("2001:db8::1/64", "2001:db8:0::1/64"),
        _share("192.0.2.1/24", "192.0.2.1/24"),
        _share("127.0.0.1/1", "10.0.0.1/1"),
        _share("192.0.2.1/24", name="all"),
        {"interfaces": {"x": {"addresses": [], "nonsense": 1}}},
    ],
)
def test_what_the_whole_model_refuses_is_refused(share: dict[str, Any]) -> None:
    for model in (PlainSpec, Spec):
        with pytest.raises(ValidationError):
            model.model_validate(share)


@pytest.mark.parametrize("addresses", [("127.0.0.1/8", "192.0.2.1/24"), ("192.0.2.1/24", "192.0.2.1/25")])
def test_what_has_to_be_compared_is_for_the_whole_model(addresses: tuple[str, ...]) -> None:
    with pytest.raises(ValidationError):
        PlainSpec.model_validate(_share(*addresses))
    Spec.model_validate(_share(*addresses))


@pytest.mark.parametrize("entry", [{"address": "192.0.2.1/24"}, None, 1, ["192.0.2.1/24"]])
def test_anything_else_is_for_the_whole_model(entry: Any) -> None:
    assert narrow(_share("192.0.2.1/24", entry)) is None


@pytest.mark.parametrize("addresses", [None, "192.0.2.1/24", {}])
def test_what_is_no_list_is_for_the_whole_model(addresses: Any) -> None:
    assert narrow({"interfaces": {"x": {"addresses": addresses}}}) is None
