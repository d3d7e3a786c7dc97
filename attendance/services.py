"""Clocking and conduct cases: the only writer of their tables."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction

from attendance import access, rules
from attendance.models import ClockEvent, ConductCase
from attendance.rules import CaseCode, CaseState, ClockKind, ConductTerms
from regulations.queries import terms_for
from salesdept import journal
from salesdept.clock import business_date
from salesdept.errors import RuleError, refuse
from salesdept.models import Project, User
from salesdept.rules import Message
from salesdept.services.reminders import notify
from salesdept.verbs import locked, service

REFUSALS = {
    "one_case_per_act_and_subject": RuleError(
        "case_exists", "同一事项已有一张奖惩单", "拟:pen.contract.text", "在奖惩记录里查看那一张"
    ),
}


@service
def clock(
    *, actor: User, kind: ClockKind, project: Project, now: datetime, idempotency_key: str | None = None
) -> ClockEvent:
    """上班 or 下班 at the server's time; in before out, each once."""
    access.may_clock(actor).or_raise()
    day = business_date(now)
    # Two taps at once: the person's row is the queue.
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=actor.pk)
    so_far = ClockEvent.objects.filter(person=actor, day=day).order_by("at", "pk")
    rules.check_next_clock(ClockKind(kind), [ClockKind(k) for k in so_far.values_list("kind", flat=True)])
    event = ClockEvent.objects.create(person=actor, project=project, kind=kind, day=day, at=now)
    journal.record(actor, "attendance.clock.recorded", event, happened_at=now, kind=event.kind)
    return event


@service
def clock_in_bulk(*, actor: User, events: Iterable[ClockEvent], now: datetime) -> None:
    """Records of a clock machine or a demo story, already in order; one journal row each."""
    made = ClockEvent.objects.bulk_create(events, batch_size=1000)
    journal.record_many(actor, "attendance.clock.loaded", made, happened_at=now)


@service
def propose_case(
    *,
    actor: User,
    code: CaseCode,
    person: User,
    amount: Decimal,
    facts: str,
    clause: str,
    subject: str,
    now: datetime,
    project: Project | None = None,
    idempotency_key: str | None = None,
) -> ConductCase:
    """Propose a reward or fine (yuan). Nothing is deducted: the person is told, a third person decides.

    `subject` labels the row it is about; an act about one subject is proposed once. Raises RuleError
    `facts_needed`, `case_exists`; Denied for somebody who may not propose.
    """
    access.may_propose(actor, person).or_raise()
    if not facts.strip():
        raise RuleError("facts_needed", "奖惩须写明事实", clause or "S88", "写清时间、地点和经过")
    mode = terms_for(ConductTerms, on=business_date(now), project=project).fund_mode
    case = ConductCase(
        project=project or person.projects.order_by("pk").first(),
        code=code,
        person=person,
        amount=amount,
        mode=mode,
        facts=facts[:500],
        clause=clause,
        subject=subject,
        proposer=actor,
        proposed_at=now,
    )
    try:
        with transaction.atomic():
            case.save()
    except IntegrityError as error:
        raise refuse(error, REFUSALS) from error
    journal.record(
        actor, "attendance.case.proposed", case, happened_at=now, reason=facts, amount=amount, clause=clause
    )
    notify([_told(case, f"奖惩告知：{case.get_code_display()}", "proposed")], now)
    return case


def _told(case: ConductCase, title: str, step: str) -> Message:
    return Message(
        user_id=case.person_id,
        title=title,
        body=case.facts,
        key=f"case:{case.pk}:{step}",
        url="/attendance/penalties/",
        clause=case.clause,
    )


@service
def acknowledge_case(
    *, actor: User, case_id: int, now: datetime, statement: str = "", idempotency_key: str | None = None
) -> ConductCase:
    """The person signs that it was read (告知) or answers (申辩, with a statement)."""
    case = locked(ConductCase.objects.all(), case_id)
    access.may_answer(actor, case).or_raise()
    new = CaseState.ANSWERED if statement.strip() else CaseState.TOLD
    rules.check_case_move(CaseState(case.state), new)
    case.state, case.answered_at, case.statement = new, now, statement.strip()[:500]
    case.save(update_fields=["state", "answered_at", "statement"])
    journal.record(actor, f"attendance.case.{new.value}", case, happened_at=now, reason=case.statement)
    return case


@service
def decide_case(
    *,
    actor: User,
    case_id: int,
    approve: bool,
    now: datetime,
    ruling: str = "",
    idempotency_key: str | None = None,
) -> ConductCase:
    """核准 or 撤销 by a third person, after the person was heard. A withdrawal says why."""
    case = locked(ConductCase.objects.all(), case_id)
    access.may_decide(actor, case).or_raise()
    new = CaseState.APPROVED if approve else CaseState.WITHDRAWN
    old = CaseState(case.state)
    rules.check_case_move(old, new)
    if approve:
        terms = terms_for(ConductTerms, on=business_date(case.proposed_at), project=case.project_id)
        rules.check_heard(old, case.proposed_at, now, terms)
    elif not ruling.strip():
        raise RuleError("reason_needed", "撤销须写明理由", case.clause, "写一句理由再撤销")
    case.state, case.decided_by, case.decided_at, case.ruling = new, actor, now, ruling[:500]
    case.save(update_fields=["state", "decided_by", "decided_at", "ruling"])
    journal.record(
        actor, f"attendance.case.{new.value}", case, happened_at=now, reason=ruling, amount=case.amount
    )
    notify([_told(case, f"奖惩{new.label}：{case.get_code_display()}", new.value)], now)
    return case
