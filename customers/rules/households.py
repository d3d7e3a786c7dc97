"""一人一户: whose number, who belongs together, and what a merge makes of two files. Pure."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import TextChoices

from customers.rules.helpers import bare_name
from customers.rules.words import LIVE, LeaseState
from regulations.rules import Step, Unit, Verdicts, from_json, term, topic
from salesdept.errors import RuleError

MERGE = "customers.merge"
WECHAT = "wx:"  # how a stored 微信号 begins
FALSE_NUMBERS = frozenset({"13800138000", "13800138001", "12345678901"})
_CHINESE = re.compile("[\u3400-\u4dbf\u4e00-\u9fff·]{2,12}")
_WECHAT = re.compile(r"[A-Za-z][-_A-Za-z0-9]{5,19}")


class HouseholdKind(TextChoices):
    FAMILY = "family", "家庭"
    COMPANY = "company", "单位"


class NumberKind(TextChoices):
    PHONE = "phone", "电话"
    WECHAT = "wechat", "微信号"


class Relation(TextChoices):
    SELF = "self", "本人"
    SPOUSE = "spouse", "配偶"
    PARENT = "parent", "父母"
    CHILD = "child", "子女"
    SIBLING = "sibling", "兄弟姐妹"
    OTHER = "other", "其他"


class MergeKind(TextChoices):
    PERSON = "person", "同一人"
    HOUSEHOLD = "household", "同一客户组"


class NamesakeState(TextChoices):
    OPEN = "open", "待确认"
    SAME = "same", "是同一人"
    OTHER = "other", "不是同一人"


@topic("customers.households", "一人一户", "customers")
class KinTerms:
    siblings: bool = term(
        False,
        label="兄弟姐妹算同一客户组",
        clause="拟:own.kin",
        note="关闭时只有配偶、父母、子女算同一客户组",
    )


@topic("customers.lookup", "查重", "customers")
class LookupTerms:
    alarm: int = term(
        20, label="每人每天查重到几次时提醒经理与助理", clause="S30", unit=Unit.TIMES, low=1, high=500
    )
    limit: int = term(60, label="每人每天查重上限", clause="S30", unit=Unit.TIMES, low=1, high=1000)


@topic("customers.retention", "客户资料保留", "customers")
class RetentionTerms:
    months: int = term(36, label="无成交客户的资料保留月数", clause="S30", unit=Unit.COUNT, low=6, high=120)
    switched_on: bool = term(
        False, label="到期自动匿名", clause="S30", note="关闭时只在「到期资料」里预演，不改任何资料"
    )


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier, or that month's last one (at most the 28th)."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, 28))


# --- numbers


def obviously_false(number: str) -> bool:
    """Numbers nobody has: one digit repeated, a mobile or landline that ends in nothing but zeros."""
    digits = "".join(c for c in number.partition("-")[0] if c.isdigit())
    if not digits or number.startswith(WECHAT):
        return False
    return len(set(digits)) == 1 or digits.endswith("0000000") or digits in FALSE_NUMBERS


def wechat_id(text: str) -> str:
    """The stored form of a 微信号. Raises RuleError when it can be none."""
    found = text.strip().removeprefix(WECHAT)
    if not _WECHAT.fullmatch(found):
        raise RuleError(
            "wechat_invalid",
            "微信号为 6 至 20 位字母、数字、下划线或减号，以字母开头",
            "拟:own.required_fields",
            "核对后重填，或改留手机号",
        )
    return WECHAT + found.lower()


def number_mask(number: str, masked: str) -> str:
    """A number on screen: `masked` is its phone mask; a 微信号 shows its last two characters."""
    return f"微信 ****{number[-2:]}" if number.startswith(WECHAT) else masked


# --- people


def known_name(name: str, full_name: str) -> str:
    """The name by which somebody may be a namesake: a full one, never 罗女士 (拟:own.match)."""
    if len(full_name) >= 2:
        return full_name
    if bare_name(name) == name and _CHINESE.fullmatch(name):
        return name
    return ""


def check_relation(relation: str, kind: str, terms: KinTerms) -> None:
    """Whether a relation makes one household (拟:own.kin). Raises RuleError `not_kin`."""
    if relation not in Relation.values or relation == Relation.SELF:
        raise RuleError("relation_needed", "请选与本人的关系", "拟:own.kin", "选配偶、父母、子女等")
    if kind == HouseholdKind.COMPANY:
        return
    if relation == Relation.OTHER or (relation == Relation.SIBLING and not terms.siblings):
        raise RuleError(
            "not_kin",
            f"{Relation(relation).label}不算同一客户组",
            "拟:own.kin",
            "各自登记；单位购房先把客户组改为单位",
        )


# --- merging


def _live(lease: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    return lease if lease is not None and lease["state"] in LIVE else None


def check_leases(kind: str, first: Mapping[str, Any] | None, second: Mapping[str, Any] | None) -> None:
    """A merge decides no ownership: nothing under dispute, and one person never has two owners."""
    leases = [lease for lease in (_live(first), _live(second)) if lease]
    if any(lease["state"] == LeaseState.FROZEN for lease in leases):
        raise RuleError("disputed", "归属争议裁决前不能合并", "拟:own.lookback", "等裁决后再申请合并")
    if kind == MergeKind.PERSON and len({lease["rep"] for lease in leases}) > 1:
        raise RuleError(
            "two_owners",
            "两份档案各有有效归属，合并不裁决归属",
            "拟:own.basis",
            "先提出归属争议，裁决后再合并",
            url="/customers/disputes/",
        )


def decide_merge(inputs: Mapping[str, Any]) -> Verdicts:
    """What a merge makes of two files' first dates and live leases (6.7 cases 1, 3 and 23).

    `inputs`: kind, first_contacts (ISO, of survivor and the other), leases (survivor's and the other's: pk,
    rep, state, started_at, last_effective_at, expires_on; or None). `result`: first_contact, keep and close
    (keys of leases or None) and the kept lease's state, started_at, last_effective_at and expires_on.
    """
    first, second = inputs["leases"]
    check_leases(inputs["kind"], first, second)
    steps = [Step(text="两份档案的历史都保留，首次接触取较早的", clause="拟:own.match")]
    result: dict[str, Any] = {"first_contact": min(inputs["first_contacts"]), "keep": None, "close": None}
    leases = [lease for lease in (first, second) if _live(lease)]
    if inputs["kind"] == MergeKind.HOUSEHOLD:
        text = "同一客户组各人保留各自的归属，先完整登记的为先"
        return _verdict(inputs, result, [*steps, Step(text=text, clause="拟:own.kin")])
    if not leases:
        return _verdict(inputs, result, [*steps, Step(text="都没有有效归属", clause="拟:own.unregistered")])
    kept = min(leases, key=lambda lease: (lease["state"] != LeaseState.LOCKED, lease["started_at"]))
    closed = next((lease for lease in leases if lease is not kept), None)
    result |= {
        "keep": kept["pk"],
        "close": closed["pk"] if closed else None,
        "state": kept["state"],
        "started_at": min(lease["started_at"] for lease in leases),
        "last_effective_at": max(lease["last_effective_at"] for lease in leases),
        "expires_on": max(lease["expires_on"] for lease in leases),
    }
    steps.append(
        Step(text="同一位代表的归属合为一份，起点取较早的", clause="拟:own.basis", value=kept["rep"])
    )
    return _verdict(inputs, result, steps)


def _verdict(inputs: Mapping[str, Any], result: Mapping[str, Any], steps: list[Step]) -> Verdicts:
    return Verdicts(kind=MERGE, result=result, inputs=inputs, steps=steps)


def recompute_merge(inputs: Mapping[str, Any], values: Mapping[str, Any]) -> Verdicts:
    from_json(KinTerms, values)
    return decide_merge(inputs)


def put_back(before: Any, after: Any, now: Any) -> Any:
    """A field's value when a merge is undone: as before, unless somebody has changed it since."""
    return before if now == after else now


def take_off(before: int, after: int, now: int) -> int:
    """A counter when a merge is undone: what the merge added goes, what was counted since stays."""
    return max(now - (after - before), 0)
