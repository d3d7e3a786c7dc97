"""候客: whose turn it is, as tables and as invariants over any day."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from customers.rules import Absence, QueueLine, QueueState, QueueTerms, TurnEvent, TurnKind, TurnOutcome
from customers.rules.queue import Turn, door_post, fold, next_turn, order, waiting, walk
from customers.rules.queue_counts import counts
from customers.rules.queue_decide import decide_turn, place_of, projection, recompute_turn, snapshot
from customers.rules.queue_words import ARROWS, STATE_OF, check_event
from regulations.rules import to_json
from salesdept import clock
from salesdept.errors import RuleError

TERMS = QueueTerms()
OPEN = datetime(2026, 11, 23, 10, tzinfo=clock.SHANGHAI)
NAMES = {1: "林知远", 2: "许若晴", 3: "周沐阳", 4: "何思源"}


class Log(list):
    """A day's log in few words: `log("signed_in", 1)`."""

    def __init__(self, *reps, orders=None):
        super().__init__()
        self("opened", orders={"visit": orders or [], "call": orders or []})
        for rep in reps:
            self("signed_in", rep)

    def __call__(self, event, rep=0, word="", at=None, **fields):
        at = at or OPEN + timedelta(minutes=len(self) % 300)
        self.append(Turn(seq=len(self) + 1, at=at, event=event, rep=rep, word=word, **fields))
        return self

    def guest(self, rep, number, kind="rotation", counted=None, line="visit", at=None):
        """A guest comes to somebody and, when `counted` is said, goes again."""
        self("started", rep, kind, reception=number, line=line, at=at)
        if counted is not None:
            self("ended", rep, "new" if counted else "old", reception=number, line=line, counted=counted)
        return self


def three():
    return Log(1, 2, 3)


def lunch(log, rep, absence=Absence.LUNCH):
    return log("left", rep, absence)


# what happened, whose turn it is, by what right, the order
DAYS = {
    "in the order of the sign-in": (three(), 1, "rotation", [1, 2, 3]),
    "a new customer uses the turn": (three().guest(1, 1, counted=True), 2, "rotation", [2, 3, 1]),
    "an old customer gives it back": (three().guest(1, 1, counted=False), 1, "makeup", [1, 2, 3]),
    "who receives is not asked": (three().guest(1, 1), 2, "rotation", [2, 3, 1]),
    "at lunch: made up": (lunch(three(), 1).guest(2, 1)("back", 1), 1, "makeup", [1, 3, 2]),
    "at lunch: the place is kept": (lunch(three(), 1)("back", 1), 1, "rotation", [1, 2, 3]),
    "private: lost": (lunch(three(), 1, Absence.PRIVATE).guest(2, 1)("back", 1), 3, "rotation", [3, 1, 2]),
    "on leave: lost": (lunch(three(), 1, Absence.LEAVE).guest(2, 1)("back", 1), 3, "rotation", [3, 1, 2]),
    "resting: lost": (lunch(three(), 1, Absence.REST).guest(2, 1)("back", 1), 3, "rotation", [3, 1, 2]),
    "with an old customer: made up": (
        three().guest(1, 1, "own").guest(2, 2)("ended", 1, "old", reception=1), 1, "makeup", [1, 3, 2]),
    "a named guest out of turn uses none": (
        three().guest(2, 1, "named", counted=False), 1, "rotation", [1, 2, 3]),
    "a named guest in turn uses it": (three().guest(1, 1, "named", counted=True), 2, "rotation", [2, 3, 1]),
    "said to be old, was new": (three().guest(1, 1, "own", counted=True), 2, "rotation", [2, 3, 1]),
    "standing in keeps the place": (three().guest(1, 1, "obliged", counted=False), 1, "rotation", [1, 2, 3]),
    "passing": (three()("skipped", 1), 2, "rotation", [2, 3, 1]),
    "the first question left out": (three()("penalised", 1), 2, "rotation", [1, 2, 3]),
    "the penalty is paid once": (three()("penalised", 1).guest(2, 1, counted=True), 3, "rotation", [3, 1, 2]),
    "a granted turn goes first": (three()("granted", 3), 3, "makeup", [3, 1, 2]),
    "suspended: nothing": (three()("suspended", 1), 2, "rotation", [1, 2, 3]),
    "lifted: to the tail": (three()("suspended", 1)("lifted", 1), 2, "rotation", [2, 3, 1]),
    "gone home": (three()("off", 1), 2, "rotation", [1, 2, 3]),
    "home and back: to the tail": (three()("off", 1)("signed_in", 1), 2, "rotation", [2, 3, 1]),
    "the desk is out of the turn": (
        three()("desk_on", 1).guest(2, 1)("desk_off", 1), 3, "rotation", [3, 2, 1]),
    "on the phone: the place is made up": (
        three().guest(1, 1, "own", line="call").guest(2, 2)("ended", 1, "old", reception=1, line="call"),
        1, "makeup", [1, 3, 2]),
    "before hours nothing moves": (
        three().guest(1, 1, counted=False, at=OPEN.replace(hour=8)), 1, "rotation", [1, 2, 3]),
    "nobody waits: beside the guest": (Log(1, 2).guest(1, 1).guest(2, 2), 1, "double", [1, 2]),
    "the first said no to a second guest": (
        Log(1, 2).guest(1, 1).guest(2, 2)("declined", 1), 2, "double", [1, 2]),
    "yesterday's order goes on": (Log(1, 2, 3, orders=[3, 1, 2]), 3, "rotation", [3, 1, 2]),
    "a newcomer comes behind": (Log(4, 1, 2, orders=[2, 1]), 2, "rotation", [2, 1, 4]),
    "who comes late comes behind": (
        Log(1, 2, orders=[3, 1, 2]).guest(1, 1)("signed_in", 3), 2, "rotation", [2, 1, 3]),
    "nobody came": (Log(), 0, "rotation", []),
}  # fmt: skip


@pytest.mark.parametrize(("log", "rep", "kind", "line"), DAYS.values(), ids=DAYS)
def test_whose_turn_it_is(log, rep, kind, line):
    taken = next_turn(log, TERMS)
    assert (taken.rep, taken.kind) == (rep, kind)
    assert order(fold(log, TERMS)) == line


@pytest.mark.parametrize(
    ("mode", "line"), [("continue", [3, 1, 2]), ("signin", [1, 2, 3]), ("fewest", [1, 2, 3])]
)
def test_how_the_day_begins(mode, line):
    assert order(fold(Log(1, 2, 3, orders=[3, 1, 2]), TERMS, mode)) == line


def test_the_fewest_new_customers_go_first():
    log = Log(1, 2).guest(1, 1, counted=True).guest(2, 2, counted=True).guest(1, 3, counted=True)
    assert order(fold(log("signed_in", 3), TERMS, "fewest")) == [3, 2, 1]
    assert next_turn(log, TERMS, "fewest").rep == 3


# with these terms, the same day goes to somebody else
OTHERWISE = {
    "comp_with_customer": (three().guest(1, 1, "own").guest(2, 2)("ended", 1, "old", reception=1), 3),
    "comp_lunch": (lunch(three(), 1).guest(2, 1)("back", 1), 3),
    "comp_restroom": (lunch(three(), 1, Absence.RESTROOM).guest(2, 1)("back", 1), 3),
    "comp_official": (lunch(three(), 1, Absence.FAIR).guest(2, 1)("back", 1), 3),
    "comp_old_customer": (lunch(three(), 1, Absence.CUSTOMER).guest(2, 1)("back", 1), 3),
    "comp_rest": (lunch(three(), 1, Absence.REST).guest(2, 1)("back", 1), 1),
    "comp_private": (lunch(three(), 1, Absence.PRIVATE).guest(2, 1)("back", 1), 1),
    "off_hours_count": (three().guest(1, 1, counted=True, at=OPEN.replace(hour=8)).guest(2, 2), 3),
    "single_load": (Log(1, 2).guest(1, 1).guest(2, 2), 0),
    "separate_calls": (three().guest(1, 1, line="call", counted=True), 2),
}


@pytest.mark.parametrize(("name", "day"), OTHERWISE.items(), ids=OTHERWISE)
def test_a_term_turns_the_day(name, day):
    log, rep = day
    other = replace(TERMS, **{name: not getattr(TERMS, name)})
    assert next_turn(log, other).rep == rep


def test_calls_have_their_own_order():
    hall = fold(three().guest(1, 1, line="call", counted=True), TERMS)
    assert walk(hall, QueueLine.VISIT).rep == 1
    assert walk(hall, QueueLine.CALL).rep == 2
    assert (hall.seats[1].counts["call"], hall.seats[1].counts["visit"]) == (1, 0)


COUNTS = {
    "a new customer": ("new", "rotation", True, True, True),
    "said old, was new": ("new", "own", False, True, True),
    "no number left": ("no_phone", "rotation", True, True, True),
    "an old customer": ("old", "rotation", True, True, False),
    "standing in": ("standin", "rotation", True, True, False),
    "new, but taken for a colleague": ("new", "obliged", False, True, False),
    "from a channel": ("channel", "rotation", True, True, False),
    "from the trade": ("peer", "rotation", True, True, False),
    "named in turn": ("new", "named", True, True, True),
    "named out of turn": ("new", "named", False, True, False),
    "turned out to be named": ("named", "rotation", True, True, True),
    "nobody said": ("unsaid", "rotation", True, True, True),
    "nobody said, own": ("unsaid", "own", False, True, False),
    "before hours": ("new", "rotation", False, False, False),
}


@pytest.mark.parametrize(("outcome", "kind", "slot", "within", "counted"), COUNTS.values(), ids=COUNTS)
def test_what_uses_a_turn(outcome, kind, slot, within, counted):
    assert counts(outcome, kind, slot, within, TERMS) is counted


@pytest.mark.parametrize(
    ("outcome", "kind", "term"),
    [("peer", "rotation", "peer_uses_turn"), ("new", "named", "named_in_turn_counts")],
)
def test_terms_say_what_uses_a_turn(outcome, kind, term):
    other = replace(TERMS, **{term: not getattr(TERMS, term)})
    assert counts(outcome, kind, True, True, other) is not counts(outcome, kind, True, True, TERMS)


@pytest.mark.parametrize("minutes", [0, 19, 20, 59, 60])
def test_the_door_post_is_relieved(minutes):
    hall = fold(three(), TERMS)
    since = hall.seats[1].since
    holder = [1, 2, 3][minutes // TERMS.post_minutes % 3]
    assert door_post(hall, since + timedelta(minutes=minutes)) == holder
    assert door_post(fold(Log(), TERMS), OPEN) == 0


@pytest.mark.parametrize("event", ARROWS)
@pytest.mark.parametrize("state", QueueState)
def test_the_arrows_of_a_place(event, state):
    if state in ARROWS[event].begins:
        check_event(event, state)
        return
    with pytest.raises(RuleError) as refusal:
        check_event(event, state)
    assert refusal.value.clause
    assert refusal.value.way_out


@pytest.mark.parametrize("absence", Absence)
def test_every_absence_has_its_state_and_its_rule(absence):
    assert STATE_OF[absence] in (QueueState.AWAY, QueueState.LUNCH, QueueState.OUT)
    assert isinstance(TERMS.compensated(absence), bool)
    told = absence in (Absence.RESTROOM, Absence.CUSTOMER)
    assert TERMS.must_ask(absence) is not told
    assert replace(TERMS, breaks_asked=True).must_ask(absence)


def test_a_decision_says_who_was_passed_and_why():
    inputs = snapshot(fold(lunch(three(), 1), TERMS), "visit", OPEN, NAMES, 2, "rotation")
    verdict = decide_turn(inputs, TERMS)
    assert verdict.result == {"rep": 2, "kind": "rotation", "uses_turn": True}
    assert [(s.text, s.clause) for s in verdict.steps] == [
        ("林知远 午餐：可补接，记补接一次", "拟:q.comp.yes"),
        ("许若晴：候客第一位，安排接待", "S105"),
    ]
    assert [place_of(inputs, rep) for rep in (1, 2, 3, 9)] == [1, 2, 3, 0]


KINDS = {
    "rotation": (three(), 1, "rotation", "rotation", True),
    "makeup": (three()("granted", 2), 2, "rotation", "makeup", True),
    "named out of turn": (three(), 3, "named", "named", False),
    "own": (three(), 1, "own", "own", False),
    "obliged": (three(), 1, "obliged", "obliged", False),
    "channel": (three(), 2, "channel", "channel", False),
    "double": (Log(1).guest(1, 1), 1, "double", "double", True),
    "not signed in": (Log(), 9, "rotation", "rotation", False),
}


@pytest.mark.parametrize(("log", "rep", "wanted", "kind", "uses"), KINDS.values(), ids=KINDS)
def test_every_kind_of_turn_is_decided(log, rep, wanted, kind, uses):
    verdict = decide_turn(snapshot(fold(log, TERMS), "visit", OPEN, NAMES, rep, wanted), TERMS)
    assert verdict.result == {"rep": rep, "kind": kind, "uses_turn": uses}
    assert all(step.clause for step in verdict.steps)
    assert recompute_turn(verdict.inputs, to_json(TERMS)).result == verdict.result


# --- any day


class AnyDay(RuleBasedStateMachine):
    """Four people whose absences are all made up; guests come, stay, are new or old, leave."""

    reps = (1, 2, 3, 4)

    def __init__(self):
        super().__init__()
        self.log = Log(*self.reps)
        self.guests = 0
        self.going = {}
        self.assigned = []

    @property
    def hall(self):
        return fold(self.log, TERMS)

    @rule()
    def a_guest_comes(self):
        taken = next_turn(self.log, TERMS)
        if not taken.rep or (taken.kind == "double" and len(self.going) > 8):
            return
        self.guests += 1
        self.assigned.append((len(self.log), taken.rep, str(taken.kind)))
        self.log.guest(taken.rep, self.guests, str(taken.kind))
        self.going[self.guests] = taken.rep

    @precondition(lambda self: self.going)
    @rule(data=st.data(), new=st.booleans())
    def a_guest_goes(self, data, new):
        number = data.draw(st.sampled_from(sorted(self.going)))
        self.log("ended", self.going.pop(number), "new" if new else "old", reception=number, counted=new)

    @rule(
        rep=st.sampled_from(reps),
        absence=st.sampled_from([Absence.LUNCH, Absence.RESTROOM, Absence.OFFICIAL]),
    )
    def somebody_leaves(self, rep, absence):
        if self.hall.seats[rep].state == QueueState.WAITING:
            lunch(self.log, rep, absence)

    @rule(rep=st.sampled_from(reps))
    def somebody_returns(self, rep):
        if self.hall.seats[rep].state not in (QueueState.WAITING, QueueState.RECEIVING):
            self.log("back", rep)

    @rule(rep=st.sampled_from(reps))
    def an_own_customer_comes(self, rep):
        if self.hall.seats[rep].free:
            self.guests += 1
            self.log.guest(rep, self.guests, "own", counted=False)

    @invariant()
    def nobody_is_more_than_one_turn_behind(self):
        """Turns taken, going on and still owed: as many for each, give or take one."""
        hall = self.hall
        shares = [
            seat.counts["visit"]
            + sum(1 for turn in seat.open.values() if turn.slot)
            + sum(1 for _, rep in hall.claims["visit"] if rep == seat.rep)
            for seat in hall.seats.values()
        ]
        assert max(shares) - min(shares) <= 1
        assert not any(seat.lost for seat in hall.seats.values())

    @invariant()
    def the_log_reproduces_every_assignment(self):
        for upto, rep, kind in self.assigned[-3:]:
            taken = next_turn(self.log[:upto], TERMS)
            assert (taken.rep, str(taken.kind)) == (rep, kind)

    @invariant()
    def everybody_stands_somewhere_once(self):
        places = projection(self.hall)
        assert sorted(place["position"] for place in places.values()) == [1, 2, 3, 4]
        assert set(waiting(self.hall)) <= set(self.reps)


AnyDay.TestCase.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
TestAnyDay = AnyDay.TestCase


@given(
    before=st.lists(st.sampled_from([1, 2, 3]), max_size=6),
    absence=st.sampled_from([Absence.LUNCH, Absence.RESTROOM, Absence.SURVEY, Absence.FAIR]),
    guests=st.integers(0, 6),
)
def test_leaving_and_returning_keeps_the_entitlement(before, absence, guests):
    """Who was away with a good reason has, once back and served, as many turns as without it."""
    log = Log(1, 2, 3)
    for number, _ in enumerate(before):
        log.guest(next_turn(log, TERMS).rep, number + 1, counted=True)
    lunch(log, 1, absence)
    for number in range(guests):
        log.guest(next_turn(log, TERMS).rep, 100 + number, counted=True)
    log("back", 1)
    hall = fold(log, TERMS)
    owed = sum(1 for _, rep in hall.claims["visit"] if rep == 1)
    for number in range(owed):
        taken = next_turn(log, TERMS)
        assert (taken.rep, taken.kind) == (1, TurnKind.MAKEUP)
        log.guest(1, 200 + number, str(taken.kind), counted=True)
    turns = [seat.counts["visit"] for seat in fold(log, TERMS).seats.values()]
    assert max(turns) - min(turns) <= 1


def test_every_event_of_the_log_is_folded():
    from customers.rules.queue import _EVENTS

    assert set(_EVENTS) == set(TurnEvent)
    assert {"new", "old", "peer"} <= set(TurnOutcome.values)


def test_a_day_of_two_thousand_events_is_no_wait():
    """The figure itself is measured by `bench/queue.py`; here it may be five times slower."""
    from bench.queue import EVENTS, TARGET_MS, day, fastest

    log = day(EVENTS)
    assert len(log) == EVENTS
    assert next_turn(log, TERMS).rep
    assert fastest(lambda: next_turn(log, TERMS), 3) < TARGET_MS * 5
