"""制度, 制度参数, 审批, 「为什么」, 开业十问. Everybody reads; 经理 and 总监 change, two of them."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from regulations import access, clauses, forms, services
from regulations.models import Decision, TermsVersion
from regulations.models import Request as Asking
from regulations.queries import clauses as clause_pages
from regulations.queries import decisions as decision_pages
from regulations.queries import opening as opening_pages
from regulations.queries import requests as request_pages
from regulations.queries import terms_for, topics
from regulations.rules import RequestState
from regulations.slots import TOPICS
from salesdept import clock
from salesdept.http import Request, done, keep, key_of, pk_in
from salesdept.models import Project
from salesdept.shell import current_project
from salesdept.text import strip_unsafe

# --- 制度


@require_GET
def clause_list(request: Request) -> HttpResponse:
    """The clauses by chapter; the regulation proper unless a filter asks for more."""
    chosen = {name: request.GET.get(name, "")[:60] for name in ("chapter", "status", "q")}
    context = {
        **chosen,
        "groups": clause_pages.listing(**chosen),
        "chapters": [*clause_pages.CHAPTERS.values(), clause_pages.WIDER],
        "statuses": [(s, label, clause_pages.totals()[s]) for s, label in clauses.STATUSES.items()],
        "proper": [(label, clause_pages.totals(proper=True)[s]) for s, label in clauses.STATUSES.items()],
    }
    return render(request, "regulations/clause_list.html", context)


@require_GET
def clause_detail(request: Request, key: str) -> HttpResponse:
    """One clause: its words, what enforces it, the terms resting on it."""
    today = clock.business_date(clock.now())
    page = clause_pages.page(key, request.user, today, current_project(request))
    if page is None:
        raise Http404
    return render(request, "regulations/clause_detail.html", {"page": page})


# --- 制度参数


@require_GET
def term_list(request: Request) -> HttpResponse:
    """Every topic by chapter with what holds today."""
    today = clock.business_date(clock.now())
    context = {
        "chapters": topics.chapters(request.user, today, current_project(request)),
        "may_draft": access.may_draft_terms(request.user),
        "because": _because(request),
        "unasked": opening_pages.unasked(request.user),
    }
    return render(request, "regulations/term_list.html", context)


def _topic(name: str) -> Any:
    kind = next((kind for kind in TOPICS if kind.topic_name == name), None)
    if kind is None:
        raise Http404
    return kind


def _topic_page(request: Request, kind: Any, form: forms.TermsForm) -> dict[str, Any]:
    today, project = clock.business_date(clock.now()), current_project(request)
    entries = topics.history(request.user, kind, today, project)
    return {
        "kind": kind,
        "form": form,
        "entries": entries,
        "waiting": list(topics.waiting(entries)),
        "current": topics.lines_of(kind, terms_for(kind, on=today, project=project)),
        "active": next((entry for entry in entries if entry.status == "现行"), None),
        "may_draft": access.may_draft_terms(request.user),
    }


def _because(request: Request) -> str:
    """Why a change is proposed, when another page led here (S144)."""
    return strip_unsafe(request.GET.get("because", ""))[:500]


def _terms_form(request: Request, kind: Any, data: Any = None) -> forms.TermsForm:
    today, project = clock.business_date(clock.now()), current_project(request)
    terms = terms_for(kind, on=today, project=project)
    initial = {"effective_from": today, "reason": _because(request)}
    return forms.TermsForm(data, terms=terms, project=project, initial=initial)


@require_GET
def term_detail(request: Request, name: str) -> HttpResponse:
    """One topic: form, history, what waits."""
    kind = _topic(name)
    context = _topic_page(request, kind, _terms_form(request, kind))
    return render(request, "regulations/term_detail.html", context)


@require_POST
def term_draft(request: Request, name: str) -> HttpResponse:
    """Draft a version and file its request."""
    kind = _topic(name)
    form = _terms_form(request, kind, request.POST)
    context = _topic_page(request, kind, form)
    keep(request, "regulations/term_detail.html", context)
    access.may_draft_terms(request.user).or_raise()
    if not form.is_valid():
        return render(request, "regulations/term_detail.html", context, status=422)
    services.draft_terms(
        actor=request.user,
        topic_name=name,
        values=form.values,
        effective_from=form.cleaned_data["effective_from"],
        reason=form.cleaned_data["reason"],
        project=form.chosen_project,
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    messages.success(request, "已提交审批，批准前仍按现行参数")
    return done(request, reverse("regulations:term_detail", args=[name]))


@require_POST
def version_acknowledge(request: Request, pk: int) -> HttpResponse:
    """阅签."""
    version = get_object_or_404(TermsVersion.objects.visible_to(request.user), pk=pk)
    services.acknowledge(
        actor=request.user, version_id=version.pk, now=clock.now(), idempotency_key=key_of(request)
    )
    return done(request, reverse("regulations:term_detail", args=[version.topic]))


# --- 审批


@require_GET
def request_list(request: Request) -> HttpResponse:
    """待我审批, 我提交的, 全部."""
    show = request.GET.get("show", "")
    show = show if show in request_pages.SHOWS else "waiting"
    key = pk_in(request.GET.get("before", ""))
    lines, more = request_pages.inbox(request.user, show, key)
    context = {"lines": lines, "more": more, "show": show, "shows": request_pages.SHOWS.items()}
    return render(request, "regulations/request_list.html", context)


def _request_of(request: Request, pk: int) -> Asking:
    rows = Asking.objects.visible_to(request.user).select_related("requester", "decided_by", "project")
    return get_object_or_404(rows, pk=pk)


def _request_context(request: Request, asking: Asking, form: forms.AnswerForm) -> dict[str, Any]:
    return {"page": request_pages.request_page(asking, request.user), "form": form}


@require_GET
def request_detail(request: Request, pk: int) -> HttpResponse:
    """One request with what it would change."""
    context = _request_context(request, _request_of(request, pk), forms.AnswerForm())
    return render(request, "regulations/request_detail.html", context)


def _answered(request: Request, pk: int, *, approve: bool) -> HttpResponse:
    asking, form = _request_of(request, pk), forms.AnswerForm(request.POST)
    context = _request_context(request, asking, form)
    keep(request, "regulations/request_detail.html", context)
    if not form.is_valid():
        return render(request, "regulations/request_detail.html", context, status=422)
    answered = services.answer(
        actor=request.user,
        request_id=asking.pk,
        approve=approve,
        answer=form.cleaned_data["answer"],
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    signed = answered.state == RequestState.PENDING
    words = "已签批，等其余各方" if signed else "已批准" if approve else "已驳回"
    messages.success(request, words)
    return done(request, reverse("regulations:request_detail", args=[pk]))


@require_POST
def request_approve(request: Request, pk: int) -> HttpResponse:
    return _answered(request, pk, approve=True)


@require_POST
def request_reject(request: Request, pk: int) -> HttpResponse:
    return _answered(request, pk, approve=False)


@require_POST
def request_withdraw(request: Request, pk: int) -> HttpResponse:
    """The requester takes it back."""
    asking = _request_of(request, pk)
    keep(request, "regulations/request_detail.html", _request_context(request, asking, forms.AnswerForm()))
    services.withdraw(
        actor=request.user, request_id=asking.pk, now=clock.now(), idempotency_key=key_of(request)
    )
    return done(request, reverse("regulations:request_detail", args=[pk]))


# --- 「为什么」


@require_GET
def decision_detail(request: Request, pk: int) -> HttpResponse:
    """Why something was decided; with `again` the rule runs once more on the stored inputs."""
    decision = get_object_or_404(Decision.objects.select_related("terms_version", "made_by"), pk=pk)
    if not access.may_see_decision(request.user, decision):
        raise Http404
    why = decision_pages.why(decision)
    again = decision_pages.recomputed(decision) if "again" in request.GET and why.can_recompute else None
    template = "regulations/partials/why.html" if request.htmx else "regulations/decision_detail.html"
    return render(request, template, {"why": why, "again": again})


# --- 开业十问


def _opening_context(project: Project | None, form: forms.OpeningForm, asked: Any) -> dict[str, Any]:
    rows = [(item, [(form[part.key], part.unit) for part in item.parts]) for item in asked]
    return {"project": project, "form": form, "rows": rows}


@require_GET
def opening(request: Request) -> HttpResponse:
    """The ten questions for the project on screen, or the one not asked yet."""
    project = opening_pages.unasked(request.user) or current_project(request)
    asked = opening_pages.asked(clock.business_date(clock.now()), project)
    context = _opening_context(project, forms.OpeningForm(asked=asked), asked)
    context["may_draft"] = access.may_draft_terms(request.user, project)
    return render(request, "regulations/opening.html", context)


@require_POST
def opening_answer(request: Request, pk: int) -> HttpResponse:
    """Answers become version 1 of their topics, 拟 until approved."""
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    asked = opening_pages.asked(clock.business_date(clock.now()), project)
    form = forms.OpeningForm(request.POST, asked=asked)
    context = {
        **_opening_context(project, form, asked),
        "may_draft": access.may_draft_terms(request.user, project),
    }
    keep(request, "regulations/opening.html", context)
    context["may_draft"].or_raise()
    if not form.is_valid():
        return render(request, "regulations/opening.html", context, status=422)
    services.answer_opening(
        actor=request.user,
        project_id=project.pk,
        answers=form.answers(asked),
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    messages.success(request, "十问已答，各项参数等另一人批准")
    return done(request, reverse("regulations:request_list") + "?show=mine")


@require_POST
def opening_skip(request: Request, pk: int) -> HttpResponse:
    """Keep the defaults."""
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    services.skip_opening(
        actor=request.user, project_id=project.pk, now=clock.now(), idempotency_key=key_of(request)
    )
    messages.success(request, "按内置默认值开业，可随时在制度参数里变更")
    return done(request, reverse("regulations:term_list"))
