"""The case's table of states, its terms, and the suggested ruling of rules.md 6.5–6.7 as tables."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.rules.disputes import (
    ARROWS,
    OBSERVED,
    PENDING,
    WHOLE,
    DisputeState,
    DisputeTerms,
    appeal_until,
    check_appeal,
    check_lookback,
    check_mediated,
    check_move,
    check_verdict,
    resuggest,
    shares_from_percent,
    split_values,
    suggest,
)
from regulations.rules import SplitTerms, to_json
from salesdept.errors import RuleError

A, B, C = 1, 2, 3
NAMES = {A: "林知远", B: "许若晴", C: "周岚"}
DEAL = date(2026, 11, 20)


def claim(
    rep, *, since=None, until="2026-11-30", valid=True, followed="2026-11-19", standin=None, weak=False
):
    return {
        "rep": rep,
        "name": NAMES[rep],
        "since": since,
        "weak": weak,
        "until": until if since else None,
        "valid": valid and since is not None,
        "followed": followed,
        "standin": standin,
    }


def inputs(*claims, deal=True, closer=None, situation="", **split):
    return {
        "deal_on": DEAL.isoformat() if deal else None,
        "closer": closer,
        "situation": situation,
        "split_terms": split_values(SplitTerms(**split)),
        "claims": list(claims),
    }


FIRST, SECOND, THIRD = "2026-11-02T10:00:00+08:00", "2026-11-05T15:00:00+08:00", "2026-11-08T09:30:00+08:00"

# Case of rules.md 6.7 → what the regulation suggests.
CASES = {
    "1 husband with A, wife with B, both valid": (
        inputs(claim(A, since=FIRST), claim(B, since=SECOND), closer=B),
        "split.couple",
        {A: 5000, B: 5000},
    ),
    "1 A's lease lapsed": (
        inputs(claim(A, since=FIRST, valid=False), claim(B, since=SECOND), closer=B),
        "own.valid.visit",
        {B: 10000},
    ),
    "1 A did not follow up in the last days": (
        inputs(claim(A, since=FIRST, followed="2026-11-12"), claim(B, since=SECOND), closer=B),
        "own.valid.visit",
        {B: 10000},
    ),
    "A followed up on the first of the last days": (
        inputs(claim(A, since=FIRST, followed="2026-11-13"), claim(B, since=SECOND), closer=B),
        "split.couple",
        {A: 5000, B: 5000},
    ),
    "no deal yet, no follow-up is asked for": (
        inputs(claim(A, since=FIRST, followed=None), claim(B), deal=False),
        "own.valid.visit",
        {A: 10000},
    ),
    "3 parents with A, son with B": (
        inputs(claim(B, since=SECOND), claim(A, since=FIRST), closer=B, couple=60),
        "split.couple",
        {A: 6000, B: 4000},
    ),
    "4 A's day of rest, B closes the same day": (
        inputs(claim(A, since=FIRST), claim(B, standin=DEAL.isoformat()), closer=B),
        "split.standin_sameday",
        {A: 5000, B: 5000},
    ),
    "5 B did not phone A": (
        inputs(claim(A, since=FIRST), claim(B, standin=DEAL.isoformat()), closer=B, situation="ref.absent"),
        "ref.absent",
        {A: 10000},
    ),
    "stand-in helped, the owner closes later": (
        inputs(claim(A, since=FIRST), claim(B, standin="2026-11-10"), closer=A),
        "split.standin_later",
        {A: 10000},
    ),
    "8 nobody valid, B closed": (
        inputs(claim(A, since=FIRST, valid=False), claim(B), closer=B),
        "own.unregistered",
        {B: 10000},
    ),
    "nobody valid, no deal: the last who registered": (
        inputs(claim(A, since=FIRST, valid=False), claim(B, since=SECOND, valid=False), deal=False),
        "own.unregistered",
        {B: 10000},
    ),
    "nobody registered": (inputs(claim(A), claim(B), deal=False), "own.unregistered", {A: 10000}),
    "11 changed after a complaint": (
        inputs(claim(A, since=FIRST), claim(B, since=SECOND), closer=B, situation="own.complaint_forfeit"),
        "own.complaint_forfeit",
        {B: 10000},
    ),
    "B hid that A was asked for": (
        inputs(claim(A, since=FIRST), claim(B, since=SECOND), closer=B, situation="own.conceal"),
        "own.conceal",
        {A: 10000},
    ),
    "A recognised after the deposit": (
        inputs(
            claim(A, since=FIRST), claim(B, since=SECOND), closer=B,
            situation="split.recognised_after_deposit",
        ),
        "split.recognised_after_deposit",
        {A: 7000, B: 3000},
    ),
    "A recognised before the deposit": (
        inputs(
            claim(A, since=FIRST), claim(B, since=SECOND), closer=B,
            situation="split.recognised_before_deposit",
        ),
        "split.recognised_before_deposit",
        {A: 10000},
    ),
    "A gave a brochure only": (
        inputs(claim(A, since=FIRST), claim(B, since=SECOND), closer=B, situation="split.brochure_only"),
        "split.brochure_only",
        {A: 3500, B: 6500},
    ),
    "relatives, not one home: the buyer's rep": (
        inputs(claim(A, since=FIRST), claim(B, since=SECOND), closer=B, situation="split.kin_separate"),
        "split.kin_separate",
        {B: 10000},
    ),
    "relatives, the earlier rep closed": (
        inputs(claim(A, since=FIRST), claim(B, since=SECOND), closer=A, situation="split.kin_separate"),
        "split.kin_separate",
        {A: 10000},
    ),
    "three touched: the earliest and the closer": (
        inputs(claim(A, since=FIRST), claim(B, since=SECOND), claim(C, since=THIRD), closer=B),
        "split.triple",
        {A: 5000, B: 5000},
    ),
    "three touched, the last two share": (
        inputs(
            claim(A, since=FIRST), claim(B, since=SECOND), claim(C, since=THIRD), closer=C, triple="last_two"
        ),
        "split.triple",
        {B: 5000, C: 5000},
    ),
    "three touched, all alike": (
        inputs(claim(A, since=FIRST), claim(B, since=SECOND), claim(C, since=THIRD), triple="equal"),
        "split.triple",
        {A: 3334, B: 3333, C: 3333},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_suggested_ruling(case):
    given_, rule, shares = CASES[case]
    found = suggest(given_, DisputeTerms())
    assert found.result["rule"] == rule
    assert dict(map(tuple, found.result["shares"])) == shares
    assert found.result["owner"] in shares
    assert all(step.clause for step in found.steps)
    assert resuggest(found.inputs, to_json(DisputeTerms())).result == found.result


_claims = st.lists(
    st.tuples(st.sampled_from([None, FIRST, SECOND, THIRD]), st.booleans(), st.booleans()),
    min_size=3, max_size=3,
)  # fmt: skip


@given(
    _claims,
    st.sampled_from([None, A, B, C]),
    st.sampled_from(["", *(situation.value for situation in OBSERVED)]),
    st.permutations([0, 1, 2]),
    st.sampled_from(["first", "last_two", "equal"]),
)
def test_shares_are_whole_and_do_not_hang_on_the_order_of_the_rows(drawn, closer, situation, order, triple):
    rows = [
        claim(rep, since=since, valid=valid, standin=DEAL.isoformat() if helped else None)
        for rep, (since, valid, helped) in zip((A, B, C), drawn, strict=True)
    ]
    given_ = inputs(*rows, closer=closer, situation=situation, triple=triple)
    found = suggest(given_, DisputeTerms()).result
    assert sum(bp for _, bp in found["shares"]) == WHOLE
    turned = suggest({**given_, "claims": [rows[n] for n in order]}, DisputeTerms()).result
    assert turned == found


@pytest.mark.parametrize("old", DisputeState)
@pytest.mark.parametrize("new", DisputeState)
def test_a_case_goes_along_its_table(old, new):
    if new in ARROWS[old]:
        check_move(old, new)
        return
    with pytest.raises(RuleError) as refusal:
        check_move(old, new)
    assert refusal.value.way_out


def test_everything_but_an_end_freezes():
    ends = {DisputeState.EXECUTED, DisputeState.CLOSED, DisputeState.WITHDRAWN}
    assert set(PENDING) == set(DisputeState) - ends


@pytest.mark.parametrize(
    ("today", "fraud", "ok"),
    [("2026-11-27", False, True), ("2026-11-28", False, False), ("2027-06-01", True, True)],
)
def test_claims_are_taken_until_seven_days_after_the_deal(today, fraud, ok):
    day = date.fromisoformat(today)
    if ok:
        check_lookback(DEAL, day, DisputeTerms(), fraud=fraud)
        return
    with pytest.raises(RuleError) as refusal:
        check_lookback(DEAL, day, DisputeTerms(), fraud=fraud)
    assert (refusal.value.code, refusal.value.clause) == ("lookback_over", "拟:own.lookback")


@pytest.mark.parametrize(("today", "ok"), [("2026-11-23", True), ("2026-11-24", False)])
def test_the_last_day_of_the_appeal_counts(today, ok):
    until = appeal_until(DEAL, DisputeTerms())
    assert until == date(2026, 11, 23)
    if ok:
        check_appeal(until, date.fromisoformat(today))
        return
    with pytest.raises(RuleError):
        check_appeal(until, date.fromisoformat(today))


def test_where_the_notice_wants_it_mediation_comes_first():
    check_mediated(DisputeState.ACCEPTED, DisputeTerms())
    check_mediated(DisputeState.MEDIATING, DisputeTerms(mediate_first=True))
    with pytest.raises(RuleError):
        check_mediated(DisputeState.ACCEPTED, DisputeTerms(mediate_first=True))


@pytest.mark.parametrize(
    ("percents", "shares"),
    [
        (["50", "50"], [(A, 5000), (B, 5000)]),
        (["33.3", "66.7"], [(A, 3330), (B, 6670)]),
        (["100", "0"], [(A, 10000)]),
        (["50", "49.9"], None),
        (["60", "60"], None),
    ],
)
def test_percentages_with_one_decimal_make_basis_points(percents, shares):
    pairs = list(zip((A, B), map(Decimal, percents), strict=True))
    if shares is not None:
        assert shares_from_percent(pairs) == shares
        return
    with pytest.raises(RuleError) as refusal:
        shares_from_percent(pairs)
    assert refusal.value.code == "shares_not_whole"


@pytest.mark.parametrize(
    ("owner", "shares", "judge", "clause", "reason", "code"),
    [
        (A, [(A, 10000)], A, "S75", "x", "own_dispute"),
        (C, [(C, 10000)], 9, "S75", "x", "not_a_party"),
        (A, [(A, 5000), (C, 5000)], 9, "S75", "x", "not_a_party"),
        (A, [(B, 10000)], 9, "S75", "x", "owner_without_share"),
        (A, [(A, 9999)], 9, "S75", "x", "shares_not_whole"),
        (A, [(A, 5000), (A, 5000)], 9, "S75", "x", "shares_not_whole"),
        (A, [(A, 10000)], 9, " ", "x", "clause_needed"),
        (A, [(A, 10000)], 9, "S75", " ", "reason_needed"),
    ],
)
def test_what_a_ruling_must_be(owner, shares, judge, clause, reason, code):
    with pytest.raises(RuleError) as refusal:
        check_verdict([A, B], owner, shares, judge, clause, reason)
    assert refusal.value.code == code
