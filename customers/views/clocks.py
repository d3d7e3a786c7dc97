"""停计日历 and 回访抽查."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from customers import access
from customers.forms import StopForm
from customers.models import ClockStop, Recall
from customers.queries.recalls import recall_page
from customers.queries.stops import stop_page
from customers.rules.clocks import StopKind
from customers.services import declare_stop, dial_recall, mark_recall, withdraw_stop
from customers.views.common import CallRedirect, to
from salesdept import clock
from salesdept.http import Request, keep, key_of, pk_in
from salesdept.shell import project_of


@require_http_methods(["GET", "POST"])
def stop_list(request: Request) -> HttpResponse:
    """The calendar and, for those who may, the form above it."""
    project = project_of(request)
    kinds = [kind.value for kind in StopKind if access.may_stop_clocks(request.user, kind)]
    form = StopForm(request.POST or None, project=project, kinds=kinds)
    context = {**stop_page(request.user, project, clock.now()), "form": form}
    if request.method != "POST":
        return render(request, "customers/stops.html", context)
    access.may_stop_clocks(request.user).or_raise()
    if not form.is_valid():
        return render(request, "customers/stops.html", context, status=422)
    keep(request, "customers/stops.html", context)
    declare_stop(
        actor=request.user,
        project=project,
        now=clock.now(),
        idempotency_key=key_of(request),
        **form.stop(),
    )
    messages.success(request, "已停计，归属的最后一天已顺延")
    return to(request, reverse("customers:stop_list"))


@require_POST
def stop_withdraw(request: Request, pk: int) -> HttpResponse:
    stop = get_object_or_404(ClockStop.objects.visible_to(request.user), pk=pk)
    withdraw_stop(
        actor=request.user,
        stop_id=stop.pk,
        reason=request.POST.get("reason", "")[:200],
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    messages.success(request, "已撤回，从今天起照常计算")
    return to(request, reverse("customers:stop_list"))


@require_GET
def recall_list(request: Request) -> HttpResponse:
    access.may_see_recalls(request.user).or_raise()
    before = pk_in(request.GET.get("before", ""))
    page = recall_page(request.user, project_of(request), before, clock.now())
    return render(request, "customers/recalls.html", page)


def _recall(request: Request, pk: int) -> Recall:
    return get_object_or_404(Recall.objects.visible_to(request.user), pk=pk)


@require_POST
def recall_dial(request: Request, pk: int) -> HttpResponse:
    """The number for the re-call, logged; without JavaScript it is shown once."""
    recall = _recall(request, pk)
    number = dial_recall(actor=request.user, recall_id=recall.pk, now=clock.now())
    if request.htmx:
        response = HttpResponse(status=204)
        response["HX-Redirect"] = f"tel:{number}"
        return response
    if "redirect" in request.POST:
        return CallRedirect(f"tel:{number}")
    customer = recall.followup.customer
    context = {"customer": customer, "pk": str(customer.pk), "number": number}
    return render(request, "customers/number.html", context)


@require_POST
def recall_mark(request: Request, pk: int) -> HttpResponse:
    recall = _recall(request, pk)
    marked = mark_recall(
        actor=request.user,
        recall_id=recall.pk,
        state=request.POST.get("state", ""),
        note=request.POST.get("note", "")[:200],
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    messages.success(request, f"已记：{marked.get_state_display()}")
    return to(request, reverse("customers:recall_list"))
