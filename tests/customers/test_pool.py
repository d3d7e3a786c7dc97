"""公海, the night, co-follow and the suggested grade."""

import time
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from customers.models import CoFollow, Customer, CustomerGrant, OwnershipLease, PoolEntry
from customers.queries.golive import golive_page
from customers.queries.pool import INVARIANTS, cofollow_page, pool_page
from customers.rules import LeaseBasis
from customers.rules.grades import GradingTerms, suggest
from customers.rules.pool import PoolTerms, check_claim, veiled
from customers.services import (
    accept_grade,
    assign_customer,
    claim_customer,
    end_cofollow,
    lapse_due,
    register_visit,
    release_customer,
    set_grade,
    start_cofollow,
)
from customers.services import lapse as lapsing
from customers.services import pool as pooling
from customers.services.nightly import end_leases, warn, warn_owners
from regulations.models import Decision
from regulations.slots import decision_of
from salesdept.errors import RuleError
from salesdept.models import Event, Notice, Reminder
from salesdept.verdict import Denied
from tests import factories
from tests.factories import customers as make
from tests.races import at_once

TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)
PHONE = "13602178846"


def refused(code, do):
    with pytest.raises(RuleError) as refusal:
        do()
    assert refusal.value.code == code


def claim(actor, customer, now):
    return claim_customer(actor=actor, customer_id=customer.pk, now=now)


def live(customer):
    return OwnershipLease.objects.get(customer=customer, state__in=["active", "locked", "frozen"])


# --- what the pool shows and who may take


@pytest.mark.parametrize(
    ("name", "shown"),
    [("张先生", "张**"), ("罗女士", "罗**"), ("欧阳修文", "欧**"), ("老师", "老**"), ("", "***")],
)
def test_a_veiled_name(name, shown):
    assert veiled(name) == shown


@pytest.mark.parametrize(
    ("today", "held", "former", "code"),
    [
        (0, 0, None, ""),
        (2, 19, TODAY - 30 * DAY, ""),
        (3, 0, None, "claims_of_the_day"),
        (0, 20, None, "claims_held"),
        (0, 0, TODAY - 29 * DAY, "former_owner"),
    ],
)
def test_check_claim(today, held, former, code):
    facts = {"today": today, "held": held, "former": former}
    if not code:
        assert check_claim(facts, TODAY, PoolTerms()) is None
        return
    refused(code, lambda: check_claim(facts, TODAY, PoolTerms()))


@pytest.fixture
def pooled(rep, now, db):
    """A customer whose lease ended last night."""
    customer = make.customer(owner=rep, name="张先生", phone=PHONE, now=now, days=-1)
    end_leases(TODAY, now)
    customer.refresh_from_db()
    return customer


def test_the_night_fills_the_pool_and_says_why(pooled, rep, now):
    entry = PoolEntry.objects.get(customer=pooled)
    assert (entry.why, entry.former, entry.since_on, pooled.owner) == ("lapsed", rep, TODAY, None)
    notice = Notice.objects.get()
    assert (notice.user, notice.title) == (rep, "1 位客户过了归属期，已转公海")
    assert [fault for invariant in INVARIANTS for fault in invariant.broken()] == []


def test_a_rep_sees_no_name_number_or_note_in_the_pool(pooled, colleague, supervisor, now):
    page = pool_page(colleague, pooled.project, None, now)
    (row,) = page["rows"]
    assert (row["name"], row["open"], row["former"]) == ("张**", False, "")
    assert not {"phone", "note"} & set(row)
    (seen,) = pool_page(supervisor, pooled.project, None, now)["rows"]
    assert seen["name"] == "张先生"


def test_a_claim_opens_a_lease_and_leaves_the_pool(pooled, colleague, now):
    claim(colleague, pooled, now)
    lease, entry = live(pooled), PoolEntry.objects.get()
    assert (lease.rep, lease.basis, lease.expires_on) == (colleague, "claimed", TODAY + 15 * DAY)
    assert (entry.claimed_by, entry.claimed_at) == (colleague, now)
    pooled.refresh_from_db()
    assert (pooled.owner, pooled.next_follow_on) == (colleague, TODAY + 7 * DAY)
    assert Event.objects.filter(verb="customers.pool.claimed", customer_ref=pooled.pk).count() == 1
    refused("claimed", lambda: claim(colleague, pooled, now))


def test_the_former_owner_is_locked_out_for_a_while(pooled, rep, now):
    refused("former_owner", lambda: claim(rep, pooled, now + 29 * DAY))
    assert PoolEntry.objects.get().claimed_at is None
    claim(rep, pooled, now + 30 * DAY)
    assert live(pooled).rep == rep


def test_a_quota_per_day(colleague, now):
    people = [make.customer(project=colleague.projects.first(), now=now) for _ in range(4)]
    for person in people[:3]:
        claim(colleague, person, now)
    refused("claims_of_the_day", lambda: claim(colleague, people[3], now))
    claim(colleague, people[3], now + DAY)


def test_a_quota_held_at_once(colleague, now):
    for _ in range(20):
        make.customer(owner=colleague, basis=LeaseBasis.CLAIMED, now=now - DAY)
    person = make.customer(project=colleague.projects.first(), now=now)
    refused("claims_held", lambda: claim(colleague, person, now))


def test_the_office_does_not_claim(pooled, assistant, finance, now):
    for actor in (assistant, finance):
        with pytest.raises(Denied):
            claim(actor, pooled, now)


def test_a_visit_or_an_assignment_also_leaves_the_pool(pooled, colleague, supervisor, now):
    other = make.customer(project=pooled.project, now=now)
    PoolEntry.objects.create(project=other.project, customer=other, why="imported", since=now, since_on=TODAY)
    assign_customer(actor=supervisor, customer_id=other.pk, rep_id=colleague.pk, now=now, reason="公海分配")
    register_visit(actor=colleague, project=pooled.project, phone=PHONE, name="张先生", now=now)
    assert not PoolEntry.objects.filter(claimed_at__isnull=True).exists()


def test_one_is_in_the_pool_once(pooled, now):
    again = {"project": pooled.project, "customer": pooled, "why": "lapsed", "since": now, "since_on": TODAY}
    with pytest.raises(IntegrityError, match="pool"), transaction.atomic():
        PoolEntry.objects.create(**again)


def test_giving_up_an_own_customer(rep, colleague, now):
    customer = make.customer(owner=rep, now=now)

    def give_up(actor, reason="客户已买别处"):
        return release_customer(actor=actor, customer_id=customer.pk, reason=reason, now=now)

    with pytest.raises(Denied):
        give_up(colleague)
    refused("release_reason", lambda: give_up(rep, " "))
    entry = give_up(rep)
    assert (entry.why, entry.reason, entry.former) == ("released", "客户已买别处", rep)
    assert OwnershipLease.objects.get().state == "closed"
    refused("not_free", lambda: release_customer(
        actor=rep, customer_id=make.customer(owner=rep, now=now, state="locked").pk, reason="不跟", now=now
    ))  # fmt: skip


# --- two at once


@pytest.mark.django_db(transaction=True)
def test_one_of_sixteen_gets_the_customer(now):
    project = factories.ProjectFactory()
    reps = [factories.user("rep", username=f"r{n}", name=f"代表{n}", project=project) for n in range(16)]
    customer = make.customer(project=project, now=now)
    turn = iter(reps)
    answers = at_once(16, lambda: claim(next(turn), customer, now))
    won = [a for a in answers if isinstance(a, Customer)]
    lost = [a.code for a in answers if isinstance(a, RuleError)]
    assert (len(won), lost) == (1, ["claimed"] * 15)
    assert OwnershipLease.objects.filter(customer=customer).count() == 1


@pytest.mark.django_db(transaction=True)
def test_control_without_lock_and_index_several_get_the_customer(now):
    """The same race as the service runs it, with neither the row lock nor the index between the two."""
    project = factories.ProjectFactory()
    reps = [factories.user("rep", username=f"r{n}", name=f"代表{n}", project=project) for n in range(8)]
    customer = make.customer(project=project, now=now)
    index = next(c for c in OwnershipLease._meta.constraints if c.name == "a_customer_has_one_live_lease")
    turn = iter(reps)

    def bare():
        rep = next(turn)
        if pooling.live_lease(customer) is None:
            time.sleep(0.05)
            make.lease(customer, rep, now=now)

    with connection.schema_editor() as editor:
        editor.remove_constraint(OwnershipLease, index)
    try:
        at_once(8, bare)
        assert OwnershipLease.objects.filter(customer=customer, state="active").count() > 1
    finally:
        OwnershipLease.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(OwnershipLease, index)


@pytest.mark.django_db(transaction=True)
def test_one_rep_at_sixteen_phones_stays_inside_the_quota(now):
    project = factories.ProjectFactory()
    rep = factories.user("rep", username="r", name="代表", project=project)
    people = iter([make.customer(project=project, now=now) for _ in range(16)])
    answers = at_once(16, lambda: claim(rep, next(people), now))
    assert sum(isinstance(a, Customer) for a in answers) == 3
    assert {a.code for a in answers if isinstance(a, RuleError)} == {"claims_of_the_day"}


# --- the night goes on where it stopped


@pytest.mark.django_db
def test_a_night_that_died_goes_on(rep, colleague, now, monkeypatch):
    for owner in (rep, colleague, rep, colleague, rep):
        make.customer(owner=owner, now=now, days=-1)
    monkeypatch.setattr(lapsing, "LAPSE_BATCH", 2)
    journal_rows, real = [], lapsing.journal.append_rows

    def dies(*args, **kwargs):
        journal_rows.append(1)
        if len(journal_rows) == 2:
            raise KeyboardInterrupt
        real(*args, **kwargs)

    monkeypatch.setattr(lapsing.journal, "append_rows", dies)
    with pytest.raises(KeyboardInterrupt):
        end_leases(TODAY, now)
    done = OwnershipLease.objects.filter(state="lapsed").count()
    assert (done, PoolEntry.objects.count(), Event.objects.count()) == (2, 2, 2)
    assert Customer.objects.filter(owner__isnull=True).count() == 2
    assert not Notice.objects.exists()
    end_leases(TODAY, now)
    assert OwnershipLease.objects.filter(state="lapsed").count() == 5
    assert (PoolEntry.objects.count(), Event.objects.filter(verb="customers.lease.lapsed").count()) == (5, 5)
    titles = dict(Notice.objects.values_list("user__username", "title"))
    assert titles == {"rep": "3 位客户过了归属期，已转公海", "colleague": "2 位客户过了归属期，已转公海"}


@pytest.mark.django_db
def test_a_batch_costs_the_same_however_many(rep, now):
    project = rep.projects.first()
    counts = []
    for many in (1, 30):
        for _ in range(many):
            make.customer(owner=rep, now=now, days=-1)
        with connection.execute_wrapper(Counter(counts)):
            lapse_due(actor=None, project=project, now=now)
    assert counts[0] == counts[1]


class Counter:
    """Counts statements; rows of one executemany are one statement."""

    def __init__(self, counts):
        counts.append(0)
        self.counts = counts

    def __call__(self, execute, sql, params, many, context):
        self.counts[-1] += 1
        return execute(sql, params, many, context)


@pytest.mark.django_db
def test_owners_are_warned_before_the_day(rep, colleague, now):
    make.customer(owner=rep, name="罗女士", now=now, days=2)
    make.customer(owner=rep, name="韩先生", now=now, days=0)
    make.customer(owner=colleague, now=now, days=9)
    for _ in range(2):
        warn_owners(TODAY, now)
    reminder = Reminder.objects.get(kind="customers.lease_warning")
    assert reminder.user == rep
    (message,) = warn(reminder, now)
    assert message.title == "2 位客户保护期将到"
    lines = message.body.splitlines()
    assert lines[0].startswith("韩先生")
    assert lines[1].startswith("罗女士")
    OwnershipLease.objects.update(expires_on=TODAY + 30 * DAY)
    assert list(warn(reminder, now)) == []


@pytest.mark.django_db
def test_the_rehearsal_says_who_ends_tonight_and_what_is_held_back(rep, colleague, manager, now):
    make.customer(owner=rep, now=now, days=0)
    make.customer(owner=rep, now=now, days=-3, basis=LeaseBasis.IMPORTED)
    make.customer(owner=colleague, now=now, days=1)
    page = golive_page(manager, rep.projects.first(), now)
    assert page["reps"] == [{"name": rep.name, "ends": "1", "held": "1"}]
    assert [(row["held"], row["rep"]) for row in page["rows"]] == [(True, rep.name), (False, rep.name)]
    assert not page["switched_on"]
    assert (
        golive_page(factories.user("manager", username="o", name="外人"), rep.projects.first(), now)["rows"]
        == []
    )


# --- co-follow


@pytest.fixture
def shared(rep, supervisor, now, db):
    customer = make.customer(owner=rep, grade="A", now=now)
    return customer, start_cofollow(actor=supervisor, customer_id=customer.pk, now=now)


def grants(person):
    return CustomerGrant.objects.filter(user=person).count()


def test_a_supervisor_cofollows_an_a_customer_beside_its_owner(shared, rep, supervisor, now):
    customer, _row = shared
    assert (grants(supervisor), live(customer).rep) == (1, rep)
    assert Notice.objects.get().user == rep
    assert [row["pk"] for row in cofollow_page(supervisor, now)["rows"]] == [str(customer.pk)]
    refused("cofollowed", lambda: start_cofollow(actor=supervisor, customer_id=customer.pk, now=now))
    verbs = Event.objects.filter(customer_ref=customer.pk).values_list("verb", flat=True)
    assert "customers.cofollow.started" in verbs


@pytest.mark.parametrize("how", ["by hand", "no longer A", "changes hands", "lapses", "released"])
def test_a_cofollow_ends_and_its_share_with_it(how, shared, rep, colleague, supervisor, now):
    customer, row = shared
    if how == "by hand":
        end_cofollow(actor=supervisor, cofollow_id=row.pk, now=now, reason="已签约")
    elif how == "no longer A":
        set_grade(actor=rep, customer_id=customer.pk, grade="B", reason="暂缓购房", now=now)
    elif how == "lapses":
        end_leases(TODAY + 30 * DAY, now + 30 * DAY)
    else:
        release_customer(actor=rep, customer_id=customer.pk, reason="不再跟进", now=now)
        if how == "changes hands":
            claim(colleague, customer, now)
    ended = CoFollow.objects.get()
    assert ended.ended_at is not None
    assert ended.end_reason
    assert grants(supervisor) == 0
    assert Event.objects.filter(verb="customers.cofollow.ended", customer_ref=customer.pk).count() == 1


def test_who_does_not_cofollow(rep, colleague, supervisor, assistant, now):
    plain = make.customer(owner=rep, grade="B", now=now)
    refused("not_an_a", lambda: start_cofollow(actor=supervisor, customer_id=plain.pk, now=now))
    own = make.customer(owner=supervisor, grade="A", now=now)
    refused("own_customer", lambda: start_cofollow(actor=supervisor, customer_id=own.pk, now=now))
    free = make.customer(project=rep.projects.first(), grade="A", now=now)
    refused("no_owner", lambda: start_cofollow(actor=supervisor, customer_id=free.pk, now=now))
    for actor in (colleague, assistant):
        with pytest.raises(Denied):
            start_cofollow(actor=actor, customer_id=plain.pk, now=now)
    assert not CoFollow.objects.exists()


# --- the suggested grade


BASE = {"visits": 1, "calls": 0, "stage": "visited", "budget": None, "prices": None, "silent_days": 10}


@pytest.mark.parametrize(
    ("inputs", "grade", "points"),
    [
        ({}, "C", 15),
        ({"calls": 1, "silent_days": 7}, "B", 35),
        ({"visits": 3, "silent_days": 1}, "A", 60),
        ({"visits": 9, "silent_days": 10}, "B", 45),
        ({"stage": "deposit"}, "B", 55),
        ({"stage": "deposit", "silent_days": 1}, "A", 70),
        ({"budget": "2000000", "prices": ["1500000", "3000000"]}, "B", 35),
        ({"budget": "1000000", "prices": ["1500000", "3000000"]}, "C", 15),
        ({"visits": 3, "silent_days": 31}, "B", 25),
        ({"visits": 0, "silent_days": 90}, "C", 0),
        ({"visits": 3, "silent_days": 1, "stage": "lost"}, "C", 0),
        ({"silent_days": None}, "C", 15),
    ],
)
def test_suggest(inputs, grade, points):
    verdicts = suggest({**BASE, **inputs}, GradingTerms())
    assert verdicts.result == {"grade": grade, "points": points}
    assert verdicts.steps[-1].value == grade


@pytest.mark.django_db
def test_a_suggestion_changes_nothing_until_it_is_taken(rep, now):
    customer = make.customer(owner=rep, grade="C", now=now, visit_count=3, last_contact_at=now)
    customer.budget = Decimal("2000000")
    refused("suggestion_changed", lambda: accept_grade(
        actor=rep, customer_id=customer.pk, grade="B", now=now
    ))  # fmt: skip
    assert Customer.objects.get().grade == "C"
    accept_grade(actor=rep, customer_id=customer.pk, grade="A", now=now)
    assert Customer.objects.get().grade == "A"
    stored = Decision.objects.get(kind="customers.grade")
    again = decision_of(stored.kind).recompute(stored.inputs, stored.terms_values)
    assert again.result == stored.result
    told = Event.objects.get(verb="customers.grade.set")
    assert (told.changes["old"], told.changes["new"], bool(told.reason)) == ("C", "A", True)


@pytest.mark.django_db
def test_a_grade_is_changed_with_a_reason_only(rep, now):
    customer = make.customer(owner=rep, grade="C", now=now)
    refused("grade_reason", lambda: set_grade(actor=rep, customer_id=customer.pk, grade="A", now=now))
    assert (Customer.objects.get().grade, Event.objects.count()) == ("C", 0)


@pytest.mark.parametrize(("grade", "probability"), [("A", 70), ("B", 50), ("C", 20)])
def test_the_probability_of_a_grade(grade, probability):
    assert GradingTerms().probability(grade) == probability
