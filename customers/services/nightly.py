"""What runs without anybody asking: the morning digest and the end of leases."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from customers.models import Customer, OwnershipLease
from customers.rules import LeaseState, OwnTerms
from customers.services.clocks import apply_pending
from customers.services.lapse import lapse_all, tell_lapsed
from customers.services.recalls import draw_recalls
from regulations.queries import terms_for
from salesdept import clock
from salesdept.formats import cn_date, days_left
from salesdept.models import Project, Reminder, User
from salesdept.rules import Message
from salesdept.services.reminders import digest as _digest
from salesdept.services.reminders import remind_in_morning
from salesdept.slots import DailyJob, ReminderKind

WARNED = 200  # lines of one morning's warning


def digest(reminder: Reminder, now: datetime) -> Sequence[Message]:
    """One notice a morning: how many of a rep's customers are due and overdue; none when all is done."""
    today = clock.business_date(now)
    rep = User.objects.filter(pk=reminder.user_id, is_active=True).first()
    if rep is None:
        return ()
    mine = Customer.objects.filter(owner=rep)
    due, late = mine.filter(next_follow_on=today).count(), mine.filter(next_follow_on__lt=today).count()
    if not due + late:
        return ()
    title = f"今天 {due + late} 位客户待跟进" + (f"，其中 {late} 位逾期" if late else "")
    url = "/customers/?tab=due" if due else "/customers/?tab=overdue"
    return (Message(user_id=rep.pk, title=title, key=f"follow_up:{today}", url=url, clause="S26"),)


def warn(reminder: Reminder, now: datetime) -> Sequence[Message]:
    """One notice a morning to an owner: which leases end within the warning days, and on which day."""
    today = clock.business_date(now)
    rep = User.objects.filter(pk=reminder.user_id, is_active=True).first()
    if rep is None:
        return ()
    days = terms_for(OwnTerms, on=today, project=rep.projects.order_by("pk").first()).warn_days
    rows = OwnershipLease.objects.filter(
        rep=rep, state=LeaseState.ACTIVE, expires_on__range=(today, today + timedelta(days=days))
    )
    lines = [
        f"{lease.customer} · {cn_date(lease.expires_on, today)}（{days_left(lease.expires_on, today)}）"
        for lease in rows.select_related("customer").order_by("expires_on", "pk")[:WARNED]
    ]
    return _digest(
        rep.pk,
        key=f"lease_warning:{today}",
        title="{n} 位客户保护期将到",
        lines=lines,
        url="/customers/?tab=expiring",
        clause="拟:own.renew",
    )


def warn_owners(day: date, now: datetime) -> None:
    """File the morning's warning for everybody with a lease near its end. Safe to repeat."""
    reps: set[int] = set()
    for project in Project.objects.order_by("pk"):
        days = terms_for(OwnTerms, on=day, project=project).warn_days
        near = OwnershipLease.objects.filter(
            project=project,
            state=LeaseState.ACTIVE,
            expires_on__range=(day, day + timedelta(days=days)),
        )
        reps.update(near.order_by().values_list("rep_id", flat=True).distinct())
    for rep in User.objects.filter(pk__in=reps, is_active=True).order_by("pk"):
        remind_in_morning("customers.lease_warning", rep, day)


def draw_week(day: date, now: datetime) -> None:
    """Draw the sample of the week before `day`'s, once for each project. Safe to repeat."""
    first = day - timedelta(days=day.weekday() + 7)
    for project in Project.objects.order_by("pk"):
        draw_recalls(actor=None, project=project, first=first, now=now)


def end_leases(day: date, now: datetime) -> None:
    """Lapse every project's leases whose last day is over. Safe to repeat."""
    for project in Project.objects.order_by("pk"):
        lapse_all(project, now)
        tell_lapsed(project, day, now)


KINDS = (
    ReminderKind("customers.follow_up", "客户跟进", digest),
    ReminderKind("customers.lease_warning", "保护期将到", warn),
)
# Stops first: a lease that a stop prolongs does not end in the same night.
DAILY_JOBS = (
    DailyJob("customers.apply_stops", 0, apply_pending),
    DailyJob("customers.end_leases", 1, end_leases),
    DailyJob("customers.warn_owners", 2, warn_owners),
    DailyJob("customers.draw_recalls", 3, draw_week),
)
