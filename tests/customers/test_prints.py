"""The forms on paper: every column of the regulation's registers, inside what one may see."""

from datetime import date

import pytest

from customers.queries.prints import PAPERS, paper, span_of
from customers.services import add_follow_up, register_call, register_empty, register_visit
from tests.factories.customers import customer

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 23)


def test_every_form_has_the_columns_of_the_regulation():
    assert [form.title for form in PAPERS.values()] == [
        "来访客户登记表",
        "来电登记表",
        "回访跟进登记表",
        "客户情况跟踪表",
        "目标客户基本信息情况统计表",
    ]
    wanted = "到达 离开 客户姓名 性别 电话 认知途径 意向户型 面积 预算 级别 指定接待 接待人 客户签字 助理核"
    assert set(wanted.split()) <= set(PAPERS["visits"].columns)
    assert {"来电号码", "称呼", "询问内容", "约访", "接听人", "转访日期"} <= set(PAPERS["calls"].columns)


@pytest.mark.parametrize(
    ("asked", "form", "days"),
    [
        ({}, "visits", (DAY, DAY)),
        ({}, "tracking", (date(2026, 11, 23), DAY)),
        ({"from": "2026-11-20"}, "calls", (date(2026, 11, 20), DAY)),
        ({"from": "2026-11-22", "to": "2026-11-20"}, "calls", (date(2026, 11, 20), date(2026, 11, 22))),
        ({"from": "2026-02-30", "to": "x"}, "calls", (DAY, DAY)),
    ],
)
def test_the_days_of_a_print(asked, form, days):
    assert span_of(asked, form, DAY) == days


def test_a_line_has_a_cell_for_every_column(rep, project, now):
    register_visit(actor=rep, project=project, phone="13800001111", name="罗女士", now=now)
    register_call(actor=rep, project=project, phone="13800002222", name="孟先生", now=now)
    guest = customer(owner=rep, phone="13800003333", now=now)
    add_follow_up(actor=rep, customer_id=guest.pk, method="phone", effective=True, content="约周末", now=now)
    for form in PAPERS:
        page = paper(rep, project, form, (DAY, DAY), now)
        assert page["rows"], form
        assert {len(row) for row in page["rows"]} == {len(page["columns"])}
        assert "1380000" not in str(page["rows"])


def test_a_rep_prints_own_lines_the_assistant_all(rep, colleague, assistant, project, now):
    register_visit(actor=colleague, project=project, phone="13800001111", name="罗女士", now=now)
    register_empty(actor=rep, project=project, outcome="no_phone", now=now)
    mine = paper(rep, project, "visits", (DAY, DAY), now)["rows"]
    every = paper(assistant, project, "visits", (DAY, DAY), now)["rows"]
    assert [row[3] for row in mine] == ["未留电"]
    assert [row[3] for row in every] == ["罗女士", "未留电"]


def test_target_customers_are_listed_by_grade_without_the_lost(rep, project, now):
    for number, (grade, stage) in enumerate([("C", "visited"), ("A", "visited"), ("A", "lost")]):
        customer(
            owner=rep, phone=f"1380001000{number}", name=f"甲{number}", grade=grade, stage=stage, now=now
        )
    rows = paper(rep, project, "targets", (DAY, DAY), now)["rows"]
    assert [(row[2], row[5]) for row in rows] == [("甲1", "A"), ("甲0", "C")]


def test_the_page_is_there_and_an_unknown_form_is_not(client, rep, project):
    client.force_login(rep)
    assert "来访客户登记表" in client.get("/customers/forms/visits/").content.decode()
    assert client.get("/customers/forms/nothing/").status_code == 404
