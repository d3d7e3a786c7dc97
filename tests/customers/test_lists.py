"""The list people live in: columns, kept views, filters in the address, the pool handed out by hand."""

import re

import pytest

from customers.models import SavedView
from customers.queries.lists import COLUMNS, SHOWN, clean_query, wanted
from customers.services import drop_view, save_view
from salesdept.errors import RuleError
from tests.factories.customers import customer

pytestmark = pytest.mark.django_db
URL = "/customers/"


def heads(page):
    """The table's column heads without the last, which names the buttons."""
    page = page[page.index('class="table clist__table"') :].partition("</thead>")[0]
    return [re.sub("<[^>]+>", "", cell) for cell in re.findall(r"<th>(.*?)</th>", page)][:-1]


@pytest.fixture
def guests(rep, now):
    return [customer(owner=rep, phone=f"1380000100{n}", name=f"甲{n}", now=now) for n in range(2)]


def test_the_usual_columns_stand_unasked(client, rep, guests):
    client.force_login(rep)
    assert heads(client.get(URL).content.decode()) == ["客户", *(COLUMNS[key] for key in SHOWN)]


def test_columns_are_chosen_and_stay_in_the_address(client, rep, guests):
    client.force_login(rep)
    page = client.get(URL, {"col": ["visits", "stage"], "tab": "a"}).content.decode()
    assert "cols=stage.visits" in page
    client.get(URL, {"cols": "stage.visits"})
    assert heads(client.get(URL, {"cols": "stage.visits"}).content.decode()) == ["客户", "阶段", "来访次数"]


@pytest.mark.parametrize("text", ["", "nothing", "stage", "a" * 400, "stage.stage.evil'"])
def test_only_known_columns_count(rep, text):
    assert set(wanted(rep, {"cols": text}).cols) <= set(COLUMNS)


def test_a_view_is_kept_replaced_and_dropped(rep, now):
    save_view(actor=rep, name="A 类", query="?tab=a&grade=A&junk=1&before=9", now=now)
    view = save_view(actor=rep, name="A 类", query="tab=a&cols=stage", home=True, now=now)
    assert (SavedView.objects.count(), view.query, view.home) == (1, "?tab=a&cols=stage", True)
    drop_view(actor=rep, view_id=view.pk, now=now)
    assert not SavedView.objects.exists()


def test_an_address_is_kept_without_what_the_list_does_not_know(rep):
    assert clean_query(rep, "?tab=a&grade=Z&next=//evil&q=罗") == "?tab=a&q=%E7%BD%97"


def test_one_view_opens_first(client, rep, guests, now):
    save_view(actor=rep, name="甲", query="?tab=a", home=True, now=now)
    save_view(actor=rep, name="乙", query="?tab=due", home=True, now=now)
    assert SavedView.objects.get(home=True).name == "乙"
    client.force_login(rep)
    assert client.get(URL).context["want"].tab == "due"
    assert client.get(URL, {"tab": "mine"}).context["want"].tab == "mine"


def test_a_view_is_ones_own(client, rep, colleague, now):
    view = save_view(actor=rep, name="甲", query="?tab=a", now=now)
    client.force_login(colleague)
    assert "甲" not in client.get(URL).content.decode()
    assert client.post(f"/customers/views/{view.pk}/drop/").status_code == 404


def test_names_are_needed_and_views_are_few(rep, now):
    with pytest.raises(RuleError):
        save_view(actor=rep, name=" ", query="", now=now)
    for number in range(20):
        save_view(actor=rep, name=str(number), query="", now=now)
    with pytest.raises(RuleError) as refused:
        save_view(actor=rep, name="多一个", query="", now=now)
    assert (refused.value.code, SavedView.objects.count()) == ("too_many", 20)


def test_the_page_keeps_a_view(client, rep, guests):
    client.force_login(rep)
    answer = client.post("/customers/views/save/", {"name": "我的 A", "query": "?tab=a", "home": "1"})
    assert answer["Location"] == "/customers/?tab=a"
    assert "我的 A" in client.get(URL).content.decode()


def test_the_pool_is_picked_for_one_rep(client, manager, rep, project, now):
    pool = [customer(project=project, phone=f"1380000200{n}", name=f"乙{n}", now=now) for n in range(2)]
    client.force_login(manager)
    page = client.get(URL, {"tab": "pool"}).content.decode()
    assert page.count('form="bulk"') == 2
    ids = [str(person.pk) for person in pool]
    assert client.get("/customers/assign/", {"ids": ids}).status_code == 200
    client.post("/customers/assign/", {"ids": ids, "rep": rep.pk, "reason": "按工作量分配"})
    for person in pool:
        person.refresh_from_db()
        assert person.owner == rep


def test_a_rep_is_offered_no_boxes(client, rep, guests):
    client.force_login(rep)
    assert 'form="bulk"' not in client.get(URL).content.decode()
