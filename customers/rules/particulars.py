"""What a slip may say besides name, number and owner: read alike for a new slip, 补全 and 更正. Pure."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from customers.rules.register import AgeBand, PayMethod, Purpose, Transport
from customers.rules.words import Contact, Grade, Method, Source
from salesdept.errors import RuleError

SHANGHAI = ZoneInfo("Asia/Shanghai")

TEXTS: Mapping[str, int] = {
    "layouts": 60,
    "area": 40,
    "budget_text": 40,
    "relation": 40,
    "district": 40,
    "occupation": 40,
    "floor": 40,
    "focus": 200,
    "doubts": 200,
    "note": 500,
    "promise": 200,
}
CHOICES: Mapping[str, Any] = {
    "method": Method,
    "source": Source,
    "grade": Grade,
    "purpose": Purpose,
    "age_band": AgeBand,
    "pay_method": PayMethod,
    "transport": Transport,
}
MAY_BE_EMPTY = frozenset(CHOICES) - {"method", "grade"}
TICKS = ("site_tour", "helmet", "tidy")
_SHARED = ("source", "grade", "layouts", "area", "budget_text", "purpose", "note", "promise")
VISIT_PARTICULARS = (
    *_SHARED, "method", "party_size", "left_at", "relation", "age_band", "district", "occupation", "floor",
    "pay_method", "transport", "focus", "doubts", *TICKS,
)  # fmt: skip
CALL_PARTICULARS = (*_SHARED, "booked_on")
PARTICULARS: Mapping[Contact, tuple[str, ...]] = {
    Contact.VISIT: VISIT_PARTICULARS,
    Contact.CALL: CALL_PARTICULARS,
}
NO_HELMET = RuleError("helmet_needed", "看工地须佩戴安全帽", "S152", "勾选佩戴安全帽，或取消看工地")


def _choice(field: str, value: Any) -> str:
    if value in CHOICES[field].values or (value == "" and field in MAY_BE_EMPTY):
        return str(value)
    raise RuleError("value_unknown", "没有这个选项", "拟:own.same_day", "从列表里选")


def _party(field: str, value: Any) -> int:
    text = str(value)
    return min(max(int(text), 1), 99) if text.isascii() and text.isdigit() and len(text) < 9 else 1


def _tick(field: str, value: Any) -> bool:
    return value is True or str(value).lower() in ("true", "on", "1")


def _day(field: str, value: Any) -> date | None:
    if isinstance(value, date):
        return value
    return _parsed(date.fromisoformat, value)


def _moment(field: str, value: Any) -> datetime | None:
    found = value if isinstance(value, datetime) else _parsed(datetime.fromisoformat, value)
    return found.replace(tzinfo=found.tzinfo or SHANGHAI) if found else None


def _parsed[T](read: Callable[[str], T], value: Any) -> T | None:
    try:
        return read(str(value)) if value else None
    except ValueError as error:
        raise RuleError("day_unreadable", "日期无法识别", "拟:own.same_day", "从日历里选") from error


_READERS: Mapping[str, Callable[[str, Any], Any]] = {
    **dict.fromkeys(CHOICES, _choice),
    **dict.fromkeys(TICKS, _tick),
    "party_size": _party,
    "booked_on": _day,
    "left_at": _moment,
}


def read_particulars(kind: Contact, given: Mapping[str, Any]) -> dict[str, Any]:
    """Typed values of the given fields. Raises RuleError for the phone, the owner or an unlisted value."""
    read: dict[str, Any] = {}
    for field, value in given.items():
        if field not in PARTICULARS[kind]:
            raise RuleError(
                "not_correctable", "号码与归属不能在登记里更正", "拟:own.basis", "归属走争议，号码另行添加"
            )
        if field in TEXTS:
            read[field] = str(value or "").strip()[: TEXTS[field]]
        else:
            read[field] = _READERS[field](field, value)
    return read


def check_particulars(values: Mapping[str, Any], happened_at: datetime, now: datetime) -> None:
    """What fields must be to each other. Raises RuleError `helmet_needed` or `left_before`."""
    if values.get("site_tour") and not values.get("helmet"):
        raise NO_HELMET
    left = values.get("left_at")
    if left and not happened_at <= left <= now:
        raise RuleError("left_before", "离开时间须在到达之后、现在之前", "拟:own.same_day", "核对离开时间")


def shown(field: str, value: Any) -> str:
    """A value of a slip as the screen says it; a dash for nothing."""
    if field in CHOICES and value:
        return str(CHOICES[field](value).label)
    if field in TICKS:
        return "是" if _tick(field, value) else "否"
    if isinstance(value, str) and field == "left_at" and value:
        value = _moment(field, value)
    if isinstance(value, datetime):
        return f"{value.astimezone(SHANGHAI):%m-%d %H:%M}"
    return str(value) if value not in ("", None) else "—"
