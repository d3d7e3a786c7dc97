"""A, B, C: set by a person with a reason; behaviour only suggests (S24)."""

from datetime import datetime
from typing import Any

from customers import access
from customers.models import Customer
from customers.queries.grading import suggestion
from customers.rules import Grade
from customers.services.people import live_customer, next_follow_on, plan_follow_up
from customers.services.poolrows import end_cofollows
from regulations.services import record_decision
from salesdept import clock, journal
from salesdept.errors import RuleError
from salesdept.models import User
from salesdept.verbs import save_versioned, service


@service
def set_grade(
    *,
    actor: User,
    customer_id: int,
    grade: str,
    now: datetime,
    reason: str = "",
    idempotency_key: str | None = None,
) -> Customer:
    """Grade A, B or C, with a reason; the next follow-up is planned anew from today.

    Leaving A ends co-follows. Raises RuleError `grade_unknown`, `grade_reason`.
    """
    customer = live_customer(customer_id)
    access.may_work_on(actor, customer).or_raise()
    if grade not in Grade.values:
        raise RuleError("grade_unknown", "等级只有 A、B、C", "S24", "选其中一个")
    if customer.grade == grade:
        return customer
    if not reason.strip():
        raise RuleError("grade_reason", "改等级须写原因", "S24", "写一句为什么，或采用建议等级")
    _change(actor, customer, grade, now, reason.strip())
    return customer


def _change(actor: User, customer: Customer, grade: str, now: datetime, reason: str, **more: Any) -> None:
    old, customer.grade = customer.grade, grade
    if customer.owner_id is not None:
        plan_follow_up(customer, next_follow_on(grade, clock.business_date(now), customer.project_id))
    save_versioned(customer, "grade", "next_follow_on")
    journal.record(
        actor, "customers.grade.set", customer, happened_at=now, reason=reason, old=old, new=grade, **more
    )
    if old == Grade.A:
        end_cofollows([customer.pk], now, f"等级改为 {grade} 类", actor=actor)


@service
def accept_grade(
    *, actor: User, customer_id: int, grade: str, now: datetime, idempotency_key: str | None = None
) -> Customer:
    """采用建议等级 in one tap. The suggestion is made again; its decision is stored with its steps.

    Raises RuleError `suggestion_changed` when behaviour now suggests another grade than the one tapped.
    """
    customer = live_customer(customer_id)
    access.may_work_on(actor, customer).or_raise()
    today = clock.business_date(now)
    verdicts, terms, version = suggestion(customer, today)
    if verdicts.result["grade"] != grade:
        raise RuleError("suggestion_changed", "建议等级已变", "S24", "刷新后看新的建议")
    if customer.grade == grade:
        return customer
    record_decision(verdicts, customer, actor=actor, now=now, terms=terms, version=version)
    _change(actor, customer, grade, now, f"采用建议：{verdicts.result['points']} 分", suggested=True)
    return customer
