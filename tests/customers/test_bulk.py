"""An import of customers is all or nothing, and is taken back whole."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from customers.models import Customer, Household, NameGram, OwnershipLease, Phone
from customers.queries.invariants import INVARIANTS
from customers.queries.search import find_ids
from customers.services import complete_follow_up, create_customers, undo_customers
from customers.slots import CUSTOMER_IN_USE
from salesdept.errors import RuleError
from salesdept.fields import unseal
from salesdept.models import Event, Reminder
from salesdept.verdict import Denied
from tests.factories import customers as make

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)
IDENTITY = "33010219900307721X"


def rows(rep, count=3):
    return [
        {
            "name": f"张三{n}",
            "phone": f"1390001{n:04}",
            "identity_no": IDENTITY if n == 0 else "",
            "source": "online",
            "layout": "三房",
            "area": "118㎡",
            "budget": Decimal("2400000.00") if n == 0 else "240 万左右",
            "grade": "A",
            "owner_id": rep.pk if n != 1 else None,
            "first_visit_on": date(2026, 10, 1),
            "note": "",
        }
        for n in range(count)
    ]


def bring(actor, rep, now, batch_id=7, **changes):
    made = [{**row, **changes} for row in rows(rep)]
    return create_customers(
        actor=actor, project=rep.projects.first(), rows=iter(made), batch_id=batch_id, now=now
    )


def test_rows_become_customers_with_all_their_parts(manager, rep, now):
    assert bring(manager, rep, now) == 3
    first = Customer.objects.get(name="张三0")
    assert (first.owner, first.budget, first.phone_masked) == (rep, Decimal("2400000.00"), "139****0000")
    assert (first.first_contact_at.date(), first.stage) == (date(2026, 10, 1), "visited")
    assert unseal(first.identity_no, f"{first.seal_id}:identity_no") == IDENTITY
    assert first.identity_index
    assert first.identity_tail
    assert IDENTITY not in str(first.__dict__)
    lease = OwnershipLease.objects.get(customer=first)
    assert (lease.basis, lease.expires_on) == ("imported", TODAY + timedelta(days=30))
    assert Customer.objects.get(name="张三1").owner is None
    assert find_ids(rep, "张三", 9)
    assert find_ids(rep, "0002", 9)
    assert Event.objects.filter(verb="customers.customer.imported").count() == 3
    assert Reminder.objects.filter(user=rep).exists()
    assert [fault for invariant in INVARIANTS for fault in invariant.broken()] == []


@pytest.mark.parametrize(
    ("change", "code"),
    [({"phone": "13612345678"}, "number_taken"), ({"owner_id": 10**9}, "owner_unknown")],
    ids=["a number in use", "an owner from elsewhere"],
)
def test_one_bad_row_brings_in_none(change, code, manager, rep, now):
    make.customer(owner=rep, phone="13612345678", now=now)
    with pytest.raises(RuleError) as refusal:
        bring(manager, rep, now, **change)
    assert refusal.value.code == code
    assert Customer.objects.count() == Household.objects.count() == 1
    assert not Event.objects.exists()


def test_a_rep_imports_nothing(rep, now):
    with pytest.raises(Denied):
        bring(rep, rep, now)
    assert not Customer.objects.exists()


def test_an_import_is_taken_back_whole(manager, rep, now):
    keep = make.customer(owner=rep, now=now)
    bring(manager, rep, now)
    assert undo_customers(actor=manager, batch_id=7, now=now) == 3
    assert Customer.objects.get() == keep
    assert Phone.objects.count() == Household.objects.count() == OwnershipLease.objects.count() == 1
    assert set(NameGram.objects.values_list("customer", flat=True)) == {keep.pk}
    assert Event.objects.filter(verb="customers.customer.import_undone").count() == 3


def test_what_is_in_use_stays(manager, rep, now):
    bring(manager, rep, now)
    complete_follow_up(actor=rep, customer_id=Customer.objects.get(name="张三0").pk, now=now)
    with pytest.raises(RuleError) as refusal:
        undo_customers(actor=manager, batch_id=7, now=now)
    assert refusal.value.code == "in_use"
    assert "张三0" in refusal.value.message
    assert Customer.objects.count() == 3


def test_upper_apps_keep_their_customers(manager, rep, now, monkeypatch):
    bring(manager, rep, now)
    monkeypatch.setattr(CUSTOMER_IN_USE, "_fillers", [lambda ids: [f"认购：{len(ids)} 位"]])
    with pytest.raises(RuleError, match="认购：3 位"):
        undo_customers(actor=manager, batch_id=7, now=now)
    assert Customer.objects.count() == 3
