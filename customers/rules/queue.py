"""候客: whose turn it is, from the day's turn log alone. Pure.

Each line is a ring. A turn uses a slot: the head of the ring goes to its tail. Who is passed over with a good
reason gets a 补接 (a claim before the ring), who is passed over without one is 轮空. A slot whose guest
turned out not to count is given back as a claim of its old date, which is the old place.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from customers.rules.queue_counts import relieved
from customers.rules.queue_words import (
    STATE_OF,
    QueueLine,
    QueueState,
    QueueTerms,
    TurnEvent,
    TurnKind,
)

LINES = tuple(line.value for line in QueueLine)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One row of the log. `at` is local (Shanghai); `word` is a turn's kind, an outcome or an absence."""

    seq: int
    at: datetime
    event: str
    rep: int = 0
    line: str = QueueLine.VISIT.value
    word: str = ""
    reception: int = 0
    counted: bool = False
    note: str = ""
    orders: Mapping[str, Sequence[int]] = field(default_factory=dict)


@dataclass(slots=True)
class Open:
    """A reception that is going on. `slot` is the stamp of the slot it uses, 0 when it uses none."""

    line: str
    kind: str
    slot: int


@dataclass(slots=True)
class Seat:
    """One person's place today."""

    rep: int
    state: str
    since: datetime
    signed_in: datetime
    absence: str = ""
    note: str = ""
    skips: int = 0
    lost: int = 0
    declined: bool = False
    reported: bool = False
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(LINES, 0))
    open: dict[int, Open] = field(default_factory=dict)

    @property
    def free(self) -> bool:
        return self.state == QueueState.WAITING and not self.open

    @property
    def receives(self) -> bool:
        return any(turn.line == QueueLine.VISIT for turn in self.open.values())


@dataclass(frozen=True, slots=True)
class Walk:
    """Who takes the next slot of a line: through a claim, through the ring, or beside another guest.

    `passed` are those the walk went by, each with what it means: `claim`, `lost` or `skip`.
    """

    rep: int = 0
    kind: str = TurnKind.ROTATION.value
    stamp: int = 0
    passed: Sequence[tuple[int, str]] = ()


class Hall:
    """The day, folded from its log."""

    __slots__ = ("claims", "mode", "orders", "rings", "seats", "stamp", "terms", "used")

    def __init__(self, terms: QueueTerms, mode: str) -> None:
        self.terms, self.mode = terms, mode
        self.seats: dict[int, Seat] = {}
        self.rings: dict[str, list[int]] = {line: [] for line in LINES}
        self.claims: dict[str, list[tuple[int, int]]] = {line: [] for line in LINES}
        self.orders: Mapping[str, Sequence[int]] = {}
        self.used = dict.fromkeys(LINES, False)
        self.stamp = 0

    def line(self, wanted: str) -> str:
        """The order a turn belongs to (拟:q.hotline)."""
        return wanted if self.terms.separate_calls else QueueLine.VISIT.value

    # --- slots

    def tail(self, rep: int, line: str) -> None:
        ring = self.rings[line]
        ring.remove(rep)
        ring.append(rep)

    def claim(self, rep: int, line: str, stamp: int = 0) -> None:
        """补接 before the ring, oldest first. Where the fewest go first, missing is its own claim."""
        if not stamp:
            self.stamp += 1
            stamp = self.stamp
        self.claims[line].append((stamp, rep))
        self.claims[line].sort()

    def weight(self, rep: int, line: str) -> int:
        """Slots used and lost: what 当日新客最少者先 compares."""
        seat = self.seats[rep]
        going = sum(1 for turn in seat.open.values() if turn.slot and turn.line == line)
        return seat.counts[line] + going + seat.lost

    def ring(self, line: str) -> list[int]:
        ring = self.rings[line]
        return sorted(ring, key=lambda rep: self.weight(rep, line)) if self.mode == "fewest" else ring

    def within(self, at: datetime) -> bool:
        """Whether the hall is open, so that turns count (拟:q.before_after_hours)."""
        terms = self.terms
        return terms.off_hours_count or terms.opens_hour <= at.hour < terms.closes_hour


# --- whose turn


def walk(hall: Hall, wanted: str) -> Walk:
    """The next slot of a line: claims first, then the ring, then 兼顾 of those who are receiving."""
    line, seats = hall.line(wanted), hall.seats
    for stamp, rep in hall.claims[line]:
        if seats[rep].free and not seats[rep].skips:
            return Walk(rep, TurnKind.MAKEUP, stamp)
    ring = hall.ring(line)
    if any(seats[rep].free for rep in ring):
        return _along(hall, ring, lambda seat: seat.free, TurnKind.ROTATION)
    if wanted != QueueLine.VISIT or hall.terms.single_load:
        return Walk()
    return _along(hall, ring, lambda seat: seat.receives and not seat.declined, TurnKind.DOUBLE)


def _along(hall: Hall, ring: Sequence[int], takes: Callable[[Seat], bool], kind: str) -> Walk:
    """Down the ring to the first who takes it. A penalty is paid only where somebody else is there."""
    seats = [hall.seats[rep] for rep in ring]
    spare = any(takes(seat) and not seat.skips for seat in seats)
    passed: list[tuple[int, str]] = []
    for seat in seats:
        if takes(seat):
            if not (seat.skips and spare):
                return Walk(seat.rep, kind, 0, passed)
            passed.append((seat.rep, "skip"))
        elif effect := _missed(hall, seat):
            passed.append((seat.rep, effect))
    return Walk()


def _missed(hall: Hall, seat: Seat) -> str:
    """What it means for somebody that the turn goes by (拟:q.comp.yes, 拟:q.comp.no)."""
    if seat.state in (QueueState.OFF, QueueState.DESK):
        return ""
    if seat.declined or seat.state == QueueState.SUSPENDED:
        return "lost"
    if seat.open:
        return "claim" if hall.terms.comp_with_customer else "lost"
    return "claim" if hall.terms.compensated(seat.absence) else "lost"


def use_slot(hall: Hall, taken: Walk, wanted: str) -> int:
    """Make the walk so; returns the stamp of the slot."""
    line = hall.line(wanted)
    for rep, effect in taken.passed:
        _pass(hall, rep, line, effect)
    hall.used[line] = True
    for seat in hall.seats.values():
        seat.declined = False
    if taken.stamp:
        hall.claims[line].remove((taken.stamp, taken.rep))
        return taken.stamp
    hall.tail(taken.rep, line)
    hall.stamp += 1
    return hall.stamp


def _pass(hall: Hall, rep: int, line: str, effect: str) -> None:
    seat = hall.seats[rep]
    if effect == "claim":
        if hall.mode != "fewest":
            hall.claim(rep, line)
    else:
        seat.lost += 1
        seat.skips -= effect == "skip"
    hall.tail(rep, line)


def order(hall: Hall, wanted: str = QueueLine.VISIT) -> list[int]:
    """Everybody who signed in, first in turn first."""
    line = hall.line(wanted)
    claimers = dict.fromkeys(rep for _, rep in hall.claims[line])
    return [*claimers, *(rep for rep in hall.ring(line) if rep not in claimers)]


def waiting(hall: Hall, wanted: str = QueueLine.VISIT) -> list[int]:
    """Those who wait, first in turn first."""
    return [rep for rep in order(hall, wanted) if hall.seats[rep].state == QueueState.WAITING]


def in_turn(hall: Hall, rep: int, wanted: str) -> bool:
    return walk(hall, wanted).rep == rep


def door_post(hall: Hall, now: datetime) -> int:
    """Who stands at the door: the first of those waiting, relieved every `post_minutes`; 0 for nobody."""
    free = waiting(hall)
    if not free:
        return 0
    return free[relieved(hall.seats[free[0]].since, now, len(free), hall.terms)]


# --- the fold


def fold(log: Iterable[Turn], terms: QueueTerms, mode: str = "continue") -> Hall:
    """The day as its log says it."""
    hall = Hall(terms, mode)
    for turn in log:
        _EVENTS[turn.event](hall, turn)
    return hall


def apply(hall: Hall, turn: Turn) -> None:
    """One more event."""
    _EVENTS[turn.event](hall, turn)


def _opened(hall: Hall, turn: Turn) -> None:
    hall.orders = turn.orders


def _signed_in(hall: Hall, turn: Turn) -> None:
    seat = hall.seats.get(turn.rep)
    if seat is not None:
        seat.state, seat.since, seat.absence, seat.note = QueueState.WAITING, turn.at, "", ""
        for line in LINES:
            hall.tail(turn.rep, line)
        return
    hall.seats[turn.rep] = Seat(turn.rep, QueueState.WAITING, turn.at, turn.at)
    for line in LINES:
        hall.rings[line].append(turn.rep)
        if hall.mode == "continue" and not hall.used[line]:
            kept = {rep: place for place, rep in enumerate(hall.orders.get(line, ()))}
            hall.rings[line].sort(key=lambda rep: kept.get(rep, len(kept)))


def _started(hall: Hall, turn: Turn) -> None:
    seat = hall.seats.get(turn.rep)
    if seat is None:
        return
    line, slot = hall.line(turn.line), 0
    if turn.word in USES_SLOT and hall.within(turn.at):
        taken = walk(hall, turn.line)
        if taken.rep == turn.rep:
            slot = use_slot(hall, taken, turn.line)
    seat.open[turn.reception] = Open(turn.line if not slot else line, turn.word, slot)
    if turn.line == QueueLine.VISIT:
        seat.state, seat.since, seat.absence, seat.note = QueueState.RECEIVING, turn.at, "", ""
    seat.reported = False


def _ended(hall: Hall, turn: Turn) -> None:
    seat = hall.seats.get(turn.rep)
    going = seat.open.pop(turn.reception, None) if seat else None
    if seat is None or going is None:
        return
    line = hall.line(going.line)
    if turn.counted:
        seat.counts[line] += 1
        if not going.slot:
            _charge(hall, turn.rep, line)
    elif going.slot and hall.mode != "fewest":
        hall.claim(turn.rep, line, going.slot)
    if seat.state == QueueState.RECEIVING and not seat.receives:
        seat.state, seat.since = QueueState.WAITING, turn.at


def _charge(hall: Hall, rep: int, line: str) -> None:
    """A guest that counts, received out of turn, uses the next slot there is."""
    hall.used[line] = True
    mine = next((claim for claim in hall.claims[line] if claim[1] == rep), None)
    if mine:
        hall.claims[line].remove(mine)
    else:
        hall.tail(rep, line)


def _left(hall: Hall, turn: Turn) -> None:
    seat = hall.seats[turn.rep]
    seat.state, seat.since = STATE_OF[turn.word], turn.at
    seat.absence, seat.note = turn.word, turn.note


def _to(state: QueueState, *, tail: bool = False) -> Callable[[Hall, Turn], None]:
    def move(hall: Hall, turn: Turn) -> None:
        seat = hall.seats.get(turn.rep)
        if seat is None:
            return
        seat.state, seat.since, seat.absence, seat.note = state, turn.at, "", turn.note
        if tail:
            for line in LINES:
                hall.tail(turn.rep, line)

    return move


def _skipped(hall: Hall, turn: Turn) -> None:
    seat = hall.seats[turn.rep]
    seat.lost += 1
    line = hall.line(turn.line)
    mine = next((claim for claim in hall.claims[line] if claim[1] == turn.rep), None)
    if mine:
        hall.claims[line].remove(mine)
    else:
        hall.tail(turn.rep, line)


def _penalised(hall: Hall, turn: Turn) -> None:
    hall.seats[turn.rep].skips += 1


def _lifted(hall: Hall, turn: Turn) -> None:
    """Back in the ring, at its tail; who went home stays there."""
    if turn.rep in hall.seats and hall.seats[turn.rep].state == QueueState.SUSPENDED:
        _to(QueueState.WAITING, tail=True)(hall, turn)


def _granted(hall: Hall, turn: Turn) -> None:
    hall.claim(turn.rep, hall.line(turn.line))


def _declined(hall: Hall, turn: Turn) -> None:
    hall.seats[turn.rep].declined = True


def _reported(hall: Hall, turn: Turn) -> None:
    hall.seats[turn.rep].reported = True


USES_SLOT = (TurnKind.ROTATION, TurnKind.MAKEUP, TurnKind.DOUBLE, TurnKind.NAMED)
_EVENTS: Mapping[str, Callable[[Hall, Turn], None]] = {
    TurnEvent.OPENED: _opened,
    TurnEvent.SIGNED_IN: _signed_in,
    TurnEvent.STARTED: _started,
    TurnEvent.ENDED: _ended,
    TurnEvent.LEFT: _left,
    TurnEvent.BACK: _to(QueueState.WAITING),
    TurnEvent.OFF: _to(QueueState.OFF),
    TurnEvent.SUSPENDED: _to(QueueState.SUSPENDED),
    TurnEvent.LIFTED: _lifted,
    TurnEvent.SKIPPED: _skipped,
    TurnEvent.PENALISED: _penalised,
    TurnEvent.GRANTED: _granted,
    TurnEvent.DECLINED: _declined,
    TurnEvent.REPORTED: _reported,
    TurnEvent.DESK_ON: _to(QueueState.DESK),
    TurnEvent.DESK_OFF: _to(QueueState.WAITING, tail=True),
}


def next_turn(log: Iterable[Turn], terms: QueueTerms, mode: str = "continue") -> Walk:
    """Who takes the next guest, from the log alone."""
    return walk(fold(log, terms, mode), QueueLine.VISIT)
