"""A, B, C: the grade that behaviour suggests. A person decides; nothing changes by itself (S24). Pure."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from customers.rules.words import Grade, Stage
from regulations.rules import Step, Unit, Verdicts, from_json, term, topic

INTENT = (Stage.DEPOSIT, Stage.SUBSCRIBED, Stage.SIGNED, Stage.RELEASED, Stage.HANDED)


def _points(default: int, label: str) -> Any:
    """A term counted in points."""
    return term(default, label=label, clause="S24", unit=Unit.COUNT, low=0, high=100)


@topic("customers.grading", "建议等级", "customers")
class GradingTerms:
    """Points of behaviour and the sums that make an A or a B."""

    visit_points: int = _points(15, "每次来访加分")
    visit_points_max: int = _points(45, "来访最多加分")
    call_points: int = _points(5, "来电过加分")
    stage_points: int = _points(40, "已下定加分")
    budget_points: int = _points(20, "预算够得着房源加分")
    recent_points: int = _points(15, "近期有联系加分")
    stale_points: int = _points(20, "久未联系扣分")
    recent_days: int = term(7, label="近期的天数", clause="S24", unit=Unit.DAYS, low=1, high=60)
    stale_days: int = term(30, label="久未联系的天数", clause="S24", unit=Unit.DAYS, low=7, high=180)
    a_from: int = _points(60, "建议 A 类的分数")
    b_from: int = _points(25, "建议 B 类的分数")
    prob_a: int = term(70, label="A 类成交概率", clause="拟:grade.prob", unit=Unit.PERCENT, low=0, high=100)
    prob_b: int = term(50, label="B 类成交概率", clause="拟:grade.prob", unit=Unit.PERCENT, low=0, high=100)
    prob_c: int = term(20, label="C 类成交概率", clause="拟:grade.prob", unit=Unit.PERCENT, low=0, high=100)

    def probability(self, grade: str) -> int:
        """How likely a customer of a grade buys, in percent (拟:grade.prob)."""
        return {Grade.A.value: self.prob_a, Grade.B.value: self.prob_b}.get(grade, self.prob_c)


def suggest(inputs: Mapping[str, Any], terms: GradingTerms) -> Verdicts:
    """The grade that behaviour suggests, with its sum.

    `inputs`: visits, calls, stage, budget (yuan as text or None), prices (lowest and highest of the project
    as text, or None), silent_days (since the last contact, or None). `result`: grade, points.
    """
    steps = [
        _visits(inputs, terms),
        _calls(inputs, terms),
        _stage(inputs, terms),
        _budget(inputs, terms),
        _recency(inputs, terms),
    ]
    points = max(0, sum(int(step.value) for step in steps))
    if inputs["stage"] == Stage.LOST:
        points = 0
        steps.append(Step(text="已战败", clause="S24", value="0"))
    grade = Grade.A if points >= terms.a_from else Grade.B if points >= terms.b_from else Grade.C
    steps.append(
        Step(
            text=f"合计 {points} 分，A 类 {terms.a_from} 分起，B 类 {terms.b_from} 分起",
            clause="S24",
            value=grade.value,
        )
    )
    result = {"grade": grade.value, "points": points}
    return Verdicts(kind="customers.grade", result=result, inputs=inputs, steps=steps)


def _visits(inputs: Mapping[str, Any], terms: GradingTerms) -> Step:
    points = min(inputs["visits"] * terms.visit_points, terms.visit_points_max)
    return Step(text=f"来访 {inputs['visits']} 次", clause="S24", value=f"{points:+d}")


def _calls(inputs: Mapping[str, Any], terms: GradingTerms) -> Step:
    points = terms.call_points if inputs["calls"] else 0
    return Step(text=f"来电 {inputs['calls']} 次", clause="S24", value=f"{points:+d}")


def _stage(inputs: Mapping[str, Any], terms: GradingTerms) -> Step:
    points = terms.stage_points if inputs["stage"] in INTENT else 0
    return Step(text=f"阶段：{Stage(inputs['stage']).label}", clause="S24", value=f"{points:+d}")


def _budget(inputs: Mapping[str, Any], terms: GradingTerms) -> Step:
    if inputs["budget"] is None or inputs["prices"] is None:
        return Step(text="预算或房价未知", clause="S24", value="+0")
    budget, lowest = Decimal(inputs["budget"]), Decimal(inputs["prices"][0])
    if budget < lowest:
        return Step(text="预算低于最低总价", clause="S24", value="+0")
    return Step(text="预算够得着在售房源", clause="S24", value=f"{terms.budget_points:+d}")


def _recency(inputs: Mapping[str, Any], terms: GradingTerms) -> Step:
    silent = inputs["silent_days"]
    if silent is None:
        return Step(text="没有联系记录", clause="S24", value="+0")
    text = f"最近联系在 {silent} 天前"
    if silent <= terms.recent_days:
        return Step(text=text, clause="S24", value=f"{terms.recent_points:+d}")
    points = -terms.stale_points if silent > terms.stale_days else 0
    return Step(text=text, clause="S24", value=f"{points:+d}")


def recompute_suggestion(inputs: Mapping[str, Any], values: Mapping[str, Any]) -> Verdicts:
    return suggest(inputs, from_json(GradingTerms, values))
