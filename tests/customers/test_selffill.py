"""客户自填: one code, one guest, one signature; a wrong or used one answers plainly."""

import json
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse

from customers.models import Customer, SelfFill, Visit
from customers.rules.register import Evidence
from customers.rules.selffill import SIDE, check_signed, read_strokes
from customers.services import end_reception, show_self_fill, sign_self_fill
from customers.services.selffill import token_of
from salesdept import clock
from salesdept.errors import RuleError
from salesdept.models import DoorTry, Event, Notice
from salesdept.verdict import Denied
from tests.factories import customers as make

PHONE = "13602178846"
STROKES = json.dumps([[[x, 100] for x in range(0, 400, 20)]])
SAID = {"phone": PHONE, "name": "罗女士", "consent": True, "strokes": STROKES}


@pytest.mark.parametrize(
    "text",
    [
        "[[1]]",
        "{}x",
        "[[[1,2,3]]]",
        '[[["a",1]]]',
        f"[[[{SIDE + 1},0]]]",
        "[[[-1,0]]]",
        "[[[true,0]]]",
        "[" * 5000,
    ],
    ids=["no points", "no JSON", "three numbers", "words", "outside", "negative", "a truth", "deep"],
)
def test_what_is_no_drawing_is_refused(text):
    with pytest.raises(RuleError) as refusal:
        read_strokes(text)
    assert refusal.value.code == "signature_unreadable"


def test_a_tap_is_no_signature_but_a_typed_name_is():
    with pytest.raises(RuleError):
        check_signed([[[1, 1], [2, 2]]], "  ")
    check_signed([], "罗敏")
    check_signed(read_strokes(STROKES), "")


pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()


@pytest.fixture
def code(rep, turn):
    return show_self_fill(actor=rep, reception_id=turn.pk, now=clock.now())


def sign(code, **changes):
    return sign_self_fill(actor=None, token=token_of(code), now=clock.now(), **{**SAID, **changes})


def test_what_the_guest_signs_is_the_slip(rep, turn, code):
    row = sign(code, layouts=["三房"], area="118㎡", source="online")
    visit = Visit.objects.get()
    assert row.visit == visit
    assert (visit.evidence, visit.state, visit.received_by) == (Evidence.SELF_FILLED, "complete", rep)
    assert visit.happened_at == turn.started_at
    assert (visit.customer.owner, visit.customer.name, visit.customer.consent) == (rep, "罗女士", True)
    assert len(row.signature_hash) == 64
    assert row.strokes
    assert Notice.objects.get(key=f"selffill:{row.pk}").user == rep


def test_the_token_is_not_in_the_database(code):
    token = token_of(code)
    assert len(token) == 43
    assert token not in json.dumps(list(SelfFill.objects.values()), default=str)
    assert PHONE not in reverse("customers:self_fill_form", args=[token])


def test_no_number_in_the_journal(code):
    sign(code)
    assert not any(PHONE in str(event.changes) for event in Event.objects.all())


def test_a_code_dies_with_its_use(code):
    sign(code)
    with pytest.raises(RuleError) as refusal:
        sign(code, phone="13900001111")
    assert refusal.value.code == "self_fill_closed"
    assert Visit.objects.count() == 1


def test_a_code_dies_with_its_time_and_its_reception(rep, turn, code):
    late = clock.now() + timedelta(minutes=31)
    with pytest.raises(RuleError) as refusal:
        sign_self_fill(actor=None, token=token_of(code), now=late, **SAID)
    assert refusal.value.code == "self_fill_closed"
    end_reception(actor=rep, reception_id=turn.pk, now=clock.now())
    with pytest.raises(RuleError):
        sign(code)
    assert not Customer.objects.exists()


def test_a_code_that_is_good_is_shown_again_and_a_stale_one_replaced(rep, turn, code):
    assert show_self_fill(actor=rep, reception_id=turn.pk, now=clock.now()) == code
    later = show_self_fill(actor=rep, reception_id=turn.pk, now=clock.now() + timedelta(minutes=31))
    assert later != code
    code.refresh_from_db()
    assert code.voided_at is not None


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ({"consent": False}, "consent_needed"),
        ({"strokes": ""}, "unsigned"),
        ({"strokes": "["}, "signature_unreadable"),
        ({"phone": "1380000"}, "phone_invalid"),
        ({"name": "··"}, "name_needed"),
    ],
)
def test_a_bad_form_leaves_the_code_alive(change, refused, code):
    with pytest.raises(RuleError) as refusal:
        sign(code, **change)
    assert refusal.value.code == refused
    code.refresh_from_db()
    assert code.signed_at is None
    assert not Customer.objects.exists()
    assert sign(code).visit


def test_a_colleague_shows_no_code_for_anothers_guest(colleague, turn):
    with pytest.raises(Denied):
        show_self_fill(actor=colleague, reception_id=turn.pk, now=clock.now())


def test_a_call_has_no_code(rep):
    call = make.reception(rep, kind="call")
    with pytest.raises(RuleError) as refusal:
        show_self_fill(actor=rep, reception_id=call.pk, now=clock.now())
    assert refusal.value.code == "no_reception"


# --- on screen


def test_the_guest_needs_no_login_and_the_rep_sees_it_arrive(client, login, rep, turn, code):
    address = reverse("customers:self_fill_form", args=[token_of(code)])
    page = client.get(address)
    assert page.status_code == 200
    assert "来访客户登记" in page.content.decode()
    data = {"phone": PHONE, "name": "罗女士", "consent": "on", "strokes": STROKES}
    assert client.post(address, data)["Location"] == reverse("customers:self_fill_done")
    assert client.get(address).status_code == 410
    detail = login(rep).get(reverse("customers:self_fill_detail", args=[code.pk]))
    assert "罗女士 已填写并签名" in detail.content.decode()
    signature = client.get(reverse("customers:self_fill_signature", args=[code.pk]))
    assert signature["Content-Type"] == "image/svg+xml"
    assert "<polyline" in signature.content.decode()


def test_the_reps_page_holds_a_code(login, rep, turn, code):
    page = login(rep).get(reverse("customers:self_fill_detail", args=[code.pk])).content.decode()
    assert "<svg" in page
    assert "style=" not in page.split("<svg")[1].split("</svg>")[0]
    assert token_of(code) in page


def test_a_wrong_address_says_so(client):
    page = client.get(reverse("customers:self_fill_form", args=["x" * 43]))
    assert page.status_code == 404
    assert "已用过或已失效" in page.content.decode()


def test_too_many_tries_of_a_minute_are_stopped(client, frozen, code):
    address = reverse("customers:self_fill_form", args=["x" * 43])
    answers = [client.get(address).status_code for _ in range(22)]
    assert (answers[0], answers[-1]) == (404, 429)
    good = client.get(reverse("customers:self_fill_form", args=[token_of(code)]))
    assert good.status_code == 200


def test_tries_are_counted_for_every_process_and_survive_a_restart(client, frozen, code):
    """The count is a row: an emptied cache, as in another process, changes nothing."""
    address = reverse("customers:self_fill_form", args=["x" * 43])
    for _ in range(20):
        client.get(address)
    cache.clear()
    assert client.get(address).status_code == 429
    assert DoorTry.objects.get().tries == 21


def test_an_unsigned_form_comes_back_with_its_words(client, code):
    address = reverse("customers:self_fill_form", args=[token_of(code)])
    page = client.post(address, {"phone": PHONE, "name": "罗女士", "consent": "on"})
    assert page.status_code == 409
    assert "请签名后再提交" in page.content.decode()
    assert "罗女士" in page.content.decode()
