"""Leases, follow-ups, disputes, the queue and the night."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from customers.models import Customer, FollowUp, OwnershipLease
from customers.queries.invariants import INVARIANTS
from customers.rules import LeaseBasis, LeaseState
from customers.services import (
    add_follow_up,
    assign_customer,
    file_dispute,
    lock_lease,
    register_visit,
    reveal_phone,
    set_grade,
    unlock_lease,
)
from customers.services.nightly import digest, end_leases
from salesdept.errors import RuleError, constraint_name
from salesdept.models import Event, Notice, Reminder, Reveal
from salesdept.verdict import Denied
from tests.factories import customers as make

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)
PHONE = "13602178846"


def follow(actor, customer, now, **fields):
    return add_follow_up(
        actor=actor, customer_id=customer.pk, now=now,
        **{"method": "phone", "effective": True, "content": "周末再来", **fields},
    )  # fmt: skip


def live(customer):
    return OwnershipLease.objects.get(customer=customer, state__in=["active", "locked", "frozen"])


@pytest.mark.parametrize(("effective", "days"), [(True, 20), (False, 15)], ids=["reached", "not reached"])
def test_only_contact_renews(effective, days, rep, now):
    customer = make.customer(owner=rep, now=now)
    follow(rep, customer, now + timedelta(days=5), effective=effective)
    assert live(customer).expires_on == TODAY + timedelta(days=days)
    customer.refresh_from_db()
    assert customer.next_follow_on == TODAY + timedelta(days=12)


def test_a_follow_up_comes_too_late_for_a_lease_that_is_over(rep, now):
    customer = make.customer(owner=rep, now=now)
    with pytest.raises(RuleError) as refusal:
        follow(rep, customer, now + timedelta(days=16))
    assert refusal.value.code == "lease_over"
    assert not FollowUp.objects.exists()


def test_the_managers_follow_up_does_not_renew(rep, manager, now):
    customer = make.customer(owner=rep, now=now)
    follow(manager, customer, now + timedelta(days=5))
    assert live(customer).expires_on == TODAY + timedelta(days=15)


def test_a_colleague_does_not_follow_up(rep, colleague, now):
    customer = make.customer(owner=rep, now=now)
    with pytest.raises(Denied):
        follow(colleague, customer, now)
    assert not FollowUp.objects.exists()
    assert not Event.objects.exists()


@pytest.mark.parametrize(("table", "row"), [(FollowUp, "outcome")])
def test_follow_ups_cannot_be_changed(table, row, rep, now):
    follow(rep, make.customer(owner=rep, now=now), now)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        table.objects.update(**{row: "改"})


def test_a_slip_keeps_its_receiver_in_the_database(rep, colleague, now):
    visit = register_visit(actor=rep, project=rep.projects.first(), phone=PHONE, name="罗女士", now=now)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        type(visit).objects.update(received_by=colleague)


def test_a_deposit_locks_and_a_fallen_deal_unlocks(rep, colleague, manager, now):
    customer = make.customer(owner=rep, phone=PHONE, now=now)
    assert lock_lease(actor=manager, customer=customer, now=now).state == "locked"
    lock_lease(actor=manager, customer=customer, now=now)
    later = now + timedelta(days=60)
    assert register_visit(
        actor=colleague, project=colleague.projects.first(), phone=PHONE, name="罗女士", now=later
    ).standin
    unlock_lease(actor=manager, customer=customer, now=later, reason="退房")
    assert (live(customer).state, live(customer).expires_on) == ("active", TODAY + timedelta(days=75))
    assert Event.objects.filter(verb="customers.lease.locked").count() == 1


def test_two_live_leases_are_unsayable(rep, colleague, now):
    customer = make.customer(owner=rep, now=now)
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        make.lease(customer, colleague, now=now)
    assert constraint_name(error.value) == "a_customer_has_one_live_lease"


def test_the_night_ends_leases_whose_last_day_is_over(rep, now):
    over = make.customer(owner=rep, now=now, days=-1)
    today = make.customer(owner=rep, now=now, days=0)
    imported = make.customer(owner=rep, now=now, days=-1, basis=LeaseBasis.IMPORTED)
    locked = make.customer(owner=rep, now=now, days=-9, state=LeaseState.LOCKED)
    for _ in range(2):
        end_leases(TODAY, now)
    owned = set(Customer.objects.filter(owner=rep).values_list("pk", flat=True))
    assert owned == {today.pk, imported.pk, locked.pk}
    assert OwnershipLease.objects.get(customer=over).ended_at == now
    assert Notice.objects.get().user == rep
    assert Event.objects.filter(verb="customers.lease.lapsed", customer_ref=over.pk).count() == 1
    assert [fault for invariant in INVARIANTS for fault in invariant.broken()] == []


def test_the_pool_is_assigned_by_the_manager_only(rep, manager, now):
    customer = make.customer(project=rep.projects.first(), now=now)
    with pytest.raises(Denied):
        assign_customer(actor=rep, customer_id=customer.pk, rep_id=rep.pk, now=now, reason="我跟")
    assign_customer(actor=manager, customer_id=customer.pk, rep_id=rep.pk, now=now, reason="公海分配")
    assert live(customer).rep == rep
    with pytest.raises(RuleError) as refusal:
        assign_customer(actor=manager, customer_id=customer.pk, rep_id=rep.pk, now=now, reason="再分")
    assert refusal.value.code == "lease_live"


def test_a_grade_plans_the_next_follow_up(rep, now):
    customer = make.customer(owner=rep, now=now)
    set_grade(actor=rep, customer_id=customer.pk, grade="A", reason="看过两次", now=now)
    customer.refresh_from_db()
    assert (customer.grade, customer.next_follow_on) == ("A", TODAY + timedelta(days=3))
    with pytest.raises(RuleError):
        set_grade(actor=rep, customer_id=customer.pk, grade="S", now=now)


def test_one_digest_a_morning(rep, now):
    for _ in range(3):
        customer = make.customer(owner=rep, now=now)
        set_grade(actor=rep, customer_id=customer.pk, grade="A", reason="看过两次", now=now)
    reminder = Reminder.objects.get(kind="customers.follow_up")
    (message,) = digest(reminder, now + timedelta(days=3))
    assert message.title == "今天 3 位客户待跟进"
    Customer.objects.update(next_follow_on=None)
    assert digest(reminder, now + timedelta(days=3)) == ()


def test_looks_are_limited_per_day(rep, manager, now):
    customer = make.customer(owner=rep, phone=PHONE, now=now)
    for number in range(30):
        reveal_phone(actor=manager, customer_id=customer.pk, reason=f"核实 {number}", now=now)
    with pytest.raises(RuleError) as refusal:
        reveal_phone(actor=manager, customer_id=customer.pk, reason="再看", now=now)
    assert refusal.value.code == "too_many_looks"
    assert Reveal.objects.count() == 30


# --- disputes


def test_nobody_disputes_what_is_free(rep, now):
    make.reception(rep, now=now)
    with pytest.raises(RuleError) as refusal:
        file_dispute(
            actor=rep, project=rep.projects.first(), phone=PHONE, claim="我的", reception_id=None, now=now
        )
    assert refusal.value.code == "nothing_to_dispute"


@pytest.mark.parametrize("content", ["", "  "])
def test_a_follow_up_says_what_was_said(content, rep, now):
    person = make.customer(owner=rep, now=now)
    with pytest.raises(RuleError) as refusal:
        add_follow_up(
            actor=rep, customer_id=person.pk, method="phone", effective=True, content=content, now=now
        )
    assert (refusal.value.code, refusal.value.clause) == ("content_needed", "S35")
    assert not FollowUp.objects.exists()


@pytest.mark.parametrize(("grade", "days"), [("A", 3), ("B", 7), ("C", 15)])
def test_every_follow_up_plans_the_next(grade, days, rep, now):
    person = make.customer(owner=rep, now=now, grade=grade)
    row = add_follow_up(
        actor=rep, customer_id=person.pk, method="phone", effective=True, content="周末再来", now=now
    )
    person.refresh_from_db()
    assert row.next_on == person.next_follow_on == TODAY + timedelta(days=days)


def test_no_grade_but_a_b_and_c(rep, now):
    person = make.customer(owner=rep, now=now, grade="B")
    with pytest.raises(RuleError) as refusal:
        set_grade(actor=rep, customer_id=person.pk, grade="D", reason="", now=now)
    assert (refusal.value.code, refusal.value.clause) == ("grade_unknown", "S24")
    with pytest.raises(IntegrityError), transaction.atomic():
        Customer.objects.filter(pk=person.pk).update(grade="D")
    assert Customer.objects.get().grade == "B"
