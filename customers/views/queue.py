"""候客顺序: the control, one's own place, the hall's screen, and the verbs of a place."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.views.decorators.http import condition, require_GET, require_POST

from customers import access, services
from customers.models import AbsenceRequest, QueueEntry
from customers.queries.hall_code import code_is_good, hall_code, is_code
from customers.queries.queue import floor_version, hall_screen, own_place, place_page, queue_page
from customers.queries.queue_sheet import sheet, why_not_me
from customers.rules import Absence, Contact, TurnKind
from customers.views.common import to
from salesdept import clock
from salesdept.http import Request, key_of, pk_in
from salesdept.models import Project, User
from salesdept.shell import project_of

QUEUE = "customers:queue"


# --- live pages


def _polled(request: HttpRequest) -> tuple[Project, datetime]:
    """The project and the moment, asked for once a request."""
    found = getattr(request, "polled", None)
    if found is None:
        found = request.polled = (project_of(request), clock.now())  # type: ignore[attr-defined]
    project, now = found
    return project, now


def floor_etag(request: HttpRequest) -> str:
    """Changes with the day's version, the minute, and who looks."""
    project, now = _polled(request)
    return f'"{floor_version(project, now)}-{request.user.pk}"'


def screen_etag(request: HttpRequest) -> str:
    project, now = _polled(request)
    return f'"{floor_version(project, now)}-{hall_code(project, now)}-{request.user.pk}"'


def _live(request: Request, template: str, context: dict[str, Any]) -> HttpResponse:
    """A part that is asked for again and again: private, and only when it changed."""
    response = render(request, template, context)
    response["Cache-Control"] = "private, no-cache"
    return response


@require_GET
def queue(request: Request) -> HttpResponse:
    page = queue_page(request.user, project_of(request), clock.now())
    return render(request, "customers/queue.html", page)


@require_GET
@condition(etag_func=floor_etag)
def queue_live(request: Request) -> HttpResponse:
    project, now = _polled(request)
    return _live(request, "customers/_queue.html", queue_page(request.user, project, now))


@require_GET
@condition(etag_func=floor_etag)
def queue_card(request: Request) -> HttpResponse:
    """One's own place alone, for 今日."""
    project, now = _polled(request)
    return _live(request, "customers/cards/queue.html", own_place(request.user, project, now))


def _screen(request: Request) -> dict[str, Any]:
    """The hall's screen; only who runs the floor gets the code to show."""
    project, now = _polled(request)
    join = ""
    if access.may_run_queue(request.user, project, now):
        path = reverse("customers:queue_join", args=[hall_code(project, now)])
        join = request.build_absolute_uri(path)
    return hall_screen(project, now, join)


@require_GET
def queue_screen(request: Request) -> HttpResponse:
    """The hall's own screen: project, time, the next rep, the code to sign in; nothing else."""
    return render(request, "customers/screen.html", _screen(request))


@require_GET
@condition(etag_func=screen_etag)
def queue_screen_live(request: Request) -> HttpResponse:
    return _live(request, "customers/_screen.html", _screen(request))


@require_GET
def queue_join(request: Request, code: str) -> HttpResponse:
    """Where the hall's code leads: one tap signs in. One that has run out says so."""
    if not is_code(code):
        raise Http404
    project, now = project_of(request), clock.now()
    good = code_is_good(project, code, now)
    page = {"code": code, "good": good, "may_queue": access.may_queue(request.user)}
    return render(request, "customers/queue_join.html", page)


@require_GET
def queue_sheet(request: Request) -> HttpResponse:
    """接待顺序表 of a day, for paper."""
    now = clock.now()
    day = _day(request.GET.get("day", "")) or clock.business_date(now)
    return render(request, "customers/queue_sheet.html", sheet(request.user, project_of(request), day, now))


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _entry(request: Request, pk: int) -> QueueEntry:
    """A place that is one's own, or anybody's for who runs the floor."""
    entries = QueueEntry.objects.visible_to(request.user).select_related("rep", "project")
    entry = get_object_or_404(entries, pk=pk)
    if entry.rep_id != request.user.pk:
        access.may_run_queue(request.user, entry.project, clock.now()).or_raise()
    return entry


@require_GET
def queue_place(request: Request, pk: int) -> HttpResponse:
    entry = _entry(request, pk)
    return render(request, "customers/queue_place.html", place_page(request.user, entry, clock.now()))


@require_GET
def queue_why(request: Request, pk: int) -> HttpResponse:
    """为什么不是我: every assignment of the day, its steps, and where one stood."""
    return render(request, "customers/queue_why.html", why_not_me(_entry(request, pk)))


# --- verbs


def _person(request: Request, name: str) -> User | None:
    """Somebody of the project, chosen in a form; another project's person is not found."""
    pk = pk_in(request.POST.get(name, ""))
    rows = User.objects.filter(projects=project_of(request), is_active=True)
    return get_object_or_404(rows, pk=pk) if pk else None


@require_POST
def queue_sign_in(request: Request) -> HttpResponse:
    entry = services.sign_in_queue(
        actor=request.user,
        project=project_of(request),
        rep=_person(request, "rep"),
        code=request.POST.get("code", "")[:20],
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    messages.success(request, f"{entry.rep.name} 已签到")
    return to(request, reverse(QUEUE))


def _move(request: Request, pk: int, verb: Callable[..., QueueEntry], **given: Any) -> HttpResponse:
    entries = QueueEntry.objects.visible_to(request.user)
    entry = get_object_or_404(entries, pk=pk)
    verb(actor=request.user, entry_id=entry.pk, now=clock.now(), idempotency_key=key_of(request), **given)
    return to(request, reverse(QUEUE))


def _reason(request: Request) -> str:
    return request.POST.get("reason", "")[:100]


@require_POST
def queue_away(request: Request, pk: int) -> HttpResponse:
    absence = request.POST.get("absence") or Absence.RESTROOM.value
    return _move(request, pk, services.step_away, absence=absence, reason=_reason(request))


@require_POST
def queue_back(request: Request, pk: int) -> HttpResponse:
    return _move(request, pk, services.come_back)


@require_POST
def queue_off(request: Request, pk: int) -> HttpResponse:
    return _move(request, pk, services.leave_queue)


@require_POST
def queue_report(request: Request, pk: int) -> HttpResponse:
    return _move(request, pk, services.report_last)


@require_POST
def queue_skip(request: Request, pk: int) -> HttpResponse:
    return _move(request, pk, services.skip_turn, reason=_reason(request))


@require_POST
def queue_grant(request: Request, pk: int) -> HttpResponse:
    return _move(request, pk, services.grant_turn, reason=_reason(request))


@require_POST
def queue_penalise(request: Request, pk: int) -> HttpResponse:
    return _move(request, pk, services.penalise, reason=_reason(request))


@require_POST
def queue_decline(request: Request, pk: int) -> HttpResponse:
    return _move(request, pk, services.decline_double, reason=_reason(request))


@require_POST
def queue_suspend(request: Request, pk: int) -> HttpResponse:
    return _move(request, pk, services.suspend_rep, reason=_reason(request))


@require_POST
def queue_lift(request: Request, pk: int) -> HttpResponse:
    """解除停接: of a person, who may not have a place today."""
    rep = get_object_or_404(User.objects.filter(projects=project_of(request)), pk=pk)
    services.lift_suspension(
        actor=request.user,
        project=project_of(request),
        rep=rep,
        reason=_reason(request),
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    return to(request, reverse(QUEUE))


def _request(request: Request, pk: int) -> AbsenceRequest:
    rows = AbsenceRequest.objects.filter(entry__project__in=request.user.projects.all())
    return get_object_or_404(rows, pk=pk)


@require_POST
def absence_answer(request: Request, pk: int) -> HttpResponse:
    services.answer_absence(
        actor=request.user,
        request_id=_request(request, pk).pk,
        granted=request.POST.get("granted") == "1",
        answer=_reason(request),
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    return to(request, reverse(QUEUE))


@require_POST
def absence_withdraw(request: Request, pk: int) -> HttpResponse:
    services.withdraw_absence(
        actor=request.user,
        request_id=_request(request, pk).pk,
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    return to(request, reverse(QUEUE))


@require_POST
def desk_hand(request: Request) -> HttpResponse:
    """当日控台 to somebody of the project, for today."""
    desk = services.hand_desk(
        actor=request.user,
        project=project_of(request),
        holder=_person(request, "holder") or request.user,
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    messages.success(request, f"今天的控台交给 {desk.holder.name}")
    return to(request, reverse(QUEUE))


@require_POST
def desk_return(request: Request) -> HttpResponse:
    services.return_desk(
        actor=request.user, project=project_of(request), now=clock.now(), idempotency_key=key_of(request)
    )
    return to(request, reverse(QUEUE))


@require_POST
def reception_arrange(request: Request) -> HttpResponse:
    """安排接待: the next in turn takes the guest or the call."""
    reception = services.arrange_next(
        actor=request.user,
        project=project_of(request),
        kind=Contact.CALL if request.POST.get("kind") == Contact.CALL else Contact.VISIT,
        obliged=request.POST.get("obliged") == "1",
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    messages.success(request, f"已安排 {reception.rep.name} {reception.get_turn_display()}")
    return to(request, reverse(QUEUE))


@require_POST
def reception_named(request: Request) -> HttpResponse:
    """The guest asked for somebody."""
    reception = services.arrange_named(
        actor=request.user,
        project=project_of(request),
        rep=_person(request, "rep") or request.user,
        turn=request.POST.get("turn") or TurnKind.NAMED.value,
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    messages.success(request, f"已安排 {reception.rep.name} 接待")
    return to(request, reverse(QUEUE))
