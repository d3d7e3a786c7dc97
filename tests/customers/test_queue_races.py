"""Two desks assign at once: nobody gets two guests, nobody is skipped, and the log stays one chain."""

import pytest

from customers.models import QueueDay, Reception, TurnLog
from customers.queries.queue_log import broken_rows, day_of, misplaced
from customers.rules import Contact, QueueLine
from customers.rules.queue import walk
from customers.services import arrange_next
from salesdept.errors import RuleError
from salesdept.models import User
from salesdept.rules import Role
from tests import factories
from tests.factories import customers as make
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 16


@pytest.fixture
def hall(project, assistant, now):
    """As many reps as desks that assign."""
    reps = [factories.user(Role.REP, username=f"r{n}", project=project) for n in range(THREADS)]
    make.sign_in(*reps, now=now)
    return reps


def test_sixteen_assign_at_once_and_each_guest_goes_to_another(hall, project, assistant, now):
    def assign():
        return arrange_next(actor=User.objects.get(pk=assistant.pk), project=project, now=now)

    turns = at_once(THREADS, assign)
    assert all(isinstance(turn, Reception) for turn in turns), turns
    assert sorted(turn.rep_id for turn in turns) == sorted(rep.pk for rep in hall)
    queue = QueueDay.objects.get()
    assert list(broken_rows(queue)) == list(misplaced(queue)) == []
    started = queue.log.filter(event="started").order_by("seq").values_list("rep", flat=True)
    assert list(started) == [rep.pk for rep in hall]


def test_without_the_days_lock_the_same_rep_is_found_by_all(hall, project, now):
    """Control: who looks before anybody has written finds the first in turn, sixteen times."""
    queue = QueueDay.objects.get()
    found = at_once(THREADS, lambda: walk(day_of(queue).hall, QueueLine.VISIT).rep)
    assert found == [hall[0].pk] * THREADS


def test_one_guest_taken_by_two_reps_who_tap_at_once(hall, project, now):
    """Only the one whose turn it is gets the guest."""
    from customers.services import start_reception

    waiting = iter(hall)

    def take():
        rep = User.objects.get(pk=next(waiting).pk)
        return start_reception(actor=rep, project=project, kind=Contact.VISIT, now=now)

    answers = at_once(2, take)
    taken = [answer for answer in answers if isinstance(answer, Reception)]
    assert hall[0].pk in {turn.rep_id for turn in taken}
    assert all(isinstance(answer, Reception | RuleError) for answer in answers)
    assert TurnLog.objects.filter(event="started").count() == len(taken)
