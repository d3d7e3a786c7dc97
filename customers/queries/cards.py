"""Cards of 今日."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, Window

from customers.models import Customer, Dispute, Feedback, OwnershipLease, Reception, Visit
from customers.queries.duecards import CAP, care_lines, care_rows, counted
from customers.queries.leavers import leavers_card
from customers.queries.queue import own_place
from customers.queries.words import row
from customers.rules import Grade, GradeTerms, LeaseState, Outcome, OwnTerms
from customers.rules.feedback import OPEN
from regulations.queries import terms_for
from salesdept import clock
from salesdept.formats import cn_time, count, days_left, span
from salesdept.models import Project, User
from salesdept.rules import Role
from salesdept.slots import HomeCard

SHOWN = 12
SOON = 5


def _project(actor: User) -> Project | None:
    return next(iter(actor.own_projects), None)


def queue_card(actor: User, now: datetime) -> dict[str, Any] | None:
    """候客顺序: one's own place, who is ahead, and the turn that is open."""
    project = _project(actor)
    return own_place(actor, project, now) if project else None


def due_card(actor: User, now: datetime) -> dict[str, Any] | None:
    """待跟进: overdue first, then today's."""
    today = clock.business_date(now)
    mine = Customer.objects.filter(owner=actor, next_follow_on__lte=today)
    rows = list(mine.select_related("owner").order_by("next_follow_on", "grade", "-pk")[: SHOWN + 1])
    project = rows[0].project_id if rows else None
    terms = terms_for(GradeTerms, on=today, project=project)
    return {
        "rows": [row(customer, today, actor.pk) for customer in rows[:SHOWN]],
        "more": len(rows) > SHOWN,
        "terms": " · ".join(f"{grade} {terms.days(grade)}" for grade in Grade.values),
    }


def expiring_card(actor: User, now: datetime) -> dict[str, Any] | None:
    """保护期将到: own leases that end within the warning days."""
    today = clock.business_date(now)
    warn = terms_for(OwnTerms, on=today).warn_days
    rows = OwnershipLease.objects.filter(
        rep=actor, state=LeaseState.ACTIVE, expires_on__range=(today, today + timedelta(days=warn))
    )
    found = list(rows.select_related("customer").order_by("expires_on", "pk")[: SOON + 1])
    if not found:
        return None
    return {
        "rows": [
            {
                "pk": str(lease.customer_id),
                "name": str(lease.customer),
                "grade": lease.customer.grade,
                "phone": lease.customer.phone_masked,
                "left": days_left(lease.expires_on, today),
                "bad": lease.expires_on <= today,
            }
            for lease in found[:SOON]
        ],
        "more": len(found) > SOON,
    }


def open_card(actor: User, now: datetime) -> dict[str, Any] | None:
    """未登记的接待 of today, and the day's visits, for those who keep the register."""
    today = clock.at(clock.business_date(now))
    projects = actor.projects.all()
    open_now = Reception.objects.filter(project__in=projects, ended_at__isnull=True, started_at__gte=today)
    visits = Visit.objects.filter(project__in=projects, happened_at__gte=today)
    # Counted beside the rows that are shown: one walk over the day.
    total = Window(Count("pk", filter=~Q(outcome=Outcome.NOT_CUSTOMER)))
    rows = visits.annotate(total=total).select_related("customer", "received_by")
    shown = list(rows.order_by("-pk")[:SOON])
    return {
        "open": [
            (r.rep.name, r.get_kind_display(), span(now - r.started_at))
            for r in open_now.select_related("rep").order_by("started_at")[:SHOWN]
        ],
        "visits": [
            (cn_time(v.happened_at, now), str(v.customer or v.get_outcome_display()), v.received_by.name)
            for v in shown
        ],
        "total": str(shown[0].total if shown else 0),
    }


def watch_card(actor: User, now: datetime) -> dict[str, Any] | None:
    """What waits: open disputes and unanswered feedback, and below them what 客户经营 has."""
    projects = actor.project_ids
    disputes = Dispute.objects.pending().filter(project__in=projects)
    feedback = Feedback.objects.filter(project__in=projects, state__in=OPEN)
    found = counted(actor, {"disputes": disputes, "feedback": feedback, **care_rows(actor)})
    return {
        "disputes": count(found["disputes"], CAP),
        "feedback": count(found["feedback"], CAP),
        "care": care_lines(found),
    }


_LEADERS = (Role.SUPERVISOR, Role.MANAGER, Role.DIRECTOR)
CARDS = (
    HomeCard("customers/cards/queue.html", queue_card, (Role.REP, Role.SUPERVISOR), order=10, side=True),
    HomeCard(
        "customers/cards/expiring.html", expiring_card, (Role.REP, Role.SUPERVISOR), order=30, side=True
    ),
    HomeCard("customers/cards/due.html", due_card, (Role.REP, Role.SUPERVISOR), order=10),
    HomeCard("customers/cards/open.html", open_card, (Role.ASSISTANT, *_LEADERS), order=20),
    HomeCard("customers/cards/watch.html", watch_card, (Role.ASSISTANT, *_LEADERS), order=40, side=True),
    HomeCard("customers/cards/leavers.html", leavers_card, (Role.MANAGER,), order=45, side=True),
)
