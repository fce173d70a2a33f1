"""Sessions of static L2TPv3 tunnels that carry Ethernet frames (RFC 3931). Their tunnels are objects of their own:
netconf/domains/link/l2tp.

They aren't made by rtnetlink, and it doesn't tell their options: the names of attributes are those of linux/l2tp.h.
"""

from __future__ import annotations

from netconf.domains.link.kinds.option import NUMBER, TEXT, KindTable, Option

NO_COOKIE = "none"

_OPTIONS = (
    Option("tunnel_id", "L2TP_ATTR_CONN_ID", "tunnel_id", NUMBER),
    Option("session_id", "L2TP_ATTR_SESSION_ID", "session_id", NUMBER),
    Option("peer_session_id", "L2TP_ATTR_PEER_SESSION_ID", "peer_session_id", NUMBER),
    Option("cookie", "L2TP_ATTR_COOKIE", "cookie", TEXT),
    Option("peer_cookie", "L2TP_ATTR_PEER_COOKIE", "peer_cookie", TEXT),
    Option("l2spec_type", "L2TP_ATTR_L2SPEC_TYPE", "l2spec_type", TEXT),
    Option("seq", "L2TP_ATTR_SEND_SEQ", "seq", TEXT),
)

L2TP = KindTable(
    _OPTIONS,
    fixed=frozenset(option.name for option in _OPTIONS),
    unwritten=frozenset({("l2spec_type", "default")}),
)
"""The kernel could change `seq`, but iproute2 has no words for it."""
