"""公海, 协同跟进, 久无进展, the suggested grade and 启用预演."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from customers import access
from customers.models import CoFollow, Customer, ImportConflict
from customers.queries.golive import golive_page
from customers.queries.pool import cofollow_page, pool_page, stale_page
from customers.rules import RECEIVES, SEES_PROJECT
from customers.services import (
    accept_grade,
    assign_customer,
    claim_customer,
    end_cofollow,
    release_customer,
    rule_conflict,
    start_cofollow,
)
from customers.views.common import to
from salesdept import clock
from salesdept.http import Request, key_of, pk_in
from salesdept.shell import project_of


def _page(pk: int) -> str:
    return reverse("customers:customer_detail", args=[pk])


def _visible(request: Request, pk: int) -> Customer:
    found: Customer = get_object_or_404(Customer.objects.visible_to(request.user), pk=pk)
    return found


def _of_project(request: Request, pk: int) -> Customer:
    """A customer of the actor's projects, for those who work in the hall; 404 for everybody else."""
    rows = Customer.objects.filter(project__in=request.user.project_ids)
    if request.user.role not in (*RECEIVES, *SEES_PROJECT):
        rows = rows.none()
    found: Customer = get_object_or_404(rows, pk=pk)
    return found


@require_GET
def pool_list(request: Request) -> HttpResponse:
    before = pk_in(request.GET.get("before", ""))
    page = pool_page(request.user, project_of(request), before, clock.now())
    return render(request, "customers/pool.html", page)


@require_POST
def pool_claim(request: Request, pk: int) -> HttpResponse:
    customer = _of_project(request, pk)
    claim_customer(
        actor=request.user, customer_id=customer.pk, now=clock.now(), idempotency_key=key_of(request)
    )
    messages.success(request, "已认领，归你跟进")
    return to(request, _page(pk))


@require_POST
def pool_assign(request: Request, pk: int) -> HttpResponse:
    customer = _of_project(request, pk)
    access.may_assign(request.user).or_raise()
    rep = pk_in(request.POST.get("rep", ""))
    if not rep:
        messages.error(request, "请选一位代表")
        return to(request, reverse("customers:pool_list"))
    assign_customer(
        actor=request.user,
        customer_id=customer.pk,
        rep_id=rep,
        reason=request.POST.get("reason", "")[:200] or "公海分配",
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    messages.success(request, "已分配")
    return to(request, _page(pk))


@require_POST
def customer_release(request: Request, pk: int) -> HttpResponse:
    """主动释放."""
    customer = _visible(request, pk)
    release_customer(
        actor=request.user,
        customer_id=customer.pk,
        reason=request.POST.get("reason", "")[:200],
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    messages.success(request, "已释放到公海")
    return to(request, reverse("customers:pool_list"))


@require_POST
def grade_accept(request: Request, pk: int) -> HttpResponse:
    """采用建议等级 in one tap."""
    customer = _visible(request, pk)
    accept_grade(
        actor=request.user,
        customer_id=customer.pk,
        grade=request.POST.get("grade", ""),
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    messages.success(request, "已采用建议等级")
    return to(request, _page(pk))


@require_GET
def cofollow_list(request: Request) -> HttpResponse:
    return render(request, "customers/cofollow.html", cofollow_page(request.user, clock.now()))


@require_POST
def cofollow_start(request: Request, pk: int) -> HttpResponse:
    customer = _visible(request, pk)
    start_cofollow(
        actor=request.user, customer_id=customer.pk, now=clock.now(), idempotency_key=key_of(request)
    )
    messages.success(request, "已开始协同，归属不变")
    return to(request, _page(pk))


@require_POST
def cofollow_end(request: Request, pk: int) -> HttpResponse:
    row = get_object_or_404(CoFollow.objects.visible_to(request.user), pk=pk)
    end_cofollow(
        actor=request.user,
        cofollow_id=row.pk,
        reason=request.POST.get("reason", "")[:100],
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    messages.success(request, "协同已结束")
    return to(request, reverse("customers:cofollow_list"))


@require_GET
def stale_list(request: Request) -> HttpResponse:
    return render(request, "customers/stale.html", stale_page(request.user, project_of(request), clock.now()))


@require_GET
def golive(request: Request) -> HttpResponse:
    access.may_see_golive(request.user).or_raise()
    return render(
        request, "customers/golive.html", golive_page(request.user, project_of(request), clock.now())
    )


@require_POST
def conflict_rule(request: Request, pk: int) -> HttpResponse:
    conflict = get_object_or_404(ImportConflict.objects.visible_to(request.user), pk=pk)
    rule_conflict(
        actor=request.user,
        conflict_id=conflict.pk,
        ruling=request.POST.get("ruling", ""),
        reason=request.POST.get("reason", "")[:300],
        now=clock.now(),
        idempotency_key=key_of(request),
    )
    messages.success(request, "已裁定，两位代表已收到通知")
    return to(request, reverse("customers:golive"))
