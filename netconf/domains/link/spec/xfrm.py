"""Options of IPsec interfaces."""

from __future__ import annotations

from pydantic import Field, model_validator

from netconf.grammar import Strict, reject
from netconf.grammar.names import LinkName
from netconf.grammar.values import Switch


class Xfrm(Strict):
    """What IPsec policies and states with its ID take their packets from."""

    if_id: int | None = Field(None, ge=1, le=(1 << 32) - 1, description="ID of policies and states")
    parent: LinkName | None = Field(None, description="the link the packets leave by, or none")
    external: Switch | None = Field(None, description="routes say the ID for each packet")

    @model_validator(mode="after")
    def _one_or_the_other(self) -> Xfrm:
        if self.external == "on" and (self.if_id is not None or self.parent not in (None, "none")):
            extra = " and ".join(name for name in ("if_id", "parent") if getattr(self, name) is not None)
            reject(
                "NC2066",
                f"external: on with {extra}",
                "routes give each packet its own, and the kernel refuses both",
                f"remove {extra}, or external: on",
            )
        if self.external != "on" and self.if_id is None:
            reject(
                "NC2067",
                "an xfrm without if_id",
                "no policy would mean it",
                "add if_id: 1 or another number, the same as in `ip xfrm policy` and `ip xfrm state`",
            )
        return self
