"""Marks of a day, the order of clocking, the way of a case: tables without a database."""

from datetime import date, datetime, time, timedelta

import pytest

from attendance import rules
from attendance.rules import CaseState, ClockKind, ConductTerms, Mark, ShiftTerms
from regulations.clauses import cite
from salesdept.clock import SHANGHAI
from salesdept.errors import RuleError

DAY = date(2026, 11, 20)
TERMS = ShiftTerms()


@pytest.mark.parametrize(
    ("first", "last", "today", "mark"),
    [
        pytest.param(time(8, 30), time(18), DAY, Mark.OK, id="on time"),
        pytest.param(time(8, 35), time(18), DAY, Mark.OK, id="within the grace"),
        pytest.param(time(8, 36), time(18), DAY, Mark.LATE, id="a minute past the grace"),
        pytest.param(time(8, 30), time(17, 59), DAY, Mark.EARLY, id="left early"),
        pytest.param(time(9), time(17), DAY, Mark.LATE, id="late and early is late"),
        pytest.param(time(8, 30), None, DAY, Mark.OK, id="has not left yet"),
        pytest.param(None, None, DAY, Mark.NO_RECORD, id="nothing is concluded without a roster"),
        pytest.param(None, None, DAY - timedelta(days=1), Mark.FUTURE, id="tomorrow"),
    ],
)
def test_the_mark_of_a_day(first, last, today, mark):
    assert rules.day_mark(DAY, today, first, last, TERMS) == mark


@pytest.mark.parametrize(
    ("came", "minutes"), [(time(8, 30), 0), (time(8, 35), 0), (time(8, 36), 6), (time(9, 30), 60)]
)
def test_minutes_late_count_from_the_start_once_past_the_grace(came, minutes):
    assert rules.minutes_late(came, TERMS) == minutes


@pytest.mark.parametrize(
    ("kind", "so_far", "code"),
    [
        (ClockKind.OUT, [], "not_clocked_in"),
        (ClockKind.IN, [ClockKind.IN], "clocked_already"),
        (ClockKind.OUT, [ClockKind.IN, ClockKind.OUT], "clocked_already"),
    ],
)
def test_clocking_goes_in_then_out(kind, so_far, code):
    with pytest.raises(RuleError) as refusal:
        rules.check_next_clock(kind, so_far)
    assert (refusal.value.code, refusal.value.clause) == (code, "拟:att.shift.start")


def test_one_may_come_back_the_same_day():
    rules.check_next_clock(ClockKind.IN, [ClockKind.IN, ClockKind.OUT])


@pytest.mark.parametrize("old", [CaseState.APPROVED, CaseState.WITHDRAWN])
@pytest.mark.parametrize("new", list(CaseState))
def test_a_decided_case_stays_decided(old, new):
    with pytest.raises(RuleError) as refusal:
        rules.check_case_move(old, new)
    assert refusal.value.code == "case_decided"


@pytest.mark.parametrize(
    ("state", "days", "heard"),
    [
        (CaseState.PROPOSED, 0, False),
        (CaseState.PROPOSED, 2, False),
        (CaseState.PROPOSED, 3, True),
        (CaseState.TOLD, 0, True),
        (CaseState.ANSWERED, 0, True),
    ],
)
def test_nobody_is_fined_unheard(state, days, heard):
    proposed = datetime(2026, 11, 20, 10, tzinfo=SHANGHAI)
    now, terms = proposed + timedelta(days=days), ConductTerms()
    if heard:
        rules.check_heard(state, proposed, now, terms)
        return
    with pytest.raises(RuleError) as refusal:
        rules.check_heard(state, proposed, now, terms)
    assert (refusal.value.code, refusal.value.clause) == ("not_heard", "拟:pen.appeal_days")


def test_a_shift_that_is_no_time_is_refused():
    with pytest.raises(RuleError) as refusal:
        rules.clock_time("8 点半")
    assert refusal.value.code == "bad_time"


def test_every_term_cites_a_known_clause():
    from dataclasses import fields

    for kind in (ShiftTerms, ConductTerms):
        for field in fields(kind):
            assert cite(field.metadata["clause"]).label.startswith("拟 ")
