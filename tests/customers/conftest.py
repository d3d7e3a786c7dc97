import pytest

from customers.rules import Contact
from salesdept import clock
from tests.factories import customers as make


@pytest.fixture
def login(client):
    """A logged-in client for one person."""

    def login_as(person):
        client.force_login(person)
        return client

    return login_as


@pytest.fixture
def turn(rep):
    """An open reception of the rep, now."""
    return make.reception(rep, now=clock.now(), kind=Contact.VISIT)
