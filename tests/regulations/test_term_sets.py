"""A set of choices as a term: JSON and back, what it must hold, its field, its words."""

from dataclasses import fields

import pytest

from regulations.forms import term_field
from regulations.rules import check_bounds, from_json, out_of_bounds, shown, term, to_json, topic
from salesdept.errors import RuleError

WORDS = {"name": "称呼", "phone": "电话", "source": "认知途径"}


@topic("test.sets", "一组选项", "regulations")
class Sets:
    asked: tuple[str, ...] = term(
        ("name", "phone"), label="必填", clause="拟:sys.terms", choices=WORDS, must=("name",)
    )


FIELD = fields(Sets)[0]


def test_a_set_survives_json():
    terms = Sets(asked=("name", "source"))
    assert to_json(terms) == {"asked": ["name", "source"]}
    assert from_json(Sets, to_json(terms)) == terms


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        (("name",), ""),
        (("source", "name"), ""),
        (("phone", "source"), "「必填」不能没有 称呼"),
        ((), "「必填」不能没有 称呼"),
        (("name", "budget"), "「必填」只能从这些里选：称呼、电话、认知途径"),
        (("name", "name"), "「必填」只能从这些里选：称呼、电话、认知途径"),
    ],
)
def test_a_set_holds_known_choices_once_and_what_it_must(chosen, said):
    assert out_of_bounds(FIELD, chosen) == said


def test_a_wrong_set_is_refused_with_its_clause():
    with pytest.raises(RuleError) as refusal:
        check_bounds(Sets(asked=("phone",)))
    assert (refusal.value.code, refusal.value.clause) == ("term_out_of_bounds", "拟:sys.terms")


def test_a_set_is_ticked_and_read_back():
    field = term_field(FIELD, ("name", "source"))
    html = field.widget.render("t_asked", ("name", "source"))
    assert html.count("checked") == 2
    assert field.clean(["name", "phone"]) == ["name", "phone"]
    assert from_json(Sets, {"asked": field.clean(["name", "phone"])}) == Sets()
    assert field.help_text == "不能没有 称呼"


def test_a_set_is_shown_in_words():
    assert shown(FIELD, ("name", "source")) == "称呼、认知途径"
    assert shown(FIELD, ()) == "无"
