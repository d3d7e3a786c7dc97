"""How values are written on screen: strings only, the same in templates, read models and exports.

Money is yuan (`Decimal`), areas are square metres, ratios are fractions of one, moments are aware. Missing
values are `—`; a minus is U+2212, so that it is as wide as a digit.
"""

import re
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from salesdept.clock import SHANGHAI
from salesdept.text import half_width

NONE = "—"
MINUS = "−"
_WEEKDAYS = "一二三四五六日"
_NEAR = {-1: "昨天", 0: "今天", 1: "明天"}
# An identity number, a mobile, a landline: digits in a row, a space or a dash between them allowed.
_NUMBERS = re.compile(
    r"(?<!\d)(?:\d(?:[ -]?\d){16}[ -]?[\dXx]|1[3-9](?:[ -]?\d){9}|0\d{2,3}[ -]?\d(?:[ -]?\d){6,7})(?!\d)"
)
type Number = Decimal | int


def _grouped(value: Number, places: int) -> str:
    """Thousands separators, fixed places, half up, U+2212; a rounded zero has no sign."""
    rounded = Decimal(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return f"{MINUS if rounded < 0 else ''}{abs(rounded):,}"


def money(value: Number | None) -> str:
    """¥1,234,567.00, always to the fen."""
    if value is None:
        return NONE
    text = _grouped(value, 2)
    return f"{MINUS}¥{text[1:]}" if text.startswith(MINUS) else f"¥{text}"


def amount(value: Number | None) -> str:
    """1,234,567.00 for table columns whose header names the unit."""
    return NONE if value is None else _grouped(value, 2)


def wan(value: Number | None) -> str:
    """249.4 万, for board cells and charts; the yuan must be on the same screen."""
    return NONE if value is None else f"{_grouped(Decimal(value) / 10_000, 1)} 万"


def area(value: Number | None) -> str:
    """118.42㎡."""
    return NONE if value is None else f"{_grouped(value, 2)}㎡"


def unit_price(value: Number | None) -> str:
    """21,060.00 元/㎡."""
    return NONE if value is None else f"{_grouped(value, 2)} 元/㎡"


def pct(ratio: Number | None, places: int = 1) -> str:
    """96.2% from the fraction 0.962."""
    return NONE if ratio is None else f"{_grouped(Decimal(ratio) * 100, places)}%"


def share(part: Number, whole: Number) -> str:
    """`part` of `whole` in per cent, `—` while there is nothing to divide by."""
    return pct(Decimal(part) / Decimal(whole)) if whole else NONE


def count(number: int, cap: int = 0) -> str:
    """1,234 — or 1,000+ where `cap` says up to which number was counted."""
    return f"{cap:,}+" if cap and number > cap else f"{number:,}"


def phone_mask(number: str | None) -> str:
    """138****1234; anything shorter than eleven digits is hidden but for its last two characters."""
    if not number:
        return NONE
    text = str(number)
    return f"{text[:3]}****{text[-4:]}" if len(text) >= 11 else f"****{text[-2:] if len(text) > 4 else ''}"


def idno_mask(number: str | None) -> str:
    """3301****7214."""
    if not number:
        return NONE
    text = str(number)
    return f"{text[:4]}****{text[-4:]}" if len(text) >= 15 else "****"


def words_mask(text: str) -> str:
    """Free text with the mobile, landline and identity numbers in it masked, however they are spaced."""
    shown, end = "", 0
    for found in _NUMBERS.finditer(half_width(text)):  # character by character the same length
        shown += text[end : found.start()] + _masked(re.sub("[ -]", "", found[0]))
        end = found.end()
    return shown + text[end:]


def _masked(digits: str) -> str:
    return idno_mask(digits) if len(digits) == 18 else phone_mask(digits)


def cn_date(value: date | datetime | None, today: date | None = None) -> str:
    """2026-11-23, or 11-23 when `today` lies in the same year."""
    if value is None:
        return NONE
    day = local_date(value)
    return f"{day:%m-%d}" if today and day.year == today.year else f"{day.year:04}-{day:%m-%d}"


def cn_time(value: datetime | None, now: datetime) -> str:
    """今天 15:00, 昨天 09:30, 明天 10:00, else 11-23 18:00 (with the year when it is another one)."""
    if value is None:
        return NONE
    moment, today = value.astimezone(SHANGHAI), local_date(now)
    near = _NEAR.get((moment.date() - today).days)
    return f"{near or cn_date(moment.date(), today)} {moment:%H:%M}"


def long_date(value: date | datetime) -> str:
    """11 月 23 日 周一."""
    day = local_date(value)
    return f"{day.month} 月 {day.day} 日 周{_WEEKDAYS[day.weekday()]}"


def local_date(value: date | datetime) -> date:
    """The Shanghai calendar day of a moment; a plain date as it is."""
    return value.astimezone(SHANGHAI).date() if isinstance(value, datetime) else value


def span(length: timedelta) -> str:
    """The two largest parts of a length of time: 1 天 7 时, 1 时 36 分, 36 分; under a minute 不到 1 分."""
    minutes = int(length.total_seconds()) // 60
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} 天 {hours} 时" if hours else f"{days} 天"
    if hours:
        return f"{hours} 时 {rest} 分" if rest else f"{hours} 时"
    return f"{rest} 分" if rest else "不到 1 分"


def left(until: datetime | None, now: datetime) -> str:
    """剩 1 天 7 时 before the deadline, 逾期 2 天 after it (whole days; below one, hours and minutes)."""
    if until is None:
        return NONE
    if until > now:
        return f"剩 {span(until - now)}"
    late = now - until
    return f"逾期 {late.days} 天" if late.days else f"逾期 {span(late)}"


def days_left(until: date | None, today: date) -> str:
    """The same for calendar days, the last one included: 剩 3 天, 今天到期, 逾期 2 天."""
    if until is None:
        return NONE
    days = (until - today).days
    return "今天到期" if days == 0 else f"剩 {days} 天" if days > 0 else f"逾期 {-days} 天"


def urgency(until: datetime | None, now: datetime, warn: timedelta = timedelta(days=1)) -> str:
    """`bad` after the deadline, `warn` within `warn` of it, else "": the class suffix of `left`."""
    if until is None or until - now > warn:
        return ""
    return "bad" if until <= now else "warn"


def greeting(now: datetime) -> str:
    """上午好, 中午好, 下午好, 晚上好 by the local hour."""
    hour = now.astimezone(SHANGHAI).hour
    words = ((11, "上午好"), (13, "中午好"), (18, "下午好"))
    return next((word for end, word in words if 5 <= hour < end), "晚上好")
