"""房源表: the import kind of unit sheets. Checks are friendly; constraints and the bulk service decide."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from inventory.models import Unit
from inventory.rules import SheetTerms
from inventory.services.bulk import create_units, undo_units
from regulations.queries import terms_for
from salesdept import clock
from salesdept.access import may_import
from salesdept.models import Project, User
from salesdept.sheets.kinds import Cells, Cleaned, Column, Fault, ImportKind
from salesdept.text import Room, UnreadableError, is_blank, parse_area, parse_int, parse_money, parse_room

_FEN = Decimal("0.01")
_LOOKS_LIKE_UNIT_PRICE = Decimal("0.3")  # a floor price below this share of the total was meant per metre


COLUMNS = (
    Column("building", "楼栋", ("栋号", "楼号", "幢号", "栋", "幢", "座", "楼座", "楼栋号"), width=8),
    Column("stair", "单元", ("单元号", "门洞", "梯号"), width=8),
    Column(
        "room",
        "房号",
        ("房间号", "房间", "室号", "房源", "房源编号", "房源号", "门牌号", "户号", "单元房号"),
        required=True,
    ),
    Column("floor", "楼层", ("层", "层号", "所在楼层", "所在层"), width=8),
    Column("layout", "户型", ("房型", "户型结构"), width=16),
    Column(
        "area_build",
        "建筑面积",
        ("建面", "面积", "预测建筑面积", "实测建筑面积", "建筑面积平米"),
        required=True,
        right=True,
    ),
    Column("area_inside", "套内面积", ("套内", "套内建筑面积", "套内建面", "使用面积"), right=True),
    Column("orientation", "朝向", ("方位", "朝向方位"), width=8),
    Column("unit_price", "表价单价", ("单价", "标准单价", "面价单价", "表单价"), right=True, scaled=True),
    Column(
        "total",
        "表价总价",
        ("总价", "标准总价", "面价总价", "表总价", "表价"),
        right=True,
        scaled=True,
        width=16,
    ),
    Column("floor_price", "底价", ("底价总价", "销售底价", "最低总价"), right=True, scaled=True, width=16),
    Column(
        "channel_floor", "渠道底价", ("渠道价", "分销底价", "渠道总价"), right=True, scaled=True, width=16
    ),
    Column("permit_no", "预售证号", ("预售证", "预售许可证", "预售许可证号", "预售许可证编号"), width=22),
)
PROBLEMS = {
    "no_room": "房号读不出",
    "bad_number": "数字读不出",
    "area": "面积不合",
    "price": "价格不合",
    "price_rounding": "总价与单价略有出入",
    "floor_differs": "楼层与房号不一致",
    "too_long": "内容过长",
    "in_stock": "已在房源台账",
}
_LENGTHS = {"layout": 30, "orientation": 10, "permit_no": 40}


@dataclass(frozen=True, slots=True)
class Context:
    project: Project
    tolerance: Decimal


def context(actor: User, project: Project, now: datetime) -> Context:
    terms = terms_for(SheetTerms, on=clock.business_date(now), project=project)
    return Context(project, terms.price_tolerance)


class _Row:
    """One row being read: its cells, what was found wrong, what they mean."""

    def __init__(self, cells: Cells, tolerance: Decimal) -> None:
        self.cells, self.tolerance = cells, tolerance
        self.faults: list[Fault] = []

    def bad(self, column: str, code: str, message: str, *, warn: bool = False) -> None:
        self.faults.append(Fault(column, code, message, warn))

    def text(self, column: str) -> str:
        text = self.cells.get(column, "")
        if is_blank(text):
            return ""
        if len(text) > _LENGTHS[column]:
            self.bad(column, "too_long", f"最多 {_LENGTHS[column]} 个字")
        return text

    def room(self) -> Room | None:
        cells = self.cells
        try:
            room = parse_room(cells["room"], cells["building"], cells["stair"])
        except UnreadableError as error:
            self.bad("room", "no_room", str(error))
            return None
        if not room.building:
            self.bad("building", "no_room", "缺楼栋")
            return None
        return room

    def floor(self, room: Room | None) -> int | None:
        named = room.floor if room else None
        if is_blank(self.cells["floor"]):
            if named is None and room:
                self.bad("floor", "bad_number", "缺楼层，房号里也看不出")
            return named
        try:
            floor = parse_int(self.cells["floor"], "楼层")
        except UnreadableError as error:
            self.bad("floor", "bad_number", str(error))
            return None
        if not -10 <= floor <= 200:
            self.bad("floor", "bad_number", "楼层超出范围")
        elif named is not None and named != floor:
            self.bad("floor", "floor_differs", f"房号像在 {named} 层", warn=True)
        return floor

    def area(self, column: str, what: str) -> Decimal | None:
        if is_blank(self.cells[column]):
            return None
        try:
            return parse_area(self.cells[column], what)
        except UnreadableError as error:
            self.bad(column, "area", str(error))
            return None

    def areas(self) -> tuple[Decimal | None, Decimal | None]:
        build, inside = self.area("area_build", "建筑面积"), self.area("area_inside", "套内面积")
        if build is None and not any(fault.column == "area_build" for fault in self.faults):
            self.bad("area_build", "area", "缺建筑面积")
        if build and inside and inside > build:
            self.bad("area_inside", "area", "套内面积大于建筑面积")
        return build, inside

    def money(self, column: str, what: str) -> Decimal | None:
        if is_blank(self.cells[column]):
            return None
        try:
            amount = parse_money(self.cells[column], what, rounded=column == "unit_price")
        except UnreadableError as error:
            self.bad(column, "price", str(error))
            return None
        if not amount:
            self.bad(column, "price", f"{what}应大于零")
        return amount or None

    def prices(self, area: Decimal | None) -> tuple[Decimal | None, Decimal | None]:
        unit_price, total = self.money("unit_price", "表价单价"), self.money("total", "表价总价")
        if not area or any(fault.code == "price" for fault in self.faults):
            return unit_price, total
        if unit_price and total:
            self._compare(unit_price, total, area)
        elif unit_price:
            total = (unit_price * area).quantize(_FEN, ROUND_HALF_UP)
        elif total:
            unit_price = (total / area).quantize(_FEN, ROUND_HALF_UP)
        return unit_price, total

    def _compare(self, unit_price: Decimal, total: Decimal, area: Decimal) -> None:
        """A unit price rounded to the fen explains half a fen a square metre; the tolerance allows more."""
        off = abs(total - unit_price * area)
        if off <= area * _FEN / 2 + _FEN:
            return
        words = f"总价与 面积 × 单价 相差 {off.quantize(_FEN, ROUND_HALF_UP):,} 元"
        if off <= self.tolerance:
            self.bad("total", "price_rounding", words, warn=True)
        else:
            self.bad("total", "price", words)

    def floor_money(self, column: str, what: str, total: Decimal | None) -> Decimal | None:
        amount = self.money(column, what)
        if amount and total and amount > total:
            self.bad(column, "price", f"{what}高于表价总价")
        elif amount and total and amount < total * _LOOKS_LIKE_UNIT_PRICE:
            self.bad(column, "price", f"{what}远低于表价，疑似填成了单价")
        return amount


def clean(cells: Cells, context: Context) -> Cleaned:
    row = _Row(cells, context.tolerance)
    room = row.room()
    floor = row.floor(room)
    build, inside = row.areas()
    unit_price, total = row.prices(build)
    values = {
        "building": room.building if room else "",
        "stair": (room.stair or "") if room else "",
        "room_no": room.room if room else "",
        "floor": floor,
        "layout": row.text("layout"),
        "area_build": build,
        "area_inside": inside,
        "orientation": row.text("orientation"),
        "list_unit_price": unit_price,
        "list_total": total,
        "floor_price": row.floor_money("floor_price", "底价", total),
        "channel_floor": row.floor_money("channel_floor", "渠道底价", total),
        "permit_no": row.text("permit_no"),
    }
    return Cleaned(values, tuple(row.faults), str(room) if room else "")


def clash(rows: Sequence[Cleaned], context: Context) -> Mapping[str, Fault]:
    """Rooms that the ledger of this project has already."""
    there = Unit.objects.filter(
        building__project=context.project,
        building__name__in={row.values["building"] for row in rows},
        room_no__in={row.values["room_no"] for row in rows},
    ).values_list("building__name", "stair", "room_no")
    known = {str(Room(building, stair or None, room)) for building, stair, room in there}
    return {row.key: Fault("room", "in_stock", "房源台账里已有这套") for row in rows if row.key in known}


def commit(
    actor: User, project: Project, rows: Iterable[dict[str, Any]], batch_id: int, now: datetime
) -> int:
    return create_units(actor=actor, project=project, rows=list(rows), batch_id=batch_id, now=now)


def undo(actor: User, batch_id: int, now: datetime) -> None:
    undo_units(actor=actor, batch_id=batch_id, now=now)


UNITS = ImportKind(
    name="units",
    label="房源表",
    noun="套",
    key_label="房号",
    key_is_title=True,
    columns=COLUMNS,
    problems=PROBLEMS,
    title="room",
    shown=("area_build", "unit_price", "total", "floor_price"),
    may=may_import,
    context=context,
    clean=clean,
    clash=clash,
    commit=commit,
    undo=undo,
)
