"""Addresses to netlink rows and back. Pure. Flags and scopes are those of linux/if_addr.h."""

from __future__ import annotations

from collections.abc import Mapping

from netconf.core import ip
from netconf.core.overlay import UNSET, given
from netconf.domains.address.resource import FOREVER, LOOPBACK, Address
from netconf.system.ports import AddressRow

INET, INET6 = ip.INET, ip.INET6

F_TEMPORARY = 0x01
F_DADFAILED = 0x08
F_TENTATIVE = 0x40
F_UNSETTLED = F_DADFAILED | F_TENTATIVE
F_PERMANENT = 0x80

FLAGS = {
    "nodad": 0x02,
    "optimistic": 0x04,
    "home": 0x10,
    "mngtmpaddr": 0x100,
    "noprefixroute": 0x200,
    "autojoin": 0x400,
}

SCOPES = {"global": 0, "site": 200, "link": 253, "host": 254}
_SCOPE_WORDS = {number: word for word, number in SCOPES.items()}


def resource(row: AddressRow, names: Mapping[int, str], order: int, behind: str) -> Address:
    """The address of a row; `order` is its place among the link's addresses of the family, `behind`
    the one that has to be there before it to get that place.
    """
    family, ifindex, local, length, peer, flags, scope, label, broadcast, metric, valid, preferred, _ = row
    v6 = family == INET6
    link = names[ifindex]
    return Address.made(  # by position: that takes two thirds of the time
        link,
        local,
        length,
        peer,
        UNSET if v6 else label or link,
        UNSET if v6 else _SCOPE_WORDS.get(scope) or str(scope),
        UNSET if v6 else broadcast,
        metric,
        valid,
        preferred,
        tuple(sorted(word for word, bit in FLAGS.items() if flags & bit)) if flags & 0x716 else (),
        order,
        False,
        False,
        0,
        behind,
        "" if not flags & F_UNSETTLED else "failed" if flags & F_DADFAILED else "tentative",
        0,
        (not flags & F_PERMANENT or v6 or link == "lo") and _is_dynamic(row, link),
    )


def _is_dynamic(row: AddressRow, link: str) -> bool:
    """Whether somebody else looks after it: it expires, or the kernel made it."""
    if not row.flags & F_PERMANENT or (row.family == INET6 and row.flags & F_TEMPORARY):
        return True
    if link == "lo" and row.local in LOOPBACK:
        return True
    return row.family == INET6 and row.local.startswith(("fe8", "fe9", "fea", "feb"))


def row(address: Address, ifindex: int) -> AddressRow:
    """The row that makes the address so."""
    v6, flags, metric = address.is_v6, address.flags, address.metric
    found: AddressRow = tuple.__new__(  # in half the time that its constructor takes
        AddressRow,
        (
            INET6 if v6 else INET,
            ifindex,
            address.ip,
            address.length,
            address.peer,
            sum(FLAGS[word] for word in flags) if flags and flags is not UNSET else 0,
            _scope(address),
            given(address.label, "") or ("" if v6 else address.link),
            given(address.broadcast, ""),
            0 if metric is UNSET else metric,
            given(address.valid, FOREVER),
            given(address.preferred, FOREVER),
            0,
        ),
    )
    return found


def _scope(address: Address) -> int:
    """As iproute2 chooses it: host for 127.0.0.0/8, else global."""
    default = "host" if address.ip.startswith("127.") else "global"
    word = given(address.scope, default)
    return SCOPES[word] if word in SCOPES else int(word)
