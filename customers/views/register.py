"""登记来访, 登记来电, the look-up by number, and the slips themselves."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from customers import access
from customers.forms import CallForm, EmptyForm, SlipForm, VisitForm
from customers.models import Call, Reception, Visit
from customers.queries.registers import register_page
from customers.queries.slip import slip_page
from customers.rules import Contact, GradeTerms, Outcome, RegisterTerms, TurnKind
from customers.rules.queue_words import OUT_OF_TURN
from customers.rules.register import Refusal, words_of
from customers.services import (
    end_reception,
    lookup,
    open_reception,
    register_call,
    register_empty,
    register_visit,
    start_reception,
)
from customers.views.common import to
from customers.views.register_forms import CallParticulars, RefusalForm, VisitParticulars
from regulations.queries import terms_for
from salesdept import clock
from salesdept.http import Request, keep, key_of, pk_in
from salesdept.shell import project_of

FORMS: dict[Contact, type[SlipForm]] = {Contact.VISIT: VisitForm, Contact.CALL: CallForm}
PAGES = {Contact.VISIT: "customers:visit_create", Contact.CALL: "customers:call_create"}
TEMPLATE = "customers/slip_form.html"


def _context(request: Request, kind: Contact, form: SlipForm) -> dict[str, Any]:
    project, now = project_of(request), clock.now()
    reception = open_reception(request.user, project)
    since = reception.started_at if reception else now
    terms = terms_for(RegisterTerms, on=clock.business_date(now), project=project)
    return {
        "form": form,
        "more": _more(request, kind),
        "refusal_form": RefusalForm(),
        "wanted": words_of(terms.complete(kind), terms),
        "heading": f"登记{kind.label}",
        "kind": kind.value,
        "kind_word": kind.label,
        "reception": reception if reception and reception.kind == kind else None,
        "other": reception if reception and reception.kind != kind else None,
        "started": f"{since.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}",
        "receiver": reception.rep.name if reception else request.user.name,
        "may_register": access.may_register(request.user),
        "may_dispute": access.may_dispute(request.user),
        "grade_terms": terms_for(GradeTerms, on=clock.business_date(now), project=project),
    }


def _more(request: Request, kind: Contact) -> CallParticulars:
    """The fold below the quick form."""
    form = CallParticulars if kind == Contact.CALL else VisitParticulars
    return form(request.POST or None)


def _device_at(text: str) -> datetime | None:
    """What the phone's clock said of a slip kept without a network; anything unreadable is nothing."""
    try:
        found = datetime.fromisoformat(text[:40])
    except ValueError:
        return None
    return found if found.tzinfo else None


def _slip_form(request: Request, kind: Contact, data: Any = None, **initial: Any) -> SlipForm:
    return FORMS[kind](data, project=project_of(request), actor=request.user, initial=initial or None)


def _create(request: Request, kind: Contact) -> HttpResponse:
    if request.method != "POST":
        return render(request, TEMPLATE, _context(request, kind, _slip_form(request, kind)))
    if request.POST.get("action") in (Outcome.NO_PHONE, Outcome.NOT_CUSTOMER):
        return _create_empty(request, kind)
    form = _slip_form(request, kind, request.POST)
    context = _context(request, kind, form)
    more = context["more"]
    if not (form.is_valid() & more.is_valid()):
        return render(request, TEMPLATE, context, status=422)
    keep(request, TEMPLATE, context)
    shared: dict[str, Any] = {
        "actor": request.user,
        "project": project_of(request),
        "reception_id": pk_in(request.POST.get("reception", "")),
        "person_id": pk_in(request.POST.get("person", "")),
        "now": clock.now(),
        "idempotency_key": key_of(request),
        "device_at": _device_at(request.POST.get("device_at", "")),
        "particulars": more.cleaned_data,
        **form.slip(),
    }
    slip = register_call(**shared) if kind == Contact.CALL else register_visit(**shared)
    return to(request, reverse(f"customers:{kind.value}_detail", args=[slip.pk]))


def _create_empty(request: Request, kind: Contact) -> HttpResponse:
    project = project_of(request)
    form = EmptyForm(request.POST, project=project)
    values = form.cleaned_data if form.is_valid() else {}
    slip = register_empty(
        actor=request.user,
        project=project,
        kind=kind,
        outcome=request.POST["action"],
        method=values.get("method") or "walk_in",
        party_size=values.get("party_size") or 1,
        note=values.get("note", ""),
        refusal=request.POST.get("refusal") or Refusal.UNWILLING,
        received_by=values.get("received_by"),
        reception_id=pk_in(request.POST.get("reception", "")),
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    messages.success(request, f"已记为{slip.get_outcome_display()}")
    return to(request, reverse("home"))


@require_http_methods(["GET", "POST"])
def visit_create(request: Request) -> HttpResponse:
    return _create(request, Contact.VISIT)


@require_http_methods(["GET", "POST"])
def call_create(request: Request) -> HttpResponse:
    return _create(request, Contact.CALL)


@require_POST
def lookup_phone(request: Request) -> HttpResponse:
    """Whose number it is. htmx gets the answer alone; a plain form gets its page back with the answer."""
    found = lookup(
        actor=request.user,
        phone=request.POST.get("phone", "")[:60],
        project=project_of(request),
        reception_id=pk_in(request.POST.get("reception", "")),
        now=clock.now(),
    )
    answer = {
        "found": found,
        "phone": request.POST.get("phone", "")[:60],
        "reception_pk": request.POST.get("reception", ""),
        "may_dispute": access.may_dispute(request.user),
    }
    if request.htmx:
        return render(request, "customers/_lookup.html", answer)
    kind = Contact.CALL if request.POST.get("kind") == Contact.CALL else Contact.VISIT
    form = _slip_form(request, kind)
    form.initial = {name: request.POST.get(name, "") for name in form.fields if name in request.POST}
    form.initial["layouts"] = request.POST.getlist("layouts")
    return render(request, TEMPLATE, {**_context(request, kind, form), **answer})


@require_POST
def reception_start(request: Request) -> HttpResponse:
    kind = Contact.CALL if request.POST.get("kind") == Contact.CALL else Contact.VISIT
    said = request.POST.get("turn", "")
    start_reception(
        actor=request.user,
        project=project_of(request),
        kind=kind,
        turn=said if said in OUT_OF_TURN else TurnKind.ROTATION,
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    return to(request, reverse(PAGES[kind]))


@require_POST
def reception_end(request: Request, pk: int) -> HttpResponse:
    get_object_or_404(Reception.objects.filter(project__in=request.user.projects.all()), pk=pk)
    end_reception(
        actor=request.user,
        reception_id=pk,
        reason=request.POST.get("reason", "")[:100],
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    messages.success(request, "接待已结束")
    return to(request, reverse("customers:queue"))


def _register(request: Request, kind: Contact) -> HttpResponse:
    before = pk_in(request.GET.get("before", ""))
    page = register_page(request.user, project_of(request), kind, before, clock.now())
    return render(request, "customers/register.html", page)


@require_GET
def visit_list(request: Request) -> HttpResponse:
    return _register(request, Contact.VISIT)


@require_GET
def call_list(request: Request) -> HttpResponse:
    return _register(request, Contact.CALL)


@require_GET
def visit_detail(request: Request, pk: int) -> HttpResponse:
    rows = Visit.objects.visible_to(request.user).select_related("customer__owner", "received_by")
    slip = get_object_or_404(rows, pk=pk)
    return render(request, "customers/slip.html", slip_page(request.user, slip, clock.now()))


@require_GET
def call_detail(request: Request, pk: int) -> HttpResponse:
    rows = Call.objects.visible_to(request.user).select_related("customer__owner", "received_by")
    slip = get_object_or_404(rows, pk=pk)
    return render(request, "customers/slip.html", slip_page(request.user, slip, clock.now()))
