"""Dates as text, serial numbers and the shapes Excel leaves behind. Raises `UnreadableError`."""

import re
from datetime import date, datetime, timedelta

from salesdept.text.clean import UnreadableError, cell_text, tidy

_EPOCH = date(1899, 12, 30)
_SERIAL = range(20_000, 80_000)  # 1954-10-03 … 2119-01-10
_YEARS = range(1900, 2101)
_TIME = re.compile(
    r"[T ]?(?:[上下]午 ?)?[0-9]{1,2}(?::|时|点)[0-9]{0,2}(?:[:分][0-9.]{0,9}秒?)?分?"
    r"(?:Z|[+-][0-9:]+)? ?(?:[AP]M)?$"
)
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_YEAR_FIRST = re.compile(r"([0-9]{4}) ?[-./年] ?([0-9]{1,2}) ?[-./月] ?([0-9]{1,2}) ?[日号]?")
_YEAR_LAST = re.compile(r"([0-9]{1,2})[-./]([0-9]{1,2})[-./]([0-9]{4})")
_SHORT = re.compile(r"([0-9]{1,2})([-./])([0-9]{1,2})\2([0-9]{1,2})")
_SHORT_CN = re.compile(r"([0-9]{2})年([0-9]{1,2})月([0-9]{1,2})[日号]?")
_WEEKDAY = re.compile(r"\s*[((]?(?:星期|周)[一二三四五六日天][))]?$")
_NO_YEAR = re.compile(r"[0-9]{1,2}(?:[-./][0-9]{1,2}|月[0-9]{1,2}[日号]?)")
_NO_DAY = re.compile(r"[0-9]{4}[-./年][0-9]{1,2}月?")


def _day(year: int, month: int, day: int) -> date:
    try:
        found = date(year, month, day)
    except ValueError:
        raise UnreadableError("没有这一天") from None
    if found.year not in _YEARS:
        raise UnreadableError("年份超出范围")
    return found


def _serial(text: str) -> date | None:
    """Excel's day number; anything after the point is the time of day."""
    whole, _, rest = text.partition(".")
    if whole.isascii() and whole.isdigit() and len(whole) == 5 and (not rest or rest.isdigit()):
        return _EPOCH + timedelta(days=int(whole)) if int(whole) in _SERIAL else None
    return None


def _short(first: int, separator: str, second: int, third: int) -> date:
    """`3/1/26` is Excel's month/day/year; `26.3.1` and `26/3/1` are a Chinese year first."""
    if 20 <= first <= 50:
        return _day(2000 + first, second, third)
    if separator != "." and first <= 12 and second <= 31 and third >= 13:
        return _day(2000 + third if third < 70 else 1900 + third, first, second)
    raise UnreadableError("看不出哪个是年份，请写成 2026-03-01 的样子")


def _written(text: str) -> date:
    if found := _YEAR_FIRST.fullmatch(text) or _COMPACT.fullmatch(text):
        return _day(int(found[1]), int(found[2]), int(found[3]))
    if found := _YEAR_LAST.fullmatch(text):
        return _day(int(found[3]), int(found[1]), int(found[2]))
    if found := _SHORT.fullmatch(text):
        return _short(int(found[1]), found[2], int(found[3]), int(found[4]))
    if found := _SHORT_CN.fullmatch(text):
        return _day(2000 + int(found[1]), int(found[2]), int(found[3]))
    if _NO_DAY.fullmatch(text):
        raise UnreadableError("缺日，请写全年月日")
    if _NO_YEAR.fullmatch(text):
        raise UnreadableError("缺年份，请写全年月日")
    raise UnreadableError("日期读不出，请写成 2026-03-01 的样子")


def parse_date(value: object) -> date:
    """A calendar day from `2026-03-01`, `2026.3.1`, `2026年3月1日`, `20260301`, `46082`, `3/1/26`."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = tidy(cell_text(value)).removesuffix(".0")
    if len(text) == 10 and text[4] == text[7] == "-" and _YEAR_FIRST.fullmatch(text):
        return _day(int(text[:4]), int(text[5:7]), int(text[8:]))
    if serial := _serial(text):
        return serial
    text = _WEEKDAY.sub("", text)
    return _written(_TIME.sub("", text).strip() if ":" in text or "时" in text or "点" in text else text)
