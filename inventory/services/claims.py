"""The short lock, and a claim's way through money to the contract."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q

from customers.models import Customer
from customers.rules import Stage as CustomerStage
from customers.services import lock_lease, note_deal, set_stage
from inventory import access, rules
from inventory.models import Reservation, Unit
from inventory.queries.stock import list_price_of, live_locks
from inventory.rules import EndReason, Evidence, HoldTerms, Stage, SubscriptionTerms
from inventory.services.common import (
    LOCK_ENDS_SOON,
    LOCK_EXPIRES,
    SIGN_BY_NEAR,
    changed,
    controllers,
    expire_row,
    insert,
    leave_if_taken,
    live,
    tell,
)
from regulations.models import Request
from regulations.queries import terms_for
from regulations.services import ask
from salesdept import clock, formats, journal
from salesdept.errors import RuleError
from salesdept.models import User
from salesdept.services.reminders import forget, remind
from salesdept.verbs import save_versioned, service


def reserve_unit(
    *,
    actor: User,
    unit_id: int,
    customer: Customer,
    evidence: str,
    now: datetime,
    idempotency_key: str | None = None,
) -> Reservation | Request:
    """临时锁定 for `HoldTerms.minutes` against evidence in hand; the manager is told at once.

    With `HoldTerms.authority == "manager"` a rep's call files a request instead. Raises RuleError:
    `unit_taken` (S54, naming the holder), `not_released`, `no_price`, `other_project`, `rep_lock_limit`,
    `customer_lock_limit`, `relock_too_soon`.
    """
    access.may_reserve(actor, customer).or_raise()
    leave_if_taken(unit_id, now, retry_by=actor if idempotency_key else None)
    return _reserve(
        actor=actor,
        unit_id=unit_id,
        customer=customer,
        evidence=Evidence(evidence).value,
        now=now,
        idempotency_key=idempotency_key,
    )


@service
def _reserve(
    *,
    actor: User,
    unit_id: int,
    customer: Customer,
    evidence: str,
    now: datetime,
    idempotency_key: str | None = None,
) -> Reservation | Request:
    unit = Unit.objects.visible_to(actor).select_related("building").get(pk=unit_id)
    terms = terms_for(HoldTerms, on=clock.business_date(now), project=unit.building.project_id)
    if terms.authority == "manager" and not access.may_control(actor):
        label = Evidence(evidence).label
        return ask(
            actor=actor,
            kind="inventory.lock",
            subject=unit,
            title=f"临时锁定 {unit.label}（{label}）",
            reason=f"客户 {customer.name} 凭{label}锁定",
            payload={"customer": customer.pk, "evidence": evidence},
            now=now,
        )
    return place_lock(actor, customer.owner or actor, unit, customer, evidence, now, terms)


def place_lock(
    actor: User, rep: User, unit: Unit, customer: Customer, evidence: str, now: datetime, terms: HoldTerms
) -> Reservation:
    """The lock itself in the caller's transaction: limits, insert, journal, reminders, notice."""
    slots = _slots(rep, customer, now, terms)
    _check_relock(rep, customer, unit, now, terms)
    claim = start(unit, customer, rep, actor, now)
    claim.stage, claim.evidence, claim.expires_at = Stage.LOCK, evidence, rules.lock_until(now, terms)
    claim.rep_slot, claim.customer_slot = slots

    def renumber() -> None:
        claim.rep_slot, claim.customer_slot = _slots(rep, customer, now, terms)

    insert(claim, now, renumber)
    journal.record(
        actor, "inventory.unit.locked", claim, happened_at=now, evidence=evidence, until=claim.expires_at
    )
    remind_of_lock(claim, terms)
    until = formats.cn_time(claim.expires_at, now)
    title = f"{unit.label} 临时锁定，{rep.name}"
    tell(claim, "locked", controllers(claim.project_id, but=actor), now, title=title, body=f"至{until}")
    changed(unit.building_id)
    return claim


def start(unit: Unit, customer: Customer | None, rep: User | None, actor: User, now: datetime) -> Reservation:
    """A claim at today's list price, not yet saved. Raises RuleError when the room is not on sale."""
    today, project_id = clock.business_date(now), unit.building.project_id
    if customer:
        rules.check_project(project_id, customer.project_id)
    price = list_price_of(unit.pk, today)
    rules.check_on_sale(unit.released_at, price is not None, now)
    total = price.total if price else None
    terms = terms_for(SubscriptionTerms, on=today, project=project_id)
    return Reservation(
        unit=unit,
        project_id=project_id,
        customer=customer,
        rep=rep,
        created_by=actor,
        started_at=now,
        list_price=total,
        agreed_price=total,
        deposit_due=rules.deposit_due(total, terms) if total else None,
    )


def _slots(rep: User, customer: Customer, now: datetime, terms: HoldTerms) -> tuple[int, int]:
    """Free numbers under both limits; locks whose time is over end here, so that they block nobody."""
    locks = []
    for lock in live_locks(rep, customer.pk):
        if rules.has_expired(Stage.LOCK, lock.expires_at, now):
            expire_row(lock.pk, now)
        else:
            locks.append(lock)
    of_rep = {lock.rep_slot for lock in locks if lock.rep_id == rep.pk}
    of_customer = {lock.customer_slot for lock in locks if lock.customer_id == customer.pk}
    rules.check_rep_limit(len(of_rep), terms)
    rules.check_customer_limit(len(of_customer), terms)
    return rules.free_slot(of_rep), rules.free_slot(of_customer)


def _check_relock(rep: User, customer: Customer, unit: Unit, now: datetime, terms: HoldTerms) -> None:
    """拟:sc.authority: no second lock of a room by one rep or household right after the first ran out."""
    family = Q(customer=customer)
    if customer.household_id:
        family |= Q(customer__household=customer.household_id)
    since = now - timedelta(hours=terms.relock_hours)
    ran_out = Q(end_reason=EndReason.EXPIRED) | Q(ended_at__isnull=True)
    last = (
        Reservation.objects.filter(family | Q(rep=rep), ran_out, unit=unit, stage=Stage.LOCK)
        .filter(expires_at__gt=since, expires_at__lte=now)
        .order_by("-expires_at")
        .values_list("expires_at", flat=True)
        .first()
    )
    if last:
        again = formats.cn_time(last + timedelta(hours=terms.relock_hours), now)
        raise RuleError(
            "relock_too_soon",
            f"{unit.label} 刚由同一代表或家庭锁定到期，{again} 后才能再锁",
            "拟:sc.authority",
            "请经理保留，或先选其他房源",
        )


def remind_of_lock(claim: Reservation, terms: HoldTerms) -> None:
    """File the end of a timed claim, and the warning before it."""
    if claim.expires_at is None:
        return
    remind(LOCK_EXPIRES, claim, claim.expires_at, user=claim.rep)
    warn_at = claim.expires_at - timedelta(minutes=terms.warn_minutes)
    if warn_at > claim.started_at:
        remind(LOCK_ENDS_SOON, claim, warn_at, user=claim.rep)


# --- money and paper: the upper chapters call these ---


def move(claim: Reservation, actor: User, new: Stage, now: datetime, *, why: str = "", **fields: Any) -> None:
    """Move a locked claim along the table, with its journal row; nothing else changes a stage."""
    old = claim.at_stage
    rules.check_move(old, new)
    access.may_move(actor, claim, new).or_raise()
    if claim.customer_id is None:
        raise RuleError("no_customer", "这套保留房没有客户", "拟:sc.before_subscribe", "请经理先为客户保留")
    values = {"stage": new, "expires_at": None, **fields}
    for name, value in values.items():
        setattr(claim, name, value)
    save_versioned(claim, *values)
    if old in rules.TIMED:
        forget(claim, now=now, kinds=(LOCK_EXPIRES, LOCK_ENDS_SOON))
    journal.record(
        actor, "inventory.claim.moved", claim, happened_at=now, reason=why, old=old.value, new=new.value
    )
    changed(claim.unit.building_id)


@service
def mark_payment_recorded(
    *, actor: User, reservation_id: int, now: datetime, idempotency_key: str | None = None
) -> Reservation:
    """收款待确认: money was recorded, so the clock stops. RuleError `lock_expired` when the time is over."""
    claim = live(reservation_id)
    if rules.has_expired(claim.at_stage, claim.expires_at, now):
        raise RuleError(
            "lock_expired",
            f"{claim.unit.label} 的锁定已到期",
            "拟:sc.lock.minutes",
            "款项先记为暂收款，请经理处理",
        )
    move(claim, actor, Stage.PAID, now, paid_at=now)
    return claim


@service
def mark_payment_rejected(
    *, actor: User, reservation_id: int, reason: str, now: datetime, idempotency_key: str | None = None
) -> Reservation:
    """The money did not arrive: the claim falls back to a fresh short lock, and the rep is told."""
    claim = live(reservation_id)
    terms = terms_for(HoldTerms, on=clock.business_date(now), project=claim.project_id)
    locks = [lock for lock in live_locks(claim.rep, claim.customer_id or 0) if lock.pk != claim.pk]
    move(
        claim,
        actor,
        Stage.LOCK,
        now,
        why=reason,
        expires_at=rules.lock_until(now, terms),
        paid_at=None,
        evidence=claim.evidence or Evidence.DEPOSIT,
        rep_slot=rules.free_slot({lock.rep_slot for lock in locks if lock.rep_id == claim.rep_id}),
        customer_slot=rules.free_slot(
            {lock.customer_slot for lock in locks if lock.customer_id == claim.customer_id}
        ),
    )
    remind_of_lock(claim, terms)
    until = formats.cn_time(claim.expires_at, now)
    told = [claim.rep_id] if claim.rep_id else []
    title = f"{claim.unit.label} 收款未确认，退回锁定至{until}"
    tell(claim, f"rejected-{claim.version}", told, now, title=title, body=reason)
    return claim


@service
def mark_small_deposit(
    *, actor: User, reservation_id: int, now: datetime, idempotency_key: str | None = None
) -> Reservation:
    """小订: finance confirmed a small deposit; the room is kept for `SubscriptionTerms.small_days`."""
    claim = live(reservation_id)
    today = clock.business_date(now)
    terms = terms_for(SubscriptionTerms, on=today, project=claim.project_id)
    move(claim, actor, Stage.SMALL, now, expires_at=clock.end_of(rules.small_until(today, terms)))
    remind(LOCK_EXPIRES, claim, claim.expires_at or now, user=claim.rep)
    if claim.customer_id:
        set_stage(actor=actor, customer_id=claim.customer_id, stage=CustomerStage.DEPOSIT, now=now)
    return claim


@service
def mark_subscribed(
    *,
    actor: User,
    reservation_id: int,
    now: datetime,
    paid: Decimal | None = None,
    idempotency_key: str | None = None,
) -> Reservation:
    """认购: finance confirmed the deposit. Numbers the paper, sets the day to sign, fixes the owner.

    `paid` (yuan confirmed so far) below `deposit_due` makes it 临时认购 with a day to top up.
    """
    claim = live(reservation_id)
    rules.check_subscribable(claim.at_stage)
    today = clock.business_date(now)
    terms = terms_for(SubscriptionTerms, on=today, project=claim.project_id)
    new = rules.subscription_stage(paid, claim.deposit_due)
    move(
        claim,
        actor,
        new,
        now,
        number=claim.number or rules.number_of(today, claim.pk),
        subscribed_at=claim.subscribed_at or now,
        sign_by=rules.sign_by(today, terms),
        topup_by=rules.topup_by(today, terms) if new == Stage.TEMP else None,
    )
    if claim.customer:
        lock_lease(actor=actor, customer=claim.customer, now=now)
        set_stage(actor=actor, customer_id=claim.customer.pk, stage=CustomerStage.SUBSCRIBED, now=now)
    if claim.sign_by:
        warn_at = clock.end_of(claim.sign_by) - timedelta(hours=terms.sign_warn_hours)
        remind(SIGN_BY_NEAR, claim, warn_at, user=claim.rep)
    return claim


@service
def mark_signed(
    *, actor: User, reservation_id: int, now: datetime, idempotency_key: str | None = None
) -> Reservation:
    """签约: the contract is signed and sealed. Only its stage moves; the contract is one-to-one with it."""
    claim = live(reservation_id)
    move(claim, actor, Stage.SIGNED, now, signed_at=now)
    forget(claim, now=now, kinds=(SIGN_BY_NEAR,))
    if claim.customer_id:
        set_stage(actor=actor, customer_id=claim.customer_id, stage=CustomerStage.SIGNED, now=now)
    if claim.customer:
        note_deal(actor=actor, customer=claim.customer, now=now)
    return claim


@service
def mark_returning(
    *, actor: User, reservation_id: int, reason: str, now: datetime, idempotency_key: str | None = None
) -> Reservation:
    """退房中: not for sale until originals are recovered and the refund is confirmed (then `end_claim`)."""
    claim = live(reservation_id)
    move(claim, actor, Stage.RETURNING, now, why=reason)
    return claim
