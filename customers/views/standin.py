"""代接卡: opened for the guest at the own table, gone when the reception ends."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from customers.models import StandInCard
from customers.queries.standin import card_page
from customers.services import note_for_owner, open_stand_in
from customers.views.common import to
from customers.views.register_forms import NoteForm
from salesdept import clock
from salesdept.http import Request, keep, key_of, pk_in
from salesdept.shell import project_of

PAGE = "customers/standin.html"


def _card(request: Request, pk: int) -> StandInCard:
    """The stand-in's own and open; else as missing."""
    rows = StandInCard.objects.visible_to(request.user).select_related("customer", "owner", "standin")
    return get_object_or_404(rows, pk=pk)


@require_POST
def standin_open(request: Request) -> HttpResponse:
    """我来代接: htmx gets the card under the look-up, a plain form goes to its page."""
    card = open_stand_in(
        actor=request.user,
        project=project_of(request),
        phone=request.POST.get("phone", "")[:60],
        reception_id=pk_in(request.POST.get("reception", "")),
        now=clock.now(),
    )
    if request.htmx:
        page = card_page(_card(request, card.pk), clock.now())
        return render(request, "customers/_standin.html", page)
    return to(request, reverse("customers:standin_detail", args=[card.pk]))


@require_GET
def standin_detail(request: Request, pk: int) -> HttpResponse:
    page = card_page(_card(request, pk), clock.now())
    return render(request, PAGE, {**page, "form": NoteForm()})


@require_POST
def standin_note(request: Request, pk: int) -> HttpResponse:
    """Leave the owner a word."""
    card, form = _card(request, pk), NoteForm(request.POST)
    context = {**card_page(card, clock.now()), "form": form}
    if not form.is_valid():
        return render(request, PAGE, context, status=422)
    keep(request, PAGE, context)
    note_for_owner(
        actor=request.user,
        card_id=card.pk,
        now=clock.now(),
        idempotency_key=key_of(request),
        **form.cleaned_data,
    )
    messages.success(request, f"已记到客户往来，{card.owner.name}会收到提醒")
    return to(request, reverse("customers:standin_detail", args=[card.pk]))
