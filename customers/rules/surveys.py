"""满意度 and 回访: the three items the regulation names, scores, validity. Pure."""

import hashlib
import random
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from django.db.models import TextChoices

from customers.rules.words import Stage
from regulations.rules import Unit, term, topic
from salesdept.errors import RuleError

TEMPLATE = 1  # version of the questions; a survey keeps the one it was asked with
ITEMS: Mapping[str, tuple[str, str]] = {
    "conduct": ("日常行为规范", "着装、礼貌、守时、接待秩序"),
    "talk": ("客户沟通", "讲解清楚、如实，听得懂、问得到"),
    "service": ("服务", "需求有回应，说到的事做到"),
}
SCORES = ((5, "很满意"), (4, "满意"), (3, "一般"), (2, "不满意"), (1, "很不满意"))


@topic("customers.surveys", "回访与满意度", "customers")
class SurveyTerms:
    pass_score: int = term(
        4, label="满意分数线（每项不低于）", clause="拟:svc.sat.pass", unit=Unit.NONE, low=3, high=5
    )
    low_score: int = term(
        2, label="低分自动转投诉（任一项不高于）", clause="S143", unit=Unit.NONE, low=1, high=3
    )
    link_days: int = term(7, label="评价链接有效", clause="S143", unit=Unit.DAYS, low=1, high=60)
    sample_per_rep: int = term(
        5, label="主管每月抽评每位代表的客户", clause="拟:svc.sample_customer_rating", unit=Unit.COUNT,
        low=1, high=50,
    )  # fmt: skip
    misses: int = term(
        20, label="同一网络每刻钟打错评价链接", clause="S143", unit=Unit.TIMES, low=5, high=1000
    )


@topic("customers.callbacks", "回访", "customers")
class CallBackTerms:
    after_visit: int = term(3, label="首访后回访", clause="拟:svc.callback", unit=Unit.DAYS, low=1, high=60)
    after_signing: int = term(7, label="签约后回访", clause="拟:svc.callback", unit=Unit.DAYS, low=1, high=90)
    after_handover: int = term(
        15, label="交房后回访", clause="拟:svc.callback", unit=Unit.DAYS, low=1, high=180
    )
    tries: int = term(
        3, label="几次未通记无法接通", clause="拟:svc.callback", unit=Unit.TIMES, low=1, high=10
    )

    def days(self, moment: str) -> int:
        return {
            Moment.VISIT.value: self.after_visit,
            Moment.SIGNED.value: self.after_signing,
        }.get(moment, self.after_handover)


class Moment(TextChoices):
    VISIT = "visit", "首访后"
    SIGNED = "signed", "签约后"
    HANDED = "handed", "交房后"
    SAMPLE = "sample", "主管抽评"


CALL_MOMENTS = (Moment.VISIT, Moment.SIGNED, Moment.HANDED)
STAGE_MOMENTS: Mapping[str, Moment] = {
    Stage.SIGNED.value: Moment.SIGNED,
    Stage.HANDED.value: Moment.HANDED,
}


class SurveyState(TextChoices):
    PLANNED = "planned", "待发送"
    SENT = "sent", "已发送"
    VALID = "valid", "有效"
    INVALID = "invalid", "无效"
    REPLACED = "replaced", "已重发"


SURVEY_ARROWS: Mapping[SurveyState, frozenset[SurveyState]] = {
    SurveyState.PLANNED: frozenset({SurveyState.SENT}),
    SurveyState.SENT: frozenset({SurveyState.VALID, SurveyState.INVALID, SurveyState.REPLACED}),
    SurveyState.VALID: frozenset({SurveyState.INVALID}),
    SurveyState.INVALID: frozenset(),
    SurveyState.REPLACED: frozenset(),
}
ASKED = (SurveyState.SENT, SurveyState.VALID, SurveyState.INVALID)
RETURNED = (SurveyState.VALID, SurveyState.INVALID)


class CallState(TextChoices):
    PLANNED = "planned", "计划"
    DONE = "done", "完成"
    UNREACHED = "unreached", "无法接通"
    MADE_UP = "made_up", "补做"


def token_hash(token: str) -> str:
    """What is stored of a link: nobody can make the link from it."""
    return hashlib.sha256(token.encode()).hexdigest()


def judge(scores: Sequence[int], by_staff: bool) -> tuple[SurveyState, str]:
    """有效 or 无效 with its reason. Raises RuleError when an item has no score from 1 to 5."""
    if len(scores) != len(ITEMS) or any(score not in range(1, 6) for score in scores):
        raise RuleError("scores_needed", "三项都要评分", "S215", "每项选一档")
    if by_staff:
        return SurveyState.INVALID, "在员工登录的浏览器里作答"
    return SurveyState.VALID, ""


def is_satisfied(scores: Iterable[int], terms: SurveyTerms) -> bool:
    """S215: every one of the three at or above the line."""
    return all(score >= terms.pass_score for score in scores)


def is_low(scores: Iterable[int], terms: SurveyTerms) -> bool:
    """Any of the three at or below the line that opens a complaint."""
    return any(score <= terms.low_score for score in scores)


def check_survey_move(old: str, new: SurveyState) -> None:
    if new not in SURVEY_ARROWS[SurveyState(old)]:
        raise RuleError(
            "survey_move", f"这份评价{SurveyState(old).label}，不能改为{new.label}", "S143", "刷新后再看"
        )


def call_state(state: str, reached: bool, tries: int, terms: CallBackTerms) -> CallState:
    """A call's outcome: 完成 or, after 无法接通, 补做; 无法接通 once nobody answered often enough."""
    if state in (CallState.DONE, CallState.MADE_UP):
        raise RuleError("called_back", "这次回访已完成", "S28", "要再联系请写跟进")
    late = state == CallState.UNREACHED
    if reached:
        return CallState.MADE_UP if late else CallState.DONE
    return CallState.UNREACHED if late or tries >= terms.tries else CallState.PLANNED


def sample(seed: int, population: Sequence[int], count: int) -> list[int]:
    """`count` customers at random; the same seed over the same customers draws the same."""
    ordered = sorted(population)
    return sorted(random.Random(seed).sample(ordered, min(count, len(ordered))))  # noqa: S311


def month_span(day: date) -> tuple[date, date]:
    """First and last day of a day's month."""
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
