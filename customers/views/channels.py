"""渠道: filings, the desk where arrivals are confirmed, the companies, 渠道异常."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from customers import access
from customers.models import ChannelAgent, ChannelCompany, ChannelFiling, CrossSiteFlag
from customers.queries import channel_pages
from customers.queries.anomalies import anomaly_page
from customers.rules.channels import FilingState
from customers.services.channel_book import add_agent, add_company, edit_company, stop_agent
from customers.services.channels import confirm_arrival, file_channel, settle_filing
from customers.services.site_flags import close_site_flag
from customers.views import channel_forms as forms
from customers.views.common import to
from salesdept import clock
from salesdept.http import Request, keep, key_of
from salesdept.shell import project_of


@require_GET
def filing_list(request: Request) -> HttpResponse:
    page = channel_pages.filing_page(request.user, project_of(request), request.GET.dict(), clock.now())
    return render(request, "customers/filings.html", page)


@require_http_methods(["GET", "POST"])
def filing_create(request: Request) -> HttpResponse:
    """报备 entered for an agent."""
    project = project_of(request)
    form = forms.FilingForm(request.POST or None, project=project)
    may = access.may_file_channel(request.user)
    context = {"form": form, "may_file": may}
    if request.method != "POST":
        return render(request, "customers/filing_form.html", context)
    may.or_raise()
    if not form.is_valid():
        return render(request, "customers/filing_form.html", context, status=422)
    keep(request, "customers/filing_form.html", context)
    data = form.cleaned_data
    filing = file_channel(
        actor=request.user,
        project=project,
        agent_id=data["agent"].pk,
        name=data["name"],
        phone=data["phone"],
        note=data["note"],
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    messages.success(request, f"已记下，{filing.get_state_display()}")
    return to(request, reverse("customers:filing_detail", args=[filing.pk]))


def _filing(request: Request, pk: int) -> ChannelFiling:
    rows = ChannelFiling.objects.visible_to(request.user)
    rows = rows.select_related("company", "agent", "filed_by", "confirmed_by", "received_by", "customer")
    return get_object_or_404(rows, pk=pk)


@require_GET
def filing_detail(request: Request, pk: int) -> HttpResponse:
    page = channel_pages.filing_detail(request.user, _filing(request, pk), clock.now())
    form = forms.ArrivalForm(project=project_of(request))
    return render(request, "customers/filing.html", {**page, "form": form})


@require_GET
def filing_print(request: Request, pk: int) -> HttpResponse:
    """渠道报备/到访确认单 on A4."""
    page = channel_pages.filing_detail(request.user, _filing(request, pk), clock.now())
    return render(request, "customers/filing_print.html", page)


@require_GET
def filing_door(request: Request) -> HttpResponse:
    """到访确认: the last digits, the filings that fit, the full number."""
    return render(request, "customers/filing_door.html", _door(request))


def _door(request: Request) -> dict[str, Any]:
    project, now = project_of(request), clock.now()
    may = access.may_work_door(request.user, project, now)
    tail = (request.GET.get("tail") or request.POST.get("tail", "")) if may else ""
    page = channel_pages.door_page(project, tail, now)
    first = page["receiving"][0] if page["receiving"] else None
    form = forms.ArrivalForm(request.POST or None, project=project, initial={"received_by": first})
    return {**page, "may_door": may, "form": form}


@require_POST
def filing_arrive(request: Request, pk: int) -> HttpResponse:
    context = _door(request)
    filing = get_object_or_404(ChannelFiling.objects.filter(project__in=request.user.projects.all()), pk=pk)
    context["may_door"].or_raise()
    if not context["form"].is_valid():
        return render(request, "customers/filing_door.html", context, status=422)
    keep(request, "customers/filing_door.html", context)
    filing = confirm_arrival(
        actor=request.user,
        filing_id=filing.pk,
        phone=context["form"].cleaned_data["phone"],
        received_by=context["form"].cleaned_data["received_by"],
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    arrived = filing.state == FilingState.ARRIVED
    words = f"{filing.code}：{filing.get_state_display()}" + (
        "" if arrived else f"，{filing.get_reason_display()}"
    )
    messages.add_message(request, messages.SUCCESS if arrived else messages.WARNING, words)
    return to(request, reverse("customers:filing_door"))


@require_POST
def filing_settle(request: Request, pk: int) -> HttpResponse:
    filing = _filing(request, pk)
    settle_filing(actor=request.user, filing_id=filing.pk, now=clock.now(), idempotency_key=key_of(request))
    messages.success(request, "已记为结佣")
    return to(request, reverse("customers:filing_detail", args=[pk]))


# --- 渠道公司


@require_GET
def channel_list(request: Request) -> HttpResponse:
    page = channel_pages.company_page(request.user, project_of(request), clock.now())
    context = {**page, "form": forms.CompanyForm(), "agent_form": forms.AgentForm(auto_id=False)}
    return render(request, "customers/channels.html", context)


def _back(request: Request, words: str) -> HttpResponse:
    messages.success(request, words)
    return to(request, reverse("customers:channel_list"))


@require_POST
def channel_add(request: Request) -> HttpResponse:
    form, project = forms.CompanyForm(request.POST), project_of(request)
    page = channel_pages.company_page(request.user, project, clock.now())
    page["may_keep"].or_raise()
    context = {**page, "form": form, "agent_form": forms.AgentForm(auto_id=False)}
    if not form.is_valid():
        return render(request, "customers/channels.html", context, status=422)
    keep(request, "customers/channels.html", context)
    add_company(
        actor=request.user,
        project=project,
        now=clock.now(),
        idempotency_key=key_of(request),
        **form.cleaned_data,
    )
    return _back(request, "渠道公司已登记")


def _company(request: Request, pk: int) -> ChannelCompany:
    return get_object_or_404(ChannelCompany.objects.visible_to(request.user), pk=pk)


@require_POST
def channel_edit(request: Request, pk: int) -> HttpResponse:
    company, form = _company(request, pk), forms.CompanyEditForm(request.POST)
    access.may_keep_channels(request.user).or_raise()
    if not form.is_valid():
        messages.error(request, "合作止日有误")
        return to(request, reverse("customers:channel_list"))
    edit_company(
        actor=request.user,
        company_id=company.pk,
        now=clock.now(),
        idempotency_key=key_of(request),
        **form.cleaned_data,
    )
    return _back(request, "渠道公司已更新")


@require_POST
def channel_agent(request: Request, pk: int) -> HttpResponse:
    company, form = _company(request, pk), forms.AgentForm(request.POST)
    access.may_keep_channels(request.user).or_raise()
    if not form.is_valid():
        messages.error(request, "写经纪人的姓名与手机")
        return to(request, reverse("customers:channel_list"))
    add_agent(
        actor=request.user,
        company_id=company.pk,
        now=clock.now(),
        idempotency_key=key_of(request),
        **form.cleaned_data,
    )
    return _back(request, "经纪人已登记")


@require_POST
def agent_stop(request: Request, pk: int) -> HttpResponse:
    agent = get_object_or_404(ChannelAgent.objects.visible_to(request.user), pk=pk)
    stop_agent(actor=request.user, agent_id=agent.pk, now=clock.now(), idempotency_key=key_of(request))
    return _back(request, "经纪人已停用")


# --- 渠道异常, 跨项目提示


def _month(text: str, today: date) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        return today.replace(day=1)


@require_GET
def channel_anomalies(request: Request) -> HttpResponse:
    access.may_see_anomalies(request.user).or_raise()
    now = clock.now()
    month = _month(request.GET.get("month", ""), clock.business_date(now))
    return render(
        request,
        "customers/anomalies.html",
        anomaly_page(request.user, project_of(request), month, now),
    )


@require_POST
def flag_close(request: Request, pk: int) -> HttpResponse:
    flag = get_object_or_404(CrossSiteFlag.objects.visible_to(request.user), pk=pk)
    form = forms.CloseFlagForm(request.POST)
    access.may_close_site_flag(request.user).or_raise()
    if not form.is_valid():
        messages.error(request, "写一句核实结果")
        return to(request, reverse("customers:channel_anomalies"))
    close_site_flag(
        actor=request.user,
        flag_id=flag.pk,
        now=clock.now(),
        idempotency_key=key_of(request),
        **form.cleaned_data,
    )
    messages.success(request, "核实结果已记下")
    return to(request, reverse("customers:channel_anomalies"))
