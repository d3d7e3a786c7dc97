"""Reminders before a deadline of the register, and 升级 when it is missed: 主管, then 经理 (S140, S141)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from customers.models import Feedback
from customers.rules import FeedbackTerms
from customers.rules.feedback import UNCOUNTED, FeedbackState
from customers.services.feedback import (
    ASSISTANTS,
    MANAGERS,
    SUPERVISORS,
    people_of,
    responsible_of,
    save_row,
    tell_about,
)
from customers.services.feedback_steps import ANSWER, FORWARD
from regulations.queries import terms_for
from salesdept import clock, journal
from salesdept.models import Reminder, User
from salesdept.rules import Message, Role
from salesdept.services.reminders import remind
from salesdept.slots import ReminderKind
from salesdept.verbs import locked, service

WORDS = {FORWARD: "转办", ANSWER: "答复"}


def _waits(row: Feedback, kind: str) -> bool:
    """Whether the clock still runs: neither done, nor withdrawn or joined to another."""
    if row.state in UNCOUNTED or row.state == FeedbackState.CLOSED:
        return False
    return (row.forwarded_at if kind == FORWARD else row.replied_at) is None


def ring(reminder: Reminder, now: datetime) -> Sequence[Message]:
    """A deadline comes near or is missed; nothing when it has been met or the item was opened again."""
    pk = int(reminder.object_ref.rpartition(":")[2])
    row = Feedback.objects.filter(pk=pk).first()
    given = reminder.payload
    if row is None or row.round != given["round"] or not _waits(row, reminder.kind):
        return ()
    if given["step"] == "warn":
        near = [responsible_of(row), row.handler_id, *people_of(row.project_id, ASSISTANTS)]
        who = people_of(row.project_id, ASSISTANTS) if reminder.kind == FORWARD else near
        tell_about(row, who, f"{WORDS[reminder.kind]}时限将到", f"warn:{reminder.kind}", now)
        return ()
    level = 2 if given["step"] == "again" else 1
    escalate_feedback(actor=None, feedback_id=pk, kind=reminder.kind, level=level, now=now)
    return ()


@service
def escalate_feedback(
    *,
    actor: User | None,
    feedback_id: int,
    kind: str,
    level: int,
    now: datetime,
    idempotency_key: str | None = None,
) -> Feedback:
    """升级 a missed deadline: level 1 tells 主管, level 2 经理; where there is none, the next above."""
    row = locked(Feedback.objects.all(), feedback_id)
    if not _waits(row, kind):
        return row
    chain = (SUPERVISORS, MANAGERS, (Role.DIRECTOR,))[level - 1 :]
    who = next((found for roles in chain if (found := people_of(row.project_id, roles))), [])
    row.escalated = max(row.escalated, level)
    save_row(row, "escalated")
    journal.record(
        actor, "customers.feedback.escalated", row, happened_at=now, level=level, clock=WORDS[kind]
    )
    tell_about(row, who, f"{WORDS[kind]}已超时", f"late{level}:{kind}", now)
    if level == 1:
        terms = terms_for(FeedbackTerms, on=clock.business_date(now), project=row.project_id)
        again = now + timedelta(hours=terms.escalate_hours)
        remind(kind, row, again, step="again", round=row.round)
    return row


KINDS = (
    ReminderKind(FORWARD, "反馈转办", ring),
    ReminderKind(ANSWER, "反馈答复", ring),
)
