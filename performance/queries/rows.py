"""The page behind a number: the very rows it counts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet, Sum
from django.urls import reverse

from performance.queries.figures import counted
from performance.rules import Metric
from salesdept import formats
from salesdept.models import Project

CAP = 200
REP = {
    Metric.FIRST_VISITS: "received_by",
    Metric.REVISITS: "received_by",
    Metric.CALLS: "received_by",
    Metric.SUBSCRIBED: "rep",
    Metric.SIGNED: "rep",
    Metric.RECEIVED: "reservation__rep",
}
LOADED = {
    Metric.FIRST_VISITS: ("customer", "received_by"),
    Metric.REVISITS: ("customer", "received_by"),
    Metric.CALLS: ("customer", "received_by"),
    Metric.SUBSCRIBED: ("unit__building", "customer", "rep"),
    Metric.SIGNED: ("unit__building", "customer", "rep"),
    Metric.RECEIVED: ("reservation__unit__building", "reservation__rep"),
}
AMOUNT = {Metric.SUBSCRIBED: "agreed_price", Metric.SIGNED: "agreed_price", Metric.RECEIVED: "amount"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedRow:
    day: str
    what: str
    who: str
    amount: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What stands behind one number. `more` says how many rows are beyond those shown."""

    label: str
    span: str
    count: int
    total: str
    rows: list[CountedRow]
    more: int


def rows_of(project: Project, metric: Metric, first: date, last: date, rep: int | None = None) -> Counted:
    """The rows of a metric between two days, both included, newest first; of one rep when given."""
    found = counted(project, metric, first, last)
    if rep is not None:
        found = found.filter(**{REP[metric]: rep})
    count = found.count()
    shown = found.select_related(*LOADED[metric]).order_by("-pk")[:CAP]
    return Counted(
        label=metric.label,
        span=f"{first} 至 {last}",
        count=count,
        total=_total(found, metric),
        rows=[LINES[metric](row) for row in shown],
        more=max(count - CAP, 0),
    )


def _total(found: QuerySet[Any], metric: Metric) -> str:
    if metric not in AMOUNT:
        return ""
    return formats.money(found.aggregate(total=Sum(AMOUNT[metric]))["total"] or Decimal(0))


def _slip(row: Any) -> CountedRow:
    name = row.customer.name if row.customer else row.get_outcome_display()
    kind = row._meta.model_name
    return CountedRow(
        day=formats.cn_date(row.happened_at),
        what=name,
        who=row.received_by.name,
        amount=row.get_source_display(),
        url=reverse(f"customers:{kind}_detail", args=[row.pk]),
    )


def _claim(field: str) -> Callable[[Any], CountedRow]:
    def line(row: Any) -> CountedRow:
        return CountedRow(
            day=formats.cn_date(getattr(row, field)),
            what=f"{row.unit.label} {row.customer.name if row.customer else ''}",
            who=row.rep.name if row.rep else "",
            amount=formats.money(row.agreed_price),
            url=reverse("inventory:reservation_detail", args=[row.pk]),
        )

    return line


def _receipt(row: Any) -> CountedRow:
    claim = row.reservation
    return CountedRow(
        day=formats.cn_date(row.confirmed_at),
        what=f"{claim.unit.label if claim else '暂收款'} {row.get_kind_display()}",
        who=claim.rep.name if claim and claim.rep else "",
        amount=formats.money(row.amount),
        url=reverse("inventory:reservation_detail", args=[claim.pk])
        if claim
        else reverse("contracts:collections"),
    )


LINES: dict[Metric, Callable[[Any], CountedRow]] = {
    Metric.FIRST_VISITS: _slip,
    Metric.REVISITS: _slip,
    Metric.CALLS: _slip,
    Metric.SUBSCRIBED: _claim("subscribed_at"),
    Metric.SIGNED: _claim("signed_at"),
    Metric.RECEIVED: _receipt,
}


def url_of(metric: Metric, first: date, last: date, rep: int | None = None) -> str:
    """Address of the rows behind a number."""
    address = f"{reverse('performance:rows')}?metric={metric.value}&first={first}&last={last}"
    return f"{address}&rep={rep}" if rep is not None else address
