"""进门与来客 on screen: groups that wait and how long, tables with their estimated finish, other visitors."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Prefetch

from customers import access
from customers.models import Arrival, Aside, Reception, Visitor
from customers.rules import RECEIVES, Contact, QueueTerms
from customers.rules.greeting import VisitorAnswer
from regulations.queries import terms_for
from salesdept import clock
from salesdept.formats import span
from salesdept.models import Project, User

VISITORS = 30


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(clock.SHANGHAI):%H:%M}"


def hall_page(user: User, project: Project, now: datetime) -> dict[str, Any]:
    """Today at the door and at the tables. No customer is named here."""
    since = clock.at(clock.business_date(now))
    terms = terms_for(QueueTerms, on=clock.business_date(now), project=project)
    today = list(
        Arrival.objects.filter(project=project, arrived_at__gte=since)
        .select_related("reception")
        .order_by("arrived_at", "pk")
    )
    waiting = [group for group in today if group.reception_id is None and group.left_at is None]
    tables = _tables(user, project, since, terms, now)
    people = list(User.objects.filter(projects=project, is_active=True).order_by("name", "pk"))
    return {
        "waiting": [_group(n, group, terms, now) for n, group in enumerate(waiting, 1)],
        "tables": tables,
        "soonest": min((table["finish"] for table in tables if table["finish"]), default=""),
        "figures": _figures(today, terms),
        "visitors": _visitors(user, project, since, now),
        "answers": [(a.value, a.label) for a in VisitorAnswer if a != VisitorAnswer.ASKED],
        "may_register": access.may_register(user),
        "may_run": access.may_run_queue(user, project, now),
        "may_log": access.may_log_visitor(user),
        "people": people,
        "reps": [person for person in people if person.role in RECEIVES],
        "aside_minutes": str(terms.aside_minutes),
        "finishes": ("5", "10", "20", "30"),
    }


def _group(number: int, group: Arrival, terms: QueueTerms, now: datetime) -> dict[str, Any]:
    waited = now - group.arrived_at
    return {
        "no": str(number),
        "pk": str(group.pk),
        "since": _time(group.arrived_at),
        "for": span(waited),
        "late": waited.total_seconds() > terms.greet_seconds,
        "people": str(group.people),
        "mark": group.mark,
    }


def _tables(
    user: User, project: Project, since: datetime, terms: QueueTerms, now: datetime
) -> list[dict[str, Any]]:
    away = Prefetch(
        "asides",
        Aside.objects.filter(back_at__isnull=True).select_related("helper"),
        to_attr="away",
    )
    rows = (
        Reception.objects.filter(
            project=project, ended_at__isnull=True, started_at__gte=since, kind=Contact.VISIT
        )
        .select_related("rep", "arrival")
        .prefetch_related(away)
        .order_by("started_at")
    )
    return [_table(user, row, terms, now) for row in rows]


def _table(user: User, row: Any, terms: QueueTerms, now: datetime) -> dict[str, Any]:
    aside: Aside | None = row.away[0] if row.away else None
    arrival = getattr(row, "arrival", None)
    seconds = int((row.started_at - arrival.arrived_at).total_seconds()) if arrival else None
    gone = now - aside.left_at if aside else None
    return {
        "pk": str(row.pk),
        "rep": row.rep.name,
        "rep_pk": row.rep_id,
        "for": span(now - row.started_at),
        "greeted": "" if seconds is None else str(seconds),
        "slow": seconds is not None and seconds > terms.greet_seconds,
        "finish": _time(row.finish_at) if row.finish_at else "",
        "over": row.finish_at is not None and row.finish_at < now,
        "away": span(gone) if gone is not None else "",
        "away_long": bool(aside and gone and gone.total_seconds() > aside.minutes * 60),
        "helper": aside.helper.name if aside and aside.helper else "",
        "need": aside.need if aside else "",
        "may": access.may_use_reception(user, row),
    }


def _figures(today: Sequence[Arrival], terms: QueueTerms) -> dict[str, str]:
    """From the door to the table today: groups, the average of seconds, and how many took too long."""
    took = [
        (group.reception.started_at - group.arrived_at).total_seconds() for group in today if group.reception
    ]
    return {
        "groups": str(len(today)),
        "received": str(len(took)),
        "mean": str(round(sum(took) / len(took))) if took else "",
        "slow": str(sum(1 for seconds in took if seconds > terms.greet_seconds)),
        "limit": str(terms.greet_seconds),
    }


def _visitors(user: User, project: Project, since: datetime, now: datetime) -> list[dict[str, Any]]:
    rows = Visitor.objects.filter(project=project, arrived_at__gte=since).select_related("host")
    may = bool(access.may_log_visitor(user))
    if not may:
        rows = rows.filter(host=user)
    return [
        {
            "pk": str(row.pk),
            "name": row.name,
            "firm": row.firm,
            "purpose": row.purpose,
            "host": row.host.name,
            "answer": row.get_answer_display(),
            "asked": row.answer == VisitorAnswer.ASKED,
            "since": _time(row.arrived_at),
            "until": _time(row.gone_at) if row.gone_at else "",
            "for": span((row.gone_at or now) - row.arrived_at),
            "open": row.gone_at is None,
            "may": row.gone_at is None and (may or row.host_id == user.pk),
        }
        for row in rows[:VISITORS]
    ]
