"""补全 and 更正 of a slip: at once until closing, afterwards by request."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from customers import access
from customers.models import Call, Visit
from customers.queries.slip import is_correctable
from customers.queries.slips import missing_in, terms_of
from customers.rules import Contact
from customers.rules.register import words_of
from customers.services import correct_slip, request_correction
from customers.views.common import to
from customers.views.register_forms import CallCorrection, VisitCorrection, in_order
from salesdept import clock
from salesdept.http import Request, keep, key_of

PAGE = "customers/slip_correct.html"


def _correct(request: Request, kind: Contact, slip: Visit | Call) -> HttpResponse:
    access.may_correct(request.user, slip).or_raise()
    form_class = CallCorrection if kind == Contact.CALL else VisitCorrection
    initial = {name: getattr(slip, name) for name in form_class.base_fields if name != "reason"}
    form: Any = in_order(form_class(request.POST or None, initial=initial))
    is_open = is_correctable(slip, clock.now())
    terms = terms_of(slip)
    context = {
        "slip": slip,
        "form": form,
        "is_open": is_open,
        "left": words_of(missing_in(slip, terms), terms),
        "kind": kind.value,
        "kind_word": kind.label,
        "pk": str(slip.pk),
    }
    if request.method != "POST":
        return render(request, PAGE, context)
    if not form.is_valid():
        return render(request, PAGE, context, status=422)
    keep(request, PAGE, context)
    _save(request, kind, slip, form, is_open=is_open)
    return to(request, reverse(f"customers:{kind.value}_detail", args=[slip.pk]))


def _save(request: Request, kind: Contact, slip: Visit | Call, form: Any, *, is_open: bool) -> None:
    given: dict[str, Any] = {
        "actor": request.user,
        "kind": kind,
        "slip_id": slip.pk,
        "changes": form.changes,
        "reason": form.cleaned_data["reason"],
        "now": clock.now(),
        "idempotency_key": key_of(request),
    }
    if is_open:
        correct_slip(**given)
        messages.success(request, "已保存，原值留存")
    else:
        request_correction(**given)
        messages.success(request, "已提交更正申请，助理或主管批准后生效")


@require_http_methods(["GET", "POST"])
def visit_correct(request: Request, pk: int) -> HttpResponse:
    return _correct(request, Contact.VISIT, get_object_or_404(Visit.objects.visible_to(request.user), pk=pk))


@require_http_methods(["GET", "POST"])
def call_correct(request: Request, pk: int) -> HttpResponse:
    return _correct(request, Contact.CALL, get_object_or_404(Call.objects.visible_to(request.user), pk=pk))
