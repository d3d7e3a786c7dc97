"""The list, one contract, and the verbs of the rep and of the seal."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_GET, require_POST

from contracts import services
from contracts.forms import DraftForm, EditForm
from contracts.models import Contract
from contracts.queries.detail import contract_page, visible
from contracts.queries.lists import contract_list as rows_of
from contracts.queries.lists import state_tabs
from contracts.rules import PayMethod
from contracts.views import number_in
from inventory.models import Reservation
from salesdept import clock
from salesdept.http import Request, done, keep, key_of

DETAIL = "contracts/contract_detail.html"


@require_GET
def contract_list(request: Request) -> HttpResponse:
    """合同台账."""
    state = request.GET.get("state", "")
    rows, older = rows_of(request.user, clock.now(), state=state, before=number_in(request, "before"))
    context = {"rows": rows, "older": older, "state": state, "tabs": state_tabs(request.user)}
    return render(request, "contracts/contract_list.html", context)


def _contract(request: Request, pk: int) -> Contract:
    found: Contract = get_object_or_404(visible(request.user), pk=pk)
    return found


def _context(request: Request, pk: int, form: EditForm | None = None) -> dict[str, Any]:
    """The page is built when drawn, so that after a refusal it shows what stands now."""
    now = clock.now()

    def page() -> Any:
        return contract_page(request.user, _contract(request, pk), now)

    lazy = SimpleLazyObject(page)
    return {"page": lazy, "form": form or SimpleLazyObject(lambda: EditForm(initial=lazy.initial))}


def _url(contract: Contract) -> str:
    return reverse("contracts:contract_detail", args=[contract.pk])


@require_GET
def contract_detail(request: Request, pk: int) -> HttpResponse:
    _contract(request, pk)
    return render(request, DETAIL, _context(request, pk))


@require_POST
def contract_draft(request: Request, pk: int) -> HttpResponse:
    """Draft the contract of reservation `pk`."""
    claim = get_object_or_404(Reservation.objects.visible_to(request.user), pk=pk)
    form = DraftForm(request.POST)
    method = form.cleaned_data["pay_method"] if form.is_valid() else PayMethod.MORTGAGE
    contract = services.draft_contract(
        actor=request.user,
        reservation_id=claim.pk,
        pay_method=PayMethod(method),
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    messages.success(request, f"已起草 {contract.number}")
    return done(request, _url(contract))


@require_POST
def contract_edit(request: Request, pk: int) -> HttpResponse:
    contract, form = _contract(request, pk), EditForm(request.POST)
    keep(request, DETAIL, _context(request, pk, form))
    if not form.is_valid():
        return render(request, DETAIL, _context(request, pk, form), status=422)
    values = dict(form.cleaned_data)
    services.edit_contract(
        actor=request.user,
        contract_id=contract.pk,
        version=values.pop("version"),
        values=values,
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    messages.success(request, "已保存修改")
    return done(request, _url(contract))


@require_POST
def contract_submit(request: Request, pk: int) -> HttpResponse:
    contract = _contract(request, pk)
    keep(request, DETAIL, _context(request, pk))
    services.submit_contract(
        actor=request.user, contract_id=contract.pk, now=clock.now(), idempotency_key=key_of(request)
    )
    messages.success(request, "已送审，等助理逐项审核")
    return done(request, _url(contract))


@require_POST
def contract_sign(request: Request, pk: int) -> HttpResponse:
    contract = _contract(request, pk)
    keep(request, DETAIL, _context(request, pk))
    services.sign_contract(
        actor=request.user, contract_id=contract.pk, now=clock.now(), idempotency_key=key_of(request)
    )
    messages.success(request, f"{contract.unit_label} 已盖章签约")
    return done(request, _url(contract))
