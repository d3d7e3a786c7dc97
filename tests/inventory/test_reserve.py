"""临时锁定: what it writes, whom it tells, and everything that refuses it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from inventory.models import Reservation
from inventory.rules import Evidence, Stage
from inventory.services import expire_lock, reserve_unit
from regulations.models import Request, TermsVersion
from regulations.rules import VersionState
from regulations.services import answer
from salesdept.errors import RuleError, constraint_name
from salesdept.models import Event, IdempotencyKey, Notice, Reminder
from salesdept.rules import Role
from salesdept.verdict import Denied
from tests import factories
from tests.factories import inventory as stock
from tests.factories.customers import customer

pytestmark = pytest.mark.django_db


def reserve(actor, unit, guest, now, **more):
    return reserve_unit(
        actor=actor, unit_id=unit.pk, customer=guest, evidence=Evidence.DEPOSIT, now=now, **more
    )


def terms(topic, project, manager, director, now, **values):
    """An approved version of a topic's terms, from long ago."""
    TermsVersion.objects.create(
        topic=topic,
        project=project,
        values=values,
        effective_from=stock.START.date(),
        state=VersionState.APPROVED,
        reason="试",
        drafted_by=manager,
        drafted_at=now,
        approved_by=director,
        approved_at=now,
    )


def refused(code, clause, actor, unit, guest, now):
    """Refuses with the code and clause, and changes nothing."""
    before = (Reservation.objects.count(), Event.objects.count(), Reminder.objects.count())
    with pytest.raises(RuleError) as refusal:
        reserve(actor, unit, guest, now)
    assert (refusal.value.code, refusal.value.clause) == (code, clause)
    assert (Reservation.objects.count(), Event.objects.count(), Reminder.objects.count()) == before
    return refusal.value


def test_a_lock_is_written_with_its_event_its_reminders_and_its_notice(rep, manager, room, guest, now):
    claim = reserve(rep, room, guest, now)

    assert (claim.stage, claim.rep, claim.expires_at) == (Stage.LOCK, rep, now + timedelta(minutes=60))
    assert (claim.list_price, claim.agreed_price) == (stock.LIST_TOTAL, stock.LIST_TOTAL)
    assert claim.deposit_due == Decimal("20000.00")
    event = Event.objects.get(verb="inventory.unit.locked")
    assert (event.actor, event.unit_ref, event.customer_ref) == (rep, room.pk, guest.pk)
    due = {reminder.kind: reminder.due_at for reminder in Reminder.objects.all()}
    assert due == {
        "inventory.lock_expires": now + timedelta(minutes=60),
        "inventory.lock_ends_soon": now + timedelta(minutes=50),
    }
    notice = Notice.objects.get()
    assert (notice.user, notice.urgent) == (manager, True)
    assert "2#-1603 临时锁定，林知远" in notice.title


def test_the_boards_version_counts_up_after_the_commit(rep, room, guest, now, published):
    with published():
        reserve(rep, room, guest, now)
    room.building.refresh_from_db()
    assert room.building.version == 1


def test_a_taken_room_names_its_holder_until_when_and_leads_to_rooms_like_it(
    rep, room, guest, colleague, other_guest, now
):
    reserve(colleague, room, other_guest, now)
    refusal = refused("unit_taken", "S54", rep, room, guest, now + timedelta(seconds=3))
    assert refusal.message == "2#-1603 已被许若晴临时锁定，至今天 11:00"
    assert refusal.url == f"/inventory/units/{room.pk}/similar/"
    assert "邓女士" not in refusal.message


@pytest.mark.parametrize("stage", [s for s in Stage if s != Stage.LOCK], ids=str)
def test_any_live_claim_keeps_the_room(stage, rep, room, guest, now):
    stock.claim(room, stage=stage, now=now)
    refused("unit_taken", "S54", rep, room, guest, now)


def test_a_loser_leaves_on_one_indexed_read(
    rep, room, guest, other_guest, colleague, now, django_assert_num_queries
):
    stock.claim(room, colleague, other_guest, now=now)
    assert rep.may("inventory.reserve_unit")  # permissions are cached on the actor
    with django_assert_num_queries(1) as queries, pytest.raises(RuleError):
        reserve(rep, room, guest, now, idempotency_key="k")
    assert "ended_at" in queries[0]["sql"]
    assert not IdempotencyKey.objects.exists()


def test_the_database_alone_refuses_a_second_claim(room, lock):
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        stock.claim(room, factories.user(Role.REP, project=room.building.project, username="third"))
    assert constraint_name(error.value) == "unit_has_one_live_claim"


def test_a_lock_whose_time_is_over_blocks_nobody(rep, guest, room, lock, colleague, other_guest, now):
    later = now + timedelta(minutes=61)
    claim = reserve(colleague, room, other_guest, later)
    lock.refresh_from_db()
    assert (lock.end_reason, lock.ended_at) == ("expired", now + timedelta(minutes=60))
    assert claim.rep == colleague
    assert not Reminder.objects.filter(object_ref=f"inventory.reservation:{lock.pk}", done_at=None).exists()


def test_a_rep_holds_one_short_lock_at_a_time(rep, guest, lock, project, now):
    refused("rep_lock_limit", "拟:sc.authority", rep, stock.unit(project, "1503"), guest, now)


def test_the_limit_of_a_rep_follows_the_terms(rep, guest, lock, project, manager, director, now):
    terms("inventory.hold", project, manager, director, now, max_live_rep=2)
    second = reserve(rep, stock.unit(project, "1503"), guest, now)
    assert second.rep_slot == 2
    refused("rep_lock_limit", "拟:sc.authority", rep, stock.unit(project, "1403"), guest, now)


def test_a_customer_is_held_two_rooms_at_most(rep, guest, lock, project, manager, director, now):
    terms("inventory.hold", project, manager, director, now, max_live_rep=9)
    reserve(rep, stock.unit(project, "1503"), guest, now)
    refused("customer_lock_limit", "拟:sc.authority", rep, stock.unit(project, "1403"), guest, now)


def test_the_index_counts_a_reps_locks(rep, lock, project, now):
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        stock.claim(stock.unit(project, "1503"), rep, customer(owner=rep, now=now), now=now)
    assert constraint_name(error.value) == "rep_has_one_live_lock"


def test_nobody_locks_the_same_room_again_right_after_the_first_ran_out(rep, guest, room, lock, now):
    over = now + timedelta(minutes=60)
    refused("relock_too_soon", "拟:sc.authority", rep, room, guest, over + timedelta(minutes=119))
    assert reserve(rep, room, guest, over + timedelta(minutes=121)).stage == Stage.LOCK


def test_neither_does_another_rep_for_the_same_household(rep, guest, room, lock, colleague, manager, now):
    spouse = customer(owner=colleague, name="罗先生", now=now)
    type(spouse).objects.filter(pk=spouse.pk).update(household=guest.household_id)
    spouse.refresh_from_db()
    expire_lock(reservation_id=lock.pk, now=now + timedelta(minutes=61))
    refused("relock_too_soon", "拟:sc.authority", colleague, room, spouse, now + timedelta(minutes=62))


def test_a_room_must_be_released(rep, guest, project, now):
    refused("not_released", "S57", rep, stock.unit(project, "1503", released_at=None), guest, now)


def test_a_room_must_have_an_approved_price(rep, guest, project, now):
    refused("no_price", "S40", rep, stock.unit(project, "1503", total=None), guest, now)


def test_a_customer_of_another_project_takes_no_room_here(manager, room, now):
    refused("other_project", "S59", manager, room, customer(project=factories.ProjectFactory(), now=now), now)


@pytest.mark.parametrize("who", ["colleague", "assistant", "cashier", "finance", "director", "admin"])
def test_others_cannot_lock_for_this_customer(who, guest, room, now, request):
    with pytest.raises(Denied):
        reserve(request.getfixturevalue(who), room, guest, now)
    assert not Reservation.objects.exists()


def test_the_manager_locks_in_the_owners_name(manager, rep, guest, room, now):
    claim = reserve(manager, room, guest, now)
    assert (claim.rep, claim.created_by) == (rep, manager)
    assert not Notice.objects.filter(user=manager).exists()


def test_one_form_has_one_effect(rep, guest, room, now):
    first = reserve(rep, room, guest, now, idempotency_key="k")
    again = reserve(rep, room, guest, now + timedelta(seconds=1), idempotency_key="k")
    assert first == again
    assert Reservation.objects.count() == 1


def test_another_form_of_the_same_rep_is_told_that_the_room_is_taken(rep, guest, room, now):
    reserve(rep, room, guest, now, idempotency_key="k")
    with pytest.raises(RuleError) as refusal:
        reserve(rep, room, guest, now, idempotency_key="l")
    assert refusal.value.code in ("unit_taken", "rep_lock_limit")
    assert Reservation.objects.count() == 1


def test_in_strict_mode_a_rep_asks_and_the_manager_locks(rep, guest, room, manager, director, project, now):
    terms("inventory.hold", project, manager, director, now, authority="manager")
    asked = reserve(rep, room, guest, now)
    assert isinstance(asked, Request)
    assert not Reservation.objects.exists()

    answer(actor=manager, request_id=asked.pk, approve=True, now=now + timedelta(minutes=2))

    claim = Reservation.objects.get()
    assert (claim.rep, claim.created_by, claim.stage) == (rep, manager, Stage.LOCK)


def test_a_rejected_request_locks_nothing(rep, guest, room, manager, director, project, now):
    terms("inventory.hold", project, manager, director, now, authority="manager")
    asked = reserve(rep, room, guest, now)
    answer(actor=manager, request_id=asked.pk, approve=False, now=now, answer="已留给团购")
    assert not Reservation.objects.exists()
