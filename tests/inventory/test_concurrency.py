"""Races for rooms on a real database. The control shows that the race is real without the index."""

import itertools
import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from inventory.models import Building, Reservation
from inventory.rules import Evidence, Stage
from inventory.services import expire_lock, mark_payment_recorded, reserve_unit
from salesdept.errors import RuleError
from salesdept.models import Event, User
from salesdept.rules import Role
from tests.factories import inventory as stock
from tests.factories import user
from tests.factories.customers import customer
from tests.inventory.test_reserve import terms
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
CLIENTS, ROUNDS = 16, 100
INDEX = "unit_has_one_live_claim"


@pytest.fixture
def people(project, now):
    """Reps with one customer each."""
    reps = [user(Role.REP, project=project, username=f"racer{n}", name=f"代表{n}") for n in range(CLIENTS)]
    people = [(rep, customer(owner=rep, now=now)) for rep in reps]
    for rep, _ in people:
        rep.may("inventory.reserve_unit")  # the permissions are read once
    return people


def attempt(rep, guest, room, now):
    try:
        reserve_unit(actor=rep, unit_id=room.pk, customer=guest, evidence=Evidence.DEPOSIT, now=now)
    except RuleError as refusal:
        return refusal.code
    return "won"


def race(people, do):
    turn = itertools.count()
    return at_once(len(people), lambda: do(*people[next(turn)]))


def test_control_two_claims_live_without_the_index(people, project, now):
    """Check, then act, as one would without the index: several find the room free."""
    room = stock.unit(project)
    index = next(c for c in Reservation._meta.constraints if c.name == INDEX)
    with connection.schema_editor() as editor:
        editor.remove_constraint(Reservation, index)
    gate = threading.Barrier(CLIENTS)

    def check_then_act(rep, guest):
        free = not Reservation.objects.filter(unit=room, ended_at=None).exists()
        gate.wait(30)
        if free:
            stock.claim(room, rep, guest, now=now)
        return free

    try:
        assert sum(race(people, check_then_act)) > 1
        assert Reservation.objects.filter(unit=room, ended_at=None).count() > 1
    finally:
        Reservation.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(Reservation, index)


def test_each_of_a_hundred_rooms_goes_to_one_of_sixteen(people, cashier, project, now):
    """Everybody asks for every room; money comes at once, so that nobody stays at the limit of locks."""
    rooms = [stock.unit(project, f"{11 + n // 10}{1 + n % 10:02}") for n in range(ROUNDS)]

    def take_all(rep, guest):
        answers = []
        for room in rooms:
            answers.append(attempt(rep, guest, room, now))
            if answers[-1] == "won":
                mine = Reservation.objects.get(unit=room)
                mark_payment_recorded(actor=cashier, reservation_id=mine.pk, now=now)
        return answers

    answers = race(people, take_all)
    assert not [a for a in answers if isinstance(a, Exception)]
    assert [sum(a[n] == "won" for a in answers) for n in range(ROUNDS)] == [1] * ROUNDS
    assert {word for a in answers for word in a} <= {"won", "unit_taken"}
    assert Reservation.objects.live().count() == ROUNDS
    assert Event.objects.filter(verb="inventory.unit.locked").count() == ROUNDS


def test_one_room_goes_to_one_of_sixteen_who_ask_at_once(people, project, now):
    for n in range(5):
        room = stock.unit(project, f"{21 + n}01")
        answers = race(
            people, lambda rep, guest, room=room, n=n: attempt(rep, guest, room, now + timedelta(hours=3 * n))
        )
        assert sorted(answers) == ["unit_taken"] * (CLIENTS - 1) + ["won"]
    assert Reservation.objects.count() == 5


def test_a_rep_who_asks_for_many_rooms_at_once_gets_one(project, now, rep):
    guests = [customer(owner=rep, name=f"客户{n}", now=now) for n in range(8)]
    pairs = [(stock.unit(project, f"{31 + n}01"), guest) for n, guest in enumerate(guests)]
    turn = itertools.count()

    def ask():
        room, guest = pairs[next(turn)]
        return attempt(User.objects.get(pk=rep.pk), guest, room, now)

    assert sorted(at_once(8, ask)) == ["rep_lock_limit"] * 7 + ["won"]


def test_a_rep_who_may_hold_three_gets_three(project, now, rep, manager, director):
    terms("inventory.hold", project, manager, director, now, max_live_rep=3, max_live_customer=20)
    guest = customer(owner=rep, now=now)
    rooms = [stock.unit(project, f"{31 + n}01") for n in range(8)]
    turn = itertools.count()

    def ask():
        return attempt(User.objects.get(pk=rep.pk), guest, rooms[next(turn)], now)

    assert sorted(at_once(8, ask)) == ["rep_lock_limit"] * 5 + ["won"] * 3
    assert sorted(Reservation.objects.values_list("rep_slot", flat=True)) == [1, 2, 3]


def test_a_lock_is_either_paid_or_expired_never_both(cashier, project, now):
    for n in range(5):
        claim = stock.claim(stock.unit(project, f"{41 + n}01"), now=now)
        end = now + timedelta(minutes=60)
        turn = itertools.count()

        def pay(claim=claim, end=end):
            return mark_payment_recorded(
                actor=cashier, reservation_id=claim.pk, now=end - timedelta(seconds=1)
            )

        def expire(claim=claim, end=end):
            return expire_lock(reservation_id=claim.pk, now=end)

        def one_of_them(turn=turn, pay=pay, expire=expire):
            return (pay, expire)[next(turn) % 2]()

        at_once(6, one_of_them)
        claim.refresh_from_db()
        paid, ended = claim.stage == Stage.PAID, claim.ended_at is not None
        assert paid != ended


def test_the_same_form_sent_twenty_times_has_one_effect(rep, project, now):
    room, guest = stock.unit(project), customer(owner=rep, now=now)

    def send():
        return reserve_unit(
            actor=User.objects.get(pk=rep.pk),
            unit_id=room.pk,
            customer=guest,
            evidence=Evidence.DEPOSIT,
            now=now,
            idempotency_key="k",
        ).pk

    answers = at_once(20, send)
    assert len(set(answers)) == 1, answers
    assert Reservation.objects.count() == 1


def test_the_version_counts_every_change_of_a_building(people, project, now):
    rooms = [stock.unit(project, f"{51 + n}01") for n in range(CLIENTS)]
    turn = itertools.count()

    def one_each(rep, guest):
        return attempt(rep, guest, rooms[next(turn)], now)

    assert race(people, one_each) == ["won"] * CLIENTS
    assert Building.objects.get().version == CLIENTS


def test_a_claim_rolled_back_leaves_the_version_alone(people, project, now):
    room, (rep, guest) = stock.unit(project), people[0]
    with transaction.atomic():
        assert attempt(rep, guest, room, now) == "won"
        transaction.set_rollback(True)
    assert Building.objects.get().version == 0
    assert not Reservation.objects.exists()
