"""What a day's log tells afterwards: 接待顺序表, 「为什么不是我」, and the turn behind a dispute."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from customers import access
from customers.models import QueueEntry, Reception, TurnLog
from customers.queries.queue_log import broken_rows, queue_of
from customers.rules import Absence, QueueLine, TurnEvent, TurnKind, TurnOutcome
from customers.rules.queue_decide import KIND, place_of
from regulations.models import Decision
from salesdept import clock, journal
from salesdept.models import Project, User

SHOWN = 40


def _clock(moment: datetime) -> str:
    return f"{moment.astimezone(clock.SHANGHAI):%H:%M}"


def _word(row: TurnLog) -> str:
    """The second word of an event: the kind of turn, what it turned out to be, or the reason."""
    for words in (TurnKind, TurnOutcome, Absence):
        if row.word in words.values:
            return str(words(row.word).label)
    return ""


def sheet(user: User, project: Project, day: date, now: datetime) -> dict[str, Any]:
    """接待顺序表: every person's sign-in, turns, 轮空 and 补接. The desk alone sees names of guests."""
    queue = queue_of(project, day)
    named = bool(access.may_run_queue(user, project, now))
    log = queue.log.select_related("rep", "by", "reception__visit__customer") if queue else ()
    rows = list(log)
    entries = QueueEntry.objects.filter(project=project, day=day).select_related("rep").order_by("position")
    return {
        "day": day,
        "project": project.name,
        "mode": queue.mode if queue else "",
        "rows": [_line(entry, n, rows, named) for n, entry in enumerate(entries, 1)],
        "events": [_event(row) for row in rows],
        "faults": list(broken_rows(queue)) if queue else [],
        "digest": queue.last_digest[:16] if queue else "",
    }


def _line(entry: QueueEntry, number: int, rows: list[TurnLog], named: bool) -> dict[str, Any]:
    mine = [row for row in rows if row.rep_id == entry.rep_id]
    ended = {row.reception_id: row for row in mine if row.event == TurnEvent.ENDED}
    other = (
        TurnEvent.SKIPPED,
        TurnEvent.PENALISED,
        TurnEvent.GRANTED,
        TurnEvent.SUSPENDED,
        TurnEvent.DECLINED,
    )
    return {
        "no": str(number),
        "name": entry.rep.name,
        "signed_in": _clock(entry.signed_in_at),
        "turns": [
            _turn(row, ended.get(row.reception_id), named) for row in mine if row.event == TurnEvent.STARTED
        ],
        "counted": str(entry.turns),
        "calls": str(entry.calls),
        "lost": str(entry.lost),
        "claims": str(entry.claims),
        "notes": [f"{_clock(r.at)} {r.get_event_display()} {r.note}" for r in mine if r.event in other],
    }


def _turn(row: TurnLog, ended: TurnLog | None, named: bool) -> str:
    line = "来电" if row.line == QueueLine.CALL else ""
    guest = ""
    visit = getattr(row.reception, "visit", None) if named and row.reception else None
    if visit is not None and visit.customer is not None:
        guest = f" {visit.customer.name}"
    if ended is None:
        return f"{_clock(row.at)}—  {line}{_word(row)}{guest}"
    counted = "计位" if ended.counted else "不计"
    return f"{_clock(row.at)}—{_clock(ended.at)} {line}{_word(row)}·{_word(ended)}·{counted}{guest}"


def _event(row: TurnLog) -> dict[str, str]:
    return {
        "no": str(row.seq),
        "at": _clock(row.at),
        "what": row.get_event_display(),
        "who": row.rep.name if row.rep else "",
        "word": _word(row),
        "note": row.note,
        "by": row.by.name if row.by else "系统",
        "digest": row.digest[:8],
    }


# --- 为什么不是我


def why_not_me(entry: QueueEntry) -> dict[str, Any]:
    """Every assignment of the day with its steps, and where this person stood when it was made."""
    queue = queue_of(entry.project_id, entry.day)
    started = (
        queue.log.filter(event=TurnEvent.STARTED, line=QueueLine.VISIT).select_related("rep").order_by("-seq")
        if queue
        else TurnLog.objects.none()
    )
    rows = list(started[:SHOWN])
    labels = [f"customers.reception:{row.reception_id}" for row in rows]
    made = {d.subject: d for d in Decision.objects.filter(kind=KIND, subject__in=labels)}
    return {
        "entry": entry,
        "name": entry.rep.name,
        "turns": [
            _assignment(row, made[label], entry.rep_id)
            for row, label in zip(rows, labels, strict=True)
            if label in made
        ],
    }


def _assignment(row: TurnLog, decision: Decision, rep: int) -> dict[str, Any]:
    inputs: Mapping[str, Any] = decision.inputs
    mine = next((place for place in inputs["places"] if place["rep"] == rep), None)
    return {
        "at": _clock(row.at),
        "who": row.rep.name if row.rep else "",
        "kind": _word(row),
        "mine": row.rep_id == rep,
        "where": _where(inputs, rep, mine, decision.result),
        "steps": decision.steps,
        "decision_pk": str(decision.pk),
    }


def _where(
    inputs: Mapping[str, Any], rep: int, mine: Mapping[str, Any] | None, result: Mapping[str, Any]
) -> str:
    """In one sentence: where this person stood, and who was before."""
    if mine is None:
        return "你当时还没有签到"
    place = place_of(inputs, rep)
    if result["rep"] == rep:
        return f"你当时第 {place} 位，轮到你"
    if not result["uses_turn"]:
        return f"你当时第 {place} 位；这一次不占轮次，你的位次不动"
    ahead = [
        other["name"]
        for other in inputs["places"]
        if 0 < place_of(inputs, other["rep"]) < place and other["state"] == "waiting"
    ]
    if mine["state"] != "waiting" or mine["busy"]:
        return f"你当时第 {place} 位，但不在候客"
    return f"你当时第 {place} 位，前面候客的是 {'、'.join(ahead)}" if ahead else f"你当时第 {place} 位"


# --- evidence


def turn_facts(reception_id: int) -> dict[str, Any]:
    """The turn behind a reception, for a dispute: by what right it was received, and whether that holds.

    `whole` says that the day's log is unaltered. Names staff only, no guest.
    """
    reception = Reception.objects.select_related("rep", "opened_by").get(pk=reception_id)
    decision = Decision.objects.filter(kind=KIND, subject=journal.label(reception)).order_by("pk").first()
    rows = list(reception.turns.select_related("queue").order_by("seq"))
    inputs: Mapping[str, Any] = decision.inputs if decision else {"places": [], "claims": []}
    return {
        "reception": reception.pk,
        "rep": reception.rep_id,
        "rep_name": reception.rep.name,
        "arranged_by": reception.opened_by.name,
        "started_at": reception.started_at,
        "ended_at": reception.ended_at,
        "kind": reception.turn,
        "kind_word": reception.get_turn_display(),
        "in_turn": reception.in_turn,
        "outcome": reception.outcome,
        "outcome_word": reception.get_outcome_display() if reception.outcome else "",
        "counted": reception.counted,
        "place": place_of(inputs, reception.rep_id),
        "waiting": [place["name"] for place in inputs["places"] if place["state"] == "waiting"],
        "steps": list(decision.steps) if decision else [],
        "decision": decision.pk if decision else None,
        "log": [
            {"seq": row.seq, "event": row.event, "at": row.at, "digest": row.digest[:16]} for row in rows
        ],
        "whole": not any(True for row in rows[:1] for _ in broken_rows(row.queue)),
    }
