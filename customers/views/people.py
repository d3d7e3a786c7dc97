"""The customer list, the customer's page and what is done from it."""

from collections.abc import Mapping

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from customers import access
from customers.forms import CustomerForm, FollowUpForm, MoveForm, RevealForm
from customers.models import Customer
from customers.queries.lists import customer_list as list_page
from customers.queries.lists import home_view, wanted
from customers.queries.profile import KINDS, customer_page
from customers.services import (
    add_follow_up,
    complete_follow_up,
    dial,
    edit_customer,
    move_follow_up,
    reveal_phone,
    set_grade,
)
from customers.services.people import merged_away
from customers.slots import panels
from customers.views.common import CallRedirect, to
from salesdept import clock
from salesdept.errors import RuleError
from salesdept.http import Request, keep, key_of
from salesdept.shell import project_of


def _customer(request: Request, pk: int) -> Customer:
    """A visible customer; another's answers exactly as a missing one.

    A file merged into a visible one refuses with the way there (RuleError `merged_away`).
    """
    rows = Customer.objects.visible_to(request.user)
    shown = rows.select_related("owner", "household", "kin_of", "consent_by")
    found: Customer | None = shown.filter(pk=pk).first()
    if found is not None:
        return found
    gone: Customer = get_object_or_404(Customer.everyone.filter(merged_into__in=rows), pk=pk)
    raise merged_away(gone)


def _page(pk: int) -> str:
    return reverse("customers:customer_detail", args=[pk])


def _asked(request: Request) -> Mapping[str, str]:
    """What the address asks for; without any wish, the view that opens first."""
    asked = request.GET.dict() or dict(home_view(request.user))
    if chosen := request.GET.getlist("col"):
        asked["cols"] = ".".join(chosen)
    return asked


@require_GET
def customer_list(request: Request) -> HttpResponse:
    want = wanted(request.user, _asked(request))
    today = clock.business_date(clock.now())
    page = list_page(request.user, project_of(request), want, today)
    template = "customers/_rows.html" if request.htmx else "customers/list.html"
    return render(request, template, page)


@require_GET
def customer_detail(request: Request, pk: int) -> HttpResponse:
    try:
        customer = _customer(request, pk)
    except RuleError as merged:
        return redirect(merged.url)
    kind = request.GET.get("t", "")
    page = customer_page(request.user, customer, clock.now(), kind if kind in KINDS else "")
    return render(request, "customers/detail.html", {**page, "reveal_form": RevealForm()})


@require_GET
def customer_more(request: Request, pk: int) -> HttpResponse:
    """等级, 来路 and 反馈 of a customer: fetched when the page stands, a page of its own without a script."""
    customer = _customer(request, pk)
    shown = panels(request.user, customer.pk, clock.now(), later=True)
    context = {"customer": customer, "pk": str(pk), "panels": shown}
    return render(request, "customers/_more.html" if request.htmx else "customers/more.html", context)


@require_http_methods(["GET", "POST"])
def customer_edit(request: Request, pk: int) -> HttpResponse:
    customer = _customer(request, pk)
    access.may_work_on(request.user, customer).or_raise()
    form = CustomerForm(request.POST or None, instance=customer, initial={"version": customer.version})
    context = {"customer": customer, "pk": str(pk), "form": form}
    if request.method != "POST":
        return render(request, "customers/edit.html", context)
    if not form.is_valid():
        return render(request, "customers/edit.html", context, status=422)
    keep(request, "customers/edit.html", context)
    changes = {name: str(value) for name, value in form.cleaned_data.items() if name != "version"}
    edit_customer(
        actor=request.user,
        customer_id=pk,
        version=form.cleaned_data["version"],
        changes=changes,
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    messages.success(request, "资料已保存")
    return to(request, _page(pk))


@require_http_methods(["GET", "POST"])
def customer_follow(request: Request, pk: int) -> HttpResponse:
    """写跟进."""
    customer = _customer(request, pk)
    access.may_work_on(request.user, customer).or_raise()
    form = FollowUpForm(request.POST or None)
    context = {"customer": customer, "pk": str(pk), "form": form}
    if request.method != "POST":
        return render(request, "customers/follow.html", context)
    if not form.is_valid():
        return render(request, "customers/follow.html", context, status=422)
    keep(request, "customers/follow.html", context)
    add_follow_up(
        actor=request.user,
        customer_id=pk,
        now=clock.now(),
        idempotency_key=key_of(request),
        **form.cleaned_data,
    )
    messages.success(request, "跟进已保存")
    return to(request, _page(pk))


@require_POST
def customer_complete(request: Request, pk: int) -> HttpResponse:
    """完成跟进 in one tap."""
    customer = _customer(request, pk)
    complete_follow_up(
        actor=request.user, customer_id=customer.pk, now=clock.now(), idempotency_key=key_of(request)
    )
    messages.success(request, "跟进已完成，下次已按等级排好")
    return to(request, _page(pk))


@require_POST
def customer_move(request: Request, pk: int) -> HttpResponse:
    """改期."""
    customer, form = _customer(request, pk), MoveForm(request.POST)
    if not form.is_valid():
        messages.error(request, "请选一个日期")
        return to(request, _page(pk))
    move_follow_up(
        actor=request.user,
        customer_id=customer.pk,
        next_on=form.cleaned_data["next_on"],
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    messages.success(request, "已改期")
    return to(request, _page(pk))


@require_POST
def customer_grade(request: Request, pk: int) -> HttpResponse:
    customer = _customer(request, pk)
    set_grade(
        actor=request.user,
        customer_id=customer.pk,
        grade=request.POST.get("grade", ""),
        reason=request.POST.get("reason", "")[:200],
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    messages.success(request, "等级已改，下次跟进按新等级排好")
    return to(request, _page(pk))


@require_POST
def customer_dial(request: Request, pk: int) -> HttpResponse:
    """拨打 an own customer: the dialler opens; without JavaScript the number is shown once."""
    customer = _customer(request, pk)
    number = dial(actor=request.user, customer_id=customer.pk, now=clock.now())
    if request.htmx:
        response = HttpResponse(status=204)
        response["HX-Redirect"] = f"tel:{number}"
        return response
    if "redirect" in request.POST:
        return CallRedirect(f"tel:{number}")
    return render(request, "customers/number.html", {"customer": customer, "number": number, "pk": str(pk)})


@require_POST
def customer_reveal(request: Request, pk: int) -> HttpResponse:
    """查看号码 with a reason, shown once."""
    customer, form = _customer(request, pk), RevealForm(request.POST)
    if not form.is_valid():
        messages.error(request, "写一句查看原因")
        return redirect(_page(pk))
    number = reveal_phone(
        actor=request.user, customer_id=customer.pk, reason=form.cleaned_data["reason"], now=clock.now()
    )
    return render(request, "customers/number.html", {"customer": customer, "number": number, "pk": str(pk)})
