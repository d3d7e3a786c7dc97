"""What the chapters above say on the customer's page, about leavers and about customers in use."""

import pytest
from django.urls import reverse

from contracts import services as money
from contracts.queries.timeline import customers_in_use
from customers.queries.leavers import left_behind
from customers.queries.profile import OWN_WORDS, timeline
from customers.slots import CUSTOMER_IN_USE, LEAVER_ITEMS, TIMELINE
from inventory import services as stock
from inventory.rules import EndReason, Evidence
from salesdept.slots import REGISTRY
from tests.factories import contracts as sales
from tests.factories import inventory as rooms
from tests.factories.customers import customer

pytestmark = pytest.mark.django_db


def test_every_slot_has_a_filler():
    """Prints the house's slots with `-s`."""
    for slot in REGISTRY:
        print(f"{slot.name}: {len(slot)}")
    assert [slot.name for slot in REGISTRY if not len(slot)] == []


def test_no_verb_is_worded_twice():
    verbs = [word.verb for word in (*OWN_WORDS, *TIMELINE)]
    assert sorted(set(verbs)) == sorted(verbs)


@pytest.fixture
def guest(rep, now):
    return customer(owner=rep, now=now)


def lines(person, now):
    return [(item.title, item.text) for item in timeline([person.pk], [], now)]


def test_locks_stand_in_the_timeline(rep, manager, guest, now):
    room = rooms.unit(rep.projects.get())
    claim = stock.reserve_unit(
        actor=rep, unit_id=room.pk, customer=guest, evidence=Evidence.IDENTITY, now=now
    )
    stock.end_claim(
        actor=manager, reservation_id=claim.pk, reason=EndReason.RELEASED, note="客户改看别处", now=now
    )
    said = lines(guest, now)
    assert ("临时锁定房源", "凭证件原件") in said
    assert ("房源占用结束", "临时锁定，经理释放 · 客户改看别处") in said


def test_receipts_and_contracts_stand_in_the_timeline(rep, cashier, finance, now):
    claim = sales.claim(rep, now)
    receipt = sales.record(cashier, claim, now)
    money.confirm_receipt(actor=finance, receipt_id=receipt.pk, now=now)
    money.draft_contract(actor=rep, reservation_id=claim.pk, pay_method="mortgage", now=now)
    said = lines(claim.customer, now)
    assert ("登记收款", "定金 ¥20,000.00") in said
    assert ("财务确认收款", "¥20,000.00") in said
    assert ("房源状态变更", "收款待确认 → 认购") in said
    assert ("草拟合同", "") in said


def test_a_contract_keeps_its_customer(rep, now):
    contract = sales.draft(rep, now)
    buyer = contract.reservation.customer
    assert customers_in_use([buyer.pk]) == [f"{buyer} 有合同 {contract.number}"]
    assert customers_in_use([]) == []
    assert customers_in_use in list(CUSTOMER_IN_USE)


def test_a_leavers_things_are_counted_until_handed_over(rep, colleague, now):
    sales.draft(rep, now)
    assert left_behind(rep.pk) == [("名下客户", "1"), ("占用中的房源", "1"), ("未签的合同", "1")]
    assert left_behind(colleague.pk) == []
    assert len(LEAVER_ITEMS) == 4


@pytest.mark.parametrize(("gone", "shown"), [(False, False), (True, True)])
def test_the_manager_sees_what_a_leaver_still_holds(gone, shown, client, rep, manager, guest):
    rep.is_active = not gone
    rep.save()
    client.force_login(manager)
    page = client.get(reverse("home")).content.decode()
    assert ("离职未交接" in page) is shown


def test_a_request_says_which_room_and_leads_there(client, rep, manager, guest, now):
    room = rooms.unit(rep.projects.get())
    claim = rooms.claim(room, rep, guest, now=now)
    request = stock.release_unit(actor=rep, reservation_id=claim.pk, reason="客户不要了", now=now)
    client.force_login(manager)
    page = client.get(reverse("regulations:request_detail", args=[request.pk])).content.decode()
    assert f"<dt>房源</dt><dd>{room.label}</dd>" in page
    assert f"<dt>客户</dt><dd>{guest}</dd>" in page
    assert reverse("inventory:reservation_detail", args=[claim.pk]) in page
