"""Unit sheets from the public presale register: real buildings, counts, areas and price ranges. Pure.

The register names, for each building and stair, how many units are for sale, their smallest and largest area
and their lowest and highest total. `expand` spreads that over floors and doors, always the same way.
"""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from pathlib import Path

REGISTER = Path(__file__).resolve().parents[1] / "salesdept" / "data" / "presale_chengdu_2023.csv"
_FEN = Decimal("0.01")
_WAN = Decimal(10_000)
_LOBBY = 1  # the ground floor is the entrance hall; homes begin above it
_INSIDE = Decimal("0.79")  # usual share of the built area inside the flat
_FLOOR_PRICE, _CHANNEL_FLOOR = Decimal("0.95"), Decimal("0.97")
_SPREAD = Decimal("0.4")  # how far the price bands of small and large doors lie apart
_FACING = ("南", "东南", "西南", "南北")
_LAYOUTS = (
    (60, "一室一厅一卫"),
    (90, "两室两厅一卫"),
    (125, "三室两厅两卫"),
    (165, "四室两厅两卫"),
    (230, "四室两厅三卫"),
)


@dataclass(frozen=True, slots=True)
class PresaleRow:
    """One building and stair of the register. Totals are yuan, areas square metres."""

    permit_no: str
    project: str
    address: str
    building: str
    stair: str
    units: int
    total_low: Decimal
    total_high: Decimal
    area_low: Decimal
    area_high: Decimal


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One unit as a unit sheet lists it, in the shape of `inventory.services.bulk.create_units`."""

    building: str
    stair: str
    room_no: str
    floor: int
    layout: str
    area_build: Decimal
    area_inside: Decimal
    orientation: str
    list_unit_price: Decimal
    list_total: Decimal
    floor_price: Decimal
    channel_floor: Decimal
    permit_no: str


def read_register(path: Path = REGISTER) -> list[PresaleRow]:
    with path.open(encoding="utf-8", newline="") as file:
        return [_row(row) for row in csv.DictReader(file)]


def _row(row: dict[str, str]) -> PresaleRow:
    return PresaleRow(
        permit_no=row["permit_no"],
        project=row["project"],
        address=row["address"],
        building=row["building"],
        stair=row["stair"],
        units=int(row["units_for_sale"]),
        total_low=Decimal(row["total_price_min_wan"]) * _WAN,
        total_high=Decimal(row["total_price_max_wan"]) * _WAN,
        area_low=Decimal(row["built_area_min"]),
        area_high=Decimal(row["built_area_max"]),
    )


def by_project(rows: Iterable[PresaleRow]) -> dict[str, list[PresaleRow]]:
    """The register's projects in its order."""
    projects: dict[str, list[PresaleRow]] = {}
    for row in rows:
        projects.setdefault(row.project, []).append(row)
    return projects


def expand(rows: Sequence[PresaleRow]) -> list[UnitRow]:
    """All units of the given buildings, floor by floor. Same input, same units."""
    return [unit for row in rows for unit in _stair(row)]


def _doors(units: int) -> int:
    return 1 if units == 1 else 2 if units <= 40 else 4


def _stair(row: PresaleRow) -> list[UnitRow]:
    doors = _doors(row.units)
    floors = -(-row.units // doors)
    return [_unit(row, index // doors, floors, index % doors, doors) for index in range(row.units)]


def _unit(row: PresaleRow, level: int, floors: int, door: int, doors: int) -> UnitRow:
    """`level` counts from zero upwards; higher costs more, and so does a larger door on the same floor."""
    size = Decimal(door) / (doors - 1) if doors > 1 else Decimal(0)
    height = Decimal(level) / (floors - 1) if floors > 1 else Decimal(0)
    area = (row.area_low + (row.area_high - row.area_low) * size).quantize(_FEN, ROUND_HALF_UP)
    room = row.total_high - row.total_low
    low = row.total_low + room * _SPREAD * size
    high = row.total_high - room * _SPREAD * (1 - size)
    unit_price = _unit_price(low + (high - low) * height, area, row)
    total = (unit_price * area).quantize(_FEN, ROUND_HALF_UP)
    floor = level + 1 + _LOBBY
    return UnitRow(
        building=row.building,
        stair=row.stair,
        room_no=f"{floor:02}{door + 1:02}",
        floor=floor,
        layout=layout_for(area),
        area_build=area,
        area_inside=(area * _INSIDE).quantize(_FEN, ROUND_HALF_UP),
        orientation=_FACING[door],
        list_unit_price=unit_price,
        list_total=total,
        floor_price=(total * _FLOOR_PRICE).quantize(_FEN, ROUND_HALF_UP),
        channel_floor=(total * _CHANNEL_FLOOR).quantize(_FEN, ROUND_HALF_UP),
        permit_no=row.permit_no,
    )


def _unit_price(total: Decimal, area: Decimal, row: PresaleRow) -> Decimal:
    """Yuan a square metre to the fen, so that the product stays inside the range where one fits."""
    lowest = (row.total_low / area).quantize(_FEN, ROUND_CEILING)
    highest = (row.total_high / area).quantize(_FEN, ROUND_FLOOR)
    price = (total / area).quantize(_FEN, ROUND_HALF_UP)
    return price if lowest > highest else min(max(price, lowest), highest)


def layout_for(area: Decimal) -> str:
    return next((layout for limit, layout in _LAYOUTS if area < limit), "五室两厅三卫")
