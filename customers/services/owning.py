"""What the night does about ownership besides ending leases: moved reps, closed deals, stalled customers."""

from datetime import date, datetime

from customers.queries.leases import stalled
from customers.rules import DisputeTerms
from customers.services.transfers import close_deals, redistribute
from regulations.queries import terms_for
from salesdept.errors import RuleError
from salesdept.models import Project, User
from salesdept.rules import Message, Role
from salesdept.services.reminders import notify
from salesdept.slots import DailyJob


def move_on(day: date, now: datetime) -> None:
    """Leases of who no longer works in a project go to its 主管. Safe to repeat."""
    for project in Project.objects.order_by("pk"):
        try:
            redistribute(actor=None, project=project, now=now)
        except RuleError as refusal:  # the other projects go on; 总监 and 管理员 can name somebody
            people = User.objects.filter(role__in=(Role.DIRECTOR, Role.ADMIN), is_active=True)
            key = f"nobody_takes_over:{project.pk}:{day}"
            told = [
                Message(user_id=person.pk, title=refusal.message, key=key, url="/", clause=refusal.clause)
                for person in people
            ]
            notify(told, now)


def close_signed(day: date, now: datetime) -> None:
    """关闭 after the days for objections. Safe to repeat."""
    for project in Project.objects.order_by("pk"):
        lookback = terms_for(DisputeTerms, on=day, project=project).lookback
        while close_deals(actor=None, project=project, now=now, lookback=lookback):
            continue


def tell_stalled(day: date, now: datetime) -> None:
    """One notice a week to the managers: how many customers made no step (拟:own.max_no_progress)."""
    if day.weekday():
        return
    for project in Project.objects.order_by("pk"):
        if not (count := len(stalled(project, day))):
            continue
        managers = User.objects.filter(projects=project, role=Role.MANAGER, is_active=True)
        title, key = f"{count} 位客户首访后久无进展", f"stalled:{project.pk}:{day}"
        told = [
            Message(user_id=manager.pk, title=title, key=key, url="/", clause="拟:own.max_no_progress")
            for manager in managers
        ]
        notify(told, now)


# Moved reps first: what goes to the 主管 is counted anew and does not lapse in the same night.
DAILY_JOBS = (
    DailyJob("customers.move_on", 0, move_on),
    DailyJob("customers.close_signed", 1, close_signed),
    DailyJob("customers.tell_stalled", 8, tell_stalled),
)
