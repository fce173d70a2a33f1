"""The models of routes that have only the fields a document has: they are parts of the whole one."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from netconf.domains.route.plainspec import PlainSpec, narrow
from netconf.domains.route.plan import expand
from netconf.domains.route.spec import Route, Spec


def _narrowed(*routes: dict[str, Any]) -> Any:
    found = narrow({"routes": [*routes]})
    assert found is not None
    return found


def _route(model: type[BaseModel]) -> type[BaseModel]:
    sequence: Any = model.model_fields["routes"].annotation
    found: type[BaseModel] = sequence.__args__[0].__origin__.__args__[0]
    return found


@pytest.mark.parametrize("name", Route.model_fields)
def test_a_field_alone_is_the_one_of_the_whole_model(name: str) -> None:
    found = _route(_narrowed({name: None}))
    assert [*found.model_fields] == sorted({"to", name}, key=[*Route.model_fields].index)
    for field in found.model_fields:
        mine, whole = found.model_fields[field], Route.model_fields[field]
        assert (mine.annotation, mine.metadata, mine.default) == (
            whole.annotation,
            whole.metadata,
            whole.default,
        )
    left_out = Route.model_fields.keys() - found.model_fields.keys()
    assert all(getattr(found, field) == Route.model_fields[field].default for field in left_out)
    assert all(Route.model_fields[field].default_factory is None for field in left_out)


@pytest.mark.parametrize(
    "route",
    [
        {"to": "10.0.0.0/8", "via": "192.0.2.1", "dev": "x", "table": "main"},
        {"to": "default", "via": "2001:db8::1", "dev": "x", "metric": 0, "mtu": 0},
        {"to": "10.0.0.0/8", "kind": "blackhole", "table": "red", "tos": 4},
        {"to": "10.0.0.0/8", "nexthops": [{"via": "192.0.2.1", "weight": 2}, {"dev": "x"}], "rtt": "1000ms"},
    ],
)
def test_the_values_are_those_of_the_whole_model(route: dict[str, Any]) -> None:
    context = {"tables": {"red": 100}}
    narrowed = _narrowed(route).model_validate({"routes": [route]}, context=context).routes[0]
    whole: Any = Spec.model_validate({"routes": [route]}, context=context).routes[0]  # type: ignore[index]
    assert {name: getattr(narrowed, name) for name in Route.model_fields} == dict(whole)
    assert narrowed.model_fields_set == whole.model_fields_set
    assert narrowed.is_v6 == whole.is_v6


PLAIN = [
    {"to": "10.0.0.0/8", "dev": "x"},
    {"to": "10.0.0.0/8", "dev": "y", "metric": 5},
    {"to": "192.0.2.0/24", "via": "192.0.2.1", "dev": "x", "metric": 0},
    {"to": "192.0.2.9", "via": "2001:DB8::1", "dev": "x"},
    {"to": "2001:DB8::/64", "via": "2001:db8::1", "dev": "x", "metric": (1 << 32) - 1},
    {"to": "2001:db8:1::/64", "dev": "x"},
    {"to": "default", "dev": "x", "metric": 1},
    {"to": "default", "via": "2001:db8::1", "dev": "x"},
    {"to": "0.0.0.0/0", "via": "192.0.2.1", "dev": "x"},
    {"to": "0.0.0.0/0", "via": "2001:db8::1", "dev": "x", "metric": 7},
    {"to": "::/0", "dev": "x", "metric": 2},
]


@pytest.mark.parametrize("routes", [[], PLAIN, *([route] for route in PLAIN)])
def test_plain_ones_mean_the_same(routes: list[dict[str, Any]]) -> None:
    share = {"routes": routes}
    assert narrow(share) is PlainSpec
    plain, whole = expand(PlainSpec.model_validate(share)), expand(Spec.model_validate(share))
    assert plain == whole
    assert [*plain.resources] == [*whole.resources]
    assert [*plain.paths] == [*whole.paths]
    for key, route in plain.resources.items():
        other: Any = whole.resources[key]
        assert all(getattr(route, name) == getattr(other, name) for name in route.__dataclass_fields__)  # type: ignore[attr-defined]


def test_names_of_tables_are_for_the_other_models() -> None:
    assert narrow({"tables": {"red": 100}, "routes": PLAIN}) is not PlainSpec


@pytest.mark.parametrize("more", [{"table": 254}, {"kind": "unicast"}, {"onlink": "off"}])
def test_one_with_more_makes_all_no_plain_ones(more: dict[str, Any]) -> None:
    assert narrow({"routes": [*PLAIN, {"to": "198.51.100.0/24", "dev": "x", **more}]}) is not PlainSpec


@pytest.mark.parametrize(
    "routes",
    [
        [{"to": "10.0.0.1/8", "dev": "x"}],
        [{"to": "10.0.0.0/8"}],
        [{"dev": "x"}],
        [{"to": "10.0.0.0/8", "dev": "x", "kind": "blackhole"}],
        [{"to": "10.0.0.0/8", "dev": "x", "nonsense": 1}],
        [{"to": "10.0.0.0/8", "dev": "x"}, {"to": "10.0.0.0/8", "dev": "y"}],
        [{"to": "0.0.0.0/0", "dev": "x"}, {"to": "default", "via": "192.0.2.1"}],
        [{"to": "0.0.0.0/0", "dev": "x"}, {"to": "default", "via": "192.0.2.1", "dev": "x"}],
        [{"to": "::/0", "dev": "x"}, {"to": "default", "via": "2001:db8::1", "dev": "x", "metric": 1024}],
        [{"to": "10.0.0.0/8", "dev": "all"}],
        [{"to": "10.0.0.0/8", "dev": 1}],
        [{"to": "10.0.0.0/8", "dev": ["x"]}],
        [{"to": "10.0.0.0/8", "dev": "x", "via": ""}],
        [{"to": "10.0.0.0/8", "dev": "x", "via": {}}],
        [{"to": "10.0.0.0/8", "dev": "x", "via": "127.0.0.1"}],
        [{"to": "10.0.0.0/8", "dev": "x", "metric": True}],
        [{"to": "10.0.0.0/8", "dev": "x", "metric": -1}],
        [{"to": "10.0.0.0/8", "dev": "x", "metric": 1 << 32}],
        [{"to": "10.0.0.0/8", "dev": "x", "metric": "1"}],
        [{"to": "2001:db8::/64", "dev": "x", "via": "192.0.2.1"}],
        [{"to": ["10.0.0.0/8"], "dev": "x"}],
        [{"to": None, "dev": "x"}],
    ],
)
def test_what_the_whole_model_refuses_is_refused(routes: list[dict[str, Any]]) -> None:
    for model in (_narrowed(*routes), Spec):
        with pytest.raises(ValidationError):
            model.model_validate({"routes": routes})


@pytest.mark.parametrize("share", [{"tables": {"red": 100}}, {"routes": None}, {"routes": ["default"]}])
def test_anything_else_is_for_the_whole_model(share: dict[str, Any]) -> None:
    assert narrow(share) is None
