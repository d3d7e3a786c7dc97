"""Global search: every source looks only inside what the user may see."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from salesdept.http import Request
from salesdept.slots import SEARCH
from salesdept.text import tidy

SHOWN, IN_DROPDOWN = 20, 5
LONGEST = 40


@require_GET
def search(request: Request) -> HttpResponse:
    """The page, or for htmx the list alone. Nothing is asked while nothing is typed."""
    q = tidy(request.GET.get("q", ""))[:LONGEST]
    limit = IN_DROPDOWN if request.htmx else SHOWN
    sources = sorted(SEARCH, key=lambda source: source.order) if q else []
    groups = [(source.label, hits) for source in sources if (hits := source.find(request.user, q, limit))]
    template = "search/_results.html" if request.htmx else "search/search.html"
    return render(request, template, {"q": q, "groups": groups, "heading": "搜索"})
