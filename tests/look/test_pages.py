"""Pages of the frame, through the front door."""

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from salesdept import clock
from salesdept.models import Event, Notice
from salesdept.shell import current_project
from tests import factories

PASSWORD = "a-good-long-password"
PAGES = ["home", "mine", "notice_list", "shortcuts", "about", "password_change"]


@pytest.fixture
def told(rep, now):
    return Notice.objects.create(user=rep, key="k", title="签约截止", url="/mine/", at=now)


@pytest.fixture
def as_rep(client, rep):
    rep.set_password(PASSWORD)
    rep.save()
    client.force_login(rep)
    return client


@pytest.mark.parametrize("name", PAGES)
def test_a_page_stands_and_is_not_kept_by_the_browser(as_rep, name):
    answer = as_rep.get(reverse(name))
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert "unsafe" not in answer["Content-Security-Policy"]


@pytest.mark.parametrize("name", PAGES)
def test_a_stranger_is_sent_to_the_door(client, db, name):
    assert client.get(reverse(name)).url.startswith(reverse("login"))


@pytest.mark.parametrize("name", PAGES)
def test_looking_writes_nothing(as_rep, name, django_assert_max_num_queries):
    with django_assert_max_num_queries(20 if name == "home" else 12) as seen:
        as_rep.get(reverse(name))
    assert [q["sql"] for q in seen.captured_queries if not q["sql"].startswith(("SELECT", "PRAGMA"))] == []


def test_no_page_of_the_frame_carries_a_password_or_a_whole_phone(as_rep, rep):
    rep.phone = "13812341234"
    rep.save()
    assert b"13812341234" not in as_rep.get(reverse("mine")).content


def test_a_missing_page_keeps_the_frame_for_people_and_not_for_strangers(as_rep, client, db):
    assert "没有这个页面" in (page := as_rep.get("/nowhere/")).content.decode()
    assert 'class="sidebar"' in page.content.decode()
    client.logout()
    page = client.get("/nowhere/")
    assert page.status_code == 404
    assert 'class="sidebar"' not in page.content.decode()


def test_the_page_of_an_own_failure_needs_nothing(rf):
    from django.views.defaults import server_error

    answer = server_error(rf.get("/"))
    assert answer.status_code == 500
    assert "这一步没有完成" in answer.content.decode()


def test_a_form_from_elsewhere_is_answered_in_chinese(db, rep):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(rep)
    answer = strict.post(reverse("notice_read_all"))
    assert answer.status_code == 403
    assert "页面放得太久了" in answer.content.decode()


# --- notices


def test_reading_a_notice_marks_it_and_goes_where_it_points(as_rep, told):
    answer = as_rep.post(reverse("notice_read", args=[told.pk]))
    told.refresh_from_db()
    assert answer.url == "/mine/"
    assert told.read_at is not None


def test_a_notice_never_leads_outside(as_rep, told):
    Notice.objects.filter(pk=told.pk).update(url="https://example.com/")
    assert as_rep.post(reverse("notice_read", args=[told.pk])).url == reverse("notice_list")


def test_anothers_notice_is_missing(as_rep, colleague, now):
    foreign = Notice.objects.create(user=colleague, key="x", title="别人的", at=now)
    assert as_rep.post(reverse("notice_read", args=[foreign.pk])).status_code == 404
    foreign.refresh_from_db()
    assert foreign.read_at is None
    assert "别人的" not in as_rep.get(reverse("notice_list")).content.decode()


def test_all_notices_are_read_at_once_and_only_mine(as_rep, told, colleague, now):
    foreign = Notice.objects.create(user=colleague, key="x", title="别人的", at=now)
    as_rep.post(reverse("notice_read_all"))
    told.refresh_from_db(), foreign.refresh_from_db()
    assert (told.read_at is None, foreign.read_at) == (False, None)


def test_notices_page_by_key(as_rep, rep, now):
    Notice.objects.bulk_create(Notice(user=rep, key=str(n), title=f"第{n}条", at=now) for n in range(60))
    first = as_rep.get(reverse("notice_list"))
    older = first.context["older"]
    second = as_rep.get(reverse("notice_list"), {"before": older})
    seen = [n.pk for page in (first, second) for n, _ in page.context["shown"]]
    assert len(seen) == len(set(seen)) == 60
    assert second.context["older"] == ""


@pytest.mark.parametrize("before", ["x", "-1", "９", "9" * 40, "1 OR 1"])
def test_a_broken_page_key_shows_the_first_page(as_rep, told, before):
    assert len(as_rep.get(reverse("notice_list"), {"before": before}).context["shown"]) == 1


def test_the_menu_under_the_bell_is_a_fragment_only(as_rep, told):
    fragment = as_rep.get(reverse("notice_recent"), headers={"HX-Request": "true"}).content.decode()
    assert fragment.startswith("<dialog")
    assert "签约截止" in fragment
    assert as_rep.get(reverse("notice_recent")).url == reverse("notice_list")


def test_the_bell_says_304_while_the_count_stands(as_rep, told, rep, now):
    first = as_rep.get(reverse("notice_bell"))
    assert "1 条未读" in first.content.decode()
    again = as_rep.get(reverse("notice_bell"), headers={"If-None-Match": first["ETag"]})
    Notice.objects.create(user=rep, key="2", title="又一条", at=now)
    after = as_rep.get(reverse("notice_bell"), headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, after.status_code) == (304, 200)


# --- theme, project, password


def test_the_theme_is_a_cookie_of_the_device(client, db):
    answer = client.post(reverse("theme_set"), {"theme": "dark", "next": "/login/"})
    assert (answer.url, answer.cookies["theme"].value) == ("/login/", "dark")
    assert b'data-theme="dark"' in client.get(reverse("login")).content
    client.post(reverse("theme_set"), {"theme": "auto"})
    assert b"data-theme=" not in client.get(reverse("login")).content


def test_no_address_outside_is_followed(client, db):
    assert client.post(reverse("theme_set"), {"theme": "dark", "next": "//example.com/"}).url == "/"


def test_one_switches_between_own_projects_only(as_rep, rep):
    second, foreign = factories.ProjectFactory(), factories.ProjectFactory()
    rep.projects.add(second)
    assert as_rep.post(reverse("project_switch"), {"project": second.pk, "next": "/mine/"}).url == "/mine/"
    assert current_project(as_rep.get(reverse("mine")).wsgi_request) == second
    assert as_rep.post(reverse("project_switch"), {"project": foreign.pk}).status_code == 404
    assert as_rep.post(reverse("project_switch"), {"project": "x"}).status_code == 404


def test_a_changed_password_counts_from_now_and_the_journal_does_not_know_it(as_rep, rep):
    new = "an-even-better-password"
    data = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    answer = as_rep.post(reverse("password_change"), data)
    rep.refresh_from_db()
    assert rep.check_password(new)
    assert [str(m) for m in get_messages(answer.wsgi_request)] == ["密码已更换"]
    assert as_rep.get(reverse("mine")).status_code == 200
    event = Event.objects.get(verb="salesdept.user.password_changed")
    assert new not in str(event.changes)


@pytest.mark.parametrize("new", ["short", "123456789012345", "password12345"])
def test_a_weak_password_changes_nothing(as_rep, rep, new):
    data = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    answer = as_rep.post(reverse("password_change"), data)
    rep.refresh_from_db()
    assert answer.context["form"].errors
    assert rep.check_password(PASSWORD)
    assert not Event.objects.exists()


def test_today_greets_by_name_and_says_when_nothing_waits(as_rep, monkeypatch):
    monkeypatch.setattr("salesdept.views.shell.home_cards", lambda request, user, now: [])
    page = as_rep.get("/").content.decode()
    assert "林知远" in page
    assert "今天没有待办" in page


def test_today_draws_the_cards_apps_bring(as_rep, monkeypatch):
    card = {"template": "partials/empty.html", "side": True, "data": {"title": "快到期", "level": 2}}
    monkeypatch.setattr("salesdept.views.shell.home_cards", lambda request, user, now: [card])
    page = as_rep.get("/").content.decode()
    assert '<div class="today__side stack">' in page
    assert "<h2>快到期</h2>" in page


def test_a_role_without_cards_starts_on_its_own_page(client, manager, monkeypatch):
    monkeypatch.setattr("salesdept.views.shell.home_cards", lambda request, user, now: [])
    monkeypatch.setattr(
        "salesdept.views.shell.url_of", lambda name: "/mine/" if name == "performance:dashboard" else ""
    )
    client.force_login(manager)
    assert client.get("/").url == "/mine/"


def test_time_is_asked_at_the_edge_only(as_rep, told, monkeypatch, now):
    monkeypatch.setattr(clock, "now", lambda: now)
    assert "今天 10:00" in as_rep.get(reverse("notice_list")).content.decode()


def test_the_search_field_works_with_and_without_a_script(as_rep):
    page = as_rep.get("/").content.decode()
    field = page[page.index('id="gq"') : page.index('id="hits"')]
    assert 'action="/search/"' in page
    for part in ('name="q"', 'data-key="/"', 'hx-get="/search/"', 'hx-target="#hits"', "delay:250ms"):
        assert part in field
    whole = as_rep.get("/search/", {"q": "无此人"}).content.decode()
    part = as_rep.get("/search/", {"q": "无此人"}, headers={"HX-Request": "true"}).content.decode()
    assert "<html" in whole
    assert "<html" not in part
    assert "没有找到" in whole
    assert "没有找到" in part
