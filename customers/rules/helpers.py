"""Names, numbers, days and small checks. Pure; moments passed in are local (Shanghai)."""

from collections.abc import Set
from datetime import date, datetime, time, timedelta

from customers.rules.clocks import last_day
from customers.rules.terms import OwnTerms, RegisterTerms
from customers.rules.words import HONORIFICS, LEASE_ARROWS, Gender, Grade, LeaseBasis, LeaseState
from salesdept.errors import RuleError


def grams(*names: str) -> set[str]:
    """Single characters and pairs of the names: what a fragment is looked up by."""
    found: set[str] = set()
    for name in names:
        text = "".join(c for c in name.lower() if c.isalnum())[:20]
        found.update(text)
        found.update(text[i : i + 2] for i in range(len(text) - 1))
    return found


def bare_name(name: str) -> str:
    """A name without 先生, 女士 …, unless nothing but the title would be left out of one character."""
    for title in HONORIFICS:
        if name.endswith(title) and len(name) > len(title):
            return name.removesuffix(title)
    return name


def guess_gender(name: str) -> str:
    """称呼 gives 性别 (拟:own.required_fields); empty when it does not."""
    if name.endswith(("先生", "大哥")):
        return Gender.MALE
    return Gender.FEMALE if name.endswith(("女士", "小姐", "太太", "阿姨", "大姐")) else ""


def reversed_digits(number: str) -> str:
    return "".join(c for c in number if c.isdigit())[::-1]


def prefix_end(prefix: str) -> str:
    """The first key of `[0-9a-z]` after all that begin with `prefix`; empty when there is none.

    Holds under every collation that sorts digits before letters, unlike a `{` behind the prefix.
    """
    order = "0123456789abcdefghijklmnopqrstuvwxyz"
    for i in range(len(prefix) - 1, -1, -1):
        if prefix[i] != "z":
            return prefix[:i] + order[order.index(prefix[i]) + 1]
    return ""


def add_workdays(day: date, count: int) -> date:
    """`count` days from Monday to Friday after `day`."""
    while count > 0:
        day += timedelta(days=1)
        count -= day.weekday() < 5
    return day


def product_of(wanted: str) -> str:
    """住宅 "", 商铺与办公 "shop", 车位 "parking", by the layouts somebody wants; a home counts first."""
    words = [word for word in wanted.replace("、", "·").split("·") if word.strip()]
    kinds = {_KINDS.get(word.strip(), "") for word in words}
    if len(kinds) != 1:
        return "" if "" in kinds or not kinds else "shop"
    return kinds.pop()


_KINDS = {"商铺": "shop", "办公": "shop", "写字楼": "shop", "车位": "parking"}


def valid_days(basis: str, grade: str, terms: OwnTerms, product: str = "") -> int:
    """How many days a lease holds after an effective contact; A customers longer after a visit."""
    if basis == LeaseBasis.CALL:
        return terms.valid_call
    days = {"shop": terms.valid_shop, "parking": terms.valid_parking}.get(product, terms.valid_visit)
    return days + (days * terms.grade_a_bonus // 100 if grade == Grade.A else 0)


def expires_on(
    last_event: date,
    basis: str,
    grade: str,
    terms: OwnTerms,
    *,
    product: str = "",
    stopped: Set[date] = frozenset(),
) -> date:
    """Last day of a lease, included (until 24:00): event day + N days that count."""
    return last_day(last_event, valid_days(basis, grade, terms, product), stopped)


def lease_word(state: str, expires: date, today: date, warn_days: int) -> str:
    """有效, 临期, 已过期 …, as the screen says it."""
    if state != LeaseState.ACTIVE:
        return LeaseState(state).label
    if today > expires:
        return "已过期"
    return "临期" if expires <= today + timedelta(days=warn_days) else "有效"


def check_lease_move(old: str, new: str) -> None:
    if LeaseState(new) not in LEASE_ARROWS[LeaseState(old)]:
        raise RuleError(
            "lease_move",
            f"归属{LeaseState(old).label}，不能改为{LeaseState(new).label}",
            "拟:own.basis",
            "归属变动请走争议裁决",
        )


def check_correctable(happened_at: datetime, now: datetime, terms: RegisterTerms, late: bool) -> None:
    """The author corrects own slips until the closing hour of their day; a late entry is left as it is."""
    closing = datetime.combine(happened_at.date(), time(terms.closing_hour), happened_at.tzinfo)
    if late or now > closing:
        raise RuleError(
            "register_closed",
            "当日登记已截止，这条登记不能再改",
            "拟:own.complete_by",
            "请助理补登更正",
        )


def is_late(happened_at: datetime, now: datetime, terms: RegisterTerms) -> bool:
    """补登: entered after the closing hour of the event's day. Both times are local."""
    return now > datetime.combine(happened_at.date(), time(terms.closing_hour), happened_at.tzinfo)
