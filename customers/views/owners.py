"""老业主维护."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from customers.queries.owners import owners_page
from salesdept import clock
from salesdept.http import Request, pk_in
from salesdept.shell import project_of


@require_GET
def owner_list(request: Request) -> HttpResponse:
    before, tab = pk_in(request.GET.get("before", "")), request.GET.get("tab", "")
    page = owners_page(request.user, project_of(request), tab, before, clock.now())
    return render(request, "customers/owners.html", page)
