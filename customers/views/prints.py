"""The register forms, ready for A4."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from customers.queries.prints import PAPERS, paper, span_of
from salesdept import clock
from salesdept.http import Request
from salesdept.shell import project_of


@require_GET
def form_print(request: Request, form: str) -> HttpResponse:
    """来访客户登记表, 来电登记表, 回访跟进登记表 or 客户情况跟踪表 of a span of days."""
    if form not in PAPERS:
        raise Http404
    now = clock.now()
    days = span_of(request.GET.dict(), form, clock.business_date(now))
    page = paper(request.user, project_of(request), form, days, now)
    return render(request, "customers/form_print.html", page)
