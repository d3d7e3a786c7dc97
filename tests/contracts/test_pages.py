"""Pages of contracts and money: per role, without JavaScript, at a cost that does not grow with the rows."""

import io
from decimal import Decimal

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image

from attendance.models import ConductCase
from contracts.models import Contract, FieldCheck, Receipt, ReceiptSlip
from inventory.rules import Stage
from tests.factories.contracts import (
    awaiting_money,
    claim,
    draft,
    in_second_review,
    paid,
    record,
    submitted,
)

pytestmark = pytest.mark.django_db
ROLES = ["rep", "assistant", "supervisor", "manager", "cashier", "finance", "director"]
COLLECTIONS = "/contracts/collections/"


@pytest.fixture(autouse=True)
def _the_day(now):
    with time_machine.travel(now, tick=False):
        yield


def png(size=(20, 10), **info) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "white").save(out, format="JPEG", **info)
    return out.getvalue()


@pytest.mark.parametrize("who", ROLES)
@pytest.mark.parametrize("page", ["contract_list", "verification_queue", "collections"])
def test_every_role_gets_a_page(who, page, request, client, rep, assistant, manager, cashier, now):
    awaiting_money(rep, assistant, manager, now)
    submitted(rep, now)
    record(cashier, None, now)
    client.force_login(request.getfixturevalue(who))
    answer = client.get(reverse(f"contracts:{page}"))
    assert answer.status_code == 200
    assert "330102199003070038" not in answer.content.decode()


@pytest.mark.parametrize("make", [draft, submitted], ids=["draft", "in review"])
def test_one_contract_is_a_page_for_its_rep_and_not_there_for_a_colleague(make, client, rep, colleague, now):
    url = reverse("contracts:contract_detail", args=[make(rep, now).pk])
    client.force_login(rep)
    page = client.get(url).content.decode()
    assert "¥1,200,000.00" in page
    assert "壹佰贰拾万元整" in page
    client.force_login(colleague)
    assert client.get(url).status_code == 404


def test_the_whole_way_by_plain_forms(client, rep, assistant, manager, cashier, finance, now):
    reservation = claim(rep, now, stage=Stage.SUBSCRIBED)
    client.force_login(rep)
    url = reverse("contracts:contract_draft", args=[reservation.pk])
    assert client.post(url, {"pay_method": "mortgage", "key": "a"}).status_code == 302
    contract = Contract.objects.get()
    assert client.post(reverse("contracts:contract_submit", args=[contract.pk])).status_code == 302
    for reviewer in (assistant, manager):
        client.force_login(reviewer)
        page = client.get(reverse("contracts:verification_queue"))
        for group in page.context["sheet"].groups:
            for row in group[1]:
                form = {"field": row.fact.key, "ok": "yes"}
                check = reverse("contracts:contract_check", args=[contract.pk])
                assert client.post(check, form).status_code == 302
        assert client.post(reverse("contracts:contract_pass", args=[contract.pk])).status_code == 302
    client.force_login(cashier)
    form = {
        "reservation": reservation.pk, "kind": "down", "amount": "360000", "method": "pos",
        "slip": "Ｐ００１", "payer": "王丽华", "received_on": "2026-11-23", "key": "r",
    }  # fmt: skip
    assert client.post(reverse("contracts:receipt_record"), form).status_code == 302
    receipt = Receipt.objects.get()
    assert receipt.slip_no == "P001"
    client.force_login(finance)
    assert client.post(reverse("contracts:receipt_confirm", args=[receipt.pk])).status_code == 302
    client.force_login(assistant)
    assert client.post(reverse("contracts:contract_sign", args=[contract.pk])).status_code == 302
    contract.refresh_from_db()
    assert contract.state == "signed"


def test_the_sheet_marks_what_differs_and_the_manager_proposes_the_fine(client, rep, assistant, manager, now):
    contract = in_second_review(rep, assistant, now)
    contract.buyers.update(name="王莉华")
    client.force_login(manager)
    page = client.get(reverse("contracts:verification_queue")).content.decode()
    assert "王<mark>莉</mark>华" in page
    check = reverse("contracts:contract_check", args=[contract.pk])
    assert client.post(check, {"field": "buyer_name", "ok": "no"}).status_code == 302
    page = client.get(reverse("contracts:verification_queue")).content.decode()
    assert "1 字 × ¥50.00" in page
    assert client.post(reverse("contracts:contract_return", args=[contract.pk])).status_code == 302
    assert ConductCase.objects.get().amount == Decimal("50.00")


def test_a_tick_by_htmx_answers_with_the_sheet_alone(client, rep, assistant, now):
    contract = submitted(rep, now)
    client.force_login(assistant)
    url = reverse("contracts:contract_check", args=[contract.pk])
    answer = client.post(url, {"field": "buyer_name", "ok": "yes"}, headers={"HX-Request": "true"})
    body = answer.content.decode()
    assert 'id="work"' in body
    assert "<html" not in body
    assert "已核 1 / 11" in body


def test_a_refusal_shows_the_page_again_with_its_reason(client, rep, assistant, now):
    contract = submitted(rep, now)
    client.force_login(assistant)
    answer = client.post(reverse("contracts:contract_pass", args=[contract.pk]))
    assert answer.status_code == 409
    assert "还有 11 项未核" in answer.content.decode()
    contract.refresh_from_db()
    assert contract.state == "first"


@pytest.mark.parametrize("who", ["rep", "assistant", "manager", "finance", "director"])
def test_the_record_form_is_the_cashiers_alone(who, request, client, cashier, now):
    client.force_login(request.getfixturevalue(who))
    assert 'id="record"' not in client.get(COLLECTIONS).content.decode()
    assert client.post(reverse("contracts:receipt_record"), {}).status_code == 403
    client.force_login(cashier)
    assert 'id="record"' in client.get(COLLECTIONS).content.decode()


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": "-5"},
        {"amount": "1.234"},
        {"amount": "1e309"},
        {"amount": ""},
        {"received_on": "2026-02-30"},
        {"reservation": "999999"},
        {"slip": "\x00"},
        {"payer": ""},
        {"kind": "gold"},
    ],
    ids=str,
)
def test_a_wrong_receipt_form_is_said_and_changes_nothing(wrong, client, cashier, rep, now):
    reservation = claim(rep, now)
    client.force_login(cashier)
    form = {
        "reservation": reservation.pk, "kind": "deposit", "amount": "20000", "method": "pos", "slip": "P1",
        "payer": "王丽华", "received_on": "2026-11-23", **wrong,
    }  # fmt: skip
    assert client.post(reverse("contracts:receipt_record"), form).status_code == 422
    assert not Receipt.objects.exists()


# --- slips


def test_a_slip_is_cleaned_renamed_and_served_as_an_attachment(
    client, cashier, rep, colleague, now, settings, tmp_path
):
    settings.MEDIA_ROOT = tmp_path
    reservation = claim(rep, now)
    exif = Image.Exif()
    exif[0x010F] = "secret phone"
    photo = SimpleUploadedFile("../../小票.jpg", png(exif=exif), content_type="text/html")
    client.force_login(cashier)
    form = {
        "reservation": reservation.pk, "kind": "deposit", "amount": "20000", "method": "pos", "slip": "P1",
        "payer": "王丽华", "received_on": "2026-11-23", "photo": photo,
    }  # fmt: skip
    assert client.post(reverse("contracts:receipt_record"), form).status_code == 302
    slip = ReceiptSlip.objects.get()
    assert slip.content_type == "image/jpeg"
    assert "小票" not in slip.file.name
    with slip.file.open("rb") as file:
        assert b"secret phone" not in file.read()
    url = reverse("contracts:slip_download", args=[slip.pk])
    client.force_login(rep)
    answer = client.get(url)
    assert answer["Content-Disposition"].startswith("attachment")
    assert b"".join(answer.streaming_content)
    client.force_login(colleague)
    assert client.get(url).status_code == 404


@pytest.mark.parametrize(
    "content",
    [b"", b"<html>", b"MZ\x90\x00", b"\xff\xd8\xff but not a picture", b"GIF89a..........."],
    ids=["empty", "html", "exe", "broken jpeg", "gif"],
)
def test_a_file_that_is_no_slip_is_refused_and_no_money_recorded(content, client, cashier, rep, now):
    reservation = claim(rep, now)
    client.force_login(cashier)
    form = {
        "reservation": reservation.pk, "kind": "deposit", "amount": "20000", "method": "pos", "slip": "P1",
        "payer": "王丽华", "received_on": "2026-11-23", "photo": SimpleUploadedFile("a.jpg", content),
    }  # fmt: skip
    assert client.post(reverse("contracts:receipt_record"), form).status_code in (409, 422)
    assert not Receipt.objects.exists()
    reservation.refresh_from_db()
    assert reservation.stage == Stage.LOCK


# --- cost


def _count(client, url) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def _many(rep, now, count):
    first = submitted(rep, now)
    for _ in range(count - 1):
        submitted(rep, now, customer=first.reservation.customer)


@pytest.mark.parametrize(
    ("who", "page", "limit"),
    [
        ("manager", "contract_list", 12),
        ("assistant", "verification_queue", 20),
        ("finance", "collections", 20),
    ],
)
def test_a_page_costs_the_same_for_few_rows_and_for_many(
    who, page, limit, client, request, rep, cashier, now
):
    client.force_login(request.getfixturevalue(who))
    url = reverse(f"contracts:{page}")
    _many(rep, now, 1)
    for reservation in (claim(rep, now, stage=Stage.SUBSCRIBED), None):
        record(cashier, reservation, now)
    one = _count(client, url)
    _many(rep, now, 20)
    for _ in range(20):
        record(cashier, None, now)
    assert _count(client, url) == one <= limit


def test_a_field_is_ticked_once_per_round(client, rep, assistant, now):
    contract = submitted(rep, now)
    client.force_login(assistant)
    for ok in ("yes", "yes"):
        url = reverse("contracts:contract_check", args=[contract.pk])
        assert client.post(url, {"field": "total", "ok": ok}).status_code == 302
    assert FieldCheck.objects.count() == 1


def test_paid_and_outstanding_make_the_price_on_the_page(
    client, rep, assistant, manager, cashier, finance, now
):
    contract = awaiting_money(rep, assistant, manager, now)
    paid(contract, cashier, finance, now, amount=Decimal("100000.01"))
    client.force_login(rep)
    page = client.get(reverse("contracts:contract_detail", args=[contract.pk])).content.decode()
    assert "总价 ¥1,200,000.00 = 已收 ¥100,000.01 + 未收 ¥1,099,999.99" in page
