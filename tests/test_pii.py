"""No number and no identity leaves the tables in clear: pages, exports, journal, notices, logs.

The owner's own 拨打 and 查看 are the only answers that show one; each stands in the register of looks.
"""

import io
import json
import logging
import re
import zipfile

import pytest
from django.apps import apps
from django.db.models import CharField, JSONField, TextField
from django.urls import reverse

from customers.models import Customer, Phone
from salesdept.models import Reveal
from tests.addresses import QUERIES, args_of, form_of
from tests.test_access import ROWS
from tests.world import IDENTITIES, VISITORS, undone

pytestmark = pytest.mark.django_db
# The one place a number is stored in clear, and what people type before it is read: uploaded cells.
STORED = {
    "customers.phone.number": "the number itself: unique, and dialled",
    "customers.phone.reversed": "the number for search by its last digits",
    "customers.publicnumber.number": "the number of nobody",
    "customers.channelagent.phone": "an agent of a partner company, no customer",
    "customers.channelfiling.number": "what a channel filed, to be matched at the door",
    "customers.referral.number": "whom an owner introduces, to be matched at the door",
    "contracts.buyer.phone": "the buyer's number on the contract's own paper",
    "salesdept.importrow.cells": "the uploaded sheet until it is imported or discarded",
}
SHOWS = {"customers:customer_dial", "customers:customer_reveal", "customers:recall_dial"}
GETS = [name for verb, name in ROWS if verb == "GET"]
POSTS = [name for verb, name in ROWS if verb == "POST" and name not in SHOWS]
LEAVE = re.compile(r"[\s\-]|&#?\w+;")


def secrets(house):
    numbers = Phone.objects.values_list("number", flat=True)
    return [*numbers, *house.world.phones, *IDENTITIES]


def text_of(response) -> str:
    """The words of an answer; a workbook is opened."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    if body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as book:
            body = b" ".join(book.read(name) for name in book.namelist())
    return body.decode("utf-8", "ignore") + str(response.headers)


def found_in(text: str, words) -> list[str]:
    bare = LEAVE.sub("", text)
    return sorted({word for word in words if word in text or word in bare})


@pytest.mark.parametrize("visitor", VISITORS)
def test_no_page_shows_a_number(visitor, house):
    wanted, leaks = secrets(house), {}
    with undone():
        for name in GETS:
            client = house.client(visitor)
            answer = client.get(reverse(name, args=args_of(name, house.world)), QUERIES.get(name))
            if leaked := found_in(text_of(answer), wanted):
                leaks[name] = leaked
    # The outsider's own sheet page and the fault list of an upload show the cells that are to be mended.
    assert {name: words for name, words in leaks.items() if not name.startswith("import_")} == {}


@pytest.mark.parametrize("visitor", ["rep", "assistant", "manager"])
def test_no_answer_to_a_form_shows_a_number(visitor, house, caplog):
    """Every verb with good data, and once more with the form's own number echoed to its sender only."""
    wanted, leaks = secrets(house), {}
    for name in POSTS:
        with undone(), caplog.at_level(logging.DEBUG):
            given = form_of(name, house.world)
            sent = " ".join(str(value) for value in given.values())
            client = house.client(visitor)
            answer = client.post(reverse(name, args=args_of(name, house.world)), given)
            leaked = [word for word in found_in(text_of(answer), wanted) if word not in sent]
            if leaked:
                leaks[name] = leaked
    assert leaks == {}
    assert found_in(caplog.text, wanted) == []


def columns():
    """Every text and JSON column of the house, journal rows, notices, reminders and requests among them."""
    for model in apps.get_models():
        if model._meta.app_label not in ("salesdept", "regulations", "attendance", "customers", "inventory",
                                         "contracts", "commissions", "performance"):  # fmt: skip
            continue
        for field in model._meta.concrete_fields:
            if isinstance(field, CharField | TextField | JSONField):
                yield model, field


def test_no_column_keeps_a_number_but_the_phones(house):
    wanted, leaks = secrets(house), {}
    with undone():
        for name in POSTS:  # fill journal, notices and requests with what every verb writes
            for visitor in ("rep", "assistant", "manager"):
                client = house.client(visitor)
                client.post(reverse(name, args=args_of(name, house.world)), form_of(name, house.world))
                break
        for model, field in columns():
            label = f"{model._meta.label_lower}.{field.name}"
            if label in STORED:
                continue
            values = model._base_manager.values_list(field.attname, flat=True)
            text = json.dumps(list(values), ensure_ascii=False, default=str)
            if leaked := found_in(text, wanted):
                leaks[label] = leaked
    assert leaks == {}


def test_the_scan_finds_what_it_looks_for(house):
    """The control: the tables that do hold numbers are found to hold them."""
    wanted = secrets(house)
    assert len(set(wanted)) > 10
    text = str(list(Phone.objects.values_list("number", flat=True)))
    assert set(found_in(text, wanted)) == set(Phone.objects.values_list("number", flat=True))
    assert found_in("电话 139-0000-1111", ["13900001111"]) == ["13900001111"]


def test_only_the_owner_sees_a_number_and_each_look_is_kept(house):
    """拨打 by the owner, 回访抽查 and 查看 with a reason: shown once, and in the register of looks."""
    wanted = secrets(house)
    for name in sorted(SHOWS):
        for visitor in VISITORS:
            with undone():
                before = Reveal.objects.count()
                client = house.client(visitor)
                answer = client.post(
                    reverse(name, args=args_of(name, house.world)), form_of(name, house.world)
                )
                shown = bool(found_in(text_of(answer), wanted))
                assert shown == (answer.status_code == 200), (name, visitor)
                assert Reveal.objects.count() == before + shown, (name, visitor)
                if name == "customers:customer_dial":
                    assert not shown or visitor == "rep"


def test_no_identity_number_is_stored_in_clear(house):
    sealed = [row.identity_no for row in Customer.everyone.all() if row.identity_no]
    assert sealed
    assert found_in(" ".join(sealed), IDENTITIES) == []
