"""Two reps register the same number at once: one customer, one owner, two slips. With a control."""

import pytest

from customers.models import Customer, OwnershipLease, Phone, Visit
from customers.services import register_visit
from salesdept import clock
from salesdept.errors import RuleError
from salesdept.models import User
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
NUMBER = "13602178846"
MANY = 6


@pytest.fixture
def reps(project):
    from salesdept.rules import Role
    from tests import factories

    return [factories.user(Role.REP, username=f"r{n}", name=f"代表{n}", project=project) for n in range(MANY)]


def _register(names, number):
    rep = User.objects.get(username=names.pop())
    numbers = {"phone": number(rep) if callable(number) else number}
    try:
        return register_visit(
            actor=rep, project=rep.projects.get(), name="罗女士", now=clock.now(), **numbers
        )
    except RuleError as refusal:
        return refusal


def test_two_reps_at_once_make_one_customer_of_one_owner(reps):
    names = [rep.username for rep in reps]
    answers = at_once(MANY, lambda: _register(names, NUMBER))
    slips = [answer for answer in answers if isinstance(answer, Visit)]
    refused = [answer for answer in answers if isinstance(answer, RuleError)]
    assert len(slips) + len(refused) == MANY, answers
    assert {refusal.code for refusal in refused} <= {"number_taken"}
    assert (Customer.objects.count(), Phone.objects.count()) == (1, 1)
    assert OwnershipLease.objects.filter(state="active").count() == 1
    assert sum(1 for slip in slips if not slip.standin) == 1


def test_control_different_numbers_make_as_many_customers(reps):
    names = [rep.username for rep in reps]
    answers = at_once(MANY, lambda: _register(names, lambda rep: f"1360217{rep.pk % 10_000:04}"))
    assert all(isinstance(answer, Visit) for answer in answers), answers
    assert Customer.objects.count() == OwnershipLease.objects.count() == MANY
