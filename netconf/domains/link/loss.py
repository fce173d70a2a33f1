"""What would be lost with a link that goes or is made again, and couldn't be put back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from netconf.core import ids
from netconf.core.change import Action, Change
from netconf.core.diagnostics import Diagnostic, error
from netconf.core.ids import ResourceId
from netconf.core.overlay import given
from netconf.domains.link.final import (
    Final,
)
from netconf.domains.link.kinds import FALLBACKS, KINDS, PAIRS
from netconf.domains.link.l2tp.check import unknown_sublayer
from netconf.domains.link.resource import LOOPBACK, Link

PLAIN_QDISCS = {"", "noqueue", "noop", "mq", "pfifo_fast", "fq_codel", "fq", "pfifo"}
"""What the kernel gives a new link by itself, depending on its settings."""


def check_loss(
    change: Change, before: Link, after: object, changes: Mapping[ResourceId, Change], final: Final
) -> Iterator[Diagnostic]:
    verb = "replaced" if after is not None else "deleted"
    if _goes_with_its_place(change, before) or (before.kind == "" and before.name in final.moving):
        return
    if before.kind == "":
        wish = f"kind: {after.kind}" if isinstance(after, Link) else "state: absent"
        yield error(
            "NC5101",
            f"{before.name} can't be {verb}: netconf can't make it again",
            before.strange or "it's a physical link, or of a kind that netconf doesn't make",
            f"remove {wish}; state: down takes a link out of use",
            resource=str(change.id),
        )
    elif isinstance(after, Link) and after.kind in PAIRS and before.kind != after.kind:
        yield error(
            "NC5105",
            f"{before.name} is there already, as a {before.kind}",
            f"it would be replaced by one end of a {after.kind} pair",
            f"name another peer, or remove {before.name} first, with state: absent",
            resource=str(change.id),
        )
    elif change.because is not None and (before.kind not in KINDS or after is None):
        yield error(
            "NC5102",
            f"{before.name} would be lost with {change.because}",
            f"it's a {before.kind} that isn't in the document"
            + ("" if before.kind in KINDS else ", of a kind netconf can't make"),
            f"describe {before.name} in the document, or remove it first",
            resource=str(change.id),
        )
    elif after is not None:
        yield from _check_remade(before)
    yield from unknown_sublayer(before)
    peer = ids.link(given(before.peer, ""))
    if before.kind in PAIRS and given(before.peer, "") and not given(before.peer_netns, ""):
        other = changes.get(peer)
        goes = other is not None and other.action in (Action.REPLACE, Action.DELETE)
        if other is None or not goes or (other.because is not None and not _is_pair(after, other.after)):
            yield error(
                "NC5104",
                f"{before.name} can't be {verb} without its peer {before.peer}",
                f"the kernel removes both ends of a {before.kind} pair together",
                f"describe {before.peer} in the document, too; state: absent removes it",
                resource=str(change.id),
            )


def _check_remade(before: Link) -> Iterator[Diagnostic]:
    """What is on a link that netconf doesn't manage."""
    if before.qdisc not in PLAIN_QDISCS:
        yield error(
            "NC5103",
            f"{before.name} would be replaced and lose its {before.qdisc} qdisc",
            "netconf doesn't manage qdiscs and can't put it back",
            f"remove it first: tc qdisc del dev {before.name} root",
            resource=str(before.id),
        )
    if before.keyed:
        yield error(
            "NC5106",
            f"{before.name} would be replaced and lose its MACsec keys",
            "another program gave them to the kernel, which gives none back",
            f"remove them first, or {before.name} itself, with state: absent; add them again afterwards",
            resource=str(before.id),
        )


def _goes_with_its_place(change: Change, before: Link) -> bool:
    """What every namespace has by itself is lost only with it, and a new one has another; an end of a
    pair that came with the other one, in another namespace, goes with it.
    """
    own = before.name == LOOPBACK or before.name in FALLBACKS
    return (own and change.because is not None) or given(before.far, default=False)


def _is_pair(one: object, other: object) -> bool:
    return (
        isinstance(one, Link) and isinstance(other, Link) and (one.peer, other.peer) == (other.name, one.name)
    )
