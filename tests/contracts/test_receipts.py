"""Money in: recorded by one, confirmed by another, never edited, never refused for want of a room."""

import os
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from contracts import services
from contracts.models import Receipt
from contracts.rules import ReceiptKind, Tender
from contracts.services.slips import sweep_slips
from inventory.rules import EndReason, Stage
from regulations.models import Request
from regulations.services import answer
from salesdept import clock
from salesdept.errors import RuleError, constraint_name
from salesdept.models import Event, Notice, Reminder
from salesdept.verdict import Denied
from tests.factories.contracts import DEPOSIT, claim, record

pytestmark = pytest.mark.django_db


@pytest.fixture
def lock(rep, now):
    return claim(rep, now)


def confirm(finance, receipt, now):
    return services.confirm_receipt(actor=finance, receipt_id=receipt.pk, now=now)


def stage_of(reservation) -> str:
    reservation.refresh_from_db()
    return reservation.stage


def test_recording_stops_the_locks_clock_and_asks_finance(lock, cashier, finance, now):
    receipt = record(cashier, lock, now)
    assert stage_of(lock) == Stage.PAID
    assert (receipt.reservation, receipt.contract, receipt.state) == (lock, None, "pending")
    reminder = Reminder.objects.get(kind="contracts.receipt_unconfirmed")
    assert reminder.due_at == clock.at(clock.business_date(now) + timedelta(days=1), 12)
    assert Notice.objects.filter(user=finance, key=f"receipt:{receipt.pk}").exists()


def test_a_confirmed_deposit_makes_it_a_subscription(lock, cashier, finance, now):
    receipt = confirm(finance, record(cashier, lock, now), now)
    assert stage_of(lock) == Stage.SUBSCRIBED
    assert (receipt.confirmed_by, receipt.confirmed_at) == (finance, now)
    assert not Reminder.objects.filter(kind="contracts.receipt_unconfirmed", done_at=None).exists()
    verbs = set(Event.objects.values_list("verb", flat=True))
    assert {"contracts.receipt.recorded", "contracts.receipt.confirmed", "inventory.claim.moved"} <= verbs


@pytest.mark.parametrize("who", ["rep", "assistant", "supervisor", "manager", "finance", "director"])
def test_only_the_cashier_records(who, lock, request, now):
    with pytest.raises(Denied) as refusal:
        record(request.getfixturevalue(who), lock, now)
    assert refusal.value.clause == "拟:sub.cash"
    assert (Receipt.objects.count(), stage_of(lock)) == (0, Stage.LOCK)


@pytest.mark.parametrize("who", ["cashier", "rep", "manager", "assistant"])
def test_only_finance_confirms(who, lock, cashier, request, now):
    receipt = record(cashier, lock, now)
    with pytest.raises(Denied):
        confirm(request.getfixturevalue(who), receipt, now)
    receipt.refresh_from_db()
    assert (receipt.confirmed_at, stage_of(lock)) == (None, Stage.PAID)


def test_finance_never_confirms_an_own_entry(lock, cashier, finance, now):
    receipt = record(cashier, lock, now)
    own = Receipt.objects.create(
        project=receipt.project, reservation=lock, kind="deposit", amount=DEPOSIT, method="pos",
        payer="王丽华", received_on=receipt.received_on, recorded_by=finance, recorded_at=now,
    )  # fmt: skip
    with pytest.raises(Denied, match="两人"):
        confirm(finance, own, now)
    own.refresh_from_db()
    assert own.confirmed_at is None


def test_the_database_alone_refuses_the_recorder_as_confirmer(lock, cashier, now):
    receipt = record(cashier, lock, now)
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        Receipt.objects.filter(pk=receipt.pk).update(confirmed_by=cashier, confirmed_at=now)
    assert constraint_name(error.value) == "confirmer_is_not_recorder"


@pytest.mark.parametrize(
    "change",
    [{"amount": Decimal(1)}, {"payer": "别人"}, {"kind": "down"}, {"received_on": "2026-01-01"}],
    ids=["amount", "payer", "kind", "day"],
)
def test_what_was_recorded_cannot_be_edited(change, lock, cashier, now):
    receipt = record(cashier, lock, now)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Receipt.objects.filter(pk=receipt.pk).update(**change)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Receipt.objects.filter(pk=receipt.pk)._raw_delete("default")


@pytest.mark.parametrize(
    ("given", "code", "clause"),
    [
        pytest.param({"amount": Decimal("-5")}, "bad_amount", "拟:sub.cash", id="negative"),
        pytest.param({"amount": Decimal("0.00")}, "bad_amount", "拟:sub.cash", id="nothing"),
        pytest.param({"days": 1}, "future_receipt", "拟:sub.cash", id="tomorrow"),
        pytest.param({"slip": "POS-7"}, "slip_known", "拟:sub.cash", id="a slip that was typed before"),
    ],
)
def test_what_is_refused_at_the_desk(given, code, clause, lock, rep, cashier, now):
    record(cashier, claim(rep, now), now, slip="POS-7")
    given = dict(given)
    if days := given.pop("days", 0):
        given["received_on"] = clock.business_date(now) + timedelta(days=days)
    with pytest.raises(RuleError) as refusal:
        record(cashier, lock, now, **given)
    assert (refusal.value.code, refusal.value.clause) == (code, clause)
    assert (Receipt.objects.count(), stage_of(lock)) == (1, Stage.LOCK)


def test_a_rejected_slip_may_be_typed_again(lock, cashier, finance, now):
    receipt = record(cashier, lock, now, slip="POS-7")
    services.reject_receipt(actor=finance, receipt_id=receipt.pk, reason="金额不符", now=now)
    assert record(cashier, lock, now, slip="POS-7").state == "pending"


def test_a_rejection_gives_the_short_lock_back(lock, cashier, finance, now):
    receipt = record(cashier, lock, now)
    services.reject_receipt(actor=finance, receipt_id=receipt.pk, reason="未到账", now=now)
    receipt.refresh_from_db()
    assert (receipt.state, receipt.reject_reason, stage_of(lock)) == ("rejected", "未到账", Stage.LOCK)
    assert Notice.objects.filter(user=cashier, key=f"receipt:{receipt.pk}:rejected").exists()


@pytest.mark.parametrize("then", ["confirm", "reject"])
def test_a_receipt_is_answered_once(then, lock, cashier, finance, now):
    receipt = confirm(finance, record(cashier, lock, now), now)
    verb, more = {
        "confirm": (services.confirm_receipt, {}),
        "reject": (services.reject_receipt, {"reason": "未到账"}),
    }[then]
    with pytest.raises(RuleError) as refusal:
        verb(actor=finance, receipt_id=receipt.pk, now=now, **more)
    assert refusal.value.code == "receipt_answered"
    assert stage_of(lock) == Stage.SUBSCRIBED


# --- 暂收款


@pytest.mark.parametrize("why", ["no claim", "ran out", "ended"])
def test_money_without_a_live_lock_is_held_and_the_manager_alarmed(why, lock, rep, cashier, manager, now):
    late = now + timedelta(hours=2)
    if why == "ended":
        lock.ended_at, lock.end_reason = now, EndReason.RELEASED
        lock.save()
    receipt = record(cashier, None if why == "no claim" else lock, late)
    assert (receipt.reservation, receipt.state) == (None, "pending")
    notice = Notice.objects.get(user=manager, key=f"held:{receipt.pk}")
    assert notice.urgent
    assert ("原拟入" in receipt.note) == (why != "no claim")


def test_held_money_goes_to_a_claim_by_another_hand(lock, cashier, finance, manager, now):
    receipt = confirm(finance, record(cashier, None, now), now)
    services.assign_receipt(actor=manager, receipt_id=receipt.pk, reservation_id=lock.pk, now=now)
    receipt.refresh_from_db()
    assert (receipt.reservation, stage_of(lock)) == (lock, Stage.SUBSCRIBED)
    assert not Receipt.objects.held().exists()


def test_held_money_that_finance_has_not_seen_waits_on_the_claim(lock, cashier, manager, now):
    receipt = record(cashier, None, now)
    services.assign_receipt(actor=manager, receipt_id=receipt.pk, reservation_id=lock.pk, now=now)
    assert stage_of(lock) == Stage.PAID


@pytest.mark.parametrize("who", ["cashier", "rep", "assistant"])
def test_who_may_not_assign(who, lock, cashier, request, now):
    receipt = record(cashier, None, now)
    with pytest.raises(Denied):
        services.assign_receipt(
            actor=request.getfixturevalue(who), receipt_id=receipt.pk, reservation_id=lock.pk, now=now
        )
    receipt.refresh_from_db()
    assert receipt.reservation is None


def test_money_of_a_claim_is_not_assigned_again(lock, rep, cashier, manager, now):
    receipt, other = record(cashier, lock, now), claim(rep, now)
    with pytest.raises(RuleError) as refusal:
        services.assign_receipt(actor=manager, receipt_id=receipt.pk, reservation_id=other.pk, now=now)
    assert refusal.value.code == "not_held"
    receipt.refresh_from_db()
    assert receipt.reservation == lock


# --- short deposits


def test_a_short_deposit_is_confirmed_and_waits_for_the_manager(lock, cashier, finance, manager, now):
    receipt = confirm(finance, record(cashier, lock, now, amount=Decimal("5000")), now)
    assert (receipt.state, stage_of(lock)) == ("confirmed", Stage.PAID)
    request = Request.objects.get(kind="contracts.short_deposit")
    answer(actor=manager, request_id=request.pk, approve=True, now=now)
    assert stage_of(lock) == Stage.TEMP
    confirm(finance, record(cashier, lock, now, amount=Decimal("15000")), now)
    assert stage_of(lock) == Stage.SUBSCRIBED


def test_a_short_deposit_is_not_the_directors_to_accept(lock, cashier, finance, director, now):
    confirm(finance, record(cashier, lock, now, amount=Decimal("5000")), now)
    with pytest.raises(Denied):
        answer(actor=director, request_id=Request.objects.get().pk, approve=True, now=now)
    assert stage_of(lock) == Stage.PAID


# --- reversal


def test_a_reversal_is_a_new_row_that_undoes_the_first(lock, cashier, finance, now):
    receipt = confirm(finance, record(cashier, lock, now), now)
    reversal = services.reverse_receipt(actor=finance, receipt_id=receipt.pk, reason="串户", now=now)
    assert (reversal.amount, reversal.reverses, reversal.state) == (-DEPOSIT, receipt, "confirmed")
    assert sum(Receipt.objects.effective().values_list("amount", flat=True)) == 0


def test_a_reversal_happens_once(lock, cashier, finance, now):
    receipt = confirm(finance, record(cashier, lock, now), now)
    services.reverse_receipt(actor=finance, receipt_id=receipt.pk, reason="串户", now=now)
    with pytest.raises(RuleError) as refusal:
        services.reverse_receipt(actor=finance, receipt_id=receipt.pk, reason="串户", now=now)
    assert refusal.value.code == "reversed_already"
    with pytest.raises(IntegrityError), transaction.atomic():
        Receipt.objects.create(
            project=receipt.project, kind="deposit", amount=-DEPOSIT, method="pos", payer="王丽华",
            received_on=receipt.received_on, recorded_by=finance, recorded_at=now, confirmed_at=now,
            reverses=receipt,
        )  # fmt: skip
    assert Receipt.objects.count() == 2


@pytest.mark.parametrize(
    ("confirmed", "reason", "code"), [(False, "串户", "not_confirmed"), (True, "  ", "reason_needed")]
)
def test_what_is_not_reversed(confirmed, reason, code, lock, cashier, finance, now):
    receipt = record(cashier, lock, now)
    if confirmed:
        confirm(finance, receipt, now)
    with pytest.raises(RuleError) as refusal:
        services.reverse_receipt(actor=finance, receipt_id=receipt.pk, reason=reason, now=now)
    assert refusal.value.code == code
    assert Receipt.objects.count() == 1


def test_the_database_alone_refuses_a_negative_receipt(lock, cashier, now):
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        Receipt.objects.create(
            project=lock.project, kind=ReceiptKind.DOWN, amount=Decimal("-1"), method=Tender.CASH,
            payer="王丽华", received_on=clock.business_date(now), recorded_by=cashier, recorded_at=now,
        )  # fmt: skip
    assert constraint_name(error.value) == "only_a_reversal_is_negative"


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("rep", 1),
        ("colleague", 0),
        ("assistant", 2),
        ("supervisor", 2),
        ("manager", 2),
        ("cashier", 2),
        ("finance", 2),
        ("director", 2),
        ("admin_user", 0),
    ],
)
def test_who_sees_money(who, sees, lock, cashier, request, now):
    record(cashier, lock, now)
    record(cashier, None, now)
    assert Receipt.objects.visible_to(request.getfixturevalue(who)).count() == sees


def test_a_key_records_once(lock, cashier, now):
    given = {"slip": "POS-9", "idempotency_key": "k"}
    assert record(cashier, lock, now, **given) == record(cashier, lock, now, **given)
    assert Receipt.objects.count() == 1


def test_a_file_that_no_row_knows_is_swept_after_a_day(settings, tmp_path, now):
    settings.MEDIA_ROOT = tmp_path
    folder = tmp_path / "slips" / "202611"
    folder.mkdir(parents=True)
    fresh, old = folder / "fresh.pdf", folder / "old.pdf"
    for path, age in ((fresh, 1), (old, 48)):
        path.write_bytes(b"%PDF-")
        moment = (now - timedelta(hours=age)).timestamp()
        os.utime(path, (moment, moment))
    assert sweep_slips(clock.business_date(now), now) == 1
    assert [path.name for path in folder.iterdir()] == ["fresh.pdf"]
