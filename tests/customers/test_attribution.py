"""Whose customer: the 24 disputes of rules.md 6.7 without a database, validity by product, properties."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.rules import OwnTerms, attribute, product_of, recompute_owner, valid_days
from customers.rules.splits import split
from regulations.rules import SplitTerms, to_json

ON = "2026-11-23"
A, B, C = 1, 2, 3  # B receives
TERMS = OwnTerms()


def held(rep=A, until="2026-12-01", **more):
    return {"rep": rep, "basis": "visit", "state": "active", "expires_on": until,
            "since": "2026-11-20T10:00:00+08:00", "own": True, **more}  # fmt: skip


def made(**inputs):
    return attribute({"event": "visit", "on": ON, "rep": B, "grade": "B", "known": True, **inputs}, TERMS)


def clauses(verdicts):
    return [step.clause for step in verdicts.steps]


HUSBAND = held(own=False, since="2026-11-16T10:00:00+08:00")
WIFE = held(B, since="2026-11-19T10:00:00+08:00")
GONE = held(until="2026-11-22")
FILED = {"filing": 7, "filed_at": "2026-11-22T09:00:00+08:00", "rep": None}

# words of the dispute → inputs, owner, shares, a clause that must be named
DISPUTES = {
    "1 夫妻分别接待，都在有效期": (
        {"leases": [HUSBAND, WIFE], "relation": "配偶"}, B, [[A, 5000], [B, 5000]], "split.couple"),
    "1 夫妻分别接待，甲已失效": (
        {"leases": [{**HUSBAND, "expires_on": "2026-11-22"}, WIFE], "relation": "配偶"},
        B, [[B, 10000]], "own.renew"),
    "2 换号码、换名字，没有证明": ({"known": False, "relation": "name"}, B, [[B, 10000]], "own.match"),
    "2 有了亲属证明": ({"leases": [HUSBAND], "relation": "配偶"}, A, [[A, 10000]], "own.kin"),
    "3 父母选房、儿子付款": (
        {"leases": [HUSBAND, WIFE], "relation": "父母"}, B, [[A, 5000], [B, 5000]], "own.kin"),
    "4 老客户介绍，点名的甲休息，已通知": (
        {"referral": {"owner": A, "named": True}, "known": False, "owner_state": "told"},
        A, [[A, 10000]], "ref.chain"),
    "5 义务接待没有通知甲": ({"leases": [held()], "owner_state": "untold"}, A, [[A, 10000]], "ref.absent"),
    "6 未购老客户带朋友，甲正忙": (
        {"referral": {"owner": A, "named": False}, "known": False}, B, [[B, 10000]], "ref.unnamed"),
    "7 没留电话的回访客，两天内认领": (
        {"known": False, "claim": {"rep": A, "claimed_on": "2026-11-25"}}, A, [[A, 10000]], "own.claim_days"),
    "7 没留电话的回访客，认领太晚": (
        {"known": False, "claim": {"rep": A, "claimed_on": "2026-11-26"}}, B, [[B, 10000]], "own.claim_days"),
    "8 三个未接不算有效跟进": ({"leases": [GONE]}, B, [[B, 10000]], "own.valid.visit"),
    "9 假跟进被查实，归属作废": ({"leases": []}, B, [[B, 10000]], "own.unregistered"),
    "10 来电未约访，到访不点名": ({"leases": [held(basis="call")]}, B, [[B, 10000]], "own.call_then_visit"),
    "10 来电约了这次到访": (
        {"leases": [held(basis="call")], "booked_with": A}, A, [[A, 10000]], "own.call_then_visit"),
    "10 到访点名接听人": (
        {"leases": [held(basis="call")], "asked_for": A}, A, [[A, 10000]], "own.call_then_visit"),
    "11 投诉后更换代表": (
        {"leases": [held()], "forfeited_by": A}, B, [[B, 10000]], "own.complaint_forfeit"),
    "12 客户以同行身份来": ({"leases": [held()], "outcome": "not_customer"}, None, [], "own.unregistered"),
    "13 渠道报备上周自己来过的客户": (
        {"leases": [], "filing": FILED, "first_seen": "2026-11-16T10:00:00+08:00"},
        B, [[B, 10000]], "chan.protect"),
    "14 到访前二十分钟才报备": (
        {"known": False, "filing": {**FILED, "valid": False, "problem": "提前量不足"}},
        B, [[B, 10000]], "chan.protect"),
    "15 两家渠道报备同一人，先报的有效": (
        {"known": False, "filing": {**FILED, "rep": C}}, C, [[C, 10000]], "chan.protect"),
    "16 老业主一年内再购": (
        {"old_deal": {"rep": A, "on": "2025-12-01"}}, A, [[A, 10000]], "own.second_room"),
    "16 老业主两年后再购，不点名": (
        {"old_deal": {"rep": A, "on": "2024-11-01"}}, B, [[B, 10000]], "own.second_room"),
    "16 老业主两年后再购，点名": (
        {"old_deal": {"rep": A, "on": "2024-11-01"}, "asked_for": A}, A, [[A, 10000]], "own.second_room"),
    "17 公司为五名员工购房": ({"leases": [held(own=False)], "relation": "单位"}, A, [[A, 10000]], "own.kin"),
    "18 代表调走后客户归主管": ({"leases": [held(C, basis="assigned")]}, C, [[C, 10000]], "own.renew"),
    "19 新人的客户被老人接走": ({"leases": [held()]}, A, [[A, 10000]], "own.renew"),
    "20 老客户来访不计轮次": ({"leases": [held(B)]}, B, [[B, 10000]], "own.renew"),
    "21 内勤倒填的登记": (
        {"leases": [held(complete=False, since="2026-11-01T10:00:00+08:00", own=False), held(C, own=False)]},
        C, [[C, 5000], [A, 5000]], "split.couple"),
    "22 客户不肯留资料": ({"outcome": "no_phone", "known": False}, None, [], "own.unregistered"),
    "23 来电来访同一号码、不同写法": (
        {"leases": [held(B, basis="call")], "booked_with": B}, B, [[B, 10000]], "own.match"),
    "24 成交一个月后才提": (
        {"leases": [held(state="locked", until="2026-10-01")]}, A, [[A, 10000]], "own.basis"),
}  # fmt: skip


@pytest.mark.parametrize("words", DISPUTES)
def test_the_dispute(words):
    inputs, owner, shares, clause = DISPUTES[words]
    verdicts = made(**inputs)
    assert (verdicts.result["owner"], verdicts.result["shares"]) == (owner, shares)
    assert f"拟:{clause}" in clauses(verdicts)
    assert recompute_owner(verdicts.inputs, to_json(TERMS)).result == verdicts.result


def test_all_24_are_here():
    assert {int(words.split()[0]) for words in DISPUTES} == set(range(1, 25))


STANDIN = {"4": ("split.standin_sameday", [[A, 5000], [B, 5000]]), "5": ("ref.absent", [[A, 10000]])}


@pytest.mark.parametrize("number", STANDIN)
def test_a_stand_in_who_closes_the_same_day(number):
    rule, shares = STANDIN[number]
    assert split({"rule": rule, "reps": [A, B]}, SplitTerms()).result["shares"] == shares


FLAGS = {
    "a breach of the stand-in": ({"leases": [held()], "owner_state": "untold"}, "ref.absent"),
    "a hidden name": ({"concealed_from": A, "known": False}, "own.conceal"),
    "nothing": ({"leases": [held()], "owner_state": "told"}, ""),
}


@pytest.mark.parametrize("name", FLAGS)
def test_what_becomes_a_case_of_conduct(name):
    inputs, case = FLAGS[name]
    result = made(**inputs).result
    assert (result["case"], result["owner"], result["standin"]) == (case, A, True)


READINGS = {
    ("booked", True, False): A, ("booked", False, True): A, ("booked", False, False): B,
    ("named", True, False): B, ("named", False, True): A, ("named", True, True): A,
    ("visit", True, True): B, ("visit", False, False): B,
}  # fmt: skip


@pytest.mark.parametrize(("reading", "booked", "named"), READINGS)
def test_the_notice_says_what_a_call_gives(reading, booked, named):
    verdicts = made(
        leases=[held(basis="call")], reading=reading,
        booked_with=A if booked else None, asked_for=A if named else None,
    )  # fmt: skip
    assert verdicts.result["owner"] == READINGS[reading, booked, named]
    assert verdicts.result["replaces"] is (verdicts.result["owner"] == B)


ORDER = {
    "frozen before all": ({"leases": [held(state="frozen")], "concealed_from": C}, A, "disputed"),
    "locked before a filing": ({"leases": [held(state="locked")], "filing": {**FILED, "rep": C}}, A, "owned"),
    "a spouse's lock before the own lease": (
        {"leases": [held(B), held(A, state="locked", own=False)]}, A, "owned"),
    "a valid lease before a filing's rep": ({"leases": [held()], "filing": {**FILED, "rep": C}}, A, "owned"),
    "a filing before a referral": (
        {"filing": {**FILED, "rep": C}, "referral": {"owner": A, "named": True}, "known": False}, C, "new"),
    "a lease before a referral": (
        {"leases": [held()], "referral": {"owner": C, "named": True}}, A, "owned"),
    "a late referral counts nothing": (
        {"known": False, "referral": {"owner": A, "named": True, "valid": False}}, B, "new"),
    "a declared relative": ({"known": True, "own_contact": A}, A, "new"),
    "a name alone gives nothing": ({"known": False, "asked_for": A}, B, "new"),
    "an imported date loses against a register": (
        {"leases": [held(A, basis="imported", own=False, since="2026-01-01T10:00:00+08:00"),
                    held(C, own=False)]}, C, "owned"),
}  # fmt: skip


@pytest.mark.parametrize("name", ORDER)
def test_the_order_of_the_steps(name):
    inputs, owner, answer = ORDER[name]
    result = made(**inputs).result
    assert (result["owner"], result["answer"]) == (owner, answer)


VALID = {
    ("visit", "B", "三房"): 15, ("visit", "A", "三房"): 22, ("visit", "C", "商铺"): 60,
    ("visit", "A", "商铺"): 90,
    ("visit", "B", "车位"): 7, ("visit", "A", "车位"): 10, ("visit", "B", "三房 · 车位"): 15,
    ("visit", "B", "商铺 · 车位"): 60, ("visit", "B", ""): 15, ("call", "A", "商铺"): 7,
}  # fmt: skip


@pytest.mark.parametrize(("event", "grade", "wanted"), VALID)
def test_days_by_what_is_wanted(event, grade, wanted):
    days = VALID[event, grade, wanted]
    assert valid_days(event, grade, TERMS, product_of(wanted)) == days
    verdicts = made(event=event, grade=grade, product=product_of(wanted))
    assert verdicts.result["expires_on"] == (date(2026, 11, 23) + timedelta(days=days)).isoformat()


def test_days_that_do_not_count_are_said():
    closed = [f"2026-11-{day}" for day in (25, 26)]
    verdicts = made(stopped={str(B): closed, str(A): ["2026-11-27"]})
    assert verdicts.result["expires_on"] == "2026-12-10"
    said = next(step for step in verdicts.steps if step.clause == "拟:own.clock_stops")
    assert said.value == "2 天"


days = st.dates(date(2026, 1, 1), date(2027, 12, 31)).map(date.isoformat)
leases = st.lists(
    st.builds(
        held,
        rep=st.sampled_from([A, B, C]),
        until=days,
        basis=st.sampled_from(["visit", "call", "imported", "assigned"]),
        state=st.sampled_from(["active", "locked", "frozen"]),
        own=st.booleans(),
        since=days,
    ),
    max_size=4,
    unique_by=lambda lease: lease["own"] or lease["since"],
)


@given(leases=leases, on=days, event=st.sampled_from(["visit", "call"]), asked=st.sampled_from([None, A, C]))
def test_every_decision_is_explained_whole_and_keeps_what_is_locked(leases, on, event, asked):
    verdicts = made(leases=leases, on=on, event=event, asked_for=asked)
    result = verdicts.result
    assert all(step.text and step.clause for step in verdicts.steps)
    assert result["owner"] in {B, *(lease["rep"] for lease in leases)}
    assert sum(part for _, part in result["shares"]) == 10000
    states = {lease["state"] for lease in leases}
    if "frozen" in states:
        assert (result["answer"], result["renews"], result["replaces"]) == ("disputed", False, False)
    elif "locked" in states:
        assert result["owner"] in {lease["rep"] for lease in leases if lease["state"] == "locked"}
    own = next((lease for lease in leases if lease["own"]), None)
    if own and not result["replaces"]:
        assert result["expires_on"] >= own["expires_on"] or "frozen" in states


@given(leases=leases, on=days)
def test_the_order_of_leases_changes_no_owner(leases, on):
    first, second = made(leases=leases, on=on), made(leases=leases[::-1], on=on)
    if len({lease["since"] for lease in leases}) == len(leases):
        assert first.result == second.result
