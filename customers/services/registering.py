"""A visit without a register, and a register that still wants something: who is told, and when."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from customers.models import Call, Reception, Visit
from customers.queries.slips import kind_of, missing_in, state_of, terms_of
from customers.rules import Contact, RegisterTerms
from customers.rules.register import RegisterState, closing_of, unregistered_due, words_of
from regulations.queries import terms_for
from salesdept import clock, journal
from salesdept.clock import SHANGHAI
from salesdept.models import Reminder, User
from salesdept.rules import Message, Role
from salesdept.services.reminders import forget, remind
from salesdept.slots import ReminderKind
from salesdept.verbs import locked, service

UNREGISTERED = "customers.unregistered"
INCOMPLETE = "customers.incomplete"
CLOSING = "customers.register_closing"


# --- filing and forgetting


def remind_unregistered(reception: Reception) -> None:
    """Ask the rep, then the assistant, when a guest has no register yet (S134)."""
    if reception.kind != Contact.VISIT:
        return
    day = clock.business_date(reception.started_at)
    terms = terms_for(RegisterTerms, on=day, project=reception.project_id)
    to_rep, to_assistant = unregistered_due(reception.started_at, terms)
    remind(UNREGISTERED, reception, to_rep, user=reception.rep)
    if to_assistant > to_rep:
        remind(UNREGISTERED, reception, to_assistant, everybody=True)


def forget_unregistered(reception: Reception, now: datetime) -> None:
    forget(reception, now=now, kinds=(UNREGISTERED,))


def remind_to_complete(slip: Visit | Call, terms: RegisterTerms, now: datetime) -> None:
    """待补全: ask its rep before closing, mark it at closing."""
    if slip.state != RegisterState.PENDING:
        return
    closing = closing_of(slip.happened_at.astimezone(SHANGHAI), terms)
    before = closing - timedelta(minutes=terms.remind_before)
    if before > now:
        remind(INCOMPLETE, slip, before, user=slip.received_by)
    remind(CLOSING, slip, closing, user=slip.received_by)


def forget_to_complete(slip: Visit | Call, now: datetime) -> None:
    forget(slip, now=now, kinds=(INCOMPLETE, CLOSING))


# --- when they are due


def _reception(reminder: Reminder) -> Reception | None:
    rows = Reception.objects.select_related("rep").filter(visit__isnull=True)
    return rows.filter(pk=int(reminder.object_ref.rpartition(":")[2])).first()


def unregistered(reminder: Reminder, now: datetime) -> Sequence[Message]:
    """The rep first; the assistants of the project when the guest is still unregistered later on."""
    reception = _reception(reminder)
    if reception is None:
        return ()
    title, people = "客户还没有登记，离开前请填《客户登记表》", [reception.rep_id]
    if reminder.payload.get("everybody"):
        title = f"{reception.rep.name} 接待的客户还没有登记"
        rows = User.objects.filter(role=Role.ASSISTANT, is_active=True, projects=reception.project_id)
        people = list(rows.values_list("pk", flat=True))
    url = "/customers/visits/new/" if reception.ended_at is None else "/customers/visits/"
    key = f"unregistered:{reminder.pk}"
    return [Message(user_id=pk, title=title, key=key, url=url, clause="S134") for pk in people]


def _slip(reminder: Reminder) -> Visit | Call | None:
    found: Any = journal.resolve(reminder.object_ref)
    return found if found is not None and found.state == RegisterState.PENDING else None


def incomplete(reminder: Reminder, now: datetime) -> Sequence[Message]:
    slip = _slip(reminder)
    if slip is None or reminder.user_id is None:
        return ()
    terms = terms_of(slip)
    left = words_of(missing_in(slip, terms), terms)
    title = f"{slip.customer} 的登记待补全：{left}"
    url = f"/customers/{kind_of(slip).value}s/{slip.pk}/correct/"
    key = f"incomplete:{reminder.object_ref}"
    return (Message(user_id=reminder.user_id, title=title, key=key, url=url, clause="拟:own.complete_by"),)


def closing(reminder: Reminder, now: datetime) -> Sequence[Message]:
    """Mark what was not completed, and tell its rep what that means."""
    slip = _slip(reminder)
    if slip is None or reminder.user_id is None:
        return ()
    mark_weak(actor=None, kind=kind_of(slip), slip_id=slip.pk, now=now)
    title = f"{slip.customer} 的登记逾期未补全，证据效力较弱"
    url = f"/customers/{kind_of(slip).value}s/{slip.pk}/"
    key = f"weak:{reminder.object_ref}"
    return (Message(user_id=reminder.user_id, title=title, key=key, url=url, clause="拟:own.complete_by"),)


@service
def mark_weak(
    *, actor: User | None, kind: Contact, slip_id: int, now: datetime, idempotency_key: str | None = None
) -> Visit | Call:
    """逾期未补全 after closing: from then on weak evidence. What was completed meanwhile is left alone."""
    slip: Visit | Call = (
        locked(Call.objects.all(), slip_id) if kind == Contact.CALL else locked(Visit.objects.all(), slip_id)
    )
    if slip.state != RegisterState.PENDING or state_of(slip, terms_of(slip), now) != RegisterState.WEAK:
        return slip
    slip.state = RegisterState.WEAK
    slip.save(update_fields=["state"])
    journal.record(actor, f"customers.{kind.value}.weak", slip, happened_at=now)
    return slip


KINDS = (
    ReminderKind(UNREGISTERED, "客户未登记", unregistered),
    ReminderKind(INCOMPLETE, "登记待补全", incomplete),
    # Closing may fall into the quiet hours; the mark does not wait for the morning.
    ReminderKind(CLOSING, "登记截止", closing, urgent=True),
)
