"""What a user may write about nexthop objects."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from netconf.core.duration import milliseconds
from netconf.grammar import Strict, reject, shown
from netconf.grammar.addresses import unicast_address
from netconf.grammar.names import LinkName
from netconf.grammar.values import Duration, Switch

_NUMBER = re.compile(r"[1-9][0-9]{0,9}")
_LAST = (1 << 32) - 1


def _number(text: str) -> str:
    if not _NUMBER.fullmatch(text) or int(text) > _LAST:
        reject(
            "NC3501",
            f"{shown(text)} is not the number of a nexthop",
            "nexthops are numbered 1 to 4294967295, without leading zeros",
            "write a number",
        )
    return text


Number = Annotated[str, AfterValidator(_number), Field(description="number of a nexthop")]


def _weight(value: int) -> int:
    if not 1 <= value <= _HEAVIEST:
        reject("NC3520", f"{value} is not a weight", "weights are 1 to 256", "write 1 for an equal share")
    return value


_HEAVIEST = 256
"""What kernels before 6.12 and ip nexthop know; later kernels have 65536."""

Weight = Annotated[int, AfterValidator(_weight)]


def _not_empty(members: dict[str, int]) -> dict[str, int]:
    if not members:
        reject("NC3521", "a group without members", "the kernel has none", "name one, or remove the group")
    return members


def _whole_seconds(duration: str) -> str:
    length = milliseconds(duration)
    if length % 1000 or length // 1000 > _LONGEST:
        reject(
            "NC3519",
            f"{duration} is no time for a timer of a group",
            "as with ip nexthop these are whole seconds, up to 42949672",
            f"write {min(length // 1000, _LONGEST)}s",
        )
    return duration


_LONGEST = 42949672
"""The kernel takes 32 bits of 1/100 s."""

Timer = Annotated[Duration, AfterValidator(_whole_seconds)]


class Nexthop(Strict):
    """A next hop, or a group of them. It's declared as a whole."""

    via: Annotated[str, BeforeValidator(unicast_address)] | None = Field(
        None, description="gateway; left out = the destination is on the link"
    )
    dev: LinkName | None = Field(None, description="link; left out = found from the addresses")
    onlink: Switch | None = Field(None, description="don't check that the gateway is on a connected network")
    blackhole: Switch | None = Field(None, description="drop the packets")
    family: Literal["ipv4", "ipv6"] | None = Field(
        None, description="address family, where no gateway tells it: ipv4 if left out"
    )
    fdb: Switch | None = Field(None, description="for FDB entries of a vxlan, not for routes")
    group: Annotated[dict[Number, Weight], AfterValidator(_not_empty)] | None = Field(
        None, description="the nexthops of a group by number, each with its weight"
    )
    buckets: Annotated[int, Field(ge=1, le=65535)] | None = Field(
        None,
        description="makes the group resilient: flows stay where they are so long as their bucket isn't moved",
    )
    idle_timer: Timer | None = Field(
        None, description="how long a bucket must be idle before it may move (120s)"
    )
    unbalanced_timer: Timer | None = Field(
        None, description="how long a group may be out of balance before buckets in use move; 0s = for ever"
    )

    @model_validator(mode="after")
    def _consistent(self) -> Nexthop:
        if self.group is not None:
            self._check_group()
        else:
            self._check_single()
        return self

    def _check_group(self) -> None:
        for name in ("via", "dev", "onlink", "blackhole", "family"):
            if getattr(self, name) not in (None, "off"):
                reject(
                    "NC3502",
                    f"group together with {name}",
                    "a group has members, each with its own way",
                    f"remove {name}, or give it to a nexthop of its own",
                )
        timers = [name for name in ("idle_timer", "unbalanced_timer") if getattr(self, name) is not None]
        if timers and self.buckets is None:
            reject(
                "NC3503",
                f"{timers[0]} without buckets",
                "only resilient groups have timers",
                "add buckets: 128, or remove it",
            )

    def _check_single(self) -> None:
        for name in ("buckets", "idle_timer", "unbalanced_timer"):
            if getattr(self, name) is not None:
                reject(
                    "NC3504", f"{name} without group", "only groups have it", f"remove {name}, or add group"
                )
        ways = [name for name in ("via", "dev", "onlink") if getattr(self, name) not in (None, "off")]
        if self.blackhole == "on" and (ways or self.fdb == "on"):
            reject(
                "NC3505",
                f"blackhole: on together with {(*ways, 'fdb')[0]}",
                "its packets go nowhere",
                "remove one of them",
            )
        if self.blackhole != "on" and self.via is None and (self.dev is None or self.fdb == "on"):
            needed = "via" if self.fdb == "on" else "via, dev, blackhole or group"
            reject(
                "NC3506",
                f"the nexthop needs {needed}",
                "it leads nowhere",
                f"add {needed.split(',', maxsplit=1)[0]}:",
            )
        if self.fdb == "on" and ways != ["via"]:
            reject(
                "NC3507",
                f"fdb: on together with {ways[-1]}",
                "a vxlan finds the way to the far end by itself",
                f"remove {ways[-1]}",
            )
        if self.onlink == "on" and not (self.via and self.dev):
            missing = "dev" if self.via else "via"
            reject(
                "NC3508",
                f"onlink: on without {missing}",
                "it says that the gateway is on that link, whatever the addresses say",
                f"add {missing}:, or remove onlink",
            )
        if self.family is not None and self.via is not None and self.family != self.asked_family:
            reject(
                "NC3509",
                f"family: {self.family} with gateway {self.via}",
                "the gateway tells the family",
                "remove family",
            )

    @property
    def asked_family(self) -> str:
        """`ipv4` or `ipv6`."""
        if self.via is not None:
            return "ipv6" if ":" in self.via else "ipv4"
        return self.family or "ipv4"


class Spec(Strict):
    """The part of a document that describes nexthop objects."""

    nexthops: dict[Number, Nexthop] | None = Field(
        None, description="all nexthop objects of netconf's protocol by number; {} = none but those of others"
    )
