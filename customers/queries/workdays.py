"""The working calendar: the law's workdays and holidays, less the days on which a project is closed."""

from datetime import date

import chinese_calendar
from django.db.models import F, Q

from customers.models import ClockStop
from customers.rules.clocks import stop_days, union
from customers.rules.feedback import Calendar
from salesdept.models import Project


def is_legal_workday(day: date) -> bool:
    """By the State Council's calendar, moved days included; Monday to Friday in years it does not know."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


def calendar_of(project: Project | int, since: date) -> Calendar:
    """Whether the office of a project works on a day from `since` on. One query."""
    stops = ClockStop.objects.filter(
        Q(withdrawn_on__isnull=True) | Q(withdrawn_on__gt=F("first")),
        project=project,
        rep__isnull=True,
        last__gte=since,
    )
    closed = union(stop_days(stop.first, stop.last, stop.withdrawn_on) for stop in stops)
    return lambda day: is_legal_workday(day) and day not in closed
