"""代接卡: what a stand-in may see, for how long, and what reaches the owner."""

from datetime import timedelta

import pytest
from django.urls import reverse

from customers.models import FollowUp, OwnershipLease, StandInCard
from customers.queries.standin import card_page
from customers.services import end_reception, note_for_owner, open_stand_in
from salesdept import clock
from salesdept.errors import RuleError
from salesdept.models import Event, Notice, Reveal
from tests.factories import customers as make

pytestmark = pytest.mark.django_db
PHONE = "13602178846"


@pytest.fixture
def guest(rep):
    return make.customer(
        owner=rep, phone=PHONE, want_layout="三房", budget_text="260 万", note="夫妻意见不一"
    )


@pytest.fixture
def table(colleague):
    return make.reception(colleague, now=clock.now())


def card_of(colleague, table, phone=PHONE):
    return open_stand_in(
        actor=colleague, project=table.project, phone=phone, reception_id=table.pk, now=clock.now()
    )


def test_the_card_says_what_is_needed_and_no_more(colleague, guest, table, rep):
    FollowUp.objects.create(
        project=guest.project,
        customer=guest,
        by=rep,
        effective=True,
        content="约周末",
        happened_at=clock.now(),
        promise="留到周五",
        next_on=clock.business_date(clock.now()),
    )
    page = card_page(card_of(colleague, table), clock.now())
    assert (page["who"], page["owner"], page["need"]) == ("罗女士", "林知远", "三房")
    assert page["promise"][:2] == ("留到周五", "林知远")
    said = str({key: value for key, value in page.items() if key != "card"})
    assert not any(secret in said for secret in (PHONE, "8846", "260 万", "夫妻意见不一", "约周末"))


def test_opening_is_registered_and_told_on_the_owners_timeline(colleague, guest, table):
    card_of(colleague, table)
    card_of(colleague, table)
    assert StandInCard.objects.count() == 1
    assert Event.objects.get(verb="customers.standin.opened").customer_ref == guest.pk
    assert Reveal.objects.filter(actor=colleague, field="standin").count() == 2


def test_the_card_closes_with_the_reception(colleague, guest, table, login):
    card = card_of(colleague, table)
    page = reverse("customers:standin_detail", args=[card.pk])
    assert login(colleague).get(page).status_code == 200
    end_reception(actor=colleague, reception_id=table.pk, now=clock.now())
    assert login(colleague).get(page).status_code == 404


def test_the_card_is_the_stand_ins_alone(colleague, guest, table, login, rep, manager):
    card = card_of(colleague, table)
    for other in (rep, manager):
        assert login(other).get(reverse("customers:standin_detail", args=[card.pk])).status_code == 404


@pytest.mark.parametrize("phone", ["13900009999", "13900008888"], ids=["nobody's", "one's own"])
def test_only_a_colleagues_customer_has_a_card(phone, colleague, guest, table):
    make.customer(owner=colleague, phone="13900008888")
    with pytest.raises(RuleError) as refusal:
        card_of(colleague, table, phone)
    assert refusal.value.code == "not_owned"
    assert not StandInCard.objects.exists()


def test_without_a_reception_there_is_no_card(colleague, guest):
    with pytest.raises(RuleError) as refusal:
        open_stand_in(actor=colleague, project=guest.project, phone=PHONE, reception_id=None, now=clock.now())
    assert refusal.value.code == "no_reception"


def test_what_the_stand_in_writes_reaches_the_owner(colleague, guest, table, rep, login):
    card = card_of(colleague, table)
    before = OwnershipLease.objects.get(customer=guest).expires_on
    row = note_for_owner(
        actor=colleague,
        card_id=card.pk,
        content="又看了样板间",
        promise="明天回电",
        now=clock.now() + timedelta(minutes=3),
    )
    assert (row.effective, row.customer) == (False, guest)
    assert OwnershipLease.objects.get(customer=guest).expires_on == before
    assert Notice.objects.get(key=f"standin-note:{row.pk}").user == rep
    page = login(rep).get(reverse("customers:customer_detail", args=[guest.pk])).content.decode()
    assert "又看了样板间" in page
    assert "打开代接卡" in page


def test_the_look_up_offers_the_card_and_htmx_gets_it_in_place(colleague, guest, table, login):
    client = login(colleague)
    data = {"phone": PHONE, "reception": table.pk, "kind": "visit"}
    found = client.post(reverse("customers:lookup"), data, headers={"HX-Request": "true"}).content.decode()
    assert "我来代接" in found
    assert "三房" not in found
    card = client.post(reverse("customers:standin_open"), data, headers={"HX-Request": "true"})
    assert "三房" in card.content.decode()
    assert client.post(reverse("customers:standin_open"), data).status_code == 302


def test_what_a_follow_up_promised_stands_on_the_card(colleague, guest, table, rep, login):
    now = clock.now()
    answer = login(rep).post(
        reverse("customers:customer_follow", args=[guest.pk]),
        {
            "method": "phone",
            "outcome": "talked",
            "content": "问了样板间",
            "promise": "周五前发图",
            "form_key": "promise-1",
        },
    )
    assert answer.status_code == 302
    assert card_page(card_of(colleague, table), now)["promise"][:2] == ("周五前发图", "林知远")
    assert (
        "答应：周五前发图"
        in login(rep).get(reverse("customers:customer_detail", args=[guest.pk])).content.decode()
    )
