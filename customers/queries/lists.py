"""The customer list: saved views with capped counts, filters in the address, pages by key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.db.models import IntegerField, Q, QuerySet, Subquery

from customers import access
from customers.models import Customer, OwnershipLease, SavedView, shared_with
from customers.queries.search import find_ids
from customers.queries.words import row
from customers.rules import SEES_PROJECT, Grade, LeaseState, OwnTerms, Source, Stage
from regulations.queries import terms_for
from salesdept.formats import count
from salesdept.models import Project, User
from salesdept.rules import Role

PAGE = 50
CAP = 1000
FOUND = 200  # a typed search narrows the list to so many
FILTERS: Mapping[str, Any] = {"grade": Grade, "stage": Stage, "source": Source}
TABS: Mapping[str, str] = {
    "all": "全部",
    "mine": "我的",
    "due": "今日待跟进",
    "overdue": "逾期",
    "pool": "公海",
    "expiring": "保护期将到",
    "a": "A 类",
}


# Columns beside the customer's name and number, which always stand; the first ones are shown unasked.
COLUMNS: Mapping[str, str] = {
    "stage": "阶段",
    "need": "意向",
    "owner": "归属",
    "last": "最近联系",
    "next": "下次跟进",
    "source": "认知途径",
    "budget": "预算",
    "visits": "来访次数",
    "first": "首次接触",
}
SHOWN = ("stage", "need", "owner", "last", "next", "source")


class CappedCount(Subquery):
    """How many rows, counted up to the slice of the query."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS capped)"
    output_field = IntegerField()


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    url: str
    active: bool
    count: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the address asks for; anything unknown falls back to the first view without filters."""

    tab: str
    q: str = ""
    before: int | None = None
    filters: tuple[tuple[str, str], ...] = ()
    cols: tuple[str, ...] = SHOWN

    def url(self, **changes: str) -> str:
        """The address with changes; an empty value drops its part. A change starts at the first page."""
        cols = "" if self.cols == SHOWN else ".".join(self.cols)
        parts = {"tab": self.tab, "q": self.q, **dict(self.filters), "cols": cols, **changes}
        return "?" + urlencode({key: value for key, value in parts.items() if value})


def tabs_of(user: User) -> list[str]:
    """A rep works on own customers; those who see the project also see all and the 公海."""
    if user.role in SEES_PROJECT:
        return ["all", "mine", "due", "overdue", "pool", "expiring", "a"]
    return ["mine", "due", "overdue", "expiring", "a"]


def wanted(user: User, asked: Mapping[str, str]) -> Wanted:
    tabs, before = tabs_of(user), asked.get("before", "")
    known = [(key, asked.get(key, "")) for key in FILTERS]
    return Wanted(
        tab=asked["tab"] if asked.get("tab") in tabs else tabs[0],
        q=asked.get("q", "").strip()[:40],
        before=int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None,
        filters=tuple((key, value) for key, value in known if value in FILTERS[key].values),
        cols=_columns(asked.get("cols", "")),
    )


def _columns(text: str) -> tuple[str, ...]:
    """The columns an address names (`stage.need`), in the list's own order, or the usual ones."""
    chosen = set(text.split("."))
    return tuple(key for key in COLUMNS if key in chosen) or SHOWN


def clean_query(user: User, query: str) -> str:
    """An address as it may be kept: only what the list knows."""
    return wanted(user, dict(parse_qsl(query.lstrip("?")))).url()[:300]


def home_view(user: User) -> Mapping[str, str]:
    """What the list shows when nobody asks for anything."""
    view = SavedView.objects.visible_to(user).filter(home=True).first()
    return dict(parse_qsl(view.query.lstrip("?"))) if view else {}


def _views(user: User, want: Wanted) -> list[dict[str, Any]]:
    here, views = want.url(), SavedView.objects.visible_to(user)
    return [
        {"pk": str(v.pk), "name": v.name, "url": v.query, "home": v.home, "active": v.query == here}
        for v in views
    ]


def _condition(tab: str, user: User, today: date, warn_days: int) -> Q:
    expiring = OwnershipLease.objects.filter(
        state=LeaseState.ACTIVE, expires_on__range=(today, today + timedelta(days=warn_days))
    )
    if user.role == Role.REP:
        expiring = expiring.filter(rep=user)
    conditions = {
        "due": Q(next_follow_on=today),
        "overdue": Q(next_follow_on__lt=today),
        "pool": Q(owner__isnull=True),
        "expiring": Q(pk__in=expiring.values("customer")),
        "a": Q(grade=Grade.A),
    }
    if tab == "mine" and user.role in SEES_PROJECT:
        return Q(owner=user)
    return conditions.get(tab, Q())


def _scopes(user: User, project: Project) -> Sequence[QuerySet[Customer]]:
    """`visible_to` as index ranges: the project, or a rep's own and shared customers."""
    inside = Customer.objects.filter(project=project).order_by()
    if not user.is_active or user.role not in (Role.REP, *SEES_PROJECT):
        return ()
    if user.role == Role.REP:
        return inside.filter(owner=user), inside.filter(pk__in=shared_with(user)).exclude(owner=user)
    return (inside.filter(project__in=user.projects.all()),)


def _counts(user: User, project: Project, conditions: Mapping[str, Q]) -> dict[str, int]:
    """All views counted in one statement, each at most one over the cap."""
    parts = {
        f"{tab}_{number}": CappedCount(scope.filter(condition).values("pk")[: CAP + 1])
        for tab, condition in conditions.items()
        for number, scope in enumerate(_scopes(user, project))
    }
    if not parts:
        return dict.fromkeys(conditions, 0)
    found = Project.objects.filter(pk=project.pk).annotate(**parts).values(*parts).get()
    return {tab: sum(int(found[key]) for key in parts if key.rpartition("_")[0] == tab) for tab in conditions}


def condition_of(user: User, project: Project, want: Wanted, today: date) -> Q:
    """The rows of a view with its filters and typed search, still to be met with `visible_to`."""
    warn_days = terms_for(OwnTerms, on=today, project=project).warn_days
    condition = _condition(want.tab, user, today, warn_days) & Q(project=project, **dict(want.filters))
    return condition & Q(pk__in=find_ids(user, want.q, FOUND)) if want.q else condition


def customer_list(user: User, project: Project, want: Wanted, today: date) -> dict[str, Any]:
    """One page of the list with its tabs and filters."""
    warn_days = terms_for(OwnTerms, on=today, project=project).warn_days
    conditions = {tab: _condition(tab, user, today, warn_days) for tab in tabs_of(user)}
    condition = conditions[want.tab] & Q(project=project, **dict(want.filters))
    if want.q:
        condition &= Q(pk__in=find_ids(user, want.q, FOUND))
    ids = Customer.objects.newest(user, condition, before=want.before, size=PAGE + 1)
    people = Customer.objects.filter(pk__in=ids[:PAGE]).select_related("owner").order_by("-pk")
    counts = _counts(user, project, conditions)
    return {
        "rows": [row(customer, today, user.pk) for customer in people],
        "older": want.url(before=str(ids[PAGE - 1])) if len(ids) > PAGE else "",
        "tabs": [
            Link(TABS[tab], want.url(tab=tab), tab == want.tab, count(counts[tab], CAP)) for tab in conditions
        ],
        "filters": [_filter(key, want) for key in FILTERS],
        "active_filters": [
            Link(FILTERS[key](value).label, want.url(**{key: ""}), True) for key, value in want.filters
        ],
        "want": want,
        "cols": dict.fromkeys(want.cols, True),
        "columns": [(key, label, key in want.cols) for key, label in COLUMNS.items()],
        "views": _views(user, want),
        "here": want.url(),
        "may_assign": access.may_assign(user) and want.tab == "pool",
        "export_url": "/customers/exports/new/" + want.url(),
        "subtitle": f"共 {count(counts[want.tab], CAP)} 位",
    }


def _filter(key: str, want: Wanted) -> dict[str, Any]:
    chosen = dict(want.filters).get(key, "")
    labels = {"grade": "等级", "stage": "阶段", "source": "认知途径"}
    return {
        "name": key,
        "label": labels[key],
        "chosen": chosen,
        "options": [(value, label) for value, label in FILTERS[key].choices],
    }
