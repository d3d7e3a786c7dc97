"""The frame: who sees which entry, which one is lit, and what it costs."""

import pytest

from salesdept import shell as frame
from salesdept.models import Notice
from salesdept.rules import Role
from salesdept.slots import NAV, NavItem
from tests import factories


@pytest.fixture
def of(rf):
    def make(user, path="/", **session):
        request = rf.get(path)
        request.user, request.session = user, session
        return frame.Shell(request)

    return make


@pytest.fixture
def known(monkeypatch):
    """A house with just these entries, so that the test does not depend on which apps fill NAV."""

    def entries(*items):
        monkeypatch.setattr(frame, "NAV", items)
        urls = {"home": "/", "mine": "/mine/", **{item.url_name: f"/{item.url_name}/" for item in items}}
        monkeypatch.setattr(frame, "url_of", lambda name: urls.get(name, ""))

    return entries


def test_an_entry_is_shown_to_its_roles_only(of, known, rep, manager):
    known(NavItem("日志", "journal", "history", group="管理", roles=(Role.MANAGER,)))
    assert [g.label for g in of(rep).nav] == ["日常"]
    assert [g.label for g in of(manager).nav] == ["日常", "管理"]


def test_an_entry_without_an_address_stays_away(of, monkeypatch, rep):
    monkeypatch.setattr(frame, "NAV", [NavItem("远景", "nowhere:at_all", "star")])
    assert "远景" not in [item.label for group in of(rep).nav for item in group.items]


def test_two_entries_of_one_address_are_one(of, known, rep):
    known(NavItem("客户", "c", "users", order=1), NavItem("客户二", "c", "users", order=2))
    assert [item.label for item in of(rep).nav[0].items] == ["今日", "客户"]


def test_groups_come_in_the_order_of_the_design(of, known, rep):
    known(
        NavItem("甲", "a", "star", group="其他"),
        NavItem("乙", "b", "star", group="管理"),
        NavItem("丙", "c", "star", group="审核"),
    )
    assert [g.label for g in of(rep).nav] == ["日常", "审核", "管理", "其他"]


@pytest.mark.parametrize(
    ("path", "lit"),
    [
        ("/", "/"),
        ("/customers/12/", "/customers/"),
        ("/customers/queue/", "/customers/queue/"),
        ("/elsewhere/", ""),
    ],
)
def test_the_longest_address_above_a_page_is_lit(path, lit):
    assert frame.active_of(path, ["/", "/customers/", "/customers/queue/", ""]) == lit


def test_tabs_of_a_role_are_filled_up_to_five_before_the_last(of, known, rep):
    known(*[NavItem(f"项{n}", f"p{n}", "star", tab=True, short=f"短{n}") for n in range(6)])
    assert [tab.label for tab in of(rep).tabs] == ["今日", "短0", "短1", "短2", "我的"]


def test_an_entry_that_is_a_tab_is_not_repeated_under_mine(of, known, rep):
    known(NavItem("甲", "a", "star", tab=True), NavItem("乙", "b", "star"))
    assert [item.label for group in of(rep).more for item in group.items] == ["乙"]


@pytest.mark.parametrize("role", list(Role))
def test_every_role_has_a_tab_bar_and_a_way_to_its_account(of, role, project):
    person = factories.user(role, project=project)
    assert 1 <= len(of(person).tabs) <= frame.TAB_COUNT


def test_a_full_tab_bar_without_mine_leaves_it_in_the_top_bar(client, assistant, known):
    names = ("customers:queue", "contracts:verification_queue", "customers:visit_create", "inventory:board")
    known(*[NavItem(name, name, "star") for name in (*names, "customers:visit_list")])
    client.force_login(assistant)
    page = client.get("/notices/").content.decode()
    assert 'only-phone" href="/mine/"' in page


def test_the_frame_costs_two_queries_however_much_there_is(of, rep, now, django_assert_num_queries):
    Notice.objects.bulk_create(Notice(user=rep, key=str(n), title="到期", at=now) for n in range(50))
    with django_assert_num_queries(2):
        one = of(rep)
        assert (one.unread, one.project, len(one.projects), bool(one.nav), bool(one.tabs)) == (
            50,
            one.projects[0],
            1,
            True,
            True,
        )


def test_unread_is_counted_up_to_a_cap(of, rep, now):
    Notice.objects.bulk_create(Notice(user=rep, key=str(n), title="到期", at=now) for n in range(130))
    assert of(rep).unread_short == "99+"


def test_the_chosen_project_counts_while_it_is_mine(of, rep, project):
    second, foreign = factories.ProjectFactory(), factories.ProjectFactory()
    rep.projects.add(second)
    assert of(rep, project=second.pk).project == second
    assert of(rep, project=foreign.pk).project == project


def test_a_stranger_gets_the_plain_frame(rf):
    nobody = frame.Shell(rf.get("/"))
    assert (nobody.frame, nobody.unread, nobody.projects, nobody.nav, nobody.tabs) == (
        "partials/plain.html",
        0,
        [],
        [],
        [],
    )


@pytest.mark.parametrize(
    ("cookie", "theme"), [("dark", "dark"), ("light", "light"), ('"><script>', ""), ("", "")]
)
def test_only_two_themes_are_believed(rf, cookie, theme):
    request = rf.get("/")
    request.COOKIES["theme"] = cookie
    assert frame.Shell(request).theme == theme


def test_every_entry_of_the_house_has_an_icon_and_a_resolvable_address(db):
    from tests.look.test_templates import symbols

    assert [item.icon for item in NAV if item.icon not in symbols()] == []
    assert [item.url_name for item in NAV if not frame.url_of(item.url_name)] == []
