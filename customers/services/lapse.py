"""The end of leases: what is due goes to the 公海, set by set, and can go on where it stopped."""

from array import array
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime

from django.db import connection, transaction
from django.db.models import Count, F, QuerySet

from customers.models import CoFollow, Customer, OwnershipLease, PoolEntry
from customers.rules import LeaseBasis, LeaseState, OwnTerms
from customers.rules.pool import PoolWhy
from customers.services.poolrows import end_cofollows
from regulations.queries import terms_for
from salesdept import bulk, clock, journal
from salesdept.models import Project, User
from salesdept.rules import Message
from salesdept.services.reminders import notify
from salesdept.verbs import service

LAPSE_BATCH = 5000
TRIES = 20
HANDS = 2
REASON = "过了最后一天"
ENTRY = ("customer_id", "former_id")
type Ended = Sequence[tuple[int, int, int]]  # lease, customer, rep


class _RacedError(Exception):
    """Somebody renewed a lease between looking and ending."""


def _due(project: Project, today: date) -> QuerySet[OwnershipLease]:
    terms = terms_for(OwnTerms, on=today, project=project)
    rows = OwnershipLease.objects.filter(project=project, state=LeaseState.ACTIVE, expires_on__lt=today)
    return rows if terms.pool_imported else rows.exclude(basis=LeaseBasis.IMPORTED)


@service
def lapse_due(
    *, actor: User | None, project: Project, now: datetime, among: Sequence[int] | None = None
) -> int:
    """End the next leases whose last day is over; their customers go to the 公海. Returns how many.

    With `among` (keys of leases) those of them that are still due, otherwise the next batch.

    Every batch is one transaction of a few statements over all its rows: a job that died goes on with what
    is still due. The former owners are told once, when the night is done (`tell_lapsed`).
    """
    due = _due(project, clock.business_date(now))
    batch = due.order_by("expires_on", "pk") if among is None else due.filter(pk__in=among).order_by("pk")
    for _ in range(TRIES):
        found = list(batch.values_list("pk", "customer_id", "rep_id")[:LAPSE_BATCH])
        try:
            with transaction.atomic():
                _end(actor, project, due, found, now)
        except _RacedError:
            continue
        return len(found)
    return 0


def _end(
    actor: User | None, project: Project, due: QuerySet[OwnershipLease], ended: Ended, now: datetime
) -> None:
    """End exactly these leases. The customers' update locks them, as every renewal does, before the leases

    are asked again whether they are still due.
    """
    if not ended:
        return
    customers = [customer for _, customer, _ in ended]
    owned = Customer.objects.filter(pk__in=customers)
    owned.update(owner=None, next_follow_on=None, version=F("version") + 1)
    leases = due.filter(pk__in=[pk for pk, _, _ in ended])
    if leases.update(state=LeaseState.LAPSED, ended_at=now, ended_reason=REASON) != len(ended):
        raise _RacedError
    bulk.append(
        PoolEntry,
        ENTRY,
        [(customer, rep) for _, customer, rep in ended],
        project_id=project.pk,
        why=PoolWhy.LAPSED.value,
        since=now,
        since_on=clock.business_date(now),
    )
    end_cofollows(_shared(project, customers), now, REASON)
    _journal(actor, project, ended, now)


def _shared(project: Project, customers: Sequence[int]) -> list[int]:
    """Which of them somebody co-follows: there are few, so they are looked through rather than looked up."""
    live = CoFollow.objects.live().filter(customer__project=project)
    return sorted(set(customers).intersection(live.order_by().values_list("customer_id", flat=True)))


def _journal(actor: User | None, project: Project, ended: Ended, now: datetime) -> None:
    journal.append_rows(
        actor,
        "customers.lease.lapsed",
        [(f"customers.ownershiplease:{pk}", customer) for pk, customer, _ in ended],
        project_id=project.pk,
        happened_at=now,
    )


def lapse_all(project: Project, now: datetime) -> int:
    """Batch after batch until nothing is due; how many leases ended.

    What is due is listed once: to look for the next batch among all that is left, again for every batch,
    would cost the square of a large night. On PostgreSQL two hands share the work, each on a connection of
    its own; SQLite has one writer.
    """
    batches = _batches(project, now)
    if connection.vendor != "postgresql" or connection.in_atomic_block or len(batches) < HANDS:
        return _lapse(project, now, batches)
    with ThreadPoolExecutor(HANDS) as pool:
        hands = [pool.submit(_hand, project, now, batches[part::HANDS]) for part in range(HANDS)]
        return sum(hand.result() for hand in hands)


def _batches(project: Project, now: datetime) -> list[Sequence[int]]:
    """The keys of all that is due, a batch each."""
    rows = _due(project, clock.business_date(now)).order_by("pk").values_list("pk", flat=True)
    keys = array("q", rows.iterator(chunk_size=LAPSE_BATCH))
    return [keys[first : first + LAPSE_BATCH] for first in range(0, len(keys), LAPSE_BATCH)]


def _lapse(project: Project, now: datetime, batches: Sequence[Sequence[int]]) -> int:
    return sum(lapse_due(actor=None, project=project, now=now, among=keys) for keys in batches)


def _hand(project: Project, now: datetime, batches: Sequence[Sequence[int]]) -> int:
    try:
        return _lapse(project, now, batches)
    finally:
        connection.close()


def tell_lapsed(project: Project, day: date, now: datetime) -> None:
    """One notice a night to everybody who lost customers; the same however often it is said."""
    rows = PoolEntry.objects.filter(project=project, since_on=day, why=PoolWhy.LAPSED, former__isnull=False)
    lost = rows.order_by().values_list("former").annotate(count=Count("pk"))
    notify(
        [
            Message(
                user_id=rep,
                title=f"{count} 位客户过了归属期，已转公海",
                key=f"lapse:{project.pk}:{day}",
                url="/customers/pool/",
                clause="拟:own.valid.visit",
            )
            for rep, count in lost
        ],
        now,
    )
