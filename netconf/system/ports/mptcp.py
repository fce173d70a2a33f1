"""What may be asked of the kernel's own path manager of MPTCP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, Protocol

from netconf.system.ports.rtnetlink import Refusal


class MptcpEndpoint(NamedTuple):
    """An address that MPTCP may use (struct mptcp_pm_addr_entry). Number 0 = the kernel chooses one; `flags` are
    MPTCP_PM_ADDR_FLAG_* of linux/mptcp.h.
    """

    address: str
    port: int = 0
    number: int = 0
    flags: int = 0
    ifindex: int = 0


class MptcpLimits(NamedTuple):
    """For each connection; -1 in a write = leave it."""

    subflows: int
    add_addr_accepted: int


class MptcpRequest(NamedTuple):
    """change sets the flags that can be changed of an endpoint with this number."""

    verb: Literal["create", "change", "delete", "limits"]
    endpoint: MptcpEndpoint = MptcpEndpoint("")
    limits: MptcpLimits = MptcpLimits(-1, -1)


class Mptcp(Protocol):
    """MPTCP of a network namespace; on a kernel without it there is nothing, and every write is refused."""

    def endpoints(self) -> Sequence[MptcpEndpoint]: ...

    def limits(self) -> MptcpLimits | None: ...

    def send(self, requests: Sequence[MptcpRequest]) -> Sequence[Refusal | None]:
        """One answer per request, in their order; a refusal doesn't stop the ones after it."""
        ...
