"""打电话 to an own customer: what came of it, asked once on return."""

from collections.abc import Mapping
from datetime import date, datetime

from customers.models import Dialled
from customers.rules import FollowMethod
from customers.rules.followups import FollowResult
from customers.rules.register import DialOutcome
from customers.services.followups import add_follow_up
from customers.services.people import next_follow_on
from salesdept import clock, journal
from salesdept.errors import RuleError
from salesdept.formats import cn_date
from salesdept.models import User
from salesdept.verbs import locked, service

RESULTS: Mapping[str, FollowResult] = {
    DialOutcome.CONNECTED: FollowResult.TALKED,
    DialOutcome.BOOKED: FollowResult.TALKED,
    DialOutcome.NO_ANSWER: FollowResult.NO_ANSWER,
    DialOutcome.DEAD: FollowResult.DEAD,
}
UNKNOWN = RuleError("outcome_unknown", "没有这个结果", "S35", "选接通、未接、空号或约来访")


@service
def answer_dialled(
    *,
    actor: User,
    dialled_id: int,
    outcome: str,
    now: datetime,
    note: str = "",
    booked_on: date | None = None,
    idempotency_key: str | None = None,
) -> Dialled:
    """接通, 未接, 空号 and 约来访 become a follow-up; 不记 closes the question. Asked once.

    Raises RuleError `outcome_unknown`, `day_needed`, and what `add_follow_up` refuses.
    """
    row = locked(Dialled.objects.visible_to(actor), dialled_id)
    if row.outcome:
        return row
    if outcome not in DialOutcome.values:
        raise UNKNOWN
    booked = booked_on if outcome == DialOutcome.BOOKED else None
    if outcome == DialOutcome.BOOKED and (booked is None or booked < clock.business_date(now)):
        raise RuleError("day_needed", "约来访须写哪天", "S26", "选今天或以后的日期")
    if outcome in RESULTS:
        customer, today = row.customer, clock.business_date(now)
        add_follow_up(
            actor=actor,
            customer_id=row.customer_id,
            method=FollowMethod.PHONE,
            outcome=RESULTS[outcome],
            content=_content(outcome, note, booked),
            # One tap is no form: the grade plans the next day where none was agreed (S26).
            next_on=booked or next_follow_on(customer.grade, today, customer.project_id),
            now=now,
        )
    row.outcome, row.answered_at, row.booked_on = outcome, now, booked
    row.save(update_fields=["outcome", "answered_at", "booked_on"])
    journal.record(actor, "customers.dialled.answered", row, happened_at=now, outcome=outcome)
    return row


def _content(outcome: str, note: str, booked: date | None) -> str:
    """The rep's own words, behind what was ticked."""
    said = f"约好 {cn_date(booked)} 来访" if booked else f"电话{DialOutcome(outcome).label}"
    return f"{said}：{note.strip()}" if note.strip() else said
