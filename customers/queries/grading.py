"""The panels 等级 and 协同 of the customer's file."""

from datetime import date, datetime
from typing import Any

from customers import access
from customers.models import CoFollow, Customer
from customers.rules import Grade
from customers.rules.grades import GradingTerms, suggest
from customers.slots import PRICE_RANGE, CustomerPanel
from regulations.queries import terms_and_version, terms_for
from regulations.rules import Verdicts
from salesdept import clock
from salesdept.formats import cn_date, cn_time
from salesdept.models import Event, User

SHOWN = 10


def suggestion(customer: Customer, today: date) -> tuple[Verdicts, Any, Any]:
    """What behaviour suggests today, with the terms of the day and their version."""
    terms, version = terms_and_version(GradingTerms, on=today, project=customer.project_id)
    silent = None
    if customer.last_contact_at is not None:
        silent = max(0, (today - clock.business_date(customer.last_contact_at)).days)
    inputs = {
        "visits": customer.visit_count,
        "calls": customer.call_count,
        "stage": str(customer.stage),
        "budget": None if customer.budget is None else str(customer.budget),
        "prices": None if customer.budget is None else prices_of(customer.project_id),
        "silent_days": silent,
    }
    return suggest(inputs, terms), terms, version


def prices_of(project_id: int) -> list[str] | None:
    """The lowest and highest total of the project's rooms as text, from the chapter that knows."""
    for ask in PRICE_RANGE:
        if (found := ask(project_id)) is not None:
            return [str(found[0]), str(found[1])]
    return None


def grade_panel(actor: User, customer_id: int, now: datetime) -> dict[str, Any] | None:
    """The grade with its history, and what behaviour suggests: taken by a tap, never by itself."""
    customer = Customer.objects.visible_to(actor).filter(pk=customer_id).first()
    if customer is None:
        return None
    today = clock.business_date(now)
    verdicts, terms, _ = suggestion(customer, today)
    events = Event.objects.filter(customer_ref=customer_id, verb="customers.grade.set")
    return {
        "pk": str(customer_id),
        "grade": customer.grade,
        "word": customer.get_grade_display(),
        "probability": terms.probability(customer.grade),
        "suggested": verdicts.result["grade"] if verdicts.result["grade"] != customer.grade else "",
        "steps": [(step.text, step.clause, step.value) for step in verdicts.steps],
        "history": [_change(event, now) for event in events.select_related("actor").order_by("-pk")[:SHOWN]],
        "choices": [(value, label, value == customer.grade) for value, label in Grade.choices],
        "may_work": actor.may("customers.add_followup"),  # the customer is visible
        "cofollow": _cofollow(actor, customer, today),
        "unverified": customer.import_batch is not None,
    }


def _change(event: Event, now: datetime) -> dict[str, str]:
    return {
        "move": f"{event.changes['old']} → {event.changes['new']}",
        "reason": event.reason or "未写原因",
        "who": event.actor.name if event.actor else "系统",
        "when": cn_time(event.happened_at, now),
    }


def _cofollow(actor: User, customer: Customer, today: date) -> dict[str, Any] | None:
    """Who co-follows, and the button for those who may; None where there is nothing to say."""
    rows = list(CoFollow.objects.live().filter(customer=customer).select_related("supervisor"))
    mine = any(row.supervisor_id == actor.pk for row in rows)
    may_start = (
        bool(access.may_cofollow(actor, customer))
        and not mine
        and customer.grade == Grade.A
        and customer.owner_id not in (None, actor.pk)
    )
    may_release = bool(access.may_release(actor, customer)) and customer.owner_id is not None
    if not rows and not may_start and not may_release:
        return None
    return {
        "pk": str(customer.pk),
        "rows": [
            {
                "pk": str(row.pk),
                "name": row.supervisor.name,
                "since": cn_date(row.started_at, today),
                "may_end": bool(access.may_end_cofollow(actor, row)),
            }
            for row in rows
        ],
        "may_start": may_start,
        "may_release": may_release,
    }


def probability(grade: str, now: datetime, project: int) -> int:
    """How likely a customer of a grade buys, in percent, by the terms of the day."""
    return terms_for(GradingTerms, on=clock.business_date(now), project=project).probability(grade)


PANELS = (CustomerPanel("grades", "customers/panels/grade.html", grade_panel, order=30, later=True),)
