"""The registers: which fields start a claim, which must follow by closing, and how strong a slip is. Pure.

Moments passed in are local (Shanghai).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import TextChoices

from customers.rules.terms import RegisterTerms
from customers.rules.words import Contact, Outcome
from salesdept.errors import RuleError


class RegisterState(TextChoices):
    """How far a slip is filled. 待补全 and 逾期未补全 are weak evidence; 拒填 starts no claim."""

    COMPLETE = "complete", "完整"
    PENDING = "pending", "待补全"
    WEAK = "weak", "逾期未补全"
    REFUSED = "refused", "拒填"
    NONE = "none", "不适用"


class Evidence(TextChoices):
    """Whose hand wrote the slip, strongest first."""

    SELF_FILLED = "self_filled", "客户自填签名"
    WITNESSED = "witnessed", "助理见证"
    ENTERED = "entered", "代表登记"


class Refusal(TextChoices):
    """Why a guest leaves no number (拟:own.required_fields)."""

    UNWILLING = "unwilling", "不愿留电话"
    LOOKING = "looking", "只是随便看看"
    HURRY = "hurry", "赶时间"
    OTHER = "other", "其他"


class AgeBand(TextChoices):
    UNDER_25 = "u25", "25 岁以下"
    TO_35 = "25-35", "25–35 岁"
    TO_45 = "35-45", "35–45 岁"
    TO_60 = "45-60", "45–60 岁"
    OVER_60 = "o60", "60 岁以上"


class Purpose(TextChoices):
    LIVE = "live", "自住"
    UPGRADE = "upgrade", "改善"
    MARRY = "marry", "婚房"
    SCHOOL = "school", "子女就学"
    PARENTS = "parents", "父母养老"
    INVEST = "invest", "投资"


class PayMethod(TextChoices):
    FULL = "full", "一次性"
    LOAN = "loan", "商业按揭"
    FUND = "fund", "公积金"
    MIXED = "mixed", "组合贷"
    STAGED = "staged", "分期"


class Transport(TextChoices):
    CAR = "car", "自驾"
    METRO = "metro", "地铁"
    BUS = "bus", "公交"
    TAXI = "taxi", "打车"
    BIKE = "bike", "骑行"
    WALK = "walk", "步行"


class DialOutcome(TextChoices):
    """What came of a call to an own customer, asked once on return."""

    CONNECTED = "connected", "接通"
    NO_ANSWER = "no_answer", "未接"
    DEAD = "dead", "空号"
    BOOKED = "booked", "约来访"
    DISMISSED = "dismissed", "不记"


# The columns that stand behind one field of a set; any of them fills it.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "name": ("name",),
    "contact": ("number", "wechat"),
    "need": ("layouts", "area"),
    "party": ("party_size",),
}


def is_filled(field: str, values: Mapping[str, Any]) -> bool:
    return any(bool(values.get(column)) for column in COLUMNS.get(field, (field,)))


def missing(wanted: Iterable[str], values: Mapping[str, Any]) -> list[str]:
    """The wanted fields that say nothing yet, in the order of the set."""
    return [field for field in wanted if not is_filled(field, values)]


def words_of(fields: Iterable[str], terms: RegisterTerms) -> str:
    """Fields as the screen says them."""
    return "、".join(terms.word(field) for field in fields)


def check_start(kind: Contact, values: Mapping[str, Any], terms: RegisterTerms) -> None:
    """What starts a claim. Raises RuleError `field_needed` with the fields that are missing."""
    left = missing(terms.start(kind), values)
    if left:
        raise RuleError(
            "field_needed",
            f"登记须有{words_of(left, terms)}",
            "拟:own.required_fields",
            "补上再保存；客户不愿留就按「未留电」记",
        )


def check_follow(values: Mapping[str, Any], terms: RegisterTerms) -> None:
    """What a follow-up must say. Raises RuleError `field_needed`."""
    left = missing(terms.follow_fields, values)
    if left:
        raise RuleError("field_needed", f"跟进须有{words_of(left, terms)}", "S35", "补上再保存")


def closing_of(happened_at: datetime, terms: RegisterTerms) -> datetime:
    """The closing of the event's day; what comes later is a late entry or a request."""
    return datetime.combine(happened_at.date(), time(terms.closing_hour), happened_at.tzinfo)


def register_state(
    kind: Contact,
    outcome: str,
    values: Mapping[str, Any],
    terms: RegisterTerms,
    *,
    closed: bool = False,
) -> RegisterState:
    """How far a slip is filled. `closed`: the day's closing is over."""
    if outcome == Outcome.NO_PHONE:
        return RegisterState.REFUSED
    if outcome == Outcome.NOT_CUSTOMER:
        return RegisterState.NONE
    if not missing(terms.complete(kind), values):
        return RegisterState.COMPLETE
    return RegisterState.WEAK if closed else RegisterState.PENDING


def is_weak(state: str) -> bool:
    """Evidence that loses against a complete register (拟:own.complete_by)."""
    return state in (RegisterState.PENDING, RegisterState.WEAK)


def unregistered_due(started_at: datetime, terms: RegisterTerms) -> tuple[datetime, datetime]:
    """When a visit without a register is told to its rep, and when to the assistant (S134)."""
    return (
        started_at + timedelta(minutes=terms.remind_rep),
        started_at + timedelta(minutes=terms.remind_assistant),
    )
