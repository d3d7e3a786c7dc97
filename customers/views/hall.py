"""进门与来客: groups at the door, the estimated finish, leaving the table, and other visitors."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import condition, require_GET, require_POST

from customers import services
from customers.forms import VisitorForm
from customers.models import Arrival, Reception, Visitor
from customers.queries.hall import hall_page
from customers.rules import TurnKind
from customers.views.common import to
from customers.views.queue import floor_etag
from salesdept import clock
from salesdept.http import Request, key_of, pk_in
from salesdept.models import User
from salesdept.shell import project_of
from salesdept.text import strip_unsafe

HALL = "customers:hall"


@require_GET
def hall(request: Request) -> HttpResponse:
    page = hall_page(request.user, project_of(request), clock.now())
    form = VisitorForm(people=page["people"])
    return render(request, "customers/hall.html", {**page, "form": form})


@require_GET
@condition(etag_func=floor_etag)
def hall_live(request: Request) -> HttpResponse:
    """The groups and the tables, asked for again and again."""
    page = hall_page(request.user, project_of(request), clock.now())
    response = render(request, "customers/_hall.html", page)
    response["Cache-Control"] = "private, no-cache"
    return response


def _words(request: Request, name: str, most: int) -> str:
    return strip_unsafe(request.POST.get(name, ""))[:most]


def _number(request: Request, name: str) -> int:
    """A small number typed by hand; 0 for what is none, which the rule refuses."""
    text = request.POST.get(name, "").strip()[:4]
    return int(text) if text.isascii() and text.isdigit() else 0


@require_POST
def arrival_note(request: Request) -> HttpResponse:
    """客户进门."""
    services.note_arrival_at_door(
        actor=request.user,
        project=project_of(request),
        people=_number(request, "people") or 1,
        mark=_words(request, "mark", 20),
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    return to(request, reverse(HALL))


def _arrival(request: Request, pk: int) -> Arrival:
    found: Arrival = get_object_or_404(Arrival.objects.visible_to(request.user), pk=pk)
    return found


@require_POST
def arrival_arrange(request: Request, pk: int) -> HttpResponse:
    """安排接待 of this group: the next in turn, or whom it asked for."""
    arrival, project = _arrival(request, pk), project_of(request)
    rep = pk_in(request.POST.get("rep", ""))
    if rep:
        people = User.objects.filter(projects=project, is_active=True)
        reception = services.arrange_named(
            actor=request.user,
            project=project,
            rep=get_object_or_404(people, pk=rep),
            turn=request.POST.get("turn") or TurnKind.NAMED.value,
            arrival_id=arrival.pk,
            now=clock.now(),
            idempotency_key=key_of(request),
        )
    else:
        reception = services.arrange_next(
            actor=request.user,
            project=project,
            arrival_id=arrival.pk,
            now=clock.now(),
            idempotency_key=key_of(request),
        )
    messages.success(request, f"已安排 {reception.rep.name} {reception.get_turn_display()}")
    return to(request, reverse(HALL))


@require_POST
def arrival_gone(request: Request, pk: int) -> HttpResponse:
    """未接待就离开."""
    services.arrival_left(
        actor=request.user,
        arrival_id=_arrival(request, pk).pk,
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    return to(request, reverse(HALL))


def _reception(request: Request, pk: int) -> int:
    rows = Reception.objects.filter(project__in=request.user.projects.all())
    return int(get_object_or_404(rows, pk=pk).pk)


@require_POST
def reception_finish(request: Request, pk: int) -> HttpResponse:
    """还有几分钟结束."""
    services.say_finish(
        actor=request.user,
        reception_id=_reception(request, pk),
        minutes=_number(request, "minutes"),
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    return to(request, reverse(HALL))


@require_POST
def reception_leave(request: Request, pk: int) -> HttpResponse:
    """接待中暂离, with or without somebody who looks after the guest."""
    helper = pk_in(request.POST.get("helper", ""))
    people = User.objects.filter(projects=project_of(request), is_active=True)
    services.leave_table(
        actor=request.user,
        reception_id=_reception(request, pk),
        minutes=_number(request, "minutes"),
        helper=get_object_or_404(people, pk=helper) if helper else None,
        need=_words(request, "need", 100),
        consented=request.POST.get("consented") == "1",
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    return to(request, reverse(HALL))


@require_POST
def reception_return(request: Request, pk: int) -> HttpResponse:
    """回到客户."""
    services.back_at_table(
        actor=request.user,
        reception_id=_reception(request, pk),
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    return to(request, reverse(HALL))


@require_POST
def visitor_log(request: Request) -> HttpResponse:
    """来客登记."""
    project = project_of(request)
    page = hall_page(request.user, project, clock.now())
    form = VisitorForm(request.POST, people=page["people"])
    if not form.is_valid():
        return render(request, "customers/hall.html", {**page, "form": form}, status=422)
    services.log_visitor(
        actor=request.user,
        project=project,
        now=clock.now(),
        idempotency_key=key_of(request),
        **form.cleaned_data,
    )
    messages.success(request, "来客已登记，已告知要找的人")
    return to(request, reverse(HALL))


def _visitor(request: Request, pk: int) -> int:
    return int(get_object_or_404(Visitor.objects.visible_to(request.user), pk=pk).pk)


@require_POST
def visitor_answer(request: Request, pk: int) -> HttpResponse:
    services.answer_visitor(
        actor=request.user,
        visitor_id=_visitor(request, pk),
        answer=request.POST.get("answer", "")[:6],
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    return to(request, reverse(HALL))


@require_POST
def visitor_done(request: Request, pk: int) -> HttpResponse:
    services.visitor_done(
        actor=request.user,
        visitor_id=_visitor(request, pk),
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    return to(request, reverse(HALL))
