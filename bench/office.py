"""A project with rooms, reps and one customer each: enough to race for, quickly made."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from customers.models import Customer
from inventory.models import PriceList, Reservation, Unit
from inventory.services import approve_prices, create_units, release_batch
from regulations.models import TermsVersion
from salesdept import clock
from salesdept.models import Project, User
from salesdept.rules import Role
from salesdept.services.people import create_user

START = clock.at(date(2026, 9, 1), 9)
MANY = 1_000_000


@dataclass
class Stand:
    """What a race needs. Permissions are read before it begins."""

    project: Project
    people: list[tuple[User, Customer]]
    rooms: list[Unit]
    staff: dict[Role, User]

    def free_all(self) -> None:
        """Take every claim away with its traces; for between two runs of a bench only."""
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM salesdept_reminder")
            cursor.execute("DELETE FROM salesdept_notice")
        Reservation.objects.all()._raw_delete("default")


def _staff(project: Project, role: Role) -> User:
    return create_user(
        actor=None, username=role.value, name=role.label, role=role, now=START, projects=(project,)
    )


def stand(reps: int, rooms: int, **limits: int | str) -> Stand:
    """Open an office. By default the terms' limits on locks are out of the way: races are about rooms."""
    project = Project.objects.create(code="BENCH", name="青禾湾")
    roles = (Role.ASSISTANT, Role.MANAGER, Role.DIRECTOR, Role.CASHIER, Role.FINANCE)
    staff = {role: _staff(project, role) for role in roles}
    values = {"max_live_rep": 30_000, "max_live_customer": 30_000, "relock_hours": 0, **limits}
    TermsVersion.objects.create(
        topic="inventory.hold",
        project=project,
        values=values,
        effective_from=START.date(),
        state="approved",
        reason="bench",
        drafted_by=staff[Role.MANAGER],
        drafted_at=START,
        approved_by=staff[Role.DIRECTOR],
        approved_at=START,
    )
    return Stand(project, _people(project, reps), _rooms(project, staff, rooms), staff)


def _people(project: Project, reps: int) -> list[tuple[User, Customer]]:
    from customers.models import Household

    people = []
    for number in range(reps):
        rep = create_user(
            actor=None,
            username=f"rep{number}",
            name=f"代表{number}",
            role=Role.REP,
            now=START,
            projects=(project,),
        )
        household = Household.objects.create(project=project, created_at=START)
        guest = Customer.objects.create(
            household=household, project=project, owner=rep, name=f"客户{number}", first_contact_at=START
        )
        rep.may("inventory.reserve_unit")
        people.append((rep, guest))
    return people


def _rooms(project: Project, staff: dict[Role, User], count: int) -> list[Unit]:
    rows = [
        {
            "building": "2",
            "room_no": f"{2 + n // 20:02}{1 + n % 20:02}",
            "floor": 2 + n // 20,
            "layout": "三房两厅两卫",
            "area_build": Decimal("118.42"),
            "list_total": Decimal("2493925.20") + n,
            "permit_no": "预售 2026-0117",
        }
        for n in range(count)
    ]
    create_units(actor=staff[Role.ASSISTANT], project=project, rows=rows, batch_id=None, now=START)
    approve_prices(actor=staff[Role.MANAGER], price_list_id=PriceList.objects.get().pk, now=START)
    ids = list(Unit.objects.values_list("pk", flat=True))
    release_batch(actor=staff[Role.MANAGER], unit_ids=ids, now=START)
    return list(Unit.objects.select_related("building").order_by("pk"))


def moment() -> datetime:
    return clock.now()
