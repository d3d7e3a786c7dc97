"""拜访计划: a line, a period filled from what is due, another day, and taking a line out (S33)."""

from datetime import date, datetime

from django.db import IntegrityError, transaction

from customers import access
from customers.models import Customer, VisitPlan
from customers.rules.plans import PlanKind, PlanTerms, check_day
from customers.services.people import live_customer
from regulations.queries import terms_for
from salesdept import clock, journal
from salesdept.errors import RuleError, refuse
from salesdept.models import Project, User
from salesdept.verbs import locked, service

TWICE = RuleError("planned", "这一天已排了这位客户", "S33", "改一天，或先取消那一条")
REFUSALS = {"one_plan_per_customer_and_day": TWICE}
OVER = RuleError("plan_over", "这条计划已取消", "S33", "刷新后再看")
MOST = 50


@service
def plan_visit(
    *,
    actor: User,
    customer_id: int,
    on: date,
    now: datetime,
    kind: str = PlanKind.CALL,
    purpose: str = "",
    idempotency_key: str | None = None,
) -> VisitPlan:
    """One line of the own plan. Raises RuleError `plan_in_past`, `plan_too_far`, `planned`."""
    customer = live_customer(customer_id)
    access.may_work_on(actor, customer).or_raise()
    today = clock.business_date(now)
    check_day(on, today, terms_for(PlanTerms, on=today, project=customer.project_id))
    try:
        with transaction.atomic():
            plan = VisitPlan.objects.create(
                project_id=customer.project_id,
                rep=actor,
                customer=customer,
                on=on,
                kind=kind if kind in PlanKind.values else PlanKind.CALL,
                purpose=purpose.strip()[:100],
                made_at=now,
            )
    except IntegrityError as error:
        raise refuse(error, REFUSALS) from error
    journal.record(actor, "customers.plan.made", plan, happened_at=now, on=on, kind=plan.kind)
    return plan


@service
def fill_plan(
    *,
    actor: User,
    project: Project,
    first: date,
    last: date,
    now: datetime,
    idempotency_key: str | None = None,
) -> int:
    """Everybody of one's own who is due in these days, each on his day; returns how many, at most 50.

    Who is planned on that day already, and days that are over, are left out.
    """
    access.may_plan(actor).or_raise()
    today = clock.business_date(now)
    due = Customer.objects.filter(
        owner=actor, project=project, next_follow_on__gte=max(first, today), next_follow_on__lte=last
    ).order_by("next_follow_on", "pk")
    there = set(
        VisitPlan.objects.live()
        .filter(rep=actor, on__gte=first, on__lte=last)
        .values_list("customer_id", "on")
    )
    wanted = [person for person in due if (person.pk, person.next_follow_on) not in there][:MOST]
    lines = [
        VisitPlan(
            project=project,
            rep=actor,
            customer=person,
            on=person.next_follow_on,
            purpose="到期跟进",
            made_at=now,
        )
        for person in wanted
    ]
    try:
        with transaction.atomic():
            plans = VisitPlan.objects.bulk_create(lines)
    except IntegrityError as error:
        raise refuse(error, REFUSALS) from error
    journal.record_many(actor, "customers.plan.made", plans, happened_at=now)
    return len(plans)


def _own(actor: User, plan_id: int) -> VisitPlan:
    plan = locked(VisitPlan.objects.visible_to(actor), plan_id)
    access.may_change_plan(actor, plan).or_raise()
    if plan.cancelled_at is not None:
        raise OVER
    return plan


@service
def move_plan(
    *, actor: User, plan_id: int, on: date, now: datetime, idempotency_key: str | None = None
) -> VisitPlan:
    """To another day. Raises RuleError `plan_over`, `plan_in_past`, `plan_too_far`, `planned`."""
    plan = _own(actor, plan_id)
    today = clock.business_date(now)
    check_day(on, today, terms_for(PlanTerms, on=today, project=plan.project_id))
    old, plan.on = plan.on, on
    try:
        with transaction.atomic():
            plan.save(update_fields=["on"])
    except IntegrityError as error:
        raise refuse(error, REFUSALS) from error
    journal.record(actor, "customers.plan.moved", plan, happened_at=now, old=old, new=on)
    return plan


@service
def cancel_plan(*, actor: User, plan_id: int, now: datetime, idempotency_key: str | None = None) -> VisitPlan:
    """Take a line out of the plan."""
    plan = _own(actor, plan_id)
    plan.cancelled_at = now
    plan.save(update_fields=["cancelled_at"])
    journal.record(actor, "customers.plan.cancelled", plan, happened_at=now)
    return plan
