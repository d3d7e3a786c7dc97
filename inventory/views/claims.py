"""Reservations: the list, one page, and what the manager does with a claim."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_GET, require_POST

from inventory.forms import EndForm, ExtendForm, ReasonForm
from inventory.models import Reservation
from inventory.queries.claims import LIST_FILTERS, claim_list, claim_page
from inventory.services import end_claim, extend_hold, release_unit
from inventory.views import number_in
from regulations.models import Request as Asked
from salesdept import clock
from salesdept.http import Request, done, keep, key_of


@require_GET
def reservation_list(request: Request) -> HttpResponse:
    key = request.GET.get("s", "")
    rows, older = claim_list(request.user, clock.now(), key=key, before=number_in(request, "before"))
    context = {"rows": rows, "older": older, "key": key, "filters": LIST_FILTERS}
    return render(request, "inventory/reservation_list.html", context)


def _claim(request: Request, pk: int) -> Reservation:
    rows = Reservation.objects.visible_to(request.user)
    return get_object_or_404(rows.select_related("unit__building", "customer", "rep"), pk=pk)


def _page(request: Request, claim: Reservation, **forms: Any) -> dict[str, Any]:
    now = clock.now()
    return {"page": SimpleLazyObject(lambda: claim_page(claim, request.user, now)), **forms}


@require_GET
def reservation_detail(request: Request, pk: int) -> HttpResponse:
    return render(request, "inventory/reservation_detail.html", _page(request, _claim(request, pk)))


def _invalid(request: Request, claim: Reservation, name: str, form: Any) -> HttpResponse:
    context = _page(request, claim, **{name: form})
    return render(request, "inventory/reservation_detail.html", context, status=422)


@require_POST
def reservation_release(request: Request, pk: int) -> HttpResponse:
    claim, form = _claim(request, pk), ReasonForm(request.POST)
    keep(request, "inventory/reservation_detail.html", _page(request, claim, release_form=form))
    if not form.is_valid():
        return _invalid(request, claim, "release_form", form)
    result = release_unit(
        actor=request.user,
        reservation_id=claim.pk,
        reason=form.cleaned_data["reason"],
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    asked = isinstance(result, Asked)
    messages.success(request, "已提交释放申请" if asked else f"已释放 {claim.unit.label}")
    return done(request, reverse("inventory:reservation_detail", args=[claim.pk]))


@require_POST
def reservation_extend(request: Request, pk: int) -> HttpResponse:
    claim, form = _claim(request, pk), ExtendForm(request.POST)
    keep(request, "inventory/reservation_detail.html", _page(request, claim, extend_form=form))
    if not form.is_valid():
        return _invalid(request, claim, "extend_form", form)
    extend_hold(
        actor=request.user,
        reservation_id=claim.pk,
        until=form.cleaned_data["until"],
        reason=form.cleaned_data["reason"],
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    messages.success(request, f"已续保留 {claim.unit.label}")
    return done(request, reverse("inventory:reservation_detail", args=[claim.pk]))


@require_POST
def reservation_end(request: Request, pk: int) -> HttpResponse:
    claim, form = _claim(request, pk), EndForm(request.POST)
    keep(request, "inventory/reservation_detail.html", _page(request, claim, end_form=form))
    if not form.is_valid():
        return _invalid(request, claim, "end_form", form)
    end_claim(
        actor=request.user,
        reservation_id=claim.pk,
        reason=form.cleaned_data["why"],
        note=form.cleaned_data["reason"],
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    messages.success(request, f"{claim.unit.label} 已结束占用")
    return done(request, reverse("inventory:reservation_detail", args=[claim.pk]))
