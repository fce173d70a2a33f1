"""The laws of the design, on the model system."""

from __future__ import annotations

import os
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model import ModelDriver, ModelSystem, PowerCut
from objects import Knot, Leaf, Node, User

from netconf.core import ids
from netconf.core.change import Action, diff
from netconf.core.errors import ApplyError, PlanError
from netconf.core.image import Decoder, encode_states
from netconf.core.inside import Inside
from netconf.core.overlay import UNSET, overlay
from netconf.core.plan import make_plan
from netconf.core.resource import Resource
from netconf.engine.drivers import Drivers
from netconf.engine.execute import execute
from netconf.engine.reconcile import reconcile
from netconf.engine.rollback import Exactness, roll_back

DRIVERS = Drivers([ModelDriver()])
LAWS = settings(max_examples=400 if "NETCONF_RANDOM" in os.environ else 120, deadline=None)


@st.composite
def states(draw, sizes=(0, 1, 2)):
    """A valid state: parents come earlier in a random order of names."""
    order = draw(st.permutations("abcde"))
    nodes = {}
    for name in order[: draw(st.integers(0, 5))]:
        parent = draw(st.sampled_from(["", *nodes]))
        nodes[name] = Node(name, parent, draw(st.sampled_from(sizes)))
    out = {r.id: r for r in nodes.values()}
    leaves = []
    for name, node in nodes.items():
        texts = draw(st.sets(st.sampled_from(["x1", "x2", "y1"]))) if node.size else ()
        leaves += [Leaf(name, text, draw(st.integers(0, 1))) for text in sorted(texts)]
    out |= {leaf.id: leaf for leaf in leaves}
    for source in sorted({leaf.text[0] for leaf in leaves}):
        if draw(st.booleans()):
            user = User(f"u{source}", source)
            out[user.id] = user
    return out


def whole(desired, observed):
    """The target of an authoritative document: what isn't desired is to go."""
    return {**dict.fromkeys(observed), **desired}


class NoRecord:
    def intent(self, wave, steps): ...
    def done(self, wave): ...


def quiet(name): ...


def apply(system, target):
    found = reconcile(DRIVERS, system, lambda _: target, frozenset(target))
    execute(found.plan, DRIVERS, system, NoRecord(), quiet)
    return found


@LAWS
@given(states(), states())
def test_apply_converges_and_a_second_apply_does_nothing(desired, observed):
    system = ModelSystem(observed)
    apply(system, whole(desired, observed))
    assert system.objects == desired
    count = system.count
    assert not apply(system, whole(desired, system.objects)).plan
    assert system.count == count


@LAWS
@given(states(), states(), st.integers(1, 30))
def test_a_failure_at_any_operation_ends_in_the_old_state(desired, observed, n):
    system = ModelSystem(observed)
    target = whole(desired, observed)
    found = reconcile(DRIVERS, system, lambda _: target, frozenset(target))
    system.fail_at = n
    try:
        execute(found.plan, DRIVERS, system, NoRecord(), quiet)
    except ApplyError:
        assert roll_back(found.before, DRIVERS, system, quiet).exactness is Exactness.EXACT
        assert system.objects == observed
    else:
        assert system.objects == desired


@LAWS
@given(states(), states(), st.integers(1, 30), st.integers(1, 30))
def test_a_power_cut_anywhere_and_another_while_recovering(desired, observed, n, m):
    system = ModelSystem(observed)
    target = whole(desired, observed)
    found = reconcile(DRIVERS, system, lambda _: target, frozenset(target))
    system.die_at = n
    try:
        execute(found.plan, DRIVERS, system, NoRecord(), quiet)
    except PowerCut:
        stored = Decoder(DRIVERS).decode_states(encode_states(found.before))
        system.die_at = system.count + m
        try:
            roll_back(stored, DRIVERS, system, quiet)
        except PowerCut:
            roll_back(stored, DRIVERS, system, quiet)
        assert system.objects == observed


@LAWS
@given(states(), states())
def test_the_inverse_of_a_diff_is_the_diff_of_the_inverse(a, b):
    forth, back = diff(whole(b, a), a), diff(whole(a, b), b)
    assert {change.inverse() for change in forth.values()} == set(back.values())


@LAWS
@given(states(), states(), st.randoms())
def test_the_plan_does_not_depend_on_the_order_of_the_input(desired, observed, rng: random.Random):
    def shuffled(state):
        return dict(rng.sample(list(state.items()), len(state)))

    target = whole(desired, observed)
    first, second = make_plan(target, observed), make_plan(shuffled(target), shuffled(observed))
    assert first.waves == second.waves
    assert first.changes == second.changes


@LAWS
@given(states(), states())
def test_new_objects_that_need_the_same_go_in_one_wave_by_their_places(desired, observed):
    plan = make_plan(whole(desired, observed), observed)
    turns = {
        step.id: (wave, turn) for wave, steps in enumerate(plan.waves) for turn, step in enumerate(steps)
    }
    new = [change.after for change in plan.changes.values() if change.before is None]
    for node in "abcde":
        leaves = [one for one in new if isinstance(one, Leaf) and one.node == node]
        wanted = sorted(leaves, key=lambda leaf: (leaf.place, leaf.id))
        assert sorted(leaves, key=lambda leaf: turns[leaf.id]) == wanted
        assert len({turns[leaf.id][0] for leaf in leaves}) <= 1


@LAWS
@given(states(), states())
def test_what_is_alike_is_planned_as_if_each_were_asked(desired, observed):
    target = whole(desired, observed)
    found = make_plan(target, observed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Leaf, "alike", None)
        assert make_plan(target, observed) == found


def test_what_waits_for_itself_is_refused_but_on_the_way_back_it_is_tried():
    ring = [Knot("a", "b"), Knot("b", "c"), Knot("c", "a"), Knot("d", "a"), Knot("e", "")]
    target = {one.id: one for one in ring}
    with pytest.raises(PlanError) as refused:
        make_plan(target, {})
    (finding,) = refused.value.diagnostics
    assert (finding.code, finding.detail) == (
        "NC3001",
        "port[a] after port[b] after port[c] after port[a]",
    )
    waves = [[step.id.name[0] for step in wave] for wave in make_plan(target, {}, tenacious=True).waves]
    assert waves == [["e"], ["a"], ["c", "d"], ["b"]]


@LAWS
@given(states(), states(), st.sets(st.sampled_from("abcde")))
def test_unset_fields_are_left_alone(desired, observed, unset):
    partial = {
        key: Node(r.name, r.parent, UNSET) if isinstance(r, Node) and r.name in unset and r.size else r
        for key, r in desired.items()
    }
    partial = {
        key: r
        for key, r in partial.items()
        if not (isinstance(r, Leaf) and getattr(observed.get(ids.link(r.node)), "size", 1) == 0)
    }
    provided = {capability for r in partial.values() for capability in r.provides}
    partial = {k: r for k, r in partial.items() if not isinstance(r, User) or r.requires <= provided}
    system = ModelSystem(observed)
    apply(system, whole(partial, observed))
    for key, want in partial.items():
        if isinstance(want, Node) and want.size is UNSET:
            expected = observed[key].size if key in observed else 1
            assert system.objects[key].size == expected
        else:
            assert system.objects[key] == want
    assert not make_plan(partial, system.objects)


@LAWS
@given(states(), states())
def test_what_is_not_mentioned_is_not_touched_unless_its_ground_goes(desired, observed):
    system = ModelSystem(observed)
    found = apply(system, desired)
    for key, before in observed.items():
        if key in desired or key in found.plan.changes:
            continue
        assert system.objects[key] == before
    vanished = observed.keys() - system.objects.keys()
    assert vanished <= found.plan.changes.keys()


@LAWS
@given(states(), states())
def test_the_plan_is_what_happens(desired, observed):
    """Nothing changes that the plan doesn't name, and what it says implied really is."""
    system = ModelSystem(observed)
    found = apply(system, whole(desired, observed))
    for key in observed.keys() | system.objects.keys():
        changed = observed.get(key) != system.objects.get(key)
        assert not changed or key in found.plan.changes


@LAWS
@given(states(), states())
def test_who_needs_an_address_keeps_it_when_another_object_takes_it_over(desired, observed):
    """Make before break: a user of a source address that is unchanged and whose address moves to
    a new provider, with no other reason to be replaced, is there after every operation."""
    system = ModelSystem(observed)
    found = apply(system, whole(desired, observed))
    for key, want in desired.items():
        if isinstance(want, User) and observed.get(key) == want and key not in found.plan.changes:
            assert all(key in seen for seen in system.seen)


def test_a_moved_address_never_leaves_its_user_without():
    old = [Node("a", "", 1), Node("b", "", 1), Leaf("a", "x1"), User("u", "x")]
    new = [Node("a", "", 1), Node("b", "", 1), Leaf("b", "x2"), User("u", "x")]
    observed = {r.id: r for r in old}
    system = ModelSystem(observed)
    plan = apply(system, whole({r.id: r for r in new}, observed)).plan
    assert ids.route("u", "", "") not in plan.changes
    assert [str(step.id) for step in plan.steps()] == ["address[b x2]", "address[a x1]"]
    assert len(set(system.seen)) == 1


def test_replacing_a_parent_takes_unmanaged_children_down_and_up():
    a, b, child = Node("a", "", 1), Node("b", "", 1), Node("c", "a", 1)
    leaf = Leaf("c", "x1")
    observed = {r.id: r for r in (a, b, child, leaf)}
    plan = make_plan({child.id: Node("c", "b", 1)}, observed)
    assert plan.changes[leaf.id].action is Action.REPLACE
    assert plan.changes[leaf.id].because == child.id
    system = ModelSystem(observed)
    execute(plan, DRIVERS, system, NoRecord(), quiet)
    assert system.objects[leaf.id] == leaf


def test_what_is_lost_is_found_out_once_for_all_that_is_lost():
    """A port of a bridge provides 4094 VLANs: asked again for each of them, one plan took a minute."""
    asked = []

    class Many(Node):
        provides = property(
            lambda self: asked.append(self) or frozenset(ids.local(f"{n}") for n in range(self.size))
        )

    old, new = Many("a", "", 2000), Many("a", "", 0)
    assert make_plan({new.id: new}, {old.id: old}).changes[old.id].action is Action.UPDATE
    assert len(asked) < 40


def test_an_object_in_a_namespace_tells_all_that_its_inner_one_does():
    told = {name for name, value in vars(Resource).items() if isinstance(value, property)}
    assert told <= vars(Inside).keys()


def test_overlay_fills_only_what_is_unset():
    assert overlay(Node("a", "b"), Node("a", "c", 2)) == Node("a", "b", 2)
