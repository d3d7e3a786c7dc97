"""The 公海, co-followed customers and those without progress, as their pages show them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q

from customers import access
from customers.models import CoFollow, Customer, OwnershipLease, PoolEntry
from customers.queries.leases import stalled
from customers.queries.words import ago, need, row
from customers.rules import LIVE, SEES_PROJECT, LeaseBasis, LeaseState, OwnTerms
from customers.rules.pool import PoolTerms, veiled
from regulations.queries import terms_for
from salesdept import clock
from salesdept.formats import cn_date
from salesdept.models import Project, User
from salesdept.rules import SALES
from salesdept.slots import Invariant

PAGE = 50


def pool_page(actor: User, project: Project, before: int | None, now: datetime) -> dict[str, Any]:
    """One page of the 公海, newest customers first. A rep sees no name, number or note before the claim."""
    today = clock.business_date(now)
    rows = Customer.objects.filter(project=project, owner__isnull=True)
    if not _inside(actor, project):
        rows = rows.none()
    if before:
        rows = rows.filter(pk__lt=before)
    people = list(rows.order_by("-pk")[: PAGE + 1])
    shown = people[:PAGE]
    entries = _entries(shown)
    sees = actor.role in SEES_PROJECT
    terms = terms_for(PoolTerms, on=today, project=project)
    return {
        "rows": [_pool_row(person, entries.get(person.pk), today, sees=sees) for person in shown],
        "older": str(shown[-1].pk) if len(people) > PAGE else "",
        "may_claim": access.may_claim(actor),
        "may_assign": access.may_assign(actor),
        "reps": _reps(project) if access.may_assign(actor) else [],
        "terms": terms,
        "quota": _quota(actor, today, terms),
    }


def _inside(actor: User, project: Project) -> bool:
    return actor.is_active and actor.role in (*SALES, *SEES_PROJECT) and project.pk in actor.project_ids


def _entries(people: list[Customer]) -> Mapping[int, PoolEntry]:
    open_ones = PoolEntry.objects.filter(customer__in=people, claimed_at__isnull=True)
    return {entry.customer_id: entry for entry in open_ones.select_related("former")}


def _pool_row(person: Customer, entry: PoolEntry | None, today: date, *, sees: bool) -> dict[str, Any]:
    last = clock.business_date(person.last_contact_at) if person.last_contact_at else None
    return {
        "pk": str(person.pk),
        "name": str(person) if sees else veiled(person.name),
        "open": sees,
        "grade": person.grade,
        "need": need(person),
        "stage": person.get_stage_display(),
        "last": ago(last, today) if last else "没有联系过",
        "why": entry.get_why_display() if entry else "没有归属",
        "since": cn_date(entry.since_on, today) if entry else "",
        "former": entry.former.name if sees and entry and entry.former else "",
    }


def _reps(project: Project) -> list[tuple[str, str]]:
    people = User.objects.filter(projects=project, role__in=SALES, is_active=True).order_by("pinyin")
    return [(str(person.pk), person.name) for person in people]


def _quota(actor: User, today: date, terms: PoolTerms) -> dict[str, str]:
    """How many an own claim list still takes, as text."""
    mine = OwnershipLease.objects.filter(rep=actor, basis=LeaseBasis.CLAIMED)
    used = mine.filter(started_at__gte=clock.at(today)).count()
    held = mine.filter(state__in=LIVE).count()
    return {"today": f"{used} / {terms.claims_per_day}", "held": f"{held} / {terms.held_max}"}


def cofollow_page(actor: User, now: datetime) -> dict[str, Any]:
    """Customers somebody co-follows: her own ones, or as a leader's list all of the projects."""
    today = clock.business_date(now)
    rows = CoFollow.objects.visible_to(actor).live()
    rows = rows.filter(Q(supervisor=actor) | Q(customer__project__in=actor.project_ids))
    found = rows.select_related("customer__owner", "supervisor").order_by("-pk")[:PAGE]
    return {
        "rows": [
            {
                **row(item.customer, today, actor.pk),
                "cofollow": str(item.pk),
                "supervisor": item.supervisor.name,
                "since": cn_date(item.started_at, today),
                "may_end": access.may_end_cofollow(actor, item),
            }
            for item in found
        ]
    }


def stale_page(actor: User, project: Project, now: datetime) -> dict[str, Any]:
    """The longest known first."""
    today = clock.business_date(now)
    ids: Sequence[int] = ()
    if actor.role in SEES_PROJECT and project.pk in actor.project_ids:
        ids = stalled(project, today)
    people = Customer.objects.filter(pk__in=ids).select_related("owner")
    found = list(people.order_by("first_contact_at", "pk")[: PAGE + 1])
    days = terms_for(OwnTerms, on=today, project=project).max_no_progress
    return {
        "rows": [
            {
                **row(person, today, actor.pk),
                "known": ago(clock.business_date(person.first_contact_at), today),
            }
            for person in found[:PAGE]
        ],
        "more": len(found) > PAGE,
        "days": days,
    }


def pooled_with_owner() -> Iterator[str]:
    rows = PoolEntry.objects.filter(claimed_at__isnull=True, customer__owner__isnull=False)
    for pk in rows.values_list("customer_id", flat=True)[:100]:
        yield f"客户 #{pk} 已有归属，公海记录还开着"


def cofollows_of_nobody() -> Iterator[str]:
    rows = CoFollow.objects.live().filter(Q(customer__owner__isnull=True) | ~Q(customer__grade="A"))
    for pk in rows.values_list("pk", flat=True)[:100]:
        yield f"协同 #{pk} 的客户已不是有归属的 A 类客户"


def counts_that_disagree() -> Iterator[str]:
    """A lease never ends before the plain count of its days: stops only prolong (拟:own.clock_stops)."""
    rows = OwnershipLease.objects.filter(state=LeaseState.ACTIVE, counted_days__isnull=False)
    counted = rows.order_by("pk").values_list("pk", "counted_from", "counted_days", "expires_on")
    for pk, start, days, last in counted.iterator(chunk_size=2000):
        if start is not None and days is not None and last < start + timedelta(days=days):
            yield f"归属期 #{pk} 短于应有的天数"


INVARIANTS = (
    Invariant("who_is_in_the_pool_has_no_owner", "拟:own.basis", pooled_with_owner),
    Invariant("a_cofollow_is_of_an_owned_a_customer", "S27", cofollows_of_nobody),
    Invariant("stops_only_prolong", "拟:own.clock_stops", counts_that_disagree),
)
