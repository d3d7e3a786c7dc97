"""跟进: the rep says what happened, the rule decides whether it counts; every one plans the next (S26)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from customers import access, rules
from customers.models import Customer, FollowUp, OwnershipLease
from customers.rules import FollowMethod, LeaseState, OwnTerms, RegisterTerms
from customers.rules import followups as follow_rules
from customers.rules.followups import FollowResult, FollowTerms
from customers.rules.register import check_follow
from customers.services.clocks import last_day_for, note_count
from customers.services.leases import live_lease, renew
from customers.services.people import live_customer, next_follow_on, plan_follow_up
from regulations.queries import terms_and_version, terms_for
from regulations.rules import Verdicts
from regulations.services import record_decision
from salesdept import clock, journal
from salesdept.errors import RuleError
from salesdept.models import Event, User
from salesdept.verbs import save_versioned, service

MOVED = "customers.followup.moved"
_REACHED: Mapping[str, FollowResult] = {
    FollowMethod.PHONE: FollowResult.TALKED,
    FollowMethod.MEETING: FollowResult.MET,
}
_MISSED: Mapping[str, FollowResult] = {FollowMethod.PHONE: FollowResult.NO_ANSWER}


@dataclass(frozen=True, slots=True)
class _Counted:
    """What a counting follow-up did to the lease: days from it, and the count before."""

    days: int
    held_from: date | None
    held_days: int | None


@service
def add_follow_up(
    *,
    actor: User,
    customer_id: int,
    method: str,
    content: str,
    now: datetime,
    outcome: str = "",
    effective: bool | None = None,
    promise: str = "",
    proof: str = "",
    next_on: date | None = None,
    idempotency_key: str | None = None,
) -> FollowUp:
    """Record a follow-up. Only what counts by its rule, by the owner, renews the lease (拟:own.renew).

    `outcome` says what happened; `effective` alone (contact made or not) stands for the plain one of the
    method. `promise` is what the customer was told he would get: whoever receives him next reads it on the
    代接卡 (S135). Without `next_on` the next is planned by the grade. Raises RuleError `content_needed`,
    `field_needed`, `result_unknown`, `follow_in_past`, `follow_too_far`, `lease_over`.
    """
    customer = live_customer(customer_id)
    access.may_work_on(actor, customer).or_raise()
    today = clock.business_date(now)
    terms, version = terms_and_version(FollowTerms, on=today, project=customer.project_id)
    if next_on is not None:
        follow_rules.check_next(next_on, today, terms)
    _check_said(customer, content, next_on, today)
    result = follow_rules.read_result(method, outcome or plain_result(method, reached=bool(effective)))
    verdicts = _judge(customer, method, result, content, today, terms)
    counted = _renew(customer, actor, today, now) if verdicts.result["effective"] else None
    row = FollowUp.objects.create(
        project_id=customer.project_id,
        customer=customer,
        by=actor,
        method=method,
        outcome=result,
        effective=verdicts.result["effective"],
        content=content.strip()[:500],
        promise=promise.strip()[:200],
        proof=proof.strip()[:200],
        next_on=next_on or next_follow_on(customer.grade, today, customer.project_id),
        due_on=customer.next_follow_on,
        **_held(counted),
        happened_at=now,
    )
    _update(customer, row, now)
    record_decision(verdicts, row, actor=actor, now=now, terms=terms, version=version)
    said: dict[str, Any] = {"outcome": result.value, "effective": row.effective, "renewed": bool(counted)}
    journal.record(actor, "customers.followup.added", row, happened_at=now, **said)
    return row


def _check_said(customer: Customer, content: str, next_on: date | None, today: date) -> None:
    """What a follow-up must say: words always, and what the office asks for besides (S35)."""
    if not content.strip():
        raise RuleError("content_needed", "跟进须写内容", "S35", "写一句客户怎么说")
    register = terms_for(RegisterTerms, on=today, project=customer.project_id)
    check_follow({"content": content, "next_on": next_on}, register)


def _held(counted: _Counted | None) -> dict[str, Any]:
    """What a follow-up keeps of its effect on the lease."""
    if counted is None:
        return {}
    return {
        "counted_days": counted.days,
        "held_from": counted.held_from,
        "held_days": counted.held_days,
    }


def plain_result(method: str, *, reached: bool) -> str:
    """What contact, or none, is called by a method."""
    if reached:
        return _REACHED.get(method, FollowResult.ANSWERED)
    return _MISSED.get(method, FollowResult.SENT)


def _judge(
    customer: Customer, method: str, result: FollowResult, content: str, today: date, terms: FollowTerms
) -> Verdicts:
    counted = FollowUp.objects.counting().filter(customer=customer, happened_at__gte=clock.at(today))
    inputs: dict[str, Any] = {
        "method": str(method),
        "outcome": result.value,
        "words": follow_rules.words_in(content),
        "counted_today": counted.count(),
    }
    return follow_rules.is_effective(inputs, terms)


def days_of(customer: Customer, basis: str, grade: str, on: date) -> int:
    """For how many days an effective contact on a day holds the customer's lease of this basis and grade."""
    terms = terms_for(OwnTerms, on=on, project=customer.project_id)
    return rules.valid_days(basis, grade, terms, rules.product_of(customer.want_layout))


def _renew(customer: Customer, actor: User, today: date, now: datetime) -> _Counted | None:
    """Count the owner's lease from today; None when it is not hers or a dispute holds it."""
    lease = live_lease(customer)
    if lease is None or lease.rep_id != actor.pk or lease.state == LeaseState.FROZEN:
        return None
    if lease.state == LeaseState.ACTIVE and today > lease.expires_on:
        raise RuleError(
            "lease_over",
            "归属已过最后一天，跟进不能续期",
            "拟:own.valid.visit",
            "请主管重新分配，或等客户再次来访",
        )
    if lease.counted_from is None:
        note_count(lease, min(clock.business_date(lease.last_effective_at), lease.expires_on))
    counted = _Counted(_days(lease, customer, today), lease.counted_from, lease.counted_days)
    last = last_day_for(rep_id=lease.rep_id, project=lease.project_id, event_day=today, days=counted.days)
    renew(lease, last, now)
    return counted


def _days(lease: OwnershipLease, customer: Customer, today: date) -> int:
    return days_of(customer, lease.basis, customer.grade, today)


def _update(customer: Customer, row: FollowUp, now: datetime) -> None:
    customer.last_contact_at, customer.last_contact = now, row.get_method_display()
    customer.last_note = row.content[:200]
    plan_follow_up(customer, row.next_on)
    save_versioned(customer, "last_contact_at", "last_contact", "last_note", "next_follow_on")


@service
def complete_follow_up(
    *,
    actor: User,
    customer_id: int,
    now: datetime,
    content: str = "",
    idempotency_key: str | None = None,
) -> FollowUp:
    """完成跟进 in one tap: contact by phone was made; the next one is planned by the grade."""
    customer = live_customer(customer_id)
    return add_follow_up(
        actor=actor,
        customer_id=customer_id,
        method=FollowMethod.PHONE,
        outcome=FollowResult.TALKED,
        content=content or "已联系",
        next_on=next_follow_on(customer.grade, clock.business_date(now), customer.project_id),
        now=now,
    )


@service
def move_follow_up(
    *, actor: User, customer_id: int, next_on: date, now: datetime, idempotency_key: str | None = None
) -> Customer:
    """改期: another day for the next follow-up; not contact, so that the lease stays as it is.

    Putting off is allowed so often between two follow-ups (RuleError `moved_too_often`); earlier always.
    """
    customer = live_customer(customer_id)
    access.may_work_on(actor, customer).or_raise()
    today = clock.business_date(now)
    terms = terms_for(FollowTerms, on=today, project=customer.project_id)
    follow_rules.check_next(next_on, today, terms)
    old = customer.next_follow_on
    if old is None or next_on > old:
        follow_rules.check_move(times_moved(customer), terms)
    plan_follow_up(customer, next_on)
    save_versioned(customer, "next_follow_on")
    journal.record(actor, MOVED, customer, happened_at=now, old=old, new=next_on)
    return customer


def times_moved(customer: Customer) -> int:
    """How often the next follow-up was put off since the last one was written."""
    last = FollowUp.objects.filter(customer=customer).order_by("-pk").first()
    moves = Event.objects.filter(customer_ref=customer.pk, verb=MOVED)
    if last is not None:
        moves = moves.filter(happened_at__gte=last.happened_at)
    told = moves.order_by("-pk").values_list("changes", flat=True)[:50]
    return sum(1 for changes in told if (changes.get("old") or "") < changes["new"])
