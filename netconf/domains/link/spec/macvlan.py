"""Options of links that share the frames of their parent."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from netconf.domains.link.spec.numbers import Count
from netconf.grammar import Strict, reject
from netconf.grammar.names import LinkName
from netconf.grammar.values import Mac


def _sources(addresses: list[str]) -> list[str]:
    return sorted(set(addresses))


class Macvlan(Strict):
    """A macvlan on a parent link."""

    parent: LinkName = Field(description="the link it shares")
    mode: Literal["private", "vepa", "bridge", "passthru", "source"] = Field(
        "bridge", description="who may talk to whom"
    )
    bc_queue_len: Count | None = Field(None, description="queue of broadcast frames, packets")
    sources: Annotated[list[Mac], AfterValidator(_sources)] | None = Field(
        None, description="MAC addresses it receives from in mode source; all of them"
    )

    @model_validator(mode="after")
    def _sources_fit(self) -> Macvlan:
        if self.sources is not None and self.mode != "source":
            reject(
                "NC2041",
                f"sources with mode: {self.mode}",
                "only in mode source does the kernel look at them",
                "write mode: source, or remove sources",
            )
        return self


class Macvtap(Macvlan):
    """A macvlan that programs open as /dev/tapN, by its ifindex."""


class Ipvlan(Strict):
    """A link with the MAC address of its parent and IP addresses of its own."""

    parent: LinkName = Field(description="the link it shares")
    mode: Literal["l2", "l3", "l3s"] = Field("l3", description="by what packets are told apart")
    flag: Literal["bridge", "private", "vepa"] | None = Field(None, description="who may talk to whom")
