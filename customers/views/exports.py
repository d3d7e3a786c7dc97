"""导出: the register of exports, asking for one, fetching it."""

import io
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth import authenticate
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from customers import access
from customers.forms import ExportForm
from customers.models import CustomerExport
from customers.queries.exports import asked_of, export_page
from customers.rules.exports import ExportKind, ExportState
from customers.services.exports import ask_export, fetch_export, sheet_of
from customers.views.common import to
from salesdept import clock
from salesdept.http import Request, keep, key_of
from salesdept.sheets.writer import XLSX
from salesdept.shell import project_of

_FORM = "customers/export_form.html"


@require_GET
def export_list(request: Request) -> HttpResponse:
    page = export_page(request.user, project_of(request), clock.now())
    return render(request, "customers/exports.html", {**page, "may_export": access.may_export(request.user)})


@require_http_methods(["GET", "POST"])
def export_create(request: Request) -> HttpResponse:
    """导出 the view one looks at: what, how many rows, who has to agree; then purpose and password."""
    asked = request.GET.dict()
    kind = asked.pop("kind", "")
    kind, query = kind if kind in ExportKind.values else ExportKind.CUSTOMERS.value, urlencode(asked)
    form, may = ExportForm(request.POST or None), access.may_export(request.user)
    page = asked_of(request.user, project_of(request), kind, query, clock.now())
    context = {"form": form, "may": may, **page}
    if request.method != "POST":
        return render(request, _FORM, context)
    may.or_raise()
    if form.is_valid() and not _is_user(request, form.cleaned_data["password"]):
        form.add_error("password", "密码不对")
    if not form.is_valid():
        return render(request, _FORM, context, status=422)
    keep(request, _FORM, context)
    return _ask(request, kind, query, form.cleaned_data["reason"])


def _ask(request: Request, kind: str, query: str, reason: str) -> HttpResponse:
    export = ask_export(
        actor=request.user,
        project=project_of(request),
        kind=kind,
        query=query,
        reason=reason,
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    ready = export.state == ExportState.READY
    messages.success(request, "可以下载了" if ready else "已送审，批准后可下载")
    return to(request, reverse("customers:export_list"))


def _is_user(request: Request, password: str) -> bool:
    """The login's own check, so that its lock-out counts wrong passwords here too."""
    return authenticate(request, username=request.user.get_username(), password=password) is not None


@require_POST
def export_fetch(request: Request, pk: int) -> HttpResponse:
    mine = CustomerExport.objects.filter(asked_by=request.user, project__in=request.user.projects.all())
    export = get_object_or_404(mine, pk=pk)
    now = clock.now()
    export = fetch_export(actor=request.user, export_id=export.pk, now=now, idempotency_key=key_of(request))
    name = f"{export.get_kind_display()}-{export.code}.xlsx"
    sheet = io.BytesIO(sheet_of(export, request.user, now))
    return FileResponse(sheet, as_attachment=True, filename=name, content_type=XLSX)  # type: ignore[return-value]
