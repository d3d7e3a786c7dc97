"""The verbs of customers for tests/test_nth_statement.py."""

from datetime import timedelta

from customers import services
from customers.rules import Contact, LeaseState, Outcome, Stage
from salesdept.clock import business_date
from tests.factories import customers as make
from tests.salesdept.nth_cases import fresh

CASES = {}
UNJOURNALLED = {
    "customers.services.recalls.dial_recall": "the register of looks is itself the record",
    "customers.services.people.dial": "the register of looks is itself the record",
    "customers.services.people.reveal_phone": "the register of looks is itself the record",
    "customers.services.lookup.lookup": "the register of looks is itself the record",
}
SOON = timedelta(minutes=5)
KEY = {"idempotency_key": "k"}


def case(verb, variant=""):
    """Enter a case under the verb's dotted name; a second one of a verb says what is other about it."""

    def enter(start):
        name = f"{verb.__module__}.{verb.__name__}"
        CASES[f"{name}: {variant}" if variant else name] = start
        return start

    return enter


# --- the door and the phone


def _turn(get, now, kind=Contact.VISIT):
    """A reception of the rep, taken from the queue."""
    rep, project = get("rep"), get("project")
    get("assistant")
    make.sign_in(rep, now=now)
    return services.start_reception(actor=rep, project=project, kind=kind, now=now)


def _register(verb, kind, number):
    def start(get, now):
        rep, project, turn = get("rep"), get("project"), _turn(get, now, kind)
        if number == "known":
            make.customer(owner=get("colleague"), phone="13900001111", now=now)
        return lambda: verb(
            actor=fresh(rep),
            project=project,
            phone="13900001111",
            name="罗女士",
            grade="A",
            reception_id=turn.pk,
            now=now + SOON,
            **KEY,
        )

    return start


case(services.register_visit)(_register(services.register_visit, Contact.VISIT, "new"))
case(services.register_visit, "a colleague's customer")(
    _register(services.register_visit, Contact.VISIT, "known")
)
case(services.register_call)(_register(services.register_call, Contact.CALL, "new"))


@case(services.register_empty)
def _(get, now):
    rep, project, turn = get("rep"), get("project"), _turn(get, now)
    return lambda: services.register_empty(
        actor=fresh(rep),
        project=project,
        outcome=Outcome.NO_PHONE,
        reception_id=turn.pk,
        now=now + SOON,
        **KEY,
    )


@case(services.correct_slip)
def _(get, now):
    rep = get("rep")
    visit = services.register_visit(
        actor=rep, project=get("project"), phone="13900001111", name="罗女士", now=now
    )
    return lambda: services.correct_slip(
        actor=fresh(rep),
        kind=Contact.VISIT,
        slip_id=visit.pk,
        changes={"party_size": "3", "note": "带父母来"},
        reason="人数听错",
        now=now + SOON,
        **KEY,
    )


@case(services.lookup)
def _(get, now):
    rep, project, turn = get("rep"), get("project"), _turn(get, now)
    make.customer(owner=get("colleague"), phone="13900001111", now=now)
    return lambda: services.lookup(
        actor=fresh(rep), phone="13900001111", project=project, reception_id=turn.pk, now=now
    )


# --- whose customer it is


@case(services.assign_customer)
def _(get, now):
    manager, rep = get("manager"), get("rep")
    person = make.customer(project=get("project"), now=now)
    return lambda: services.assign_customer(
        actor=fresh(manager), customer_id=person.pk, rep_id=rep.pk, now=now, reason="公海分配", **KEY
    )


@case(services.lapse_due)
def _(get, now):
    project = get("project")
    for owner in (get("rep"), get("colleague")):
        make.customer(owner=owner, now=now - timedelta(days=30))
    return lambda: services.lapse_due(actor=None, project=project, now=now)


@case(services.lock_lease)
def _(get, now):
    finance, person = get("finance"), make.customer(owner=get("rep"), now=now)
    return lambda: services.lock_lease(actor=fresh(finance), customer=fresh(person), now=now, **KEY)


@case(services.unlock_lease)
def _(get, now):
    manager = get("manager")
    person = make.customer(owner=get("rep"), now=now - timedelta(days=3), state=LeaseState.LOCKED)
    return lambda: services.unlock_lease(
        actor=fresh(manager), customer=fresh(person), now=now, reason="退房", **KEY
    )


# --- the customer's file


def _own(verb, **more):
    """A verb of the rep on an own customer."""

    def start(get, now):
        rep, person = get("rep"), make.customer(owner=get("rep"), now=now - timedelta(days=2))
        return lambda: verb(actor=fresh(rep), customer_id=person.pk, now=now, **more)

    return start


case(services.edit_customer)(
    _own(
        services.edit_customer,
        version=0,
        changes={"name": "罗敏女士"},
        **KEY,
    )
)
case(services.set_grade)(_own(services.set_grade, grade="A", reason="已看两次", **KEY))
case(services.set_stage)(_own(services.set_stage, stage=Stage.REVISITED, **KEY))
case(services.dial)(_own(services.dial))
case(services.add_follow_up)(
    _own(services.add_follow_up, method="phone", outcome="talked", content="周末带家人来", **KEY)
)
case(services.complete_follow_up)(_own(services.complete_follow_up, **KEY))


@case(services.move_follow_up)
def _(get, now):
    rep, person = get("rep"), make.customer(owner=get("rep"), now=now)
    later = business_date(now) + timedelta(days=3)
    return lambda: services.move_follow_up(
        actor=fresh(rep), customer_id=person.pk, next_on=later, now=now, **KEY
    )


@case(services.reveal_phone)
def _(get, now):
    manager, person = get("manager"), make.customer(owner=get("rep"), now=now)
    return lambda: services.reveal_phone(
        actor=fresh(manager), customer_id=person.pk, reason="客户投诉回访", now=now
    )


# --- complaints and suggestions


# --- by the sheet

ROW = {
    "name": "王丽",
    "gender": "女",
    "phone": "13900003333",
    "identity_no": "",
    "source": "",
    "layout": "三房",
    "area": "",
    "budget": "260万左右",
    "grade": "A",
    "first_visit_on": None,
    "note": "",
}


def _rows(get):
    return [{**ROW, "owner_id": get("rep").pk}, {**ROW, "phone": "13900004444", "owner_id": None}]


@case(services.create_customers)
def _(get, now):
    assistant, project, rows = get("assistant"), get("project"), _rows(get)
    return lambda: services.create_customers(
        actor=fresh(assistant), project=project, rows=rows, batch_id=1, now=now, **KEY
    )


@case(services.undo_customers)
def _(get, now):
    assistant = get("assistant")
    services.create_customers(actor=assistant, project=get("project"), rows=_rows(get), batch_id=1, now=now)
    return lambda: services.undo_customers(actor=fresh(assistant), batch_id=1, now=now, **KEY)


# Cases of the areas, each in its own module.
from tests.customers import (  # noqa: E402, F401
    nth_channels,
    nth_disputes,
    nth_exports,
    nth_feedback,
    nth_households,
    nth_ownership,
    nth_pool,
    nth_queue,
    nth_registers,
    nth_updates,
    nth_views,
)
