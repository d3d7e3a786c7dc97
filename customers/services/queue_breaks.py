"""暂离, 午餐, 外出: told or asked by rule, granted by time-out when enough wait, and the way back."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from customers import access
from customers.models import AbsenceRequest, QueueEntry
from customers.rules import Absence, QueueState, QueueTerms, TurnEvent
from customers.rules.queue_words import STATE_OF, RequestState, check_event
from customers.services.queue import floor_of, noted, own_entry
from customers.services.queue_log import QUEUE_URL, Floor, desk_people, floor_if_open, tell, touch
from salesdept import clock, journal
from salesdept.errors import RuleError, refuse
from salesdept.models import Reminder, User
from salesdept.rules import Message
from salesdept.services.reminders import forget, remind
from salesdept.slots import ReminderKind
from salesdept.verbs import locked, service

DUE = "customers.absence_due"
REFUSALS = {
    "one_open_absence_per_rep": RuleError(
        "absence_asked", "已有一份暂离申请在等答复", "S110", "等助理答复，或先撤回"
    )
}
ANSWERED = RuleError("absence_answered", "这份申请已有答复", "S110", "如仍需要，请另提一份")


def check_leave(on: Floor, absence: str) -> None:
    """Refuse what would leave too few waiting (S108) or too many at lunch (S107)."""
    terms: QueueTerms = on.terms
    if on.waiting() - 1 < terms.min_waiting:
        raise RuleError(
            "hall_empty",
            f"大厅须始终有 {terms.min_waiting} 位代表候客",
            "S108",
            "等同事回到候客，或请助理安排",
        )
    eating = sum(1 for seat in on.hall.seats.values() if seat.state == QueueState.LUNCH)
    if absence == Absence.LUNCH and eating >= terms.lunch_at_once:
        raise RuleError("lunch_full", f"已有 {eating} 位同事用餐，午餐分批进行", "S107", "等一位同事回来再去")


def _leave(
    on: Floor, entry: QueueEntry, actor: User | None, absence: str, note: str, now: datetime
) -> QueueEntry:
    row = on.append(TurnEvent.LEFT, entry.rep, actor, now, word=absence, note=note)
    return noted(on, entry, row, actor, now)


@service
def step_away(
    *,
    actor: User,
    entry_id: int,
    now: datetime,
    reason: str = "",
    absence: str = Absence.RESTROOM,
    idempotency_key: str | None = None,
) -> QueueEntry:
    """Leave the hall for a while; the place is kept, and whether a missed turn is made up is a term.

    Where the rule says ask (S110), a request is filed and the rep goes on waiting until it is answered.
    """
    entry = own_entry(actor, entry_id)
    if entry.rep_id != actor.pk:
        access.may_run_queue(actor, entry.project, now).or_raise()
    if absence not in Absence.values:
        raise RuleError("absence_unknown", "没有这种离开原因", "拟:q.comp.yes", "在所列原因中选一个")
    if absence == Absence.MEETING:
        access.may_send_to_meeting(actor, entry, now).or_raise()
    on = floor_of(entry, now)
    check_event(TurnEvent.LEFT, on.state(entry.rep_id))
    runs = bool(access.may_run_queue(actor, entry.project, now))
    if on.terms.must_ask(absence) and not runs:
        return _ask(on, entry, absence, reason, now)
    check_leave(on, absence)
    return _leave(on, entry, actor, absence, reason, now)


def _ask(on: Floor, entry: QueueEntry, absence: str, note: str, now: datetime) -> QueueEntry:
    due = now + timedelta(minutes=on.terms.consent_minutes)
    try:
        with transaction.atomic():
            request = AbsenceRequest.objects.create(
                entry=entry, absence=absence, note=note.strip()[:100], asked_at=now, due_at=due
            )
    except IntegrityError as error:
        raise refuse(error, REFUSALS) from error
    remind(DUE, request, due)
    touch(entry.project_id, entry.day)
    label = Absence(absence).label
    people = desk_people(entry.project_id, entry.day)
    tell(people, f"{entry.rep.name} 申请{label}", f"absence:{request.pk}", now, "S110", note[:100])
    journal.record(
        entry.rep, "customers.absence.asked", request, happened_at=now, reason=note, absence=absence
    )
    return entry


@service
def come_back(*, actor: User, entry_id: int, now: datetime, idempotency_key: str | None = None) -> QueueEntry:
    """Back in the hall, at the kept place. Out of the meeting room (S200) only by who sent there."""
    entry = own_entry(actor, entry_id)
    if entry.absence == Absence.MEETING:
        access.may_send_to_meeting(actor, entry, now).or_raise()
    if entry.rep_id != actor.pk:
        access.may_run_queue(actor, entry.project, now).or_raise()
    on = floor_of(entry, now)
    check_event(TurnEvent.BACK, on.state(entry.rep_id))
    return noted(on, entry, on.append(TurnEvent.BACK, entry.rep, actor, now), actor, now)


def _asked(actor: User, request_id: int) -> AbsenceRequest:
    rows = AbsenceRequest.objects.filter(entry__project__in=actor.projects.all())
    return rows.select_related("entry__rep", "entry__project").get(pk=request_id)


def _close(
    request: AbsenceRequest, state: RequestState, actor: User | None, now: datetime, answer: str = ""
) -> AbsenceRequest:
    """Answered once: the row is locked and looked at again."""
    row = locked(AbsenceRequest.objects.all(), request.pk)
    if row.state != RequestState.PENDING:
        raise ANSWERED
    row.state, row.answered_at, row.answered_by, row.answer = state, now, actor, answer.strip()[:100]
    row.save(update_fields=["state", "answered_at", "answered_by", "answer"])
    forget(row, now=now, kinds=(DUE,))
    touch(request.entry.project_id, request.entry.day)
    journal.record(actor, f"customers.absence.{state.value}", row, happened_at=now, reason=answer)
    return row


@service
def answer_absence(
    *,
    actor: User,
    request_id: int,
    granted: bool,
    now: datetime,
    answer: str = "",
    idempotency_key: str | None = None,
) -> AbsenceRequest:
    """The desk's word on a request, in one tap. A grant is still refused where too few would wait (S108)."""
    request = _asked(actor, request_id)
    entry = request.entry
    access.may_run_queue(actor, entry.project, now).or_raise()
    if entry.rep_id == actor.pk:
        raise RuleError("own_absence", "不能答复自己的申请", "拟:sys.two_persons", "请助理或主管答复")
    on = floor_of(entry, now)
    if not granted:
        row = _close(request, RequestState.REFUSED, actor, now, answer)
        tell([entry.rep], f"{row.get_absence_display()}未获同意", f"absence_no:{row.pk}", now, "S110", answer)
        return row
    check_event(TurnEvent.LEFT, on.state(entry.rep_id))
    check_leave(on, request.absence)
    row = _close(request, RequestState.GRANTED, actor, now, answer)
    _leave(on, entry, actor, row.absence, row.note, now)
    tell([entry.rep], f"已同意{row.get_absence_display()}", f"absence_yes:{row.pk}", now, "S110")
    return row


@service
def withdraw_absence(
    *, actor: User, request_id: int, now: datetime, idempotency_key: str | None = None
) -> AbsenceRequest:
    """The rep stays after all."""
    request = _asked(actor, request_id)
    if request.entry.rep_id != actor.pk:
        access.may_run_queue(actor, request.entry.project, now).or_raise()
    return _close(request, RequestState.WITHDRAWN, actor, now)


def due(reminder: Reminder, now: datetime) -> Sequence[Message]:
    """Nobody answered in time: granted when enough wait, refused with its clause when not."""
    request = journal.resolve(reminder.object_ref)
    if not isinstance(request, AbsenceRequest) or request.state != RequestState.PENDING:
        return ()
    entry = request.entry
    on = floor_if_open(entry.project_id, entry.day)
    if on is None:
        return ()
    refusal = _why_not(on, entry, request.absence, now)
    if refusal is None:
        _close(request, RequestState.GRANTED, None, now, "助理未答复，候客足够，自动同意")
        _leave(on, entry, None, request.absence, request.note, now)
        return (_message(entry.rep_id, f"已自动同意{request.get_absence_display()}", request, "S110"),)
    _close(request, RequestState.REFUSED, None, now, refusal.args[0])
    title = f"{request.get_absence_display()}未获同意：{refusal.args[0]}"
    return (_message(entry.rep_id, title, request, refusal.clause),)


def _why_not(on: Floor, entry: QueueEntry, absence: str, now: datetime) -> RuleError | None:
    try:
        if entry.day != clock.business_date(now):
            raise ANSWERED
        check_event(TurnEvent.LEFT, on.state(entry.rep_id))
        check_leave(on, absence)
    except RuleError as refusal:
        return refusal
    return None


def _message(user_id: int, title: str, request: AbsenceRequest, clause: str) -> Message:
    return Message(
        user_id=user_id, title=title, key=f"absence_due:{request.pk}", url=QUEUE_URL, clause=clause
    )


KINDS = (ReminderKind(DUE, "暂离申请", due),)
AWAY_STATES = tuple(dict.fromkeys(STATE_OF.values()))
