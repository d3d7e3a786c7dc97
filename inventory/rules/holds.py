"""Whether a room may be locked or kept, and until when."""

from collections.abc import Collection
from datetime import datetime, timedelta

from inventory.rules.stages import TIMED, Stage
from inventory.rules.terms import HoldTerms
from salesdept.errors import RuleError


def has_expired(stage: Stage, expires_at: datetime | None, now: datetime) -> bool:
    """Whether the clock has already freed the room; asked at use as well as by the reminder."""
    return stage in TIMED and expires_at is not None and expires_at <= now


def lock_until(now: datetime, terms: HoldTerms) -> datetime:
    return now + timedelta(minutes=terms.minutes)


def check_until(now: datetime, until: datetime, terms: HoldTerms) -> None:
    """保留 ends in the future and within its longest life."""
    latest = now + timedelta(days=terms.keep_days_max)
    if not now < until <= latest:
        raise RuleError(
            "bad_until",
            f"保留到期须在现在之后、{terms.keep_days_max} 天之内",
            "拟:sc.release_on",
            "改一个到期时间，到期前可再续",
        )


def free_slot(taken: Collection[int]) -> int:
    """The lowest number not taken: the n-th live lock carries number n, so that an index can count them."""
    return next(n for n in range(1, len(taken) + 2) if n not in taken)


def check_rep_limit(live: int, terms: HoldTerms) -> None:
    if live >= terms.max_live_rep:
        raise RuleError(
            "rep_lock_limit",
            f"你已有 {live} 套在临时锁定",
            "拟:sc.authority",
            "等它收款或到期，或请经理释放后再锁",
        )


def check_customer_limit(live: int, terms: HoldTerms) -> None:
    if live >= terms.max_live_customer:
        raise RuleError(
            "customer_lock_limit",
            f"这位客户已有 {live} 套在临时锁定",
            "拟:sc.authority",
            "请客户先选定，释放其余再锁",
        )


def check_on_sale(released_at: datetime | None, priced: bool, now: datetime) -> None:
    """A room is sold only after 放盘 and with an approved list price."""
    if released_at is None or released_at > now:
        raise RuleError("not_released", "这套房尚未推售", "S57", "请经理放盘后再认购")
    if not priced:
        raise RuleError("no_price", "这套房没有已批准的表价", "S40", "请经理批准价格表")


def check_project(unit_project: int, customer_project: int) -> None:
    """No cross-site sales: a customer of one project takes a room of that project."""
    if unit_project != customer_project:
        raise RuleError("other_project", "这位客户登记在另一个项目", "S59", "请在本项目登记客户来访后再认购")
