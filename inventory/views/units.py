"""A room: its panel, the confirmation, and the verbs 锁定 保留 封盘."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_GET, require_POST

from inventory import access
from inventory.forms import HoldForm, ReasonForm, ReserveForm
from inventory.models import Reservation, Unit
from inventory.queries.stock import similar_units
from inventory.queries.units import unit_card
from inventory.services import block_unit, hold_unit, reserve_unit
from inventory.views import number_in
from regulations.models import Request as Asked
from salesdept import clock, formats
from salesdept.http import Request, done, keep, key_of, pk_in


def _unit(request: Request, pk: int) -> Unit:
    return get_object_or_404(Unit.objects.visible_to(request.user).select_related("building"), pk=pk)


def _page(request: Request, unit: Unit, customer_id: int = 0) -> dict[str, Any]:
    """The panel's context, read only when it is drawn: a refusal costs nothing before it is one."""
    now = clock.now()
    card: Any = SimpleLazyObject(lambda: unit_card(unit, request.user, now, customer_id))
    return {
        "unit": unit,
        "card": card,
        "confirm_url": _confirm_url(unit, customer_id),
        "hold_form": SimpleLazyObject(
            lambda: HoldForm(user=request.user, unit=unit, until=card.hold_until.astimezone(clock.SHANGHAI))
        ),
    }


def _confirm_url(unit: Unit, customer_id: int) -> str:
    url = reverse("inventory:unit_confirm", args=[unit.pk])
    return f"{url}?customer={customer_id}" if customer_id else url


@require_GET
def unit_detail(request: Request, pk: int) -> HttpResponse:
    """The panel beside the board (htmx), or a page of its own."""
    context = _page(request, _unit(request, pk), number_in(request, "customer"))
    return render(request, f"inventory/{'_panel' if request.htmx else 'unit'}.html", context)


@require_GET
def unit_confirm(request: Request, pk: int) -> HttpResponse:
    """The confirmation of 认购: customer and the two buttons, as a dialog or a page."""
    context = _page(request, _unit(request, pk), number_in(request, "customer"))
    return render(request, f"inventory/{'_confirm' if request.htmx else 'unit'}.html", context)


@require_GET
def unit_similar(request: Request, pk: int) -> HttpResponse:
    """Free rooms of the same layout at a near price."""
    unit = _unit(request, pk)
    rows = similar_units(unit, request.user, clock.now(), limit=20)
    return render(request, "inventory/similar.html", {"unit": unit, "rows": rows})


@require_POST
def unit_reserve(request: Request, pk: int) -> HttpResponse:
    unit = _unit(request, pk)
    form = ReserveForm(request.POST, user=request.user, unit=unit)
    chosen = pk_in(request.POST.get("customer", "")) or 0
    context = {
        **_page(request, unit, chosen),
        "form": form,
    }
    keep(request, "inventory/unit.html", context)
    access.may_lock(request.user).or_raise()
    if not form.is_valid():
        return render(request, "inventory/unit.html", context, status=422)
    result = reserve_unit(
        actor=request.user,
        unit_id=unit.pk,
        customer=form.cleaned_data["customer"],
        evidence=form.cleaned_data["evidence"],
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    return _answered(request, unit, result, "已锁定")


@require_POST
def unit_hold(request: Request, pk: int) -> HttpResponse:
    unit = _unit(request, pk)
    form = HoldForm(request.POST, user=request.user, unit=unit)
    context = {**_page(request, unit), "hold_form": form}
    keep(request, "inventory/unit.html", context)
    if not form.is_valid():
        return render(request, "inventory/unit.html", context, status=422)
    result = hold_unit(
        actor=request.user,
        unit_id=unit.pk,
        now=clock.now(),
        idempotency_key=key_of(request),
        **form.cleaned_data,
    )
    return _answered(request, unit, result, "已保留")


@require_POST
def unit_block(request: Request, pk: int) -> HttpResponse:
    unit = _unit(request, pk)
    form = ReasonForm(request.POST)
    context = {**_page(request, unit), "block_form": form}
    keep(request, "inventory/unit.html", context)
    if not form.is_valid():
        return render(request, "inventory/unit.html", context, status=422)
    result = block_unit(
        actor=request.user,
        unit_id=unit.pk,
        reason=form.cleaned_data["reason"],
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    return _answered(request, unit, result, "已封盘")


def _answered(request: Request, unit: Unit, result: Reservation | Asked, words: str) -> HttpResponse:
    """To the claim, or back to the room with the request on its way."""
    if isinstance(result, Asked):
        messages.success(request, f"已提交申请：{result.title}")
        return done(request, reverse("inventory:unit_detail", args=[unit.pk]))
    until = f"，至{formats.cn_time(result.expires_at, clock.now())}" if result.expires_at else ""
    messages.success(request, f"{words} {unit.label}{until}")
    url = reverse("inventory:reservation_detail", args=[result.pk])
    return done(request, url)
