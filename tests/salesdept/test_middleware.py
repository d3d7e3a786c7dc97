"""Refusals become pages once for all views; sessions idle out by role; personal pages are never kept."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from salesdept import clock
from salesdept.middleware import IDLE_COOKIE
from salesdept.models import Notice
from salesdept.rules import IDLE_MINUTES, Role
from salesdept.slots import HOME_CARDS
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.salesdept.probe_urls")]

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def probe_templates(settings):
    [engine] = settings.TEMPLATES
    here = Path(__file__).parent / "templates"
    settings.TEMPLATES = [{**engine, "DIRS": [*engine["DIRS"], here]}]


@pytest.fixture
def desk(rep):
    client = Client()
    client.force_login(rep)
    return client


def key_in(response):
    return re.search(r'name="key" value="(\w+)"', response.text)[1]


# --- refusals


def test_a_plain_form_comes_back_with_its_values_and_a_new_key(desk):
    response = desk.post("/probe/form/", {"note": "taken", "key": "old"})
    assert response.status_code == 409
    assert 'name="note" value="taken"' in response.text
    assert key_in(response) != "old"
    assert len(key_in(response)) == 32
    assert "2-1503 刚被锁定" in response.text
    assert 'data-code="unit_taken"' in response.text


def test_htmx_gets_the_refusal_alone_aimed_at_its_place(desk):
    response = desk.post("/probe/form/", {"note": "taken"}, headers=HTMX)
    assert response.status_code == 409
    assert (response["HX-Retarget"], response["HX-Reswap"]) == ("#refusal", "innerHTML")
    assert "2-1503 刚被锁定" in response.text
    assert "看看还有哪些在售" in response.text
    assert "/inventory/" in response.text
    assert "没有任何改动" in response.text
    assert "<html" not in response.text


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_a_denial_is_a_403_with_its_reason(desk, headers):
    response = desk.post("/probe/form/", {"note": "forbidden"}, headers=headers)
    assert response.status_code == 403
    assert "销售代表不能确认收款" in response.text
    assert "请财务办理" in response.text
    assert 'data-code="denied"' in response.text


def test_a_view_that_kept_no_page_gets_the_refusal_page(desk):
    response = desk.post("/probe/bare/")
    assert response.status_code == 409
    assert "没有办成" in response.text
    assert "2-1503 刚被锁定" in response.text


def test_a_bug_is_no_refusal(desk):
    desk.raise_request_exception = False
    assert desk.post("/probe/form/", {"note": "bug"}).status_code == 500


@pytest.mark.parametrize(("headers", "status"), [({}, 302), (HTMX, 204)], ids=["plain", "htmx"])
def test_what_is_allowed_goes_on(desk, headers, status):
    response = desk.post("/probe/form/", {"note": "fine"}, headers=headers)
    assert response.status_code == status
    assert (response.headers.get("Location") or response.headers.get("HX-Redirect")) == "/mine/"


# --- idle sessions


@pytest.fixture
def clock_at(monkeypatch, now):
    """Sets the edge's clock to minutes after ten o'clock."""

    def at(minutes):
        monkeypatch.setattr(clock, "now", lambda: now + timedelta(minutes=minutes))

    at(0)
    return at


@pytest.mark.parametrize("role", list(Role))
def test_a_session_ends_when_its_role_was_idle_too_long(role, project, clock_at):
    limit = IDLE_MINUTES[role]
    client = Client()
    client.force_login(factories.user(role, project=project))
    assert client.get("/mine/").status_code == 200
    clock_at(limit)
    assert client.get("/mine/").status_code == 200, "exactly the limit is still in time"
    clock_at(2 * limit + 1)
    response = client.get("/mine/")
    assert response.status_code == 302
    assert response["Location"].startswith("/login/")
    clock_at(2 * limit + 2)
    assert client.get("/mine/").status_code == 302, "and it stays ended"


def test_money_desks_end_sooner_than_a_phone_in_the_hall():
    assert IDLE_MINUTES[Role.FINANCE] < IDLE_MINUTES[Role.MANAGER] < IDLE_MINUTES[Role.REP]


def test_the_mark_is_renewed_once_a_minute_at_most(desk, clock_at):
    def marked():
        return IDLE_COOKIE in desk.get("/mine/").cookies

    assert [marked(), marked()] == [True, False]
    clock_at(1)
    assert marked()


def test_the_mark_of_somebody_else_counts_for_nothing(desk, colleague, clock_at):
    other = Client()
    other.force_login(colleague)
    other.get("/mine/")
    desk.cookies[IDLE_COOKIE] = other.cookies[IDLE_COOKIE].value
    assert IDLE_COOKIE in desk.get("/mine/").cookies


def test_a_mark_cannot_be_forged(desk, manager, clock_at):
    desk.get("/mine/")
    desk.cookies[IDLE_COOKIE] = desk.cookies[IDLE_COOKIE].value + "x"
    assert IDLE_COOKIE in desk.get("/mine/").cookies


def test_whoever_leaves_is_out_at_once(desk, rep, clock_at):
    rep.active_to = clock.business_date(clock.now()) - timedelta(days=1)
    rep.save(update_fields=["active_to"])
    assert desk.get("/mine/").status_code == 302


# --- what browsers may keep


def test_personal_pages_are_not_kept(desk):
    assert desk.get("/mine/")["Cache-Control"] == "no-store, private"


def test_a_refusal_is_not_kept_either(desk):
    assert "no-store" in desk.post("/probe/form/", {"note": "taken"})["Cache-Control"]


def test_a_view_may_decide_for_itself(desk):
    response = desk.get("/probe/cached/")
    assert (response["Cache-Control"], response["ETag"]) == ("private, max-age=3", '"1"')


# --- reading writes nothing

PAGES = ["/", "/mine/", "/notices/", "/notices/bell/", "/shortcuts/", "/about/", "/password/"]


@pytest.mark.parametrize("path", PAGES)
def test_a_get_writes_nothing_and_opens_no_transaction(desk, rep, path, now, monkeypatch):
    monkeypatch.setattr(HOME_CARDS, "_fillers", [])
    Notice.objects.create(user=rep, key="k", title="新消息", at=now)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        response = desk.get(path)
    assert response.status_code in (200, 302)
    verbs = {query["sql"].split()[0].upper() for query in queries}
    assert verbs <= {"SELECT", "WITH"}, path


def test_control_a_post_does_write(desk, rep, now):
    Notice.objects.create(user=rep, key="k", title="新消息", at=now)
    with CaptureQueriesContext(connection) as queries:
        desk.post("/notices/read/")
    assert any(query["sql"].startswith("UPDATE") for query in queries)


def test_a_form_without_its_token_is_refused(rep):
    client = Client(enforce_csrf_checks=True)
    client.force_login(rep)
    assert client.post("/probe/form/", {"note": "fine"}).status_code == 403
