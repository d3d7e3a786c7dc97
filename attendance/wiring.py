"""What this app puts into the slots of lower apps."""

from datetime import datetime
from typing import Any

from attendance import queries, rules
from attendance.models import ConductCase
from attendance.seeds import seed_attendance
from regulations.slots import TOPICS
from salesdept.models import User
from salesdept.rules import Role
from salesdept.slots import (
    HOME_CARDS,
    NAV,
    ROLE_PERMISSIONS,
    SEEDERS,
    TRIGGERS,
    Frozen,
    Grants,
    HomeCard,
    NavItem,
    Seeder,
)

_FLOOR = (Role.REP, Role.ASSISTANT, Role.SUPERVISOR, Role.MANAGER)
_LEADS = (Role.SUPERVISOR, Role.MANAGER, Role.DIRECTOR)
_CLOCKS = ("attendance.add_clockevent", "attendance.view_clockevent")
_PROPOSES = ("attendance.add_conductcase", "attendance.view_conductcase")


def cases_card(actor: User, now: datetime) -> dict[str, Any] | None:
    """Open cases one has to answer or decide; stays away when there are none."""
    rows = ConductCase.objects.visible_to(actor).open().select_related("person", "proposer", "decided_by")
    lines = [queries.case_line(actor, case, now) for case in rows.order_by("-pk")[:20]]
    lines = [line for line in lines if line.is_mine or line.may_decide]
    return {"lines": lines[:3], "count": str(len(lines))} if lines else None


def fill() -> None:
    """Fill the slots; called once when the app is ready."""
    TOPICS.fill(rules.ShiftTerms, rules.ConductTerms)
    TRIGGERS.fill(Frozen("attendance_clockevent"))
    NAV.fill(
        NavItem(
            "考勤与奖惩",
            "attendance:month",
            "cal",
            group="管理",
            order=70,
            roles=(*_FLOOR, Role.DIRECTOR),
            short="考勤",
        )
    )
    HOME_CARDS.fill(
        HomeCard("attendance/card_cases.html", cases_card, (*_FLOOR, Role.DIRECTOR), order=60, side=True)
    )
    ROLE_PERMISSIONS.fill(
        *(Grants(role, _CLOCKS) for role in _FLOOR),
        *(Grants(role, _PROPOSES) for role in (*_LEADS, Role.ASSISTANT)),
        *(Grants(role, ("attendance.change_conductcase",)) for role in (Role.MANAGER, Role.DIRECTOR)),
    )
    SEEDERS.fill(Seeder("attendance", 45, seed_attendance))
