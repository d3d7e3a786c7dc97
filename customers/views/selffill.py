"""客户自填: the code on the rep's phone, and the guest's own page behind it."""

from typing import Any

from axes.helpers import get_client_ip_address
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html_join
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from customers.models import Reception, SelfFill
from customers.rules import RegisterTerms
from customers.rules.selffill import NOTICE, SIDE
from customers.services import show_self_fill, sign_self_fill
from customers.services.selffill import by_token, is_open, token_of
from customers.views.common import to
from customers.views.register_forms import SelfFillForm
from regulations.queries import terms_for
from salesdept import clock
from salesdept.errors import RuleError
from salesdept.http import Request, key_of
from salesdept.qr import qr
from salesdept.services.doors import note_try

FORM = "customers/self_fill.html"
MINUTE = 60
TYPED = ("phone", "name", "consent", "strokes", "signed_name", "layouts", "source", "area")


@require_POST
def self_fill_show(request: Request, pk: int) -> HttpResponse:
    """Show a code for an open visit."""
    get_object_or_404(Reception.objects.filter(project__in=request.user.projects.all()), pk=pk)
    row = show_self_fill(
        actor=request.user, reception_id=pk, now=clock.now(), idempotency_key=key_of(request)
    )
    return to(request, reverse("customers:self_fill_detail", args=[row.pk]))


@require_GET
def self_fill_detail(request: Request, pk: int) -> HttpResponse:
    """The code, and that it was signed once it was."""
    rows = SelfFill.objects.visible_to(request.user).select_related("reception__rep", "visit__customer")
    row = get_object_or_404(rows, pk=pk)
    context: dict[str, Any] = {"row": row, "pk": str(pk), "visit_pk": str(row.visit_id or "")}
    if is_open(row, clock.now()):
        path = reverse("customers:self_fill_form", args=[token_of(row)])
        context["address"] = request.build_absolute_uri(path)
        context["code"] = qr(context["address"], "客户自填二维码")
    template = "customers/_self_fill_code.html" if request.htmx else "customers/self_fill_code.html"
    return render(request, template, context)


@require_GET
def self_fill_signature(request: Request, pk: int) -> HttpResponse:
    """The signature as it was drawn."""
    row = get_object_or_404(SelfFill.objects.visible_to(request.user), pk=pk, signed_at__isnull=False)
    lines = ((" ".join(f"{x},{y}" for x, y in stroke),) for stroke in row.strokes)
    drawn = format_html_join("", '<polyline points="{}"/>', lines)
    box = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE // 2}" fill="none"'
    svg = f'{box} stroke="#111" stroke-width="8" stroke-linecap="round" stroke-linejoin="round">{drawn}</svg>'
    return HttpResponse(svg, content_type="image/svg+xml")


@login_not_required
@require_http_methods(["GET", "POST"])
def self_fill_form(request: Request, token: str) -> HttpResponse:
    """The guest's page: no login, the address is the right to it and dies with its use."""
    row, now = by_token(token), clock.now()
    if _too_often(request, row):
        return _closed(request, "提交太频繁，请过一分钟再试", 429)
    if row is None or not is_open(row, now):
        return _closed(request, "这个二维码已用过或已失效", 404 if row is None else 410)
    form = SelfFillForm(request.POST or None)
    context = {"form": form, "project": row.reception.project, "rep": row.reception.rep, "notice": NOTICE}
    if request.method != "POST":
        return render(request, FORM, context)
    if not form.is_valid():
        return render(request, FORM, context, status=422)
    try:
        sign_self_fill(actor=None, token=token, now=now, **{name: form.cleaned_data[name] for name in TYPED})
    except RuleError as refusal:
        return render(request, FORM, {**context, "refusal": refusal}, status=409)
    return redirect("customers:self_fill_done")


@login_not_required
@require_GET
def self_fill_done(request: Request) -> HttpResponse:
    return render(request, "customers/self_fill_done.html", {"title": "已收到，谢谢", "done": True})


def _closed(request: Request, title: str, status: int) -> HttpResponse:
    return render(request, "customers/self_fill_done.html", {"title": title, "done": False}, status=status)


def _too_often(request: Request, row: SelfFill | None) -> bool:
    """Counts what an address asks for in a minute: wrong addresses and submissions."""
    if row is not None and request.method != "POST":
        return False
    now = clock.now()
    project = row.reception.project_id if row else None
    limit = terms_for(RegisterTerms, on=clock.business_date(now), project=project).self_fill_tries
    address = str(get_client_ip_address(request))
    return note_try(door="self_fill", address=address, seconds=MINUTE, now=now) > limit
