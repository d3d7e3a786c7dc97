"""一人一户: numbers and members of a household, merges, namesakes, 公共号码 and 到期资料."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from customers import access
from customers.forms import (
    HouseholdKindForm,
    MemberForm,
    MergeForm,
    NumberForm,
    PublicNumberForm,
    ReasonForm,
    WechatForm,
)
from customers.models import Customer, Merge, Namesake, Phone, PublicNumber
from customers.queries import merges
from customers.queries import retention as kept
from customers.rules import SEES_PROJECT
from customers.services import (
    add_member,
    add_phone,
    add_public_number,
    add_wechat,
    ask_merge,
    ask_unmerge,
    declare_own_kin,
    deny_namesake,
    detach_phone,
    remove_public_number,
    set_household_kind,
)
from customers.views.common import to
from regulations.models import Request as Asked
from salesdept import clock
from salesdept.http import Request, keep, key_of, pk_in
from salesdept.shell import project_of
from salesdept.verdict import Denied

MERGES = ("customers.merge", "customers.unmerge")


def _visible(request: Request, pk: int) -> Customer:
    rows = Customer.objects.visible_to(request.user).select_related("household")
    found: Customer = get_object_or_404(rows, pk=pk)
    return found


def _page(pk: int) -> str:
    return reverse("customers:customer_detail", args=[pk])


def _leads(request: Request) -> None:
    """These lists are for those who see the whole project."""
    if request.user.role not in SEES_PROJECT:
        raise Denied("这些名单由助理与主管、经理处理", "S30", "请助理办理")


def _done(request: Request, pk: int, word: str) -> HttpResponse:
    messages.success(request, word)
    return to(request, _page(pk))


def _said(request: Request, form: Any, word: str) -> bool:
    """Whether the form is good; else says what is missing."""
    if form.is_valid():
        return True
    messages.error(request, word)
    return False


# --- the household


@require_POST
def number_add(request: Request, pk: int) -> HttpResponse:
    customer, form = _visible(request, pk), NumberForm(request.POST)
    if not _said(request, form, "填一个号码"):
        return to(request, _page(pk))
    add_phone(
        actor=request.user,
        customer_id=customer.pk,
        phone=form.cleaned_data["phone"],
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    return _done(request, pk, "号码已添加，从现在起算证据，首次接触不变")


@require_POST
def wechat_add(request: Request, pk: int) -> HttpResponse:
    """微信号, witnessed by the assistant who enters it."""
    customer, form = _visible(request, pk), WechatForm(request.POST)
    if not _said(request, form, "填微信号"):
        return to(request, _page(pk))
    add_wechat(
        actor=request.user,
        customer_id=customer.pk,
        wechat=form.cleaned_data["wechat"],
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    return _done(request, pk, "微信号已登记，见证人是你")


@require_POST
def number_detach(request: Request, pk: int) -> HttpResponse:
    """停用 a number, with a reason."""
    mine = Customer.objects.visible_to(request.user)
    phone = get_object_or_404(Phone.objects.live().filter(customer__in=mine), pk=pk)
    form = ReasonForm(request.POST)
    if not _said(request, form, "写明停用原因"):
        return to(request, _page(phone.customer_id))
    detach_phone(
        actor=request.user,
        phone_id=phone.pk,
        reason=form.cleaned_data["reason"],
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    return _done(request, phone.customer_id, "号码已停用，停用前的登记不变")


@require_http_methods(["GET", "POST"])
def member_add(request: Request, pk: int) -> HttpResponse:
    """A further person of the household."""
    customer = _visible(request, pk)
    access.may_change_numbers(request.user, customer).or_raise()
    form = MemberForm(request.POST or None)
    context = {"customer": customer, "pk": str(pk), "form": form}
    if request.method != "POST":
        return render(request, "customers/member.html", context)
    if not form.is_valid():
        return render(request, "customers/member.html", context, status=422)
    keep(request, "customers/member.html", context)
    add_member(
        actor=request.user,
        customer_id=pk,
        now=clock.now(),
        idempotency_key=key_of(request),
        **form.cleaned_data,
    )
    return _done(request, pk, "已加入客户组")


@require_POST
def household_kind(request: Request, pk: int) -> HttpResponse:
    """家庭 or 单位."""
    customer, form = _visible(request, pk), HouseholdKindForm(request.POST)
    if not _said(request, form, "选家庭或单位"):
        return to(request, _page(pk))
    set_household_kind(
        actor=request.user,
        customer_id=customer.pk,
        now=clock.now(),
        idempotency_key=key_of(request),
        **form.cleaned_data,
    )
    return _done(request, pk, "客户组类别已改")


@require_POST
def kin_declare(request: Request, pk: int) -> HttpResponse:
    """员工亲友, on the day of first contact."""
    customer = _visible(request, pk)
    declare_own_kin(
        actor=request.user, customer_id=customer.pk, now=clock.now(), idempotency_key=key_of(request)
    )
    return _done(request, pk, "已申报为你的亲友")


# --- merges


@require_http_methods(["GET", "POST"])
def merge_ask(request: Request, pk: int) -> HttpResponse:
    """合并申请: find the other file, compare, ask."""
    customer = _visible(request, pk)
    access.may_ask_merge(request.user).or_raise()
    other_pk = pk_in(request.POST.get("other", "") or request.GET.get("with", ""))
    rows = Customer.objects.visible_to(request.user).filter(project=customer.project_id)
    other = rows.exclude(pk=pk).filter(pk=other_pk).first() if other_pk else None
    form = MergeForm(request.POST or None, initial={"other": other_pk})
    q = request.GET.get("q", "").strip()[:40]
    context = {**merges.merge_form_page(request.user, customer, other, q, clock.now()), "form": form}
    if request.method != "POST":
        return render(request, "customers/merge.html", context)
    return _ask(request, pk, form, context)


def _ask(request: Request, pk: int, form: MergeForm, context: dict[str, Any]) -> HttpResponse:
    if not form.is_valid():
        return render(request, "customers/merge.html", context, status=422)
    keep(request, "customers/merge.html", context)
    values = dict(form.cleaned_data)
    asked = ask_merge(
        actor=request.user,
        survivor_id=pk,
        other_id=values.pop("other"),
        now=clock.now(),
        idempotency_key=key_of(request),
        **values,
    )
    messages.success(request, "合并申请已提交，等主管或经理审批")
    return to(request, reverse("customers:merge_request", args=[asked.pk]))


@require_GET
def merge_request(request: Request, pk: int) -> HttpResponse:
    """Both files side by side, for whoever approves."""
    asked = get_object_or_404(Asked.objects.visible_to(request.user).filter(kind__in=MERGES), pk=pk)
    return render(
        request, "customers/merge_request.html", merges.request_page(request.user, asked, clock.now())
    )


@require_POST
def merge_undo(request: Request, pk: int) -> HttpResponse:
    """拆分申请."""
    merge = get_object_or_404(Merge.objects.visible_to(request.user), pk=pk)
    form = ReasonForm(request.POST)
    if not _said(request, form, "写明拆分理由"):
        return to(request, reverse("customers:merge_list"))
    asked = ask_unmerge(
        actor=request.user,
        merge_id=merge.pk,
        reason=form.cleaned_data["reason"],
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    messages.success(request, "拆分申请已提交，等主管或经理审批")
    return to(request, reverse("customers:merge_request", args=[asked.pk]))


# --- lists


def _listed(request: Request, template: str, load: Callable[..., dict[str, Any]]) -> HttpResponse:
    _leads(request)
    return render(request, template, load(request.user, project_of(request), clock.now()))


@require_GET
def merge_list(request: Request) -> HttpResponse:
    return _listed(request, "customers/merges.html", merges.merge_list)


@require_GET
def namesake_list(request: Request) -> HttpResponse:
    _leads(request)
    before = pk_in(request.GET.get("before", ""))
    page = merges.namesake_list(request.user, project_of(request), before, clock.now())
    return render(request, "customers/namesakes.html", page)


@require_POST
def namesake_deny(request: Request, pk: int) -> HttpResponse:
    """不是同一人."""
    pair = get_object_or_404(Namesake.objects.visible_to(request.user), pk=pk)
    form = ReasonForm(request.POST)
    if _said(request, form, "写明凭什么认定不是同一人"):
        deny_namesake(
            actor=request.user,
            namesake_id=pair.pk,
            reason=form.cleaned_data["reason"],
            now=clock.now(),
            idempotency_key=key_of(request),
        )
        messages.success(request, "已确认不是同一人")
    return to(request, reverse("customers:namesake_list"))


@require_http_methods(["GET", "POST"])
def public_list(request: Request) -> HttpResponse:
    """公共号码: the list, and adding one."""
    _leads(request)
    project, form = project_of(request), PublicNumberForm(request.POST or None)
    context = {**kept.public_page(request.user, project, clock.now()), "form": form}
    if request.method != "POST":
        return render(request, "customers/public.html", context)
    if not form.is_valid():
        return render(request, "customers/public.html", context, status=422)
    keep(request, "customers/public.html", context)
    add_public_number(
        actor=request.user,
        project=None if form.cleaned_data["company"] else project,
        phone=form.cleaned_data["phone"],
        reason=form.cleaned_data["reason"],
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    messages.success(request, "已列入公共号码，不再认定客户")
    return to(request, reverse("customers:public_list"))


@require_POST
def public_remove(request: Request, pk: int) -> HttpResponse:
    row = get_object_or_404(PublicNumber.objects.visible_to(request.user).live(), pk=pk)
    form = ReasonForm(request.POST)
    if _said(request, form, "写明移除原因"):
        remove_public_number(
            actor=request.user,
            public_id=row.pk,
            reason=form.cleaned_data["reason"],
            now=clock.now(),
            idempotency_key=key_of(request),
        )
        messages.success(request, "已从公共号码移除")
    return to(request, reverse("customers:public_list"))


@require_GET
def retention(request: Request) -> HttpResponse:
    """到期资料: what the nightly job would blank."""
    access.may_see_retention(request.user).or_raise()
    return render(
        request,
        "customers/retention.html",
        kept.retention_page(request.user, project_of(request), clock.now()),
    )
