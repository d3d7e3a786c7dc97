"""Days that do not count: the pure count, the calendar and leases counted anew."""

from datetime import date, timedelta
from itertools import permutations

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from customers.models import ClockStop, OwnershipLease
from customers.rules.clocks import StopKind, last_day, running_days, stop_days, union
from customers.services import apply_stop, declare_stop, withdraw_stop
from customers.services import clocks as service
from customers.services.clocks import apply_pending, stopped_days
from customers.services.nightly import end_leases
from salesdept.errors import RuleError
from salesdept.models import Event
from salesdept.verdict import Denied
from tests.factories import customers as make

TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)
DAYS = st.dates(min_value=date(2026, 1, 1), max_value=date(2026, 12, 31))
STOPS = st.frozensets(st.integers(min_value=-10, max_value=90).map(lambda n: TODAY + n * DAY), max_size=40)
SPANS = st.tuples(st.integers(-5, 40), st.integers(0, 20)).map(
    lambda pair: (TODAY + pair[0] * DAY, TODAY + (pair[0] + pair[1]) * DAY)
)


def some(first, last):
    return frozenset(first + n * DAY for n in range((last - first).days + 1))


@pytest.mark.parametrize(
    ("days", "stopped", "last"),
    [
        (15, (), date(2026, 12, 8)),
        (0, (), TODAY),
        (15, (TODAY, TODAY), date(2026, 12, 8)),
        (15, (date(2026, 11, 25), date(2026, 11, 27)), date(2026, 12, 11)),
        (15, (date(2026, 12, 8), date(2026, 12, 10)), date(2026, 12, 11)),
        (15, (date(2026, 12, 9), date(2026, 12, 10)), date(2026, 12, 8)),
        (1, (date(2026, 11, 24), date(2026, 12, 3)), date(2026, 12, 4)),
    ],
    ids=[
        "no stop", "no days", "the event's own day never counts", "inside", "on the last day",
        "after the end", "all of it",
    ],
)  # fmt: skip
def test_last_day(days, stopped, last):
    assert last_day(TODAY, days, some(*stopped) if stopped else frozenset()) == last


def test_a_stop_without_end_is_said():
    with pytest.raises(ValueError, match="never run out"):
        last_day(TODAY, 1, some(TODAY, TODAY + 1100 * DAY))


@given(days=st.integers(0, 120), stopped=STOPS)
def test_stops_only_prolong_and_the_count_comes_back(days, stopped):
    last = last_day(TODAY, days, stopped)
    assert last >= TODAY + timedelta(days=days)
    assert running_days(TODAY, last, stopped) == days
    assert days == 0 or last not in stopped


@given(days=st.integers(1, 60), stopped=STOPS, more=STOPS)
def test_another_stop_never_shortens(days, stopped, more):
    assert last_day(TODAY, days, stopped | more) >= last_day(TODAY, days, stopped)


@given(days=st.integers(1, 60), spans=st.lists(SPANS, min_size=2, max_size=3))
def test_the_order_of_stops_does_not_matter(days, spans):
    ends = {last_day(TODAY, days, union(some(*span) for span in order)) for order in permutations(spans)}
    assert len(ends) == 1


@given(span=SPANS, gone=st.integers(0, 30))
def test_a_withdrawn_stop_keeps_the_days_already_gone(span, gone):
    withdrawn = max(span[0], TODAY + gone * DAY)
    left = stop_days(*span, withdrawn)
    assert left == frozenset(day for day in some(*span) if day < withdrawn)


@given(days=st.integers(1, 40), span=SPANS, gone=st.integers(0, 30))
def test_withdrawing_today_never_ends_a_running_lease_before_today(days, span, gone):
    """Who is still inside the lease on the day of withdrawal is inside it afterwards."""
    today = TODAY + gone * DAY
    before = last_day(TODAY, days, stop_days(*span, None))
    after = last_day(TODAY, days, stop_days(*span, max(today, span[0])))
    assert after <= before
    assert before < today or after >= today - DAY


# --- the calendar


def declare(actor, now, **fields):
    given = {
        "kind": "closed", "first": TODAY + 2 * DAY, "last": TODAY + 4 * DAY, "reason": "停电停业", **fields,
    }  # fmt: skip
    return declare_stop(actor=actor, project=actor.projects.first(), now=now, **given)


def lease_of(customer):
    return OwnershipLease.objects.get(customer=customer, state="active")


@pytest.mark.django_db
def test_a_closed_hall_prolongs_everybodys_lease(rep, colleague, manager, now):
    mine, theirs = make.customer(owner=rep, now=now), make.customer(owner=colleague, now=now)
    short = make.customer(owner=rep, now=now, days=1)
    declare(manager, now)
    assert [lease_of(c).expires_on for c in (mine, theirs)] == [TODAY + 18 * DAY] * 2
    assert lease_of(short).expires_on == TODAY + DAY
    told = Event.objects.get(verb="customers.lease.recounted", customer_ref=mine.pk)
    assert (told.changes["old"], told.changes["new"]) == ("2026-12-08", "2026-12-11")
    assert "停电停业" in told.reason


@pytest.mark.django_db
def test_leave_prolongs_only_ones_own(rep, colleague, assistant, now):
    mine, theirs = make.customer(owner=rep, now=now), make.customer(owner=colleague, now=now)
    declare(assistant, now, kind="leave", rep_id=rep.pk, reason="年假 2026-31")
    assert lease_of(mine).expires_on == TODAY + 18 * DAY
    assert lease_of(theirs).expires_on == TODAY + 15 * DAY
    project = rep.projects.first()
    days = stopped_days(rep_id=rep.pk, project=project, first=TODAY, last=TODAY + 3 * DAY)
    assert days == {TODAY + 2 * DAY, TODAY + 3 * DAY}
    assert not stopped_days(rep_id=colleague.pk, project=project, first=TODAY, last=TODAY + 9 * DAY)


@pytest.mark.django_db
def test_overlapping_stops_count_once_and_withdrawing_takes_only_its_own(rep, manager, now):
    customer = make.customer(owner=rep, now=now)
    declare(manager, now)
    second = declare(manager, now, first=TODAY + 4 * DAY, last=TODAY + 6 * DAY)
    assert lease_of(customer).expires_on == TODAY + 20 * DAY
    withdraw_stop(actor=manager, stop_id=second.pk, now=now + timedelta(days=1), reason="提前开业")
    assert lease_of(customer).expires_on == TODAY + 18 * DAY
    with pytest.raises(RuleError) as refusal:
        withdraw_stop(actor=manager, stop_id=second.pk, now=now, reason="再撤")
    assert refusal.value.code == "stop_over"


@pytest.mark.django_db
def test_days_gone_stay_stopped_when_the_hall_opens_early(rep, manager, now):
    customer = make.customer(owner=rep, now=now)
    stop = declare(manager, now)
    withdraw_stop(actor=manager, stop_id=stop.pk, now=now + timedelta(days=3), reason="提前开业")
    assert lease_of(customer).expires_on == TODAY + 16 * DAY


@pytest.mark.django_db
def test_a_lease_prolonged_by_a_stop_does_not_end_that_night(rep, manager, now):
    customer = make.customer(owner=rep, now=now, days=2)
    declare(manager, now, first=TODAY + DAY, last=TODAY + 3 * DAY)
    end_leases(TODAY + 3 * DAY, now + timedelta(days=3))
    assert lease_of(customer).expires_on == TODAY + 5 * DAY
    end_leases(TODAY + 6 * DAY, now + timedelta(days=6))
    assert not OwnershipLease.objects.filter(customer=customer, state="active").exists()


@pytest.mark.django_db
def test_counting_anew_goes_on_where_it_died(rep, manager, now, monkeypatch):
    people = [make.customer(owner=rep, now=now) for _ in range(5)]
    monkeypatch.setattr(service, "RECOUNT_BATCH", 2)
    stop = declare(manager, now)
    done = [lease_of(c).expires_on for c in people]
    assert done == [TODAY + 18 * DAY] * 2 + [TODAY + 15 * DAY] * 3
    assert ClockStop.objects.get(pk=stop.pk).applied_at is None
    apply_pending(TODAY, now)
    assert {lease_of(c).expires_on for c in people} == {TODAY + 18 * DAY}
    assert apply_stop(actor=None, stop_id=stop.pk, now=now) == 0
    assert Event.objects.filter(verb="customers.lease.recounted").count() == 5


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"first": TODAY, "last": TODAY - DAY}, "stop_turned"),
        ({"last": TODAY + 90 * DAY}, "stop_too_long"),
        ({"first": TODAY - 8 * DAY, "last": TODAY}, "stop_too_late"),
        ({"reason": "  "}, "stop_reason"),
        ({"kind": "leave"}, "stop_rep"),
    ],
    ids=["turned", "too long", "too late", "without reason", "nobody's leave"],
)
def test_what_is_no_stop(fields, code, rep, manager, now):
    customer = make.customer(owner=rep, now=now)
    with pytest.raises(RuleError) as refusal:
        declare(manager, now, **fields)
    assert (refusal.value.code, refusal.value.clause) == (code, "拟:own.clock_stops")
    assert not ClockStop.objects.exists()
    assert lease_of(customer).expires_on == TODAY + 15 * DAY


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("who", "kind", "may"),
    [
        ("assistant", "leave", True), ("assistant", "closed", False), ("rep", "leave", False),
        ("supervisor", "closed", False), ("director", "festival", True),
    ],
)  # fmt: skip
def test_who_stops_clocks(who, kind, may, rep, now, request):
    actor = request.getfixturevalue(who)
    fields = {"kind": kind, "rep_id": rep.pk if kind == "leave" else None}
    if may:
        assert declare(actor, now, **fields).kind == kind
        return
    with pytest.raises(Denied):
        declare(actor, now, **fields)
    assert not ClockStop.objects.exists()


@pytest.mark.django_db
def test_a_projects_stop_names_nobody_in_the_database(rep, manager, now):
    stop = declare(manager, now)
    with pytest.raises(IntegrityError, match="a_stop_is_the_projects_or_a_persons"), transaction.atomic():
        ClockStop.objects.filter(pk=stop.pk).update(rep=rep)
    assert StopKind(stop.kind) == StopKind.CLOSED
