"""拨打之后: what came of the call, asked once."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST

from customers.models import Dialled
from customers.services import answer_dialled
from customers.views.common import to
from customers.views.register_forms import DialledForm
from salesdept import clock
from salesdept.http import Request, key_of


@require_POST
def dialled_answer(request: Request, pk: int) -> HttpResponse:
    row, form = get_object_or_404(Dialled.objects.visible_to(request.user), pk=pk), DialledForm(request.POST)
    page = reverse("customers:customer_detail", args=[row.customer_id])
    if not form.is_valid():
        messages.error(request, "选一个结果；约来访请写日期")
        return to(request, page)
    answer_dialled(
        actor=request.user,
        dialled_id=row.pk,
        now=clock.now(),
        idempotency_key=key_of(request),
        **form.cleaned_data,
    )
    messages.success(request, "拨打结果已记")
    return to(request, page)
