"""认购: its deposit, its days and its number."""

from datetime import date, timedelta
from decimal import Decimal

from inventory.rules.stages import Stage
from inventory.rules.terms import SubscriptionTerms
from salesdept.errors import RuleError


def check_subscribable(stage: Stage) -> None:
    """认购 only after money was recorded on a confirmed lock."""
    if stage == Stage.LOCK:
        raise RuleError(
            "no_payment", "还没有收款记录，不能认购", "拟:sc.before_subscribe", "请案场收银先登记定金与凭证"
        )


def deposit_due(price: Decimal, terms: SubscriptionTerms) -> Decimal:
    """The deposit asked: the minimum, never above the legal share of the price."""
    ceiling = (price * terms.deposit_max_percent / 100).quantize(Decimal("0.01"))
    return min(terms.deposit_min, ceiling)


def subscription_stage(paid: Decimal | None, due: Decimal | None) -> Stage:
    """临时认购 while the deposit falls short; `paid=None` says finance took it as whole."""
    short = paid is not None and due is not None and paid < due
    return Stage.TEMP if short else Stage.SUBSCRIBED


def sign_by(today: date, terms: SubscriptionTerms) -> date:
    """The last day to sign, itself included."""
    return today + timedelta(days=terms.sign_by_days)


def topup_by(today: date, terms: SubscriptionTerms) -> date:
    return today + timedelta(days=terms.topup_days)


def small_until(today: date, terms: SubscriptionTerms) -> date:
    return today + timedelta(days=terms.small_days)


def number_of(day: date, pk: int) -> str:
    """The number of a subscription paper: RG-20261119-00123."""
    return f"RG-{day:%Y%m%d}-{pk:05}"
