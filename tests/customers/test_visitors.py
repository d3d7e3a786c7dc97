"""Who is no customer: logged, not counted, and nobody loses a turn by it."""

import pytest

from customers.models import QueueEntry, Visit
from customers.rules import Contact
from customers.services import register_empty, start_reception
from tests.factories import customers as make

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("outcome", "first"), [("not_customer", "rep"), ("no_phone", "colleague")])
def test_a_colleague_from_the_trade_uses_no_turn(outcome, first, rep, colleague, project, now):
    make.sign_in(rep, colleague, now=now)
    turn = start_reception(actor=rep, project=project, kind=Contact.VISIT, now=now)
    register_empty(
        actor=rep, project=project, outcome=outcome, note="同行市调", reception_id=turn.pk, now=now
    )
    assert Visit.objects.get().customer is None
    assert QueueEntry.objects.order_by("position").first().rep.username == first
