"""No database here: the tables of moves and endings, the board's signs, and the sums."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from inventory import rules
from inventory.rules import ENDS, MOVES, SIGNS, EndReason, HoldTerms, PriceTerms, Stage, SubscriptionTerms
from salesdept.clock import at
from salesdept.errors import RuleError
from salesdept.rules import Role

S, R = Stage, EndReason
NOW = at(date(2026, 11, 23), 10)
MOVES_ALLOWED = {
    (S.LOCK, S.PAID), (S.LOCK, S.KEPT), (S.KEPT, S.PAID),
    (S.PAID, S.LOCK), (S.PAID, S.SMALL), (S.PAID, S.TEMP), (S.PAID, S.SUBSCRIBED),
    (S.SMALL, S.PAID), (S.SMALL, S.TEMP), (S.SMALL, S.SUBSCRIBED), (S.TEMP, S.SUBSCRIBED),
    (S.SUBSCRIBED, S.SIGNED), (S.SUBSCRIBED, S.RETURNING), (S.SIGNED, S.RETURNING),
}  # fmt: skip
ENDS_ALLOWED = {
    *((stage, R.EXPIRED) for stage in (S.LOCK, S.SMALL, S.KEPT)),
    *((stage, R.RELEASED) for stage in (S.LOCK, S.SMALL, S.KEPT)),
    *((stage, R.WITHDRAWN) for stage in (S.LOCK, S.PAID, S.SMALL, S.KEPT, S.TEMP, S.SUBSCRIBED)),
    (S.PAID, R.REJECTED), (S.TEMP, R.FORFEITED), (S.SUBSCRIBED, R.FORFEITED),
    (S.SUBSCRIBED, R.SWAPPED), (S.SUBSCRIBED, R.CANCELLED), (S.SIGNED, R.SWAPPED),
    (S.RETURNING, R.CANCELLED), (S.BLOCKED, R.UNBLOCKED),
}  # fmt: skip


@pytest.mark.parametrize("new", S, ids=str)
@pytest.mark.parametrize("old", S, ids=str)
def test_a_claim_moves_only_along_the_table(old, new):
    if (old, new) in MOVES_ALLOWED:
        rules.check_move(old, new)
        return
    with pytest.raises(RuleError) as refusal:
        rules.check_move(old, new)
    assert (refusal.value.code, refusal.value.clause) == ("bad_move", "拟:sc.before_subscribe")


@pytest.mark.parametrize("reason", R, ids=str)
@pytest.mark.parametrize("stage", S, ids=str)
def test_a_claim_ends_only_for_its_reasons(stage, reason):
    if (stage, reason) in ENDS_ALLOWED:
        rules.check_end(stage, reason)
        return
    with pytest.raises(RuleError) as refusal:
        rules.check_end(stage, reason)
    assert (refusal.value.code, refusal.value.clause) == ("bad_end", "拟:sc.release_on")


def test_every_stage_has_its_moves_its_endings_and_its_sign():
    assert set(MOVES) == set(ENDS) == set(S)
    assert set(SIGNS) == {*(stage.value for stage in S), rules.OPEN, rules.UNRELEASED}
    assert "".join(sign.char for sign in SIGNS.values()) == "可锁款订留认认签退封未"
    assert {sign.colour for sign in SIGNS.values()} <= {"open", "hold", "resv", "sign", "sold", "lock"}


def test_no_rep_moves_or_ends_anything():
    hands = [
        role
        for table in (MOVES, ENDS)
        for ways in table.values()
        for roles in ways.values()
        for role in roles
    ]
    assert Role.REP not in hands
    assert Role.ADMIN not in hands


@pytest.mark.parametrize(
    ("stage", "left", "expired"),
    [
        (S.LOCK, timedelta(seconds=1), False),
        (S.LOCK, timedelta(0), True),
        (S.KEPT, timedelta(minutes=-1), True),
        (S.SMALL, timedelta(minutes=-1), True),
        (S.PAID, None, False),
        (S.SUBSCRIBED, None, False),
    ],
)
def test_only_timed_claims_run_out(stage, left, expired):
    until: datetime | None = None if left is None else NOW + left
    assert rules.has_expired(stage, until, NOW) is expired


def test_a_lock_lasts_as_long_as_the_terms_say():
    assert rules.lock_until(NOW, HoldTerms()) == NOW + timedelta(minutes=60)
    assert rules.lock_until(NOW, HoldTerms(minutes=15)) == NOW + timedelta(minutes=15)


@pytest.mark.parametrize(("taken", "free"), [((), 1), ((1,), 2), ((2,), 1), ((1, 2), 3), ((1, 3), 2)])
def test_a_lock_takes_the_lowest_free_number(taken, free):
    assert rules.free_slot(taken) == free


@pytest.mark.parametrize(
    ("price", "due"), [("2493925.20", "20000.00"), ("100000.00", "20000.00"), ("80000.00", "16000.00")]
)
def test_the_deposit_never_exceeds_the_legal_share(price, due):
    assert rules.deposit_due(Decimal(price), SubscriptionTerms()) == Decimal(due)


@pytest.mark.parametrize(
    ("paid", "stage"),
    [(None, S.SUBSCRIBED), ("20000.00", S.SUBSCRIBED), ("19999.99", S.TEMP), ("50000.00", S.SUBSCRIBED)],
)
def test_a_short_deposit_makes_a_temporary_subscription(paid, stage):
    assert rules.subscription_stage(paid and Decimal(paid), Decimal("20000.00")) == stage


def test_the_day_to_sign_counts_days_after_the_subscription():
    assert rules.sign_by(date(2026, 11, 23), SubscriptionTerms()) == date(2026, 11, 30)


def test_similar_prices_lie_within_the_band():
    low, high = rules.similar_range(Decimal("2000000.00"), PriceTerms())
    assert (low, high) == (Decimal("1800000.00"), Decimal("2200000.00"))


@pytest.mark.parametrize("until", [NOW, NOW - timedelta(hours=1), NOW + timedelta(days=7, seconds=1)])
def test_a_hold_ends_in_the_future_and_within_its_longest_life(until):
    with pytest.raises(RuleError) as refusal:
        rules.check_until(NOW, until, HoldTerms())
    assert refusal.value.code == "bad_until"


@pytest.mark.parametrize(
    ("stage", "released", "state"),
    [
        (None, True, "open"),
        (None, False, "unreleased"),
        ("lock", True, "lock"),
        ("blocked", False, "blocked"),
    ],
)
def test_a_rooms_state_is_its_claims_stage(stage, released, state):
    assert rules.state_of(stage, released) == state


@pytest.mark.parametrize(("stair", "code"), [("", "2-1503"), ("1", "2-1-1503")])
def test_a_rooms_number_has_its_stair_only_where_there_is_one(stair, code):
    assert rules.unit_code("2", stair, "1503") == code
