"""到期匿名: who is due, what is blanked, what stays, and that nothing happens while it is switched off."""

from datetime import timedelta

import pytest
from django.urls import reverse

from customers import services
from customers.models import (
    Call,
    Customer,
    FollowUp,
    NameGram,
    OwnershipLease,
    Phone,
    SlipCorrection,
    Visit,
    Visitor,
)
from customers.queries.retention import due_files
from customers.services import log_visitor, retention
from customers.services.retention import GONE, anonymise, anonymise_due
from customers.slots import CUSTOMER_IN_USE
from salesdept import clock, triggers
from salesdept.fields import Plain
from salesdept.models import Event
from tests.customers.test_merges import merge
from tests.customers.test_queue import terms
from tests.factories import customers as make

pytestmark = pytest.mark.django_db
PHONE, NAME = "13602178846", "慕容雪艳"
LONG = timedelta(days=366 * 4)


@pytest.fixture
def on(project, now, manager, director):
    terms(project, now, manager, director, "customers.retention", switched_on=True)


def old(project, now, **fields):
    return make.customer(project=project, now=now - LONG, name=NAME, **{"phone": PHONE, **fields})


def slips(person, rep, now):
    shared = {
        "project": person.project, "customer": person, "received_by": rep, "entered_by": rep,
        "happened_at": now - LONG, "note": f"{NAME}要顶楼", "grade": "B", "state": "pending",
    }  # fmt: skip
    visit = Visit.objects.create(**shared)
    Call.objects.create(**shared)
    SlipCorrection.objects.create(
        visit=visit, by=rep, at=now, reason="补录", old={"note": NAME}, new={"note": "x"}
    )
    FollowUp.objects.create(
        project=person.project, customer=person, by=rep, content=f"{NAME}周末来", effective=True,
        happened_at=now - LONG, next_on=clock.business_date(now),
    )  # fmt: skip
    return visit


def test_what_is_due(project, rep, now):
    today = clock.business_date(now)
    due = old(project, now)
    make.customer(owner=rep, now=now - LONG)  # has an owner
    make.customer(project=project, now=now - timedelta(days=300))  # not yet
    assert list(due_files(project, today)) == [due]


def test_switched_off_it_only_shows(login, manager, project, now, monkeypatch):
    due = old(project, now)
    monkeypatch.setattr(clock, "now", lambda: now)
    page = login(manager).get(reverse("customers:retention")).content.decode()
    assert NAME in page
    assert "预演" in page
    assert PHONE not in page
    anonymise(clock.business_date(now), now)
    due.refresh_from_db()
    assert (due.name, due.anonymised_at) == (NAME, None)


def test_people_go_and_figures_stay(on, project, rep, now):
    person = old(project, now, grade="A", visit_count=2, note=f"{NAME}的备注", source="online")
    person.identity_no = Plain("330102199003070038")
    person.save()
    visit = slips(person, rep, now)
    triggers.install()
    anonymise(clock.business_date(now), now)
    person.refresh_from_db()
    visit.refresh_from_db()
    assert (person.name, person.full_name, person.note, person.phone_masked) == (GONE, "", "", "")
    assert (person.identity_no, person.identity_index, person.identity_tail) == ("", "", "")
    assert (person.grade, person.visit_count, person.source) == ("A", 2, "online")
    assert person.anonymised_at == now
    assert (visit.note, visit.grade, visit.received_by) == ("", "B", rep)
    assert not Phone.objects.exists()
    assert not NameGram.objects.exists()
    kept = [*Visit.objects.values(), *Call.objects.values(), *Customer.everyone.values()]
    kept += [*SlipCorrection.objects.values(), *FollowUp.objects.values(), *Event.objects.values()]
    assert NAME not in str(kept)
    assert PHONE not in str(kept)


def test_a_deal_keeps_the_file(on, project, now, monkeypatch):
    person = old(project, now)
    monkeypatch.setattr(CUSTOMER_IN_USE, "_fillers", [lambda ids: [f"认购 {pk}" for pk in ids]])
    anonymise(clock.business_date(now), now)
    person.refresh_from_db()
    assert person.name == NAME


def test_a_live_lease_keeps_the_file(on, project, rep, now):
    person = old(project, now)
    OwnershipLease.objects.create(
        project=project, customer=person, rep=rep, basis="visit", started_at=now, last_effective_at=now,
        expires_on=clock.business_date(now), state="frozen",
    )  # fmt: skip
    assert not due_files(project, clock.business_date(now)).exists()


def test_it_goes_in_batches_and_again_changes_nothing(on, project, now, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 2)
    for n in range(5):
        old(project, now, phone=f"1360217884{n}")
    after = anonymise_due(actor=None, project=project, now=now)
    assert Customer.objects.filter(name=GONE).count() == 2
    assert after
    anonymise(clock.business_date(now), now)
    assert Customer.objects.filter(name=GONE).count() == 5
    assert Event.objects.filter(verb="customers.customer.anonymised").count() == 5
    anonymise(clock.business_date(now), now)
    assert Event.objects.filter(verb="customers.customer.anonymised").count() == 5


def test_what_was_merged_into_it_goes_too(on, project, rep, assistant, manager, now):
    first = old(project, now)
    second = make.customer(project=project, name="慕容雪燕", phone="13602178840", now=now - LONG)
    merge(assistant, manager, first, second, now)
    anonymise(clock.business_date(now), now)
    assert set(Customer.everyone.values_list("name", "aliases")) == {(GONE, "")}
    assert not Phone.objects.exists()


def test_the_number_is_free_again(on, project, rep, now):
    old(project, now)
    anonymise(clock.business_date(now), now)
    visit = services.register_visit(actor=rep, project=project, phone=PHONE, name="罗女士", now=now)
    assert visit.customer.name == "罗女士"


def test_old_visitors_lose_their_names_in_batches(on, project, manager, assistant, now, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 2)
    given = {"actor": assistant, "project": project, "host": manager, "name": "章先生", "purpose": "送报告"}
    for _ in range(3):
        log_visitor(**given, now=now - timedelta(days=5000))
    recent = log_visitor(**given, now=now)
    anonymise(clock.business_date(now), now)
    names = list(Visitor.objects.order_by("pk").values_list("name", "purpose"))
    assert names == [(GONE, GONE)] * 3 + [(recent.name, recent.purpose)]
    assert Event.objects.filter(verb="customers.visitor.anonymised").count() == 3
