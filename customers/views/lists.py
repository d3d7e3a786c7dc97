"""我的视图."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST

from customers.models import SavedView
from customers.services.views import drop_view, save_view
from customers.views.common import to
from salesdept import clock
from salesdept.http import Request, key_of

LIST = "customers:customer_list"


@require_POST
def view_save(request: Request) -> HttpResponse:
    """Keep the list as it is filtered now under a name."""
    view = save_view(
        actor=request.user,
        name=request.POST.get("name", ""),
        query=request.POST.get("query", ""),
        home="home" in request.POST,
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    messages.success(request, f"视图「{view.name}」已存")
    return to(request, reverse(LIST) + view.query)


@require_POST
def view_drop(request: Request, pk: int) -> HttpResponse:
    view = get_object_or_404(SavedView.objects.visible_to(request.user), pk=pk)
    drop_view(actor=request.user, view_id=view.pk, now=clock.now(), idempotency_key=key_of(request))
    messages.success(request, f"视图「{view.name}」已删")
    return to(request, reverse(LIST))
