"""System checks of the house itself."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

from salesdept import triggers
from salesdept.models import User
from salesdept.seeds import PASSWORD, PEOPLE


@register(Tags.database)
def triggers_are_installed(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """The history is only append-only while its triggers are there."""
    if not databases or "default" not in databases:
        return []
    tables = connections["default"].introspection.table_names()
    if "salesdept_event" not in tables:
        return []
    return [
        Error(f"trigger {name} is missing: run migrate", id="salesdept.E001") for name in triggers.missing()
    ]


def _users_exist(databases: Sequence[str] | None) -> bool:
    if not databases or "default" not in databases:
        return False
    return User._meta.db_table in connections["default"].introspection.table_names()


@register(Tags.database, deploy=True)
def nobody_is_superuser(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """A superuser passes every check of Django's; the house knows roles only."""
    if not _users_exist(databases):
        return []
    names = User.objects.filter(is_superuser=True, is_active=True).values_list("username", flat=True)
    return [
        Error(f"{name} is an active superuser", hint="Give the account a role instead.", id="salesdept.E002")
        for name in names
    ]


@register(Tags.database, deploy=True)
def no_demo_account_is_open(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """The demo accounts' password is printed on every first start."""
    if not _users_exist(databases):
        return []
    demo = User.objects.filter(username__in=[person[0] for person in PEOPLE], is_active=True)
    return [
        Error(f"{user.username} has the demo password", hint="Set another one.", id="salesdept.E003")
        for user in demo
        if user.check_password(PASSWORD)
    ]
