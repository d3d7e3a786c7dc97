"""Dashboards and reports. Thin: parse, ask a query, render."""

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from performance import access, picture, queries, services
from performance.forms import TargetForm
from performance.rules import Metric, Period, report_lines
from salesdept import clock
from salesdept.http import Request, done, keep, key_of, pk_in
from salesdept.shell import project_of


def _period(request: Request) -> Period:
    wanted = request.GET.get("period", "")
    return Period(wanted) if wanted in Period.values else Period.MONTH


def _day(request: Request, name: str = "day") -> date:
    today = clock.business_date(clock.now())
    try:
        return min(date.fromisoformat(request.GET.get(name, "")), today)
    except ValueError:
        return today


@require_GET
def dashboard(request: Request) -> HttpResponse:
    access.may_view_dashboard(request.user).or_raise()
    now, period = clock.now(), _period(request)
    board = queries.dashboard(request.user, project_of(request), period, now)
    context = {
        "board": board,
        "period": period,
        "periods": Period.choices,
        "may_set": access.may_set_target(request.user),
    }
    return render(request, "performance/dashboard.html", context)


@require_GET
def rows(request: Request) -> HttpResponse:
    """The rows behind a number; 404 for a metric nobody counts."""
    access.may_view_dashboard(request.user).or_raise()
    metric, asked = request.GET.get("metric", ""), request.GET.get("rep", "")
    rep = pk_in(asked)
    if metric not in Metric.values or (asked and rep is None):
        raise Http404
    first, last = _day(request, "first"), _day(request, "last")
    found = queries.rows_of(project_of(request), Metric(metric), first, last, rep)
    return render(request, "performance/rows.html", {"found": found})


@require_GET
def kpi_report(request: Request) -> HttpResponse:
    access.may_view_dashboard(request.user).or_raise()
    month = _day(request, "month").replace(day=1)
    report = queries.kpi_report(request.user, project_of(request), month, clock.now())
    return render(request, "performance/kpi_report.html", {"report": report})


@require_GET
def daily_report(request: Request) -> HttpResponse:
    access.may_send_report(request.user).or_raise()
    day = _day(request)
    lines = report_lines(queries.day_report(project_of(request), day))
    context = {"day": day, "text": "\n".join(lines), "rows": len(lines) + 1, "heading": "销售日报"}
    return render(request, "performance/daily_report.html", context)


@require_GET
def daily_picture(request: Request) -> HttpResponse:
    access.may_send_report(request.user).or_raise()
    day, now = _day(request), clock.now()
    lines = report_lines(queries.day_report(project_of(request), day))
    made = f"{now.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M} 由 {request.user.name} 生成"
    response = HttpResponse(picture.draw(lines, made), content_type="image/png")
    response["Content-Disposition"] = f'inline; filename="daily-{day}.png"'
    return response


@require_GET
def target_list(request: Request) -> HttpResponse:
    access.may_view_dashboard(request.user).or_raise()
    month = _day(request, "month").replace(day=1)
    form = TargetForm(initial=queries.target_values(project_of(request), month))
    return render(request, "performance/targets.html", _targets(request, form, month))


@require_POST
def target_set(request: Request) -> HttpResponse:
    form = TargetForm(request.POST)
    month = clock.business_date(clock.now()).replace(day=1)
    context = _targets(request, form, month)
    keep(request, "performance/targets.html", context)
    access.may_set_target(request.user).or_raise()
    if not form.is_valid():
        return render(request, "performance/targets.html", context, status=422)
    services.set_targets(
        actor=request.user, project=project_of(request), month=form.cleaned_data["month"],
        values=form.values(), now=clock.now(), idempotency_key=key_of(request),
    )  # fmt: skip
    messages.success(request, "目标已保存")
    return done(request, reverse("performance:target_list"))


def _targets(request: Request, form: TargetForm, month: date) -> dict[str, object]:
    return {
        "form": form,
        "month": month,
        "rows": queries.target_rows(request.user, project_of(request)),
        "may_set": access.may_set_target(request.user),
    }
