"""老带新: whether a referral holds and who receives the friend (rules.md 6.4 ref.*, cases 4–6). Pure."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import TextChoices

from customers.rules.words import Stage
from regulations.rules import Step, Unit, Verdicts, from_json, term, topic
from salesdept.errors import RuleError


class ReferralState(TextChoices):
    VALID = "valid", "有效"
    INVALID = "invalid", "无效"
    VISITED = "visited", "到访"
    DEAL = "deal", "成交"
    REWARDED = "rewarded", "已奖励"
    CANCELLED = "cancelled", "退房"


class ReferralReason(TextChoices):
    NOT_BOUGHT = "not_bought", "推荐人未购房"
    SAME_HOME = "same_home", "推荐人与被推荐人是一家"
    REGISTERED = "registered", "被推荐人已在册"
    LATE = "late", "首访之后才登记"
    LEAD = "lead", "提前量不足"
    NOT_IN_PERSON = "not_in_person", "推荐人未到场"


BOUGHT = (Stage.SUBSCRIBED, Stage.SIGNED, Stage.RELEASED, Stage.HANDED)
_R = ReferralState
REFERRAL_ARROWS: Mapping[ReferralState, frozenset[ReferralState]] = {
    _R.VALID: frozenset({_R.VISITED, _R.INVALID, _R.DEAL}),
    _R.INVALID: frozenset(),
    _R.VISITED: frozenset({_R.DEAL, _R.INVALID}),
    _R.DEAL: frozenset({_R.REWARDED, _R.CANCELLED}),
    _R.REWARDED: frozenset({_R.CANCELLED}),
    _R.CANCELLED: frozenset(),
}
HOLDS = (_R.VALID, _R.VISITED, _R.DEAL, _R.REWARDED)


@topic("customers.referrals", "老带新", "customers")
class ReferralTerms:
    must_first_visit: bool = term(
        True, label="老带新须在首访之前或首访当日登记", clause="拟:ref.must_first_visit"
    )
    lead_minutes: int = term(
        0,
        label="首访前至少提前登记",
        clause="拟:ref.must_first_visit",
        unit=Unit.MINUTES,
        low=0,
        high=1440,
    )
    in_person: bool = term(True, label="推荐人须到场或当面推荐", clause="拟:ref.must_first_visit")
    must_have_bought: bool = term(True, label="推荐人须已购房", clause="拟:ref.chain")
    absent: str = term(
        "owner",
        label="被指名的归属人不在",
        clause="拟:ref.absent",
        choices={"owner": "归归属人，同事义务接待", "told": "通知过归属人才归他，没通知按新客"},
        note="义务接待而没有通知归属人的，另行处理",
    )


def check_referral_move(old: str, new: str) -> None:
    if ReferralState(new) not in REFERRAL_ARROWS[ReferralState(old)]:
        raise RuleError(
            "referral_move",
            f"老带新{ReferralState(old).label}，不能改为{ReferralState(new).label}",
            "拟:ref.must_first_visit",
            "刷新后再看它的状态",
        )


def judge_referral(inputs: Mapping[str, Any], terms: ReferralTerms) -> Verdicts:
    """Whether a referral holds, at its entry and at the friend's first visit.

    `inputs`: filed_at, filed_on, registered_at (first contact of the friend, "" when new), first_visit_at
    ("" before it), first_visit_on, in_person, bought (the referrer), same_home. `result`: state, reason.
    """
    steps: list[Step] = []
    for rule in (_referrer, _home, _presence, _first):
        fault, step = rule(inputs, terms)
        steps.append(step)
        if fault is not None:
            return _said(inputs, steps, ReferralState.INVALID, fault.value)
    state = ReferralState.VISITED if inputs["first_visit_at"] else ReferralState.VALID
    return _said(inputs, steps, state, "")


type _Finding = tuple[ReferralReason | None, Step]


def _referrer(inputs: Mapping[str, Any], terms: ReferralTerms) -> _Finding:
    if inputs["bought"] or not terms.must_have_bought:
        return None, Step(text="推荐人是业主，或制度不要求已购房", clause="拟:ref.chain")
    return ReferralReason.NOT_BOUGHT, Step(text="推荐人还没有购房，朋友按轮次接待", clause="拟:ref.chain")


def _home(inputs: Mapping[str, Any], terms: ReferralTerms) -> _Finding:
    if inputs["same_home"]:
        return ReferralReason.SAME_HOME, Step(text="同一客户组，不算老带新", clause="拟:own.kin")
    return None, Step(text="推荐人与被推荐人不是一家", clause="拟:own.kin")


def _presence(inputs: Mapping[str, Any], terms: ReferralTerms) -> _Finding:
    if terms.in_person and not inputs["in_person"]:
        text = "推荐人没有到场或当面推荐"
        return ReferralReason.NOT_IN_PERSON, Step(text=text, clause="拟:ref.must_first_visit")
    return None, Step(text="推荐方式合乎制度", clause="拟:ref.must_first_visit")


def _first(inputs: Mapping[str, Any], terms: ReferralTerms) -> _Finding:
    """Filed before or at the friend's first visit, and before the number was in the book."""
    registered, visit = inputs["registered_at"], inputs["first_visit_at"]
    first = min((day for day in (_day(registered), _day(inputs["first_visit_on"])) if day), default=None)
    filed = date.fromisoformat(inputs["filed_on"])
    if not terms.must_first_visit or first is None:
        return None, Step(text="被推荐人在登记之前没有来过", clause="拟:ref.must_first_visit")
    if first < filed:
        reason = ReferralReason.LATE if visit else ReferralReason.REGISTERED
        text = "登记老带新之前，被推荐人已在册"
        return reason, Step(text=text, clause="拟:ref.must_first_visit", value=first.isoformat())
    if visit and terms.lead_minutes and _minutes(inputs["filed_at"], visit) < terms.lead_minutes:
        text = "登记离首访不足规定的提前量"
        return ReferralReason.LEAD, Step(
            text=text, clause="拟:ref.must_first_visit", value=visit[:16].replace("T", " ")
        )
    return None, Step(text="登记不晚于首访当日", clause="拟:ref.must_first_visit", value=first.isoformat())


def _day(text: str) -> date | None:
    return date.fromisoformat(text[:10]) if text else None


def _minutes(first: str, then: str) -> int:
    return int((datetime.fromisoformat(then) - datetime.fromisoformat(first)).total_seconds() // 60)


def _said(inputs: Mapping[str, Any], steps: list[Step], state: ReferralState, reason: str) -> Verdicts:
    result = {"state": state.value, "reason": reason}
    return Verdicts(kind="customers.referral", result=result, inputs=inputs, steps=steps)


def recompute_referral(inputs: Mapping[str, Any], values: Mapping[str, Any]) -> Verdicts:
    return judge_referral(inputs, from_json(ReferralTerms, values))


def receiver_of(facts: Mapping[str, Any], on_turn: int, terms: ReferralTerms) -> Mapping[str, Any]:
    """Who receives the friend of a valid referral, and whether the reception uses a turn.

    `facts`: owner (of the referrer, or None), named, owner_present, owner_told. `result`: rep, uses_turn,
    standin (somebody else serves for the owner), compensate (the stand-in keeps a claim to the next guest),
    untold (the stand-in told nobody: a case).
    """
    owner = facts["owner"]
    if owner is None or not facts["named"]:
        return _receives(on_turn, uses_turn=True)
    if facts["owner_present"]:
        return _receives(owner, uses_turn=False)
    told = bool(facts["owner_told"])
    if terms.absent == "told" and not told:
        return _receives(on_turn, uses_turn=True)
    return _receives(owner, uses_turn=False, standin=True, untold=not told)


def _receives(rep: int, *, uses_turn: bool, standin: bool = False, untold: bool = False) -> Mapping[str, Any]:
    return {
        "rep": rep,
        "uses_turn": uses_turn,
        "standin": standin,
        "compensate": standin and not untold,
        "untold": untold,
    }
