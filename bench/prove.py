"""`./run prove`: no room is ever sold twice. Its control, the same race without the index, does sell twice.

Both engines, each on a database of its own. One JSON object a line; exit 1 on any double sale, on any error,
and when the control shows no fault (then the proof would prove nothing).
"""

import argparse
import itertools
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from bench import kit
from bench.kit import Line

INDEX = "unit_has_one_live_claim"


@dataclass(frozen=True, slots=True)
class Size:
    clients: int
    rounds: int
    rooms: int
    seconds: float


FULL, QUICK = Size(64, 20, 1000, 20.0), Size(16, 5, 100, 3.0)


class Proof:
    """Runs the cases and counts what must be zero."""

    def __init__(self, size: Size) -> None:
        from bench.office import stand

        self.size, self.failed = size, False
        kit.note(f"{kit.engine()}: {size.rooms} rooms, {size.clients} clients")
        self.office = stand(size.clients, size.rooms)

    def run(self) -> Iterator[Line]:
        for case in (self.control, self.one_room, self.many_rooms, self.mixed):
            yield from (replace(line, bench="prove", engine=kit.engine()) for line in case())
            self.office.free_all()

    # --- what is attempted

    def attempt(self, number: int, room: Any, now: Any) -> str:
        from inventory.rules import Evidence
        from inventory.services import reserve_unit
        from salesdept.errors import RuleError

        rep, guest = self.office.people[number]
        try:
            reserve_unit(actor=rep, unit_id=room.pk, customer=guest, evidence=Evidence.DEPOSIT, now=now)
        except RuleError as refusal:
            return refusal.code
        return "won"

    def control(self) -> Iterator[Line]:
        """Check, then act, with the index taken away: the fault must show."""
        from django.db import connection

        from inventory.models import Reservation

        index = next(c for c in Reservation._meta.constraints if c.name == INDEX)
        with connection.schema_editor() as editor:
            editor.remove_constraint(Reservation, index)
        rooms = self.office.rooms[: self.size.rounds]
        _, answers = kit.clients(self.size.clients, lambda n: [self._check_then_act(n, r) for r in rooms])
        twice = sold_twice()
        self.office.free_all()
        with connection.schema_editor() as editor:
            editor.add_constraint(Reservation, index)
        self.failed |= not twice or bool(_errors(answers))
        yield Line("", "control without the index: rooms sold twice", twice, "rooms")

    def _check_then_act(self, number: int, room: Any) -> bool:
        from inventory.models import Reservation
        from salesdept import clock

        rep, guest = self.office.people[number]
        if Reservation.objects.filter(unit=room, ended_at=None).exists():
            return False
        now = clock.now()
        Reservation.objects.create(
            unit=room,
            project=self.office.project,
            customer=guest,
            rep=rep,
            created_by=rep,
            stage="lock",
            evidence="deposit",
            started_at=now,
            expires_at=now + timedelta(hours=1),
            rep_slot=room.pk,
            customer_slot=room.pk,
        )
        return True

    def one_room(self) -> Iterator[Line]:
        """All want the same room, round after round."""
        from salesdept import clock

        rooms = self.office.rooms[: self.size.rounds]
        wins, attempts, spent = 0, 0, 0.0
        for room in rooms:
            took, answers = kit.clients(
                self.size.clients, lambda n, room=room: self.attempt(n, room, clock.now())
            )
            wins, attempts, spent = wins + answers.count("won"), attempts + len(answers), spent + took
            self._judge(answers)
        yield from self._counted(f"one room × {self.size.clients} clients × {len(rooms)}", len(rooms), wins)
        yield Line("", "one room", attempts / spent, "attempts/s")

    def many_rooms(self) -> Iterator[Line]:
        """Everybody takes what is free, in an order of one's own, until every room was asked for by all."""
        from salesdept import clock

        def client(number: int) -> list[str]:
            rooms = random.Random(number).sample(self.office.rooms, len(self.office.rooms))
            return [self.attempt(number, room, clock.now()) for room in rooms[:: self.size.clients // 8]]

        spent, answers = kit.clients(self.size.clients, client)
        words = [word for answer in answers if isinstance(answer, list) for word in answer]
        self._judge(answers)
        self._judge(words)
        from inventory.models import Reservation

        taken = Reservation.objects.live().count()
        yield from self._counted(
            f"{len(self.office.rooms)} rooms × {self.size.clients} clients", taken, words.count("won")
        )
        yield Line("", f"{len(self.office.rooms)} rooms", len(words) / spent, "attempts/s")

    def mixed(self) -> Iterator[Line]:
        """Lock, free, pay, expire on a few rooms at once; each room's history must alternate."""
        end = time.perf_counter() + self.size.seconds
        rooms, before = self.office.rooms[:8], last_event()
        steps = (self._lock, self._lock, self._free, self._expire, self._pay)

        def client(number: int) -> int:
            rng, done = random.Random(number), 0
            while time.perf_counter() < end:
                rng.choice(steps)(number, rng.choice(rooms))
                done += 1
            return done

        # SQLite's waiting writers poll unfairly: more than an office has would starve one past its timeout.
        crowd = min(self.size.clients, 16) if kit.engine() == "sqlite" else self.size.clients
        spent, answers = kit.clients(crowd, client)
        self._judge(answers)
        wrong = sum(1 for room in rooms if not alternates(room.pk, before))
        self.failed |= bool(wrong)
        done = sum(answer for answer in answers if isinstance(answer, int))
        yield Line("", "mixed: steps", done / spent, "steps/s")
        yield Line("", "mixed: rooms whose history overlaps", wrong, "rooms")
        yield from self._counted("mixed", None, 0)

    # --- the steps of `mixed`; every refusal is fine, every other error is not

    def _lock(self, number: int, room: Any) -> None:
        from salesdept import clock

        self.attempt(number, room, clock.now())

    def _free(self, number: int, room: Any) -> None:
        from inventory.services import release_unit
        from salesdept.rules import Role

        self._on_live(room, release_unit, actor=self.office.staff[Role.MANAGER], reason="prove")

    def _pay(self, number: int, room: Any) -> None:
        from inventory.rules import EndReason
        from inventory.services import end_claim, mark_payment_recorded
        from salesdept.rules import Role

        if self._on_live(room, mark_payment_recorded, actor=self.office.staff[Role.CASHIER]):
            manager = self.office.staff[Role.MANAGER]
            self._on_live(room, end_claim, actor=manager, reason=EndReason.WITHDRAWN, note="prove")

    def _expire(self, number: int, room: Any) -> None:
        """As if an hour had passed for one room."""
        from inventory.services import expire_lock
        from salesdept import clock

        self._on_live(room, expire_lock, now=clock.now() + timedelta(hours=2))

    def _on_live(self, room: Any, verb: Any, **arguments: Any) -> bool:
        from inventory.models import Reservation
        from salesdept import clock
        from salesdept.errors import RuleError

        pk = Reservation.objects.filter(unit=room, ended_at=None).values_list("pk", flat=True).first()
        if pk is None:
            return False
        try:
            verb(**{"reservation_id": pk, "now": clock.now(), **arguments})
        except RuleError:
            return False
        return True

    # --- judging

    def _judge(self, answers: list[Any]) -> None:
        for error in _errors(answers)[:3]:
            kit.note(f"{type(error).__name__}: {error}")
            self.failed = True

    def _counted(self, case: str, sold: int | None, wins: int) -> Iterator[Line]:
        twice = sold_twice()
        self.failed |= bool(twice) or (sold is not None and sold != wins)
        if sold is not None:
            yield Line("", f"{case}: sold", wins, "rooms", baseline="rooms", ratio=wins / max(sold, 1))
        yield Line("", f"{case}: sold twice", twice, "rooms")


def _errors(answers: list[Any]) -> list[Exception]:
    return [answer for answer in answers if isinstance(answer, Exception)]


def sold_twice() -> int:
    """Rooms with more than one live claim, counted from the table."""
    from django.db.models import Count

    from inventory.models import Reservation

    return (
        Reservation.objects.live().order_by().values("unit").annotate(n=Count("pk")).filter(n__gt=1).count()
    )


def last_event() -> int:
    from salesdept.models import Event

    return Event.objects.order_by("-pk").values_list("pk", flat=True)[0]


def alternates(room: int, after: int) -> bool:
    """In the journal of a room a lock is always followed by its end before the next lock."""
    from salesdept.models import Event

    verbs = Event.objects.filter(
        unit_ref=room, pk__gt=after, verb__in=("inventory.unit.locked", "inventory.claim.ended")
    ).order_by("pk")
    held = list(verbs.values_list("verb", "target"))
    pairs = itertools.batched(held, 2)
    return all(
        first[0] == "inventory.unit.locked" and (not rest or rest[0] == ("inventory.claim.ended", first[1]))
        for first, *rest in pairs
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="prove", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="16 clients, 100 rooms, a few seconds")
    parser.add_argument("--engine", choices=("sqlite", "postgresql"))
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if not given.child:
        engines = [given.engine] if given.engine else ["sqlite", "postgresql"]
        return kit.on_both_engines("bench.prove", ["--quick"] if given.quick else [], engines)
    kit.prepare()
    proof = Proof(QUICK if given.quick else FULL)
    for line in proof.run():
        kit.say(line)
    kit.note(f"{kit.engine()}: {'失败 FAILED' if proof.failed else '通过 passed'}")
    return int(proof.failed)


if __name__ == "__main__":
    sys.exit(main())
