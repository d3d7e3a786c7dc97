"""导出: visible rows only, masked, marked, with a second person above the limit."""

from datetime import timedelta
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook

from customers.models import CustomerExport
from customers.queries.exports import HEADERS
from customers.rules.exports import ExportKind, ExportState, ExportTerms, check_size, needs_second_person
from customers.services.exports import ask_export, fetch_export, sheet_of
from regulations.models import Request
from regulations.services import answer
from salesdept.errors import RuleError
from salesdept.models import Reveal
from salesdept.rules import Role
from salesdept.verdict import Denied
from tests import factories
from tests.factories.customers import customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def book(rep, colleague, now):
    """Three customers of the rep, two of a colleague."""
    mine = [customer(owner=rep, phone=f"1380000100{n}", name=f"甲{n}", now=now) for n in range(3)]
    others = [customer(owner=colleague, phone=f"1380000200{n}", name=f"乙{n}", now=now) for n in range(2)]
    return mine, others


def asked(actor, project, now, kind=ExportKind.CUSTOMERS, query=""):
    return ask_export(actor=actor, project=project, kind=kind, query=query, reason="周例会用", now=now)


def cells(export, actor, now):
    book = CalamineWorkbook.from_filelike(BytesIO(sheet_of(export, actor, now)))
    return [[str(cell) for cell in row] for row in book.get_sheet_by_index(0).to_python()]


@pytest.mark.parametrize(("rows", "code"), [(0, "nothing_to_export"), (20001, "too_many_rows")])
def test_nothing_and_too_much_are_refused(rows, code):
    with pytest.raises(RuleError) as refused:
        check_size(rows, ExportTerms())
    assert refused.value.code == code


def test_the_second_person_comes_in_above_the_limit():
    assert not needs_second_person(500, ExportTerms())
    assert needs_second_person(501, ExportTerms())


def test_a_rep_takes_out_own_rows_only_masked_and_marked(book, rep, project, now):
    export = asked(rep, project, now)
    assert (export.state, export.row_count) == (ExportState.READY, 3)
    rows = cells(export, rep, now)
    assert rows[1][: len(HEADERS[ExportKind.CUSTOMERS])] == list(HEADERS[ExportKind.CUSTOMERS])
    assert [row[1] for row in rows[2:5]] == ["甲2", "甲1", "甲0"]
    assert {row[3] for row in rows[2:5]} == {"138****1000", "138****1001", "138****1002"}
    assert {row[-1] for row in rows[2:5]} == {f"{export.code} 林知远"}
    assert "外传追责" in rows[0][0]
    assert "外传追责" in rows[-1][0]
    text = str(rows)
    assert "乙" not in text
    assert "1380000" not in text


def test_the_view_decides_the_rows(book, rep, project, now):
    mine, _ = book
    mine[0].grade = "A"
    mine[0].save()
    assert asked(rep, project, now, query="tab=a").row_count == 1
    assert asked(rep, project, now, query="tab=mine&grade=B").row_count == 2


def test_every_fetch_stands_in_the_register_of_looks(book, rep, project, now):
    export = fetch_export(actor=rep, export_id=asked(rep, project, now).pk, now=now)
    assert export.fetched == 1
    look = Reveal.objects.get()
    assert (look.kind, look.actor, look.reason) == ("export", rep, "周例会用")


def test_another_person_cannot_fetch_it(book, rep, colleague, manager, project, now):
    export = asked(rep, project, now)
    for person in (colleague, manager):
        with pytest.raises(CustomerExport.DoesNotExist):
            fetch_export(actor=person, export_id=export.pk, now=now)


@pytest.fixture
def few_alone(monkeypatch):
    """Two rows need nobody else; three do."""
    monkeypatch.setattr("customers.services.exports.terms_for", lambda *_, **__: ExportTerms(alone_up_to=2))


def test_a_large_export_waits_for_a_second_person(book, few_alone, rep, manager, project, now):
    export = asked(rep, project, now)
    assert export.state == ExportState.PENDING
    with pytest.raises(RuleError) as refused:
        fetch_export(actor=rep, export_id=export.pk, now=now)
    assert refused.value.code == "export_closed"
    request = Request.objects.get()
    answer(actor=manager, request_id=request.pk, approve=True, now=now)
    export.refresh_from_db()
    assert (export.state, export.agreed_by) == (ExportState.READY, manager)
    assert fetch_export(actor=rep, export_id=export.pk, now=now).fetched == 1


def test_a_refused_export_stays_closed(book, few_alone, rep, manager, project, now):
    export = asked(rep, project, now)
    answer(actor=manager, request_id=Request.objects.get().pk, approve=False, answer="不必要", now=now)
    export.refresh_from_db()
    assert export.state == ExportState.REJECTED


def test_nobody_agrees_to_an_own_export(book, few_alone, manager, supervisor, project, now):
    asked(manager, project, now)
    with pytest.raises(Denied):
        answer(actor=manager, request_id=Request.objects.get().pk, approve=True, now=now)
    with pytest.raises(Denied):
        answer(actor=supervisor, request_id=Request.objects.get().pk, approve=True, now=now)


def test_an_export_can_be_fetched_for_a_day(book, rep, project, now):
    export = asked(rep, project, now)
    with pytest.raises(RuleError):
        fetch_export(actor=rep, export_id=export.pk, now=now + timedelta(hours=24, seconds=1))


def test_an_export_says_why_and_is_for_the_hall(book, rep, cashier, project, now):
    with pytest.raises(RuleError):
        ask_export(actor=rep, project=project, kind="customers", query="", reason="  ", now=now)
    with pytest.raises(Denied):
        asked(cashier, project, now)
    assert not CustomerExport.objects.exists()


def test_the_page_asks_for_the_password_once_more(book, client, rep, project):
    rep.set_password("夜半钟声到客船啊啊啊")
    rep.save()
    client.force_login(rep)
    url = "/customers/exports/new/?tab=mine"
    page = client.get(url).content.decode()
    assert "3" in page
    wrong = client.post(url, {"reason": "周会", "password": "x"})
    assert (wrong.status_code, CustomerExport.objects.count()) == (422, 0)
    right = client.post(url, {"reason": "周会", "password": "夜半钟声到客船啊啊啊"})
    assert right.status_code == 302
    export = CustomerExport.objects.get()
    sheet = client.post(f"/customers/exports/{export.pk}/fetch/")
    assert sheet["Content-Disposition"].startswith("attachment")
    assert client.get("/customers/exports/").status_code == 200


def test_someone_of_another_project_sees_none_of_it(book, rep, now, project):
    export = asked(rep, project, now)
    other = factories.user(Role.MANAGER, username="far", name="远", project=factories.ProjectFactory())
    assert not CustomerExport.objects.visible_to(other).filter(pk=export.pk).exists()
