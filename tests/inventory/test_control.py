"""保留, 释放, 封盘, the clock, and the way from money to the contract."""

from datetime import timedelta
from decimal import Decimal

import pytest

from customers.models import Customer, OwnershipLease
from inventory.models import Reservation
from inventory.rules import EndReason, Stage
from inventory.services import (
    block_unit,
    end_claim,
    expire_lock,
    extend_hold,
    hold_unit,
    mark_payment_recorded,
    mark_payment_rejected,
    mark_returning,
    mark_signed,
    mark_small_deposit,
    mark_subscribed,
    release_unit,
)
from inventory.wiring import lock_ends_soon, lock_expires, sign_by_near
from regulations.models import Request
from regulations.services import answer
from salesdept.clock import business_date
from salesdept.errors import RuleError
from salesdept.models import Event, Reminder
from salesdept.verdict import Denied
from tests.factories import inventory as stock

pytestmark = pytest.mark.django_db


def test_a_claim_walks_from_the_lock_to_the_contract(
    rep, cashier, finance, assistant, room, guest, lock, now
):
    steps = (
        (mark_payment_recorded, cashier, Stage.PAID),
        (mark_subscribed, finance, Stage.SUBSCRIBED),
        (mark_signed, assistant, Stage.SIGNED),
    )
    for verb, actor, stage in steps:
        claim = verb(actor=actor, reservation_id=lock.pk, now=now + timedelta(minutes=30))
        assert claim.stage == stage
    day = business_date(now)
    assert (claim.number, claim.sign_by) == (f"RG-{day:%Y%m%d}-{lock.pk:05}", day + timedelta(days=7))
    assert claim.expires_at is None
    moves = [
        (e.changes["old"], e.changes["new"])
        for e in Event.objects.filter(verb="inventory.claim.moved").order_by("pk")
    ]
    assert moves == [("lock", "paid"), ("paid", "subscribed"), ("subscribed", "signed")]
    assert OwnershipLease.objects.get(customer=guest).state == "locked"
    assert Customer.objects.get(pk=guest.pk).stage == "signed"


WRONG_HANDS = {
    # what: (verb, stage it starts from, who must not)
    "rep records money": (mark_payment_recorded, Stage.LOCK, "rep"),
    "assistant records money": (mark_payment_recorded, Stage.LOCK, "assistant"),
    "cashier confirms": (mark_subscribed, Stage.PAID, "cashier"),
    "manager confirms": (mark_subscribed, Stage.PAID, "manager"),
    "rep signs": (mark_signed, Stage.SUBSCRIBED, "rep"),
    "admin signs": (mark_signed, Stage.SUBSCRIBED, "admin"),
}


@pytest.mark.parametrize(("verb", "stage", "who"), WRONG_HANDS.values(), ids=WRONG_HANDS)
def test_only_the_right_hand_moves_a_claim(verb, stage, who, room, now, request):
    claim = stock.claim(room, stage=stage, now=now)
    with pytest.raises(Denied):
        verb(actor=request.getfixturevalue(who), reservation_id=claim.pk, now=now)
    assert Reservation.objects.get().stage == stage


def test_nothing_is_subscribed_before_money_was_recorded(finance, lock, now):
    with pytest.raises(RuleError) as refusal:
        mark_subscribed(actor=finance, reservation_id=lock.pk, now=now)
    assert (refusal.value.code, refusal.value.clause) == ("no_payment", "拟:sc.before_subscribe")
    assert Reservation.objects.get().stage == Stage.LOCK


def test_money_after_the_lock_ran_out_finds_no_claim(cashier, lock, now):
    with pytest.raises(RuleError) as refusal:
        mark_payment_recorded(actor=cashier, reservation_id=lock.pk, now=now + timedelta(minutes=60))
    assert refusal.value.code == "lock_expired"


def test_a_short_deposit_waits_for_its_top_up(finance, room, now):
    claim = stock.claim(room, stage=Stage.PAID, now=now)
    short = mark_subscribed(actor=finance, reservation_id=claim.pk, now=now, paid=Decimal("5000.00"))
    assert (short.stage, short.topup_by) == (Stage.TEMP, business_date(now) + timedelta(days=3))
    whole = mark_subscribed(actor=finance, reservation_id=claim.pk, now=now, paid=Decimal("20000.00"))
    assert (whole.stage, whole.number, whole.topup_by) == (Stage.SUBSCRIBED, short.number, None)


def test_rejected_money_falls_back_to_a_fresh_lock(finance, cashier, rep, lock, now):
    mark_payment_recorded(actor=cashier, reservation_id=lock.pk, now=now)
    later = now + timedelta(hours=5)
    claim = mark_payment_rejected(actor=finance, reservation_id=lock.pk, reason="POS 单查无此笔", now=later)
    assert (claim.stage, claim.expires_at, claim.paid_at) == (Stage.LOCK, later + timedelta(minutes=60), None)
    assert rep.notices.filter(body="POS 单查无此笔").exists()


def test_a_rejected_payment_finds_a_free_number_beside_a_newer_lock(
    finance, rep, lock, project, now, cashier
):
    mark_payment_recorded(actor=cashier, reservation_id=lock.pk, now=now)
    stock.claim(stock.unit(project, "1503"), rep, lock.customer, now=now)
    claim = mark_payment_rejected(actor=finance, reservation_id=lock.pk, reason="查无此笔", now=now)
    assert (claim.rep_slot, claim.customer_slot) == (2, 2)


def test_a_small_deposit_keeps_the_room_for_its_days(finance, room, now):
    claim = stock.claim(room, stage=Stage.PAID, now=now)
    small = mark_small_deposit(actor=finance, reservation_id=claim.pk, now=now)
    assert business_date(small.expires_at - timedelta(seconds=1)) == business_date(now) + timedelta(days=3)
    assert Reminder.objects.filter(kind="inventory.lock_expires", due_at=small.expires_at).exists()


# --- the clock


def reminder(claim, kind="inventory.lock_expires"):
    return Reminder(
        kind=kind, object_ref=f"inventory.reservation:{claim.pk}", due_at=claim.expires_at or claim.started_at
    )


def test_the_clock_frees_a_lock_and_tells_its_rep_and_the_manager(rep, manager, lock, now):
    messages = lock_expires(reminder(lock), now + timedelta(minutes=60))
    lock.refresh_from_db()
    assert (lock.end_reason, lock.ended_by) == ("expired", None)
    assert {message.user_id for message in messages} == {rep.pk, manager.pk}
    assert all(message.urgent for message in messages)
    event = Event.objects.get(verb="inventory.claim.ended")
    assert (event.actor, event.changes["why"]) == (None, "expired")


def test_the_clock_leaves_a_paid_claim_alone(cashier, lock, now):
    mark_payment_recorded(actor=cashier, reservation_id=lock.pk, now=now)
    assert lock_expires(reminder(lock), now + timedelta(hours=2)) == []
    assert expire_lock(reservation_id=lock.pk, now=now + timedelta(hours=2)) is None
    assert Reservation.objects.live().count() == 1


def test_the_rep_is_warned_before_the_end(rep, lock, now):
    [message] = lock_ends_soon(reminder(lock, "inventory.lock_ends_soon"), now + timedelta(minutes=50))
    assert message.user_id == rep.pk
    assert "剩 10 分" in message.title


def test_the_rep_is_warned_before_the_day_to_sign(room, rep, guest, now):
    claim = stock.claim(room, rep, guest, stage=Stage.SUBSCRIBED, now=now)
    [message] = sign_by_near(reminder(claim, "inventory.sign_by"), now)
    assert message.title == "2#-1603 须于 11-30 前签约"


# --- 保留, 释放, 封盘


def test_the_manager_keeps_a_room_for_a_customer(manager, rep, guest, room, now):
    until = now + timedelta(days=2)
    claim = hold_unit(
        actor=manager, unit_id=room.pk, customer=guest, reason="家人周末到场", until=until, now=now
    )
    assert (claim.stage, claim.rep, claim.expires_at) == (Stage.KEPT, rep, until)


def test_a_customers_own_lock_becomes_the_hold(manager, guest, room, lock, now):
    until = now + timedelta(days=2)
    claim = hold_unit(actor=manager, unit_id=room.pk, customer=guest, reason="等贷款", until=until, now=now)
    assert (claim.pk, claim.stage) == (lock.pk, Stage.KEPT)
    open_ = Reminder.objects.filter(kind="inventory.lock_expires", done_at=None)
    assert [row.due_at for row in open_] == [until]


def test_a_reps_hold_is_a_request_that_the_manager_answers(rep, manager, guest, room, now):
    until = now + timedelta(days=1)
    asked = hold_unit(actor=rep, unit_id=room.pk, customer=guest, reason="等配偶", until=until, now=now)
    assert isinstance(asked, Request)
    answer(actor=manager, request_id=asked.pk, approve=True, now=now)
    claim = Reservation.objects.get()
    assert (claim.stage, claim.rep, claim.expires_at) == (Stage.KEPT, rep, until)


def test_a_hold_needs_a_reason_and_a_near_end(manager, room, now):
    for reason, until, code in (
        ("", now + timedelta(days=1), "reason_needed"),
        ("等", now + timedelta(days=30), "bad_until"),
    ):
        with pytest.raises(RuleError) as refusal:
            hold_unit(actor=manager, unit_id=room.pk, customer=None, reason=reason, until=until, now=now)
        assert refusal.value.code == code
    assert not Reservation.objects.exists()


def test_a_hold_is_renewed_before_its_end(manager, room, now):
    claim = stock.claim(room, stage=Stage.KEPT, now=now)
    until = now + timedelta(days=3)
    assert (
        extend_hold(actor=manager, reservation_id=claim.pk, until=until, reason="续", now=now).expires_at
        == until
    )
    assert expire_lock(reservation_id=claim.pk, now=now + timedelta(hours=2)) is None


def test_freeing_is_the_managers(manager, rep, lock, now):
    asked = release_unit(actor=rep, reservation_id=lock.pk, reason="客户不要了", now=now)
    assert isinstance(asked, Request)
    assert Reservation.objects.live().exists()
    answer(actor=manager, request_id=asked.pk, approve=True, now=now)
    lock.refresh_from_db()
    assert (lock.end_reason, lock.ended_by) == ("released", manager)


def test_nobody_frees_a_colleagues_claim(colleague, lock, now):
    with pytest.raises(Denied):
        release_unit(actor=colleague, reservation_id=lock.pk, reason="试", now=now)
    assert not Request.objects.exists()


def test_a_subscribed_room_is_not_simply_freed(manager, room, now):
    claim = stock.claim(room, stage=Stage.SUBSCRIBED, now=now)
    with pytest.raises(RuleError) as refusal:
        release_unit(actor=manager, reservation_id=claim.pk, reason="试", now=now)
    assert refusal.value.code == "bad_end"
    assert Reservation.objects.live().exists()


def test_an_ended_claim_stays_ended(manager, lock, now):
    release_unit(actor=manager, reservation_id=lock.pk, reason="误锁", now=now)
    with pytest.raises(RuleError) as refusal:
        release_unit(actor=manager, reservation_id=lock.pk, reason="再试", now=now)
    assert refusal.value.code == "claim_ended"


def test_a_blocked_room_is_off_the_market_until_unblocked(manager, rep, room, now):
    claim = block_unit(actor=manager, unit_id=room.pk, reason="样板间", now=now)
    assert claim.stage == Stage.BLOCKED
    end_claim(actor=manager, reservation_id=claim.pk, reason=EndReason.UNBLOCKED, note="样板间拆除", now=now)
    assert not Reservation.objects.live().exists()
    with pytest.raises(Denied):
        block_unit(actor=rep, unit_id=room.pk, reason="试", now=now)


def test_a_returned_room_is_free_only_after_the_refund(manager, room, now):
    claim = stock.claim(room, stage=Stage.SIGNED, now=now)
    mark_returning(actor=manager, reservation_id=claim.pk, reason="银行拒贷", now=now)
    end_claim(actor=manager, reservation_id=claim.pk, reason=EndReason.CANCELLED, note="退款完成", now=now)
    assert room.reservations.get().end_reason == "cancelled"


def test_a_given_up_subscription_unlocks_the_owner(manager, finance, rep, guest, room, now):
    claim = stock.claim(room, rep, guest, stage=Stage.PAID, now=now)
    mark_subscribed(actor=finance, reservation_id=claim.pk, now=now)
    end_claim(actor=manager, reservation_id=claim.pk, reason=EndReason.WITHDRAWN, note="贷款不足", now=now)
    assert OwnershipLease.objects.get(customer=guest).state == "active"
