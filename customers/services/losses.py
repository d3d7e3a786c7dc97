"""战败 and 拾回 (S38): calling a customer lost, and taking him up again."""

from datetime import datetime

from django.db import IntegrityError, transaction

from customers import access
from customers.models import Customer, Loss
from customers.rules import Stage
from customers.rules.losses import LossTerms, check_loss, win_back_on
from customers.services.leases import tell
from customers.services.lossrows import end_loss
from customers.services.people import live_customer, next_follow_on, plan_follow_up
from regulations.queries import terms_for
from salesdept import clock, journal
from salesdept.errors import RuleError, refuse
from salesdept.models import User
from salesdept.verbs import save_versioned, service

NOT_LOST = RuleError("not_lost", "这位客户没有记战败", "S38", "刷新后再看")
ONCE = RuleError("already_lost", "这位客户已记战败", "S38", "在拾回名单里查看")


@service
def mark_lost(
    *,
    actor: User,
    customer_id: int,
    reason: str,
    now: datetime,
    rival: str = "",
    note: str = "",
    idempotency_key: str | None = None,
) -> Loss:
    """战败: out of the daily follow-up until the day to try again, which the reason gives.

    The lease goes on as it is. Raises RuleError `in_deal`, `already_lost`, `loss_unsaid`.
    """
    customer = live_customer(customer_id)
    access.may_work_on(actor, customer).or_raise()
    why = check_loss(customer.stage, reason, rival, note)
    today = clock.business_date(now)
    again = win_back_on(why, today, terms_for(LossTerms, on=today, project=customer.project_id))
    try:
        with transaction.atomic():
            loss = Loss.objects.create(
                project_id=customer.project_id,
                customer=customer,
                reason=why,
                rival=rival.strip()[:40],
                note=note.strip()[:200],
                was=customer.stage,
                by=actor,
                lost_at=now,
                again_on=again,
            )
    except IntegrityError as error:
        raise refuse(error, {"a_customer_is_lost_once": ONCE}) from error
    customer.stage = Stage.LOST
    plan_follow_up(customer, again)
    save_versioned(customer, "stage", "next_follow_on")
    journal.record(
        actor,
        "customers.customer.lost",
        customer,
        happened_at=now,
        reason=why.label,
        old=loss.was,
        again=again,
    )
    if customer.owner_id not in (None, actor.pk):
        url = f"/customers/{customer.pk}/"
        tell(customer.owner_id, f"{actor.name} 把 {customer} 记为战败", f"lost:{loss.pk}", url, "S38", now)
    return loss


@service
def win_back(*, actor: User, customer_id: int, now: datetime, idempotency_key: str | None = None) -> Customer:
    """拾回: back to the stage before, the next follow-up by the grade. Raises RuleError `not_lost`."""
    customer = live_customer(customer_id)
    access.may_work_on(actor, customer).or_raise()
    if customer.stage != Stage.LOST:
        raise NOT_LOST
    loss = end_loss(customer, actor, now)
    back = (
        Stage.REVISITED
        if customer.visit_count > 1
        else Stage.VISITED
        if customer.visit_count
        else Stage.CALLED
    )
    customer.stage = loss.was if loss else back
    plan_follow_up(customer, next_follow_on(customer.grade, clock.business_date(now), customer.project_id))
    save_versioned(customer, "stage", "next_follow_on")
    return customer
