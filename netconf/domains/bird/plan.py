"""From the document to the one resource, and from its changes to operations. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from netconf.core.change import Change
from netconf.core.desired import Desired
from netconf.core.ids import ResourceId
from netconf.core.resource import Resource, State, Target
from netconf.domains.bird.effects import effects
from netconf.domains.bird.operation import Configure
from netconf.domains.bird.render import render
from netconf.domains.bird.resource import NOT_RUNNING, BirdConfig

if TYPE_CHECKING:
    from netconf.domains.bird.spec import Spec


def expand(spec: Spec) -> Desired:
    """The whole configuration is one resource: BIRD takes it whole or not at all."""
    bird = spec.bird
    if bird is None:
        return Desired()
    rendered = render(bird)
    found = BirdConfig(
        bird.daemon.config,
        bird.daemon.socket,
        rendered.text,
        rendered.revision,
        binary=bird.daemon.binary,
        user=bird.daemon.user or "",
        group=bird.daemon.group or "",
        start=tuple(bird.daemon.start),
        origins=rendered.origins,
    )
    return Desired({found.id: found}, frozenset(), frozenset(), {found.id: ("bird",)})


def lower(change: Change) -> list[Configure]:
    """What a change does, and, after a change that failed, what undoes it."""
    have = change.after
    if isinstance(have, BirdConfig):
        return [
            Configure(have.config, have.socket, have.text, have.running, have.binary, have.group, have.start)
        ]
    gone = change.before
    if isinstance(gone, BirdConfig):
        return [Configure(gone.config, gone.socket, None, NOT_RUNNING)]
    return []


def refine(target: Target, observed: State) -> Target:
    """Say of a new configuration what it will do to the protocols that run."""
    out: dict[ResourceId, Resource | None] = {}
    for key, want in target.items():
        have = observed.get(key)
        if not isinstance(want, BirdConfig) or not isinstance(have, BirdConfig) or want == have:
            continue
        if want.text is None or have.running == NOT_RUNNING:
            continue
        found = effects(have.text, want.text) if want.text != have.text else ()
        if found != want.effects:
            out[key] = replace(want, effects=found)
    return out
