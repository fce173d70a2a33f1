"""Small specs in the shape of the real ones, so that this room is tested without any domain."""

# ruff: noqa: RUF012 - pydantic copies mutable defaults

from __future__ import annotations

import enum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from netconf.core.diagnostics import Diagnostic, dotted
from netconf.grammar import Strict, reject
from netconf.inventory.document import Document, Part, read_document
from netconf.inventory.files import FileContent
from netconf.inventory.source import YamlSource


def _with_prefix(text: str) -> str:
    if "/" not in text:
        reject(
            "NC9001", f"{text} has no prefix length", "an address alone says too little", f"write {text}/24"
        )
    return text


def _name(text: str) -> str:
    if len(text) > 15:
        reject("NC9002", f'"{text}" is {len(text)} bytes', "Linux allows 15", "shorten it")
    return text


def _ping(value: Any) -> Any:
    if value == "boom":
        raise ValueError("no such thing")
    return value


AddressText = Annotated[str, AfterValidator(_with_prefix)]
LinkName = Annotated[str, AfterValidator(_name)]
Checked = Annotated[int, BeforeValidator(_ping)]


class Speed(enum.Enum):
    SLOW = "slow"
    FAST = "fast"


class Address(Strict):
    address: AddressText
    scope: Literal["global", "link", "host"] = "global"
    flags: list[str] = []


class Bond(Strict):
    kind: Literal["bond"]
    ports: list[LinkName] = Field(min_length=1, max_length=3)
    bond: str | None = None


class Vlan(Strict):
    kind: Literal["vlan"]
    id: int = Field(ge=1, lt=4095)


class Hop(Strict):
    via: str
    weight: int = Field(1, ge=1, le=256)
    next: Hop | None = None

    @model_validator(mode="after")
    def _not_itself(self) -> Hop:
        if self.next is not None and self.next.via == self.via:
            reject("NC9003", "a hop leads to itself", "", "name another")
        return self


class Link(Strict):
    description: str | None = None
    enabled: bool = True
    mtu: int = Field(1500, ge=68, le=65535)
    mac: str | None = Field(None, pattern="^[0-9a-f:]{17}$")
    rings: int | Literal["max"] = "max"
    checked: Checked = 1
    master: Annotated[Bond | Vlan, Field(discriminator="kind")] | None = None
    peers: dict[LinkName, Hop] = {}
    speed: Annotated[Speed, Field(strict=False)] = Speed.FAST
    labels: list[str] = []


class Links(Strict):
    interfaces: dict[LinkName, Link] = {}


class Addressed(Strict):
    addresses: list[AddressText | Address] = []


class Addresses(Strict):
    interfaces: dict[str, Addressed] = {}


class Route(Strict):
    to: str
    via: str | None = None
    dev: str | None = None
    metric: int | None = Field(None, ge=0, le=4294967295)
    from_: str | None = Field(None, validation_alias="from")
    kind: Literal["unicast", "blackhole"] = "unicast"
    hops: list[str | Hop] = []


class Routes(Strict):
    routes: list[Route] = []


class Sysctls(Strict):
    sysctl: dict[str, int | str] = {}
    interfaces: dict[str, dict[str, dict[str, dict[str, int]]]] = {}


PARTS = (
    Part("link", (), ("*",), lambda: Links),
    Part("address", (), ("addresses",), lambda: Addresses),
    Part("route", ("routes",), (), lambda: Routes),
    Part("sysctl", ("sysctl",), ("sysctl",), lambda: Sysctls),
)


def yaml_source(raw: str | bytes, name: str = "test.yaml") -> YamlSource:
    return YamlSource(FileContent(name, raw.encode() if isinstance(raw, str) else raw, "digest"))


def read(raw: str | bytes, name: str = "test.yaml", parts: tuple[Part, ...] = PARTS) -> Document:
    return read_document(yaml_source(raw, name), parts)


def rendered(diagnostic: Diagnostic) -> str:
    """The least that shows everything of a diagnostic but the source line."""
    where = diagnostic.where
    head = f"{where}: {dotted(where.path)}" if where.path else str(where)
    line = f"{diagnostic.severity.value}[{diagnostic.code}] {head}: {diagnostic.summary}"
    why = f"\n  why: {diagnostic.detail}" if diagnostic.detail else ""
    fix = f"\n  fix: {diagnostic.hint}" if diagnostic.hint else ""
    return f"{line}{why}{fix}\n"
