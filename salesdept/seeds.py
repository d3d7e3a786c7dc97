"""The demo office: who works there. Each app's seeder adds its chapter (slot SEEDERS), in order."""

import random
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.contrib.auth.hashers import make_password

from salesdept.models import Project, Team, User
from salesdept.rules import Role
from salesdept.services.people import create_user

PEOPLE = (
    ("rep1", "林知远", Role.REP, "一组"),
    ("rep2", "许若晴", Role.REP, "一组"),
    ("rep3", "周沐阳", Role.REP, "一组"),
    ("rep4", "陈思齐", Role.REP, "一组"),
    ("rep5", "罗一诺", Role.REP, "二组"),
    ("rep6", "韩文轩", Role.REP, "二组"),
    ("rep7", "苏瑾", Role.REP, "二组"),
    ("rep8", "单小雨", Role.REP, "二组"),
    ("assistant", "吴静怡", Role.ASSISTANT, ""),
    ("supervisor", "周岚", Role.SUPERVISOR, "一组"),
    ("manager", "郑怀信", Role.MANAGER, ""),
    ("cashier", "何敏", Role.CASHIER, ""),
    ("finance", "沈国安", Role.FINANCE, ""),
    ("director", "顾明", Role.DIRECTOR, ""),
    ("admin", "系统管理员", Role.ADMIN, ""),
)
PASSWORD = "demo"  # noqa: S105 - public on purpose, refused in production


@dataclass
class Office:
    """What seeders share. `now` is the end of the story, `start` its first day."""

    scale: str
    customers: int
    visits: int
    rng: random.Random
    now: datetime
    start: date
    project: Project
    people: dict[str, User]
    bag: dict[str, Any] = field(default_factory=dict)

    @property
    def reps(self) -> list[User]:
        return [u for u in self.people.values() if u.role == Role.REP]


def found_office(*, name: str, code: str, start: date, now: datetime) -> tuple[Project, dict[str, User]]:
    """The project, its two teams and the demo accounts."""
    project = Project.objects.create(code=code, name=name, opened_on=start, settings_asked_at=now)
    teams = {n: Team.objects.create(project=project, name=n) for n in ("一组", "二组")}
    people = {
        username: create_user(
            actor=None,
            username=username,
            name=person,
            role=role,
            now=now,
            team=teams.get(team),
            projects=(project,),
            employee_no=f"E{number:03}",
            phone=f"1380000{number:04}",
            active_from=start,
        )
        for number, (username, person, role, team) in enumerate(PEOPLE, 1)
    }
    # One hash for all: a slow hash for each of fifteen public passwords would only cost seconds.
    User.objects.filter(pk__in=[p.pk for p in people.values()]).update(password=make_password(PASSWORD))
    for person in people.values():
        person.refresh_from_db(fields=["password"])
    return project, people
