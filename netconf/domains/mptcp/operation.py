"""Writes to the path manager and the `ip mptcp` lines that equal them."""

from __future__ import annotations

from dataclasses import dataclass

from netconf.core.overlay import given
from netconf.domains.mptcp.resource import BACKUP, CHANGEABLE, SIGNAL, Endpoint, Limits


@dataclass(frozen=True, slots=True)
class AddEndpoint:
    endpoint: Endpoint

    def describe(self) -> str:
        return f"add {_name(self.endpoint)}"

    def commands(self) -> tuple[str, ...]:
        one = self.endpoint
        words = ["ip mptcp endpoint add", one.address]
        words += ["dev", one.link] if one.link else []
        words += ["id", str(one.number)] if given(one.number, 0) else []
        words += one.flags
        return (" ".join(words + (["port", str(one.port)] if one.port else [])),)


@dataclass(frozen=True, slots=True)
class ChangeEndpoint:
    """Sets backup and fullmesh."""

    endpoint: Endpoint

    def describe(self) -> str:
        return f"change {_name(self.endpoint)}"

    def commands(self) -> tuple[str, ...]:
        one = self.endpoint
        known = [BACKUP] if SIGNAL in one.flags else sorted(CHANGEABLE)
        words = (flag if flag in one.flags else f"no{flag}" for flag in known)
        return (f"ip mptcp endpoint change id {one.number} {' '.join(words)}",)


@dataclass(frozen=True, slots=True)
class DeleteEndpoint:
    endpoint: Endpoint

    def describe(self) -> str:
        return f"delete {_name(self.endpoint)}"

    def commands(self) -> tuple[str, ...]:
        return (f"ip mptcp endpoint delete id {self.endpoint.number}",)


@dataclass(frozen=True, slots=True)
class SetLimits:
    limits: Limits

    def describe(self) -> str:
        return "set the limits of MPTCP"

    def commands(self) -> tuple[str, ...]:
        fields = (("subflows", self.limits.subflows), ("add_addr_accepted", self.limits.add_addr_accepted))
        words = (f"{name} {value}" for name, value in fields if isinstance(value, int))
        return (f"ip mptcp limits set {' '.join(words)}",)


MptcpOperation = AddEndpoint | ChangeEndpoint | DeleteEndpoint | SetLimits


def _name(one: Endpoint) -> str:
    return f"MPTCP endpoint {one.address}" + (f" port {one.port}" if one.port else "")
