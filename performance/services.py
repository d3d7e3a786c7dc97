"""Targets and the daily roll-up: the only writer of their tables."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction

from performance import access, queries, rules
from performance.models import DayFigure, Target
from salesdept import journal
from salesdept.models import Project, User
from salesdept.verbs import service


@service
def set_targets(
    *,
    actor: User,
    project: Project,
    month: date,
    values: Mapping[str, Decimal],
    now: datetime,
    idempotency_key: str | None = None,
) -> list[Target]:
    """Set a month's targets (clauses S01, S05); each change keeps its old value in the journal."""
    access.may_set_target(actor).or_raise()
    first = month.replace(day=1)
    return [_set(actor, project, first, metric, value, now) for metric, value in sorted(values.items())]


def _set(actor: User, project: Project, month: date, metric: str, value: Decimal, now: datetime) -> Target:
    rules.check_target(value)
    target, fresh = Target.objects.select_for_update(of=("self",), no_key=True).get_or_create(
        project=project, month=month, metric=metric, defaults={"value": value, "set_by": actor, "set_at": now}
    )
    old = None if fresh else target.value
    if not fresh and old != value:
        target.value, target.set_by, target.set_at = value, actor, now
        target.version += 1
        target.save(update_fields=["value", "set_by", "set_at", "version"])
    if old != value:
        journal.record(
            actor, "performance.target.set", target, happened_at=now, old=old, new=value, month=month
        )
    return target


@transaction.atomic
def rebuild_day(project: Project, day: date) -> int:
    """Recount one day's figures from the registers; returns the number of rows. Safe to repeat."""
    DayFigure.objects.filter(project=project, day=day).delete()
    rows = [DayFigure(project=project, day=day, **row) for row in queries.count_day(project, day)]
    DayFigure.objects.bulk_create(rows, batch_size=500)
    return len(rows)


def rebuild(project: Project, first: date, last: date) -> int:
    """Recount every day from `first` to `last`, both included, each in its own transaction."""
    days = (last - first).days + 1
    return sum(rebuild_day(project, first + timedelta(days=i)) for i in range(days))
