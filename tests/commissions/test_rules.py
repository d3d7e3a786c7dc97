"""Commission to the fen, with its steps: without a database."""

from dataclasses import fields
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commissions import rules
from commissions.rules import CommissionTerms
from regulations.clauses import cite
from regulations.rules import to_json
from salesdept.errors import RuleError
from salesdept.money import BASIS

REP, COLLEAGUE, THIRD = 1, 2, 3


def of(rep, shares, base="1500000.00", terms=None, received="450000", needed="450000"):
    return rules.commission(
        base=Decimal(base),
        shares=shares,
        rep=rep,
        received=Decimal(received),
        needed=Decimal(needed),
        terms=terms or CommissionTerms(),
    )


@pytest.mark.parametrize(
    ("shares", "amounts"),
    [
        pytest.param([(REP, 10000)], ["3000.00"], id="one person"),
        pytest.param([(REP, 7000), (COLLEAGUE, 3000)], ["2100.00", "900.00"], id="recognised after deposit"),
        pytest.param([(REP, 5000), (COLLEAGUE, 5000)], ["1500.00", "1500.00"], id="couple"),
        pytest.param(
            [(REP, 3334), (COLLEAGUE, 3333), (THIRD, 3333)],
            ["1000.20", "999.90", "999.90"],
            id="three equal shares",
        ),
    ],
)
def test_the_worked_example_of_three_thousand_yuan(shares, amounts):
    made = [of(rep, shares).result["amount"] for rep, _ in shares]
    assert made == amounts


@given(
    base=st.decimals(min_value="0.01", max_value="99999999.99", places=2),
    cut=st.integers(1, BASIS - 2),
    more=st.integers(1, BASIS),
)
def test_parts_of_all_people_sum_to_base_times_rate(base, cut, more):
    second = 1 + (more - 1) % (BASIS - cut - 1)
    shares = [(REP, cut), (COLLEAGUE, second), (THIRD, BASIS - cut - second)]
    whole = Decimal(of(REP, shares, base=str(base)).result["whole"])
    assert sum(Decimal(of(rep, shares, base=str(base)).result["amount"]) for rep, _ in shares) == whole


@pytest.mark.parametrize(("received", "amount"), [("449999.99", "0.00"), ("450000.00", "3000.00")])
def test_nothing_is_paid_before_the_trigger(received, amount):
    assert of(REP, [(REP, BASIS)], received=received).result["amount"] == amount


def test_the_explanation_says_base_rate_share_and_trigger_in_order():
    verdicts = of(REP, [(REP, 7000), (COLLEAGUE, 3000)])
    assert [(s.text, s.clause, s.value) for s in verdicts.steps] == [
        ("佣金总额：合同总价 1,500,000.00 × 佣金率 2‰", "拟:com.rate.base", "¥3,000.00"),
        ("业绩分配：70.00%", "S74", "¥2,100.00"),
        ("本月可发：首付到账，已确认 450,000.00，应到 450,000.00", "拟:com.triggers", "¥2,100.00"),
    ]


def test_a_commission_recomputes_from_its_stored_inputs():
    terms = CommissionTerms(rate_permille=Decimal("2.5"))
    verdicts = of(COLLEAGUE, [(REP, 3334), (COLLEAGUE, 3333), (THIRD, 3333)], base="1234567.89", terms=terms)
    again = rules.recommission(verdicts.inputs, to_json(terms))
    assert (again.result, again.steps) == (verdicts.result, verdicts.steps)


@pytest.mark.parametrize(("trigger", "needed"), [("first_payment", "360000"), ("full_payment", "1200000")])
def test_what_the_trigger_asks_for(trigger, needed):
    terms = CommissionTerms(trigger=trigger)
    assert rules.required(Decimal(1200000), Decimal(360000), terms) == Decimal(needed)


@pytest.mark.parametrize(
    "shares",
    [
        pytest.param([(REP, 9999)], id="too little"),
        pytest.param([(REP, 10000), (COLLEAGUE, 1)], id="too much"),
        pytest.param([(REP, 5000), (REP, 5000)], id="one person twice"),
        pytest.param([(REP, 10001), (COLLEAGUE, -1)], id="negative"),
        pytest.param([], id="nobody"),
    ],
)
def test_shares_are_whole(shares):
    with pytest.raises(RuleError) as refusal:
        rules.check_shares(shares)
    assert (refusal.value.code, refusal.value.clause) == ("shares_not_whole", "S74")


def test_every_term_cites_a_known_clause():
    for field in fields(CommissionTerms):
        assert cite(field.metadata["clause"]).label.startswith("拟 七")
