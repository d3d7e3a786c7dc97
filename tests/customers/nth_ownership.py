"""The verbs of ownership for tests/test_nth_statement.py."""

from datetime import timedelta

from customers import services
from customers.rules import LeaseState
from tests.customers.nth_cases import KEY, case, fresh
from tests.factories import customers as make


@case(services.assign_customers)
def _(get, now):
    supervisor, rep = get("supervisor"), get("rep")
    ids = [make.customer(project=get("project"), now=now).pk for _ in range(2)]
    return lambda: services.assign_customers(
        actor=fresh(supervisor), customer_ids=ids, rep_id=rep.pk, now=now, reason="公海分配", **KEY
    )


@case(services.transfer_customer)
def _(get, now):
    manager, colleague = get("manager"), get("colleague")
    customer = make.customer(owner=get("rep"), now=now)
    return lambda: services.transfer_customer(
        actor=fresh(manager), customer_id=customer.pk, rep_id=colleague.pk, now=now, reason="投诉", **KEY
    )


@case(services.ask_extension)
def _(get, now):
    rep = get("rep")
    get("supervisor")
    customer = make.customer(owner=rep, now=now)
    return lambda: services.ask_extension(
        actor=fresh(rep), customer_id=customer.pk, now=now, reason="等首付", **KEY
    )


@case(services.note_deal)
def _(get, now):
    manager = get("manager")
    customer = make.customer(owner=get("rep"), now=now, state=LeaseState.LOCKED)
    return lambda: services.note_deal(actor=fresh(manager), customer=customer, now=now, **KEY)


@case(services.redistribute)
def _(get, now):
    supervisor, rep, project = get("supervisor"), get("rep"), get("project")
    make.customer(owner=rep, now=now)
    rep.projects.clear()
    return lambda: services.redistribute(actor=fresh(supervisor), project=project, now=now, **KEY)


@case(services.close_deals)
def _(get, now):
    manager, project = get("manager"), get("project")
    customer = make.customer(owner=get("rep"), now=now, state=LeaseState.LOCKED)
    services.note_deal(actor=manager, customer=customer, now=now)
    later = now + timedelta(days=9)
    return lambda: services.close_deals(actor=fresh(manager), project=project, now=later, lookback=7, **KEY)


@case(services.hand_over)
def _(get, now):
    manager, rep, colleague, project = get("manager"), get("rep"), get("colleague"), get("project")
    make.customer(owner=rep, now=now, grade="A")
    make.customer(owner=rep, now=now, grade="C")
    return lambda: services.hand_over(
        actor=fresh(manager),
        user_id=rep.pk,
        project=project,
        choices={"a": str(colleague.pk), "c": "pool"},
        why="left",
        now=now,
        reason="离职",
        **KEY,
    )
