"""满意度 and 回访: the pages inside, and the customer's own page without login."""

from datetime import date, datetime
from typing import Any

from axes.helpers import get_client_ip_address
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from customers import access
from customers.models import CallBack, Survey
from customers.queries.surveys import callback_page, survey_page
from customers.rules.surveys import SurveyTerms
from customers.services import (
    answer_survey,
    ask_customer,
    draw_sample,
    record_callback,
    send_survey,
    void_survey,
)
from customers.services.surveys import link_of
from customers.views.common import to
from customers.views.feedback_forms import AskForm, CallBackForm, ReasonForm, SurveyForm
from regulations.queries import terms_for
from salesdept import clock
from salesdept.errors import RuleError
from salesdept.http import Request, key_of, pk_in
from salesdept.models import User
from salesdept.qr import qr
from salesdept.services.doors import note_try, tries_of
from salesdept.shell import project_of

QUARTER = 15 * 60  # seconds over which misses are counted


def _month(text: str, now: datetime) -> date:
    """The first day of the asked month, or of this one."""
    try:
        return datetime.strptime(f"{text}-01", "%Y-%m-%d").date()  # noqa: DTZ007 - a day, no moment
    except ValueError:
        return clock.business_date(now).replace(day=1)


@require_GET
def survey_list(request: Request) -> HttpResponse:
    access.may_read_surveys(request.user).or_raise()
    now = clock.now()
    month = _month(request.GET.get("month", ""), now)
    return render(
        request, "customers/surveys.html", survey_page(request.user, project_of(request), month, now)
    )


def _shown(request: Request, row: Survey) -> HttpResponse:
    """The link as QR and text, this once: only its hash is kept."""
    token = getattr(row, "token", "")
    if not token:
        messages.info(request, "这个链接已出示过，要再给客户看请重新出示")
        home = "customers:survey_list" if access.may_read_surveys(request.user) else "home"
        return to(request, reverse(home))
    url = request.build_absolute_uri(reverse("customers:survey_answer", args=[token]))
    context = {"row": row, "url": url, "qr": qr(url, "评价二维码"), "until": row.expires_at}
    return render(request, "customers/survey_link.html", context)


@require_POST
def survey_ask(request: Request) -> HttpResponse:
    """请客户评价: a fresh link for one customer and moment."""
    form = AskForm(request.POST, actor=request.user)
    if not form.is_valid():
        raise Http404
    row = ask_customer(
        actor=request.user,
        customer_id=form.cleaned_data["customer"].pk,
        moment=form.cleaned_data["moment"],
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    return _shown(request, row)


@require_POST
def survey_send(request: Request, pk: int) -> HttpResponse:
    get_object_or_404(Survey.objects.visible_to(request.user), pk=pk)
    row = send_survey(actor=request.user, survey_id=pk, now=clock.now(), idempotency_key=key_of(request))
    return _shown(request, row)


@require_POST
def survey_void(request: Request, pk: int) -> HttpResponse:
    get_object_or_404(Survey.objects.visible_to(request.user), pk=pk)
    form = ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    void_survey(
        actor=request.user, survey_id=pk, reason=reason, now=clock.now(), idempotency_key=key_of(request)
    )
    messages.success(request, "已判无效，不计入满意率")
    return to(request, reverse("customers:survey_list"))


@require_POST
def survey_draw(request: Request) -> HttpResponse:
    """主管抽评 of one rep; the seed is the moment, and is kept."""
    now = clock.now()
    row = draw_sample(
        actor=request.user,
        project=project_of(request),
        rep_id=pk_in(request.POST.get("rep", "")) or 0,
        seed=int(now.timestamp()),
        now=now,
        idempotency_key=key_of(request),
    )
    messages.success(request, f"已为 {row.rep.name} 抽 {len(row.drawn)} 位客户，待发送")
    return to(request, reverse("customers:survey_list"))


# --- the customer's page


def _too_many(request: HttpRequest, missed: bool, now: datetime) -> bool:
    """Whether this network has tried too many links that are none; a miss is counted."""
    limit = terms_for(SurveyTerms, on=clock.business_date(now)).misses
    address, count = str(get_client_ip_address(request)), note_try if missed else tries_of
    tried = count(door="survey", address=address, seconds=QUARTER, now=now)
    return tried > limit if missed else tried >= limit


@login_not_required
@require_http_methods(["GET", "POST"])
def survey_answer(request: HttpRequest, token: str) -> HttpResponse:
    """Three questions for whoever holds the link. Used, expired or invented: the same missing page."""
    now = clock.now()
    row = link_of(token, now)
    if _too_many(request, row is None, now):
        return render(request, "customers/survey_gone.html", {"busy": True}, status=429)
    if row is None:
        return render(request, "customers/survey_gone.html", status=404)
    form = SurveyForm(request.POST or None)
    context: dict[str, Any] = {"form": form, "project": row.project.name}
    if request.method != "POST":
        return render(request, "customers/survey.html", context)
    if not form.is_valid():
        return render(request, "customers/survey.html", context, status=422)
    staff = request.user if isinstance(request.user, User) else None
    try:
        answer_survey(
            actor=staff, token=token, scores=form.scores(), comment=form.cleaned_data["comment"], now=now
        )
    except RuleError:  # another tap was first
        return render(request, "customers/survey_gone.html", status=404)
    return redirect("customers:survey_thanks")


@login_not_required
@require_GET
def survey_thanks(request: HttpRequest) -> HttpResponse:
    return render(request, "customers/survey_thanks.html")


# --- calls


@require_GET
def callback_list(request: Request) -> HttpResponse:
    access.may_call_back(request.user).or_raise()
    page = callback_page(request.user, project_of(request), request.GET.get("tab", ""), clock.now())
    return render(request, "customers/callbacks.html", page)


@require_POST
def callback_record(request: Request, pk: int) -> HttpResponse:
    row = get_object_or_404(CallBack.objects.visible_to(request.user), pk=pk)
    form = CallBackForm(request.POST)
    if not form.is_valid():
        messages.error(request, "选接通或未通")
        return to(request, reverse("customers:callback_list"))
    record_callback(
        actor=request.user,
        callback_id=row.pk,
        now=clock.now(),
        idempotency_key=key_of(request),
        **form.cleaned_data,
    )
    messages.success(request, "回访已记下")
    return to(request, reverse("customers:callback_list"))
