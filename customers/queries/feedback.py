"""客户反馈 on screen: the register, one item with its copies and clocks, its A4 form."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count

from customers import access
from customers.models import Department, Feedback
from customers.queries.doubts import doubts
from customers.queries.feedback_figures import timeliness
from customers.queries.workdays import calendar_of
from customers.rules import FeedbackKind, FeedbackTerms
from customers.rules.feedback import (
    MOVES,
    OPEN,
    PATH,
    TO_CONFIRM,
    UNCOUNTED,
    Calendar,
    CustomerVerdict,
    FeedbackState,
    FeedbackVerb,
    work_left,
)
from customers.rules.surveys import month_span
from regulations.queries import terms_for
from salesdept import clock
from salesdept.clock import SHANGHAI
from salesdept.formats import cn_time, count, share, span
from salesdept.journal import label
from salesdept.models import Delivery, Event, Project, User
from salesdept.notices import letter_key

PAGE = 50
TABS = {
    "": ("全部", ()),
    "open": ("待答复", OPEN),
    "file": ("待备案", (FeedbackState.TAKEN,)),
    "confirm": ("待回访", TO_CONFIRM),
    "closed": ("已关闭", (FeedbackState.CLOSED, *UNCOUNTED)),
}
CAP = 999
_COLOURS = {
    FeedbackState.CLOSED: "tag--ok",
    FeedbackState.ANSWERED: "tag--info",
    FeedbackState.CONFIRMED: "tag--info",
    FeedbackState.WITHDRAWN: "",
    FeedbackState.LINKED: "",
}


class Clocks:
    """The chip of a deadline, by the working time of one office."""

    def __init__(self, project: Project, now: datetime) -> None:
        day = clock.business_date(now)
        self.now = now.astimezone(SHANGHAI)
        self.terms: FeedbackTerms = terms_for(FeedbackTerms, on=day, project=project)
        self.calendar: Calendar = calendar_of(project, day)

    def chip(self, due_at: datetime, done_at: datetime | None) -> dict[str, str]:
        """What is left of the opening hours, or whether it was done in time."""
        if done_at is not None:
            late = done_at > due_at
            words = f"超时 {span(done_at - due_at)}" if late else "按时"
            return {"text": words, "css": "tag--bad" if late else "tag--ok"}
        left = work_left(self.now, due_at.astimezone(SHANGHAI), self.terms, self.calendar)
        if left <= timedelta() and self.now >= due_at:
            return {"text": f"超时 {span(self.now - due_at)}", "css": "tag--bad"}
        near = left <= timedelta(hours=self.terms.warn_hours)
        return {"text": f"剩 {span(left)}", "css": "tag--warn" if near else "tag--info"}

    def of(self, row: Feedback) -> dict[str, str]:
        """The clock that matters now: forwarding until it is done, then the answer."""
        if row.state in UNCOUNTED:
            return {"text": FeedbackState(row.state).label, "css": "", "which": ""}
        if row.forwarded_at is None and row.replied_at is None:
            return {**self.chip(row.forward_due_at, None), "which": "转办"}
        return {**self.chip(row.answer_due_at, row.replied_at), "which": "答复"}


def feedback_page(user: User, project: Project, kind: str, now: datetime, before: int = 0) -> dict[str, Any]:
    """The register under one tab, newest first, with the month's figures."""
    tab = kind if kind in TABS else ""
    mine = Feedback.objects.visible_to(user).filter(project=project)
    tally = {key: mine.filter(state__in=states) if states else mine for key, (_, states) in TABS.items()}
    rows = tally[tab].select_related("taken_by", "responsible", "department", "customer")
    found = list((rows.filter(pk__lt=before) if before else rows).order_by("-pk")[: PAGE + 1])
    clocks = Clocks(project, now)
    counts = _tally(mine)
    return {
        "rows": [_feedback(row, clocks) for row in found[:PAGE]],
        "next": str(found[PAGE - 1].pk) if len(found) > PAGE else "",
        "kind": tab,
        "opened": count(counts["open"], CAP),
        "tabs": [(key, word, count(counts[key], CAP)) for key, (word, _) in TABS.items()],
        "kpis": _kpis(project, now, counts),
        **doubts(user, project, clocks.terms, now),
    }


def _tally(rows: Any) -> dict[str, int]:
    """How many items stand under each tab: one grouped count over the states."""
    by_state = dict(rows.order_by().values_list("state").annotate(n=Count("pk")))
    found = {key: sum(by_state.get(s, 0) for s in states) for key, (_, states) in TABS.items() if states}
    return {"": sum(by_state.values()), **found}


def _kpis(project: Project, now: datetime, counts: dict[str, int]) -> list[dict[str, str]]:
    """This month's figures, each with both parts, and what waits."""
    first, last = month_span(clock.business_date(now))
    said = timeliness(project, first, last)
    css = "is-ok" if said["timely"] == said["due"] else "is-bad"
    return [
        {"label": "反馈及时率", "clause": "S141", "value": share(said["timely"], said["due"]),
         "meta": f"本月 {said['timely']} / {said['due']} 件在时限内", "css": css},
        {"label": "超时", "clause": "S140", "value": str(said["late_forward"] + said["late_answer"]),
         "meta": f"本月到期：转办 {said['late_forward']} 件 · 答复 {said['late_answer']} 件", "css": ""},
        {"label": "平均答复用时", "clause": "", "value": span(said["average"]) if said["average"] else "—",
         "meta": "本月到期、首次办理", "css": ""},
        {"label": "待回访", "clause": "S213", "value": count(counts["confirm"], CAP),
         "meta": f"待备案 {count(counts['file'], CAP)} 件", "css": ""},
    ]  # fmt: skip


def _feedback(row: Feedback, clocks: Clocks) -> dict[str, Any]:
    chip = clocks.of(row)
    return {
        "row": row,
        "pk": str(row.pk),
        "complaint": row.kind == FeedbackKind.COMPLAINT,
        "taken": cn_time(row.taken_at, clocks.now),
        "taker": row.taken_by.name if row.taken_by else "满意度调查",
        "due": f"{chip['which']}{chip['text']}",
        "css": chip["css"],
        "colour": _COLOURS.get(FeedbackState(row.state), "tag--warn"),
    }


# --- one item


def feedback_detail(user: User, row: Feedback, now: datetime) -> dict[str, Any]:
    """One item: copies, both clocks, the steps, what the actor may do now, its history."""
    clocks = Clocks(row.project, now)
    return {
        **_feedback(row, clocks),
        "steps": list(_steps(row)),
        "forward_chip": clocks.chip(row.forward_due_at, row.forwarded_at),
        "answer_chip": clocks.chip(row.answer_due_at, row.replied_at),
        "forward_by": cn_time(row.forward_due_at, now),
        "answer_by": cn_time(row.answer_due_at, now),
        "history": history(row, now),
        "rounds": [_round(kept, now) for kept in row.rounds.all()],
        "family": [(str(other.pk), other.code) for other in row.linked.order_by("pk")],
        "verdicts": CustomerVerdict.choices,
        "mailed": _mailed(row, now),
        **_verbs(user, row, now),
    }


def _mailed(row: Feedback, now: datetime) -> str:
    """What became of the mail to the department of this round; empty where none was queued."""
    department = row.department
    if department is None or not department.mail:
        return ""
    key = letter_key(department.mail, f"feedback:{row.pk}:{row.round}:to{department.pk}")
    letter = Delivery.objects.filter(dedupe_key=key).first()
    if letter is None:
        return ""
    if letter.sent_at:
        return f"邮件已发 {cn_time(letter.sent_at, now)}"
    return "邮件未发出，稍后再试" if letter.failed else "邮件待发"


def _round(kept: Any, now: datetime) -> tuple[str, str, str]:
    return (f"第 {kept.round} 次", cn_time(kept.replied_at, now), kept.reply)


def _steps(row: Feedback) -> Iterator[tuple[str, str]]:
    """(word, class) of each step of the path."""
    path = PATH[FeedbackKind(row.kind)]
    here = path.index(FeedbackState(row.state)) if row.state in path else -1
    for n, state in enumerate(path):
        yield (
            state.label.removeprefix("已"),
            "is-done" if n <= here else "is-current" if n == here + 1 else "",
        )


def _verbs(user: User, row: Feedback, now: datetime) -> dict[str, Any]:
    """Verdicts of the verbs the state allows; None for those it does not."""
    moves = MOVES[FeedbackKind(row.kind)]
    asked = {
        FeedbackVerb.FORWARD: access.may_steer,
        FeedbackVerb.HANDLE: access.may_handle,
        FeedbackVerb.ANSWER: access.may_reply,
        FeedbackVerb.CONFIRM: access.may_confirm,
        FeedbackVerb.CLOSE: access.may_steer,
        FeedbackVerb.REOPEN: access.may_steer,
        FeedbackVerb.LINK: access.may_steer,
        FeedbackVerb.WITHDRAW: access.may_withdraw_feedback,
    }
    state = FeedbackState(row.state)
    found: dict[str, Any] = {
        f"may_{verb.value}": may(user, row) for verb, may in asked.items() if (state, verb) in moves
    }
    complaint = row.kind == FeedbackKind.COMPLAINT
    if complaint and row.rep_copy_at is None:
        found["may_rep_copy"] = access.may_sign_copy(user, row, "rep", now)
    if (state, FeedbackVerb.FILE) in moves:
        found["may_assistant_copy"] = access.may_sign_copy(user, row, "assistant", now)
    if state in OPEN:
        found["may_urge"] = access.may_steer(user, row)
    if "may_forward" in found:
        rows = Department.objects.filter(project=row.project_id, is_active=True)
        found["departments"] = [(str(d.pk), d.name) for d in rows]
    if "may_link" in found:
        found["roots"] = _roots(user, row)
    return found


def _roots(user: User, row: Feedback) -> list[tuple[str, str]]:
    """Open complaints of the same household this one may join."""
    if row.customer is None:
        return []
    rows = Feedback.objects.visible_to(user).filter(
        project=row.project_id, kind=FeedbackKind.COMPLAINT, state__in=OPEN,
        customer__household=row.customer.household_id,
    ).exclude(pk=row.pk)  # fmt: skip
    return [(str(other.pk), f"{other.code} {other.customer_name}") for other in rows.order_by("pk")[:20]]


WORDS = {
    "taken": "登记", "copy_signed": "签收一联", "forwarded": "转办", "handled": "部门已处理",
    "answered": "回复客户", "confirmed": "回访确认", "closed": "关闭", "reopened": "重开",
    "withdrawn": "撤回", "linked": "并案", "urged": "催办", "escalated": "超时升级",
}  # fmt: skip


def history(row: Feedback, now: datetime) -> list[tuple[str, str, str]]:
    """(what, who, when) from the journal, oldest first."""
    rows = Event.objects.filter(target=label(row)).select_related("actor").order_by("pk")[:100]
    found = []
    for event in rows:
        word = WORDS.get(event.verb.rpartition(".")[2], "办理")
        extra = event.changes.get("department") or event.changes.get("clock") or event.reason
        who = event.actor.name if event.actor else "系统"
        found.append((f"{word} {extra}".strip(), who, cn_time(event.happened_at, now)))
    return found


# --- the A4 form of §6.8


def feedback_form(row: Feedback, now: datetime) -> dict[str, Any]:
    """The columns of 《客户投诉登记表》 (two copies) and 《客户意见及建议登记表》 (one)."""
    complaint = row.kind == FeedbackKind.COMPLAINT
    who = f"{row.customer_name} / {row.room}" if row.room else row.customer_name
    columns = [
        ("编号", row.code),
        ("日期", f"{row.taken_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"),
        ("客户/房号", who),
        ("渠道", row.get_channel_display()),
        ("内容", row.content),
        ("诉求", row.demand),
        ("接待人", row.taken_by.name if row.taken_by else "满意度调查"),
        *([("责任代表", row.responsible.name if row.responsible else "")] if complaint else []),
        ("转办部门", row.department.name if row.department else ""),
        ("时限", f"{row.answer_due_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"),
        ("处理结果", row.result),
        ("回复日期", f"{row.replied_at.astimezone(SHANGHAI):%Y-%m-%d}" if row.replied_at else ""),
        ("客户意见", " ".join(filter(None, (row.get_verdict_display(), row.verdict_note)))),
        ("主管签", ""),
    ]
    copies = ("代表联", "助理联") if complaint else ("助理联",)
    title = "客户投诉登记表" if complaint else "客户意见及建议登记表"
    return {"row": row, "pk": str(row.pk), "title": title, "copies": copies, "columns": columns}
