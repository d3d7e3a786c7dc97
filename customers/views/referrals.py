"""老带新, and what else is told of where a guest came from: 渠道变更, 跨项目提示."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from customers import access
from customers.models import Customer, Referral
from customers.queries.referrals import referral_form, referral_page
from customers.rules.referrals import ReferralState
from customers.services.channel_changes import ask_channel_change
from customers.services.referrals import file_referral, reward_referral, tell_owner
from customers.services.site_flags import note_other_site
from customers.views import channel_forms as forms
from customers.views.common import to
from salesdept import clock
from salesdept.http import Request, keep, key_of
from salesdept.shell import project_of


def _customer(request: Request, pk: int) -> Customer:
    rows = Customer.objects.visible_to(request.user).select_related("owner", "project")
    found: Customer = get_object_or_404(rows, pk=pk)
    return found


def _referral(request: Request, pk: int) -> Referral:
    rows = Referral.objects.visible_to(request.user)
    rows = rows.select_related("referrer", "owner", "filed_by", "project")
    return get_object_or_404(rows, pk=pk)


@require_GET
def referral_list(request: Request) -> HttpResponse:
    before = request.GET.get("before", "")
    page = referral_page(request.user, project_of(request), before, clock.now())
    return render(request, "customers/referrals.html", page)


@require_http_methods(["GET", "POST"])
def customer_refer(request: Request, pk: int) -> HttpResponse:
    """登记老带新 from the referrer's file."""
    customer = _customer(request, pk)
    form = forms.ReferralForm(request.POST or None)
    context = {"customer": customer, "pk": str(pk), "form": form, "may": access.may_refer(request.user)}
    if request.method != "POST":
        return render(request, "customers/referral_form.html", context)
    access.may_refer(request.user).or_raise()
    if not form.is_valid():
        return render(request, "customers/referral_form.html", context, status=422)
    keep(request, "customers/referral_form.html", context)
    referral = file_referral(
        actor=request.user,
        referrer_id=customer.pk,
        now=clock.now(),
        idempotency_key=key_of(request),
        **form.cleaned_data,
    )
    if referral.state == ReferralState.INVALID:
        messages.warning(request, f"已记下，但无效：{referral.get_reason_display()}")
    else:
        messages.success(request, "老带新已登记")
    return to(request, reverse("customers:referral_list"))


@require_GET
def referral_print(request: Request, pk: int) -> HttpResponse:
    """老带新推荐看房表 on A4."""
    row = _referral(request, pk)
    return render(request, "customers/referral_print.html", referral_form(request.user, row, clock.now()))


@require_POST
def referral_tell(request: Request, pk: int) -> HttpResponse:
    row = _referral(request, pk)
    tell_owner(actor=request.user, referral_id=row.pk, now=clock.now(), idempotency_key=key_of(request))
    messages.success(request, "已通知归属代表")
    return to(request, reverse("customers:referral_list"))


@require_POST
def referral_reward(request: Request, pk: int) -> HttpResponse:
    row = _referral(request, pk)
    reward_referral(actor=request.user, referral_id=row.pk, now=clock.now(), idempotency_key=key_of(request))
    messages.success(request, "已记为奖励")
    return to(request, reverse("customers:referral_list"))


@require_http_methods(["GET", "POST"])
def customer_channel(request: Request, pk: int) -> HttpResponse:
    """申请渠道变更."""
    customer = _customer(request, pk)
    form = forms.ChannelChangeForm(request.POST or None, initial={"source": customer.source})
    may = access.may_ask_channel_change(request.user, customer)
    context = {"customer": customer, "pk": str(pk), "form": form, "may": may}
    if request.method != "POST":
        return render(request, "customers/channel_change.html", context)
    may.or_raise()
    if not form.is_valid():
        return render(request, "customers/channel_change.html", context, status=422)
    keep(request, "customers/channel_change.html", context)
    asked = ask_channel_change(
        actor=request.user,
        customer_id=customer.pk,
        now=clock.now(),
        idempotency_key=key_of(request),
        **form.cleaned_data,
    )
    messages.success(request, "已提交，经理与财务都签批后生效")
    return to(request, reverse("regulations:request_detail", args=[asked.pk]))


@require_http_methods(["GET", "POST"])
def customer_site(request: Request, pk: int) -> HttpResponse:
    """客户提到其他项目的代表."""
    customer = _customer(request, pk)
    form = forms.SiteFlagForm(request.POST or None, project=customer.project)
    may = access.may_register(request.user)
    context = {"customer": customer, "pk": str(pk), "form": form, "may": may}
    if request.method != "POST":
        return render(request, "customers/site_flag.html", context)
    may.or_raise()
    if not form.is_valid():
        return render(request, "customers/site_flag.html", context, status=422)
    keep(request, "customers/site_flag.html", context)
    note_other_site(
        actor=request.user,
        customer_id=customer.pk,
        rep_id=form.cleaned_data["rep"].pk,
        note=form.cleaned_data["note"],
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    messages.success(request, "已记下，由经理核实")
    return to(request, reverse("customers:customer_detail", args=[pk]))
