"""战败, 拾回名单 and 拾回."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from customers import access
from customers.forms import LossForm
from customers.models import Customer
from customers.queries.losses import lost_page
from customers.services import mark_lost, win_back
from customers.views.common import to
from salesdept import clock
from salesdept.http import Request, keep, key_of, pk_in
from salesdept.shell import project_of


def _customer(request: Request, pk: int) -> Customer:
    found: Customer = get_object_or_404(Customer.objects.visible_to(request.user), pk=pk)
    return found


@require_GET
def lost_list(request: Request) -> HttpResponse:
    """拾回名单."""
    before, reason = pk_in(request.GET.get("before", "")), request.GET.get("reason", "")
    page = lost_page(request.user, project_of(request), reason, before, clock.now())
    return render(request, "customers/lost.html", page)


def customer_lose(request: Request, pk: int) -> HttpResponse:
    """记战败."""
    customer = _customer(request, pk)
    access.may_work_on(request.user, customer).or_raise()
    form = LossForm(request.POST or None)
    context = {"customer": customer, "pk": str(pk), "form": form}
    if request.method != "POST":
        return render(request, "customers/lose.html", context)
    if not form.is_valid():
        return render(request, "customers/lose.html", context, status=422)
    keep(request, "customers/lose.html", context)
    mark_lost(
        actor=request.user,
        customer_id=customer.pk,
        now=clock.now(),
        idempotency_key=key_of(request),
        **form.cleaned_data,
    )
    messages.success(request, "已记战败，到拾回日会提醒")
    return to(request, reverse("customers:customer_detail", args=[pk]))


@require_POST
def customer_win_back(request: Request, pk: int) -> HttpResponse:
    """拾回."""
    customer = _customer(request, pk)
    win_back(actor=request.user, customer_id=customer.pk, now=clock.now(), idempotency_key=key_of(request))
    messages.success(request, "已拾回，下次跟进按等级排好")
    return to(request, reverse("customers:customer_detail", args=[pk]))
