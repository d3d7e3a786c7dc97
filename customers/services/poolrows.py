"""Rows of the 公海 and of co-follows that every change of owner writes, inside the caller's transaction."""

from collections.abc import Sequence
from datetime import datetime

from customers.models import CoFollow, Customer, CustomerGrant, PoolEntry
from customers.rules.pool import PoolWhy
from salesdept import clock, journal
from salesdept.models import User


def enter_pool(
    customer: Customer, why: PoolWhy, former_id: int | None, now: datetime, reason: str = ""
) -> PoolEntry:
    """One customer into the 公海."""
    return PoolEntry.objects.create(
        project_id=customer.project_id,
        customer=customer,
        why=why,
        reason=reason[:200],
        former_id=former_id,
        since=now,
        since_on=clock.business_date(now),
    )


def leave_pool(customer_id: int, rep_id: int, at: datetime) -> None:
    """Close the open stay, if there is one: whoever gets the customer took her out."""
    open_ones = PoolEntry.objects.filter(customer=customer_id, claimed_at__isnull=True)
    open_ones.update(claimed_by=rep_id, claimed_at=at)


def end_cofollows(
    customer_ids: Sequence[int],
    now: datetime,
    reason: str,
    *,
    actor: User | None = None,
    but_owner: int | None = None,
    only: int | None = None,
) -> int:
    """End what still runs on these customers and revoke the shares; how many.

    Where the customer stays with `but_owner`, the co-follow stays too; `only` ends one person's.
    """
    rows = CoFollow.objects.live().filter(customer__in=customer_ids).select_related("customer")
    if but_owner is not None:
        rows = rows.exclude(owner=but_owner)
    if only is not None:
        rows = rows.filter(supervisor=only)
    ended = list(rows)
    for row in ended:
        row.ended_at, row.end_reason = now, reason[:100]
        row.save(update_fields=["ended_at", "end_reason"])
        CustomerGrant.objects.filter(
            content_object=row.customer_id, user=row.supervisor_id, permission__codename="view_customer"
        ).delete()
        journal.record(
            actor,
            "customers.cofollow.ended",
            row,
            happened_at=now,
            reason=reason,
            supervisor=row.supervisor_id,
        )
    return len(ended)
