"""交接: one screen for everything a leaver holds, and the printed 客户移交清单."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from customers import access
from customers.models import Handover
from customers.queries.leavers import handover_page, handover_people, handover_sheet
from customers.rules.handover import GIVEN, Why
from customers.services import hand_over
from customers.views.common import to
from salesdept import clock
from salesdept.http import Request, key_of
from salesdept.models import User
from salesdept.shell import project_of


def _leaver(request: Request, pk: int) -> User:
    """Somebody of the project at hand, also who left."""
    leaver: User = get_object_or_404(User.objects.filter(projects=project_of(request)), pk=pk)
    return leaver


@require_GET
def handover_list(request: Request) -> HttpResponse:
    access.may_transfer(request.user).or_raise()
    rows = handover_people(request.user, project_of(request), clock.now())
    return render(request, "customers/handover_list.html", {"rows": rows})


@require_GET
def handover(request: Request, pk: int) -> HttpResponse:
    """The screen; choices in the address are previewed."""
    leaver, project = _leaver(request, pk), project_of(request)
    access.may_hand_over(request.user, pk, project).or_raise()
    page = handover_page(leaver, project, request.GET.dict(), clock.now())
    return render(request, "customers/handover.html", page)


@require_POST
def handover_do(request: Request, pk: int) -> HttpResponse:
    """确认移交."""
    leaver, asked = _leaver(request, pk), request.POST
    choices = {group.value: asked.get(group.value, "") for group in GIVEN}
    done = hand_over(
        actor=request.user,
        user_id=leaver.pk,
        project=project_of(request),
        choices=choices,
        why=Why.MOVED if asked.get("why") == Why.MOVED else Why.LEFT,
        reason=asked.get("reason", ""),
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    messages.success(request, f"{leaver.name} 的客户已移交")
    return to(request, reverse("customers:handover_sheet", args=[done.pk]))


@require_GET
def handover_print(request: Request, pk: int) -> HttpResponse:
    """客户移交清单 on A4."""
    rows = Handover.objects.visible_to(request.user).select_related("project", "leaver", "by")
    return render(request, "customers/handover_sheet.html", handover_sheet(get_object_or_404(rows, pk=pk)))
