"""Plans that sum, money that covers, characters that are counted: without a database."""

from dataclasses import fields
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import rules
from contracts.rules import (
    ContractState,
    ContractTerms,
    DunningTerms,
    ErrorFineTerms,
    Misreading,
    PayMethod,
    PlanTerms,
    ReceiptKind,
    ReceiptTerms,
)
from contracts.rules.checking import refine
from regulations.clauses import cite
from regulations.rules import to_json
from salesdept.errors import RuleError

DAY = date(2026, 11, 23)
YUAN = st.decimals(min_value="0.01", max_value="99999999.99", places=2)


def yuan(text: str) -> Decimal:
    return Decimal(text)


@given(price=YUAN, deposit=YUAN, method=st.sampled_from(PayMethod), percent=st.integers(15, 100))
def test_a_plan_sums_to_the_price_to_the_fen(price, deposit, method, percent):
    lines = rules.plan_lines(price, deposit, method, DAY, PlanTerms(down_percent=Decimal(percent)))
    assert sum(line.amount for line in lines) == price
    assert all(line.amount > 0 and line.due >= DAY for line in lines)
    assert [line.due for line in lines] == sorted(line.due for line in lines)


@given(amounts=st.lists(YUAN, min_size=1, max_size=8), received=YUAN)
def test_money_covers_the_lines_in_their_order_and_nothing_is_lost(amounts, received):
    covered = rules.spread(amounts, received)
    assert sum(covered) == min(received, sum(amounts))
    started = False
    for amount, paid in zip(amounts, covered, strict=True):
        assert paid == 0 if started else paid <= amount
        started = started or paid < amount


@pytest.mark.parametrize(
    ("method", "lines"),
    [
        (PayMethod.LUMP, [("deposit", 0, "20000"), ("down", 7, "1180000")]),
        (PayMethod.MORTGAGE, [("deposit", 0, "20000"), ("down", 7, "340000"), ("loan", 17, "840000")]),
        (PayMethod.FUND, [("deposit", 0, "20000"), ("down", 7, "340000"), ("fund", 67, "840000")]),
        (
            PayMethod.MIXED,
            [("deposit", 0, "20000"), ("down", 7, "340000"), ("loan", 17, "420000"), ("fund", 67, "420000")],
        ),
        (
            PayMethod.INSTALMENT,
            [
                ("deposit", 0, "20000"),
                ("down", 7, "340000"),
                ("instalment", 37, "420000"),
                ("instalment", 67, "420000"),
            ],
        ),
    ],
)
def test_the_plan_of_each_way_to_pay(method, lines):
    made = rules.plan_lines(yuan("1200000"), yuan("20000"), method, DAY, PlanTerms())
    assert [(line.kind.value, (line.due - DAY).days, line.amount) for line in made] == [
        (kind, days, yuan(amount)) for kind, days, amount in lines
    ]


def test_a_deposit_above_the_share_is_the_down_payment():
    lines = rules.plan_lines(yuan("100000"), yuan("50000"), PayMethod.MORTGAGE, DAY, PlanTerms())
    assert [(line.kind, line.amount) for line in lines] == [
        (ReceiptKind.DEPOSIT, yuan("50000")),
        (ReceiptKind.LOAN, yuan("50000")),
    ]


@pytest.mark.parametrize(
    ("wrong", "right", "runs"),
    [
        ("王莉华", "王丽华", [("莉", "丽")]),
        ("143.62㎡", "143.26㎡", [("62", "26")]),
        ("3301****2714", "3301****7214", [("27", "72")]),
        ("张伟", "张大伟", [("", "大")]),
        ("张大伟", "张伟", [("大", "")]),
        ("壹佰贰拾万元", "壹佰贰拾万元整", [("", "整")]),
        ("一样", "一样", []),
        ("甲乙丙", "丁乙戊", [("甲", "丁"), ("丙", "戊")]),
    ],
)
def test_wrong_characters_are_runs(wrong, right, runs):
    assert rules.misreadings(wrong, right) == [Misreading(w, r) for w, r in runs]


@given(st.text(max_size=20), st.text(max_size=20))
def test_there_is_a_misreading_exactly_where_texts_differ(wrong, right):
    assert bool(rules.misreadings(wrong, right)) == (wrong != right)


@pytest.mark.parametrize(
    ("errors", "fined", "count_by", "amount"),
    [
        pytest.param([("王莉华", "王丽华")], [], "character", "50", id="one character"),
        pytest.param(
            [("3301****2714", "3301****7214"), ("143.62", "143.26")],
            [],
            "character",
            "200",
            id="two places, four characters",
        ),
        pytest.param(
            [("3301****2714", "3301****7214"), ("143.62", "143.26")], [], "place", "100", id="by place"
        ),
        pytest.param(
            [("3301****2714", "3301****7214"), ("143.62", "143.26")], [], "contract", "50", id="by contract"
        ),
        pytest.param(
            [("王莉华", "王丽华"), ("王莉华先生", "王丽华先生")],
            [],
            "character",
            "50",
            id="same misreading twice",
        ),
        pytest.param(
            [("王莉华", "王丽华")], [("莉", "丽")], "character", "0", id="counted in an earlier round"
        ),
        pytest.param(
            [("王莉华", "王丽华"), ("四房", "三房")], [("莉", "丽")], "character", "50", id="only the new one"
        ),
        pytest.param([], [], "contract", "0", id="nothing wrong"),
    ],
)
def test_fifty_yuan_for_each_wrong_character(errors, fined, count_by, amount):
    terms = ErrorFineTerms(count_by=count_by)
    verdicts = rules.fine(errors, fined, terms)
    assert Decimal(verdicts.result["amount"]) == yuan(amount)
    assert verdicts.clauses[0] == "S63"
    assert refine(verdicts.inputs, to_json(terms)).result == verdicts.result


@pytest.mark.parametrize(
    ("old", "new", "fine"),
    [
        (ContractState.DRAFT, ContractState.FIRST, True),
        (ContractState.DRAFT, ContractState.SECOND, False),
        (ContractState.FIRST, ContractState.MONEY, False),
        (ContractState.SECOND, ContractState.RETURNED, True),
        (ContractState.MONEY, ContractState.RETURNED, False),
        (ContractState.SIGNED, ContractState.DRAFT, False),
    ],
)
def test_the_arrows_of_a_contract(old, new, fine):
    if fine:
        rules.check_move(old, new)
        return
    with pytest.raises(RuleError) as refusal:
        rules.check_move(old, new)
    assert (refusal.value.code, refusal.value.clause) == ("bad_contract_move", "拟:ctr.review.chain")


@pytest.mark.parametrize(("days", "bucket"), [(1, 0), (5, 0), (6, 1), (15, 1), (16, 2), (30, 2), (31, 3)])
def test_aging_follows_the_letters(days, bucket):
    assert rules.aging_bucket(days, DunningTerms()) == bucket


@pytest.mark.parametrize(("days", "overdue"), [(-1, False), (0, False), (1, True)])
def test_the_due_day_is_still_in_time(days, overdue):
    assert rules.is_overdue(DAY, yuan("2"), yuan("1"), DAY + timedelta(days=days)) is overdue
    assert not rules.is_overdue(DAY, yuan("2"), yuan("2"), DAY + timedelta(days=days))


@pytest.mark.parametrize(
    ("day", "answer"),
    [(date(2026, 11, 23), date(2026, 11, 24)), (date(2026, 11, 27), date(2026, 11, 30))],
    ids=["monday", "friday"],
)
def test_finance_answers_by_the_next_working_day(day, answer):
    assert rules.confirm_by(day) == answer


@pytest.mark.parametrize("amount", ["0", "-1", "-0.01"])
def test_money_in_is_positive(amount):
    with pytest.raises(RuleError) as refusal:
        rules.check_positive(yuan(amount))
    assert refusal.value.code == "bad_amount"


def test_every_term_cites_a_known_clause():
    for kind in (ContractTerms, PlanTerms, ErrorFineTerms, DunningTerms, ReceiptTerms):
        for field in fields(kind):
            assert cite(field.metadata["clause"]).label
