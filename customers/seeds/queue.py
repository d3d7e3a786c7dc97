"""The hall of today, by the real verbs: sign-ins, guests, a call, a lunch and a rest that is asked for."""

from datetime import datetime, timedelta

from customers.models import Reception
from customers.rules import Absence, Contact, TurnOutcome
from customers.services.greeting import note_arrival_at_door, say_finish
from customers.services.queue import entry_of, sign_in_queue
from customers.services.queue_breaks import step_away
from customers.services.reception import arrange_named, arrange_next, end_reception
from customers.services.registering import forget_unregistered
from customers.services.visitors import log_visitor
from salesdept import clock
from salesdept.models import User
from salesdept.seeds import Office

SIGNED_IN = (2, 1, 4, 5, 3, 6)
STEPS = 24
GUESTS = (TurnOutcome.NEW, TurnOutcome.PEER, TurnOutcome.NEW, TurnOutcome.OLD, TurnOutcome.NO_PHONE)


class _Hours:
    """Moments of today up to now, evenly spread, whatever the hour is."""

    def __init__(self, now: datetime) -> None:
        self.start = max(clock.at(clock.business_date(now)), now - timedelta(hours=4))
        self.step, self.count = (now - self.start) / (STEPS + 1), 0

    def next(self) -> datetime:
        self.count = min(self.count + 1, STEPS)
        return self.start + self.step * self.count


def fill(office: Office) -> None:
    reps = [office.people[f"rep{n}"] for n in SIGNED_IN if f"rep{n}" in office.people]
    if len(reps) < len(SIGNED_IN):
        return
    hours, desk = _Hours(office.now), office.people["assistant"]
    for rep in reps:
        sign_in_queue(actor=desk, project=office.project, rep=rep, now=hours.next())
    for outcome in GUESTS:
        came = hours.next()
        note_arrival_at_door(actor=desk, project=office.project, people=2, now=came)
        turn = arrange_next(actor=desk, project=office.project, now=came + timedelta(seconds=40))
        _goes(turn, desk, outcome, hours.next())
    call = arrange_next(actor=desk, project=office.project, kind=Contact.CALL, now=hours.next())
    _goes(call, desk, TurnOutcome.NEW, hours.next())
    named = arrange_named(actor=desk, project=office.project, rep=reps[3], now=hours.next())
    _goes(named, desk, TurnOutcome.NAMED, hours.next())
    _now(office, desk, reps, hours)


def _goes(turn: Reception, desk: User, outcome: TurnOutcome, now: datetime) -> None:
    end_reception(actor=desk, reception_id=turn.pk, outcome=outcome, reason=outcome.label, now=now)
    forget_unregistered(turn, now)


def _now(office: Office, desk: User, reps: list[User], hours: _Hours) -> None:
    """One is at lunch, one receives, one asks for a rest; three wait, the first rep account among them."""
    places = {rep.pk: entry_of(rep, office.project, office.now) for rep in reps}
    lunch, rest = places[reps[-1].pk], places[reps[2].pk]
    if lunch is None or rest is None:
        return
    step_away(actor=desk, entry_id=lunch.pk, absence=Absence.LUNCH, now=hours.next())
    turn = arrange_named(actor=desk, project=office.project, rep=reps[4], now=hours.next())
    say_finish(actor=reps[4], reception_id=turn.pk, minutes=20, now=office.now)
    note_arrival_at_door(actor=desk, project=office.project, mark="带小孩", people=3, now=office.now)
    log_visitor(
        actor=desk,
        project=office.project,
        name="钱工",
        firm="监理公司",
        purpose="送样板间验收单",
        host=office.people["manager"],
        now=office.now,
    )
    step_away(
        actor=reps[2], entry_id=rest.pk, absence=Absence.REST, reason="带看一上午，喝口水", now=office.now
    )
