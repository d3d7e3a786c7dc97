"""Locking through the pages, with and without JavaScript, and the other verbs' forms."""

from datetime import timedelta

import pytest
from django.urls import reverse

from inventory.models import Reservation, Unit
from inventory.queries.claims import find_claims, find_units
from inventory.rules import Stage
from regulations.models import Request
from salesdept.models import IdempotencyKey
from tests.factories import inventory as stock
from tests.factories.customers import customer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def monday_morning(now, monkeypatch):
    monkeypatch.setattr("salesdept.clock.now", lambda: now)


def reserve(client, room, guest, key="k", **more):
    url = reverse("inventory:unit_reserve", args=[room.pk])
    return client.post(url, {"customer": guest.pk, "evidence": "deposit", "key": key}, **more)


def test_a_plain_form_locks_and_leads_to_the_reservation(client, rep, room, guest):
    client.force_login(rep)
    response = reserve(client, room, guest)
    claim = Reservation.objects.get()
    assert response.url == reverse("inventory:reservation_detail", args=[claim.pk])
    page = client.get(response.url)
    assert "已锁定 2#-1603，至今天 11:00" in page.text
    assert IdempotencyKey.objects.count() == 1


def test_a_taken_room_answers_409_with_free_rooms_like_it(client, rep, room, guest, project, now):
    near = stock.unit(project, "1503")
    stock.unit(project, "1403", layout="两房")
    stock.claim(room, now=now)
    client.force_login(rep)
    response = reserve(client, room, guest)
    assert response.status_code == 409
    assert "2#-1603 已被许若晴临时锁定" in response.text
    assert reverse("inventory:unit_detail", args=[near.pk]) in response.text
    assert "2#-1403" not in response.text
    assert Reservation.objects.count() == 1
    assert client.get(reverse("inventory:unit_similar", args=[room.pk])).text.count("2#-1503") == 1


def test_htmx_gets_the_refusal_alone(client, rep, room, guest, now):
    stock.claim(room, now=now)
    client.force_login(rep)
    response = reserve(client, room, guest, headers={"hx-request": "true"})
    assert (response.status_code, response["HX-Retarget"]) == (409, "#refusal")
    assert 'data-code="unit_taken"' in response.text
    assert reverse("inventory:unit_similar", args=[room.pk]) in response.text


def test_a_colleagues_customer_is_no_choice(client, rep, room, guest, other_guest):
    client.force_login(rep)
    response = reserve(client, room, other_guest)
    assert response.status_code == 422
    assert "这位客户不在你名下" in response.text
    assert other_guest.name not in response.text
    assert not Reservation.objects.exists()


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"customer": "x"},
        {"customer": "1" * 30},
        {"customer": "\0", "evidence": "deposit"},
        {"evidence": "gift"},
    ],
)
def test_bad_input_is_answered_with_422_and_no_change(data, client, rep, room):
    client.force_login(rep)
    assert client.post(reverse("inventory:unit_reserve", args=[room.pk]), data).status_code == 422
    assert not Reservation.objects.exists()


def test_the_panel_offers_the_two_buttons_and_the_customer_being_received(client, rep, room, guest, now):
    other = customer(owner=rep, name="赵文博", now=now)
    client.force_login(rep)
    page = client.get(
        reverse("inventory:unit_detail", args=[room.pk]),
        {"customer": guest.pk},
        headers={"hx-request": "true"},
    )
    assert "<html" not in page.text
    assert "凭定金锁定" in page.text
    assert "凭证件锁定" in page.text
    assert "锁定 60 分钟" in page.text
    assert f'value="{guest.pk}" selected' in page.text
    assert other.name in page.text


def test_the_confirmation_is_a_dialog_or_a_page(client, rep, room, guest):
    client.force_login(rep)
    url = reverse("inventory:unit_confirm", args=[room.pk])
    assert client.get(url, headers={"hx-request": "true"}).text.startswith("<dialog")
    assert "<html" in client.get(url).text


def test_a_dead_button_says_why(client, cashier, rep, lock, project):
    room = stock.unit(project, "1503")
    client.force_login(rep)
    assert "你已有 1 套在临时锁定" in client.get(reverse("inventory:unit_detail", args=[room.pk])).text
    client.force_login(cashier)
    assert "案场收银不能锁定房源" in client.get(reverse("inventory:unit_detail", args=[room.pk])).text


def test_the_manager_keeps_blocks_and_frees_from_the_pages(client, manager, room, guest, now):
    client.force_login(manager)
    until = (now + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    client.post(
        reverse("inventory:unit_hold", args=[room.pk]),
        {"customer": guest.pk, "until": until, "reason": "等家人"},
    )
    claim = Reservation.objects.get()
    assert claim.stage == Stage.KEPT
    later = (now + timedelta(days=2)).strftime("%Y-%m-%d %H:%M")
    client.post(
        reverse("inventory:reservation_extend", args=[claim.pk]), {"until": later, "reason": "再等一天"}
    )
    client.post(reverse("inventory:reservation_release", args=[claim.pk]), {"reason": "不来了"})
    client.post(reverse("inventory:unit_block", args=[room.pk]), {"reason": "样板间"})
    blocked = Reservation.objects.live().get()
    client.post(
        reverse("inventory:reservation_end", args=[blocked.pk]), {"why": "unblocked", "reason": "拆除"}
    )
    claim.refresh_from_db()
    assert (claim.expires_at, claim.end_reason) == (now + timedelta(days=2), "released")
    assert [c.end_reason for c in Reservation.objects.order_by("pk")] == ["released", "unblocked"]


def test_a_reps_hold_and_release_file_requests(client, rep, room, guest, lock, project, now):
    client.force_login(rep)
    until = (now + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    other = stock.unit(project, "1503")
    client.post(
        reverse("inventory:unit_hold", args=[other.pk]),
        {"customer": guest.pk, "until": until, "reason": "等家人"},
    )
    client.post(reverse("inventory:reservation_release", args=[lock.pk]), {"reason": "换一套"})
    assert set(Request.objects.values_list("kind", flat=True)) == {"inventory.hold", "inventory.release"}
    assert Reservation.objects.live().get() == lock


@pytest.mark.parametrize("verb", ["release", "extend", "end"])
def test_an_empty_form_gets_its_page_back(verb, client, manager, lock):
    client.force_login(manager)
    response = client.post(reverse(f"inventory:reservation_{verb}", args=[lock.pk]), {})
    assert response.status_code == 422
    assert Reservation.objects.live().exists()


def test_another_reps_claim_answers_as_a_missing_one(client, colleague, lock):
    client.force_login(colleague)
    assert client.get(reverse("inventory:reservation_detail", args=[lock.pk])).status_code == 404
    assert "2#-1603" not in client.get(reverse("inventory:reservation_list")).text


def test_prices_are_approved_by_a_second_person_and_rooms_released_by_the_manager(
    client, assistant, manager, project, now
):
    from inventory.services import create_units
    from tests.inventory.test_bulk import row

    create_units(actor=assistant, project=project, rows=[row()], batch_id=None, now=now)
    unit = Unit.objects.get()
    prices = unit.prices.get().price_list
    client.force_login(manager)
    refused = client.post(reverse("inventory:building_release", args=[unit.building_id]))
    assert (refused.status_code, "缺已批准的表价" in refused.text) == (409, True)
    client.post(reverse("inventory:prices_approve", args=[prices.pk]))
    client.post(reverse("inventory:building_release", args=[unit.building_id]))
    unit.refresh_from_db()
    assert unit.released_at == now


@pytest.mark.parametrize("q", ["2-1603", "2#1603", "2栋1603", "２－１６０３", "2号楼1603室", "1603"])
def test_a_room_is_found_by_any_spelling(q, rep, room, project):
    stock.unit(project, "1604")
    assert [hit.title for hit in find_units(rep, q, 10)] == ["2#-1603"]


@pytest.mark.parametrize("q", ["", "王丽华", "13800001234", "9-1603", "\0", "1" * 300])
def test_what_is_no_room_finds_none(q, rep, room):
    assert find_units(rep, q, 10) == []


def test_a_reservation_is_found_by_its_number_by_those_who_may_see_it(rep, colleague, room, guest, now):
    claim = stock.claim(room, rep, guest, stage=Stage.SUBSCRIBED, now=now)
    for q in (claim.number, claim.number.lower(), claim.number.replace("-", " ")):
        assert [hit.title for hit in find_claims(rep, q, 10)] == [claim.number]
    assert find_claims(colleague, claim.number, 10) == []


@pytest.mark.parametrize(
    ("who", "stage", "title"),
    [
        ("rep", Stage.LOCK, "快到期"),
        ("manager", Stage.LOCK, "正在锁定与保留"),
        ("finance", Stage.PAID, "收款待确认"),
    ],
)
def test_today_shows_what_waits_for_whom(who, stage, title, client, rep, guest, room, now, request):
    from salesdept.slots import home_cards

    stock.claim(room, rep, guest, stage=stage, now=now)
    cards = home_cards(None, request.getfixturevalue(who), now)
    [data] = [card["data"] for card in cards if card["template"] == "inventory/card_claims.html"]
    assert (data["title"], [row.room for row in data["rows"]]) == (title, ["2#-1603"])


@pytest.mark.parametrize("chosen", ["²", "９", "1" * 30, "-1", "x"])
def test_a_customer_that_is_no_number_is_a_wrong_form(chosen, client, rep, room):
    client.force_login(rep)
    url = reverse("inventory:unit_reserve", args=[room.pk])
    assert client.post(url, {"customer": chosen, "evidence": "deposit"}).status_code == 422
    assert not Reservation.objects.exists()
