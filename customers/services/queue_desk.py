"""当日控台, and the small acts of those who are asked beside their guest."""

from datetime import date, datetime

from django.db import IntegrityError, transaction

from customers import access
from customers.models import DutyDesk, QueueEntry
from customers.rules import QueueState, TurnEvent
from customers.rules.queue import walk
from customers.rules.queue_words import ARROWS, QueueLine, TurnKind, check_event
from customers.services.queue import floor_of, noted, own_entry
from customers.services.queue_log import Floor, floor, tell
from salesdept import clock, journal
from salesdept.errors import RuleError, refuse
from salesdept.models import Project, User
from salesdept.slots import DailyJob
from salesdept.verbs import locked, service

REFUSALS = {
    "one_desk_per_project_and_day": RuleError(
        "desk_held", "今天的控台刚被别人接手", "拟:sys.no_overwrite", "刷新后再看是谁持有"
    )
}


@service
def hand_desk(
    *, actor: User, project: Project, holder: User, now: datetime, idempotency_key: str | None = None
) -> DutyDesk:
    """当日控台: somebody of the project gets the assistant's floor rights until the day ends.

    Whoever held it before hands it on; while holding it one is out of the turn.
    """
    access.may_hand_desk(actor).or_raise()
    access.may_hold_desk(holder, project).or_raise()
    on = floor(project, now)
    if on.state(holder.pk) != QueueState.OFF:
        check_event(TurnEvent.DESK_ON, on.state(holder.pk))
    _end_current(on, actor, now)
    try:
        with transaction.atomic():
            desk = DutyDesk.objects.create(
                project=project, day=on.row.day, holder=holder, given_by=actor, given_at=now
            )
    except IntegrityError as error:
        raise refuse(error, REFUSALS) from error
    if on.state(holder.pk) != QueueState.OFF:
        on.append(TurnEvent.DESK_ON, holder, actor, now)
    journal.record(
        actor,
        "customers.desk.handed",
        desk,
        happened_at=now,
        holder=holder.pk,
        log=on.row.last_digest[:16],
    )
    tell([holder], "今天的控台交给你", f"desk:{desk.pk}", now, "拟:q.order")
    return desk


def _end_current(on: Floor, actor: User, now: datetime) -> None:
    rows = DutyDesk.objects.filter(project=on.row.project_id, day=on.row.day, ended_at__isnull=True)
    for desk in rows.select_for_update(of=("self",), no_key=True).select_related("holder").order_by("pk"):
        _end(on, desk, actor, now)


def _end(on: Floor, desk: DutyDesk, actor: User | None, now: datetime) -> None:
    desk.ended_at = now
    desk.save(update_fields=["ended_at"])
    if on.state(desk.holder_id) == QueueState.DESK:
        on.append(TurnEvent.DESK_OFF, desk.holder, actor, now)
    journal.record(
        actor,
        "customers.desk.returned",
        desk,
        happened_at=now,
        holder=desk.holder_id,
        log=on.row.last_digest[:16],
    )


@service
def return_desk(
    *, actor: User, project: Project, now: datetime, idempotency_key: str | None = None
) -> DutyDesk:
    """Hand the desk back; the holder joins the queue at its tail."""
    if not access.holds_desk(actor, project, now):
        access.may_hand_desk(actor).or_raise()
    on = floor(project, now)
    rows = DutyDesk.objects.filter(project=project, day=on.row.day, ended_at__isnull=True)
    desk = rows.select_related("holder").first()
    if desk is None:
        raise ARROWS[TurnEvent.DESK_OFF].refusal
    _end(on, locked(DutyDesk.objects.select_related("holder"), desk.pk), actor, now)
    desk.refresh_from_db()
    return desk


@service
def decline_double(
    *, actor: User, entry_id: int, reason: str, now: datetime, idempotency_key: str | None = None
) -> QueueEntry:
    """Who is asked to look after a second guest may say no with a reason (S183); the next is asked."""
    entry = own_entry(actor, entry_id)
    if entry.rep_id != actor.pk:
        access.may_run_queue(actor, entry.project, now).or_raise()
    if not reason.strip():
        raise RuleError("reason_needed", "不接兼顾须写明原因", "S183", "写一句原因再办")
    on = floor_of(entry, now)
    check_event(TurnEvent.DECLINED, on.state(entry.rep_id))
    asked = walk(on.hall, QueueLine.VISIT)
    if (asked.rep, asked.kind) != (entry.rep_id, TurnKind.DOUBLE):
        raise RuleError("not_asked", "现在没有请这位代表兼顾", "S183", "刷新后再看轮到谁兼顾")
    row = on.append(TurnEvent.DECLINED, entry.rep, actor, now, note=reason.strip())
    return noted(on, entry, row, actor, now)


def end_desks(day: date, now: datetime) -> None:
    """The desk of a day that is over goes back by itself. Safe to repeat."""
    with transaction.atomic():
        rows = DutyDesk.objects.filter(day__lt=day, ended_at__isnull=True)
        for desk in rows.select_for_update(of=("self",), no_key=True).order_by("pk"):
            desk.ended_at = clock.end_of(desk.day)
            desk.save(update_fields=["ended_at"])
            journal.record(
                None,
                "customers.desk.returned",
                desk,
                happened_at=now,
                reason="当日结束",
                holder=desk.holder_id,
            )


DAILY_JOBS = (DailyJob("customers.end_desks", 0, end_desks),)
