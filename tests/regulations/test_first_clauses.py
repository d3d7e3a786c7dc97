"""The clauses that everything else rests on, asked of the product as a whole."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from inventory.models import Reservation
from inventory.queries.invariants import board_agrees_with_claims, one_claim_per_unit
from inventory.rules import Stage
from inventory.services import reserve_unit
from salesdept.errors import RuleError, constraint_name
from tests.factories import inventory as stock
from tests.factories.customers import customer

pytestmark = pytest.mark.django_db


def test_a_room_is_not_sold_twice(rep, colleague, project, now):
    """S54, S55: whoever comes second is told who holds it, and nothing changes."""
    room = stock.unit(project)
    first = reserve_unit(
        actor=rep, unit_id=room.pk, customer=customer(owner=rep, now=now), evidence="deposit", now=now
    )
    with pytest.raises(RuleError) as refusal:
        reserve_unit(
            actor=colleague,
            unit_id=room.pk,
            customer=customer(owner=colleague, now=now),
            evidence="identity",
            now=now,
        )
    assert (refusal.value.code, refusal.value.clause) == ("unit_taken", "S54")
    assert list(Reservation.objects.all()) == [first]
    assert [*one_claim_per_unit(), *board_agrees_with_claims()] == []


LIVE = (Stage.LOCK, Stage.SUBSCRIBED, Stage.SIGNED, Stage.BLOCKED)


@pytest.mark.parametrize("stage", LIVE, ids=lambda stage: stage.value)
def test_the_database_alone_refuses_a_second_claim(stage, project, now):
    room = stock.unit(project)
    stock.claim(room, stage=stage)
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        stock.claim(room, stage=Stage.SUBSCRIBED if stage == Stage.BLOCKED else Stage.BLOCKED)
    assert constraint_name(error.value) == "unit_has_one_live_claim"
    assert Reservation.objects.live().count() == 1


def test_no_price_lies_below_its_floor(project):
    """S40, S42: the list price never stands under the lowest price."""
    room = stock.unit(project)
    price = room.prices.get()
    price.floor_price = price.list_total + Decimal("0.01")
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        price.save()
    assert constraint_name(error.value) == "floor_is_not_above_the_list"
