"""跟进: the rep says what happened, the rule says whether it counts (拟:own.renew). Pure."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date
from math import ceil
from typing import Any

from django.db.models import TextChoices

from customers.rules.words import FollowMethod
from regulations.rules import Step, Unit, Verdicts, from_json, term, topic
from salesdept.errors import RuleError


class FollowResult(TextChoices):
    """What became of a follow-up."""

    TALKED = "talked", "接通"
    MET = "met", "见面"
    ANSWERED = "answered", "客户已回复"
    NO_ANSWER = "no_answer", "未接"
    OFF = "off", "关机"
    DEAD = "dead", "空号"
    SENT = "sent", "已发未回"


REACHED = (FollowResult.TALKED, FollowResult.MET, FollowResult.ANSWERED)
# Which results a way of following up can have; what contact is by it comes first.
RESULTS_OF: Mapping[FollowMethod, tuple[FollowResult, ...]] = {
    FollowMethod.PHONE: (
        FollowResult.TALKED,
        FollowResult.NO_ANSWER,
        FollowResult.OFF,
        FollowResult.DEAD,
    ),
    FollowMethod.WECHAT: (FollowResult.ANSWERED, FollowResult.SENT),
    FollowMethod.SMS: (FollowResult.ANSWERED, FollowResult.SENT),
    FollowMethod.MEETING: (FollowResult.MET,),
}


class RecallState(TextChoices):
    """What the customer says about a follow-up when the assistant calls again."""

    OPEN = "open", "待回访"
    TRUE = "true", "属实"
    FALSE = "false", "不属实"
    UNREACHED = "unreached", "未接通"


@topic("customers.followups", "跟进与抽查", "customers")
class FollowTerms:
    content_min: int = term(
        3, label="有效跟进内容最少字数", clause="拟:own.renew", unit=Unit.COUNT, low=1, high=50
    )
    per_day: int = term(
        1, label="每位客户每天最多计有效跟进", clause="拟:own.renew", unit=Unit.TIMES, low=1, high=5
    )
    sms_counts: bool = term(False, label="短信回复计有效跟进", clause="拟:own.renew")
    moves_max: int = term(2, label="未联系前最多改期", clause="S26", unit=Unit.TIMES, low=0, high=10)
    next_days_max: int = term(30, label="下次跟进最远排到", clause="S26", unit=Unit.DAYS, low=1, high=180)
    recall_percent: int = term(
        10, label="每周回访抽查有效跟进", clause="拟:own.renew", unit=Unit.PERCENT, low=0, high=100
    )
    recall_tries: int = term(
        3, label="抽查未接通最多拨打", clause="拟:own.renew", unit=Unit.TIMES, low=1, high=10
    )


def is_effective(inputs: Mapping[str, Any], terms: FollowTerms) -> Verdicts:
    """Whether a follow-up counts: contact was made, it says enough, and no other counted that day.

    `inputs`: method, outcome, words (characters that say something), counted_today. `result`: effective, why.
    """
    reached = inputs["outcome"] in REACHED
    steps = [Step(text=_said(inputs), clause="拟:own.renew", value="联系上" if reached else "没联系上")]
    why = "" if reached else "unreached"
    if reached and inputs["method"] == FollowMethod.SMS and not terms.sms_counts:
        steps.append(Step(text="短信回复不计有效跟进", clause="拟:own.renew"))
        why = "sms"
    elif reached and inputs["words"] < terms.content_min:
        told = f"{inputs['words']} 字，至少 {terms.content_min} 字"
        steps.append(Step(text="内容太短，看不出谈了什么", clause="S35", value=told))
        why = "short"
    elif reached and inputs["counted_today"] >= terms.per_day:
        told = f"今天已计 {inputs['counted_today']} 次"
        steps.append(Step(text="同一客户当天不再计", clause="拟:own.renew", value=told))
        why = "counted"
    steps.append(Step(text="不计有效，不续期" if why else "计为有效跟进", clause="拟:own.renew"))
    result = {"effective": not why, "why": why}
    return Verdicts(kind="customers.followup", result=result, inputs=inputs, steps=steps)


def _said(inputs: Mapping[str, Any]) -> str:
    method, outcome = FollowMethod(inputs["method"]), FollowResult(inputs["outcome"])
    return f"{method.label}：{outcome.label}"


def recompute_effective(inputs: Mapping[str, Any], values: Mapping[str, Any]) -> Verdicts:
    return is_effective(inputs, from_json(FollowTerms, values))


def words_in(content: str) -> int:
    """Characters that say something: letters and digits, without signs and blanks."""
    return sum(c.isalnum() for c in content)


def read_result(method: str, result: str) -> FollowResult:
    """A result that the method can have; raises RuleError otherwise."""
    if result not in FollowResult.values or method not in FollowMethod.values:
        raise RuleError("result_unknown", "没有这种跟进结果", "S35", "选一个跟进结果")
    if FollowResult(result) not in RESULTS_OF[FollowMethod(method)]:
        word = f"{FollowMethod(method).label}跟进没有「{FollowResult(result).label}」这种结果"
        raise RuleError("result_unknown", word, "S35", "改方式或结果")
    return FollowResult(result)


def check_move(moves: int, terms: FollowTerms) -> None:
    """How often a follow-up may be put off before anybody was spoken to."""
    if moves >= terms.moves_max:
        raise RuleError(
            "moved_too_often",
            f"已改期 {moves} 次，联系过客户才能再改",
            "S26",
            "先联系客户，写一条跟进",
        )


def check_next(next_on: date, today: date, terms: FollowTerms) -> None:
    """The next follow-up lies between today and the farthest day a rep may plan."""
    if next_on < today:
        raise RuleError("follow_in_past", "下次跟进不能早于今天", "S26", "改成今天或以后的日期")
    if (next_on - today).days > terms.next_days_max:
        raise RuleError(
            "follow_too_far", f"下次跟进最远排到 {terms.next_days_max} 天后", "S26", "改近一些的日期"
        )


def draw(population: Iterable[int], percent: int, seed: str) -> list[int]:
    """The sample of a week: the same numbers for the same seed, whoever draws it; rounded up.

    Every row is ranked by a hash of seed and key, so that nobody can choose who is called.
    """
    ranked = sorted(population, key=lambda pk: hashlib.sha256(f"{seed}:{pk}".encode()).digest())
    return sorted(ranked[: ceil(len(ranked) * percent / 100)])
