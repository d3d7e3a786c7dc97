"""Screen 08: the queue, one contract field by field, and the three answers of a reviewer."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from contracts import services
from contracts.forms import CheckForm
from contracts.models import Contract
from contracts.queries.verification import for_check, open_reviews, sheet
from contracts.rules import ContractState
from contracts.views import number_in
from salesdept import clock
from salesdept.http import Request, done, keep, key_of

PAGE = "contracts/verification_queue.html"


def _context(request: Request, contract_id: int | None, at: str = "") -> dict[str, Any]:
    """The queue and, beside it, the asked contract or the oldest one."""
    now, queue = clock.now(), open_reviews(request.user, clock.now())
    chosen = contract_id or next((row.contract_id for row in queue), None)
    contract = for_check(request.user, chosen) if chosen else None
    return {
        "queue": queue,
        "sheet": sheet(request.user, contract, now, at=at) if contract else None,
        "chosen": contract.pk if contract else None,
        "oldest": queue[0].meta if queue else "",
    }


@require_GET
def verification_queue(request: Request) -> HttpResponse:
    context = _context(request, number_in(request, "contract"), request.GET.get("field", ""))
    return render(request, PAGE, context)


def _url(pk: int) -> str:
    return f"{reverse('contracts:verification_queue')}?contract={pk}"


def _contract(request: Request, pk: int) -> Contract:
    return get_object_or_404(Contract.objects.visible_to(request.user), pk=pk)


@require_POST
def contract_check(request: Request, pk: int) -> HttpResponse:
    """One tick; the page comes back at the next field."""
    contract, form = _contract(request, pk), CheckForm(request.POST)
    field = request.POST.get("field", "")
    keep(request, PAGE, _context(request, pk, field))
    if not form.is_valid():
        return render(request, PAGE, _context(request, pk, field), status=422)
    services.record_check(
        actor=request.user,
        contract_id=contract.pk,
        field=form.cleaned_data["field"],
        ok=form.cleaned_data["ok"] == "yes",
        right=form.cleaned_data["right"],
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    if request.htmx:
        return render(request, f"{PAGE}#work", _context(request, pk))
    return done(request, _url(pk))


@require_POST
def contract_return(request: Request, pk: int) -> HttpResponse:
    """登记差错并退回改正, at the stage the contract is in."""
    contract = _contract(request, pk)
    keep(request, PAGE, _context(request, pk))
    second = contract.state == ContractState.SECOND
    verb = services.second_review_return if second else services.return_contract
    verb(actor=request.user, contract_id=contract.pk, now=clock.now(), idempotency_key=key_of(request))
    messages.success(request, f"{contract.unit_label} 已退回改正")
    return done(request, reverse("contracts:verification_queue"))


@require_POST
def contract_pass(request: Request, pk: int) -> HttpResponse:
    """通过, at the stage the contract is in."""
    contract = _contract(request, pk)
    keep(request, PAGE, _context(request, pk))
    second = contract.state == ContractState.SECOND
    verb = services.pass_second_review if second else services.pass_review
    verb(actor=request.user, contract_id=contract.pk, now=clock.now(), idempotency_key=key_of(request))
    messages.success(request, f"{contract.unit_label} {'复审' if second else '初审'}通过")
    return done(request, reverse("contracts:verification_queue"))
