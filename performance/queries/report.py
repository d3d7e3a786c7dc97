"""The month's KPI report and the day's 日报."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Count

from customers.models import Visit
from customers.rules import HONORIFICS, Outcome, Source
from inventory.models import Reservation, Unit
from performance.queries.board import tile_urls
from performance.queries.figures import Sums, sums
from performance.queries.quality import Tile, tiles
from performance.queries.rows import url_of
from performance.queries.targets import target_of
from performance.rules import DayReport, Metric, TargetMetric, ratio
from salesdept import clock, formats
from salesdept.models import Project, User


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiRow:
    """One line of the report: name, value, both parts in words."""

    name: str
    value: str
    parts: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiReport:
    month: str
    previous: str
    following: str
    tiles: list[Tile]
    rows: list[KpiRow]


def month_end(month: date) -> date:
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def kpi_report(actor: User, project: Project, month: date, now: datetime) -> KpiReport:
    """One month's indicators, each with numerator and denominator."""
    today = clock.business_date(now)
    last = min(month_end(month), today)
    found = sums(project, month, last, today)
    following = month_end(month) + timedelta(days=1)
    return KpiReport(
        month=f"{month:%Y-%m}",
        previous=f"{month - timedelta(days=1):%Y-%m-01}",
        following=f"{following}" if following <= today else "",
        tiles=tiles(project, month, last, found, tile_urls(month, last)),
        rows=_rows(project, month, last, found),
    )


def _rows(project: Project, month: date, last: date, found: Sums) -> list[KpiRow]:
    first, again = found.count(Metric.FIRST_VISITS), found.count(Metric.REVISITS)
    subscribed, signed = found.count(Metric.SUBSCRIBED), found.count(Metric.SIGNED)
    customers = url_of(Metric.FIRST_VISITS, month, last)
    claims, contracts = url_of(Metric.SUBSCRIBED, month, last), url_of(Metric.SIGNED, month, last)
    money = url_of(Metric.RECEIVED, month, last)
    with_phone = Visit.objects.filter(
        project=project, is_first=True, outcome=Outcome.REGISTERED,
        happened_at__gte=clock.at(month), happened_at__lt=clock.end_of(last),
    ).count()  # fmt: skip
    plan = target_of(project, month, TargetMetric.SIGNED_AMOUNT) or Decimal(0)
    signed_amount = found.amount(Metric.SIGNED)
    return [
        KpiRow(
            name="来电量",
            value=str(found.count(Metric.CALLS)),
            parts="有效来电",
            url=url_of(Metric.CALLS, month, last),
        ),
        KpiRow(name="来访量", value=str(first + again), parts=f"首访 {first} + 复访 {again}", url=customers),
        _ratio("留电率", with_phone, first, "首访留电 ÷ 首访", customers),
        _ratio("复访占比", again, first + again, "复访 ÷ 来访（期间口径）", customers),
        KpiRow(name="认购套数", value=str(subscribed), parts="定金确认日口径", url=claims),
        KpiRow(
            name="认购额", value=formats.money(found.amount(Metric.SUBSCRIBED)), parts="Σ 成交价", url=claims
        ),
        _ratio("来访认购比", subscribed, first, "认购套数 ÷ 首访（期间口径）", claims),
        KpiRow(name="签约套数", value=str(signed), parts="签约日口径", url=contracts),
        KpiRow(name="签约额", value=formats.money(signed_amount), parts="Σ 合同总价", url=contracts),
        _ratio("签约额完成率", signed_amount, plan, "签约额 ÷ 目标", contracts),
        KpiRow(
            name="回款额",
            value=formats.money(found.amount(Metric.RECEIVED)),
            parts="财务确认日口径，已减冲销",
            url=money,
        ),
    ]


def _ratio(name: str, part: int | Decimal, whole: int | Decimal, words: str, url: str) -> KpiRow:
    value = ratio(part, whole)
    shown = "—" if value.percent is None else f"{value.percent}%"
    return KpiRow(
        name=name, value=shown, parts=f"{words}：{value.numerator:f} ÷ {value.denominator:f}", url=url
    )


def day_report(project: Project, day: date) -> DayReport:
    """The numbers of one day, counted from the registers themselves."""
    found = sums(project, day, day, day)
    span = {"happened_at__gte": clock.at(day), "happened_at__lt": clock.end_of(day)}
    visits = Visit.objects.filter(project=project, is_first=True, **span)
    sources = (
        visits.exclude(source="").order_by().values("source").annotate(n=Count("pk")).order_by("-n", "source")
    )
    claims = Reservation.objects.filter(project=project).select_related("unit")
    sold = claims.filter(subscribed_at__gte=clock.at(day), subscribed_at__lt=clock.end_of(day)).order_by("pk")
    ended = claims.filter(ended_at__gte=clock.at(day), ended_at__lt=clock.end_of(day)).count()
    stock = (
        Unit.objects.filter(building__project=project, released_at__isnull=False)
        .exclude(pk__in=claims.filter(ended_at__isnull=True).values("unit"))
        .count()
    )
    return DayReport(
        project=project.name,
        day=day,
        calls=found.count(Metric.CALLS),
        first_visits=found.count(Metric.FIRST_VISITS),
        revisits=found.count(Metric.REVISITS),
        sources=[(Source(row["source"]).label, row["n"]) for row in sources],
        subscribed=(found.count(Metric.SUBSCRIBED), found.amount(Metric.SUBSCRIBED)),
        signed=(found.count(Metric.SIGNED), found.amount(Metric.SIGNED)),
        received=found.amount(Metric.RECEIVED),
        ended=ended,
        stock=stock,
        rooms=[claim.unit.code for claim in sold[:8]],
        key_customers=_key_customers(project, day),
    )


def _key_customers(project: Project, day: date) -> Sequence[str]:
    """A-grade guests of the day as 姓 + 称谓: never a full name, never a number."""
    names = Visit.objects.filter(
        project=project,
        customer__grade="A",
        happened_at__gte=clock.at(day),
        happened_at__lt=clock.end_of(day),
    ).values_list("customer__name", "customer__gender")[:6]
    return [surname_only(name, gender) for name, gender in names]


def surname_only(name: str, gender: str) -> str:
    """王丽华 → 王女士; what is already 王先生 stays; foreign names become their first letter."""
    for word in HONORIFICS:
        if name.endswith(word) and len(name) > len(word):
            return name[0] + word
    return name[:1] + {"m": "先生", "f": "女士"}.get(gender, "客户")
