"""The night in which every lease ends at once: batches of `lapse_due` until none is due, journal included.

A million leases on PostgreSQL and a hundred thousand on SQLite; the promise is a minute.
"""

import time
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from bench import kit
from bench.kit import Line

SIZES = {"postgresql": 1_000_000, "sqlite": 100_000}
QUICK = {"postgresql": 50_000, "sqlite": 10_000}
REPS, CHUNK, MASK = 100, 20_000, "139****0000"
DAY = date(2026, 11, 23)


def run(quick: bool = False) -> Iterator[Line]:
    size = (QUICK if quick else SIZES)[kit.engine()]
    project = stand(size)
    spent = night(project)
    check(size)
    case = f"{size} leases end"
    yield Line("lapse", case, spent, "s")
    yield Line("lapse", case, size / spent, "leases/s")


def stand(size: int) -> Any:
    """An office whose every customer has a lease that ended yesterday."""
    from django.db import transaction

    from customers.models import Customer, Household, OwnershipLease
    from salesdept import bulk
    from salesdept.models import Project
    from salesdept.rules import Role

    project = Project.objects.create(code="NIGHT", name="夜测")
    reps = _reps(project, Role.REP)
    some = range(1, min(CHUNK, size) + 1)
    with transaction.atomic():
        bulk.load(Household, ("id",), [(key,) for key in some], project_id=project.pk, created_at=_at(0))
        bulk.load(
            Customer,
            ("id", "household_id", "owner_id", "seal_id"),
            [(key, key, reps[key % REPS], f"{key:032x}") for key in some],
            project_id=project.pk,
            name="测先生",
            phone_masked=MASK,
            first_contact_at=_at(16),
            last_contact_at=_at(16),
            next_follow_on=DAY,
        )
        bulk.load(
            OwnershipLease,
            ("id", "customer_id", "rep_id"),
            [(key, key, reps[key % REPS]) for key in some],
            project_id=project.pk,
            basis="visit",
            started_at=_at(16),
            last_effective_at=_at(16),
            expires_on=DAY - timedelta(days=1),
        )
    _repeat(Household, size, "id")
    _repeat(Customer, size, "id", "household_id")
    _repeat(OwnershipLease, size, "id", "customer_id")
    bulk.settle(Household, Customer, OwnershipLease)
    _analyse()
    return project


def _repeat(model: Any, size: int, *keys: str) -> None:
    """The first rows again, with `keys` shifted, until there are `size` of them: the database does it."""
    from django.db import connection

    columns = [field.column for field in model._meta.concrete_fields]
    listed = ", ".join(columns)
    table = model._meta.db_table
    with connection.cursor() as cursor:
        for shift in range(CHUNK, size, CHUNK):
            wanted = ", ".join(f"{name} + {shift}" if name in keys else name for name in columns)
            cursor.execute(
                f"INSERT INTO {table} ({listed}) SELECT {wanted} FROM {table} WHERE id <= %s",
                [min(CHUNK, size - shift)],
            )


def _reps(project: Any, role: Any) -> list[int]:
    from salesdept.services.people import create_user

    people = (
        create_user(
            actor=None, username=f"rep{n}", name=f"代表{n}", role=role, now=_at(30), projects=(project,)
        )
        for n in range(REPS)
    )
    return [person.pk for person in people]


def _at(days_ago: int) -> Any:
    from salesdept import clock

    return clock.at(DAY - timedelta(days=days_ago), 9)


def _analyse() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def night(project: Any) -> float:
    """Seconds of the whole night, with the notices at its end."""
    from customers.services.lapse import lapse_all, tell_lapsed
    from salesdept import clock

    now, begin = clock.at(DAY, 1), time.perf_counter()
    lapse_all(project, now)
    tell_lapsed(project, DAY, now)
    return time.perf_counter() - begin


def check(size: int) -> None:
    """What the night left: nobody owned, everybody in the pool once, a journal row each."""
    from customers.models import Customer, OwnershipLease, PoolEntry
    from salesdept.models import Event, Notice

    found = {
        "leases": OwnershipLease.objects.filter(state="lapsed").count(),
        "free": Customer.objects.filter(owner__isnull=True).count(),
        "pooled": PoolEntry.objects.filter(claimed_at__isnull=True).count(),
        "journal": Event.objects.filter(verb="customers.lease.lapsed").count(),
    }
    if set(found.values()) != {size} or Notice.objects.count() != REPS:
        raise AssertionError(found)
