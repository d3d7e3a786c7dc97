"""The demo office's regulation."""

import random
from datetime import date

import pytest

from regulations.models import Acknowledgement, Request, TermsVersion
from regulations.queries.invariants import versions_are_readable, versions_have_two_people
from regulations.seeds import seed
from salesdept import clock
from salesdept.seeds import Office, found_office


@pytest.mark.django_db
def test_the_demo_office_has_a_version_in_force_and_one_that_waits(now):
    start = date(2026, 9, 1)
    project, people = found_office(name="青禾湾", code="DEMO", start=start, now=clock.at(start, 8))
    office = Office(
        scale="small",
        customers=0,
        visits=0,
        rng=random.Random(1),
        now=now,
        start=start,
        project=project,
        people=people,
    )
    seed(office)
    assert list(TermsVersion.objects.values_list("state", "effective_from")) == [
        ("draft", date(2026, 12, 1)),
        ("approved", start),
    ]
    assert Request.objects.visible_to(people["director"]).pending().count() == 1
    assert Acknowledgement.objects.count() == 6
    assert [*versions_have_two_people(), *versions_are_readable()] == []
