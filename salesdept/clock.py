"""The edge's clock. Only views, tasks and commands ask it; rules and services take `now` and `today`."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.utils import timezone

SHANGHAI = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    return timezone.now()


def business_date(moment: datetime) -> date:
    """The calendar day in Shanghai on which `moment` falls."""
    return moment.astimezone(SHANGHAI).date()


def at(day: date, hour: int = 0, minute: int = 0) -> datetime:
    """A moment of a Shanghai day."""
    return datetime.combine(day, time(hour, minute), SHANGHAI)


def end_of(day: date) -> datetime:
    """Midnight that ends the day: day counts include their last day, until 24:00."""
    return datetime.combine(date.fromordinal(day.toordinal() + 1), time(), SHANGHAI)
