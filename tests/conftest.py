"""Fixtures of the whole suite: triggers around the flush, roles, the named people."""

from typing import Any

import pytest
from django.test import TransactionTestCase

from salesdept import triggers
from salesdept.rules import Role
from tests import factories
from tests.world import frozen, house, world  # noqa: F401 - fixtures of the guards

_flush = TransactionTestCase._fixture_teardown


def _teardown(self: Any) -> None:
    """The append-only triggers refuse the flush after a transaction test: take them off around it."""
    triggers.drop()
    _flush(self)
    triggers.install()
    from salesdept.services.people import sync_roles

    sync_roles()


TransactionTestCase._fixture_teardown = _teardown


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Real processes may die of the machine's troubles: those tests are tried once more."""
    for item in items:
        if item.get_closest_marker("process"):
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture
def project(db):
    return factories.ProjectFactory()


def _person(role: Role, username: str, name: str):
    @pytest.fixture(name=username)
    def person(project):
        return factories.user(role, username=username, name=name, project=project)

    return person


rep = _person(Role.REP, "rep", "林知远")
colleague = _person(Role.REP, "colleague", "许若晴")
assistant = _person(Role.ASSISTANT, "assistant", "吴静怡")
supervisor = _person(Role.SUPERVISOR, "supervisor", "周岚")
manager = _person(Role.MANAGER, "manager", "郑怀信")
cashier = _person(Role.CASHIER, "cashier", "何敏")
finance = _person(Role.FINANCE, "finance", "沈国安")
director = _person(Role.DIRECTOR, "director", "顾明")
admin_user = _person(Role.ADMIN, "admin", "系统管理员")


@pytest.fixture
def now():
    """A Monday morning in the hall: 2026-11-23 10:00 in Shanghai."""
    from datetime import date

    from salesdept import clock

    return clock.at(date(2026, 11, 23), 10)
