"""The demo office is deterministic, keeps every invariant, and has work for this morning."""

import random
from datetime import date, timedelta

import pytest

from customers import seeds
from customers.models import (
    Customer,
    Feedback,
    Household,
    Kinship,
    Merge,
    Namesake,
    OwnershipLease,
    PublicNumber,
    Visit,
)
from customers.queries.invariants import INVARIANTS
from regulations.models import Decision, Request
from regulations.slots import decision_of
from salesdept import clock
from salesdept.seeds import Office, found_office

pytestmark = pytest.mark.django_db
NOW = clock.at(date(2026, 11, 23), 10)


def office(customers=120, visits=300, now=NOW) -> Office:
    start = date(2026, 11, 23) - timedelta(days=92)
    project, people = found_office(name="北湖", code="BH", start=start, now=clock.at(start, 8))
    return Office(
        scale="small", customers=customers, visits=visits, rng=random.Random(7), now=now, start=start,
        project=project, people=people,
    )  # fmt: skip


def test_the_office_is_alive_and_whole():
    seeds.run(office())
    assert [fault for invariant in INVARIANTS for fault in invariant.broken()] == []
    states = set(OwnershipLease.objects.values_list("state", flat=True))
    assert {"active", "lapsed", "frozen"} <= states
    mine = Customer.objects.filter(owner__username="rep1")
    assert mine.filter(next_follow_on=date(2026, 11, 23)).count() >= 3
    assert mine.filter(next_follow_on__lt=date(2026, 11, 23)).exists()
    assert Visit.objects.exclude(outcome="registered").exists()
    assert {*Feedback.objects.values_list("state", flat=True)} >= {"taken", "forwarded", "closed"}
    assert not Visit.objects.filter(happened_at__gt=NOW).exists()


@pytest.mark.parametrize("minutes", [20, 11 * 60 + 32, 12 * 60 + 10, 23 * 60 + 30])
def test_the_first_start_may_come_at_any_hour(minutes):
    """At lunch the turn of the hall is another's than before and after."""
    now = clock.at(date(2026, 11, 24)) + timedelta(minutes=minutes)
    seeds.run(office(now=now))
    assert not Visit.objects.filter(happened_at__gt=now).exists()


def test_seeded_decisions_recompute():
    seeds.run(office(40, 80))
    for decision in Decision.objects.all():
        again = decision_of(decision.kind).recompute(decision.inputs, decision.terms_values)
        assert dict(again.result) == decision.result


def test_numbers_differ_however_many():
    from customers.seeds.names import number

    assert len({number(n) for n in range(50_000)}) == 50_000


def test_the_homes_of_the_demo_office():
    """A couple with the proof seen, a company, namesakes, a merge that stands and one that waits."""
    seeds.run(office(120, 240))
    assert Kinship.objects.filter(relation="spouse", proof="结婚证", seen_by__isnull=False).exists()
    assert Household.objects.filter(kind="company").count() == 1
    assert Namesake.objects.filter(state="open").exists()
    assert Merge.objects.standing().count() == 1
    assert Request.objects.pending().filter(kind="customers.merge").count() == 1
    assert PublicNumber.objects.live().count() == 2
    assert [fault for invariant in INVARIANTS for fault in invariant.broken()] == []
