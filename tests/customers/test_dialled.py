"""打电话: the outcome is asked once, and what it becomes."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from customers.models import Dialled, FollowUp
from customers.services import answer_dialled, dial
from salesdept import clock
from salesdept.errors import RuleError
from tests.factories import customers as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def called(rep, now):
    person = make.customer(owner=rep, now=now)
    dial(actor=rep, customer_id=person.pk, now=now)
    return Dialled.objects.get()


def reply(called, now, outcome, **more):
    return answer_dialled(actor=called.rep, dialled_id=called.pk, outcome=outcome, now=now, **more)


@pytest.mark.parametrize(
    ("outcome", "result", "effective"),
    [("connected", "talked", True), ("no_answer", "no_answer", False), ("dead", "dead", False)],
)
def test_an_answer_becomes_a_follow_up(outcome, result, effective, called, now):
    reply(called, now, outcome)
    row = FollowUp.objects.get()
    assert (row.outcome, row.effective, row.method) == (result, effective, "phone")


def test_a_booking_plans_its_day(called, now):
    day = date(2026, 11, 28)
    row = reply(called, now, "booked", booked_on=day, note="带父母来")
    called.customer.refresh_from_db()
    assert (row.booked_on, called.customer.next_follow_on) == (day, day)
    assert "带父母来" in FollowUp.objects.get().content


@pytest.mark.parametrize("day", [None, date(2026, 11, 22)])
def test_a_booking_names_a_day_to_come(day, called, now):
    with pytest.raises(RuleError) as refusal:
        reply(called, now, "booked", booked_on=day)
    assert refusal.value.code == "day_needed"
    assert not FollowUp.objects.exists()


def test_it_is_asked_once(called, now):
    reply(called, now, "dismissed")
    assert not FollowUp.objects.exists()
    reply(called, now, "connected")
    called.refresh_from_db()
    assert called.outcome == "dismissed"
    assert not FollowUp.objects.exists()


def test_a_second_call_asks_the_same_question(called, rep, now):
    later = now + timedelta(minutes=3)
    dial(actor=rep, customer_id=called.customer_id, now=later)
    assert Dialled.objects.get().at == later


def test_the_question_stands_on_return_until_answered(login, rep):
    person = make.customer(owner=rep, now=clock.now())
    client = login(rep)
    client.post(reverse("customers:customer_dial", args=[person.pk]))
    words, page = "刚才打给罗女士", reverse("customers:customer_detail", args=[person.pk])
    assert words in client.get(page).content.decode()
    assert words in client.get("/").content.decode()
    answer = reverse("customers:dialled_answer", args=[Dialled.objects.get().pk])
    assert client.post(answer, {"outcome": "connected"}).status_code == 302
    assert words not in client.get(page).content.decode()
    assert words not in client.get("/").content.decode()


def test_a_colleague_answers_nothing(login, colleague, called):
    answer = reverse("customers:dialled_answer", args=[called.pk])
    assert login(colleague).post(answer, {"outcome": "connected"}).status_code == 404
