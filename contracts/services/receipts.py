"""收款: recorded by 案场收银, confirmed by 财务, reversed by a new row; never refused for want of a lock."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from contracts import access
from contracts.models import Contract, Receipt
from contracts.rules import ReceiptKind, ReceiptTerms, Tender, check_positive, confirm_by
from contracts.services.common import COLLECTIONS, received, run_steps, settle, staff, tell
from contracts.services.slips import store_slip
from inventory.models import Reservation
from inventory.rules import Stage, has_expired
from inventory.services import mark_payment_recorded, mark_payment_rejected, mark_subscribed
from regulations.models import Request
from regulations.queries import terms_for
from regulations.services import ask
from salesdept import journal
from salesdept.clock import at, business_date
from salesdept.errors import RuleError, refuse
from salesdept.formats import money
from salesdept.models import Project, User
from salesdept.rules import Role
from salesdept.services.reminders import forget, remind
from salesdept.verbs import locked, service

UNCONFIRMED = "contracts.receipt_unconfirmed"
SHORT = "contracts.short_deposit"
STOPS_THE_CLOCK = (Stage.LOCK, Stage.KEPT, Stage.SMALL)
REFUSALS = {
    "one_receipt_per_slip": RuleError(
        "slip_known", "这张凭证已登记过", "拟:sub.cash", "在收款列表里查这个凭证号"
    ),
}


@service
def record_receipt(
    *,
    actor: User,
    reservation_id: int | None,
    kind: ReceiptKind,
    amount: Decimal,
    method: Tender,
    slip: str,
    payer: str,
    received_on: date,
    now: datetime,
    photo: Any = None,
    note: str = "",
    project: Project | None = None,
    idempotency_key: str | None = None,
) -> Receipt:
    """登记收款, yuan. A live lock becomes 收款待确认; without one the money is 暂收款, and 经理 is alarmed.

    Only 案场收银. Raises RuleError `bad_amount`, `slip_known`, `slip_bad`; else Denied (拟:sub.cash).
    """
    access.may_record(actor).or_raise()
    check_positive(amount)
    if received_on > business_date(now):
        raise RuleError("future_receipt", "收款日不能在今天之后", "拟:sub.cash", "核对凭证上的日期")
    claim, held = _claim_for(actor, reservation_id, now)
    receipt = Receipt(
        project=_project_of(actor, claim, project),
        reservation=None if held else claim,
        contract=Contract.objects.filter(reservation=claim).first() if claim and not held else None,
        kind=kind,
        amount=amount,
        method=method,
        slip_no=slip.strip()[:40],
        payer=payer.strip()[:40],
        received_on=received_on,
        note=(f"原拟入 {claim.unit.label}，当时已无有效占用。{note}" if held and claim else note)[:200],
        recorded_by=actor,
        recorded_at=now,
    )
    _insert(receipt)
    if photo is not None:
        store_slip(receipt, photo, actor, now)
    journal.record(
        actor, "contracts.receipt.recorded", receipt, happened_at=now, amount=amount, kind=receipt.kind
    )
    _after_record(receipt, claim, actor, now)
    return receipt


def _claim_for(actor: User, reservation_id: int | None, now: datetime) -> tuple[Reservation | None, bool]:
    """The locked claim, and whether the money has to be held (暂收款) because nothing live is there."""
    if reservation_id is None:
        return None, True
    rows = Reservation.objects.visible_to(actor).select_related("unit__building", "customer")
    claim = locked(rows, reservation_id)
    dead = claim.ended_at is not None or has_expired(claim.at_stage, claim.expires_at, now)
    return claim, dead or claim.customer_id is None


def _project_of(actor: User, claim: Reservation | None, project: Project | None) -> Project:
    if claim is not None:
        return claim.project
    found = project or actor.projects.order_by("pk").first()
    if found is None:
        raise RuleError("no_project", "没有可登记的项目", "拟:sys.access", "请管理员加入项目")
    return found


def _insert(receipt: Receipt) -> None:
    try:
        with transaction.atomic():
            receipt.save()
    except IntegrityError as error:
        raise refuse(error, REFUSALS) from error


def _after_record(receipt: Receipt, claim: Reservation | None, actor: User, now: datetime) -> None:
    """Stop the lock's clock, ask finance for an answer, alarm the manager for money without a room."""
    if receipt.reservation_id is None:
        tell(
            staff(receipt.project_id, Role.MANAGER),
            now,
            key=f"held:{receipt.pk}",
            title=f"暂收款 {money(receipt.amount)} 待处理",
            body=receipt.note or f"付款人 {receipt.payer}，没有对应的房源占用",
            url=COLLECTIONS,
            clause="拟:sub.cash",
            urgent=True,
        )
    elif claim is not None and claim.at_stage in STOPS_THE_CLOCK:
        mark_payment_recorded(actor=actor, reservation_id=claim.pk, now=now)
    terms = terms_for(ReceiptTerms, on=business_date(now), project=receipt.project_id)
    remind(UNCONFIRMED, receipt, at(confirm_by(business_date(now)), terms.confirm_hour))
    tell(
        staff(receipt.project_id, Role.FINANCE),
        now,
        key=f"receipt:{receipt.pk}",
        title=f"{money(receipt.amount)} 待确认",
        body=f"{receipt.get_kind_display()} · {receipt.payer}",
        url=COLLECTIONS,
    )


def _pending(receipt_id: int) -> Receipt:
    """A locked receipt nobody has answered yet."""
    rows = Receipt.objects.select_related("reservation__unit__building", "contract", "recorded_by")
    receipt = locked(rows, receipt_id)
    if receipt.confirmed_at or receipt.rejected_at:
        raise RuleError(
            "receipt_answered", f"这笔收款{receipt.state.label}", "拟:sub.cash", "刷新后看它的结果"
        )
    return receipt


@service
def confirm_receipt(
    *, actor: User, receipt_id: int, now: datetime, idempotency_key: str | None = None
) -> Receipt:
    """财务确认: the money counts from now on. A full deposit makes the claim 认购.

    Never an own entry (Denied, and a CHECK). A deposit below the minimum is confirmed too, since it is there;
    the claim waits for 经理's consent (拟:sub.short).
    """
    receipt = _pending(receipt_id)
    access.may_confirm(actor, receipt).or_raise()
    receipt.confirmed_by, receipt.confirmed_at = actor, now
    receipt.save(update_fields=["confirmed_by", "confirmed_at"])
    forget(receipt, now=now, kinds=(UNCONFIRMED,))
    journal.record(actor, "contracts.receipt.confirmed", receipt, happened_at=now, amount=receipt.amount)
    _take_effect(receipt, actor, now)
    return receipt


def _take_effect(receipt: Receipt, actor: User, now: datetime) -> None:
    """What a counting receipt moves: the claim's stage, the plan's lines, and the upper chapters' steps."""
    if receipt.reservation is not None and receipt.amount > 0:
        _subscribe(receipt, actor, now)
    if receipt.contract is not None:
        settle(receipt.contract)
    run_steps(receipt, actor, now)


def _subscribe(receipt: Receipt, actor: User, now: datetime) -> None:
    claim = receipt.reservation
    if claim is None or claim.ended_at is not None or claim.at_stage not in (Stage.PAID, Stage.TEMP):
        return
    paid = received(claim.pk)
    if claim.deposit_due is None or paid >= claim.deposit_due:
        mark_subscribed(actor=actor, reservation_id=claim.pk, paid=paid, now=now)
    elif claim.at_stage == Stage.PAID and not _asked(claim):
        ask(
            actor=actor,
            kind=SHORT,
            subject=claim,
            title=f"{claim.unit.label} 定金不足，临时认购",
            reason=f"应收定金 {money(claim.deposit_due)}，已确认 {money(paid)}",
            now=now,
        )


def _asked(claim: Reservation) -> bool:
    return Request.objects.filter(kind=SHORT, subject=journal.label(claim), state="pending").exists()


def approve_short_deposit(request: Request, actor: User, now: datetime) -> None:
    """经理 consents (拟:sub.short): 临时认购 with a day to top up. Moved by the finance person who asked."""
    claim = journal.resolve(request.subject)
    if isinstance(claim, Reservation):
        mark_subscribed(actor=request.requester, reservation_id=claim.pk, paid=received(claim.pk), now=now)


@service
def reject_receipt(
    *, actor: User, receipt_id: int, reason: str, now: datetime, idempotency_key: str | None = None
) -> Receipt:
    """财务驳回 with a reason: the money did not arrive; a claim that waited for it is a short lock again."""
    receipt = _pending(receipt_id)
    access.may_confirm(actor, receipt).or_raise()
    if not reason.strip():
        raise RuleError("reason_needed", "驳回须写明原因", "拟:sub.cash", "写一句原因再驳回")
    receipt.rejected_by, receipt.rejected_at, receipt.reject_reason = actor, now, reason.strip()[:200]
    receipt.save(update_fields=["rejected_by", "rejected_at", "reject_reason"])
    forget(receipt, now=now, kinds=(UNCONFIRMED,))
    journal.record(actor, "contracts.receipt.rejected", receipt, happened_at=now, reason=reason)
    claim = receipt.reservation
    if claim and claim.ended_at is None and claim.at_stage == Stage.PAID and not _other_money(receipt):
        mark_payment_rejected(actor=actor, reservation_id=claim.pk, reason=reason, now=now)
    tell(
        [receipt.recorded_by_id],
        now,
        key=f"receipt:{receipt.pk}:rejected",
        title=f"{money(receipt.amount)} 被驳回",
        body=reason,
        url=COLLECTIONS,
    )
    return receipt


def _other_money(receipt: Receipt) -> bool:
    """Whether other money still holds the claim."""
    rows = Receipt.objects.filter(reservation=receipt.reservation_id, rejected_at__isnull=True)
    return rows.exclude(pk=receipt.pk).exists()


@service
def reverse_receipt(
    *, actor: User, receipt_id: int, reason: str, now: datetime, idempotency_key: str | None = None
) -> Receipt:
    """冲销: a new negative row that counts at once, never an edit; once. By 财务, not by who recorded it.

    Raises RuleError `not_confirmed`, `reversed_already`, `reason_needed`.
    """
    rows = Receipt.objects.select_related("reservation__unit__building", "contract", "recorded_by")
    receipt = locked(rows, receipt_id)
    access.may_confirm(actor, receipt).or_raise()
    _check_reversible(receipt, reason)
    reversal = Receipt.objects.create(
        project_id=receipt.project_id,
        reservation=receipt.reservation,
        contract=receipt.contract,
        kind=receipt.kind,
        amount=-receipt.amount,
        method=receipt.method,
        slip_no=receipt.slip_no,
        payer=receipt.payer,
        received_on=business_date(now),
        note=reason.strip()[:200],
        recorded_by=actor,
        recorded_at=now,
        confirmed_at=now,
        reverses=receipt,
    )
    journal.record(
        actor, "contracts.receipt.reversed", reversal, happened_at=now, reason=reason, of=receipt.code
    )
    _take_effect(reversal, actor, now)
    tell(
        staff(receipt.project_id, Role.MANAGER),
        now,
        key=f"receipt:{reversal.pk}",
        title=f"冲销 {money(receipt.amount)}",
        body=reason,
        url=COLLECTIONS,
        urgent=True,
    )
    return reversal


def _check_reversible(receipt: Receipt, reason: str) -> None:
    if not reason.strip():
        raise RuleError("reason_needed", "冲销须写明原因", "拟:sub.cash", "写一句原因再冲销")
    if receipt.confirmed_at is None or receipt.reverses_id:
        raise RuleError("not_confirmed", "只有已确认的收款能冲销", "拟:sub.cash", "未确认的请驳回")
    if Receipt.objects.filter(reverses=receipt).exists():
        raise RuleError(
            "reversed_already", "这笔收款已冲销", "拟:sys.journal", "冲销只做一次，如仍有误请另行登记"
        )


@service
def assign_receipt(
    *, actor: User, receipt_id: int, reservation_id: int, now: datetime, idempotency_key: str | None = None
) -> Receipt:
    """暂收款 → a live claim, by another than its recorder. What the money sets off runs as if it came today.

    Raises RuleError `not_held`, `claim_ended`.
    """
    receipt = locked(Receipt.objects.select_related("recorded_by", "confirmed_by"), receipt_id)
    access.may_assign(actor, receipt).or_raise()
    if not Receipt.objects.held().filter(pk=receipt.pk).exists():
        raise RuleError("not_held", "这笔不是待处理的暂收款", "拟:sub.cash", "刷新后看它的去处")
    rows = Reservation.objects.visible_to(actor).select_related("unit__building", "customer")
    claim = locked(rows, reservation_id)
    if claim.ended_at is not None or has_expired(claim.at_stage, claim.expires_at, now):
        raise RuleError("claim_ended", f"{claim.unit.label} 没有有效占用", "S57", "先为客户重新锁定房源")
    receipt.reservation, receipt.contract = claim, Contract.objects.filter(reservation=claim).first()
    receipt.save(update_fields=["reservation", "contract"])
    journal.record(actor, "contracts.receipt.assigned", receipt, happened_at=now, amount=receipt.amount)
    if claim.at_stage in STOPS_THE_CLOCK:
        receipt.reservation = mark_payment_recorded(
            actor=receipt.recorded_by, reservation_id=claim.pk, now=now
        )
    if receipt.confirmed_at and receipt.confirmed_by:
        _take_effect(receipt, receipt.confirmed_by, now)
    return receipt
