"""质疑 (S194): raised in one tap at the table, then answered on the spot or registered at once."""

from datetime import datetime

from django.db import IntegrityError, transaction

from customers import access
from customers.models import Doubt, Feedback, Reception, Visit
from salesdept import journal
from salesdept.errors import RuleError, refuse
from salesdept.models import User
from salesdept.verbs import locked, service

REFUSALS = {
    "one_open_doubt_per_reception": RuleError(
        "doubt_open", "这组客户的质疑还没有答复或登记", "S194", "先填登记表，或记当场已答复"
    )
}
SETTLED = RuleError("doubt_settled", "这条质疑已答复或已登记", "S194", "在客户反馈里查看")


@service
def raise_doubt(
    *, actor: User, reception_id: int, now: datetime, idempotency_key: str | None = None
) -> Doubt:
    """客户有质疑, by the time of the server. Raises RuleError `reception_over`, `doubt_open`."""
    rows = Reception.objects.filter(project__in=actor.projects.all())
    reception = locked(rows, reception_id)
    access.may_use_reception(actor, reception).or_raise()
    if reception.ended_at is not None:
        raise RuleError("reception_over", "这组接待已经结束", "S194", "直接登记投诉或意见")
    slip = Visit.objects.filter(reception=reception).only("customer").first()
    try:
        with transaction.atomic():
            doubt = Doubt.objects.create(
                project_id=reception.project_id,
                reception=reception,
                customer_id=slip.customer_id if slip else None,
                by_id=reception.rep_id,
                raised_at=now,
            )
    except IntegrityError as error:
        raise refuse(error, REFUSALS) from error
    journal.record(actor, "customers.doubt.raised", doubt, happened_at=now)
    return doubt


def _open(actor: User, doubt_id: int) -> Doubt:
    doubt = locked(Doubt.objects.visible_to(actor), doubt_id)
    if doubt.feedback_id is not None or doubt.answered_at is not None:
        raise SETTLED
    return doubt


@service
def answer_doubt(*, actor: User, doubt_id: int, now: datetime, idempotency_key: str | None = None) -> Doubt:
    """当场已答复: no form is needed (S194)."""
    access.may_take_feedback(actor).or_raise()
    doubt = _open(actor, doubt_id)
    doubt.answered_at = now
    doubt.save(update_fields=["answered_at"])
    journal.record(actor, "customers.doubt.answered", doubt, happened_at=now)
    return doubt


def register_doubt(actor: User, doubt_id: int, feedback: Feedback, now: datetime) -> None:
    """Part of filing: the form that a doubt led to, and the minutes it took. Raises `doubt_settled`."""
    doubt = _open(actor, doubt_id)
    doubt.feedback = feedback
    doubt.save(update_fields=["feedback"])
    minutes = int((now - doubt.raised_at).total_seconds() // 60)
    journal.record(actor, "customers.doubt.registered", doubt, happened_at=now, minutes=minutes)
