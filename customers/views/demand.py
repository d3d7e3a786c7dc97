"""需求交叉表."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from customers import access
from customers.queries.demand import demand_page
from salesdept import clock
from salesdept.http import Request
from salesdept.shell import project_of


@require_GET
def demand(request: Request) -> HttpResponse:
    access.may_see_demand(request.user).or_raise()
    rows, columns = request.GET.get("rows", ""), request.GET.get("columns", "")
    return render(
        request, "customers/demand.html", demand_page(project_of(request), rows, columns, clock.now())
    )
