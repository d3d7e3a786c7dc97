"""公海: claiming a customer out of it, and giving an own one up into it."""

from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from customers import access
from customers.models import Customer, OwnershipLease, PoolEntry
from customers.rules import LIVE, GradeTerms, LeaseBasis, LeaseState
from customers.rules.pool import PoolTerms, PoolWhy, check_claim
from customers.services.clocks import last_day_for
from customers.services.leases import end_lease, live_lease, open_lease
from customers.services.people import live_customer, plan_follow_up
from customers.services.poolrows import end_cofollows, enter_pool
from regulations.queries import terms_for
from salesdept import clock, journal
from salesdept.errors import RuleError, constraint_name
from salesdept.models import User
from salesdept.verbs import locked, save_versioned, service

GONE = RuleError("claimed", "这位客户刚被别人认领", "拟:own.basis", "刷新公海，认领别的客户")


@service
def claim_customer(
    *, actor: User, customer_id: int, now: datetime, idempotency_key: str | None = None
) -> Customer:
    """认领 a customer of the 公海: a new lease from today; one of many who tap at once gets it.

    Raises RuleError `claimed`, `claims_of_the_day`, `claims_held`, `former_owner`.
    """
    access.may_claim(actor).or_raise()
    today = clock.business_date(now)
    # One claim of a person at a time, so that two taps at once cannot both pass her quota.
    locked(User.objects.all(), actor.pk)
    customer = live_customer(customer_id)
    if customer.owner_id is not None or live_lease(customer) is not None:
        raise GONE
    terms = terms_for(PoolTerms, on=today, project=customer.project_id)
    check_claim(claim_facts(actor, customer, today), today, terms)
    days = terms.valid_claimed
    last = last_day_for(rep_id=actor.pk, project=customer.project_id, event_day=today, days=days)
    try:
        with transaction.atomic():
            open_lease(customer, actor.pk, LeaseBasis.CLAIMED, last, now)
    except IntegrityError as error:
        raise (GONE if constraint_name(error) == "a_customer_has_one_live_lease" else error) from error
    customer.owner = actor
    interval = terms_for(GradeTerms, on=today, project=customer.project_id).days(customer.grade)
    plan_follow_up(customer, date.fromordinal(today.toordinal() + interval))
    save_versioned(customer, "owner", "next_follow_on")
    journal.record(actor, "customers.pool.claimed", customer, happened_at=now, until=last)
    return customer


def claim_facts(actor: User, customer: Customer, today: date) -> dict[str, Any]:
    """What the quota rule asks: claims of today, claimed ones still held, when one was the owner before."""
    mine = OwnershipLease.objects.filter(rep=actor, basis=LeaseBasis.CLAIMED)
    before = OwnershipLease.objects.filter(customer=customer, rep=actor, ended_at__isnull=False)
    ended = before.order_by("-ended_at").values_list("ended_at", flat=True).first()
    return {
        "today": mine.filter(started_at__gte=clock.at(today)).count(),
        "held": mine.filter(state__in=LIVE).count(),
        "former": clock.business_date(ended) if ended else None,
    }


@service
def release_customer(
    *, actor: User, customer_id: int, reason: str, now: datetime, idempotency_key: str | None = None
) -> PoolEntry:
    """主动释放: an own customer goes to the 公海 at once. Raises RuleError `release_reason`, `not_free`."""
    customer = live_customer(customer_id)
    access.may_release(actor, customer).or_raise()
    if not reason.strip():
        raise RuleError("release_reason", "释放客户须写原因", "拟:own.basis", "写一句为什么不再跟进")
    lease = live_lease(customer)
    if lease is None or lease.state != LeaseState.ACTIVE:
        raise RuleError("not_free", "锁定或争议中的归属不能释放", "拟:own.basis", "等交易或争议办结")
    return give_up(customer, lease, PoolWhy.RELEASED, now, actor=actor, reason=reason.strip())


def give_up(
    customer: Customer,
    lease: OwnershipLease,
    why: PoolWhy,
    now: datetime,
    *,
    actor: User | None,
    reason: str,
) -> PoolEntry:
    """End a lease before its day and put the locked customer into the 公海."""
    ending = LeaseState.LAPSED if why == PoolWhy.VOIDED else LeaseState.CLOSED
    end_lease(lease, ending, now, f"{why.label}：{reason}"[:100])
    customer.owner, customer.next_follow_on = None, None
    save_versioned(customer, "owner", "next_follow_on")
    entry = enter_pool(customer, why, lease.rep_id, now, reason)
    end_cofollows([customer.pk], now, why.label, actor=actor)
    journal.record(actor, "customers.pool.entered", customer, happened_at=now, reason=reason, why=why.value)
    return entry
