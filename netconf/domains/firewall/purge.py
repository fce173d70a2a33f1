"""Which tracked connections a change of rules is about. Pure.

The kernel keeps to what it decided on a connection's first packet: its translation, and that it was
accepted. So that packet is sent through the rules from before and through those of now, in mind. A
connection is affected if it isn't accepted any more for certain where it may have been, or is translated in
another way, and what becomes of it has changed at all: a rule that's about others doesn't matter, nor does
one behind the rule that decides. Nothing happens to what may go to a way of management, and to the
connection of who is at work.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from netconf.core import ip
from netconf.domains.firewall import walk
from netconf.domains.firewall.model import split_target
from netconf.domains.firewall.walk import Packet, Ruleset, Step
from netconf.system.ports import Flow, Session


def affected(
    before: Ruleset,
    after: Ruleset,
    flows: Iterable[Flow],
    local: frozenset[str],
    session: Session | None = None,
) -> list[Flow]:
    """Of the flows those that the change is about. `local` are the addresses of this host."""
    return [flow for flow in flows if not _is_of(flow, session) and _is_affected(flow, before, after, local)]


def _is_of(flow: Flow, session: Session | None) -> bool:
    """Also if its port was translated on the way in."""
    if session is None or flow.source != session.peer:
        return False
    return (flow.answers_from, flow.answers_from_port) == (session.local, session.port)


def _is_affected(flow: Flow, before: Ruleset, after: Ruleset, local: frozenset[str]) -> bool:
    hook = _hook(flow, local)
    first, routed = _packet(flow, local, routed=False), _packet(flow, local, routed=True)
    if not hook or first is None or routed is None:
        return False
    now, way_in = after.steps(hook, routed), after.steps("dstnat", first)
    if any(step.management for step in (*now, *way_in)):
        return False
    return (
        _is_refused(before.steps(hook, routed), now)
        or (
            hook != "output"
            and _differ(before.steps("dstnat", first), way_in)
            and not _is_redirected_so(flow, way_in[0], local)
        )
        or (
            hook != "input"
            and _differ(before.steps("srcnat", routed), out := after.steps("srcnat", routed))
            and not _is_masked_so(flow, out[0], local)
        )
    )


def _is_refused(before: Sequence[Step], now: Sequence[Step]) -> bool:
    """Nobody knows the uncertain steps: those that were there already have let it through, or not."""
    if all(step.does == walk.ACCEPT for step in now) or not _differ(before, now):
        return False
    return any(step.does == walk.ACCEPT for step in before)


def _differ(before: Sequence[Step], now: Sequence[Step]) -> bool:
    return [step[:3] for step in before] != [step[:3] for step in now]


def _hook(flow: Flow, local: frozenset[str]) -> str:
    """Where its first packet was filtered; "" within this host."""
    from_here, to_here = flow.source in local, flow.answers_from in local
    if from_here:
        return "" if to_here else "output"
    return "input" if to_here else "forward"


def _packet(flow: Flow, local: frozenset[str], *, routed: bool) -> Packet | None:
    """The first packet as it came, or as it was routed: its destination translated, its source not yet."""
    target = (
        (flow.answers_from, flow.answers_from_port) if routed else (flow.destination, flow.destination_port)
    )
    source, destination = ip.parse(flow.source), ip.parse(target[0])
    if source is None or destination is None:
        return None
    return Packet(
        6 if ":" in flow.source else 4,
        flow.protocol,
        source.value,
        flow.source_port,
        destination.value,
        target[1],
        routed and _redirected(flow),
        target[0] in local,
    )


def _redirected(flow: Flow) -> bool:
    return (flow.answers_from, flow.answers_from_port) != (flow.destination, flow.destination_port)


def _is_redirected_so(flow: Flow, step: Step, local: frozenset[str]) -> bool:
    """Whether it's certain what its destination is to be, and it is that."""
    if step.unseen:
        return False
    if step.does != walk.TRANSLATE:
        return not _redirected(flow)
    verb, _, target = step.to.partition(" ")
    if " " in target or not target:
        return False
    address, ports = split_target(target)
    port = ports or str(flow.destination_port)
    if verb == "redirect":
        return flow.answers_from in local and str(flow.answers_from_port) == target.lstrip(":")
    return verb == "dnat" and (flow.answers_from, str(flow.answers_from_port)) == (address, port)


def _is_masked_so(flow: Flow, step: Step, local: frozenset[str]) -> bool:
    """The same for its source."""
    if step.unseen:
        return False
    if step.does != walk.TRANSLATE:
        return flow.answers_to == flow.source
    verb, _, target = step.to.partition(" ")
    if verb == "masquerade":
        return not target and flow.answers_to in local and flow.answers_to != flow.source
    address, ports = split_target(target)
    return verb == "snat" and not ports and " " not in target and flow.answers_to == address
