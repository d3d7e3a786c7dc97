"""候客: signing in, going home, turns lost and made up, and what stops somebody from receiving."""

from datetime import datetime, timedelta
from decimal import Decimal

from attendance.rules import CaseCode
from attendance.services import propose_case
from customers import access
from customers.models import DutyDesk, QueueEntry, TurnLog
from customers.queries.hall_code import code_is_good
from customers.queries.queue_log import is_suspended, suspended_days, suspended_until
from customers.rules import Contact, QueueLine, QueueState, TurnEvent, TurnKind
from customers.rules.queue_words import ARROWS, check_event
from customers.services.clocks import bar, unbar
from customers.services.queue_log import Floor, desk_people, floor, open_today, tell
from salesdept import clock, journal
from salesdept.errors import RuleError
from salesdept.models import Project, User
from salesdept.verbs import service

__all__ = [
    "entry_of",
    "grant_turn",
    "is_suspended",
    "leave_queue",
    "lift_suspension",
    "penalise",
    "report_last",
    "sign_in_queue",
    "skip_turn",
    "suspend_rep",
    "suspended_days",
]
NO_CODE = RuleError(
    "code_stale", "签到码已过期或不对", "拟:q.order", "扫大厅屏或前台屏上现在的码，或请助理在前台签到"
)


def entry_of(rep: User, project: Project | int, now: datetime) -> QueueEntry | None:
    day = clock.business_date(now)
    return QueueEntry.objects.filter(rep=rep, project=project, day=day).first()


def own_entry(actor: User, entry_id: int) -> QueueEntry:
    """A place of one of the actor's projects, not locked: the day's row is the lock."""
    return QueueEntry.objects.visible_to(actor).select_related("rep", "project").get(pk=entry_id)


def floor_of(entry: QueueEntry, now: datetime) -> Floor:
    """Today's floor of a place. Yesterday's place is over."""
    if entry.day != clock.business_date(now):
        raise RuleError("day_over", "这是往日的候客，不能再动", "拟:q.order", "今天重新签到")
    return floor(entry.project_id, now)


def noted(on: Floor, entry: QueueEntry, row: TurnLog, actor: User | None, now: datetime) -> QueueEntry:
    """The journal row of an event, with the top of the log; returns the place as it is now."""
    journal.record(
        actor,
        f"customers.queue.{row.event}",
        entry,
        happened_at=now,
        reason=row.note,
        rep=entry.rep_id,
        seq=row.seq,
        log=row.digest[:16],
    )
    entry.refresh_from_db()
    return entry


@service
def sign_in_queue(
    *,
    actor: User,
    project: Project,
    now: datetime,
    rep: User | None = None,
    code: str = "",
    idempotency_key: str | None = None,
) -> QueueEntry:
    """签到: present in today's queue, at the place `ReceptionTerms.order` gives (拟:q.order).

    One joins by the hall's changing code, or at the desk by whoever runs the floor (`rep`). Who left for the
    day comes back to the tail; who is 停接 does not join.
    """
    person = rep or actor
    access.may_queue(person).or_raise()
    if person.pk != actor.pk:
        access.may_run_queue(actor, project, now).or_raise()
    elif not code_is_good(project, code, now) and not access.may_run_queue(actor, project, now):
        raise NO_CODE
    on = floor(project, now)
    if on.state(person.pk) != QueueState.OFF:
        raise ARROWS[TurnEvent.SIGNED_IN].refusal
    if until := suspended_until(person, project, on.row.day):
        raise RuleError("suspended", f"停接至 {until:%Y-%m-%d}", "拟:q.refuse", "主管或经理可解除停接")
    row = on.append(TurnEvent.SIGNED_IN, person, actor, now, note="扫码" if rep is None else "前台签到")
    _carry_open(on, person, actor, now)
    entry = QueueEntry.objects.get(rep=person, project=project, day=on.row.day)
    return noted(on, entry, row, actor, now)


def _carry_open(on: Floor, person: User, actor: User, now: datetime) -> None:
    """Who signs in with a guest, a call or the desk in hand does not wait."""
    for reception in open_today(person, on.row.project_id, now):
        on.append(
            TurnEvent.STARTED,
            person,
            actor,
            now,
            line=line_of(reception.kind),
            word=TurnKind.OWN,
            reception=reception,
        )
    held = DutyDesk.objects.filter(project=on.row.project_id, day=on.row.day, ended_at__isnull=True)
    if held.filter(holder=person).exists() and on.state(person.pk) == QueueState.WAITING:
        on.append(TurnEvent.DESK_ON, person, actor, now)


def line_of(kind: str) -> QueueLine:
    return QueueLine.CALL if kind == Contact.CALL else QueueLine.VISIT


def _move(
    actor: User, entry_id: int, event: TurnEvent, now: datetime, note: str = "", own: bool = True
) -> QueueEntry:
    """An event of one place, by its owner (where `own`) or by whoever runs the floor."""
    entry = own_entry(actor, entry_id)
    if entry.rep_id != actor.pk or not own:
        access.may_run_queue(actor, entry.project, now).or_raise()
    on = floor_of(entry, now)
    check_event(event, on.state(entry.rep_id))
    return noted(on, entry, on.append(event, entry.rep, actor, now, note=note), actor, now)


@service
def leave_queue(
    *, actor: User, entry_id: int, now: datetime, idempotency_key: str | None = None
) -> QueueEntry:
    """下班: out of today's queue. Coming back is a new sign-in, to the tail."""
    return _move(actor, entry_id, TurnEvent.OFF, now)


def _needs_reason(reason: str, clause: str) -> str:
    if not reason.strip():
        raise RuleError("reason_needed", "须写明原因", clause, "写一句原因再办")
    return reason.strip()


@service
def skip_turn(
    *, actor: User, entry_id: int, reason: str, now: datetime, idempotency_key: str | None = None
) -> QueueEntry:
    """轮空: one's turn is lost, by oneself or by the desk (an empty door post, 拟:q.vacant_A)."""
    return _move(actor, entry_id, TurnEvent.SKIPPED, now, _needs_reason(reason, "拟:q.vacant_A"))


@service
def grant_turn(
    *, actor: User, entry_id: int, reason: str, now: datetime, idempotency_key: str | None = None
) -> QueueEntry:
    """补接: the desk gives a claim to the next new customer (拟:q.comp.yes); nobody gives it to oneself."""
    entry = own_entry(actor, entry_id)
    access.may_run_queue(actor, entry.project, now).or_raise()
    if entry.rep_id == actor.pk:
        raise RuleError("own_claim", "不能给自己记补接", "拟:sys.two_persons", "请助理或主管办理")
    return _move(actor, entry_id, TurnEvent.GRANTED, now, _needs_reason(reason, "拟:q.comp.yes"), own=False)


@service
def penalise(
    *, actor: User, entry_id: int, reason: str, now: datetime, idempotency_key: str | None = None
) -> QueueEntry:
    """漏首问: the next turn of this person is passed over once (拟:q.must_ask_first)."""
    entry = own_entry(actor, entry_id)
    access.may_run_queue(actor, entry.project, now).or_raise()
    if not floor_of(entry, now).terms.must_ask_first:
        raise RuleError(
            "no_first_question", "现行制度不罚漏首问", "拟:q.must_ask_first", "参数由经理提出更改"
        )
    reason = _needs_reason(reason, "拟:q.must_ask_first")
    return _move(actor, entry_id, TurnEvent.PENALISED, now, reason, own=False)


@service
def report_last(
    *, actor: User, entry_id: int, now: datetime, idempotency_key: str | None = None
) -> QueueEntry:
    """The last of those waiting reports to the assistant on going to receive (S109)."""
    entry = own_entry(actor, entry_id)
    access.may_report_last(actor, entry.rep_id).or_raise()
    on = floor_of(entry, now)
    check_event(TurnEvent.REPORTED, on.state(entry.rep_id))
    if on.waiting() >= on.terms.min_waiting or entry.reported:
        raise ARROWS[TurnEvent.REPORTED].refusal
    row = on.append(TurnEvent.REPORTED, actor, actor, now)
    key = f"last_reported:{on.row.pk}:{row.seq}"
    people = desk_people(entry.project_id, entry.day)
    tell(people, f"{actor.name} 报告：去接待，大厅无人候客", key, now, "S109")
    return noted(on, entry, row, actor, now)


@service
def suspend_rep(
    *, actor: User, entry_id: int, reason: str, now: datetime, idempotency_key: str | None = None
) -> QueueEntry:
    """停接 for having refused a visitor (拟:q.refuse), with a conduct case that a third person decides.

    Its days do not count for the leases of the rep (拟:own.clock_stops).
    """
    entry = own_entry(actor, entry_id)
    access.may_suspend(actor, entry.rep).or_raise()
    reason = _needs_reason(reason, "拟:q.refuse")
    on = floor_of(entry, now)
    check_event(TurnEvent.SUSPENDED, on.state(entry.rep_id))
    if on.state(entry.rep_id) == QueueState.SUSPENDED:
        raise RuleError("suspended", "已在停接", "拟:q.refuse", "刷新后再看")
    until = on.row.day + timedelta(days=on.terms.refuse_days - 1)
    row = on.append(TurnEvent.SUSPENDED, entry.rep, actor, now, note=reason, until=until)
    project, rep = entry.project, entry.rep
    bar(actor=actor, project=project, rep=rep, first=on.row.day, last=until, reason=reason, now=now)
    propose_case(
        actor=actor,
        code=CaseCode.OTHER,
        person=entry.rep,
        amount=Decimal(0),
        facts=f"拒接来访客户，停接至 {until:%Y-%m-%d}：{reason}",
        clause="拟:q.refuse",
        subject=journal.label(row),
        now=now,
        project=entry.project,
    )
    return noted(on, entry, row, actor, now)


@service
def lift_suspension(
    *,
    actor: User,
    project: Project,
    rep: User,
    reason: str,
    now: datetime,
    idempotency_key: str | None = None,
) -> TurnLog:
    """解除停接 before its last day; the rep joins at the tail."""
    access.may_suspend(actor, rep).or_raise()
    reason = _needs_reason(reason, "拟:q.refuse")
    on = floor(project, now)
    if suspended_until(rep, project, on.row.day) is None:
        raise ARROWS[TurnEvent.LIFTED].refusal
    row = on.append(TurnEvent.LIFTED, rep, actor, now, note=reason)
    unbar(actor=actor, project=project, rep=rep, reason=reason, now=now)
    journal.record(
        actor, "customers.queue.lifted", row, happened_at=now, reason=reason, rep=rep.pk, log=row.digest[:16]
    )
    return row
