"""From 转办 to 关闭: one verb each, in the order of the register (S140, S213)."""

from datetime import datetime
from typing import Any

from customers import access
from customers.models import Department, Feedback, FeedbackRound
from customers.rules.feedback import (
    OPEN,
    CustomerVerdict,
    FeedbackState,
    FeedbackVerb,
    check_closing,
    check_link,
    moved,
)
from customers.services.departments import write_to_department
from customers.services.feedback import (
    MANAGERS,
    SUPERVISORS,
    people_of,
    responsible_of,
    save_row,
    set_alarms,
    start_clocks,
    tell_about,
)
from salesdept import journal
from salesdept.errors import RuleError
from salesdept.models import User
from salesdept.rules import LEADERS
from salesdept.services.reminders import forget
from salesdept.verbs import locked, service

FORWARD, ANSWER = "customers.feedback_forward", "customers.feedback_answer"


def _row(actor: User, pk: int) -> Feedback:
    return locked(Feedback.objects.visible_to(actor), pk)


def _said(text: str, code: str, message: str, clause: str = "S140") -> str:
    """The words of a step. Raises RuleError when there are none."""
    if not text.strip():
        raise RuleError(code, message, clause, "写清楚再保存")
    return text.strip()


def _move(
    actor: User, row: Feedback, verb: FeedbackVerb, now: datetime, fields: tuple[str, ...], **changes: Any
) -> None:
    """Save the named fields with the new state, and the journal row."""
    row.state = moved(row.kind, row.state, verb)
    save_row(row, *fields, "state")
    journal.record(actor, f"customers.feedback.{row.state}", row, happened_at=now, **changes)


@service
def forward_feedback(
    *,
    actor: User,
    feedback_id: int,
    department_id: int,
    now: datetime,
    hard: bool = False,
    idempotency_key: str | None = None,
) -> Feedback:
    """转办 to a department, saying whether it is simple or complex; the first forwarding stops that clock."""
    row = _row(actor, feedback_id)
    access.may_steer(actor, row).or_raise()
    moved(row.kind, row.state, FeedbackVerb.FORWARD)
    department = Department.objects.filter(pk=department_id, project=row.project_id, is_active=True).first()
    if department is None:
        raise RuleError("no_department", "责任部门不在名单中", "S140", "先在部门名单里加上它")
    if row.hard != hard:
        row.hard = hard
        _retime(row, now)
    row.department, row.handler = department, department.contact
    row.forwarded_at = row.forwarded_at or now
    forget(row, now=now, kinds=(FORWARD,))
    fields = ("department", "handler", "forwarded_at", "hard", "answer_due_at")
    on_time = row.forwarded_at <= row.forward_due_at
    _move(actor, row, FeedbackVerb.FORWARD, now, fields, department=department.name, in_time=on_time)
    tell_about(row, [row.handler_id], f"请 {department.name} 处理", f"to{department.pk}", now)
    write_to_department(row, f"to{department.pk}", "请处理客户反馈", now)
    return row


def _retime(row: Feedback, now: datetime) -> None:
    """A complex item has longer to be answered, counted from the same start; its forward limit stays."""
    forward_by = row.forward_due_at
    start_clocks(row, row.reopened_at or row.taken_at)
    row.forward_due_at = forward_by
    forget(row, now=now, kinds=(ANSWER,))
    set_alarms(row, now)


@service
def handle_feedback(
    *,
    actor: User,
    feedback_id: int,
    result: str,
    now: datetime,
    justified: bool | None = None,
    idempotency_key: str | None = None,
) -> Feedback:
    """记处理结果: what the department found and did, and whether the complaint is justified."""
    row = _row(actor, feedback_id)
    access.may_handle(actor, row).or_raise()
    row.result = _said(result, "result_needed", "处理结果须有内容")[:1000]
    row.justified, row.handled_at = justified, now
    _move(actor, row, FeedbackVerb.HANDLE, now, ("result", "justified", "handled_at"), justified=justified)
    tell_about(row, [responsible_of(row)], "部门已处理，请回复客户", "handled", now)
    return row


@service
def reply_feedback(
    *, actor: User, feedback_id: int, reply: str, now: datetime, idempotency_key: str | None = None
) -> Feedback:
    """回复客户: what the customer was told. Stops the answer clock."""
    row = _row(actor, feedback_id)
    access.may_reply(actor, row).or_raise()
    row.reply = _said(reply, "reply_needed", "答复须有内容")[:1000]
    row.replied_at, row.replied_by = now, actor
    forget(row, now=now, kinds=(ANSWER,))
    fields = ("reply", "replied_at", "replied_by")
    _move(actor, row, FeedbackVerb.ANSWER, now, fields, in_time=now <= row.answer_due_at)
    return row


@service
def confirm_feedback(
    *,
    actor: User,
    feedback_id: int,
    verdict: str,
    now: datetime,
    note: str = "",
    idempotency_key: str | None = None,
) -> Feedback:
    """回访确认: the customer's own verdict, heard by somebody else than who replied."""
    row = _row(actor, feedback_id)
    access.may_confirm(actor, row).or_raise()
    if verdict not in CustomerVerdict.values:
        raise RuleError("verdict_needed", "回访须记客户意见", "S140", "选满意、一般或不满意")
    row.verdict, row.verdict_note = verdict, note.strip()[:500]
    row.confirmed_at, row.confirmed_by = now, actor
    fields = ("verdict", "verdict_note", "confirmed_at", "confirmed_by")
    _move(actor, row, FeedbackVerb.CONFIRM, now, fields, verdict=verdict)
    if verdict == CustomerVerdict.DISCONTENT:
        tell_about(row, people_of(row.project_id, SUPERVISORS), "回访不满意", "discontent", now)
    return row


@service
def close_feedback(
    *, actor: User, feedback_id: int, now: datetime, idempotency_key: str | None = None
) -> Feedback:
    """关闭. One the customer is not satisfied with is closed by a leader or opened again."""
    row = _row(actor, feedback_id)
    access.may_steer(actor, row).or_raise()
    check_closing(row.verdict, actor.role in LEADERS)
    row.ended_at = now
    _move(actor, row, FeedbackVerb.CLOSE, now, ("ended_at",))
    return row


@service
def reopen_feedback(
    *, actor: User, feedback_id: int, reason: str, now: datetime, idempotency_key: str | None = None
) -> Feedback:
    """重开: the round's clocks are kept as they were, and both start anew."""
    row = _row(actor, feedback_id)
    access.may_steer(actor, row).or_raise()
    why = _said(reason, "reason_needed", "重开须写原因")
    state = moved(row.kind, row.state, FeedbackVerb.REOPEN)
    if row.state != FeedbackState.LINKED:
        _keep_round(row)
        row.round, row.escalated = row.round + 1, 0
        row.reopened_at = now
        start_clocks(row, now)
    row.same_as, row.state = None, state
    for name in ("department", "handler", "forwarded_at", "handled_at", "replied_at", "replied_by"):
        setattr(row, name, None)
    for name in ("confirmed_at", "confirmed_by", "ended_at", "justified"):
        setattr(row, name, None)
    row.result = row.reply = row.verdict = row.verdict_note = ""
    row.assistant_copy_at = row.assistant_copy_at or now
    row.version += 1
    row.save()
    set_alarms(row, now)
    journal.record(actor, "customers.feedback.reopened", row, happened_at=now, reason=why, round=row.round)
    tell_about(row, [responsible_of(row)], "重开", "reopened", now)
    return row


def _keep_round(row: Feedback) -> None:
    FeedbackRound.objects.create(
        feedback=row,
        project_id=row.project_id,
        round=row.round,
        started_at=row.reopened_at or row.taken_at,
        forward_due_at=row.forward_due_at,
        answer_due_at=row.answer_due_at,
        forwarded_at=row.forwarded_at,
        replied_at=row.replied_at,
        reply=row.reply,
        verdict=row.verdict,
    )


@service
def withdraw_feedback(
    *, actor: User, feedback_id: int, reason: str, now: datetime, idempotency_key: str | None = None
) -> Feedback:
    """撤回 by the customer: the item is kept with its number, its clocks stop."""
    row = _row(actor, feedback_id)
    access.may_withdraw_feedback(actor, row).or_raise()
    row.ended_reason = _said(reason, "reason_needed", "撤回须写客户的理由")[:200]
    row.ended_at = now
    forget(row, now=now)
    _move(actor, row, FeedbackVerb.WITHDRAW, now, ("ended_reason", "ended_at"), reason=row.ended_reason)
    return row


@service
def link_feedback(
    *, actor: User, feedback_id: int, root_id: int, now: datetime, idempotency_key: str | None = None
) -> Feedback:
    """并案: the same complaint of another member of the household; both are kept, one is counted."""
    pair = Feedback.objects.visible_to(actor).filter(pk__in=(feedback_id, root_id)).order_by("pk")
    rows = {row.pk: row for row in pair.select_for_update(of=("self",), no_key=True)}
    if not {feedback_id, root_id} <= rows.keys():
        raise RuleError("no_root", "找不到要并入的投诉", "S137", "核对编号")
    row, root = rows[feedback_id], rows[root_id]
    access.may_steer(actor, row).or_raise()
    check_link(
        row.kind,
        root.kind,
        same=row.pk == root.pk,
        root_linked=root.state not in OPEN or row.linked.exists(),
        household=_same_household(row, root),
    )
    row.same_as = root
    forget(row, now=now)
    _move(actor, row, FeedbackVerb.LINK, now, ("same_as",), root=root.code)
    return row


def _same_household(row: Feedback, root: Feedback) -> bool:
    if row.customer is None or root.customer is None:
        return False
    return row.customer.household_id == root.customer.household_id


@service
def urge_feedback(
    *, actor: User, feedback_id: int, now: datetime, idempotency_key: str | None = None
) -> Feedback:
    """催办: tell whoever has it that the customer waits; written down, as often as it is done."""
    row = _row(actor, feedback_id)
    access.may_steer(actor, row).or_raise()
    if row.state not in OPEN:
        raise RuleError("nothing_to_urge", "这件已答复，不用催办", "S140", "看办理记录")
    who = [row.handler_id, *people_of(row.project_id, MANAGERS)] if row.forwarded_at else []
    if row.state == FeedbackState.HANDLED:
        who = [responsible_of(row)]
    journal.record(actor, "customers.feedback.urged", row, happened_at=now, state=row.state)
    tell_about(row, who, "请尽快办理", f"urge{now:%Y%m%d%H%M}", now)
    if row.state == FeedbackState.FORWARDED:
        write_to_department(row, f"urge{now:%Y%m%d%H%M}", "催办：请尽快处理客户反馈", now)
    return row
