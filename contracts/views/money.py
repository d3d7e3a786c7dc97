"""Screen 09: the cashier records, finance answers, the manager assigns; slips leave as attachments only."""

from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from contracts import access, services
from contracts.forms import AssignForm, ReasonForm, ReceiptForm
from contracts.models import Receipt, ReceiptSlip
from contracts.queries import collections as read
from contracts.rules import ReceiptKind, Tender
from contracts.views import number_in
from salesdept import clock
from salesdept.http import Request, done, keep, key_of
from salesdept.shell import current_project

PAGE = "contracts/collections.html"


def _context(request: Request, form: ReceiptForm | None = None) -> dict[str, Any]:
    now, actor, project = clock.now(), request.user, current_project(request)
    before = number_in(request, "before")
    rows = read.receipt_rows(actor, now, which="all", before=before)
    may_record = access.may_record(actor)
    held = read.receipt_rows(actor, now, which="held")
    choose = may_record or (held and actor.may("contracts.assign_receipt"))
    claims = read.claim_choices(actor, project) if choose else []
    initial = {"reservation": request.GET.get("claim", ""), "kind": request.GET.get("kind", "deposit")}
    blank = ReceiptForm(claims, clock.business_date(now), initial=initial)
    return {
        "month": read.month(actor, now),
        "pending": read.receipt_rows(actor, now, which="pending"),
        "held": held,
        "overdue": read.overdue(actor, project, now),
        "rows": rows[: read.LEDGER],
        "older": str(rows[read.LEDGER - 1].pk) if len(rows) > read.LEDGER else "",
        "may_record": may_record,
        "claims": claims,
        "form": (form or blank) if may_record else None,
    }


def _claims(request: Request) -> list[tuple[int, str]]:
    return read.claim_choices(request.user, current_project(request))


@require_GET
def collections(request: Request) -> HttpResponse:
    return render(request, PAGE, _context(request))


@require_POST
def receipt_record(request: Request) -> HttpResponse:
    """登记收款."""
    access.may_record(request.user).or_raise()
    today = clock.business_date(clock.now())
    form = ReceiptForm(_claims(request), today, request.POST, request.FILES)
    context = _context(request, form)
    keep(request, PAGE, context)
    if not form.is_valid():
        return render(request, PAGE, context, status=422)
    data = form.cleaned_data
    receipt = services.record_receipt(
        actor=request.user,
        reservation_id=data["reservation"],
        kind=ReceiptKind(data["kind"]),
        method=Tender(data["method"]),
        project=current_project(request),
        now=clock.now(),
        idempotency_key=key_of(request),
        **{name: data[name] for name in ("amount", "slip", "payer", "received_on", "photo")},
    )
    messages.success(request, f"已登记 {receipt.code}，待财务确认")
    return done(request, reverse("contracts:collections"))


def _receipt(request: Request, pk: int) -> Receipt:
    return get_object_or_404(Receipt.objects.visible_to(request.user), pk=pk)


@require_POST
def receipt_confirm(request: Request, pk: int) -> HttpResponse:
    receipt = _receipt(request, pk)
    keep(request, PAGE, _context(request))
    services.confirm_receipt(
        actor=request.user, receipt_id=receipt.pk, now=clock.now(), idempotency_key=key_of(request)
    )
    messages.success(request, f"{receipt.code} 已确认")
    return done(request, reverse("contracts:collections"))


def _with_reason(request: Request, pk: int, verb: Any, words: str) -> HttpResponse:
    receipt, form = _receipt(request, pk), ReasonForm(request.POST)
    keep(request, PAGE, _context(request))
    verb(
        actor=request.user,
        receipt_id=receipt.pk,
        reason=form.cleaned_data["reason"] if form.is_valid() else "",
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    messages.success(request, f"{receipt.code} {words}")
    return done(request, reverse("contracts:collections"))


@require_POST
def receipt_reject(request: Request, pk: int) -> HttpResponse:
    return _with_reason(request, pk, services.reject_receipt, "已驳回")


@require_POST
def receipt_reverse(request: Request, pk: int) -> HttpResponse:
    return _with_reason(request, pk, services.reverse_receipt, "已冲销")


@require_POST
def receipt_assign(request: Request, pk: int) -> HttpResponse:
    """暂收款 → a live claim."""
    receipt, form = _receipt(request, pk), AssignForm(_claims(request), request.POST)
    keep(request, PAGE, _context(request))
    if not form.is_valid():
        return render(request, PAGE, _context(request), status=422)
    services.assign_receipt(
        actor=request.user,
        receipt_id=receipt.pk,
        reservation_id=form.cleaned_data["reservation"],
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    messages.success(request, f"{receipt.code} 已转入")
    return done(request, reverse("contracts:collections"))


@require_GET
def slip_download(request: Request, pk: int) -> FileResponse:
    """A slip of a receipt one may see, as an attachment and never as a page."""
    receipts = Receipt.objects.visible_to(request.user)
    slip = get_object_or_404(ReceiptSlip.objects.filter(receipt__in=receipts), pk=pk)
    return FileResponse(
        slip.file.open("rb"),
        as_attachment=True,
        filename=slip.name or f"{slip.pk}",
        content_type=slip.content_type,
    )
