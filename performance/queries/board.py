"""The manager's dashboard: quality targets, funnel, trend, sales by building, receipts, ranking."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, Value
from django.urls import reverse
from django.utils.safestring import SafeString

from customers.models import Customer, Loss
from customers.rules.losses import LossReason
from inventory.models import Building, Reservation
from inventory.rules import SIGNS, SOLD
from performance import charts
from performance.queries.figures import Sums, sums
from performance.queries.quality import Tile, tiles
from performance.queries.rows import url_of
from performance.rules import Metric, Period, period_start
from salesdept import clock, formats
from salesdept.models import Project, User

ORDER = ("sold", "sign", "resv", "hold", "open", "lock")
FUNNEL_GRADES = ("A", "B")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rank:
    place: int
    name: str
    amount: str
    value: float
    share: float
    url: str


type Counted = Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    period_label: str
    until: str
    tiles: list[Tile]
    funnel: SafeString
    funnel_rows: list[tuple[str, int, str]]
    lost: list[tuple[str, int, str]]
    trend: SafeString
    trend_rows: list[tuple[str, int, int]]
    buildings: SafeString
    building_rows: list[dict[str, Any]]
    received: str
    numbers: list[tuple[str, str, str]]
    ranking: list[Rank]


def dashboard(actor: User, project: Project, period: Period, now: datetime) -> Board:
    """All figures of a period up to now. Past days come from roll-up rows, today from the registers."""
    today = clock.business_date(now)
    first = period_start(period, today)
    found = sums(project, first, today, today)
    counted = _counted(project, first, now)
    funnel = _funnel(counted)
    trend = _trend(found, max(first, today - timedelta(days=30)), today)
    buildings = _buildings(project)
    return Board(
        period_label=period.label,
        until=formats.cn_time(now, now),
        tiles=tiles(project, first, today, found, tile_urls(first, today)),
        funnel=charts.funnel([charts.FunnelStep(label, count) for label, count, _ in funnel]),
        funnel_rows=funnel,
        lost=_lost(counted),
        trend=charts.trend(
            [d for d, _, _ in trend], [v for _, v, _ in trend], [r for _, _, r in trend], "每日来访与认购"
        ),
        trend_rows=trend,
        buildings=charts.stacked([(b["name"], b["cells"], b["sold"]) for b in buildings], "各楼栋去化率"),
        building_rows=buildings,
        received=formats.money(found.amount(Metric.RECEIVED)),
        numbers=_numbers(found, first, today),
        ranking=_ranking(found, first, today),
    )


def tile_urls(first: date, last: date) -> dict[str, str]:
    """Where the rows of each quality target are."""
    return {
        "receipts": url_of(Metric.RECEIVED, first, last),
        "contracts": reverse("contracts:contract_list"),
        "feedback": reverse("customers:feedback_list"),
        "surveys": reverse("customers:survey_list"),
        "units": url_of(Metric.SUBSCRIBED, first, last),
    }


def _numbers(found: Sums, first: date, last: date) -> list[tuple[str, str, str]]:
    """Label, value and the page of the very rows it counts."""

    def rooms(metric: Metric) -> str:
        return f"{found.count(metric)} 套 · {formats.wan(found.amount(metric))}"

    values = {
        Metric.CALLS: str(found.count(Metric.CALLS)),
        Metric.FIRST_VISITS: str(found.count(Metric.FIRST_VISITS)),
        Metric.REVISITS: str(found.count(Metric.REVISITS)),
        Metric.SUBSCRIBED: rooms(Metric.SUBSCRIBED),
        Metric.SIGNED: rooms(Metric.SIGNED),
        Metric.RECEIVED: formats.money(found.amount(Metric.RECEIVED)),
    }
    return [(metric.label, value, url_of(metric, first, last)) for metric, value in values.items()]


def _lost(counted: Counted) -> list[tuple[str, int, str]]:
    """Why customers were lost in the period, most first (S39), with the page of those who still are."""
    page = reverse("customers:lost_list")
    rows = [
        (reason.label, counted[reason][0], f"{page}?reason={reason}")
        for reason in LossReason
        if reason in counted
    ]
    return sorted(rows, key=lambda row: -row[1])


def _counted(project: Project, first: date, now: datetime) -> Counted:
    """Of the people first met in the period: all and the keen, who subscribed, signed or was lost.

    One question to the database: "met", "bought" and every reason of a loss in the period.
    """
    span = (clock.at(first), now)
    met = Customer.objects.filter(project=project, first_contact_at__range=span).order_by()
    met = met.values("project_id").annotate(
        whole=Count("grade"), part=Count("grade", filter=Q(grade__in=FUNNEL_GRADES)), of=Value("met")
    )
    # From the few claims to their customers: a join of the whole cohort would sort it.
    claims = Reservation.objects.filter(project=project, customer__first_contact_at__range=span).order_by()
    bought = claims.values("project_id").annotate(
        whole=Count("customer", distinct=True, filter=Q(subscribed_at__isnull=False)),
        part=Count("customer", distinct=True, filter=Q(signed_at__isnull=False)),
        of=Value("bought"),
    )
    losses = Loss.objects.filter(project=project, lost_at__range=span).order_by()
    lost = losses.values("project_id").annotate(whole=Count("pk"), part=Count("rival"), of=F("reason"))
    rows: list[dict[str, Any]] = [*met.union(bought, lost, all=True).order_by()]
    return {row["of"]: (row["whole"], row["part"]) for row in rows}


def _funnel(counted: Counted) -> list[tuple[str, int, str]]:
    """How far the people first met in the period came (a cohort, not period ÷ period)."""
    (new, keen), (subscribed, signed) = (counted.get(of, (0, 0)) for of in ("met", "bought"))
    customers, reservations = reverse("customers:customer_list"), reverse("inventory:reservation_list")
    return [
        ("新客户", new, customers),
        ("A / B 类", keen, f"{customers}?grade=A"),
        ("认购", subscribed, reservations),
        ("签约", signed, reservations),
    ]


def _trend(found: Sums, first: date, last: date) -> list[tuple[str, int, int]]:
    days = [first + timedelta(days=i) for i in range((last - first).days + 1)]
    return [
        (
            str(day.day),
            found.by_day.get((Metric.FIRST_VISITS, day), 0) + found.by_day.get((Metric.REVISITS, day), 0),
            found.by_day.get((Metric.SUBSCRIBED, day), 0),
        )
        for day in days
    ]


def _buildings(project: Project) -> list[dict[str, Any]]:
    """Released rooms of each building by colour key, and the share that is sold."""
    released = Count("units", filter=Q(units__released_at__isnull=False))
    buildings = (
        Building.objects.filter(project=project)
        .annotate(stock=released)
        .filter(stock__gt=0)
        .order_by("order", "pk")
        .values_list("pk", "name", "stock")
    )
    claimed: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    sold: dict[int, int] = defaultdict(int)
    live = Reservation.objects.filter(project=project, ended_at__isnull=True, unit__released_at__isnull=False)
    for row in live.order_by().values("unit__building_id", "stage").annotate(n=Count("pk")):
        claimed[row["unit__building_id"]][SIGNS[row["stage"]].colour] += row["n"]
        sold[row["unit__building_id"]] += row["n"] if row["stage"] in SOLD else 0
    rows = []
    for pk, name, stock in buildings:
        cells = dict(claimed[pk])
        cells["open"] = stock - sum(cells.values())
        rows.append(
            {
                "name": f"{name}#",
                "cells": [(f"u-{key}", cells[key]) for key in ORDER if cells.get(key)],
                "sold": charts.share_words(sold[pk], stock),
                "count": stock,
                "sold_count": sold[pk],
                "url": f"{reverse('inventory:board')}?b={pk}",
            }
        )
    return rows


def _ranking(found: Sums, first: date, last: date) -> list[Rank]:
    """Reps by confirmed receipts of the period, ties by signed amount."""
    reps = {ref for _, ref in found.by_rep if ref}
    names = dict(User.objects.filter(pk__in=reps).values_list("pk", "name"))

    def money(metric: Metric, ref: int) -> Decimal:
        return found.by_rep.get((metric, ref), (0, Decimal(0)))[1]

    order = sorted(reps, key=lambda ref: (-money(Metric.RECEIVED, ref), -money(Metric.SIGNED, ref), ref))
    top = max((money(Metric.RECEIVED, ref) for ref in reps), default=Decimal(0)) or Decimal(1)
    return [
        Rank(
            place=place,
            name=names.get(ref, "—"),
            amount=formats.wan(money(Metric.RECEIVED, ref)),
            value=float(money(Metric.RECEIVED, ref)),
            share=float(max(money(Metric.RECEIVED, ref), Decimal(0)) / top),
            url=url_of(Metric.RECEIVED, first, last, ref),
        )
        for place, ref in enumerate(order[:10], 1)
    ]
