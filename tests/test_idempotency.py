"""One tap, one effect: the same form key twenty times at once, with other data, and through the pages."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse

from contracts import services as contracts
from contracts.models import Contract, Receipt
from contracts.rules import PayMethod, ReceiptKind, Tender
from customers import services as customers
from customers.models import Customer, Visit
from inventory import services as stock
from inventory.models import Reservation
from inventory.rules import Evidence, Stage
from salesdept.clock import business_date
from salesdept.errors import RuleError
from salesdept.models import Event, IdempotencyKey, User
from tests.factories import contracts as sales
from tests.factories import customers as people
from tests.factories import inventory as rooms
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
TAPS = 20
KEY = "one-form"


@dataclass
class Form:
    """What a person sends again and again: the verb with its data, and the same form on its page."""

    verb: Callable[..., Any]
    actor: User
    given: dict[str, Any]
    other: dict[str, Any]
    rows: QuerySet[Any]
    event: str
    url: str
    posted: dict[str, Any]

    def send(self, now, **other):
        actor = User.objects.get(pk=self.actor.pk)
        return self.verb(actor=actor, now=now, idempotency_key=KEY, **{**self.given, **other})


def reserve(get, now):
    rep, room = get("rep"), rooms.unit(get("project"))
    get("manager")
    guest, second = people.customer(owner=rep, now=now), people.customer(owner=rep, now=now)
    return Form(
        verb=stock.reserve_unit,
        actor=rep,
        given={"unit_id": room.pk, "customer": guest, "evidence": Evidence.DEPOSIT},
        other={"customer": second},
        rows=Reservation.objects.all(),
        event="inventory.unit.locked",
        url=reverse("inventory:unit_reserve", args=[room.pk]),
        posted={"customer": guest.pk, "evidence": "deposit"},
    )


def visit(get, now):
    rep, project = get("rep"), get("project")
    turn = people.reception(rep, now=now)
    phone = {"phone": "13602178846", "name": "罗女士"}
    return Form(
        verb=customers.register_visit,
        actor=rep,
        given={**phone, "project": project, "reception_id": turn.pk},
        other={"name": "另一位"},
        rows=Visit.objects.all(),
        event="customers.visit.registered",
        url=reverse("customers:visit_create"),
        posted={**phone, "reception": turn.pk, "grade": "B", "method": "walk_in", "party_size": "2"},
    )


def receipt(get, now):
    get("finance")
    claim, today = sales.claim(get("rep"), now), business_date(now)
    return Form(
        verb=contracts.record_receipt,
        actor=get("cashier"),
        given={
            "reservation_id": claim.pk,
            "kind": ReceiptKind.DEPOSIT,
            "amount": sales.DEPOSIT,
            "method": Tender.CASH,
            "slip": "",
            "payer": "王丽华",
            "received_on": today,
        },
        other={"amount": Decimal("20000.01")},
        rows=Receipt.objects.all(),
        event="contracts.receipt.recorded",
        url=reverse("contracts:receipt_record"),
        posted={
            "reservation": claim.pk,
            "kind": "deposit",
            "amount": "20000",
            "method": "pos",
            "slip": "P1",
            "payer": "王丽华",
            "received_on": today.isoformat(),
        },
    )


def confirmation(get, now):
    claim, cashier = sales.claim(get("rep"), now), get("cashier")
    waiting, second = sales.record(cashier, claim, now), sales.record(cashier, claim, now)
    return Form(
        verb=contracts.confirm_receipt,
        actor=get("finance"),
        given={"receipt_id": waiting.pk},
        other={"receipt_id": second.pk},
        rows=Receipt.objects.filter(confirmed_at__isnull=False),
        event="contracts.receipt.confirmed",
        url=reverse("contracts:receipt_confirm", args=[waiting.pk]),
        posted={},
    )


def contract(get, now):
    rep = get("rep")
    claim = sales.claim(rep, now, stage=Stage.SUBSCRIBED)
    return Form(
        verb=contracts.draft_contract,
        actor=rep,
        given={"reservation_id": claim.pk, "pay_method": PayMethod.LUMP},
        other={"pay_method": PayMethod.MORTGAGE},
        rows=Contract.objects.all(),
        event="contracts.contract.drafted",
        url=reverse("contracts:contract_draft", args=[claim.pk]),
        posted={"pay_method": "lump"},
    )


@pytest.fixture(params=[reserve, visit, receipt, confirmation, contract], ids=lambda made: made.__name__)
def form(request, now):
    return request.param(request.getfixturevalue, now)


def one_effect(form):
    """The row of the one effect, with one line in the journal."""
    assert Event.objects.filter(verb=form.event).count() == 1
    return form.rows.get().pk


def test_twenty_taps_at_once_are_one_effect_and_one_answer(form, now):
    answers = at_once(TAPS, lambda: form.send(now).pk)
    assert answers == [one_effect(form)] * TAPS
    assert IdempotencyKey.objects.filter(user=form.actor, key=KEY).count() == 1


def test_control_without_a_key_the_same_taps_are_not_one_answer(form, now):
    """The second tap is refused by the rules or makes a second row: the key is what makes it the same."""

    def tap():
        actor = User.objects.get(pk=form.actor.pk)
        return form.verb(actor=actor, now=now, **form.given).pk

    answers = at_once(4, tap)
    assert len({answer if isinstance(answer, int) else type(answer) for answer in answers}) > 1


def test_the_same_key_with_other_data_is_refused(form, now):
    form.send(now)
    with pytest.raises(RuleError) as refusal:
        form.send(now, **form.other)
    assert (refusal.value.code, refusal.value.clause) == ("key_reused", "拟:sys.one_effect")
    one_effect(form)


def test_twenty_taps_with_two_contents_let_one_content_through(form, now):
    turn = iter([{}, form.other] * (TAPS // 2))
    answers = at_once(TAPS, lambda: form.send(now, **next(turn)).pk)
    refused = [answer for answer in answers if isinstance(answer, RuleError)]
    assert [refusal.code for refusal in refused] == ["key_reused"] * (TAPS // 2)
    assert {answer for answer in answers if isinstance(answer, int)} == {one_effect(form)}


# --- through the pages


def browser(person, now):
    """A phone of this person that has just logged in, whatever the day of the test's clock."""
    client = Client()
    client.force_login(person)
    User.objects.filter(pk=person.pk).update(last_login=now)
    return client


def test_two_equal_posts_at_once_and_a_late_one_end_at_the_same_place(form, frozen):
    phones = [browser(form.actor, frozen) for _ in range(3)]
    turn = iter(phones[:2])
    both = at_once(2, lambda: next(turn).post(form.url, {**form.posted, "key": KEY}))
    late = phones[2].post(form.url, {**form.posted, "key": KEY})
    assert [answer.status_code for answer in (*both, late)] == [302] * 3
    assert len({answer["Location"] for answer in (*both, late)}) == 1
    one_effect(form)


def test_a_post_with_a_used_key_and_other_data_is_a_conflict(frozen, request):
    form = visit(request.getfixturevalue, frozen)
    client = browser(form.actor, frozen)
    client.post(form.url, {**form.posted, "key": KEY})
    again = client.post(form.url, {**form.posted, "key": KEY, "name": "另一位"})
    assert again.status_code == 409
    assert "已提交过" in again.content.decode()
    assert Customer.objects.get().name == "罗女士"
    one_effect(form)
