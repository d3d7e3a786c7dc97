"""拜访计划 (S33): days of a view, and what counts as done. Pure."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.db.models import TextChoices

from regulations.rules import Unit, term, topic
from salesdept.errors import RuleError


@topic("customers.plans", "拜访计划", "customers")
class PlanTerms:
    grace: int = term(1, label="计划日后几天内联系到仍算完成", clause="S33", unit=Unit.DAYS, low=0, high=7)
    ahead: int = term(62, label="最多提前几天排计划", clause="S33", unit=Unit.DAYS, low=7, high=365)


class PlanKind(TextChoices):
    """What is planned with a customer."""

    VISIT = "visit", "拜访"
    CALL = "call", "电话"
    INVITE = "invite", "约来访"


class PlanView(TextChoices):
    """How much of the plan one looks at."""

    DAY = "day", "日"
    WEEK = "week", "周"
    MONTH = "month", "月"


def span_of(view: str, on: date) -> tuple[date, date]:
    """The first and the last day of a view, both included; a week begins on Monday."""
    if view == PlanView.DAY:
        return on, on
    if view == PlanView.WEEK:
        first = on - timedelta(days=on.weekday())
        return first, first + timedelta(days=6)
    first = on.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def check_day(on: date, today: date, terms: PlanTerms) -> None:
    """Refuse a day that is over or too far off."""
    if on < today:
        raise RuleError("plan_in_past", "不能排到过去的日子", "S33", "选今天或以后")
    if (on - today).days > terms.ahead:
        raise RuleError("plan_too_far", f"最多提前 {terms.ahead} 天排计划", "S33", "选近一些的日子")


def is_done(on: date, contacts: Iterable[date], terms: PlanTerms) -> bool:
    """Whether the customer was spoken to on the planned day, or within the days of grace after it."""
    return any(on <= day <= on + timedelta(days=terms.grace) for day in contacts)
