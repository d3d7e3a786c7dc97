"""What this app puts into the slots of lower apps."""

from datetime import date, datetime, timedelta

from performance.rules import QualityTerms
from performance.seeds import seed
from performance.services import rebuild
from regulations.slots import TOPICS
from salesdept.models import Project
from salesdept.rules import Role
from salesdept.slots import DAILY, NAV, ROLE_PERMISSIONS, SEEDERS, DailyJob, Grants, NavItem, Seeder

READERS = (Role.SUPERVISOR, Role.MANAGER, Role.DIRECTOR)
LATE_DAYS = 7  # late entries may still fall into the last week


def roll_up(day: date, now: datetime) -> None:
    """Recount the last days of every project, so that late entries are in."""
    for project in Project.objects.all():
        rebuild(project, day - timedelta(days=LATE_DAYS), day - timedelta(days=1))


def fill() -> None:
    TOPICS.fill(QualityTerms)
    DAILY.fill(DailyJob("performance.roll_up", 0, roll_up))
    NAV.fill(
        NavItem("看板", "performance:dashboard", "chart", "管理", READERS, order=10, tab=True),
        NavItem("KPI 报表", "performance:kpi_report", "chart", "管理", READERS, order=11),
        NavItem("日报", "performance:daily_report", "copy", "日常", (Role.ASSISTANT, *READERS), order=70),
    )
    ROLE_PERMISSIONS.fill(
        *(Grants(role, ("performance.view_dayfigure", "performance.view_target")) for role in READERS),
        Grants(Role.ASSISTANT, ("performance.view_dayfigure", "performance.view_target")),
        *(Grants(role, ("performance.change_target",)) for role in (Role.MANAGER, Role.DIRECTOR)),
    )
    SEEDERS.fill(Seeder("performance", 90, seed))
