"""No database: ratios, standings, periods and the words of the 日报."""

from datetime import date
from decimal import Decimal

import pytest

from performance.rules import (
    DayReport,
    Period,
    Standing,
    period_start,
    ratio,
    report_lines,
    standing,
    without_fault,
)

D = Decimal

STANDINGS = {
    "reached at the target": (ratio(98, 100), "98", Standing.REACHED),
    "near below it": (ratio(96, 100), "98", Standing.NEAR),
    "exactly at the edge of near": (ratio(95, 100), "98", Standing.NEAR),
    "missed": (ratio(90, 100), "98", Standing.MISSED),
    "an empty denominator is neither": (ratio(0, 0), "98", Standing.EMPTY),
}


@pytest.mark.parametrize(("value", "target", "wanted"), STANDINGS.values(), ids=STANDINGS)
def test_standing(value, target, wanted):
    assert standing(value, D(target), D(3)) == wanted


def test_an_empty_denominator_is_no_percentage():
    assert ratio(0, 0).percent is None
    assert without_fault(0, 0).percent is None


def test_faults_leave_the_rest():
    assert without_fault(2, 41).percent == D("95.1")


PERIODS = {
    Period.TODAY: date(2026, 11, 23),
    Period.WEEK: date(2026, 11, 23),
    Period.MONTH: date(2026, 11, 1),
    Period.YEAR: date(2026, 1, 1),
}


@pytest.mark.parametrize(("period", "first"), PERIODS.items(), ids=[p.value for p in PERIODS])
def test_period_start(period, first):
    assert period_start(period, date(2026, 11, 23)) == first


def test_the_daily_report_reads_as_the_group_expects():
    report = DayReport(
        project="青禾湾", day=date(2026, 11, 23), calls=5, first_visits=9, revisits=3,
        sources=[("网络", 4), ("路过", 2)], subscribed=(2, D("5120000.00")), signed=(1, D("2493925.20")),
        received=D("350000.00"), ended=1, stock=212, rooms=["2-1503"], key_customers=["王女士"],
    )  # fmt: skip
    lines = report_lines(report)
    assert lines[0] == "【青禾湾】销售日报"
    assert lines[1] == "2026-11-23 周一"
    assert "来访 12（首访 9、复访 3）" in lines[2]
    assert "认购 2 套　512.0 万" in lines
    assert lines[-1] == "重点客户：王女士"
