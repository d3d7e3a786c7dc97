"""The turn log as it was written: loading, folding, and what in it is not as it was."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from customers.models import QueueDay, QueueEntry, TurnLog
from customers.rules import QueueTerms, TurnEvent
from customers.rules.queue import Hall, Turn, fold
from customers.rules.queue_decide import projection
from regulations.rules import from_json
from salesdept import clock
from salesdept.models import Project, User

SIGNED = ("seq", "event", "rep_id", "by_id", "line", "word", "reception_id", "counted", "note", "opening")


def digest(before: str, row: TurnLog) -> str:
    """The row chained to the one before it: whoever changes, drops or slips in a row breaks the chain."""
    values: dict[str, Any] = {name: getattr(row, name) for name in SIGNED}
    values["at"] = row.at.astimezone(clock.SHANGHAI).isoformat()
    values["until"] = row.until.isoformat() if row.until else ""
    text = json.dumps(values, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(f"{before}{text}".encode()).hexdigest()


def turn_of(row: TurnLog) -> Turn:
    opening: Mapping[str, Any] = row.opening or {}
    return Turn(
        seq=row.seq,
        at=row.at.astimezone(clock.SHANGHAI),
        event=row.event,
        rep=row.rep_id or 0,
        line=row.line,
        word=row.word,
        reception=row.reception_id or 0,
        counted=row.counted,
        note=row.note,
        orders=opening.get("orders", {}),
    )


@dataclass(frozen=True, slots=True)
class Day:
    """One day's log and the hall it folds to."""

    rows: list[TurnLog]
    terms: QueueTerms
    hall: Hall


def terms_of(rows: list[TurnLog]) -> QueueTerms:
    """The terms the day was opened with; they stand in its first row."""
    return from_json(QueueTerms, rows[0].opening.get("terms", {}) if rows else {})


def day_of(queue: QueueDay, upto: int | None = None) -> Day:
    """The day as its log says it, up to a row (itself left out)."""
    rows = list(queue.log.all() if upto is None else queue.log.filter(seq__lt=upto))
    terms = terms_of(rows)
    return Day(rows, terms, fold(map(turn_of, rows), terms, queue.mode))


def queue_of(project: Project | int, day: date) -> QueueDay | None:
    return QueueDay.objects.filter(project=project, day=day).first()


def broken_rows(queue: QueueDay) -> Iterator[str]:
    """One sentence for every row that is altered, missing or slipped in."""
    before, expected = "", 1
    for row in queue.log.all():
        if row.seq != expected:
            yield f"{queue.day} 轮接记录缺第 {expected} 条至第 {row.seq - 1} 条"
        elif row.digest != digest(before, row):
            yield f"{queue.day} 轮接记录第 {row.seq} 条与当时所记不符"
        before, expected = row.digest, row.seq + 1
    if expected - 1 != queue.last_seq or before != queue.last_digest:
        yield f"{queue.day} 轮接记录到第 {expected - 1} 条，应到第 {queue.last_seq} 条"


def misplaced(queue: QueueDay) -> Iterator[str]:
    """One sentence for every place that is not what the log folds to."""
    wanted = projection(day_of(queue).hall)
    found = {e.rep_id: e for e in QueueEntry.objects.filter(project=queue.project_id, day=queue.day)}
    for rep in sorted(wanted.keys() | found.keys()):
        entry = found.get(rep)
        if entry is None or rep not in wanted:
            yield f"{queue.day} 代表 #{rep} 的位次与轮接记录不一致"
        elif wrong := [name for name, value in wanted[rep].items() if getattr(entry, name) != value]:
            yield f"{queue.day} 代表 #{rep} 的{'、'.join(wrong)}与轮接记录不一致"


def suspended_until(rep: User | int, project: Project | int, day: date) -> date | None:
    """Last day of the 停接 somebody is under on `day`, or None (拟:q.refuse)."""
    rows = TurnLog.objects.filter(
        rep=rep,
        queue__project=project,
        queue__day__lte=day,
        event__in=(TurnEvent.SUSPENDED, TurnEvent.LIFTED),
    )
    last = rows.order_by("-pk").first()
    if last is None or last.event == TurnEvent.LIFTED or last.until is None or last.until < day:
        return None
    return last.until


def is_suspended(rep: User | int, project: Project | int, day: date) -> bool:
    """Whether somebody does not receive on this day because a visitor was refused."""
    return suspended_until(rep, project, day) is not None


def suspended_days(rep: User | int, project: Project | int, first: date, last: date) -> frozenset[date]:
    """The days of a range on which somebody was 停接; the day of the lifting is not one."""
    rows = TurnLog.objects.filter(
        rep=rep, queue__project=project, event__in=(TurnEvent.SUSPENDED, TurnEvent.LIFTED)
    )
    days: set[date] = set()
    for event, on, until in rows.order_by("pk").values_list("event", "queue__day", "until"):
        if event == TurnEvent.LIFTED:
            days = {day for day in days if day < on}
        elif until:
            days |= {on + timedelta(days=n) for n in range((until - on).days + 1)}
    return frozenset(day for day in days if first <= day <= last)
