"""Finding customers by phone tail, pinyin, initials or a fragment of the name, only among visible ones."""

from collections.abc import Sequence
from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet

from customers.models import Customer, NameGram, Phone, shared_with, visible_through
from customers.rules import SEES_PROJECT, prefix_end
from salesdept.models import User
from salesdept.rules import Role
from salesdept.slots import SearchHit, SearchSource
from salesdept.text import normalise_phone, search_key, tidy

MIN_DIGITS = 3
LONGEST = 40


def find_ids(user: User, q: str, limit: int) -> list[int]:
    """Ids of visible customers that `q` means, best first, at most `limit`."""
    text = tidy(q)[:LONGEST]
    if not text or not user.is_active or user.role not in (Role.REP, *SEES_PROJECT):
        return []
    digits = "".join(c for c in normalise_phone(text).number or text if c.isdigit())
    if len(digits) >= MIN_DIGITS and not any(c.isalpha() for c in text):
        return _by_number(user, digits, limit)
    if text.isascii():
        key = search_key(text)
        return _by_key(user, key, limit) if key else []
    return _by_name(user, text, limit)


def _by_number(user: User, digits: str, limit: int) -> list[int]:
    rows = Phone.objects.live().ending_with(digits).filter(visible_through(user))
    return list(dict.fromkeys(rows.values_list("customer_id", flat=True)[:limit]))


def _starting(field: str, key: str) -> Q:
    end = prefix_end(key)
    return Q(**{f"{field}__gte": key}) & (Q(**{f"{field}__lt": end}) if end else Q())


def _by_key(user: User, key: str, limit: int) -> list[int]:
    """Pinyin and initials as two index ranges of each project."""
    found: list[int] = []
    for project in user.projects.values_list("pk", flat=True):
        scope = Customer.objects.filter(project=project)
        if user.role == Role.REP:
            scope = scope.filter(Q(owner=user) | Q(pk__in=shared_with(user)))
        for field in ("initials", "pinyin"):
            found += _first(scope.filter(_starting(field, key)).order_by(field, "pk"), limit)
    return list(dict.fromkeys(found))[:limit]


def _first(rows: QuerySet[Customer], limit: int) -> list[int]:
    return list(rows.values_list("pk", flat=True)[:limit])


def _by_name(user: User, text: str, limit: int) -> list[int]:
    """One pair of characters leads to few rows; the rest of a longer fragment is compared on them."""
    letters = "".join(c for c in text.lower() if c.isalnum())
    if not letters:
        return []
    rows = NameGram.objects.filter(visible_through(user), gram=letters[:2])
    if len(letters) > 2:
        named = [Q(**{f"customer__{name}__contains": text}) for name in ("name", "full_name", "aliases")]
        rows = rows.filter(reduce(or_, named))
    return list(rows.order_by("-customer_id").values_list("customer_id", flat=True)[:limit])


def find(user: User, q: str, limit: int) -> Sequence[SearchHit]:
    """The customers' part of the global search."""
    ids = find_ids(user, q, limit)
    rows = Customer.objects.select_related("owner").in_bulk(ids) if ids else {}
    return [_hit(rows[pk]) for pk in ids if pk in rows]


def _hit(customer: Customer) -> SearchHit:
    owner = customer.owner.name if customer.owner else "公海"
    parts = (customer.phone_masked, customer.get_grade_display(), customer.get_stage_display(), owner)
    return SearchHit(
        title=str(customer),
        meta=" · ".join(part for part in parts if part),
        url=f"/customers/{customer.pk}/",
        kind="客户",
        icon="user",
    )


SOURCE = SearchSource("客户", find, order=10)
