"""销控图: the page, and the cells that open boards poll."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import condition, require_GET

from inventory import access
from inventory.models import Building
from inventory.queries.board import Board, Filters, etag, tabs
from inventory.rules import SIGNS
from inventory.views import number_in
from salesdept import clock
from salesdept.http import Request
from salesdept.shell import current_project

BUILDING_COOKIE = "building"
PRIVATE = "private, no-cache"
TEXT_MAX = 30


def filters_of(request: HttpRequest) -> Filters:
    """The address's filters; unknown states are dropped."""
    state = request.GET.get("s", "")
    known = state in SIGNS or state in ("mine", "sold")
    layout = request.GET.get("layout", "")[:TEXT_MAX].replace("\0", "")
    return Filters(
        state if known else "",
        layout,
        number_in(request, "like"),
        number_in(request, "customer"),
        request.GET.get("view") == "list",
    )


@require_GET
def board(request: Request) -> HttpResponse:
    """One building's board, on the building looked at last; without stock, what to do about it."""
    access.may_see_board(request.user).or_raise()
    rows = Building.objects.visible_to(request.user).filter(project=current_project(request))
    buildings = list(rows.order_by("order", "pk"))
    if not buildings:
        return render(request, "inventory/board_empty.html", {"control": access.may_control(request.user)})
    wanted = number_in(request, "b") or request.COOKIES.get(BUILDING_COOKIE, "")
    chosen = next((b for b in buildings if str(b.pk) == str(wanted)), buildings[0])
    now, filters = clock.now(), filters_of(request)
    context = {
        "board": Board(chosen, request.user, now, filters),
        "tabs": tabs(buildings, chosen, filters),
        "control": access.may_control(request.user),
    }
    response = render(request, "inventory/board.html", context)
    response.set_cookie(
        BUILDING_COOKIE, str(chosen.pk), samesite="Lax", httponly=True, secure=request.is_secure()
    )
    return response


def _polled(request: HttpRequest, pk: int) -> tuple[Building, datetime]:
    """The building by its key, read once a request, and the moment it was asked for."""
    found = getattr(request, "polled", None)
    if found is None:
        building = get_object_or_404(Building.objects.visible_to(request.user), pk=pk)  # type: ignore[arg-type]
        found = request.polled = (building, clock.now())  # type: ignore[attr-defined]
    building, now = found
    return building, now


def cells_etag(request: HttpRequest, pk: int) -> str:
    building, now = _polled(request, pk)
    return etag(building, request.user, now, filters_of(request).query())  # type: ignore[arg-type]


@require_GET
@condition(etag_func=cells_etag)
def board_cells(request: Request, pk: int) -> HttpResponse:
    """The cells alone. 304 while the building's version and the minute stand: no room is read."""
    building, now = _polled(request, pk)
    shown = Board(building, request.user, now, filters_of(request))
    response = render(request, "inventory/_cells.html", {"board": shown})
    response["Cache-Control"] = PRIVATE
    return response
