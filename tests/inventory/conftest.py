import pytest

from tests.factories import inventory as stock
from tests.factories.customers import customer


@pytest.fixture
def room(project):
    """2#-1603, released and priced."""
    return stock.unit(project)


@pytest.fixture
def guest(rep, now):
    """林知远's customer."""
    return customer(owner=rep, now=now)


@pytest.fixture
def other_guest(colleague, now):
    """许若晴's customer."""
    return customer(owner=colleague, name="邓女士", now=now)


@pytest.fixture
def lock(room, rep, guest, now):
    """A live short lock of 林知远 on 2#-1603."""
    return stock.claim(room, rep, guest, now=now)


@pytest.fixture
def published(django_capture_on_commit_callbacks):
    """Runs what a test's transaction would do after its commit."""
    return lambda: django_capture_on_commit_callbacks(execute=True)
