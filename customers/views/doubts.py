"""质疑: one tap at the table, then the form, or answered on the spot."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST

from customers.models import Doubt, Reception
from customers.services import answer_doubt, raise_doubt
from customers.views.common import to
from salesdept import clock
from salesdept.http import Request, key_of


@require_POST
def reception_doubt(request: Request, pk: int) -> HttpResponse:
    """客户有质疑: straight to the form, which knows the guest."""
    rows = Reception.objects.filter(project__in=request.user.projects.all())
    reception = get_object_or_404(rows, pk=pk)
    doubt = raise_doubt(
        actor=request.user, reception_id=reception.pk, now=clock.now(), idempotency_key=key_of(request)
    )
    return to(request, f"{reverse('customers:feedback_create')}?doubt={doubt.pk}")


@require_POST
def doubt_answer(request: Request, pk: int) -> HttpResponse:
    """当场已答复."""
    doubt = get_object_or_404(Doubt.objects.visible_to(request.user), pk=pk)
    answer_doubt(actor=request.user, doubt_id=doubt.pk, now=clock.now(), idempotency_key=key_of(request))
    messages.success(request, "已记当场答复")
    return to(request, reverse("customers:feedback_list"))
