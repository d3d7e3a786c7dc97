"""渠道报备 and 老带新 as rules: tables, and the first valid filing whatever the order of entry."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.rules import channels, referrals
from customers.rules.anomalies import AnomalyKind, AnomalyTerms, Changed, Filed, Share, anomalies
from customers.rules.channels import ChannelTerms, FilingReason, FilingState, Rival, first_of, judge_filing
from customers.rules.referrals import ReferralReason, ReferralState, ReferralTerms, judge_referral
from regulations.rules import to_json
from salesdept.clock import SHANGHAI
from salesdept.errors import RuleError

MONDAY = date(2026, 11, 23)


def at(day: int, hour: int, minute: int = 0) -> str:
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI).isoformat()


def filed(**changes):
    return {
        "filed_at": at(23, 10),
        "filed_on": "2026-11-23",
        "mode": "full",
        "company_ok": True,
        "other_number": False,
        "registered_at": "",
        "lease_live": False,
        "candidates": 0,
        "earlier": None,
        "arrived_at": "",
        "arrived_on": "",
        **changes,
    }


def came(day: int, hour: int, minute: int = 0):
    return {"arrived_at": at(day, hour, minute), "arrived_on": f"2026-11-{day}"}


FILINGS = {
    "nothing against it": ({}, {}, "valid", ""),
    "13: he came by himself last week": (
        {"registered_at": at(16, 15), "lease_live": True}, {}, "invalid", "registered",
    ),
    "registered later than filed": ({"registered_at": at(24, 15)}, {}, "valid", ""),
    "registered, the lease is over, strict": ({"registered_at": at(1, 9)}, {}, "invalid", "registered"),
    "registered, the lease is over, mild": (
        {"registered_at": at(1, 9)}, {"registered": "live"}, "valid", "",
    ),
    "14: filed twenty minutes before": (came(23, 10, 20), {}, "invalid", "too_late"),
    "14: filed exactly thirty minutes before": (came(23, 10, 30), {}, "arrived", ""),
    "14: no lead time asked": (came(23, 10, 1), {"min_lead": 0}, "arrived", ""),
    "came before it was filed": (came(23, 9, 50), {"min_lead": 0}, "invalid", "too_late"),
    "15: another was there first": ({"earlier": 7}, {}, "invalid", "duplicate"),
    "came on the last day": (came(30, 20), {}, "arrived", ""),
    "came a day too late": ({"arrived_at": "2026-12-01T10:00:00+08:00", "arrived_on": "2026-12-01"}, {},
                            "lapsed", "not_arrived"),
    "the company is not ours": ({"company_ok": False}, {}, "invalid", "company"),
    "the agent's own number": ({"other_number": True}, {}, "invalid", "other_number"),
    "a mask that may be a customer": ({"mode": "masked", "candidates": 2}, {}, "filed", "to_check"),
    "a mask that fits nobody": ({"mode": "masked"}, {}, "valid", ""),
    "a mask confirmed at the door": ({"mode": "masked", **came(23, 12)}, {}, "arrived", ""),
    "only arrival protects": ({}, {"mode": "arrive"}, "filed", ""),
}  # fmt: skip


@pytest.mark.parametrize("case", FILINGS)
def test_filings(case):
    changes, terms, state, reason = FILINGS[case]
    verdicts = judge_filing(filed(**changes), ChannelTerms(**terms))
    assert (verdicts.result["state"], verdicts.result["reason"]) == (state, reason)
    assert all(step.clause for step in verdicts.steps)
    again = channels.recompute_filing(verdicts.inputs, to_json(ChannelTerms(**terms)))
    assert again.result == verdicts.result


MODES = {
    "deal": ("2026-12-23", "2026-12-23"),
    "arrive_deal": ("2026-12-23", "2026-12-25"),
    "arrive": ("2026-12-23", "2026-12-25"),
}


@pytest.mark.parametrize("mode", MODES)
def test_the_protection_until_the_deal_counts_by_its_mode(mode):
    terms = ChannelTerms(mode=mode)
    assert channels.deal_by(MONDAY, None, terms).isoformat() == MODES[mode][0]
    assert channels.deal_by(MONDAY, date(2026, 11, 25), terms).isoformat() == MODES[mode][1]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("138****5678", ("138", "5678")),
        ("138 xxxx 5678", ("138", "5678")),
        ("138-****-5678", ("138", "5678")),
        ("13812345678", None),
        ("38****5678", None),
        ("138****567", None),
        ("****5678", None),
        ("", None),
    ],
)
def test_masks_are_read(text, read):
    masked = channels.read_masked(text)
    assert (masked and (masked.head, masked.tail)) == read


def test_a_mask_fits_its_number_only():
    masked = channels.read_masked("138****5678")
    assert masked.matches("13899995678")
    assert not masked.matches("13899995679")
    assert not masked.matches("13799995678")


FAMILIES = {"罗晓": "罗", "欧阳娜": "欧阳", "欧": "欧", "司女士": "司"}


@pytest.mark.parametrize("name", FAMILIES)
def test_surnames(name):
    assert channels.surname(name) == FAMILIES[name]


def test_a_filing_goes_only_where_the_arrows_lead():
    channels.check_filing_move("valid", "arrived")
    for old, new in (
        ("invalid", "valid"),
        ("lapsed", "arrived"),
        ("valid", "signed"),
        ("cancelled", "signed"),
    ):
        with pytest.raises(RuleError) as refusal:
            channels.check_filing_move(old, new)
        assert refusal.value.code == "filing_move"


MORNING = datetime(2026, 11, 23, 9, tzinfo=SHANGHAI)
RIVALS = st.lists(
    st.builds(
        Rival,
        id=st.integers(1, 10_000),
        filed_at=st.integers(0, 600).map(lambda m: MORNING + timedelta(minutes=m)),
        state=st.sampled_from([state.value for state in FilingState]),
        until=st.integers(-3, 10).map(lambda d: MONDAY + timedelta(days=d)),
        arrived_at=st.none() | st.integers(0, 900).map(lambda m: MORNING + timedelta(minutes=m)),
    ),
    max_size=8,
    unique_by=lambda rival: rival.id,
)


@given(RIVALS, st.randoms(), st.sampled_from(["deal", "arrive_deal", "arrive"]))
def test_the_first_valid_filing_wins_whatever_the_order_of_entry(rivals, random, mode):
    terms = ChannelTerms(mode=mode)
    shuffled = random.sample(rivals, len(rivals))
    assert first_of(rivals, MONDAY, terms) == first_of(shuffled, MONDAY, terms)


@given(RIVALS)
def test_no_valid_filing_is_earlier_than_the_winner(rivals):
    winner = first_of(rivals, MONDAY, ChannelTerms())
    dead = {"invalid", "lapsed", "cancelled"}
    assert winner is None or winner.state not in dead
    for rival in rivals:
        open_one = rival.state in ("filed", "valid", "arrived") and rival.until >= MONDAY
        if open_one or rival.state in ("subscribed", "signed", "settled"):
            assert winner is not None
            assert (winner.filed_at, winner.id) <= (rival.filed_at, rival.id)


# --- 认知途径 after arrival

SOURCES = {
    "before arrival anything goes": ("online", "channel", False, False, True),
    "the same value": ("online", "online", True, False, True),
    "an empty one on the day": ("", "channel", True, True, True),
    "an empty one later": ("", "channel", True, False, False),
    "another one on the day": ("online", "channel", True, True, False),
    "another one later": ("passing", "channel", True, False, False),
}


@pytest.mark.parametrize("case", SOURCES)
def test_the_source_after_arrival(case):
    old, new, arrived, same_day, allowed = SOURCES[case]
    if allowed:
        channels.check_source_change(old, new, arrived=arrived, same_day=same_day)
        return
    with pytest.raises(RuleError) as refusal:
        channels.check_source_change(old, new, arrived=arrived, same_day=same_day)
    assert (refusal.value.code, refusal.value.clause) == ("channel_fixed", "拟:chan.change")
    assert "财务" in refusal.value.way_out


# --- 老带新


def referred(**changes):
    return {
        "filed_at": at(23, 10),
        "filed_on": "2026-11-23",
        "registered_at": "",
        "first_visit_at": "",
        "first_visit_on": "",
        "in_person": True,
        "bought": True,
        "same_home": False,
        **changes,
    }


def visited(day: int, hour: int):
    return {
        "first_visit_at": at(day, hour),
        "first_visit_on": f"2026-11-{day}",
        "registered_at": at(day, hour),
    }


REFERRALS = {
    "a buyer's friend": ({}, {}, "valid", ""),
    "6: the referrer has not bought": ({"bought": False}, {}, "invalid", "not_bought"),
    "6: and need not have": ({"bought": False}, {"must_have_bought": False}, "valid", ""),
    "husband and wife": ({"same_home": True}, {}, "invalid", "same_home"),
    "only by telephone": ({"in_person": False}, {}, "invalid", "not_in_person"),
    "by telephone, allowed": ({"in_person": False}, {"in_person": False}, "valid", ""),
    "the friend was in the book": ({"registered_at": at(20, 9)}, {}, "invalid", "registered"),
    "filed during the first visit": (visited(23, 9), {}, "visited", ""),
    "filed before the first visit": (visited(25, 9), {}, "visited", ""),
    "filed after the first visit": (visited(22, 9), {}, "invalid", "late"),
    "filed after it, allowed": (visited(22, 9), {"must_first_visit": False}, "visited", ""),
    "too shortly before": (visited(23, 10), {"lead_minutes": 30}, "invalid", "lead"),
    "long enough before": (visited(23, 11), {"lead_minutes": 30}, "visited", ""),
}


@pytest.mark.parametrize("case", REFERRALS)
def test_referrals(case):
    changes, terms, state, reason = REFERRALS[case]
    verdicts = judge_referral(referred(**changes), ReferralTerms(**terms))
    assert (verdicts.result["state"], verdicts.result["reason"]) == (state, reason)
    assert all(step.clause for step in verdicts.steps)
    again = referrals.recompute_referral(verdicts.inputs, to_json(ReferralTerms(**terms)))
    assert again.result == verdicts.result


OWNER, TURN = 1, 2
RECEIVERS = {
    "named and there": ({"owner_present": True}, "owner", (OWNER, False, False, False)),
    "named nobody": ({"named": False}, "owner", (TURN, True, False, False)),
    "nobody's customer": ({"owner": None}, "owner", (TURN, True, False, False)),
    "4: away, and told": ({"owner_told": True}, "owner", (OWNER, False, True, False)),
    "5: away, and nobody told": ({}, "owner", (OWNER, False, True, True)),
    "4: away, told, strict": ({"owner_told": True}, "told", (OWNER, False, True, False)),
    "5: away, untold, strict": ({}, "told", (TURN, True, False, False)),
}


@pytest.mark.parametrize("case", RECEIVERS)
def test_who_receives_a_friend(case):
    changes, absent, wanted = RECEIVERS[case]
    facts = {"owner": OWNER, "named": True, "owner_present": False, "owner_told": False, **changes}
    got = referrals.receiver_of(facts, TURN, ReferralTerms(absent=absent))
    assert (got["rep"], got["uses_turn"], got["standin"], got["untold"]) == wanted
    assert got["compensate"] == (got["standin"] and not got["untold"])


def test_a_referral_goes_only_where_the_arrows_lead():
    referrals.check_referral_move("valid", "visited")
    for old, new in (("invalid", "valid"), ("visited", "rewarded"), ("cancelled", "deal")):
        with pytest.raises(RuleError):
            referrals.check_referral_move(old, new)


def test_every_reason_has_words():
    assert all(choice.label for choice in (*FilingReason, *ReferralReason, *ReferralState))


# --- 渠道异常


def one(number=1, agent="安居 · 小马", gap=None, first=None, looks=()):
    filed_at = MORNING
    arrived = filed_at + timedelta(minutes=gap) if gap is not None else None
    return Filed(number, agent, filed_at, arrived, first, looks)


LINES = {
    "nothing": ([one(gap=300)], []),
    "came by himself first": ([one(first=MORNING - timedelta(days=3))], ["self_first"]),
    "registered later": ([one(first=MORNING + timedelta(days=1))], []),
    "within the hour": ([one(gap=40)], ["near_arrival"]),
    "exactly at the limit": ([one(gap=60)], []),
    "three times": ([one(n, gap=20) for n in (1, 2, 3)], ["near_arrival"] * 3 + ["agent"]),
    "looked at just before": ([one(looks=[("林知远", MORNING - timedelta(minutes=5))])], ["looked_up"]),
    "looked at long before": ([one(looks=[("林知远", MORNING - timedelta(hours=3))])], []),
    "looked at afterwards": ([one(looks=[("林知远", MORNING + timedelta(minutes=5))])], []),
}


@pytest.mark.parametrize("case", LINES)
def test_what_is_listed(case):
    filings, kinds = LINES[case]
    assert [item.kind.value for item in anomalies(filings, [], [], AnomalyTerms())] == kinds


SHARES = {(10, 5): True, (10, 4): False, (4, 4): False, (20, 9): False, (5, 5): True}


@pytest.mark.parametrize("share", SHARES)
def test_a_reps_share_of_channel_arrivals(share):
    found = anomalies([], [], [Share("林知远", *share)], AnomalyTerms())
    assert bool(found) is SHARES[share]


def test_changes_are_listed_and_no_line_accuses():
    found = anomalies(
        [one(gap=20, first=MORNING - timedelta(days=1), looks=[("林知远", MORNING)])],
        [Changed(4, "路过", "渠道")],
        [Share("林知远", 6, 6)],
        AnomalyTerms(agent_times=2),
    )
    assert {item.kind for item in found} >= {AnomalyKind.CHANGED, AnomalyKind.REP, AnomalyKind.LOOKED_UP}
    words = "".join(item.reason for item in found) + "".join(kind.label for kind in AnomalyKind)
    assert not any(word in words for word in ("洗客", "作弊", "违规", "造假", "串通"))
