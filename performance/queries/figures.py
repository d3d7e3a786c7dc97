"""Counting the registers: one day's figures, and sums over days."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum, Value

from contracts.models import Receipt
from contracts.rules import ReceiptKind
from customers.models import Call, Visit
from customers.rules import Outcome
from inventory.models import Reservation
from performance.models import DayFigure
from performance.rules import Metric
from salesdept import clock
from salesdept.models import Project
from salesdept.money import ZERO

Row = dict[str, Any]
NOT_GUESTS = (Outcome.NOT_CUSTOMER,)


def _span(field: str, first: date, last: date) -> dict[str, datetime]:
    """Shanghai days, both included, as a range over an indexed time column."""
    return {f"{field}__gte": clock.at(first), f"{field}__lt": clock.end_of(last)}


AGAIN = Q(is_first=False, customer__isnull=False)  # somebody without a number is always new


def _guests(project: Project, first: date, last: date) -> QuerySet[Visit]:
    rows = Visit.objects.filter(project=project, **_span("happened_at", first, last))
    return rows.exclude(outcome__in=NOT_GUESTS)


def _callers(project: Project, first: date, last: date) -> QuerySet[Call]:
    rows = Call.objects.filter(project=project, **_span("happened_at", first, last))
    return rows.exclude(outcome__in=NOT_GUESTS)


def _claims(project: Project, field: str, first: date, last: date) -> QuerySet[Reservation]:
    return Reservation.objects.filter(project=project, **_span(field, first, last))


def _receipts(project: Project, first: date, last: date) -> QuerySet[Receipt]:
    """By the day 财务 confirmed, less 代收费; a reversal counts against its own day."""
    rows = Receipt.objects.filter(project=project, **_span("confirmed_at", first, last))
    return rows.exclude(kind=ReceiptKind.AGENCY)


def counted(project: Project, metric: Metric, first: date, last: date) -> QuerySet[Any]:
    """The very rows a metric counts, for the page behind its number."""
    rows: dict[Metric, QuerySet[Any]] = {
        Metric.FIRST_VISITS: _guests(project, first, last).exclude(AGAIN),
        Metric.REVISITS: _guests(project, first, last).filter(AGAIN),
        Metric.CALLS: _callers(project, first, last),
        Metric.SUBSCRIBED: _claims(project, "subscribed_at", first, last),
        Metric.SIGNED: _claims(project, "signed_at", first, last),
        Metric.RECEIVED: _receipts(project, first, last),
    }
    return rows[metric]


def count_day(project: Project, day: date) -> list[Row]:
    """Rows for `DayFigure` of one day: visits and calls by rep, deals by rep and building, money by rep."""
    return [
        *_visits(_guests(project, day, day)),
        *_calls(_callers(project, day, day)),
        *_deals(_claims(project, "subscribed_at", day, day), _claims(project, "signed_at", day, day)),
        *_money(_receipts(project, day, day)),
    ]


def _visits(visits: QuerySet[Visit]) -> Iterator[Row]:
    """First visits, and visits of people who came before."""
    grouped = visits.order_by().values("received_by").annotate(n=Count("pk"), again=Count("pk", filter=AGAIN))
    for found in grouped:
        for metric, count in (
            (Metric.FIRST_VISITS, found["n"] - found["again"]),
            (Metric.REVISITS, found["again"]),
        ):
            if count:
                yield {"metric": metric, "rep_ref": found["received_by"], "count": count}


def _calls(calls: QuerySet[Call]) -> Iterator[Row]:
    for found in calls.order_by().values("received_by").annotate(n=Count("pk")):
        yield {"metric": Metric.CALLS, "rep_ref": found["received_by"], "count": found["n"]}


def _deals(subscribed: QuerySet[Reservation], signed: QuerySet[Reservation]) -> Iterator[Row]:
    """Both in one statement, each part by its own index."""
    first, then = (
        claims.order_by()
        .values("rep_id", "unit__building_id")
        .annotate(n=Count("pk"), total=Sum("agreed_price"), metric=Value(metric.value))
        for metric, claims in ((Metric.SUBSCRIBED, subscribed), (Metric.SIGNED, signed))
    )
    for found in first.union(then, all=True).order_by():
        yield {
            "metric": Metric(found["metric"]),
            "rep_ref": found["rep_id"] or 0,
            "building_ref": found["unit__building_id"],
            "count": found["n"],
            "amount": found["total"] or ZERO,
        }


def _money(rows: QuerySet[Receipt]) -> Iterator[Row]:
    grouped = rows.order_by().values("reservation__rep_id").annotate(n=Count("pk"), total=Sum("amount"))
    for found in grouped:
        yield {
            "metric": Metric.RECEIVED,
            "rep_ref": found["reservation__rep_id"] or 0,
            "count": found["n"],
            "amount": found["total"] or ZERO,
        }


@dataclass(slots=True)
class Sums:
    """Totals of a span of days: by metric, by rep, by building, by day."""

    total: dict[str, tuple[int, Decimal]]
    by_rep: dict[tuple[str, int], tuple[int, Decimal]]
    by_day: dict[tuple[str, date], int]

    def count(self, metric: Metric) -> int:
        return self.total.get(metric, (0, ZERO))[0]

    def amount(self, metric: Metric) -> Decimal:
        return self.total.get(metric, (0, ZERO))[1]


def sums(project: Project, first: date, last: date, today: date) -> Sums:
    """Figures of a span: roll-up rows for past days, the registers themselves for today."""
    rows: Iterable[Mapping[str, Any]] = DayFigure.objects.filter(
        project=project, day__gte=first, day__lte=min(last, today - timedelta(days=1))
    ).values("metric", "rep_ref", "day", "count", "amount")
    live = [{**row, "day": today} for row in count_day(project, today)] if first <= today <= last else []
    total: dict[str, tuple[int, Decimal]] = defaultdict(lambda: (0, ZERO))
    by_rep: dict[tuple[str, int], tuple[int, Decimal]] = defaultdict(lambda: (0, ZERO))
    by_day: dict[tuple[str, date], int] = defaultdict(int)
    for row in [*rows, *live]:
        count, amount = row["count"], row.get("amount", ZERO)
        for table, key in ((total, row["metric"]), (by_rep, (row["metric"], row["rep_ref"]))):
            had = table[key]  # type: ignore[index]
            table[key] = (had[0] + count, had[1] + amount)  # type: ignore[index]
        by_day[row["metric"], row["day"]] += count
    return Sums(dict(total), dict(by_rep), dict(by_day))
