"""拜访计划 on screen: a day, a week or a month, and whether each line was done, asked from the registers."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from customers import access
from customers.models import Call, Customer, FollowUp, Visit, VisitPlan
from customers.rules import SEES_PROJECT
from customers.rules.plans import PlanTerms, PlanView, is_done, span_of
from regulations.queries import terms_for
from salesdept import clock
from salesdept.formats import cn_date
from salesdept.models import Project, User

MOST = 2000
Contacts = Mapping[tuple[int, int], set[date]]


def contacts_of(plans: Iterable[VisitPlan], terms: PlanTerms) -> Contacts:
    """By rep and customer: the days of visits, calls and follow-ups, for these lines; three questions."""
    plans = list(plans)
    found: dict[tuple[int, int], set[date]] = defaultdict(set)
    if not plans:
        return found
    since = clock.at(min(plan.on for plan in plans))
    until = clock.at(max(plan.on for plan in plans) + timedelta(days=terms.grace + 1))
    people = {plan.customer_id for plan in plans}
    span = {"customer__in": people, "happened_at__gte": since, "happened_at__lt": until}
    reads = (
        Visit.objects.filter(**span).values_list("received_by", "customer", "happened_at"),
        Call.objects.filter(**span).values_list("received_by", "customer", "happened_at"),
        FollowUp.objects.filter(**span).values_list("by", "customer", "happened_at"),
    )
    for rows in reads:
        for rep, customer, moment in rows:
            found[rep, customer].add(clock.business_date(moment))
    return found


def plan_page(user: User, project: Project, view: str, on: date, now: datetime) -> dict[str, Any]:
    """The lines of a period by day; for leaders everybody's, with how many of whose were done."""
    today = clock.business_date(now)
    terms = terms_for(PlanTerms, on=today, project=project)
    view = view if view in PlanView.values else PlanView.WEEK.value
    first, last = span_of(view, on)
    rows = VisitPlan.objects.visible_to(user).live().filter(project=project, on__gte=first, on__lte=last)
    plans = list(rows.select_related("customer", "rep").order_by("on", "pk")[:MOST])
    contacts = contacts_of(plans, terms)
    done = {plan.pk for plan in plans if is_done(plan.on, contacts.get(_key(plan), ()), terms)}
    own, team = bool(access.may_plan(user)), user.role in SEES_PROJECT
    overview = team and view == PlanView.MONTH  # a month of everybody is figures, not lines
    return {
        "view": view,
        "views": [(v.value, v.label, v.value == view) for v in PlanView],
        "first": cn_date(first, today),
        "last": cn_date(last, today),
        "on": on.isoformat(),
        "before": (first - timedelta(days=1)).isoformat(),
        "after": (last + timedelta(days=1)).isoformat(),
        "today": today.isoformat(),
        "overview": overview,
        "days": [] if overview else _days(plans, done, user, today),
        "planned": str(len(plans)),
        "done": str(len(done)),
        "team": _team(plans, done) if team else [],
        "may_plan": own,
        "due": str(_due(user, project, max(first, today), last, plans)) if own else "0",
    }


def _key(plan: VisitPlan) -> tuple[int, int]:
    return plan.rep_id, plan.customer_id


def _due(user: User, project: Project, first: date, last: date, plans: Sequence[VisitPlan]) -> int:
    """Own customers due in these days who are not planned on their day."""
    there = {(plan.customer_id, plan.on) for plan in plans if plan.rep_id == user.pk}
    due = Customer.objects.filter(
        owner=user, project=project, next_follow_on__gte=first, next_follow_on__lte=last
    )
    return sum(1 for pair in due.values_list("pk", "next_follow_on")[:MOST] if pair not in there)


def _days(plans: Sequence[VisitPlan], done: set[int], user: User, today: date) -> list[dict[str, Any]]:
    days: dict[date, list[dict[str, Any]]] = defaultdict(list)
    for plan in plans:
        mine = plan.rep_id == user.pk
        days[plan.on].append(
            {
                "pk": str(plan.pk),
                "on": plan.on.isoformat(),
                "customer_pk": str(plan.customer_id),
                "name": str(plan.customer),
                "grade": plan.customer.grade,
                "kind": plan.get_kind_display(),
                "purpose": plan.purpose,
                "rep": "" if mine else plan.rep.name,
                "done": plan.pk in done,
                "missed": plan.pk not in done and plan.on < today,
                "may": mine and plan.pk not in done,
            }
        )
    return [{"day": cn_date(day, today), "lines": lines} for day, lines in sorted(days.items())]


def _team(plans: Sequence[VisitPlan], done: set[int]) -> list[dict[str, str]]:
    """Planned and done of each rep."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for plan in plans:
        counts[plan.rep.name][0] += 1
        counts[plan.rep.name][1] += plan.pk in done
    return [
        {"name": name, "planned": str(planned), "done": str(n)}
        for name, (planned, n) in sorted(counts.items(), key=lambda item: (-item[1][0], item[0]))
    ]
