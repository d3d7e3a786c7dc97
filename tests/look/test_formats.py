from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesdept import formats
from salesdept.clock import at

NOW = at(date(2026, 11, 23), 10)
AMOUNTS = st.decimals(min_value=-(10**13), max_value=10**13, places=2)

WRITTEN = {
    "money is written to the fen": (formats.money, (Decimal("1234567"),), "¥1,234,567.00"),
    "a minus is as wide as a digit": (formats.money, (Decimal("-50.5"),), "−¥50.50"),
    "half a fen is rounded up": (formats.money, (Decimal("0.005"),), "¥0.01"),
    "a rounded zero has no sign": (formats.money, (Decimal("-0.001"),), "¥0.00"),
    "no money is a dash": (formats.money, (None,), "—"),
    "a column with a unit in its head has plain amounts": (
        formats.amount,
        (Decimal("-21060"),),
        "−21,060.00",
    ),
    "board cells show 万": (formats.wan, (Decimal("2494000"),), "249.4 万"),
    "no price is a dash": (formats.wan, (None,), "—"),
    "areas": (formats.area, (Decimal("118.42"),), "118.42㎡"),
    "unit prices": (formats.unit_price, (Decimal("21060"),), "21,060.00 元/㎡"),
    "per cent of a fraction": (formats.pct, (Decimal("0.962"),), "96.2%"),
    "basis-point rates keep two places": (formats.pct, (Decimal("0.0025"), 2), "0.25%"),
    "a share of nothing is a dash": (formats.share, (3, 0), "—"),
    "a share": (formats.share, (58, 62), "93.5%"),
    "a count": (formats.count, (1234,), "1,234"),
    "a capped count": (formats.count, (1001, 1000), "1,000+"),
    "the cap itself is exact": (formats.count, (1000, 1000), "1,000"),
    "a phone": (formats.phone_mask, ("13812341234",), "138****1234"),
    "a short number shows only its end": (formats.phone_mask, ("84561234",), "****34"),
    "a very short number shows nothing": (formats.phone_mask, ("1234",), "****"),
    "no phone": (formats.phone_mask, ("",), "—"),
    "an identity number": (formats.idno_mask, ("330102199001017214",), "3301****7214"),
    "a passport shows nothing": (formats.idno_mask, ("E12345678",), "****"),
    "no identity number": (formats.idno_mask, (None,), "—"),
    "a day of this year": (formats.cn_date, (date(2026, 1, 3), date(2026, 11, 23)), "01-03"),
    "a day of another year": (formats.cn_date, (date(2025, 12, 31), date(2026, 1, 1)), "2025-12-31"),
    "a day by itself": (formats.cn_date, (date(2026, 1, 3),), "2026-01-03"),
    "a moment's day is Shanghai's": (
        formats.cn_date,
        (datetime(2026, 11, 22, 16, 30, tzinfo=UTC),),
        "2026-11-23",
    ),
    "today": (formats.cn_time, (at(date(2026, 11, 23), 15), NOW), "今天 15:00"),
    "yesterday": (formats.cn_time, (at(date(2026, 11, 22), 9, 30), NOW), "昨天 09:30"),
    "tomorrow": (formats.cn_time, (at(date(2026, 11, 24), 10), NOW), "明天 10:00"),
    "later this year": (formats.cn_time, (at(date(2026, 11, 26), 18), NOW), "11-26 18:00"),
    "another year": (formats.cn_time, (at(date(2025, 11, 26), 18), NOW), "2025-11-26 18:00"),
    "no time": (formats.cn_time, (None, NOW), "—"),
    "a day in running text": (formats.long_date, (date(2026, 11, 23),), "11 月 23 日 周一"),
    "a day and hours left": (formats.left, (NOW + timedelta(hours=31, minutes=59), NOW), "剩 1 天 7 时"),
    "whole days left": (formats.left, (NOW + timedelta(days=2), NOW), "剩 2 天"),
    "hours and minutes left": (formats.left, (NOW + timedelta(minutes=96), NOW), "剩 1 时 36 分"),
    "minutes left": (formats.left, (NOW + timedelta(minutes=36), NOW), "剩 36 分"),
    "seconds left": (formats.left, (NOW + timedelta(seconds=5), NOW), "剩 不到 1 分"),
    "late by days": (formats.left, (NOW - timedelta(hours=50), NOW), "逾期 2 天"),
    "late by hours": (formats.left, (NOW - timedelta(hours=3), NOW), "逾期 3 时"),
    "no deadline": (formats.left, (None, NOW), "—"),
    "calendar days left": (formats.days_left, (date(2026, 11, 26), date(2026, 11, 23)), "剩 3 天"),
    "due today": (formats.days_left, (date(2026, 11, 23), date(2026, 11, 23)), "今天到期"),
    "calendar days late": (formats.days_left, (date(2026, 11, 21), date(2026, 11, 23)), "逾期 2 天"),
    "no due day": (formats.days_left, (None, date(2026, 11, 23)), "—"),
    "far deadlines are calm": (formats.urgency, (NOW + timedelta(days=2), NOW), ""),
    "near deadlines warn": (formats.urgency, (NOW + timedelta(hours=3), NOW), "warn"),
    "passed deadlines are bad": (formats.urgency, (NOW, NOW), "bad"),
    "morning": (formats.greeting, (NOW,), "上午好"),
    "noon": (formats.greeting, (at(date(2026, 11, 23), 12),), "中午好"),
    "afternoon": (formats.greeting, (at(date(2026, 11, 23), 14),), "下午好"),
    "night": (formats.greeting, (at(date(2026, 11, 23), 2),), "晚上好"),
}


@pytest.mark.parametrize(("function", "given_", "written"), WRITTEN.values(), ids=WRITTEN)
def test_written(function, given_, written):
    assert function(*given_) == written


@given(AMOUNTS)
def test_money_reads_back_as_the_same_amount(amount):
    text = formats.money(amount).replace("¥", "").replace(",", "").replace("−", "-")
    assert Decimal(text) == amount


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True))
def test_a_masked_phone_hides_four_digits(number):
    masked = formats.phone_mask(number)
    assert (masked[:3], masked[3:7], masked[7:]) == (number[:3], "****", number[7:])


@given(st.timedeltas(min_value=timedelta(minutes=1), max_value=timedelta(days=400)))
def test_time_left_names_at_most_two_parts_and_never_a_zero(length):
    parts = formats.span(length).split(" ")
    assert len(parts) in (2, 4)
    assert all(int(number) > 0 for number in parts[::2])
