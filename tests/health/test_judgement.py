"""When a service counts as working: rise and fall."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from netconf.core.health import Check
from netconf.health.judgement import Judgement


def check(rise, fall):
    return Check("tcp", ("192.0.2.1:53",), 1.0, 1.0, rise, fall)


@given(st.integers(1, 5), st.integers(1, 5), st.booleans(), st.lists(st.booleans()))
def test_only_a_row_of_answers_changes_it(rise, fall, works, answers):
    found, seen = Judgement(works), []
    for good in answers:
        before = found
        found = found.after(check(rise, fall), "" if good else "no")
        seen.append(good)
        if found.works != before.works:
            needed = rise if found.works else fall
            assert seen == [found.works] * needed or seen[-needed:] == [found.works] * needed
            seen = []
        else:
            run = rise if not found.works else fall
            assert seen[-run:] != [not found.works] * run


def test_one_good_answer_in_between_begins_anew():
    found = Judgement(works=True)
    for complaint in ("a", "b", "", "c", "d"):
        found = found.after(check(1, 3), complaint)
    assert found == Judgement(True, 2, "d")
    assert found.after(check(1, 3), "e") == Judgement(False, 0, "e")


def test_what_was_said_last_is_kept_until_it_works_again():
    found = Judgement(False, 0, "refused").after(check(2, 1), "")
    assert (found.works, found.complaint) == (False, "refused")
    assert found.after(check(2, 1), "") == Judgement(works=True)
