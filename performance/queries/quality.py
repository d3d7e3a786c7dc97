"""The five quality targets of the regulation (第二部分 二), each with both parts of its ratio."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Count, Exists, OuterRef, Q

from contracts.models import Review
from contracts.rules import ReviewStage
from customers.queries.feedback_figures import timeliness
from customers.queries.survey_figures import survey_figures
from inventory.models import Reservation
from performance.queries.figures import Sums
from performance.queries.targets import target_of
from performance.rules import (
    Metric,
    QualityTerms,
    Ratio,
    Standing,
    TargetMetric,
    ratio,
    standing,
    without_fault,
)
from regulations.queries import terms_for
from salesdept import clock, formats
from salesdept.models import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One quality target on screen: value, standing, both parts, its clause and where its rows are."""

    label: str
    value: str
    standing: Standing
    meta: str
    clause: str
    url: str
    numerator: str
    denominator: str


def tiles(project: Project, first: date, last: date, sums: Sums, urls: dict[str, str]) -> list[Tile]:
    """The five tiles of a period; the receipts tile measures against the month's plan."""
    terms = terms_for(QualityTerms, on=last, project=project)
    span = (clock.at(first), clock.end_of(last))
    plan = target_of(project, last.replace(day=1), TargetMetric.RECEIVED) or Decimal(0)
    received = sums.amount(Metric.RECEIVED)
    faulty, reviewed = _contracts(project, *span)
    wrong, rooms = _rooms(project, *span)
    said, heard = timeliness(project, first, last), survey_figures(project, first, last)
    plan_words = formats.money(plan) if plan else "未设"
    measured = [
        ("月度回款计划", ratio(received, plan), terms.receipts, "S71", urls["receipts"],
         f"确认回款 {formats.money(received)}，计划 {plan_words}"),
        ("合同签定无误", without_fault(faulty, reviewed), terms.contracts, "S61", urls["contracts"],
         f"{reviewed} 份中 {faulty} 份有误"),
        ("服务质量满意", ratio(heard.satisfied, heard.valid), terms.satisfaction, "S142", urls["surveys"],
         f"n = {heard.valid}，满意 {heard.satisfied}，回收率 {formats.share(heard.returned, heard.sent)}"),
        ("销售房源无误", without_fault(wrong, rooms), terms.units, "S56", urls["units"],
         f"{rooms} 套成交，一房多卖 {wrong} 套"),
        ("意见反馈及时", ratio(said["timely"], said["due"]), terms.feedback, "S141", urls["feedback"],
         f"{said['due']} 件到期，及时 {said['timely']} 件"),
    ]  # fmt: skip
    return [_tile(terms.near, *one) for one in measured]


def _tile(
    near: Decimal, label: str, value: Ratio, target: Decimal, clause: str, url: str, words: str
) -> Tile:
    return Tile(
        label=label,
        value="—" if value.percent is None else f"{value.percent.normalize():f}",
        standing=standing(value, target, near),
        meta=f"目标 ≥ {target.normalize():f}% · {words}",
        clause=clause,
        url=url,
        numerator=f"{value.numerator:f}",
        denominator=f"{value.denominator:f}",
    )


def _contracts(project: Project, since: datetime, until: datetime) -> tuple[int, int]:
    """Contracts with an error found at or after the manager's review, and contracts he reviewed."""
    reviews = Review.objects.filter(
        contract__project=project,
        stage=ReviewStage.SECOND,
        decided_at__gte=since,
        decided_at__lt=until,
    )
    found = reviews.aggregate(
        reviewed=Count("contract", distinct=True),
        faulty=Count("contract", distinct=True, filter=Q(errors__isnull=False)),
    )
    return found["faulty"], found["reviewed"]


def _rooms(project: Project, since: datetime, until: datetime) -> tuple[int, int]:
    """Rooms sold twice at once (recounted from the claims), and rooms that changed hands in the period."""
    earlier = Reservation.objects.filter(
        Q(ended_at__isnull=True) | Q(ended_at__gt=OuterRef("subscribed_at")),
        unit=OuterRef("unit"),
        subscribed_at__lt=OuterRef("subscribed_at"),
    )
    found = (
        Reservation.objects.filter(project=project, subscribed_at__gte=since, subscribed_at__lt=until)
        .annotate(again=Exists(earlier))
        .aggregate(
            rooms=Count("unit", distinct=True), twice=Count("unit", distinct=True, filter=Q(again=True))
        )
    )
    return found["twice"], found["rooms"]
