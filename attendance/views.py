"""Pages of attendance and conduct: thin."""

from datetime import date

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from attendance import access, queries, services
from attendance.forms import AnswerForm, CaseForm, ClockForm, DecisionForm, MonthForm
from attendance.models import ConductCase
from attendance.rules import CaseCode, ClockKind
from salesdept import clock as the_clock
from salesdept.http import Request, done, keep, key_of, pk_in
from salesdept.shell import project_of

CLAUSE_OF = {
    CaseCode.CONTRACT_TEXT: "S63",
    CaseCode.LATE: "拟:att.late.penalty",
    CaseCode.DRESS: "拟:pen.dress",
    CaseCode.TIDY: "拟:pen.tidy",
    CaseCode.PHONE: "拟:pen.phone",
    CaseCode.GRAB: "S76",
    CaseCode.PROMISE: "拟:pen.promise",
    CaseCode.OTHER: "S88",
}


@require_GET
def month(request: Request) -> HttpResponse:
    """考勤月视图 with the register of cases beside it."""
    now, project = the_clock.now(), project_of(request)
    period: date = MonthForm(request.GET).first_day(the_clock.business_date(now))
    context = {
        "month": queries.month(request.user, project, period, now),
        "cases": queries.cases(request.user, now)[:5],
        "totals": queries.fine_totals(request.user, project, period),
        "today": queries.clock_today(request.user, project, now),
        "may_clock": access.may_clock(request.user),
    }
    return render(request, "attendance/month.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def clock(request: Request) -> HttpResponse:
    """打卡 at the server's time."""
    now, project = the_clock.now(), project_of(request)
    context = {
        "today": queries.clock_today(request.user, project, now),
        "may_clock": access.may_clock(request.user),
        "now": now,
    }
    if request.method != "POST":
        return render(request, "attendance/clock.html", context)
    keep(request, "attendance/clock.html", context)
    form = ClockForm(request.POST)
    if not form.is_valid():
        return render(request, "attendance/clock.html", context, status=422)
    kind = ClockKind(form.cleaned_data["kind"])
    services.clock(actor=request.user, kind=kind, project=project, now=now, idempotency_key=key_of(request))
    messages.success(request, f"已打{kind.label}卡")
    return redirect("attendance:clock")


def _penalties(request: Request, form: CaseForm | None = None) -> dict[str, object]:
    now, project = the_clock.now(), project_of(request)
    state = request.GET.get("state", "")
    lines = queries.cases(
        request.user,
        now,
        before=pk_in(request.GET.get("before", "")),
        state=state if state in ("open", "approved", "withdrawn") else "",
    )
    may = request.user.may("attendance.add_conductcase")
    return {
        "lines": lines[: queries.PAGE],
        "older": str(lines[queries.PAGE - 1].pk) if len(lines) > queries.PAGE else "",
        "state": state,
        "ceiling": queries.ceiling(project, now),
        "totals": queries.fine_totals(request.user, project, the_clock.business_date(now)),
        "form": (form or CaseForm(project, request.user)) if may else None,
    }


@require_GET
def penalty_list(request: Request) -> HttpResponse:
    """奖惩记录: proposals with their clause, what the person said, who decided."""
    return render(request, "attendance/penalty_list.html", _penalties(request))


@require_POST
def case_propose(request: Request) -> HttpResponse:
    access.may_propose_at_all(request.user).or_raise()
    form = CaseForm(project_of(request), request.user, request.POST)
    context = _penalties(request, form)
    if not form.is_valid():
        return render(request, "attendance/penalty_list.html", context, status=422)
    keep(request, "attendance/penalty_list.html", context)
    data = form.cleaned_data
    services.propose_case(
        actor=request.user,
        code=CaseCode(data["code"]),
        person=data["person"],
        amount=data["amount"],
        facts=data["facts"],
        clause=CLAUSE_OF[CaseCode(data["code"])],
        subject="",
        project=project_of(request),
        now=the_clock.now(),
        idempotency_key=key_of(request),
    )
    messages.success(request, "已提出，当事人会收到告知")
    return done(request, "/attendance/penalties/")


@require_POST
def case_acknowledge(request: Request, pk: int) -> HttpResponse:
    """The person signs or answers."""
    case = get_object_or_404(ConductCase.objects.visible_to(request.user), pk=pk)
    form = AnswerForm(request.POST)
    statement = form.cleaned_data["statement"] if form.is_valid() else ""
    keep(request, "attendance/penalty_list.html", _penalties(request))
    services.acknowledge_case(
        actor=request.user,
        case_id=case.pk,
        statement=statement,
        now=the_clock.now(),
        idempotency_key=key_of(request),
    )
    messages.success(request, "已提交申辩" if statement else "已签收")
    return done(request, "/attendance/penalties/")


@require_POST
def case_decide(request: Request, pk: int) -> HttpResponse:
    """核准 or 撤销."""
    case = get_object_or_404(ConductCase.objects.visible_to(request.user), pk=pk)
    keep(request, "attendance/penalty_list.html", _penalties(request))
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return render(request, "attendance/penalty_list.html", _penalties(request), status=422)
    services.decide_case(
        actor=request.user,
        case_id=case.pk,
        approve=form.cleaned_data["approve"] == "yes",
        ruling=form.cleaned_data["ruling"],
        now=the_clock.now(),
        idempotency_key=key_of(request),
    )
    return done(request, "/attendance/penalties/")
