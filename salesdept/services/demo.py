"""Planting the demo office, whole or not at all."""

import random
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from salesdept import clock
from salesdept.errors import RuleError
from salesdept.models import Notice, Project
from salesdept.seeds import Office, found_office
from salesdept.slots import SEEDERS

STORY_DAYS = 92


@transaction.atomic
def plant(*, scale: str, customers: int, visits: int, seed: int, now: datetime) -> Office:
    """Fill an empty database; deterministic for a seed and a day. Refused when there is a project already."""
    if Project.objects.exists():
        raise RuleError("not_empty", "数据库里已有项目，演示数据只装入空库")
    start = clock.business_date(now) - timedelta(days=STORY_DAYS)
    project, people = found_office(name="鹭鸣北湖名邸", code="LMBH", start=start, now=clock.at(start, 8))
    office = Office(
        scale=scale,
        customers=customers,
        visits=visits,
        rng=random.Random(seed),  # noqa: S311 - a story, not a secret
        now=now,
        start=start,
        project=project,
        people=people,
    )
    for seeder in sorted(SEEDERS, key=lambda s: s.order):
        seeder.run(office)
    _read_old_notices(office)
    return office


def _read_old_notices(office: Office) -> None:
    """Nobody starts with a backlog: what is older than two days has been read."""
    old = Notice.objects.filter(user__in=office.people.values(), read_at__isnull=True)
    old.filter(at__lt=office.now - timedelta(days=2)).update(read_at=F("at"))
