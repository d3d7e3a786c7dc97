"""The room state machine: what a claim is, how it may move or end, who moves it, its sign on the board."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import TextChoices

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


def state_of(stage: str | None, released: bool) -> str:
    """Key into SIGNS: the live claim's stage, else 未推 while not released, else 可售."""
    return stage or (OPEN if released else UNRELEASED)
