"""Pages of commissions: thin."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from commissions import access, queries
from salesdept import clock
from salesdept.http import Request
from salesdept.shell import current_project


@require_GET
def my_statement(request: Request) -> HttpResponse:
    """佣金明细 of the person at the screen."""
    period, project = request.GET.get("period", ""), current_project(request)
    page = queries.my_statement(request.user, project, period, clock.now())
    context = {"page": page, "may_see_house": access.may_see_statement(request.user)}
    return render(request, "commissions/my_statement.html", context)


@require_GET
def statement(request: Request, period: str) -> HttpResponse:
    """佣金结算表 of the project's month."""
    access.may_see_statement(request.user).or_raise()
    today = clock.business_date(clock.now())
    if f"{queries.period_start(period, today):%Y-%m}" != period:
        raise Http404
    page = queries.house_statement(request.user, current_project(request), period, clock.now())
    return render(request, "commissions/statement.html", {"page": page})


@require_GET
def fund(request: Request) -> HttpResponse:
    """销售基金."""
    return render(request, "commissions/fund.html", queries.fund(request.user, clock.now()))
