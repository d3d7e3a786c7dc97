"""Clocks that stop: days that do not count for anybody's lease (拟:own.clock_stops). Pure."""

from collections.abc import Iterable, Set
from datetime import date, timedelta

from django.db.models import TextChoices

from regulations.rules import Unit, term, topic
from salesdept.errors import RuleError

DAY = timedelta(days=1)
MOST_DAYS = 1000  # a lease that would not end within so many days is a mistake of somebody's dates


class StopKind(TextChoices):
    """Why days do not count. The first two stop a whole project, the others one person."""

    FESTIVAL = "festival", "春节放假"
    CLOSED = "closed", "停业"
    LEAVE = "leave", "休假"
    BARRED = "barred", "停接"


WHOLE_PROJECT = (StopKind.FESTIVAL, StopKind.CLOSED)


@topic("customers.clocks", "停计的日子", "customers")
class ClockTerms:
    stop_back_days: int = term(
        7, label="停计最多补登", clause="拟:own.clock_stops", unit=Unit.DAYS, low=0, high=31
    )
    stop_days_max: int = term(
        60, label="一次停计最长", clause="拟:own.clock_stops", unit=Unit.DAYS, low=1, high=180
    )


def last_day(event_day: date, days: int, stopped: Set[date]) -> date:
    """The last day of `days` that count after `event_day`, included until 24:00.

    Stopped days do not count, so a lease never ends on one. Raises ValueError when nothing but stops follows.
    """
    day, left = event_day, days
    for _ in range(MOST_DAYS):
        if left <= 0:
            return day
        day += DAY
        left -= day not in stopped
    raise ValueError(f"{days} days after {event_day} never run out")


def running_days(event_day: date, last: date, stopped: Set[date]) -> int:
    """How many days count from the day after `event_day` to `last`, included; the inverse of `last_day`."""
    span = (event_day + timedelta(days=n) for n in range(1, (last - event_day).days + 1))
    return sum(day not in stopped for day in span)


def stop_days(first: date, last: date, withdrawn_on: date | None) -> frozenset[date]:
    """The days of a stop. Withdrawn, it stops nothing from that day on; days already gone stay stopped."""
    if withdrawn_on is not None:
        last = min(last, withdrawn_on - DAY)
    return frozenset(first + timedelta(days=n) for n in range((last - first).days + 1))


def union(stops: Iterable[frozenset[date]]) -> frozenset[date]:
    return frozenset().union(*stops)


def check_stop(first: date, last: date, today: date, terms: ClockTerms) -> None:
    """Raise RuleError for a stop that is turned round, too long or too far back."""
    if last < first:
        raise RuleError("stop_turned", "最后一天早于第一天", "拟:own.clock_stops", "改成先后的日期")
    if (last - first).days >= terms.stop_days_max:
        raise RuleError(
            "stop_too_long",
            f"一次停计最长 {terms.stop_days_max} 天",
            "拟:own.clock_stops",
            "分段登记，或先改制度参数",
        )
    if (today - first).days > terms.stop_back_days:
        raise RuleError(
            "stop_too_late",
            f"停计最多补登 {terms.stop_back_days} 天",
            "拟:own.clock_stops",
            "从允许的第一天起登记",
        )
