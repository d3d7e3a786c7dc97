"""Today in the hall: due follow-ups, the queue, visitors without a number and feedback."""

from datetime import timedelta

from customers.models import Customer, Visit
from customers.rules import (
    Method,
    Outcome,
)
from customers.rules.register import Refusal, RegisterState
from customers.seeds import queue
from salesdept import clock
from salesdept.seeds import Office

OVERDUE = (-2, -1, -1)
DUE_TODAY = 5
SMALL = 5_000


def fill(office: Office) -> None:
    _empty_visits(office)
    if office.customers > SMALL:
        return
    for rep in office.reps:
        _due(office, rep.pk)
    queue.fill(office)


def _empty_visits(office: Office) -> None:
    """未留电 and 非客户 among the visits of the quarter."""
    days = (clock.business_date(office.now) - office.start).days
    rng, rows = office.rng, []
    for _ in range(min(office.visits // 12, 20_000)):
        rep = rng.choice(office.reps)
        day = office.start + timedelta(days=rng.randrange(days))
        empty = rng.random() < 0.65
        rows.append(
            Visit(
                project=office.project,
                outcome=Outcome.NO_PHONE if empty else Outcome.NOT_CUSTOMER,
                state=RegisterState.REFUSED if empty else RegisterState.NONE,
                refusal=rng.choice(Refusal.values) if empty else "",
                received_by=rep,
                entered_by=rep,
                happened_at=clock.at(day, rng.randrange(9, 18), rng.randrange(60)),
                method=Method.WALK_IN,
                note="" if empty else rng.choice(("同行看盘", "送货", "找经理")),
            )
        )
    Visit.objects.bulk_create(rows, batch_size=2000)


def _due(office: Office, rep_id: int) -> None:
    """A morning with work in it: some due today, a few overdue, nothing hopeless."""
    today = clock.business_date(office.now)
    rows = list(Customer.objects.filter(owner=rep_id).order_by("next_follow_on", "pk"))
    for number, customer in enumerate(rows):
        if number < len(OVERDUE):
            customer.next_follow_on = today + timedelta(days=OVERDUE[number])
        elif number < len(OVERDUE) + DUE_TODAY:
            customer.next_follow_on = today
        elif customer.next_follow_on is None or customer.next_follow_on <= today:
            customer.next_follow_on = today + timedelta(days=1 + number % 7)
    Customer.objects.bulk_update(rows, ["next_follow_on"], batch_size=500)
