"""回访: planned by visits, signings and handovers; made by the assistant (S28)."""

from datetime import datetime, timedelta

from customers import access
from customers.models import CallBack, Customer
from customers.rules.surveys import STAGE_MOMENTS, CallBackTerms, CallState, Moment, call_state
from regulations.queries import terms_for
from salesdept import clock, journal
from salesdept.errors import RuleError
from salesdept.models import User
from salesdept.verbs import locked, service


def plan_callback(customer: Customer, moment: str, at: datetime) -> None:
    """Plan one call after a moment, in the caller's transaction; an open one of that stage stands."""
    day = clock.business_date(at)
    terms = terms_for(CallBackTerms, on=day, project=customer.project_id)
    due = day + timedelta(days=terms.days(moment))
    row = CallBack(project_id=customer.project_id, customer=customer, stage=moment, due_on=due)
    CallBack.objects.bulk_create([row], ignore_conflicts=True)


def plan_stage(customer: Customer, stage: str, at: datetime) -> None:
    """Plan the call of a stage of the funnel that has one: 签约, 交房."""
    if stage in STAGE_MOMENTS:
        plan_callback(customer, STAGE_MOMENTS[stage], at)


def plan_first_visit(customer: Customer, at: datetime) -> None:
    plan_callback(customer, Moment.VISIT, at)


@service
def record_callback(
    *,
    actor: User,
    callback_id: int,
    reached: bool,
    now: datetime,
    score: int | None = None,
    note: str = "",
    idempotency_key: str | None = None,
) -> CallBack:
    """One call made: 完成 (or 补做), or one more try; 无法接通 after as many as the terms say."""
    access.may_call_back(actor).or_raise()
    row = locked(CallBack.objects.visible_to(actor), callback_id)
    terms = terms_for(CallBackTerms, on=clock.business_date(now), project=row.project_id)
    if score is not None and score not in range(1, 6):
        raise RuleError("score_range", "评分只有一至五", "S28", "选一档")
    row.tries, row.last_try_at = min(row.tries + 1, 999), now
    row.state = call_state(row.state, reached, row.tries, terms)
    if reached:
        row.done_at, row.score = now, score
    elif row.state == CallState.PLANNED:
        row.due_on = clock.business_date(now) + timedelta(days=1)
    row.by, row.note = actor, note.strip()[:500] or row.note
    row.save()
    journal.record(
        actor, "customers.callback.made", row, happened_at=now, reached=reached, state=row.state, score=score
    )
    return row
