"""业绩分配: every row of the split table (rules.md 6.6), and what holds for all of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.rules.splits import (
    KIND,
    ORDER,
    Situation,
    basis_points,
    recompute_split,
    situation_of,
    split,
)
from regulations.rules import SplitTerms, to_json
from salesdept.errors import RuleError

TERMS = SplitTerms()
A, B, C = 11, 22, 33

# key → facts of the case, who is named, shares by default
ROWS = {
    "own.basis": ({"parties": 1}, [A], [[A, 10000]]),
    "split.couple": ({"parties": 2, "same_household": True}, [A, B], [[A, 5000], [B, 5000]]),
    "split.kin_separate": ({"parties": 2}, [B, A], [[B, 10000]]),
    "split.standin_sameday": ({"standin": "same_day"}, [A, B], [[A, 5000], [B, 5000]]),
    "split.standin_later": ({"standin": "later"}, [A, B], [[A, 10000]]),
    "ref.absent": ({"standin": "untold"}, [A, B], [[A, 10000]]),
    "split.recognised_before_deposit": ({"recognised": "before_deposit"}, [A, B], [[A, 10000]]),
    "split.recognised_after_deposit": ({"recognised": "after_deposit"}, [A, B], [[A, 7000], [B, 3000]]),
    "split.repeat_unrecognised": ({"missed": 2}, [A, B], [[B, 10000]]),
    "split.brochure_only": ({"brochure_only": True}, [A, B], [[A, 3500], [B, 6500]]),
    "split.two_old_refer": ({"referral_owners": 2}, [C, A, B], [[C, 10000]]),
    "split.triple": ({"parties": 3}, [A, B, C], [[A, 5000], [C, 5000]]),
    "split.manager_intro": ({"leader_intro": True}, [A], [[A, 3000], [None, 7000]]),
    "split.outside_referral": ({"outside_referral": True}, [C, A], [[C, 5000], [A, 5000]]),
    "own.conceal": ({"concealed": True}, [A, B], [[A, 10000]]),
    "own.complaint_forfeit": ({"forfeited": True}, [A, B], [[B, 10000]]),
}


def test_every_row_of_the_table_is_here():
    assert set(ROWS) == {situation.value for situation in Situation} == {key.value for key in ORDER}


@pytest.mark.parametrize("key", ROWS)
def test_the_row(key):
    facts, reps, shares = ROWS[key]
    assert situation_of(facts) == key
    made = split({"reps": reps, "facts": facts}, TERMS)
    assert (made.kind, made.result["rule"], made.result["shares"]) == (KIND, key, shares)
    assert made.steps[0].clause == f"拟:{key}"
    assert split({"reps": reps, "rule": key}, TERMS).result == made.result
    assert recompute_split(made.inputs, to_json(TERMS)).result == made.result


CONFIGURED = {
    "three alike": ({"triple": "equal"}, "split.triple", [A, B, C], [[A, 3334], [B, 3333], [C, 3333]]),
    "the last two": ({"triple": "last_two"}, "split.triple", [A, B, C], [[B, 5000], [C, 5000]]),
    "the first has more": ({"triple_first": 60}, "split.triple", [A, B, C], [[A, 6000], [C, 4000]]),
    "nothing for the owner": ({"standin_sameday": 0}, "split.standin_sameday", [A, B], [[B, 10000]]),
    "A 20, B 80": (
        {"recognised_after_deposit": 20}, "split.recognised_after_deposit", [A, B], [[A, 2000], [B, 8000]],
    ),
    "a brochure for 40": ({"brochure_only": 40}, "split.brochure_only", [A, B], [[A, 4000], [B, 6000]]),
    "3 to 1 permille": (
        {"outside_referrer": 3, "outside_rep": 1}, "split.outside_referral", [C, A], [[C, 7500], [A, 2500]],
    ),
    "no permille at all": (
        {"outside_referrer": 0, "outside_rep": 0}, "split.outside_referral", [C, A], [[C, 5000], [A, 5000]],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CONFIGURED)
def test_a_notice_changes_it(name):
    terms, rule, reps, shares = CONFIGURED[name]
    assert split({"rule": rule, "reps": reps}, SplitTerms(**terms)).result["shares"] == shares


def test_a_named_team_divides_its_part():
    made = split({"rule": "split.manager_intro", "reps": [A], "team": [A, B, C, 44]}, TERMS)
    assert made.result["shares"] == [[A, 3000], [B, 2334], [C, 2333], [44, 2333]]


def test_one_person_in_two_places_has_both():
    made = split({"rule": "split.recognised_after_deposit", "reps": [A, A]}, TERMS)
    assert made.result["shares"] == [[A, 10000]]


@pytest.mark.parametrize("key", [key for key, (_, reps, _) in ROWS.items() if len(reps) > 1])
def test_who_is_missing_is_asked_for(key):
    with pytest.raises(RuleError) as refusal:
        split({"rule": key, "reps": [A]}, TERMS)
    assert (refusal.value.code, refusal.value.clause) == ("split_names", f"拟:{key}")


percents = st.integers(0, 100)


@given(st.sampled_from(list(Situation)), st.lists(percents, min_size=8, max_size=8), st.integers(3, 9))
def test_shares_are_whole_under_any_notice(situation, values, count):
    names = ("couple", "standin_sameday", "recognised_after_deposit", "brochure_only", "manager_intro",
             "triple_first", "two_old_refer", "kin_separate")  # fmt: skip
    terms = SplitTerms(**dict(zip(names, values, strict=True)))
    shares = split({"rule": situation.value, "reps": list(range(1, count + 1))}, terms).result["shares"]
    assert sum(part for _, part in shares) == 10000
    assert all(part > 0 for _, part in shares)
    assert len({rep for rep, _ in shares}) == len(shares)


weighed = st.dictionaries(st.integers(1, 99), st.integers(0, 50), min_size=1, max_size=9)


@given(weighed.filter(lambda weights: sum(weights.values())), st.randoms())
def test_the_order_of_names_moves_nobody_by_more_than_one_basis_point(weights, random):
    names = list(weights)
    first = dict(zip(names, basis_points([weights[name] for name in names]), strict=True))
    random.shuffle(names)
    second = dict(zip(names, basis_points([weights[name] for name in names]), strict=True))
    assert sum(first.values()) == sum(second.values()) == 10000
    assert all(abs(first[name] - second[name]) <= 1 for name in weights)


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1]])
def test_weights_that_share_nothing(weights):
    with pytest.raises(ValueError, match="weights"):
        basis_points(weights)
