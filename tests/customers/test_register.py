"""Registers decide whose customer it is, store why, and refuse in words."""

from datetime import date, timedelta

import pytest

from customers.models import Call, Customer, OwnershipLease, Phone, Reception, SlipCorrection, Visit
from customers.rules import Contact, LeaseState
from customers.services import (
    correct_slip,
    end_reception,
    register_call,
    register_empty,
    register_visit,
    start_reception,
)
from regulations.models import Decision
from regulations.slots import decision_of
from salesdept import clock
from salesdept.errors import RuleError
from salesdept.models import Event, Notice, Reminder
from salesdept.verdict import Denied
from tests.factories import customers as make

pytestmark = pytest.mark.django_db
PHONE = "13602178846"
TODAY = date(2026, 11, 23)


def visit(actor, now, **fields):
    return register_visit(
        actor=actor,
        project=actor.projects.first(),
        now=now,
        **{"phone": PHONE, "name": "罗女士", **fields},
    )


def test_a_new_number_makes_a_customer_of_the_receiver(rep, now):
    row = visit(rep, now, grade="A", layouts=("三房",), note="想看中高楼层", source="online")
    customer = Customer.objects.get()
    lease = OwnershipLease.objects.get()
    assert (customer.owner, customer.grade, customer.gender, customer.phone_masked) == (
        rep,
        "A",
        "f",
        "136****8846",
    )
    assert (lease.rep, lease.basis, lease.state, lease.expires_on) == (
        rep,
        "visit",
        "active",
        TODAY + timedelta(22),
    )
    assert customer.next_follow_on == TODAY + timedelta(days=3)
    assert (row.is_first, row.standin, row.customer) == (True, False, customer)
    assert Phone.objects.get().reversed == "64887120631"


def test_the_decision_is_stored_and_recomputes(rep, colleague, now):
    visit(rep, now)
    visit(colleague, now + timedelta(days=1))
    for decision in Decision.objects.all():
        again = decision_of(decision.kind).recompute(decision.inputs, decision.terms_values)
        assert dict(again.result) == decision.result
        assert decision.steps
        assert decision.clauses
    assert Decision.objects.count() == 2


def test_the_journal_and_the_morning_digest_come_with_the_visit(rep, now):
    visit(rep, now)
    event = Event.objects.get(verb="customers.visit.registered")
    assert event.customer_ref == Customer.objects.get().pk
    assert PHONE not in str(event.changes)
    due = Reminder.objects.get(kind="customers.follow_up")
    assert (due.user, due.due_at) == (rep, clock.at(TODAY + timedelta(days=7), 8))


def test_a_second_visit_renews_the_own_lease(rep, now):
    visit(rep, now)
    later = now + timedelta(days=5)
    row = visit(rep, later)
    assert OwnershipLease.objects.get().expires_on == TODAY + timedelta(days=20)
    assert not row.is_first
    assert Customer.objects.get().stage == "revisited"


def test_a_colleagues_valid_customer_is_received_as_a_duty(rep, colleague, now):
    visit(rep, now)
    row = visit(colleague, now + timedelta(days=2), grade="A", note="代接")
    customer = Customer.objects.get()
    assert row.standin
    assert row.received_by == colleague
    assert (customer.owner, customer.grade) == (rep, "B")
    assert Notice.objects.get().user == rep


def test_a_lapsed_customer_goes_to_the_one_who_receives(rep, colleague, now):
    visit(rep, now)
    row = visit(colleague, now + timedelta(days=16))
    assert not row.standin
    assert Customer.objects.get().owner == colleague
    assert sorted(OwnershipLease.objects.values_list("rep__username", "state")) == [
        ("colleague", "active"),
        ("rep", "lapsed"),
    ]


def test_the_last_day_still_counts(rep, colleague, now):
    visit(rep, now)
    assert visit(colleague, now + timedelta(days=15)).standin


@pytest.mark.parametrize(
    ("booked", "asked", "owner"),
    [(None, False, "colleague"), (1, False, "rep"), (None, True, "rep"), (3, False, "colleague")],
    ids=["not booked", "booked for tomorrow", "asks for the taker", "booked for another day"],
)
def test_a_call_counts_for_a_visit_only_when_it_booked_it(booked, asked, owner, rep, colleague, now):
    register_call(
        actor=rep,
        project=rep.projects.first(),
        phone=PHONE,
        name="罗女士",
        now=now,
        booked_on=TODAY + timedelta(days=booked) if booked else None,
    )
    visit(colleague, now + timedelta(hours=2), asked_for=rep if asked else None)
    assert Customer.objects.get().owner.username == owner
    live = OwnershipLease.objects.get(state="active")
    assert (live.rep.username, live.basis) == (owner, "visit")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"phone": "1380000"}, "phone_invalid"),
        ({"phone": ""}, "phone_invalid"),
        ({"name": " · "}, "name_needed"),
        ({"next_follow_on": date(2026, 11, 22)}, "follow_in_past"),
        ({"reception_id": 999}, "no_reception"),
        ({"happened_at": clock.at(date(2026, 11, 24), 9)}, "in_the_future"),
    ],
)
def test_a_bad_slip_changes_nothing(change, code, rep, now):
    with pytest.raises(RuleError) as refusal:
        visit(rep, now, **change)
    assert refusal.value.code == code
    assert refusal.value.clause
    assert refusal.value.way_out
    assert not Customer.objects.exists()
    assert not Visit.objects.exists()
    assert not Event.objects.exists()


def test_finance_does_not_register(finance, now):
    with pytest.raises(Denied):
        visit(finance, now)
    assert not Customer.objects.exists()


def test_the_assistant_registers_for_a_rep_and_never_owns(assistant, rep, now):
    with pytest.raises(Denied):
        visit(assistant, now)
    row = visit(assistant, now, received_by=rep)
    assert (row.entered_by, row.received_by, Customer.objects.get().owner) == (assistant, rep, rep)


def test_an_entry_after_closing_is_late(rep, now):
    at = clock.at(date(2026, 11, 22), 15)
    row = visit(rep, now, happened_at=at)
    assert row.late_entry
    assert row.happened_at == at


def test_the_claim_starts_with_the_turn_and_the_visit_ends_it(rep, now):
    turn = start_reception(actor=rep, project=rep.projects.first(), kind=Contact.VISIT, now=now)
    row = visit(rep, now + timedelta(minutes=40), reception_id=turn.pk)
    turn.refresh_from_db()
    assert row.happened_at == now
    assert OwnershipLease.objects.get().started_at == now
    assert turn.ended_at == now + timedelta(minutes=40)


def test_one_key_registers_once(rep, now):
    first = visit(rep, now, idempotency_key="k")
    again = visit(rep, now, idempotency_key="k")
    assert first == again
    assert Visit.objects.count() == 1


def test_no_phone_counts_as_a_visit_without_a_claim(rep, now):
    row = register_empty(actor=rep, project=rep.projects.first(), now=now, outcome="no_phone", party_size=3)
    assert (row.customer, row.party_size) == (None, 3)
    assert not OwnershipLease.objects.exists()
    assert Event.objects.get().changes == {"outcome": "no_phone"}


def test_a_call_may_be_of_no_customer(rep, now):
    row = register_empty(
        actor=rep,
        project=rep.projects.first(),
        now=now,
        outcome="not_customer",
        kind=Contact.CALL,
        note="广告",
    )
    assert isinstance(row, Call)


def test_a_frozen_customer_is_registered_without_moving(rep, colleague, now):
    customer = make.customer(owner=rep, phone=PHONE, now=now, state=LeaseState.FROZEN)
    row = visit(colleague, now)
    customer.refresh_from_db()
    assert customer.owner == rep
    assert row.customer == customer
    assert Decision.objects.get().result["answer"] == "disputed"


def test_the_author_corrects_until_closing_and_the_old_value_stays(rep, now):
    row = visit(rep, now, note="想看两房")
    given = {"kind": Contact.VISIT, "slip_id": row.pk, "changes": {"note": "想看三房"}}
    correct_slip(actor=rep, **given, reason="听错了", now=now)
    row.refresh_from_db()
    kept = SlipCorrection.objects.get()
    assert (row.note, kept.old, kept.new) == ("想看三房", {"note": "想看两房"}, {"note": "想看三房"})


@pytest.mark.parametrize(
    ("changes", "hours", "code"),
    [
        ({"note": "改"}, 12, "register_closed"),
        ({"phone": "13900000000"}, 1, "not_correctable"),
        ({"received_by": "2"}, 1, "not_correctable"),
        ({"grade": "Z"}, 1, "value_unknown"),
    ],
    ids=["after closing", "the phone", "the owner", "an unknown grade"],
)
def test_what_may_not_be_corrected(changes, hours, code, rep, now):
    row = visit(rep, now)
    with pytest.raises(RuleError) as refusal:
        correct_slip(
            actor=rep, kind=Contact.VISIT, slip_id=row.pk, changes=changes, now=now + timedelta(hours=hours)
        )
    assert refusal.value.code == code
    assert not SlipCorrection.objects.exists()


def test_a_colleague_corrects_nothing(rep, supervisor, now):
    row = visit(rep, now)
    with pytest.raises(Denied):
        correct_slip(actor=supervisor, kind=Contact.VISIT, slip_id=row.pk, changes={"note": "改"}, now=now)
    row.refresh_from_db()
    assert row.note == ""


def test_a_rep_has_one_open_turn(rep, now):
    project = rep.projects.first()
    turn = start_reception(actor=rep, project=project, kind=Contact.VISIT, now=now)
    assert start_reception(actor=rep, project=project, kind=Contact.VISIT, now=now) == turn
    with pytest.raises(RuleError) as refusal:
        start_reception(actor=rep, project=project, kind=Contact.CALL, now=now)
    assert refusal.value.code == "reception_open"
    assert Reception.objects.count() == 1


def test_a_turn_forgotten_yesterday_is_closed(rep, now):
    project = rep.projects.first()
    old = start_reception(actor=rep, project=project, kind=Contact.VISIT, now=now)
    start_reception(actor=rep, project=project, kind=Contact.CALL, now=now + timedelta(days=1))
    old.refresh_from_db()
    assert old.end_reason == "隔日未结束"


def test_nobody_ends_a_colleagues_turn(rep, colleague, now):
    turn = start_reception(actor=rep, project=rep.projects.first(), kind=Contact.VISIT, now=now)
    with pytest.raises(Denied):
        end_reception(actor=colleague, reception_id=turn.pk, now=now)
    turn.refresh_from_db()
    assert turn.ended_at is None
