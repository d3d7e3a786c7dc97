"""What the kernel itself puts into the slots."""

from datetime import date, datetime

from salesdept.queries import invariants
from salesdept.rules import Role
from salesdept.services import doors, imports
from salesdept.slots import (
    DAILY,
    INVARIANTS,
    NAV,
    ROLE_PERMISSIONS,
    TRIGGERS,
    DailyJob,
    Frozen,
    Grants,
    Invariant,
    NavItem,
)


def _purge(day: date, now: datetime) -> None:
    """Rows of abandoned sheets hold personal data: they go after their time."""
    imports.purge_stale(now)


def fill() -> None:
    TRIGGERS.fill(Frozen("salesdept_event"), Frozen("salesdept_seal"), Frozen("salesdept_reveal"))
    NAV.fill(
        NavItem("导入", "imports", "upload", group="管理", roles=(Role.ASSISTANT, Role.MANAGER), order=70),
        NavItem("后台", "admin:index", "shield", group="管理", roles=(Role.ADMIN,), order=90),
    )
    DAILY.fill(
        DailyJob("salesdept.purge_imports", 3, _purge),
        DailyJob("salesdept.forget_tries", 3, doors.forget_tries),
    )
    INVARIANTS.fill(
        Invariant("每人恰在其角色的一个组", "拟:sys.access", invariants.groups_follow_roles),
        Invariant("没有启用的超级用户", "拟:sys.access", invariants.no_active_superuser),
    )
    ROLE_PERMISSIONS.fill(
        Grants(Role.ASSISTANT, ("salesdept.add_importbatch", "salesdept.view_importbatch")),
        Grants(
            Role.MANAGER,
            ("salesdept.add_importbatch", "salesdept.view_importbatch", "salesdept.view_event"),
        ),
        Grants(Role.DIRECTOR, ("salesdept.view_event",)),
        Grants(
            Role.ADMIN,
            (
                "salesdept.view_user",
                "salesdept.add_user",
                "salesdept.change_user",
                "salesdept.view_team",
                "salesdept.add_team",
                "salesdept.change_team",
                "salesdept.view_project",
                "salesdept.add_project",
                "salesdept.change_project",
                "salesdept.view_event",
                "salesdept.view_seal",
                "salesdept.view_reveal",
            ),
        ),
    )
