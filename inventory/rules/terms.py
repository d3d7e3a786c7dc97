"""Dated terms of the chapter: sheets, locks, subscriptions, prices."""

from decimal import Decimal

from regulations.rules import Unit, term, topic


@topic("inventory.sheet", "房源表导入", "inventory")
class SheetTerms:
    """How far a sheet's own arithmetic may be off."""

    price_tolerance: Decimal = term(
        Decimal(10),
        label="总价与单价×面积允许相差",
        clause="拟:sys.import",
        unit=Unit.YUAN,
        low=Decimal(0),
        high=Decimal(10_000),
    )


@topic("inventory.hold", "锁定与保留", "inventory")
class HoldTerms:
    """拟 十: the short lock, and how often one may hold a room back."""

    authority: str = term(
        "rep",
        label="谁可临时锁定",
        clause="拟:sc.authority",
        choices={"rep": "代表凭定金或证件锁定，经理即时知会", "manager": "代表申请，经理批准"},
    )
    minutes: int = term(
        60, label="临时锁定时长", clause="拟:sc.lock.minutes", unit=Unit.MINUTES, low=5, high=1440
    )
    warn_minutes: int = term(
        10, label="锁定到期前提醒", clause="拟:sc.lock.minutes", unit=Unit.MINUTES, low=1, high=120
    )
    max_live_rep: int = term(
        1, label="一名代表同时锁定", clause="拟:sc.authority", unit=Unit.COUNT, low=1, high=20
    )
    max_live_customer: int = term(
        2, label="一位客户同时锁定", clause="拟:sc.authority", unit=Unit.COUNT, low=1, high=20
    )
    relock_hours: int = term(
        2,
        label="到期后同一代表或家庭不得再锁同一房",
        clause="拟:sc.authority",
        unit=Unit.HOURS,
        low=0,
        high=168,
    )
    keep_days_max: int = term(7, label="保留最长", clause="拟:sc.release_on", unit=Unit.DAYS, low=1, high=90)


@topic("inventory.subscription", "认购", "inventory")
class SubscriptionTerms:
    """拟 十: deposit, top-up and the day to sign."""

    deposit_min: Decimal = term(
        Decimal(20000),
        label="定金下限",
        clause="拟:sub.deposit.min",
        unit=Unit.YUAN,
        low=Decimal(0),
        high=Decimal(1000000),
    )
    deposit_max_percent: Decimal = term(
        Decimal(20),
        label="定金不超过总价",
        clause="拟:sub.deposit.max",
        unit=Unit.PERCENT,
        low=Decimal(1),
        high=Decimal(20),
        note="法定上限",
    )
    topup_days: int = term(
        3, label="临时认购补足定金", clause="拟:sub.topup.days", unit=Unit.DAYS, low=1, high=30
    )
    small_days: int = term(3, label="小订有效", clause="拟:sd.life", unit=Unit.DAYS, low=1, high=30)
    sign_by_days: int = term(
        7, label="认购后签约期限", clause="拟:sub.sign_by", unit=Unit.DAYS, low=1, high=60
    )
    sign_warn_hours: int = term(
        48, label="签约期限前提醒", clause="拟:sub.sign_by", unit=Unit.HOURS, low=1, high=240
    )


@topic("inventory.price", "价格", "inventory")
class PriceTerms:
    """拟 十: what counts as a room of a similar price."""

    similar_percent: Decimal = term(
        Decimal(10),
        label="价格相近（同户型备选）",
        clause="拟:price.kinds",
        unit=Unit.PERCENT,
        low=Decimal(1),
        high=Decimal(50),
    )
