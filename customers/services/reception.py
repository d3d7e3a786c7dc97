"""接待: one turn at the table or on the phone."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from customers import access
from customers.models import Aside, Reception
from customers.rules import Contact, QueueLine, QueueState, TurnEvent, TurnKind, TurnOutcome
from customers.rules.queue import walk
from customers.rules.queue_counts import counts
from customers.rules.queue_decide import decide_turn, snapshot
from customers.rules.queue_words import OUT_OF_TURN
from customers.services.greeting import greet
from customers.services.queue import line_of
from customers.services.queue_log import Floor, desk_people, floor_if_open, tell
from customers.services.registering import remind_unregistered
from regulations.rules import Verdicts
from regulations.services import record_decision
from salesdept import clock, journal
from salesdept.errors import RuleError, refuse
from salesdept.models import Project, User
from salesdept.verbs import locked, service

STILL_OPEN = RuleError(
    "reception_open", "还有一组接待没有结束", "S106", "先登记或结束它", url="/customers/visits/new/"
)


REFUSALS = {"one_open_reception_per_rep": STILL_OPEN}


NOT_OPEN = RuleError("no_reception", "查重只能在接待中进行", "S30", "先开始接待")
NOBODY = RuleError("nobody_waits", "现在没有代表候客", "S183", "请同事回到候客，或由主管、经理接待")


def open_reception(rep: User, project: Project | int | None = None) -> Reception | None:
    """The reception a person has open, the oldest when guests are looked after side by side, or None."""
    rows = Reception.objects.filter(rep=rep, ended_at__isnull=True).select_related("rep", "project")
    return (rows.filter(project=project) if project else rows).order_by("pk").first()


@service
def start_reception(
    *,
    actor: User,
    project: Project,
    kind: Contact,
    now: datetime,
    rep: User | None = None,
    turn: str = TurnKind.ROTATION,
    arrival_id: int | None = None,
    idempotency_key: str | None = None,
) -> Reception:
    """Open a turn with a guest or caller. One already open of the same kind is given back;

    one forgotten on an earlier day is closed. `turn` says by what right: the order (轮接), the guest's wish
    (指定), an own or a channel's customer. `rep` is another person only when the desk arranges. `arrival_id`
    names the group at the door; without it a turn by the order takes the one that waits longest. Raises
    RuleError `not_your_turn` when somebody else is first, `reception_open`, `suspended`, `arrival_gone`.
    """
    access.may_register(actor).or_raise()
    taker = rep or actor
    if taker.pk != actor.pk:
        access.may_run_queue(actor, project, now).or_raise()
    on = floor_if_open(project, clock.business_date(now))
    current = open_reception(taker)
    if current is not None and turn != TurnKind.DOUBLE:
        if clock.business_date(current.started_at) == clock.business_date(now):
            return _again(current, kind, project)
        _close(current, now, "隔日未结束")
    reception = _begin(actor, taker, project, kind, now, turn, on)
    greet(actor, reception, arrival_id, now)
    return reception


def _begin(
    actor: User, taker: User, project: Project, kind: Contact, now: datetime, turn: str, on: Floor | None
) -> Reception:
    decided = _decide(on, taker, kind, turn, now) if on else None
    if on and decided and kind == Contact.VISIT:
        _check_turn(on, taker, turn, decided.result)
    right: Mapping[str, Any] = decided.result if decided else {"kind": str(turn), "uses_turn": False}
    reception = _open(actor, taker, project, kind, now, right)
    remind_unregistered(reception)
    seq = _log_start(on, actor, reception, now) if on else 0
    if on and decided:
        record_decision(decided, reception, actor=actor, now=now, terms=on.terms, version=on.version)
    journal.record(
        actor,
        "customers.reception.started",
        reception,
        happened_at=now,
        kind=kind.value,
        rep=taker.pk,
        turn=right["kind"],
        seq=seq,
        log=on.row.last_digest[:16] if on else "",
    )
    return reception


def _decide(on: Floor, taker: User, kind: Contact, turn: str, now: datetime) -> Verdicts:
    names = {**on.names(), taker.pk: taker.name}
    at = now.astimezone(clock.SHANGHAI)
    return decide_turn(snapshot(on.hall, line_of(kind), at, names, taker.pk, turn), on.terms)


def _check_turn(on: Floor, taker: User, turn: str, result: Mapping[str, Any]) -> None:
    """Out of turn only for whom one's own customer came (S105); who is 停接 receives nobody."""
    if on.state(taker.pk) == QueueState.SUSPENDED:
        raise RuleError("suspended", "停接中，不能接待", "拟:q.refuse", "主管或经理可解除停接")
    first = walk(on.hall, QueueLine.VISIT).rep
    if turn in (*OUT_OF_TURN, TurnKind.OBLIGED) or first in (0, taker.pk):
        return
    name = on.names().get(first, "")
    raise RuleError(
        "not_your_turn",
        f"现在轮到 {name}",
        "S105",
        "客户点名找你或是你的老客户，请选对应的接待类型；否则请轮到的同事接待",
        url="/customers/queue/",
    )


def _log_start(on: Floor, actor: User, reception: Reception, now: datetime) -> int:
    row = on.append(
        TurnEvent.STARTED,
        reception.rep,
        actor,
        now,
        line=line_of(reception.kind),
        word=reception.turn,
        reception=reception,
    )
    return row.seq


def _again(current: Reception, kind: Contact, project: Project) -> Reception:
    if current.kind != kind or current.project_id != project.pk:
        raise STILL_OPEN
    return current


def _open(
    actor: User, rep: User, project: Project, kind: Contact, now: datetime, right: Mapping[str, Any]
) -> Reception:
    beside = 0
    if right["kind"] == TurnKind.DOUBLE:
        going = Reception.objects.filter(rep=rep, ended_at__isnull=True).order_by("-beside").first()
        beside = going.beside + 1 if going else 0
    try:
        with transaction.atomic():
            return Reception.objects.create(
                project=project,
                rep=rep,
                opened_by=actor,
                kind=kind,
                started_at=now,
                turn=right["kind"],
                in_turn=right["uses_turn"],
                beside=beside,
            )
    except IntegrityError as error:
        raise refuse(error, REFUSALS) from error


@service
def arrange_next(
    *,
    actor: User,
    project: Project,
    now: datetime,
    kind: Contact = Contact.VISIT,
    obliged: bool = False,
    arrival_id: int | None = None,
    idempotency_key: str | None = None,
) -> Reception:
    """安排接待: the first of those waiting takes the guest or the call (S105).

    Who is on the phone keeps the place. When nobody waits, those receiving look after the guest in turn order
    (兼顾, S183). `obliged`: the owner is not here, the first in turn stands in and keeps the place.
    """
    access.may_run_queue(actor, project, now).or_raise()
    on = floor_if_open(project, clock.business_date(now))
    taken = walk(on.hall, line_of(kind)) if on else None
    if taken is None or not taken.rep:
        raise NOBODY
    turn = TurnKind.OBLIGED if obliged and taken.kind != TurnKind.DOUBLE else taken.kind
    rep = User.objects.get(pk=taken.rep)
    return start_reception(
        actor=actor, project=project, kind=kind, now=now, rep=rep, turn=turn, arrival_id=arrival_id
    )


@service
def arrange_named(
    *,
    actor: User,
    project: Project,
    rep: User,
    now: datetime,
    turn: str = TurnKind.NAMED,
    arrival_id: int | None = None,
    idempotency_key: str | None = None,
) -> Reception:
    """The guest asked for somebody (拟:q.counts): in turn it uses the turn, out of turn it does not."""
    access.may_run_queue(actor, project, now).or_raise()
    access.may_receive(rep).or_raise()
    if turn not in OUT_OF_TURN:
        raise RuleError("not_named", "点名只用于指定、老客户与渠道带访", "拟:q.counts", "其余按轮次安排")
    return start_reception(
        actor=actor,
        project=project,
        kind=Contact.VISIT,
        now=now,
        rep=rep,
        turn=turn,
        arrival_id=arrival_id,
    )


@service
def end_reception(
    *,
    actor: User,
    reception_id: int,
    now: datetime,
    reason: str = "",
    counted: bool | None = None,
    outcome: str = "",
    idempotency_key: str | None = None,
) -> Reception:
    """Close a turn. `outcome` is what it turned out to be (`TurnOutcome`); the rule says whether it counts.

    `counted` is the short form: True for a new customer, False for one that is not.
    """
    rows = Reception.objects.filter(project__in=actor.projects.all())
    of = rows.get(pk=reception_id)
    on = floor_if_open(of.project_id, clock.business_date(of.started_at))
    reception = locked(rows.select_related("rep"), reception_id)
    access.may_use_reception(actor, reception).or_raise()
    if reception.ended_at is not None:
        return reception
    _settle(reception, on, outcome or _short(counted))
    _close(reception, now, reason)
    if on and on.row.day == clock.business_date(now):
        _log_end(on, actor, reception, now)
    journal.record(
        actor,
        "customers.reception.ended",
        reception,
        happened_at=now,
        reason=reason,
        counted=reception.counted,
        outcome=reception.outcome,
        log=on.row.last_digest[:16] if on else "",
    )
    return reception


def _short(counted: bool | None) -> str:
    if counted is None:
        return TurnOutcome.UNSAID
    return TurnOutcome.NEW if counted else TurnOutcome.OLD


def _settle(reception: Reception, on: Floor | None, outcome: str) -> None:
    """What it was and whether it uses a turn."""
    reception.outcome = TurnOutcome(outcome)
    if on is None:
        reception.counted = False
        return
    within = on.hall.within(reception.started_at.astimezone(clock.SHANGHAI))
    reception.counted = counts(outcome, reception.turn, reception.in_turn, within, on.terms)


def _log_end(on: Floor, actor: User, reception: Reception, now: datetime) -> None:
    """The log's row; a guest said to be an old one who was new is told to whoever runs the floor."""
    counted = bool(reception.counted)
    on.append(
        TurnEvent.ENDED,
        reception.rep,
        actor,
        now,
        line=line_of(reception.kind),
        word=reception.outcome,
        reception=reception,
        counted=counted,
    )
    if reception.outcome == TurnOutcome.PEER:
        title = f"{reception.rep.name} 接待结束，登记为同行、市调或送货"
        tell(desk_people(on.row.project_id, on.row.day), title, f"peer:{reception.pk}", now, "S211")
    if counted and reception.turn == TurnKind.OWN and reception.kind == Contact.VISIT:
        title = f"{reception.rep.name} 以老客户接待，登记为{TurnOutcome(reception.outcome).label}，已占用轮次"
        people = desk_people(on.row.project_id, on.row.day)
        tell(people, title, f"out_of_turn:{reception.pk}", now, "S105")


def _close(reception: Reception, now: datetime, reason: str) -> None:
    reception.ended_at, reception.end_reason = now, reason[:100]
    reception.save(update_fields=["ended_at", "end_reason", "outcome", "counted"])
    Aside.objects.filter(reception=reception, back_at__isnull=True).update(back_at=now)


def the_open_one(actor: User, project: Project, reception_id: int | None, kind: Contact | None) -> Reception:
    """The open reception of a request, checked. Raises RuleError `no_reception` when there is none."""
    rows = Reception.objects.filter(project=project, ended_at__isnull=True).select_related("rep")
    rows = rows.order_by("pk")
    reception = rows.filter(pk=reception_id).first() if reception_id else rows.filter(rep=actor).first()
    if reception is None or (kind is not None and reception.kind != kind):
        raise NOT_OPEN
    access.may_use_reception(actor, reception).or_raise()
    return reception
