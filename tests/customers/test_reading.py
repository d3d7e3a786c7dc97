"""Lists, search and profiles: only what is one's own, at a cost that does not grow."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.models import Customer, CustomerGrant, visible_through
from customers.queries.lists import customer_list, wanted
from customers.queries.search import find, find_ids
from customers.services import register_visit
from salesdept import clock
from tests.factories import customers as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def hall(rep, colleague):
    """Two of the rep's, one shared with her, one of the colleague's, one of the pool."""
    project = rep.projects.first()
    mine = make.customer(owner=rep, name="王丽华", phone="13811112222")
    mine2 = make.customer(owner=rep, name="王力宏", phone="13811113333")
    shared = make.customer(owner=colleague, name="欧阳婉清", phone="13955556666")
    other = make.customer(owner=colleague, name="王丽华", phone="13911112222")
    pool = make.customer(project=project, name="单小雨", phone="13777778888")
    permission = Permission.objects.get(codename="view_customer", content_type__app_label="customers")
    CustomerGrant.objects.create(user=rep, permission=permission, content_object=shared)
    return {"mine": mine, "mine2": mine2, "shared": shared, "other": other, "pool": pool}


SEES = {
    "rep": {"mine", "mine2", "shared"},
    "colleague": {"shared", "other"},
    "assistant": {"mine", "mine2", "shared", "other", "pool"},
    "manager": {"mine", "mine2", "shared", "other", "pool"},
    "finance": set(),
    "cashier": set(),
    "admin": set(),
}


@pytest.mark.parametrize("who", SEES)
def test_every_door_shows_the_same_customers(who, hall, client, request):
    user = request.getfixturevalue(who)
    expected = {hall[name].pk for name in SEES[who]}
    by_set = set(Customer.objects.visible_to(user).values_list("pk", flat=True))
    by_page = set(Customer.objects.newest(user, Q(), before=None, size=99))
    by_path = set(
        Customer.objects.filter(phones__in=make.Customer.phones.rel.related_model.objects.filter(visible_through(user)))
        .values_list("pk", flat=True)
    )  # fmt: skip
    by_search = {pk for q in ("王", "婉清", "单小") for pk in find_ids(user, q, 50)}
    client.force_login(user)
    by_detail = {
        c.pk for c in hall.values()
        if client.get(reverse("customers:customer_detail", args=[c.pk])).status_code == 200
    }  # fmt: skip
    assert by_set == by_page == by_path == by_search == by_detail == expected


def test_the_inactive_see_nothing(hall, rep):
    rep.is_active = False
    assert not Customer.objects.visible_to(rep).exists()
    assert Customer.objects.newest(rep, Q(), before=None, size=9) == []
    assert find(rep, "王", 9) == []


def test_a_leader_of_another_project_sees_nothing(hall, manager):
    manager.projects.clear()
    assert not Customer.objects.visible_to(manager).exists()


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("2222", {"mine"}),
        ("13811112222", {"mine"}),
        ("138 1111 3333", {"mine2"}),
        ("１３８１１１１３３３３", {"mine2"}),
        ("wlh", {"mine", "mine2"}),
        ("wanglihua", {"mine"}),
        ("WangLi", {"mine", "mine2"}),
        ("王", {"mine", "mine2"}),
        ("丽华", {"mine"}),
        ("王丽华", {"mine"}),
        ("欧阳婉", {"shared"}),
        ("oy", {"shared"}),
        ("单", set()),
        ("", set()),
        ("%", set()),
        ("'; --", set()),
    ],
)
def test_what_a_rep_types(q, found, hall, rep):
    assert set(find_ids(rep, q, 20)) == {hall[name].pk for name in found}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(q=st.text(max_size=60))
def test_whatever_is_typed_stays_inside_what_is_visible(q, hall, rep):
    assert set(find_ids(rep, q, 20)) <= {hall[name].pk for name in SEES["rep"]}


def test_search_hits_are_masked(hall, rep):
    (hit,) = find(rep, "2222", 5)
    assert "138****2222" in hit.meta
    assert "13811112222" not in hit.meta + hit.title


def test_the_search_page_and_its_list(hall, rep, client):
    client.force_login(rep)
    with CaptureQueriesContext(
        connection,
    ) as sql:
        page = client.get(reverse("search"), {"q": "王"})
    assert page.content.decode().count("王力宏") == 1
    assert len(sql) <= 12, [q["sql"] for q in sql]
    partial = client.get(reverse("search"), {"q": "王"}, headers={"HX-Request": "true"})
    assert b"<html" not in partial.content


@pytest.mark.parametrize("who", ["rep", "manager"])
def test_the_list_costs_the_same_for_1_and_50(who, client, rep, request):
    user = request.getfixturevalue(who)
    client.force_login(user)
    make.customer(owner=rep)

    def cost():
        with CaptureQueriesContext(connection) as sql:
            assert client.get(reverse("customers:customer_list")).status_code == 200
        return len(sql)

    one = cost()
    for _ in range(49):
        make.customer(owner=rep)
    assert cost() == one <= 12


def test_the_profile_costs_at_most_20(client, rep, now):
    project = rep.projects.first()
    for day in range(3):
        register_visit(
            actor=rep, project=project, phone="13811112222", name="王丽华", now=now + timedelta(days=day)
        )
    client.force_login(rep)
    with CaptureQueriesContext(connection) as sql:
        client.get(reverse("customers:customer_detail", args=[Customer.objects.get().pk]))
    assert len(sql) <= 20, [q["sql"] for q in sql]


def test_pages_follow_one_another_without_gap_or_repeat(rep, colleague, hall):
    project, today = rep.projects.first(), clock.business_date(clock.now())
    for _ in range(108):
        make.customer(owner=rep)
    seen, want = [], wanted(rep, {})
    while True:
        page = customer_list(rep, project, want, today)
        seen += [row["pk"] for row in page["rows"]]
        if not page["older"]:
            break
        want = wanted(rep, {"tab": want.tab, "before": page["older"].rpartition("=")[2]})
    expected = Customer.objects.visible_to(rep).order_by("-pk").values_list("pk", flat=True)
    assert seen == [str(pk) for pk in expected]
    assert len(seen) == 111


def test_views_count_what_they_show(rep, manager, hall):
    project, today = rep.projects.first(), clock.business_date(clock.now())
    Customer.objects.filter(pk=hall["mine"].pk).update(next_follow_on=today, grade="A")
    Customer.objects.filter(pk=hall["mine2"].pk).update(next_follow_on=today - timedelta(days=2))
    for user, expected in (
        (rep, {"我的": 3, "今日待跟进": 1, "逾期": 1, "保护期将到": 0, "A 类": 1}),
        (manager, {"全部": 5, "我的": 0, "今日待跟进": 1, "逾期": 1, "公海": 1, "保护期将到": 0, "A 类": 1}),
    ):
        page = customer_list(user, project, wanted(user, {}), today)
        assert {tab.label: int(tab.count) for tab in page["tabs"]} == expected
        for tab in page["tabs"]:
            asked = dict(part.split("=") for part in tab.url[1:].split("&"))
            rows = customer_list(user, project, wanted(user, asked), today)["rows"]
            assert len(rows) == int(tab.count), tab


@pytest.mark.parametrize(
    "asked",
    [{"tab": "pool"}, {"tab": "x"}, {"before": "９"}, {"before": "9" * 30}, {"grade": "Z"}, {"q": "\x00"}],
)
def test_a_strange_address_is_the_first_page(asked, rep, hall, client):
    client.force_login(rep)
    page = client.get(reverse("customers:customer_list"), asked)
    assert page.status_code == 200
    assert "单小雨" not in page.content.decode()


def test_filters_stay_in_the_address(rep, hall):
    Customer.objects.filter(pk=hall["mine"].pk).update(grade="A")
    want = wanted(rep, {"grade": "A", "q": "王"})
    page = customer_list(rep, rep.projects.first(), want, clock.business_date(clock.now()))
    assert [row["name"] for row in page["rows"]] == ["王丽华"]
    assert "grade=A" in page["tabs"][1].url
    assert "grade" not in page["active_filters"][0].url
