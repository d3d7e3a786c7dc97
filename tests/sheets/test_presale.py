"""The register's ranges hold for every expanded unit. No database."""

from collections import Counter, defaultdict
from decimal import ROUND_HALF_UP, Decimal

import pytest

from inventory.presale import by_project, expand, read_register

ROWS = read_register()
PLACES = [f"{row.project} {row.building}-{row.stair}" for row in ROWS]
SOURCE_PRECISION = Decimal(100)  # the register gives totals in 万 with two places


def test_the_register_is_read_whole():
    assert (len(ROWS), sum(row.units for row in ROWS)) == (21, 322)
    assert list(by_project(ROWS)) == ["鹭鸣北湖名邸", "华建锦院", "九林语叠溪阁", "保利中环广场", "静安府"]


@pytest.mark.parametrize("row", ROWS, ids=PLACES)
def test_counts_areas_and_totals_stay_in_the_registers_ranges(row):
    units = expand([row])
    totals, areas = [u.list_total for u in units], [u.area_build for u in units]
    assert len({(u.building, u.stair, u.room_no) for u in units}) == row.units
    assert {min(areas), max(areas)} == {row.area_low, row.area_high} if row.units > 1 else {row.area_low}
    assert row.total_low - SOURCE_PRECISION <= min(totals) <= row.total_low + SOURCE_PRECISION
    assert max(totals) <= row.total_high + SOURCE_PRECISION


@pytest.mark.parametrize("row", ROWS, ids=PLACES)
def test_every_price_is_its_unit_price_times_its_area(row):
    for unit in expand([row]):
        product = unit.list_unit_price * unit.area_build
        assert unit.list_total == product.quantize(Decimal("0.01"), ROUND_HALF_UP)
        assert unit.floor_price < unit.channel_floor < unit.list_total
        assert unit.area_inside < unit.area_build


@pytest.mark.parametrize("row", ROWS, ids=PLACES)
def test_a_higher_floor_never_costs_less_behind_the_same_door(row):
    doors = defaultdict(list)
    for unit in expand([row]):
        doors[unit.room_no[-2:]].append((unit.floor, unit.list_total))
    for prices in doors.values():
        assert [p for _, p in sorted(prices)] == sorted(p for _, p in prices)
        assert Counter(f for f, _ in prices).most_common(1)[0][1] == 1


def test_expansion_is_deterministic():
    assert expand(ROWS) == expand(read_register())
