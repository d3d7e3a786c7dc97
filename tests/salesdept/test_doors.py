"""Doors without login: every process counts on in the same row, and no address is kept."""

from datetime import timedelta

import pytest

from salesdept.models import DoorTry
from salesdept.services.doors import forget_tries, note_try, tries_of
from tests.races import at_once

pytestmark = pytest.mark.django_db
HERE = {"door": "self_fill", "address": "10.1.2.3", "seconds": 60}


def test_tries_are_counted_by_door_address_and_span(now):
    assert [note_try(**HERE, now=now + timedelta(seconds=n)) for n in range(3)] == [1, 2, 3]
    assert note_try(**{**HERE, "address": "10.1.2.4"}, now=now) == 1
    assert note_try(**{**HERE, "door": "survey"}, now=now) == 1
    assert note_try(**HERE, now=now + timedelta(seconds=60)) == 1
    assert (tries_of(**HERE, now=now), tries_of(**HERE, now=now + timedelta(hours=1))) == (3, 0)


def test_the_address_itself_is_not_kept(now):
    note_try(**HERE, now=now)
    assert "10.1.2.3" not in str(list(DoorTry.objects.values()))


def test_old_counts_go_at_night(now):
    note_try(**HERE, now=now)
    forget_tries(now.date(), now + timedelta(days=1))
    assert DoorTry.objects.count() == 1
    forget_tries(now.date(), now + timedelta(days=3))
    assert not DoorTry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_none_of_many_tries_at_once_is_lost(now):
    answers = at_once(12, lambda: note_try(**HERE, now=now))
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    assert (max(answers), DoorTry.objects.get().tries) == (12, 12)
