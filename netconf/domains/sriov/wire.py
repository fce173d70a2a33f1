"""Virtual functions to netlink rows and back. Pure."""

from __future__ import annotations

from netconf.core.overlay import UNSET, Unset, given
from netconf.domains.sriov.resource import UNKNOWN, Vf
from netconf.system.ports import VfRequest, VfRow

PROTOCOLS = {"802.1q": 0x8100, "802.1ad": 0x88A8}
STATES = ("auto", "enable", "disable")
"""IFLA_VF_LINK_STATE_* of linux/if_link.h."""

NO_MAC = "00:00:00:00:00:00"


def resource(link: str, row: VfRow) -> Vf:
    vlan, qos, protocol = row.vlan or (0, 0, PROTOCOLS["802.1q"])
    least, most = row.rates or (0, 0)
    return Vf(
        link,
        row.number,
        "" if row.address == NO_MAC else row.address,
        vlan,
        qos,
        next((word for word, number in PROTOCOLS.items() if number == protocol), UNKNOWN),
        _switch(row.spoofcheck),
        _switch(row.trust),
        UNKNOWN if row.link_state is None else STATES[row.link_state],
        least,
        most,
    )


def _switch(value: int | None) -> str:
    return UNKNOWN if value is None else "on" if value else "off"


def request(vf: Vf, ifindex: int) -> VfRequest:
    vlan, qos, protocol = vf.tag
    return VfRequest(
        VfRow(
            ifindex,
            vf.number,
            given(vf.mac, ""),
            None if vf.vlan is UNSET else (vlan, qos, PROTOCOLS[protocol]),
            _number(vf.spoofcheck),
            _number(vf.trust),
            None if isinstance(vf.link_state, Unset) else STATES.index(vf.link_state),
            None if vf.max_tx_rate is UNSET else vf.rates,
        )
    )


def _number(switch: str | Unset) -> int | None:
    return None if isinstance(switch, Unset) else int(switch == "on")
