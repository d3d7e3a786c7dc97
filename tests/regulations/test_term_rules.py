"""Terms as values: JSON and back, bounds, words."""

from dataclasses import fields
from datetime import date, time
from decimal import Decimal

import pytest

from regulations.rules import (
    Unit,
    check_bounds,
    check_effective,
    defaults,
    from_json,
    out_of_bounds,
    shown,
    term,
    to_json,
    topic,
)
from salesdept.errors import RuleError
from tests.regulations.terms import TestTerms


@topic("test.types", "各种类型", "regulations")
class Types:
    day: date = term(date(2026, 1, 1), label="日期", clause="拟:sys.terms")
    at: time = term(time(8, 30), label="时刻", clause="拟:sys.terms")
    steps: tuple[Decimal, ...] = term((Decimal("70"), Decimal("30")), label="节点", clause="拟:sys.terms")
    bands: tuple[tuple[str, Decimal], ...] = term(
        (("a", Decimal("1.5")),), label="分段", clause="拟:sys.terms"
    )
    on: bool = term(False, label="开关", clause="拟:sys.terms")
    name: str = term("甲", label="名称", clause="拟:sys.terms")
    n: int = term(3, label="个数", clause="拟:sys.terms")


def test_terms_survive_json():
    terms = Types(
        day=date(2026, 2, 3),
        at=time(9),
        steps=(Decimal("40"),),
        bands=(("b", Decimal("2")), ("c", Decimal("3"))),
        on=True,
        n=9,
    )
    assert from_json(Types, to_json(terms)) == terms


def test_decimals_are_text_in_json_and_decimals_again():
    assert to_json(TestTerms())["fine"] == "50.00"
    assert from_json(TestTerms, {"fine": "12.30"}).fine == Decimal("12.30")


def test_unknown_keys_are_dropped_and_new_fields_take_their_default():
    assert from_json(TestTerms, {"gone": 1, "minutes": 30}) == TestTerms(minutes=30)


@pytest.mark.parametrize(
    ("values", "expected"),
    {
        "number as text": ({"minutes": "45"}, 45),
        "number": ({"minutes": 45}, 45),
    }.values(),
    ids=["number as text", "number"],
)
def test_numbers_are_read_leniently(values, expected):
    assert from_json(TestTerms, values).minutes == expected


@pytest.mark.parametrize(("text", "expected"), [("true", True), ("false", False), ("0", False), (1, True)])
def test_false_as_text_is_false(text, expected):
    assert from_json(TestTerms, {"told": text}).told is expected


UNREADABLE = {
    "words for a number": (TestTerms, {"minutes": "很久"}),
    "half a minute": (TestTerms, {"minutes": 1.5}),
    "nothing for a number": (TestTerms, {"minutes": None}),
    "not a number": (TestTerms, {"fine": "NaN"}),
    "infinite": (TestTerms, {"fine": "Infinity"}),
    "maybe": (TestTerms, {"told": "也许"}),
    "a day that is none": (Types, {"day": "2026-02-30"}),
    "one value for rows": (Types, {"steps": "70"}),
    "a row too short": (Types, {"bands": [["a"]]}),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_is_refused_with_its_label(name):
    kind, values = UNREADABLE[name]
    with pytest.raises(RuleError) as refusal:
        from_json(kind, values)
    assert refusal.value.code == "term_unreadable"
    assert refusal.value.clause


BOUNDS = {
    "low": ({"minutes": 4}, "拟:sc.lock.minutes", "「锁定时长」不能小于 5 分钟"),
    "high": ({"minutes": 241}, "拟:sc.lock.minutes", "「锁定时长」不能大于 240 分钟"),
    "money": ({"fine": Decimal("-0.01")}, "S63", "「每字罚金」不能小于 0 元"),
    "choice": ({"by": "king"}, "拟:sc.authority", "「谁可锁定」只能选 代表、经理"),
}


@pytest.mark.parametrize("name", BOUNDS)
def test_values_outside_their_bounds_are_refused(name):
    values, clause, words = BOUNDS[name]
    with pytest.raises(RuleError) as refusal:
        check_bounds(TestTerms(**values))
    assert (refusal.value.code, refusal.value.clause) == ("term_out_of_bounds", clause)
    assert refusal.value.message == words


def test_both_bounds_are_inside():
    check_bounds(TestTerms(minutes=5))
    check_bounds(TestTerms(minutes=240))


def test_defaults_lie_inside_their_bounds():
    assert defaults(TestTerms)["minutes"] == 60
    assert [out_of_bounds(f, getattr(TestTerms(), f.name)) for f in fields(TestTerms)] == [""] * 4


SHOWN = {
    "fine": (Decimal("1234.5"), "1,234.50"),
    "by": ("manager", "经理"),
    "told": (False, "否"),
    "minutes": (90, "90"),
}


@pytest.mark.parametrize("name", SHOWN)
def test_values_are_shown_in_words(name):
    value, words = SHOWN[name]
    definition = next(f for f in fields(TestTerms) if f.name == name)
    assert shown(definition, value) == words


@pytest.mark.parametrize(
    ("day", "refused"),
    [(date(2026, 10, 31), True), (date(2026, 11, 1), False), (date(2027, 1, 1), False)],
)
def test_a_version_begins_in_the_open_month_or_later(day, refused):
    if not refused:
        check_effective(day, date(2026, 11, 23))
        return
    with pytest.raises(RuleError) as refusal:
        check_effective(day, date(2026, 11, 23))
    assert (refusal.value.code, refusal.value.clause) == ("terms_backdated", "拟:sys.closed_month")


def test_a_topic_with_postponed_annotations_is_a_bug():
    with pytest.raises(TypeError, match="postponed"):
        topic("x", "x", "x")(
            type("Late", (), {"__annotations__": {"n": "int"}, "n": term(1, label="n", clause="")})
        )


def test_units_have_words():
    assert Unit.DAYS.label == "天"
