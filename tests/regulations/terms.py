"""A topic and a decision kind of the tests' own."""

from decimal import Decimal

import pytest

from regulations.rules import Step, Unit, Verdicts, from_json, term, topic
from regulations.slots import DECISIONS, TOPICS, DecisionKind


@topic("test.hold", "测试锁定", "regulations")
class TestTerms:
    """One term of each type."""

    __test__ = False
    minutes: int = term(60, label="锁定时长", clause="拟:sc.lock.minutes", unit=Unit.MINUTES, low=5, high=240)
    fine: Decimal = term(
        Decimal("50.00"), label="每字罚金", clause="S63", unit=Unit.YUAN, low=Decimal(0), high=Decimal(500)
    )
    by: str = term(
        "rep", label="谁可锁定", clause="拟:sc.authority", choices={"rep": "代表", "manager": "经理"}
    )
    told: bool = term(True, label="知会经理", clause="拟:sc.authority")


def fine_for(inputs, terms) -> Verdicts:
    """¥ per wrong character."""
    values = from_json(TestTerms, terms)
    total = values.fine * inputs["characters"]
    return Verdicts(
        kind="test.fine",
        result={"amount": str(total)},
        inputs=inputs,
        steps=[Step(text=f"{inputs['characters']} 个文字有误", clause="S63", value=str(total))],
    )


@pytest.fixture
def test_topic(monkeypatch):
    monkeypatch.setattr(TOPICS, "_fillers", [*TOPICS, TestTerms])
    monkeypatch.setattr(DECISIONS, "_fillers", [*DECISIONS, DecisionKind("test.fine", "文字差错", fine_for)])
    return TestTerms
