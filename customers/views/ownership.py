"""归属变动: 分配, 移交 and 续报 of one customer or of many."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from customers import access
from customers.forms import AssignForm
from customers.models import Customer
from customers.services import ask_extension, assign_customer, assign_customers, transfer_customer
from customers.services.leases import live_lease
from customers.services.transfers import MOST
from customers.views.common import to
from salesdept import clock
from salesdept.http import Request, keep, key_of, pk_in
from salesdept.shell import project_of


def _page(form: AssignForm, customers: Sequence[Customer], **changes: Any) -> dict[str, Any]:
    rows = [
        {
            "pk": str(customer.pk),
            "name": str(customer),
            "grade": customer.grade,
            "stage": customer.get_stage_display(),
            "owner": customer.owner.name if customer.owner else "公海",
        }
        for customer in customers
    ]
    words = {"title": "分配", "hint": "公海里的客户交给一位代表，今日起算归属", "clause_key": "S20"}
    return {**words, "form": form, "rows": rows, **changes}


@require_http_methods(["GET", "POST"])
def customer_assign(request: Request, pk: int) -> HttpResponse:
    """分配 from the pool by 主管, or 移交 a live lease by 经理."""
    customer = get_object_or_404(Customer.objects.visible_to(request.user).select_related("owner"), pk=pk)
    access.may_assign(request.user).or_raise()
    form = AssignForm(request.POST or None, project=customer.project)
    here, back = (reverse(f"customers:{name}", args=[pk]) for name in ("customer_assign", "customer_detail"))
    context = _page(form, [customer], pk=str(pk), action=here, back=back)
    handed = customer.owner_id is not None
    if handed:
        words = {
            "title": "移交",
            "hint": "换一位代表；收过定金或争议中的不能移交",
            "clause_key": "拟:own.basis",
        }
        context |= words
    if request.method != "POST" or not form.is_valid():
        return render(request, "customers/assign.html", context, status=422 if form.is_bound else 200)
    keep(request, "customers/assign.html", context)
    service = transfer_customer if handed and live_lease(customer) else assign_customer
    rep, reason = form.cleaned_data["rep"], form.cleaned_data["reason"]
    service(
        actor=request.user, customer_id=pk, rep_id=rep.pk, reason=reason, now=clock.now(),
        idempotency_key=key_of(request),
    )  # fmt: skip
    messages.success(request, f"已交给 {rep.name}")
    return to(request, back)


@require_http_methods(["GET", "POST"])
def customers_assign(request: Request) -> HttpResponse:
    """分配 many customers of the pool at once: `ids` in the address or the form."""
    access.may_assign(request.user).or_raise()
    asked = (request.POST if request.method == "POST" else request.GET).getlist("ids")[: MOST + 1]
    ids = [key for key in map(pk_in, asked) if key]
    visible = Customer.objects.visible_to(request.user).filter(project=project_of(request), pk__in=ids)
    customers = list(visible.select_related("owner").order_by("pk"))
    form = AssignForm(request.POST if "rep" in request.POST else None, project=project_of(request))
    back = reverse("customers:customer_list") + "?tab=pool"
    context = _page(form, customers, action=reverse("customers:customers_assign"), back=back)
    if request.method != "POST" or not form.is_valid():
        return render(request, "customers/assign.html", context, status=422 if form.is_bound else 200)
    keep(request, "customers/assign.html", context)
    rep = form.cleaned_data["rep"]
    done = assign_customers(
        actor=request.user, customer_ids=[customer.pk for customer in customers], rep_id=rep.pk,
        reason=form.cleaned_data["reason"], now=clock.now(), idempotency_key=key_of(request),
    )  # fmt: skip
    messages.success(request, f"{done} 位客户分配给 {rep.name}")
    return to(request, back)


@require_POST
def customer_extend(request: Request, pk: int) -> HttpResponse:
    """申请续报."""
    customer = get_object_or_404(Customer.objects.visible_to(request.user), pk=pk)
    ask_extension(
        actor=request.user,
        customer_id=customer.pk,
        reason=request.POST.get("reason", ""),
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    messages.success(request, "已请主管批准续报")
    return to(request, reverse("customers:customer_detail", args=[pk]))
