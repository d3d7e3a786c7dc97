"""客户 rules without a database."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers import rules
from customers.rules import LeaseState, OwnTerms
from salesdept import clock
from salesdept.errors import RuleError

ME, OTHER = 1, 2
TERMS = OwnTerms()


def inputs(**changes):
    base = {"event": "visit", "on": "2026-11-23", "rep": ME, "grade": "B", "known": True, "leases": [],
            "booked_with": None, "asked_for": None}  # fmt: skip
    return {**base, **changes}


def lease(**changes):
    return {"rep": OTHER, "basis": "visit", "state": "active", "expires_on": "2026-12-01", **changes}


CASES = {
    "a new number": (inputs(known=False), "new", ME, False),
    "known, from the pool": (inputs(), "new", ME, False),
    "my own": (inputs(leases=[lease(rep=ME)]), "mine", ME, False),
    "a colleague's": (inputs(leases=[lease()]), "owned", OTHER, False),
    "on its last day": (inputs(leases=[lease(expires_on="2026-11-23")]), "owned", OTHER, False),
    "a day too late": (inputs(leases=[lease(expires_on="2026-11-22")]), "new", ME, True),
    "locked, long ago": (
        inputs(leases=[lease(state="locked", expires_on="2020-01-01")]),
        "owned",
        OTHER,
        False,
    ),
    "frozen": (inputs(leases=[lease(state="frozen")]), "disputed", OTHER, False),
    "a call's, not booked": (inputs(leases=[lease(basis="call")]), "new", ME, True),
    "a call's, booked": (inputs(leases=[lease(basis="call")], booked_with=OTHER), "owned", OTHER, False),
    "a call's, asked for": (inputs(leases=[lease(basis="call")], asked_for=OTHER), "owned", OTHER, False),
    "a call's, second call": (inputs(event="call", leases=[lease(basis="call")]), "owned", OTHER, False),
    "a visit's, asks for me": (inputs(leases=[lease()], asked_for=ME), "owned", OTHER, False),
}


@pytest.mark.parametrize("case", CASES)
def test_whose_customer(case):
    given_, answer, owner, replaces = CASES[case]
    made = rules.attribute(given_, TERMS)
    assert (made.result["answer"], made.result["owner"], made.result["replaces"]) == (answer, owner, replaces)
    assert made.result["standin"] is (owner != ME)
    assert all(step.clause for step in made.steps)


days = st.dates(date(2025, 1, 1), date(2028, 1, 1))


@given(
    on=days,
    expires=days,
    state=st.sampled_from(["active", "locked", "frozen"]),
    basis=st.sampled_from(["visit", "call", "imported"]),
    grade=st.sampled_from("ABC"),
    event=st.sampled_from(["visit", "call"]),
)
def test_a_decision_never_shortens_a_lease_and_names_a_party(on, expires, state, basis, grade, event):
    held = lease(state=state, basis=basis, expires_on=expires.isoformat())
    result = rules.attribute(inputs(on=on.isoformat(), leases=[held], grade=grade, event=event), TERMS).result
    assert result["owner"] in (ME, OTHER)
    if not result["replaces"]:
        assert result["expires_on"] >= held["expires_on"]
    if result["owner"] == OTHER:
        assert state != "active" or on <= expires


@pytest.mark.parametrize(
    ("basis", "grade", "days_"), [("visit", "B", 15), ("visit", "A", 22), ("call", "A", 7), ("call", "C", 7)]
)
def test_days_count_to_the_last_day_included(basis, grade, days_):
    start = date(2026, 11, 23)
    assert rules.expires_on(start, basis, grade, TERMS) == start + timedelta(days=days_)


@pytest.mark.parametrize(
    ("state", "expires", "word"),
    [
        ("active", 10, "有效"),
        ("active", 3, "临期"),
        ("active", 0, "临期"),
        ("active", -1, "已过期"),
        ("locked", -9, "锁定"),
        ("frozen", 9, "争议冻结"),
    ],
)
def test_the_word_for_a_lease(state, expires, word):
    today = date(2026, 11, 23)
    assert rules.lease_word(state, today + timedelta(days=expires), today, 3) == word


@pytest.mark.parametrize(("old", "new"), [("lapsed", "active"), ("closed", "locked"), ("frozen", "lapsed")])
def test_ended_leases_never_move(old, new):
    with pytest.raises(RuleError) as refusal:
        rules.check_lease_move(LeaseState(old), LeaseState(new))
    assert refusal.value.code == "lease_move"


@given(st.lists(st.text("0123456789abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=6)), st.data())
def test_a_prefix_range_holds_exactly_the_keys_that_begin_so(keys, data):
    prefix = data.draw(st.text("0129amyz", min_size=1, max_size=3))
    end = rules.prefix_end(prefix)
    inside = [key for key in keys if key >= prefix and (not end or key < end)]
    assert inside == [key for key in keys if key.startswith(prefix)]


@given(st.text(max_size=30))
def test_fragments_of_a_name_are_short_and_found(name):
    found = rules.grams(name)
    assert all(1 <= len(gram) <= 2 for gram in found)
    letters = "".join(c for c in name.lower() if c.isalnum())[:20]
    assert all(letters[i : i + 2] in found for i in range(len(letters)))


@pytest.mark.parametrize(
    ("name", "bare", "gender"),
    [("罗女士", "罗", "f"), ("欧阳先生", "欧阳", "m"), ("王丽华", "王丽华", ""), ("先生", "先生", "m")],
)
def test_the_title_gives_the_gender(name, bare, gender):
    assert (rules.bare_name(name), rules.guess_gender(name)) == (bare, gender)


def test_workdays_skip_the_weekend():
    assert rules.add_workdays(date(2026, 11, 20), 3) == date(2026, 11, 25)


@pytest.mark.parametrize(("hour", "late"), [(20, False), (21, False), (22, True)])
def test_an_entry_after_closing_is_late(hour, late):
    day = date(2026, 11, 23)
    assert rules.is_late(clock.at(day, 15), clock.at(day, hour), rules.RegisterTerms()) is late
