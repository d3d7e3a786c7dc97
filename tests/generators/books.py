"""Bytes of workbooks and text files: clean ones, and with everything real offices leave in them."""

import csv
import io
import random
from collections.abc import Sequence
from datetime import date, datetime

import xlsxwriter

from inventory.presale import UnitRow
from tests.generators.people import HEADERS, Person

UNIT_HEADERS = (
    "楼栋", "单元", "房号", "楼层", "户型", "建筑面积", "套内面积", "朝向",
    "表价单价", "表价总价", "底价", "渠道底价", "预售证号",
)  # fmt: skip
DIRTY_HEADERS = (
    "客户姓名", "性 别", "联系电话*", "身份证号码", "认知途径", "意向户型", "意向面积（㎡）", "预算",
    "客户等级", "置业顾问", "首访日期", "备注",
)  # fmt: skip
# The same rows make the same bytes, whatever the clock says.
_BORN = {"created": datetime(2026, 1, 1)}  # noqa: DTZ001
_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


def xlsx(rows: Sequence[Sequence[object]], sheet: str = "Sheet1") -> bytes:
    """Rows as they are: text stays text, numbers numbers, dates dates, None blank."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "default_date_format": "yyyy-mm-dd"}
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties(_BORN)
        page = book.add_worksheet(sheet)
        for number, row in enumerate(rows):
            for index, cell in enumerate(row):
                if isinstance(cell, date):
                    page.write_datetime(number, index, cell)
                elif isinstance(cell, str):
                    page.write_string(number, index, cell)
                elif cell is not None:
                    page.write_number(number, index, cell)
    return buffer.getvalue()


def text(rows: Sequence[Sequence[object]], encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter).writerows(["" if c is None else c for c in row] for row in rows)
    return buffer.getvalue().encode(encoding)


def customer_rows(people: Sequence[Person]) -> list[list[object]]:
    return [list(HEADERS), *(person.row() for person in people)]


def unit_cells(unit: UnitRow) -> list[object]:
    return [
        unit.building, unit.stair, unit.room_no, unit.floor, unit.layout, float(unit.area_build),
        float(unit.area_inside), unit.orientation, float(unit.list_unit_price), float(unit.list_total),
        float(unit.floor_price), float(unit.channel_floor), unit.permit_no,
    ]  # fmt: skip


def unit_rows(units: Sequence[UnitRow]) -> list[list[object]]:
    return [list(UNIT_HEADERS), *(unit_cells(unit) for unit in units)]


# As offices really send them.


def dressed_phone(number: str, way: int) -> object:
    ways = (
        number,
        f"{number[:3]} {number[3:7]} {number[7:]}",
        f"+86-{number[:3]}-{number[3:7]}-{number[7:]}",
        number.translate(_WIDE),
        float(number),
        f"电话：{number}",
        f"{number}（微信同号）",
        f"0086{number}",
    )
    return ways[way % len(ways)]


def dressed_date(iso: str, way: int) -> object:
    day = date.fromisoformat(iso)
    serial = (day - date(1899, 12, 30)).days
    ways = (
        iso,
        f"{day.year}.{day.month}.{day.day}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day.month}/{day.day}/{day:%y}",
        float(serial),
        day,
        f"{day.year}/{day.month}/{day.day} 14:30",
    )
    return ways[way % len(ways)]


def dirty_customers(people: Sequence[Person], seed: int = 11) -> bytes:
    """Title merged over the sheet, spaced headers, dressed phones and dates, 未知, totals and a footnote."""
    rng = random.Random(seed)
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "default_date_format": "m/d/yy"}) as book:
        book.set_properties(_BORN)
        page = book.add_worksheet("客户台账")
        page.merge_range(0, 0, 0, len(HEADERS) - 1, "青禾湾一期客户登记台账（2026 年）")
        page.write_row(2, 0, DIRTY_HEADERS)
        for number, person in enumerate(people, start=3):
            _write_dirty(page, number, person, rng)
        last = len(people) + 3
        page.write_row(last, 0, ["合  计", "", f"{len(people)} 人"])
        page.write_row(last + 1, 0, ["制表人：吴静怡"])
    return buffer.getvalue()


def _write_dirty(
    page: xlsxwriter.worksheet.Worksheet, number: int, person: Person, rng: random.Random
) -> None:
    blank = lambda: rng.choice(("", "未知", "无", "-", "/"))  # noqa: E731
    cells: list[object] = list(person.row())
    cells[0] = f"{person.name[0]}　{person.name[1]}" if len(person.name) == 2 else f" {person.name} "
    cells[2] = dressed_phone(person.phone, number)
    cells[3] = person.identity_no or blank()
    cells[6] = f"{person.area}平".translate(_WIDE)
    cells[10] = dressed_date(person.first_visit, number)
    cells[11] = blank()
    for index, cell in enumerate(cells):
        if isinstance(cell, date):
            page.write_datetime(number, index, cell)
        elif isinstance(cell, str):
            page.write_string(number, index, cell)
        else:
            page.write_number(number, index, cell)


def dirty_units(units: Sequence[UnitRow]) -> bytes:
    """Title, a two-storey header with merged groups, buildings merged down, totals in 万元, subtotals."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        book.set_properties(_BORN)
        page = book.add_worksheet("销控表")
        page.merge_range("A1:L1", "房源价格表（内部）")
        for index, name in enumerate(("栋号", "房源编号", "户型")):
            page.merge_range(1, index, 2, index, name)
        page.merge_range("D2:E2", "面积（㎡）")
        page.write_row(2, 3, ["建筑", "套内"])
        page.merge_range("F2:I2", "价格")
        page.write_row(2, 5, ["单价（元/㎡）", "总价（元）", "底价（万元）", "渠道底价（万元）"])
        page.merge_range("J2:J3", "朝向")
        page.merge_range("K2:K3", "预售证")
        _write_blocks(page, units)
    return buffer.getvalue()


def _write_blocks(page: xlsxwriter.worksheet.Worksheet, units: Sequence[UnitRow]) -> None:
    row = 3
    for building in dict.fromkeys(unit.building for unit in units):
        block = [unit for unit in units if unit.building == building]
        if len(block) > 1:
            page.merge_range(row, 0, row + len(block) - 1, 0, f"{building}栋")
        else:
            page.write_string(row, 0, f"{building}栋")
        for offset, unit in enumerate(block):
            page.write_row(row + offset, 1, _dirty_unit(unit, offset))
        row += len(block)
        page.write_row(row, 0, ["小计", f"{len(block)}套"])
        row += 1


def _dirty_unit(unit: UnitRow, way: int) -> list[object]:
    room = unit.room_no.lstrip("0")
    names = (
        f"{unit.building}-{unit.stair}-{room}",
        f"{unit.building}栋{unit.stair}单元{room}",
        f"{unit.building}#-{unit.stair}-{unit.room_no}".translate(_WIDE),
        f"{unit.building}幢-{unit.stair}-{room}室",
    )
    return [
        names[way % len(names)], unit.layout, float(unit.area_build), f"{unit.area_inside}㎡",
        f"￥{unit.list_unit_price:,}", float(unit.list_total), float(unit.floor_price / 10_000),
        f"{unit.channel_floor / 10_000}", unit.orientation, unit.permit_no,
    ]  # fmt: skip
