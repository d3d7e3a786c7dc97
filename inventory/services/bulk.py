"""Many rooms at once: what the wizard commits and takes back."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from inventory import rules
from inventory.models import Building, PriceList, Reservation, Unit, UnitPrice
from inventory.services.common import REFUSALS, changed
from salesdept import clock, journal
from salesdept.access import needs
from salesdept.errors import RuleError, refuse
from salesdept.models import Project, User
from salesdept.verbs import service

Row = Mapping[str, Any]
BATCH = 1000


@service
def create_units(
    *, actor: User, project: Project, rows: Sequence[Row], batch_id: int | None, now: datetime
) -> int:
    """Add rooms with one price list of theirs, to be approved by a second person. Returns how many rooms.

    A row has building, stair, room_no, floor, layout, area_build, area_inside, orientation, list_unit_price,
    list_total, floor_price, channel_floor, permit_no; prices in yuan for the whole room. All or none:
    RuleError `unit_exists` names rooms already in the ledger.
    """
    needs(actor, "inventory.add_unit", "导入房源").or_raise()
    buildings = _buildings(actor, project, rows, now)
    units = [_unit(buildings[str(row["building"])], row, batch_id) for row in rows]
    _refuse_known(units)
    try:
        with transaction.atomic():
            Unit.objects.bulk_create(units, batch_size=BATCH)
            _price(actor, project, units, rows, batch_id, now)
    except IntegrityError as error:
        raise refuse(error, REFUSALS) from error
    journal.record_many(actor, "inventory.unit.added", units, happened_at=now, batch=batch_id)
    changed(*(building.pk for building in buildings.values()))
    return len(units)


def _buildings(actor: User, project: Project, rows: Iterable[Row], now: datetime) -> dict[str, Building]:
    known = {b.name: b for b in Building.objects.filter(project=project)}
    for name in dict.fromkeys(str(row["building"]) for row in rows):
        if name not in known:
            known[name] = Building.objects.create(project=project, name=name, order=_order(name))
            journal.record(actor, "inventory.building.added", known[name], happened_at=now, name=name)
    return known


def _order(name: str) -> int:
    """Buildings stand in the order of their numbers; lettered ones follow."""
    digits = re.sub(r"\D", "", name)
    return int(digits) if digits else 1000 + ord(name[0])


def _unit(building: Building, row: Row, batch_id: int | None) -> Unit:
    stair, room_no = str(row.get("stair") or ""), str(row["room_no"])
    return Unit(
        building=building,
        stair=stair,
        room_no=room_no,
        code=rules.unit_code(building.name, stair, room_no),
        floor=row["floor"],
        layout=row.get("layout") or "",
        orientation=row.get("orientation") or "",
        area_build=row["area_build"],
        area_inside=row.get("area_inside"),
        permit_no=row.get("permit_no") or "",
        batch_id=batch_id,
    )


def _refuse_known(units: Sequence[Unit]) -> None:
    """Name the rooms that are in the ledger already, or twice in the rows."""
    there = set(
        Unit.objects.filter(building__in={unit.building_id for unit in units}).values_list(
            "building_id", "stair", "room_no"
        )
    )
    doubles: list[str] = []
    for unit in units:
        key = (unit.building_id, unit.stair, unit.room_no)
        if key in there:
            doubles.append(unit.label)
        there.add(key)
    if doubles:
        more = f" 等 {len(doubles)} 套" if len(doubles) > 3 else ""
        raise RuleError(
            "unit_exists",
            f"{'、'.join(doubles[:3])}{more}已在房源台账里",
            "S54",
            "跳过这些行，或核对楼栋、单元与房号",
        )


def _price(
    actor: User,
    project: Project,
    units: Sequence[Unit],
    rows: Sequence[Row],
    batch_id: int | None,
    now: datetime,
) -> None:
    """One price list for the rooms that came with a price, not yet approved."""
    priced = [(unit, row) for unit, row in zip(units, rows, strict=True) if row.get("list_total")]
    if not priced:
        return
    last = PriceList.objects.filter(project=project).aggregate(last=Max("version"))["last"] or 0
    price_list = PriceList.objects.create(
        project=project,
        version=last + 1,
        effective_from=clock.business_date(now),
        batch_id=batch_id,
        created_by=actor,
        created_at=now,
    )
    UnitPrice.objects.bulk_create(
        [
            UnitPrice(
                unit=unit,
                price_list=price_list,
                list_unit_price=row.get("list_unit_price")
                or rules.per_metre(row["list_total"], row["area_build"]),
                list_total=row["list_total"],
                floor_price=row.get("floor_price"),
                channel_floor=row.get("channel_floor"),
            )
            for unit, row in priced
        ],
        batch_size=BATCH,
    )
    journal.record(actor, "inventory.prices.drafted", price_list, happened_at=now, rooms=len(priced))


@service
def undo_units(*, actor: User, batch_id: int, now: datetime) -> int:
    """Take a batch's rooms and prices back while nobody claimed or released one. Returns how many rooms."""
    needs(actor, "inventory.add_unit", "撤销导入").or_raise()
    units = list(Unit.objects.filter(batch=batch_id).select_related("building"))
    ids = [unit.pk for unit in units]
    if Reservation.objects.filter(unit__in=ids).exists():
        raise RuleError("units_claimed", "这批房源已有锁定或认购，不能撤销导入", "S54", "请逐套更正")
    if any(unit.released_at for unit in units):
        raise RuleError("units_released", "这批房源已放盘，不能撤销导入", "S57", "请逐套更正")
    journal.record_many(actor, "inventory.unit.removed", units, happened_at=now, batch=batch_id)
    UnitPrice.objects.filter(unit__in=ids).delete()
    PriceList.objects.filter(batch=batch_id, prices__isnull=True).delete()
    Unit.objects.filter(pk__in=ids).delete()
    touched = {unit.building_id for unit in units}
    emptied = Building.objects.filter(pk__in=touched, units__isnull=True)
    gone = set(emptied.values_list("pk", flat=True))
    Building.objects.filter(pk__in=gone).delete()
    changed(*(touched - gone))
    return len(units)
