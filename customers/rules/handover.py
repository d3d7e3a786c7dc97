"""离职与调岗交接: which customers go together, and to whom they may go. Pure."""

from collections.abc import Mapping

from django.db.models import TextChoices

from customers.rules.words import Grade, LeaseState
from salesdept.errors import RuleError

POOL = "pool"


class Why(TextChoices):
    LEFT = "left", "离职"
    MOVED = "moved", "调岗"


class Group(TextChoices):
    """The groups a leaver's customers are given away in."""

    A = "a", "A 类客户"
    B = "b", "B 类客户"
    C = "c", "C 类客户"
    DEAL = "deal", "已收定金未签约"
    OWNER = "owner", "已成交老业主"
    FROZEN = "frozen", "归属争议中"


# 争议中 waits for the ruling; money has been taken in the other two, so the pool is no place for them.
GIVEN = (Group.A, Group.B, Group.C, Group.DEAL, Group.OWNER)
MAY_GO_TO_POOL = (Group.A, Group.B, Group.C)
STAY_WHEN_MOVED = (Group.DEAL, Group.OWNER)


def group_of(state: str, deal: bool, grade: str) -> Group:
    """The group of a customer by the live lease's state ("" when it closed), a signed deal and the grade."""
    if state == LeaseState.FROZEN:
        return Group.FROZEN
    if deal or not state:
        return Group.OWNER
    if state == LeaseState.LOCKED:
        return Group.DEAL
    return {Grade.A.value: Group.A, Grade.B.value: Group.B}.get(grade, Group.C)


def check_choices(counts: Mapping[Group, int], choices: Mapping[str, str], why: str, leaver: int) -> None:
    """Raise RuleError unless everything that must go has somewhere to go.

    `choices`: group → rep key as text or `pool`. Who only changes projects keeps the locked deals.
    """
    for group in GIVEN:
        choice = choices.get(group.value, "")
        stays = why == Why.MOVED and group in STAY_WHEN_MOVED
        if counts.get(group) and not choice and not stays:
            raise RuleError(
                "handover_open",
                f"「{group.label}」还没有选交给谁",
                "拟:own.basis",
                "每一组都选接手人或转公海",
            )
        if choice == POOL and group not in MAY_GO_TO_POOL:
            raise RuleError(
                "handover_pool", f"「{group.label}」不能转公海", "拟:own.basis", "已收定金的客户须有人接手"
            )
        if choice == str(leaver):
            raise RuleError("handover_self", "不能交接给本人", "拟:own.basis", "选另一位代表")
