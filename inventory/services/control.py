"""销控: what the manager does with rooms, and what the clock frees."""

from datetime import datetime

from customers.models import Customer
from customers.services import unlock_lease
from inventory import access, rules
from inventory.models import Reservation, Unit
from inventory.queries.stock import holder_of
from inventory.rules import EndReason, Evidence, HoldTerms, Stage
from inventory.services.claims import move, place_lock, remind_of_lock, start
from inventory.services.common import (
    LOCK_ENDS_SOON,
    LOCK_EXPIRES,
    changed,
    close,
    expire_row,
    insert,
    live,
    tell,
)
from regulations.models import Request
from regulations.queries import terms_for
from regulations.services import ask
from salesdept import clock, journal
from salesdept.errors import RuleError
from salesdept.models import User
from salesdept.services.reminders import forget
from salesdept.verbs import save_versioned, service


def _reason(words: str, clause: str) -> str:
    if not words.strip():
        raise RuleError("reason_needed", "须写明事由", clause, "写一句事由再提交")
    return words.strip()[:200]


def _hold_terms(unit: Unit, now: datetime) -> HoldTerms:
    return terms_for(HoldTerms, on=clock.business_date(now), project=unit.building.project_id)


@service
def hold_unit(
    *,
    actor: User,
    unit_id: int,
    customer: Customer | None,
    reason: str,
    until: datetime,
    now: datetime,
    idempotency_key: str | None = None,
) -> Reservation | Request:
    """保留 a room beyond the short lock: the manager's act. A rep's call files a request instead."""
    unit = Unit.objects.visible_to(actor).select_related("building").get(pk=unit_id)
    rules.check_until(now, until, _hold_terms(unit, now))
    words = _reason(reason, "拟:sc.release_on")
    if access.may_control(actor):
        return keep(actor, unit, customer, words, until, now)
    if customer is None:
        access.may_control(actor).or_raise()
    else:
        access.may_reserve(actor, customer).or_raise()
    return ask(
        actor=actor,
        kind="inventory.hold",
        subject=unit,
        title=f"保留 {unit.label} 至 {until.astimezone(clock.SHANGHAI):%m-%d %H:%M}",
        reason=words,
        payload={"customer": customer.pk if customer else None, "until": until.isoformat()},
        now=now,
    )


def keep(
    actor: User, unit: Unit, customer: Customer | None, reason: str, until: datetime, now: datetime
) -> Reservation:
    """The manager's hold: the customer's own live lock becomes it, else a new claim does."""
    holder = holder_of(unit.pk, now)
    if holder and not holder.expired and holder.stage == Stage.LOCK:
        claim = live(holder.claim_id)
        if customer and claim.customer_id == customer.pk:
            move(claim, actor, Stage.KEPT, now, why=reason, reason=reason, expires_at=until)
            remind_of_lock(claim, _hold_terms(unit, now))
            return claim
    claim = start(unit, customer, (customer.owner or actor) if customer else None, actor, now)
    claim.stage, claim.expires_at, claim.reason = Stage.KEPT, until, reason
    insert(claim, now)
    journal.record(actor, "inventory.unit.kept", claim, happened_at=now, reason=reason, until=until)
    remind_of_lock(claim, _hold_terms(unit, now))
    changed(unit.building_id)
    return claim


@service
def release_unit(
    *, actor: User, reservation_id: int, reason: str, now: datetime, idempotency_key: str | None = None
) -> Reservation | Request:
    """Free a locked, kept or 小订 room (拟:sc.release_on): the manager's act; its rep files a request."""
    claim = live(reservation_id)
    words = _reason(reason, "拟:sc.release_on")
    if access.may_control(actor):
        return end(claim, actor, EndReason.RELEASED, now, note=words)
    access.may_see_claim(actor, claim).or_raise()
    access.may_lock(actor).or_raise()
    rules.check_end(claim.at_stage, EndReason.RELEASED)
    title = f"释放 {claim.unit.label}（{claim.at_stage.label}）"
    return ask(actor=actor, kind="inventory.release", subject=claim, title=title, reason=words, now=now)


def end(claim: Reservation, actor: User, reason: EndReason, now: datetime, *, note: str = "") -> Reservation:
    """End a locked claim by a person's hand; its rep is told when it was somebody else's."""
    rules.check_end(claim.at_stage, reason)
    access.may_end(actor, claim, reason).or_raise()
    close(claim, actor, reason, now, note)
    if claim.customer and claim.at_stage in rules.SOLD:
        unlock_lease(actor=actor, customer=claim.customer, now=now, reason=reason.label)
    if claim.rep_id and claim.rep_id != actor.pk:
        title = f"{claim.unit.label} 已结束：{reason.label}"
        tell(claim, "ended", [claim.rep_id], now, title=title, body=note)
    return claim


@service
def end_claim(
    *,
    actor: User,
    reservation_id: int,
    reason: EndReason,
    note: str,
    now: datetime,
    idempotency_key: str | None = None,
) -> Reservation:
    """End a live claim for a reason its stage knows (rules.ENDS); 换房, 退房, 挞定 come through here."""
    return end(live(reservation_id), actor, EndReason(reason), now, note=_reason(note, "拟:sc.release_on"))


@service
def expire_lock(
    *, reservation_id: int, now: datetime, actor: None = None, idempotency_key: None = None
) -> Reservation | None:
    """The clock frees a timed claim whose time is over; None when it was ended, paid or prolonged."""
    return expire_row(reservation_id, now)


@service
def extend_hold(
    *,
    actor: User,
    reservation_id: int,
    until: datetime,
    reason: str,
    now: datetime,
    idempotency_key: str | None = None,
) -> Reservation:
    """Renew a 保留 before its end."""
    claim = live(reservation_id)
    access.may_control(actor, "续保留").or_raise()
    if claim.at_stage != Stage.KEPT:
        raise RuleError("not_kept", "只有保留的房源能续期", "拟:sc.release_on", "临时锁定到期后可由经理保留")
    rules.check_until(now, until, _hold_terms(claim.unit, now))
    old, claim.expires_at = claim.expires_at, until
    save_versioned(claim, "expires_at")
    forget(claim, now=now, kinds=(LOCK_EXPIRES, LOCK_ENDS_SOON))
    remind_of_lock(claim, _hold_terms(claim.unit, now))
    journal.record(
        actor,
        "inventory.unit.prolonged",
        claim,
        happened_at=now,
        reason=_reason(reason, ""),
        old=old,
        until=until,
    )
    changed(claim.unit.building_id)
    return claim


@service
def block_unit(
    *, actor: User, unit_id: int, reason: str, now: datetime, idempotency_key: str | None = None
) -> Reservation:
    """封盘: off the market (抵押, 查封, 样板), with its reason. Ends by `end_claim(UNBLOCKED)`."""
    access.may_control(actor, "封盘").or_raise()
    unit = Unit.objects.visible_to(actor).select_related("building").get(pk=unit_id)
    claim = Reservation(
        unit=unit,
        project_id=unit.building.project_id,
        stage=Stage.BLOCKED,
        created_by=actor,
        started_at=now,
        reason=_reason(reason, "拟:sc.release_on"),
    )
    insert(claim, now)
    journal.record(actor, "inventory.unit.blocked", claim, happened_at=now, reason=claim.reason)
    changed(unit.building_id)
    return claim


# --- effects of approved requests (slot APPROVALS) ---


def approve_lock(request: Request, actor: User, now: datetime) -> None:
    """Strict mode: the manager's yes places the lock in the requester's name."""
    unit, customer = _asked(request)
    if customer is None:
        raise RuleError("customer_gone", "申请里的客户已不在", "拟:sc.authority", "驳回后请代表重新申请")
    evidence = Evidence(request.payload["evidence"]).value
    place_lock(actor, request.requester, unit, customer, evidence, now, _hold_terms(unit, now))


def approve_hold(request: Request, actor: User, now: datetime) -> None:
    unit, customer = _asked(request)
    until = datetime.fromisoformat(request.payload["until"])
    rules.check_until(now, until, _hold_terms(unit, now))
    keep(actor, unit, customer, request.reason[:200], until, now)


def approve_release(request: Request, actor: User, now: datetime) -> None:
    claim = live(int(request.subject.partition(":")[2]))
    end(claim, actor, EndReason.RELEASED, now, note=request.reason)


def _asked(request: Request) -> tuple[Unit, Customer | None]:
    unit = Unit.objects.select_related("building").get(pk=int(request.subject.partition(":")[2]))
    customer = Customer.objects.filter(pk=request.payload.get("customer")).first()
    return unit, customer
