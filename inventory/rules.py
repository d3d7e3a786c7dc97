"""销控: what a claim on a room is, how it may move, who moves it, and what the board shows. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import TextChoices

from regulations.rules import Unit, term, topic
from salesdept.errors import RuleError
from salesdept.rules import Role


class Stage(TextChoices):
    """Every way to occupy a room. A room has one live claim at most, whatever its stage."""

    LOCK = "lock", "临时锁定"
    PAID = "paid", "收款待确认"
    SMALL = "small", "小订"
    KEPT = "kept", "内部预留"
    TEMP = "temp", "临时认购"
    SUBSCRIBED = "subscribed", "认购"
    SIGNED = "signed", "签约"
    RETURNING = "returning", "退房中"
    BLOCKED = "blocked", "封盘"


class EndReason(TextChoices):
    EXPIRED = "expired", "到期未收款"
    RELEASED = "released", "经理释放"
    REJECTED = "rejected", "收款未到账"
    WITHDRAWN = "withdrawn", "客户放弃"
    FORFEITED = "forfeited", "挞定"
    CANCELLED = "cancelled", "退房"
    SWAPPED = "swapped", "换房"
    UNBLOCKED = "unblocked", "解除封盘"


class Evidence(TextChoices):
    """What the rep must hold in hand before locking (拟:sc.evidence)."""

    DEPOSIT = "deposit", "定金凭证"
    IDENTITY = "identity", "证件原件"


TIMED = (Stage.LOCK, Stage.SMALL, Stage.KEPT)  # freed by the clock
WITHOUT_CUSTOMER = (Stage.KEPT, Stage.BLOCKED)  # the house's own
SUBSCRIBED_STAGES = (Stage.SUBSCRIBED, Stage.SIGNED, Stage.RETURNING)
SOLD = (Stage.TEMP, *SUBSCRIBED_STAGES)  # what 去化 counts

_CONTROL = frozenset({Role.MANAGER})
_DESK = frozenset({Role.CASHIER, Role.FINANCE})
_FINANCE = frozenset({Role.FINANCE})
_PAPER = frozenset({Role.ASSISTANT, Role.MANAGER})
_RETURN = frozenset({Role.MANAGER, Role.DIRECTOR})
NOBODY: frozenset[Role] = frozenset()  # the system alone

# 拟:sc.before_subscribe — the only ways a claim may move, and whose hand moves it.
MOVES: Mapping[Stage, Mapping[Stage, frozenset[Role]]] = {
    Stage.LOCK: {Stage.PAID: _DESK, Stage.KEPT: _CONTROL},
    Stage.KEPT: {Stage.PAID: _DESK},
    Stage.PAID: {
        Stage.LOCK: _FINANCE,
        Stage.SMALL: _FINANCE,
        Stage.TEMP: _FINANCE,
        Stage.SUBSCRIBED: _FINANCE,
    },
    Stage.SMALL: {Stage.PAID: _DESK, Stage.TEMP: _FINANCE, Stage.SUBSCRIBED: _FINANCE},
    Stage.TEMP: {Stage.SUBSCRIBED: _FINANCE},
    Stage.SUBSCRIBED: {Stage.SIGNED: _PAPER, Stage.RETURNING: _RETURN},
    Stage.SIGNED: {Stage.RETURNING: _RETURN},
    Stage.RETURNING: {},
    Stage.BLOCKED: {},
}

# How a claim may end. 拟:sc.release_on — freeing is 经理's; only the clock ends a lock without a person.
ENDS: Mapping[Stage, Mapping[EndReason, frozenset[Role]]] = {
    Stage.LOCK: {EndReason.EXPIRED: NOBODY, EndReason.RELEASED: _CONTROL, EndReason.WITHDRAWN: _CONTROL},
    Stage.PAID: {EndReason.REJECTED: _FINANCE, EndReason.WITHDRAWN: _CONTROL},
    Stage.SMALL: {EndReason.EXPIRED: NOBODY, EndReason.RELEASED: _CONTROL, EndReason.WITHDRAWN: _CONTROL},
    Stage.KEPT: {EndReason.EXPIRED: NOBODY, EndReason.RELEASED: _CONTROL, EndReason.WITHDRAWN: _CONTROL},
    Stage.TEMP: {EndReason.FORFEITED: _CONTROL, EndReason.WITHDRAWN: _CONTROL},
    Stage.SUBSCRIBED: {
        EndReason.FORFEITED: _CONTROL,
        EndReason.WITHDRAWN: _CONTROL,
        EndReason.SWAPPED: _RETURN,
        EndReason.CANCELLED: _RETURN,
    },
    Stage.SIGNED: {EndReason.SWAPPED: _RETURN},
    Stage.RETURNING: {EndReason.CANCELLED: _RETURN},
    Stage.BLOCKED: {EndReason.UNBLOCKED: _CONTROL},
}


# Endings that the manager picks by hand; the others are the clock's, finance's or the contract chapter's.
HAND_ENDS = (EndReason.WITHDRAWN, EndReason.FORFEITED, EndReason.UNBLOCKED)


@dataclass(frozen=True, slots=True)
class Sign:
    """How a state looks on the board: one character, its words and the colour key of the design."""

    char: str
    label: str
    colour: str


OPEN, UNRELEASED = "open", "unreleased"
SIGNS: Mapping[str, Sign] = {
    OPEN: Sign("可", "可售", "open"),
    Stage.LOCK.value: Sign("锁", "临时锁定", "hold"),
    Stage.PAID.value: Sign("款", "收款待确认", "hold"),
    Stage.SMALL.value: Sign("订", "小订", "hold"),
    Stage.KEPT.value: Sign("留", "保留", "hold"),
    Stage.TEMP.value: Sign("认", "临时认购", "resv"),
    Stage.SUBSCRIBED.value: Sign("认", "认购", "resv"),
    Stage.SIGNED.value: Sign("签", "签约", "sign"),
    Stage.RETURNING.value: Sign("退", "退房中", "lock"),
    Stage.BLOCKED.value: Sign("封", "封盘", "lock"),
    UNRELEASED: Sign("未", "未推", "lock"),
}


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


def check_move(old: Stage, new: Stage) -> None:
    """Raise RuleError when the regulation knows no way from `old` to `new`."""
    if new not in MOVES[old]:
        raise RuleError(
            "bad_move",
            f"「{old.label}」不能直接变为「{new.label}」",
            "拟:sc.before_subscribe",
            "按 锁定 → 收款 → 认购 → 签约 的顺序办理",
        )


def check_end(stage: Stage, reason: EndReason) -> None:
    """Raise RuleError when a claim of this stage cannot end for this reason."""
    if reason not in ENDS[stage]:
        raise RuleError(
            "bad_end",
            f"「{stage.label}」不能以「{reason.label}」结束",
            "拟:sc.release_on",
            "已收款或已签约的房源须先退款、退房",
        )


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


def state_of(stage: str | None, released: bool) -> str:
    """Key into SIGNS: the live claim's stage, else 未推 while not released, else 可售."""
    return stage or (OPEN if released else UNRELEASED)


def similar_range(price: Decimal, terms: PriceTerms) -> tuple[Decimal, Decimal]:
    """Prices that count as near."""
    band = (price * terms.similar_percent / 100).quantize(Decimal("0.01"))
    return price - band, price + band


def per_metre(total: Decimal, area: Decimal) -> Decimal:
    """Yuan a square metre of built area."""
    return (total / area).quantize(Decimal("0.01"))


def number_of(day: date, pk: int) -> str:
    """The number of a subscription paper: RG-20261119-00123."""
    return f"RG-{day:%Y%m%d}-{pk:05}"


def unit_code(building: str, stair: str, room_no: str) -> str:
    """`2-1503`, or `2-1-1503` where the building has stairs."""
    return "-".join(part for part in (building, stair, room_no) if part)
