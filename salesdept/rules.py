"""Who works in a sales department, as values. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db.models import TextChoices


class Role(TextChoices):
    REP = "rep", "销售代表"
    ASSISTANT = "assistant", "销售助理"
    SUPERVISOR = "supervisor", "销售主管"
    MANAGER = "manager", "销售经理"
    CASHIER = "cashier", "案场收银"
    FINANCE = "finance", "财务"
    DIRECTOR = "director", "总监"
    ADMIN = "admin", "管理员"


# The group of each role; its permissions come from the slot ROLE_PERMISSIONS.
GROUPS: Mapping[Role, str] = {
    Role.REP: "代表",
    Role.ASSISTANT: "助理",
    Role.SUPERVISOR: "主管",
    Role.MANAGER: "经理",
    Role.CASHIER: "案场收银",
    Role.FINANCE: "财务",
    Role.DIRECTOR: "总监",
    Role.ADMIN: "管理员",
}

SALES = (Role.REP, Role.SUPERVISOR, Role.MANAGER)
LEADERS = (Role.SUPERVISOR, Role.MANAGER, Role.DIRECTOR)

# Minutes without a request after which a session ends: a rep's phone lasts a shift, money desks are short.
IDLE_MINUTES: Mapping[Role, int] = {
    Role.REP: 12 * 60,
    Role.ASSISTANT: 30,
    Role.SUPERVISOR: 30,
    Role.MANAGER: 30,
    Role.CASHIER: 15,
    Role.FINANCE: 15,
    Role.DIRECTOR: 30,
    Role.ADMIN: 30,
}

QUIET_FROM, QUIET_TO = time(21), time(8)


def is_quiet(moment: time) -> bool:
    """True from 21:00 to 08:00, when only room and money alarms are sent (local time of day)."""
    return moment >= QUIET_FROM or moment < QUIET_TO


def is_active(active_from: date | None, active_to: date | None, today: date) -> bool:
    """Whether an employment period (both ends included, open where None) holds on `today`."""
    return (active_from is None or active_from <= today) and (active_to is None or today <= active_to)


@dataclass(frozen=True, slots=True)
class Message:
    """One notice to one person. `key` makes it exactly once per user; `url` is a path inside the product."""

    user_id: int
    title: str
    key: str
    body: str = ""
    url: str = ""
    clause: str = ""
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """One e-mail to an address outside the house. It names no customer; `key` makes it exactly one row."""

    to: str
    subject: str
    body: str
    key: str
    urgent: bool = False


def lease_is_free(lease_until: datetime | None, now: datetime) -> bool:
    """Whether a row's lease allows another worker to claim it."""
    return lease_until is None or lease_until < now
