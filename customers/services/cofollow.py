"""协同跟进: 主管 works on an A customer beside its owner; ownership does not move (S27)."""

from datetime import datetime

from django.contrib.auth.models import Permission
from django.db import IntegrityError, transaction

from customers import access
from customers.models import CoFollow, Customer, CustomerGrant
from customers.rules import Grade
from customers.services.leases import tell
from customers.services.people import live_customer
from customers.services.poolrows import end_cofollows
from salesdept import journal
from salesdept.errors import RuleError, refuse
from salesdept.models import User
from salesdept.verbs import locked, service

ALREADY = RuleError("cofollowed", "已在协同跟进这位客户", "S27", "直接写跟进即可")
REFUSALS = {"one_cofollow_per_person": ALREADY}


@service
def start_cofollow(
    *, actor: User, customer_id: int, now: datetime, idempotency_key: str | None = None
) -> CoFollow:
    """Co-follow an owned A customer: a share that ends with it, and the owner is told.

    Raises RuleError `not_an_a`, `no_owner`, `own_customer`, `cofollowed`.
    """
    customer = live_customer(customer_id)
    access.may_cofollow(actor, customer).or_raise()
    owner = _owner(actor, customer)
    if customer.grade != Grade.A:
        raise RuleError("not_an_a", "只有 A 类客户由主管协同", "S27", "先由归属代表定为 A 类")
    row = CoFollow(customer=customer, supervisor=actor, owner_id=owner, started_by=actor, started_at=now)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise refuse(error, REFUSALS) from error
    share(customer, actor)
    journal.record(actor, "customers.cofollow.started", row, happened_at=now, supervisor=actor.pk)
    title = f"{actor.name}协同跟进你的 A 类客户 {customer}"
    tell(owner, title, f"cofollow:{row.pk}", f"/customers/{customer.pk}/", "S27", now)
    return row


def _owner(actor: User, customer: Customer) -> int:
    if customer.owner_id is None:
        raise RuleError("no_owner", "公海客户不用协同", "S27", "先认领或分配")
    if customer.owner_id == actor.pk:
        raise RuleError("own_customer", "自己的客户不用协同", "S27", "直接跟进")
    return customer.owner_id


def share(customer: Customer, person: User) -> None:
    """Let a person see a customer beside its owner; nothing changes when she may already."""
    permission = Permission.objects.get(codename="view_customer", content_type__app_label="customers")
    CustomerGrant.objects.get_or_create(user=person, permission=permission, content_object=customer)


@service
def end_cofollow(
    *,
    actor: User,
    cofollow_id: int,
    now: datetime,
    reason: str = "",
    idempotency_key: str | None = None,
) -> CoFollow:
    """End an own co-follow, or as 经理 anybody's; the share goes with it."""
    row = locked(CoFollow.objects.select_related("customer"), cofollow_id)
    access.may_end_cofollow(actor, row).or_raise()
    if row.ended_at is not None:
        raise RuleError("cofollow_over", "这次协同已结束", "S27", "需要时重新协同")
    end_cofollows([row.customer_id], now, reason.strip() or "结束协同", actor=actor, only=row.supervisor_id)
    row.refresh_from_db()
    return row
