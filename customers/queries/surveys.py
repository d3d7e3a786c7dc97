"""满意度 and 回访 on screen."""

from datetime import date, datetime
from typing import Any

from customers import access
from customers.models import CallBack, Survey, SurveySample
from customers.queries.survey_figures import survey_figures
from customers.rules import RECEIVES
from customers.rules.surveys import ITEMS, SCORES, SurveyState, month_span
from salesdept import clock
from salesdept.formats import cn_date, cn_time, count, share
from salesdept.models import Project, User

PAGE = 50
CAP = 999


def survey_page(user: User, project: Project, month: date, now: datetime) -> dict[str, Any]:
    """The month's 满意率 with both parts, the spread of scores, what customers wrote, what is to be sent."""
    first, last = month_span(month)
    figures = survey_figures(project, first, last)
    rows = Survey.objects.visible_to(user).filter(project=project)
    span = (clock.at(first), clock.end_of(last))
    answered = rows.filter(answered_at__gte=span[0], answered_at__lt=span[1]).select_related("rep")
    waiting = rows.filter(state__in=(SurveyState.PLANNED, SurveyState.SENT))
    return {
        "month": f"{first:%Y-%m}",
        "rate": share(figures.satisfied, figures.valid),
        "parts": f"{figures.satisfied} / {figures.valid} 份三项都不低于 {figures.terms.pass_score} 分",
        "valid": str(figures.valid),
        "response": share(figures.returned, figures.sent),
        "response_parts": f"发送 {figures.sent} 份，回收 {figures.returned} 份",
        "spread": [_spread(label, counts, figures.valid) for label, counts in figures.spread],
        "answers": [_answer(user, row, now) for row in answered.order_by("-answered_at")[:PAGE]],
        "waiting": [_waiting(user, row, now) for row in _by_name(waiting)],
        "drawn": _drawn(project, first),
        "may_draw": access.may_draw_sample(user),
        "per_rep": str(figures.terms.sample_per_rep),
    }


def _by_name(rows: Any) -> Any:
    return rows.select_related("customer", "rep", "sample").order_by("-pk")[:PAGE]


def _spread(label: str, counts: tuple[int, ...], n: int) -> dict[str, Any]:
    words = [word for _, word in SCORES]
    bars = [(word, str(found), share(found, n)) for word, found in zip(words, counts, strict=True)]
    return {"label": label, "bars": bars, "max": str(max(n, 1))}


def _answer(user: User, row: Survey, now: datetime) -> dict[str, Any]:
    valid = row.state == SurveyState.VALID
    return {
        "pk": str(row.pk),
        "scores": " · ".join(
            f"{label} {score}" for (label, _), score in zip(ITEMS.values(), row.scores, strict=True)
        ),
        "comment": row.comment,
        "rep": row.rep.name if row.rep else "公海",
        "moment": row.get_moment_display(),
        "when": cn_time(row.answered_at, now),
        "invalid": "" if valid else row.invalid_reason or "无效",
        "may_void": access.may_void_survey(user, row) if valid else None,
    }


def _waiting(user: User, row: Survey, now: datetime) -> dict[str, Any]:
    over = row.expires_at is not None and row.expires_at <= now
    until = f"链接至 {cn_time(row.expires_at, now)}" if row.expires_at else "未出示"
    return {
        "pk": str(row.pk),
        "customer": str(row.customer),
        "rep": row.rep.name if row.rep else "公海",
        "moment": row.get_moment_display(),
        "state": "已过期" if over else row.get_state_display(),
        "until": until,
        "may_send": access.may_send_survey(user, row),
    }


def _drawn(project: Project, month: date) -> list[dict[str, Any]]:
    """The reps of the project, and for each how many were drawn this month, from how many, by which seed."""
    done = {row.rep_id: row for row in SurveySample.objects.filter(project=project, month=month)}
    reps = User.objects.filter(projects=project, role__in=RECEIVES, is_active=True).order_by("pinyin", "pk")
    return [
        {
            "pk": str(rep.pk),
            "name": rep.name,
            "drawn": f"抽 {len(done[rep.pk].drawn)} / {done[rep.pk].population} 位 · 种子 {done[rep.pk].seed}"
            if rep.pk in done
            else "",
        }
        for rep in reps
    ]


def callback_page(user: User, project: Project, tab: str, now: datetime) -> dict[str, Any]:
    """Calls to make, the oldest first; or those done, the newest first."""
    today = clock.business_date(now)
    rows = CallBack.objects.visible_to(user).filter(project=project)
    opened = rows.open().filter(due_on__lte=today)
    tabs = {"": opened, "ahead": rows.open().filter(due_on__gt=today), "done": rows.exclude(done_at=None)}
    tab = tab if tab in tabs else ""
    order = ("-done_at", "-pk") if tab == "done" else ("due_on", "pk")
    found = tabs[tab].select_related("customer__owner", "by").order_by(*order)[:PAGE]
    words = {"": "今天要打", "ahead": "以后", "done": "已完成"}
    return {
        "rows": [_call(row, today, now) for row in found],
        "tab": tab,
        "tabs": [(key, words[key], count(rows_[: CAP + 1].count(), CAP)) for key, rows_ in tabs.items()],
        "may_call": access.may_call_back(user),
        "scores": SCORES,
    }


def _call(row: CallBack, today: date, now: datetime) -> dict[str, Any]:
    owner = row.customer.owner
    return {
        "pk": str(row.pk),
        "customer": str(row.customer),
        "customer_pk": str(row.customer_id),
        "phone": row.customer.phone_masked,
        "owner": owner.name if owner else "公海",
        "stage": row.get_stage_display(),
        "state": row.get_state_display(),
        "due": cn_date(row.due_on, today),
        "late": row.due_on < today and row.done_at is None,
        "tries": str(row.tries) if row.tries else "",
        "done": f"{cn_time(row.done_at, now)} {row.by.name if row.by else ''}" if row.done_at else "",
        "score": str(row.score) if row.score else "",
        "note": row.note,
    }
