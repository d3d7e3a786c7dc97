"""反馈 on 今日, and the recounts of the register."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Q

from customers.models import CallBack, DutyDesk, Feedback, FeedbackSeries, Survey
from customers.queries.lists import CappedCount
from customers.rules import FeedbackKind
from customers.rules.feedback import OPEN, FeedbackState, number_of
from customers.rules.surveys import CALL_MOMENTS, SurveyState
from customers.slots import CustomerPanel
from salesdept import clock
from salesdept.formats import count, left, urgency
from salesdept.models import User
from salesdept.rules import LEADERS, Role
from salesdept.slots import HomeCard, Invariant

CAP = 1000
SHOWN = 5


def desk_card(actor: User, now: datetime) -> dict[str, Any] | None:
    """For the assistant: what is near its limit, what waits for filing, whom to call back."""
    waiting = Feedback.objects.visible_to(actor).filter(state__in=OPEN).order_by("answer_due_at", "pk")
    due = CallBack.objects.visible_to(actor).open().filter(due_on__lte=clock.business_date(now))
    # Counted beside the rows that wait; asked for alone only where none does.
    beside = CappedCount(due.order_by().values("pk")[: CAP + 1])
    found = list(waiting.annotate(calls=beside)[:SHOWN])
    calls = getattr(found[0], "calls", 0) or 0 if found else due.count()
    rows = [_near(row, now) for row in found]
    return {"rows": rows, "calls": count(calls, CAP)} if rows or calls else None


def _near(row: Feedback, now: datetime) -> dict[str, str]:
    until = row.answer_due_at if row.forwarded_at else row.forward_due_at
    return {
        "pk": str(row.pk),
        "code": row.code,
        "content": row.content,
        "state": row.get_state_display(),
        "text": f"{'答复' if row.forwarded_at else '转办'}{left(until, now)}",
        "css": f"tag--{urgency(until, now) or 'info'}",
    }


def mine_card(actor: User, now: datetime) -> dict[str, Any] | None:
    """For the rep: copies to be signed, answers to bring to the customer; at 当日控台, copies to be filed."""
    today = clock.business_date(now)
    desks = DutyDesk.objects.filter(holder=actor, day=today, ended_at__isnull=True).values("project")
    own = Q(state=FeedbackState.HANDLED) | Q(
        kind=FeedbackKind.COMPLAINT, rep_copy_at__isnull=True, state__in=OPEN
    )
    at_desk = Q(project__in=desks, state=FeedbackState.TAKEN) & ~Q(against=actor)
    rows = Feedback.objects.filter((Q(responsible=actor) & own) | at_desk)
    found = [
        {
            "pk": str(row.pk),
            "code": row.code,
            "content": row.content,
            "todo": _todo(row, actor),
        }
        for row in rows.order_by("answer_due_at", "pk")[:SHOWN]
    ]
    return {"rows": found} if found else None


def _todo(row: Feedback, actor: User) -> str:
    if row.responsible_id == actor.pk and row.state == FeedbackState.HANDLED:
        return "待回复客户"
    mine = row.responsible_id == actor.pk and row.kind == FeedbackKind.COMPLAINT
    return "待签收" if mine and row.rep_copy_at is None else "待备案"


CARDS = (
    HomeCard("customers/cards/feedback.html", desk_card, (Role.ASSISTANT, *LEADERS), order=22),
    HomeCard("customers/cards/feedback_mine.html", mine_card, (Role.REP, Role.SUPERVISOR), order=12),
)


def told_of(actor: User, customer_id: int, now: datetime) -> dict[str, Any] | None:
    """The customer's open feedback, and the moments still to be asked about."""
    rows = Feedback.objects.visible_to(actor).filter(customer=customer_id, state__in=OPEN).order_by("-pk")
    return {
        "pk": str(customer_id),
        "rows": [(str(row.pk), row.code, row.get_state_display(), row.content) for row in rows[:SHOWN]],
        "moments": ASKED_AFTER if actor.may("customers.add_survey") else (),
    }


ASKED_AFTER = tuple((moment.value, moment.label) for moment in CALL_MOMENTS)
PANELS = (CustomerPanel("feedback", "customers/panels/feedback.html", told_of, order=60, later=True),)


def gaps() -> Iterator[str]:
    """A series whose last number is not the number of its rows has lost or doubled one."""
    found = Feedback.objects.order_by().values("project", "year", "kind")
    rows = {
        (r["project"], r["year"], r["kind"]): (r["n"], r["top"])
        for r in found.annotate(n=Count("pk"), top=Max("serial"))
    }
    for series in FeedbackSeries.objects.all():
        n, top = rows.get((series.project_id, series.year, series.kind), (0, 0))
        if not n == top == series.last:
            yield f"编号 {number_of(series.kind, series.year, series.last)}：登记 {n} 件，最大 {top} 号"


def unanswered_low() -> Iterator[str]:
    """Every valid answer that asked for a complaint by today's line has one."""
    asked = Q(conduct=1) | Q(talk=1) | Q(service=1)
    rows = Survey.objects.filter(asked, state=SurveyState.VALID)
    for pk in rows.exclude(pk__in=Feedback.objects.exclude(survey=None).values("survey")).values_list("pk"):
        yield f"低分评价 {pk[0]} 没有转投诉"


INVARIANTS = (
    Invariant("feedback numbers have no gaps", "S137", gaps),
    Invariant("the lowest answers opened a complaint", "S143", unanswered_low),
)
