"""Two imported lists with the same customer: one list of conflicts, ruled before the pool begins."""

from datetime import date, timedelta

import pytest

from customers.models import Customer, CustomerGrant, ImportConflict, OwnershipLease, PoolEntry
from customers.queries.golive import golive_page
from customers.resources import customers as sheet
from customers.services import create_customers, rule_conflict, undo_customers
from customers.services.golive import shares_of
from customers.services.nightly import end_leases
from salesdept.errors import RuleError
from salesdept.models import Event, Notice
from salesdept.sheets.kinds import Cleaned
from salesdept.verdict import Denied
from tests.customers.nth_cases import ROW
from tests.factories import customers as make

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)
NUMBER = "13900003333"


def load(actor, owner, now, batch, **fields):
    row = {**ROW, "phone": NUMBER, "owner_id": owner.pk if owner else None, **fields}
    return create_customers(actor=actor, project=actor.projects.first(), rows=[row], batch_id=batch, now=now)


@pytest.fixture
def conflict(rep, colleague, assistant, now):
    load(assistant, rep, now, 1, first_visit_on=date(2026, 10, 1))
    load(assistant, colleague, now, 2, first_visit_on=date(2026, 9, 1))
    return ImportConflict.objects.get()


def lease():
    return OwnershipLease.objects.get(state__in=["active", "frozen"])


def test_the_second_list_makes_a_conflict_and_no_second_customer(conflict, rep, colleague):
    assert Customer.objects.count() == 1
    assert (conflict.holder, conflict.rival, conflict.import_batch) == (rep, colleague, 2)
    assert conflict.facts["first_visit_on"] == "2026-09-01"
    assert NUMBER not in str(conflict.facts)
    assert (lease().state, lease().rep) == ("frozen", rep)


def test_while_it_is_open_nothing_ends(conflict, now):
    OwnershipLease.objects.update(expires_on=TODAY - timedelta(days=1), basis="visit")
    end_leases(TODAY, now)
    assert lease().state == "frozen"


@pytest.mark.parametrize(("ruling", "owner"), [("holder", "rep"), ("rival", "colleague"), ("both", "rep")])
def test_a_ruling_settles_it(ruling, owner, conflict, rep, colleague, manager, now):
    rule_conflict(actor=manager, conflict_id=conflict.pk, ruling=ruling, reason="首访记录在先", now=now)
    customer = Customer.objects.get()
    assert customer.owner.username == lease().rep.username == owner
    assert lease().state == "active"
    assert lease().expires_on == TODAY + timedelta(days=30)
    assert set(Notice.objects.values_list("user__username", flat=True)) == {"rep", "colleague"}
    both = [[rep.pk, 5000], [colleague.pk, 5000]] if ruling == "both" else []
    assert shares_of(customer) == both
    assert CustomerGrant.objects.filter(user=colleague).exists() is (ruling == "both")
    with pytest.raises(RuleError) as refusal:
        rule_conflict(actor=manager, conflict_id=conflict.pk, ruling="holder", reason="再裁", now=now)
    assert refusal.value.code == "conflict_ruled"


@pytest.mark.parametrize(
    ("who", "ruling", "reason", "error"),
    [
        ("rep", "holder", "我的", Denied),
        ("assistant", "holder", "他的", Denied),
        ("manager", "nobody", "都不是", RuleError),
        ("manager", "holder", " ", RuleError),
    ],
)
def test_what_is_no_ruling(who, ruling, reason, error, conflict, now, request):
    with pytest.raises(error):
        rule_conflict(
            actor=request.getfixturevalue(who), conflict_id=conflict.pk, ruling=ruling, reason=reason, now=now
        )
    assert ImportConflict.objects.get().ruled_at is None
    assert lease().state == "frozen"


def test_taking_the_second_list_back_thaws(conflict, assistant, now):
    undo_customers(actor=assistant, batch_id=2, now=now)
    assert not ImportConflict.objects.exists()
    assert lease().state == "active"
    assert Event.objects.filter(verb="customers.import.conflict_undone").count() == 1


def test_the_first_list_stays_while_it_is_quarrelled_about(conflict, assistant, now):
    with pytest.raises(RuleError) as refusal:
        undo_customers(actor=assistant, batch_id=1, now=now)
    assert refusal.value.code == "in_use"
    assert ImportConflict.objects.exists()


def test_who_was_registered_here_is_no_conflict(rep, colleague, assistant, now):
    """A register of this system beats any list: the row is refused as before."""
    make.customer(owner=rep, phone=NUMBER, now=now)
    with pytest.raises(RuleError) as refusal:
        load(assistant, colleague, now, 2)
    assert refusal.value.code == "number_taken"
    assert not ImportConflict.objects.exists()


def test_the_preview_offers_the_choice(rep, colleague, assistant, now):
    load(assistant, rep, now, 1)
    context = sheet.context(assistant, rep.projects.first(), now)
    rows = [Cleaned({**ROW, "owner_id": colleague.pk}, (), NUMBER)]
    (fault,) = sheet.clash(rows, context).values()
    assert (fault.code, fault.warn, fault.skip) == ("rival", True, False)
    same = [Cleaned({**ROW, "owner_id": rep.pk}, (), NUMBER)]
    assert sheet.clash(same, context)[NUMBER].code == "mine"


def test_nobodys_customer_of_a_list_is_in_the_pool_with_its_reason(assistant, now):
    load(assistant, None, now, 1)
    assert PoolEntry.objects.get().why == "imported"
    undo_customers(actor=assistant, batch_id=1, now=now)
    assert not PoolEntry.objects.exists()


def test_the_page_shows_both_first_days(conflict, manager, now):
    (row,) = golive_page(manager, conflict.project, now)["conflicts"]
    assert row["rival_first"] == "2026-09-01"
    assert row["may_rule"]
