"""销控图: what a viewer sees, what it weighs, what it costs, and when nothing is sent."""

import gzip
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inventory.models import Building
from inventory.queries.board import Board, Filters, tabs
from inventory.queries.invariants import (
    board_agrees_with_claims,
    nothing_sold_before_release,
    one_claim_per_unit,
)
from inventory.rules import SIGNS, Evidence, Stage
from inventory.services import reserve_unit
from salesdept import clock
from tests.factories import inventory as stock

pytestmark = pytest.mark.django_db
BUDGET = 80 * 1024


@pytest.fixture(autouse=True)
def monday_morning(now, monkeypatch):
    """The clock of the views stands still."""
    monkeypatch.setattr("salesdept.clock.now", lambda: now)
    return now


def board(room, actor, now, **filters):
    return Board(Building.objects.get(pk=room.building_id), actor, now, Filters(**filters))


def cell(room, actor, now, **filters):
    shown = board(room, actor, now, **filters)
    return next(cell for cell in shown.cells if cell.pk == room.pk)


def cells_url(room, query=""):
    return reverse("inventory:board_cells", args=[room.building_id]) + query


@pytest.mark.parametrize("stage", Stage, ids=str)
def test_each_stage_has_its_sign(stage, room, rep, now):
    stock.claim(room, stage=stage, now=now)
    found = cell(room, rep, now)
    assert found.state == stage.value
    html = "".join(grid for _, grid in board(room, rep, now).grids)
    assert f'<span class="unit__st">{SIGNS[stage.value].char}</span>' in html
    assert f"u-{SIGNS[stage.value].colour}" in html


def test_an_open_room_shows_its_list_price_and_an_unreleased_one_nothing(project, rep, now):
    open_, closed = stock.unit(project, "1603"), stock.unit(project, "1604", released_at=None)
    assert (cell(open_, rep, now).state, cell(open_, rep, now).note) == ("open", "249.4 万")
    assert (cell(closed, rep, now).state, cell(closed, rep, now).note) == ("unreleased", "")


def test_a_lock_shows_the_minutes_left_and_none_when_its_time_is_over(room, colleague, rep, now):
    stock.claim(room, colleague, now=now)
    assert cell(room, rep, now + timedelta(minutes=22)).note == "38 分"
    assert cell(room, rep, now + timedelta(minutes=60)).state == "open"


def test_ones_own_customer_is_named_and_a_colleagues_is_not(room, rep, guest, colleague, manager, now):
    stock.claim(room, rep, guest, stage=Stage.SUBSCRIBED, now=now)
    own, other = cell(room, rep, now), cell(room, colleague, now)
    assert (own.mine, own.note) == (True, f"{guest.name} · 我")
    assert (other.mine, other.note) == (False, "")
    assert cell(room, manager, now).note == "林知远"


def test_a_cells_spoken_name_begins_with_its_visible_text(room, rep, now):
    html = "".join(grid for _, grid in board(room, rep, now).grids)
    assert 'aria-label="1603 可 249.4 万，可售"' in html


def test_a_name_is_escaped(room, rep, guest, now):
    type(guest).objects.update(name="<b>罗</b>")
    stock.claim(room, rep, guest, stage=Stage.SUBSCRIBED, now=now)
    html = "".join(grid for _, grid in board(room, rep, now).grids)
    assert "&lt;b&gt;罗" in html
    assert "<b>罗" not in html


@pytest.mark.parametrize(
    ("filters", "shown"),
    [
        ({}, {"1601", "1602", "1603"}),
        ({"state": "open"}, {"1601", "1602"}),
        ({"state": "subscribed"}, {"1603"}),
        ({"state": "sold"}, {"1603"}),
        ({"state": "mine"}, {"1603"}),
        ({"layout": "两房"}, {"1602"}),
    ],
)
def test_filters_dim_the_others(filters, shown, project, rep, guest, now):
    stock.unit(project, "1601")
    stock.unit(project, "1602", layout="两房")
    room = stock.unit(project, "1603")
    stock.claim(room, rep, guest, stage=Stage.SUBSCRIBED, now=now)
    found = board(room, rep, now, **filters)
    assert {c.room_no for c in found.cells if c.pk in found.shown} == shown


def test_stairs_stand_side_by_side_and_only_one_cell_is_a_tab_stop(project, rep, now):
    room = stock.unit(project, "1601", stair="1")
    stock.unit(project, "1601", stair="2")
    found = board(room, rep, now).grids
    assert [title for title, _ in found] == ["1 单元", "2 单元"]
    assert "".join(grid for _, grid in found).count('tabindex="0"') == 1


def test_the_tabs_say_how_much_is_sold(project, now, rep):
    first, second = stock.building(project, "1"), stock.building(project, "3")
    sold = stock.unit(at=first)
    stock.unit(at=first, room_no="1604")
    stock.claim(sold, stage=Stage.SIGNED, now=now)
    stock.unit(at=second, released_at=None)
    assert [(tab.name, tab.share) for tab in tabs([first, second], first, Filters())] == [
        ("1#", "50%"),
        ("3#", "未推"),
    ]


# --- pages


def test_nothing_changed_answers_304_without_reading_a_room(client, rep, room, now):
    client.force_login(rep)
    first = client.get(cells_url(room))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        again = client.get(cells_url(room), headers={"if-none-match": first["ETag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert first["Cache-Control"] == "private, no-cache"
    assert not [
        q["sql"] for q in queries if "inventory_unit" in q["sql"] or "inventory_reservation" in q["sql"]
    ]
    assert len(queries) <= 4


def test_a_new_claim_a_new_minute_and_another_viewer_are_sent_anew(
    client, rep, guest, colleague, room, now, monkeypatch, published
):
    client.force_login(rep)
    tag = client.get(cells_url(room))["ETag"]

    with published():
        reserve_unit(actor=rep, unit_id=room.pk, customer=guest, evidence=Evidence.DEPOSIT, now=now)
    changed = client.get(cells_url(room), headers={"if-none-match": tag})
    assert changed.status_code == 200
    monkeypatch.setattr("salesdept.clock.now", lambda: now + timedelta(minutes=1))
    later = client.get(cells_url(room), headers={"if-none-match": changed["ETag"]})
    assert later.status_code == 200
    client.force_login(colleague)
    assert client.get(cells_url(room), headers={"if-none-match": later["ETag"]}).status_code == 200


def fill(project, count, now):
    """A building of many rooms, half of them held."""
    rooms = [stock.unit(project, f"{1 + n // 10:02}{1 + n % 10:02}") for n in range(count)]
    for room in rooms[::2]:
        stock.claim(room, stage=Stage.SUBSCRIBED, now=now)
    return rooms


def statements(client, url):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return [q["sql"] for q in queries]


@pytest.mark.parametrize("name", ["inventory:board", "inventory:reservation_list"])
def test_a_page_costs_the_same_with_one_room_and_with_fifty(name, client, manager, project, now):
    client.force_login(manager)
    stock.claim(stock.unit(project, "5001"), stage=Stage.SUBSCRIBED, now=now)
    one = statements(client, reverse(name))
    fill(project, 50, now)
    many = statements(client, reverse(name))
    assert len(one) == len(many) <= 12


def test_the_list_view_costs_no_more(client, manager, project, now):
    client.force_login(manager)
    fill(project, 20, now)
    assert len(statements(client, "/inventory/?view=list")) <= 12


def test_a_board_of_450_rooms_weighs_little(client, rep, project, now):
    client.force_login(rep)
    rooms = [stock.unit(project, f"{1 + n // 15:02}{1 + n % 15:02}") for n in range(450)]
    for room in rooms[::9]:
        stock.claim(room, stage=Stage.SUBSCRIBED, now=now)
    page = client.get(reverse("inventory:board"))
    assert page.content.count(b'role="gridcell"') == 450
    assert len(gzip.compress(page.content, 6)) <= BUDGET


REP_PAGES = (
    "/",
    "/inventory/",
    "/inventory/?view=list",
    "/inventory/units/{u}/",
    "/inventory/units/{u}/confirm/",
    "/inventory/units/{u}/similar/",
    "/inventory/reservations/",
    "/inventory/reservations/{c}/",
)


@pytest.mark.parametrize("path", REP_PAGES)
def test_the_floor_price_is_in_no_statement_of_a_reps_page(path, client, rep, lock, room):
    client.force_login(rep)
    sql = statements(client, path.format(u=room.pk, c=lock.pk))
    assert not [text for text in sql if "floor_price" in text or "channel_floor" in text]
    assert "底价" not in client.get(path.format(u=room.pk, c=lock.pk)).text


def test_another_projects_board_room_and_claim_are_not_there(client, rep, now):
    room = stock.unit()
    claim = stock.claim(room, now=now)
    client.force_login(rep)
    for url in (cells_url(room), f"/inventory/units/{room.pk}/", f"/inventory/reservations/{claim.pk}/"):
        assert client.get(url).status_code == 404
    assert client.post(f"/inventory/units/{room.pk}/reserve/").status_code == 404


def test_without_stock_the_board_says_what_to_do(client, rep, manager):
    for person, words in ((rep, "在这里选房"), (manager, "导入房源")):
        client.force_login(person)
        assert words in client.get(reverse("inventory:board")).text


@pytest.mark.parametrize(
    "query", ["?b=99999999999999999999", "?s=%00", "?like=abc", "?layout=%00%3Cb%3E", "?b=-1", "?like=999999"]
)
def test_odd_addresses_show_the_board(query, client, rep, room):
    client.force_login(rep)
    assert client.get(reverse("inventory:board") + query).status_code == 200


def test_the_board_is_right_after_every_kind_of_claim(project, now):
    for n, stage in enumerate(Stage):
        stock.claim(stock.unit(project, f"{11 + n}01"), stage=stage, now=now)
    assert [*board_agrees_with_claims(), *one_claim_per_unit(), *nothing_sold_before_release()] == []


def test_a_claim_on_an_unreleased_room_is_reported(project, now):
    stock.claim(stock.unit(project, released_at=None), now=now)
    assert list(nothing_sold_before_release()) == ["未推房源 2-1603 已被占用"]


def test_links_stay_on_this_host(client, rep, room):
    client.force_login(rep)
    assert not re.findall(r'(?:href|src|action)="(?:https?:)?//', client.get(reverse("inventory:board")).text)
    assert clock.now()
