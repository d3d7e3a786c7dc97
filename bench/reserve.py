"""`reserve_unit` under load: attempts a second of 64 clients, against the same database doing less.

Baselines of the same run: the bare ORM insert under the same index, and, for many rooms, the very statements
of one reservation issued again without the product around them.
"""

import random
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction

from bench import kit
from bench.kit import Line

CLIENTS, ROUNDS = 64, 3
Statement = tuple[str, Any]


def run(quick: bool = False) -> Iterator[Line]:
    from bench.office import stand

    clients = 16 if quick else CLIENTS
    rooms, seconds = (200, 3.0) if quick else (1000, 9.0)
    office = stand(rooms, rooms)  # as many reps as rooms, so that nobody holds more than a lock or two
    yield from _one_room(office, clients, seconds)
    yield from _many_rooms(office, clients)


def _one_room(office: Any, clients: int, seconds: float) -> Iterator[Line]:
    """Everybody wants one room, again and again, for a fixed time."""
    room = office.rooms[0]
    bare, ours = _in_turn(
        office,
        lambda: _rate(clients, seconds / ROUNDS, lambda number: _insert(office, number, room)),
        lambda: _rate(clients, seconds / ROUNDS, lambda number: _reserve(office, number, room)),
    )
    yield Line("reserve", "one room, bare insert", bare, "attempts/s")
    yield Line("reserve", "one room", ours, "attempts/s", baseline="bare insert", ratio=ours / bare)


def _many_rooms(office: Any, clients: int) -> Iterator[Line]:
    """Clients take all rooms in an order of their own, until none is left."""
    statements = _statements_of_one(office)
    office.free_all()
    bare, replayed, ours = _in_turn(
        office,
        lambda: _sweep(office, clients, lambda number, room: _insert(office, number, room)),
        lambda: _sweep(office, clients, lambda number, room: _replay(statements, room)),
        lambda: _sweep(office, clients, lambda number, room: _reserve(office, number, room)),
    )
    case = f"{len(office.rooms)} rooms"
    yield Line("reserve", f"{case}, bare insert", bare, "attempts/s")
    yield Line("reserve", f"{case}, same statements", replayed, "attempts/s")
    yield Line("reserve", case, ours, "attempts/s", baseline="same statements", ratio=ours / replayed)
    yield Line(
        "reserve", f"{case}, honest ÷ bare", ours, "attempts/s", baseline="bare insert", ratio=ours / bare
    )


def _in_turn(office: Any, *measures: Callable[[], float]) -> list[float]:
    """The median of each measure, taken in turn, so that a busy machine slows all of them alike."""
    found: list[list[float]] = [[] for _ in measures]
    for _ in range(ROUNDS):
        for number, measure in enumerate(measures):
            found[number].append(measure())
            office.free_all()
    return [statistics.median(values) for values in found]


def _rate(clients: int, seconds: float, attempt: Callable[[int], None]) -> float:
    end = time.perf_counter() + seconds

    def client(number: int) -> int:
        done = 0
        while time.perf_counter() < end:
            attempt(number)
            done += 1
        return done

    spent, answers = kit.clients(clients, client)
    _no_errors(answers)
    return sum(answers) / spent


def _sweep(office: Any, clients: int, attempt: Callable[[int, Any], None]) -> float:
    """Each client asks for a share of all rooms three times over, shuffled; most find them taken."""
    share = 3 * len(office.rooms) // clients

    def client(number: int) -> int:
        order = random.Random(number).choices(office.rooms, k=share)
        for turn, room in enumerate(order):
            attempt((number + clients * turn) % len(office.people), room)
        return len(order)

    spent, answers = kit.clients(clients, client)
    _no_errors(answers)
    return sum(answers) / spent


def _no_errors(answers: list[Any]) -> None:
    errors = [answer for answer in answers if isinstance(answer, Exception)]
    if errors:
        raise errors[0]


def _reserve(office: Any, number: int, room: Any) -> None:
    from inventory.rules import Evidence
    from inventory.services import reserve_unit
    from salesdept import clock
    from salesdept.errors import RuleError

    rep, guest = office.people[number]
    try:
        reserve_unit(actor=rep, unit_id=room.pk, customer=guest, evidence=Evidence.DEPOSIT, now=clock.now())
    except RuleError as refusal:
        if refusal.code != "unit_taken":
            raise


_slots = threading.local()


def _insert(office: Any, number: int, room: Any) -> None:
    """The claim alone, under the same index."""
    from inventory.models import Reservation
    from salesdept import clock

    rep, guest = office.people[number]
    now = clock.now()
    _slots.last = getattr(_slots, "last", 0) + 1
    try:
        with transaction.atomic():
            Reservation.objects.create(
                unit=room,
                project_id=office.project.pk,
                customer=guest,
                rep=rep,
                created_by=rep,
                stage="lock",
                evidence="deposit",
                started_at=now,
                expires_at=now + timedelta(hours=1),
                rep_slot=_slots.last % 32_000,
                customer_slot=_slots.last % 32_000,
            )
    except IntegrityError:
        pass


def _statements_of_one(office: Any) -> tuple[list[Statement], int, int]:
    """The SQL of one successful reservation, with the room's and the claim's keys to be replaced."""
    from inventory.models import Reservation

    seen: list[Statement] = []

    def wire(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")):
            seen.append((sql, params))
        return execute(sql, params, many, context)

    room = office.rooms[0]
    with connection.execute_wrapper(wire):
        _reserve(office, 0, room)
    return seen, room.pk, Reservation.objects.get().pk


def _replay(captured: tuple[list[Statement], int, int], room: Any) -> None:
    """The same statements, bare: only the first read for a room already taken, else all of them."""
    statements, old_room, old_claim = captured
    first, *rest = statements
    with connection.cursor() as cursor:
        cursor.execute(first[0], _for(first[1], old_room, old_claim, room.pk))
        if cursor.fetchall():
            return
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            for sql, params in rest[:-1]:
                _execute(cursor, sql, _for(params, old_room, old_claim, room.pk))
    except IntegrityError:
        return
    with connection.cursor() as cursor:
        cursor.execute(*rest[-1])  # the building's version, after the commit


def _execute(cursor: Any, sql: str, params: Any) -> None:
    if "inventory_reservation" in sql and sql.startswith("INSERT"):
        with transaction.atomic():
            cursor.execute(sql, params)
    else:
        cursor.execute(sql, params)
    if cursor.description:
        cursor.fetchall()


def _for(params: Any, old_room: int, old_claim: int, room: int) -> Any:
    """Parameters for another room; text that names the claim names this one instead."""
    if params is None:
        return None
    return tuple(_swap(value, old_room, old_claim, room) for value in params)


def _swap(value: Any, old_room: int, old_claim: int, room: int) -> Any:
    if value == old_room and not isinstance(value, bool | str):
        return room
    if isinstance(value, str):
        return value.replace(f":{old_claim}", f":{room + 10_000_000}")
    return value
