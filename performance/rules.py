"""Targets, indicators and the daily report as pure values (regulation 第二部分 二; rules.md §12)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import TextChoices

from regulations.rules import Unit, term, topic
from salesdept.errors import RuleError


class Metric(TextChoices):
    """What a daily figure counts. Money metrics also carry an amount."""

    CALLS = "calls", "来电"
    FIRST_VISITS = "first_visits", "首访"
    REVISITS = "revisits", "复访"
    SUBSCRIBED = "subscribed", "认购"
    SIGNED = "signed", "签约"
    RECEIVED = "received", "回款"


class TargetMetric(TextChoices):
    """What a month's target is set for."""

    RECEIVED = "received", "回款计划（元）"
    SIGNED_AMOUNT = "signed_amount", "签约额（元）"
    SIGNED_UNITS = "signed_units", "签约套数"
    FIRST_VISITS = "first_visits", "首访组数"


MONEY_TARGETS = (TargetMetric.RECEIVED, TargetMetric.SIGNED_AMOUNT)


@topic("performance.quality", "销售组质量目标", "performance")
class QualityTerms:
    """The five quality targets of the regulation, in percent."""

    receipts: Decimal = term(
        Decimal("98"),
        label="月度回款计划完成率",
        clause="S71",
        unit=Unit.PERCENT,
        low=Decimal(0),
        high=Decimal(100),
    )
    contracts: Decimal = term(
        Decimal("100"),
        label="合同签定无误率",
        clause="S61",
        unit=Unit.PERCENT,
        low=Decimal(0),
        high=Decimal(100),
    )
    satisfaction: Decimal = term(
        Decimal("98"),
        label="销售服务质量满意率",
        clause="S142",
        unit=Unit.PERCENT,
        low=Decimal(0),
        high=Decimal(100),
    )
    units: Decimal = term(
        Decimal("100"),
        label="销售房源无误率",
        clause="S56",
        unit=Unit.PERCENT,
        low=Decimal(0),
        high=Decimal(100),
    )
    feedback: Decimal = term(
        Decimal("100"),
        label="客户意见反馈及时率",
        clause="S141",
        unit=Unit.PERCENT,
        low=Decimal(0),
        high=Decimal(100),
    )
    near: Decimal = term(
        Decimal("3"),
        label="离目标多近算临近",
        clause="拟:kpi.near",
        unit=Unit.PERCENT,
        low=Decimal(0),
        high=Decimal(50),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """A ratio that shows both its parts; `percent` is None for an empty denominator and reads “—”."""

    numerator: Decimal
    denominator: Decimal

    @property
    def percent(self) -> Decimal | None:
        if not self.denominator:
            return None
        return (self.numerator * 100 / self.denominator).quantize(Decimal("0.1"), ROUND_HALF_UP)


def ratio(numerator: int | Decimal, denominator: int | Decimal) -> Ratio:
    return Ratio(numerator=Decimal(numerator), denominator=Decimal(denominator))


def without_fault(faults: int, total: int) -> Ratio:
    """无误率: the share of `total` without a fault."""
    return ratio(total - faults, total)


class Standing(TextChoices):
    REACHED = "ok", "达标"
    NEAR = "warn", "临近"
    MISSED = "bad", "未达标"
    EMPTY = "mute", "无数据"


def standing(value: Ratio, target: Decimal, near: Decimal) -> Standing:
    """How a ratio stands against its target, both in percent; without data it is neither good nor bad."""
    if value.percent is None:
        return Standing.EMPTY
    if value.percent >= target:
        return Standing.REACHED
    return Standing.NEAR if value.percent >= target - near else Standing.MISSED


class Period(TextChoices):
    TODAY = "today", "今天"
    WEEK = "week", "本周"
    MONTH = "month", "本月"
    YEAR = "year", "本年"


def period_start(period: Period, today: date) -> date:
    """First day of the period that contains `today`; weeks begin on Monday."""
    if period == Period.TODAY:
        return today
    if period == Period.WEEK:
        return today - timedelta(days=today.weekday())
    if period == Period.MONTH:
        return today.replace(day=1)
    return today.replace(month=1, day=1)


def check_target(value: Decimal) -> None:
    if value < 0:
        raise RuleError("target_negative", "目标不能为负数", "S05", "填零或正数")


@dataclass(frozen=True, slots=True, kw_only=True)
class DayReport:
    """The numbers of a 日报. Money in yuan; people only as counts, key customers as 姓 + 称谓."""

    project: str
    day: date
    calls: int
    first_visits: int
    revisits: int
    sources: Sequence[tuple[str, int]]
    subscribed: tuple[int, Decimal]
    signed: tuple[int, Decimal]
    received: Decimal
    ended: int
    stock: int
    rooms: Sequence[str]
    key_customers: Sequence[str]


def wan(amount: Decimal) -> str:
    """Yuan as 万 with one decimal."""
    return f"{(amount / 10_000).quantize(Decimal('0.1'), ROUND_HALF_UP):,} 万"


WEEKDAYS = "一二三四五六日"


def report_lines(report: DayReport) -> list[str]:
    """The 日报 as lines to paste into a group chat: no phone number, no full name of a customer."""
    sources = "、".join(f"{name} {count}" for name, count in report.sources) or "—"
    subscribed, signed = report.subscribed, report.signed
    visits = report.first_visits + report.revisits
    lines = [
        f"【{report.project}】销售日报",
        f"{report.day:%Y-%m-%d} 周{WEEKDAYS[report.day.weekday()]}",
        f"来电 {report.calls}　来访 {visits}（首访 {report.first_visits}、复访 {report.revisits}）",
        f"认知途径：{sources}",
        f"认购 {subscribed[0]} 套　{wan(subscribed[1])}",
        f"签约 {signed[0]} 套　{wan(signed[1])}",
        f"回款 {wan(report.received)}",
        f"退定 / 释放 {report.ended} 套　可售存量 {report.stock} 套",
    ]
    if report.rooms:
        lines.append("成交房源：" + "、".join(report.rooms))
    if report.key_customers:
        lines.append("重点客户：" + "、".join(report.key_customers))
    return lines
