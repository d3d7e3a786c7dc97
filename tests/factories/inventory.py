"""Smallest valid stock: `unit()` is released and priced, `claim(unit, …)` is a live claim of any stage."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from customers.models import Customer
from inventory.models import Building, PriceList, Reservation, Unit, UnitPrice
from inventory.rules import TIMED, WITHOUT_CUSTOMER, Evidence, Stage, unit_code
from salesdept import clock
from salesdept.models import Project, User
from salesdept.rules import Role
from tests.factories import ProjectFactory, user
from tests.factories.customers import customer as new_customer

LIST_TOTAL = Decimal("2493925.20")
FLOOR_PRICE = Decimal("2369228.94")
START = clock.at(date(2026, 9, 1), 9)


def building(project: Project | None = None, name: str = "2") -> Building:
    return Building.objects.get_or_create(
        project=project or ProjectFactory(), name=name, defaults={"order": 1}
    )[0]


def price_list(project: Project) -> PriceList:
    """The project's approved list; made once."""
    found = PriceList.objects.filter(project=project, approved_at__isnull=False).first()
    return found or PriceList.objects.create(
        project=project,
        version=1,
        effective_from=START.date(),
        created_by=user(Role.ASSISTANT, project=project, username=f"maker{project.pk}"),
        created_at=START,
        approved_by=user(Role.MANAGER, username=f"checker{project.pk}"),
        approved_at=START,
    )


def unit(
    project: Project | None = None,
    room_no: str = "1603",
    *,
    at: Building | None = None,
    released_at: datetime | None = START,
    total: Decimal | None = LIST_TOTAL,
    **fields,
) -> Unit:
    at = at or building(project)
    values = {
        "stair": "",
        "floor": int(room_no[:-2]),
        "layout": "三房两厅两卫",
        "orientation": "南",
        "area_build": Decimal("118.42"),
        "permit_no": "预售 2026-0117",
        **fields,
    }
    code = unit_code(at.name, values["stair"], room_no)
    made = Unit.objects.create(building=at, room_no=room_no, code=code, released_at=released_at, **values)
    if total:
        UnitPrice.objects.create(
            unit=made,
            price_list=price_list(at.project),
            list_unit_price=Decimal("21060.00"),
            list_total=total,
            floor_price=min(total, FLOOR_PRICE),
        )
    return made


def claim(
    room: Unit,
    rep: User | None = None,
    customer: Customer | None = None,
    *,
    stage: Stage = Stage.LOCK,
    now: datetime = START,
    **fields,
) -> Reservation:
    """A live claim of the stage, started at `now`; a timed one ends an hour later."""
    project = room.building.project
    if stage not in WITHOUT_CUSTOMER:
        rep = rep or user(Role.REP, project=project, username=f"r{room.pk}", name="许若晴")
        customer = customer or new_customer(project=project, owner=rep, now=now)
    values = {
        "evidence": Evidence.DEPOSIT if stage == Stage.LOCK else "",
        "expires_at": now + timedelta(hours=1) if stage in TIMED else None,
        "list_price": LIST_TOTAL,
        "agreed_price": LIST_TOTAL,
        "deposit_due": Decimal("20000.00"),
        "reason": "样板间" if stage in WITHOUT_CUSTOMER else "",
        "created_by": rep or user(Role.MANAGER, username=f"m{room.pk}"),
        **_dates(room, stage, now),
        **fields,
    }
    return Reservation.objects.create(
        unit=room, project=project, customer=customer, rep=rep, stage=stage, started_at=now, **values
    )


def _dates(room: Unit, stage: Stage, now: datetime) -> dict:
    if stage not in (Stage.TEMP, Stage.SUBSCRIBED, Stage.SIGNED, Stage.RETURNING):
        return {"paid_at": now} if stage == Stage.PAID else {}
    day = clock.business_date(now)
    return {
        "paid_at": now,
        "subscribed_at": now,
        "number": f"RG-{day:%Y%m%d}-{room.pk:05}",
        "sign_by": day + timedelta(days=7),
        "topup_by": day + timedelta(days=3),
        "signed_at": now if stage in (Stage.SIGNED, Stage.RETURNING) else None,
    }
