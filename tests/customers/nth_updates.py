"""The verbs of update and call sheets for tests/test_nth_statement.py."""

from customers import services
from tests.customers.nth_cases import KEY, case
from tests.factories import customers as make
from tests.salesdept.nth_cases import fresh

RENEWAL = {
    "phone": "13900001111",
    "name": "罗女士",
    "gender": "f",
    "source": "online",
    "identity_no": "110101199003070337",
    "want_layout": "三房",
    "want_area": "",
    "budget": None,
    "budget_text": "260 万左右",
    "note": "周末来",
}


def _renew(get, now, **more):
    make.customer(owner=get("rep"), phone="13900001111", now=now)
    return {
        "actor": fresh(get("assistant")),
        "project": get("project"),
        "rows": [{**RENEWAL, **more}],
        "batch_id": 1,
        "now": now,
    }


@case(services.update_customers)
def _(get, now):
    given = _renew(get, now)
    return lambda: services.update_customers(**given, **KEY)


@case(services.undo_updates)
def _(get, now):
    services.update_customers(**_renew(get, now))
    assistant = get("assistant")
    return lambda: services.undo_updates(actor=fresh(assistant), batch_id=1, now=now, **KEY)


def _calls(get, now):
    make.customer(owner=get("rep"), phone="13900001111", now=now)
    row = {
        "name": "孟先生",
        "happened_at": now,
        "source": "online",
        "layout": "三房",
        "note": "问价",
        "booked_on": None,
        "taker_id": get("colleague").pk,
    }
    return {
        "actor": fresh(get("assistant")),
        "project": get("project"),
        "rows": [{**row, "phone": "13900001111"}, {**row, "phone": "13900002222"}],
        "batch_id": 1,
        "now": now,
    }


@case(services.create_calls)
def _(get, now):
    given = _calls(get, now)
    return lambda: services.create_calls(**given, **KEY)


@case(services.undo_calls)
def _(get, now):
    services.create_calls(**_calls(get, now))
    assistant = get("assistant")
    return lambda: services.undo_calls(actor=fresh(assistant), batch_id=1, now=now, **KEY)
