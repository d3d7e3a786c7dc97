"""老业主: those who bought, how long nobody spoke to them, whom they brought and what they own."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from customers.models import Customer, Referral
from customers.queries.words import ago
from customers.rules.owners import OWNERS, OwnerCareTerms, silent_before
from customers.rules.referrals import HOLDS
from customers.slots import DEALS
from regulations.queries import terms_for
from salesdept import clock
from salesdept.models import Project, User

PAGE = 50


def owners_page(user: User, project: Project, tab: str, before: int | None, now: datetime) -> dict[str, Any]:
    """One page of owners, newest customers first; `tab` "silent" for those nobody spoke to."""
    today = clock.business_date(now)
    terms = terms_for(OwnerCareTerms, on=today, project=project)
    everybody = Customer.objects.visible_to(user).filter(project=project, stage__in=OWNERS)
    limit = clock.at(silent_before(today, terms))
    silent = Q(last_contact_at__lt=limit) | Q(last_contact_at__isnull=True)
    counts = everybody.order_by().aggregate(all=Count("pk"), silent=Count("pk", filter=silent))
    tab = "silent" if tab == "silent" else "all"
    rows = everybody.filter(silent) if tab == "silent" else everybody
    people = _page(rows, before)
    shown = people[:PAGE]
    keys = [person.pk for person in shown]
    brought, rooms = _brought(keys), _rooms(keys)
    return {
        "rows": [
            {
                "pk": str(person.pk),
                "name": str(person),
                "stage": person.get_stage_display(),
                "owner": person.owner.name if person.owner else "公海",
                "last": _last(person, now),
                "silent": person.last_contact_at is None or person.last_contact_at < limit,
                "brought": brought.get(person.pk, 0),
                "rooms": rooms[person.pk],
                "mine": person.owner_id == user.pk,
            }
            for person in shown
        ],
        "older": str(shown[-1].pk) if len(people) > PAGE else "",
        "tab": tab,
        "tabs": [
            ("all", "全部老业主", str(counts["all"]), tab == "all"),
            ("silent", f"{terms.silent_days} 天未联系", str(counts["silent"]), tab == "silent"),
        ],
    }


def _page(rows: QuerySet[Customer], before: int | None) -> list[Customer]:
    if before:
        rows = rows.filter(pk__lt=before)
    return list(rows.select_related("owner").order_by("-pk")[: PAGE + 1])


def _last(person: Customer, now: datetime) -> str:
    if person.last_contact_at is None:
        return "没有联系过"
    return ago(clock.business_date(person.last_contact_at), clock.business_date(now))


def _brought(keys: Sequence[int]) -> Mapping[int, int]:
    """How many friends each owner brought whose referral holds."""
    rows = Referral.objects.filter(referrer__in=keys, state__in=HOLDS).order_by()
    return dict(rows.values_list("referrer").annotate(Count("pk")))


def _rooms(keys: Sequence[int]) -> Mapping[int, list[str]]:
    """What each owner bought, a second room and a 车位 among it."""
    found: dict[int, list[str]] = defaultdict(list)
    for source in DEALS:
        for deal in source.of_customers(keys):
            found[deal.customer_id].append(deal.label)
    return found
