"""The wizard over HTTP: with and without htmx, for those who may and those who may not."""

import io
import re
from dataclasses import replace

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from customers.models import Customer
from salesdept.models import Event, ImportBatch, ImportRow, Reveal
from salesdept.sheets.limits import WEB
from tests import factories
from tests.generators import books, hostile, people

pytestmark = pytest.mark.django_db
HEADERS = list(people.HEADERS)
HTMX = {"HTTP_HX_REQUEST": "true"}


def row(name="王丽", phone="13800010000", owner="林知远", **cells):
    given = {"姓名": name, "电话": phone, "置业顾问": owner, **cells}
    return [given.get(header) for header in HEADERS]


@pytest.fixture
def office(client, assistant, rep):
    client.force_login(assistant)
    return client


@pytest.fixture
def send(office):
    def do(*rows, content=None, name="客户.xlsx", kind="customers", **more):
        body = content if content is not None else books.xlsx([HEADERS, *rows])
        file = SimpleUploadedFile(name, body)
        return office.post(reverse("import_upload"), {"kind": kind, "file": file, **more})

    return do


@pytest.fixture
def batch(send):
    def do(*rows, **kwargs):
        assert send(*rows, **kwargs).status_code == 302
        return ImportBatch.objects.get()

    return do


def text(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_the_way_through_without_a_script(office, send):
    answer = send(row(), row("李明", "1380000000"), row("赵敏", "13900000002", "张三"))
    batch = ImportBatch.objects.get()
    page = office.get(answer.url)
    assert "还有 2 行有错误" in text(page)
    assert "手机号应为 11 位，现有 10 位" in text(page)
    assert "138****0000" in text(page)
    assert "13800010000" not in page.content.decode()

    form = office.get(reverse("import_row", args=[batch.pk, 3]))
    version = ImportRow.objects.get(row_no=3).version
    assert 'name="c-phone" value="1380000000"' in form.content.decode()
    fix = reverse("import_row_fix", args=[batch.pk, 3])
    assert office.post(fix, {"c-phone": "13900000001", "c-version": version, "key": "a"}).status_code == 302
    skip = reverse("import_skip_kind", args=[batch.pk])
    assert office.post(skip, {"problem": "owner", "key": "b"}).status_code == 302

    page = office.get(answer.url)
    assert "导入 2 行，跳过 1 行" in text(page)
    commit = reverse("import_commit", args=[batch.pk])
    assert office.post(commit, {"version": 0, "key": "c"}).status_code == 302
    page = office.get(answer.url)
    assert "已导入 2 位" in text(page)
    assert Customer.objects.count() == 2

    sheet = office.post(reverse("import_errors", args=[batch.pk]))
    cells = list(openpyxl.load_workbook(io.BytesIO(sheet.getvalue())).active.values)
    assert cells[0] == (*HEADERS, "错误")
    assert cells[1][:3] == ("赵敏", None, "13900000002")
    assert "本项目没有这位置业顾问" in cells[1][-1]
    assert Reveal.objects.get().kind == "export"

    assert office.post(reverse("import_undo", args=[batch.pk]), {"key": "d"}).status_code == 302
    assert Customer.objects.count() == 0
    assert "已撤销" in text(office.get(answer.url))


def test_a_corrected_row_answers_htmx_with_the_working_part(office, batch):
    it = batch(row(phone="1"))
    dialog = office.get(reverse("import_row", args=[it.pk, 2]), **HTMX).content.decode()
    assert dialog.strip().startswith("<dialog")
    fix = reverse("import_row_fix", args=[it.pk, 2])
    answer = office.post(fix, {"c-phone": "13800000001", "c-version": 0, "show": "todo"}, **HTMX)
    body = answer.content.decode()
    assert body.strip().startswith('<div id="work">')
    assert "第 2 行：可导入" in text(answer)
    assert "<html" not in body


def test_a_filter_stays_after_a_verb(office, batch):
    it = batch(row(phone="1"), row(phone="2"), row())
    skip = reverse("import_row_skip", args=[it.pk, 2])
    answer = office.post(skip, {"skip": "1", "version": 0, "show": "bad", "at": "bad_phone", "after": "0"})
    assert answer.url == f"/imports/{it.pk}/?show=bad&at=bad_phone"
    page = text(office.get(answer.url))
    assert "修改 第 3 行" in page
    assert "修改 第 2 行" not in page


def test_rows_are_paged_by_their_number(office, batch):
    it = batch(*[row(p.name, p.phone) for p in people.people(120)])
    first = text(office.get(reverse("import_detail", args=[it.pk])))
    second = office.get(reverse("import_detail", args=[it.pk]) + "?after=51")
    assert "第 51 行" in first
    assert "第 52 行" not in first
    assert "第 52 行" in text(second)
    assert "?after=101" in second.content.decode()


def test_the_number_of_queries_does_not_grow_with_the_rows(
    office, batch, django_assert_max_num_queries, django_assert_num_queries
):
    it = batch(*[row(p.name, p.phone) for p in people.people(60)])
    with django_assert_max_num_queries(12):
        office.get(reverse("import_detail", args=[it.pk]))


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "a.xlsx", "文件是空的"),
        (hostile.old_excel(), "a.xlsx", "旧版 Excel"),
        (hostile.entity_bomb(), "a.xlsx", "XML 声明"),
        (books.xlsx([["姓名", "等级"], ["王丽", "A"]]), "a.xlsx", "缺少列：电话"),
    ],
    ids=["empty", "old", "entities", "columns"],
)
def test_a_refused_file_says_why_on_the_same_page(content, name, words, send):
    answer = send(content=content, name=name)
    assert answer.status_code == 409
    assert words in text(answer)
    assert "上传文件" in text(answer)
    assert ImportBatch.objects.count() == 0


def test_a_sheet_too_long_for_one_request_is_sent_to_the_command(send, monkeypatch):
    monkeypatch.setattr("salesdept.views.imports.WEB", replace(WEB, rows=3))
    answer = send(*[row(p.name, p.phone) for p in people.people(4)])
    assert answer.status_code == 409
    assert "超过 3 行" in text(answer)
    assert "导入命令" in text(answer)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"kind": "customers"},
        {"kind": "cars", "file": SimpleUploadedFile("a.csv", b"x")},
        {"kind": "", "file": SimpleUploadedFile("a.csv", b"x")},
        {"kind": "customers", "file": "not a file"},
    ],
)
def test_an_incomplete_upload_is_a_form_error(data, office):
    assert office.post(reverse("import_upload"), data).status_code == 422
    assert ImportBatch.objects.count() == 0


def test_the_same_file_leads_to_the_batch_that_has_it(office, send):
    send(row())
    again = send(row())
    assert again.url == f"/imports/{ImportBatch.objects.get().pk}/"


BAD_ROWS = {
    "nul": {"c-name": "王\x00丽", "c-version": "0"},
    "ten thousand characters": {"c-name": "王" * 10_000, "c-version": "0"},
    "no version": {"c-name": "王丽"},
    "wrong version": {"c-name": "王丽", "c-version": "x"},
    "huge version": {"c-name": "王丽", "c-version": "9" * 30},
}


@pytest.mark.parametrize("case", BAD_ROWS)
@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_a_row_that_cannot_be_read_changes_nothing(case, headers, office, batch):
    it = batch(row(phone="1"))
    before = list(ImportRow.objects.values_list())
    answer = office.post(reverse("import_row_fix", args=[it.pk, 2]), BAD_ROWS[case], **headers)
    assert answer.status_code == 422
    assert list(ImportRow.objects.values_list()) == before


ODD_TEXTS = ["１３８００００００００", "😀", "\u202e13800000000", "=1+1", "-1", "1e309", "<b>x</b>"]


@pytest.mark.parametrize("odd", ODD_TEXTS)
def test_odd_texts_in_a_row_end_in_a_verdict_and_are_escaped(odd, office, batch):
    it = batch(row(phone="1"))
    data = {"c-phone": odd, "c-note": odd, "c-version": "0"}
    assert office.post(reverse("import_row_fix", args=[it.pk, 2]), data).status_code == 302
    page = office.get(reverse("import_detail", args=[it.pk]))
    assert page.status_code == 200
    assert "<b>x</b>" not in page.content.decode()


def test_a_stale_row_is_a_conflict_page(office, batch):
    it = batch(row(phone="1"))
    fix = reverse("import_row_fix", args=[it.pk, 2])
    office.post(fix, {"c-phone": "13800000001", "c-version": 0})
    late = office.post(fix, {"c-phone": "13800000002", "c-version": 0})
    assert late.status_code == 409
    assert "刚被别人改过" in text(late)
    assert ImportRow.objects.get().key == "13800000001"


def test_an_identity_number_that_is_fine_is_not_in_the_form_and_survives_a_correction(office, batch):
    number = "11010119900307109X"
    from salesdept.text.identity import check_digit

    number = number[:17] + check_digit(number[:17])
    it = batch(row(phone="1", 身份证号=number))
    form = office.get(reverse("import_row", args=[it.pk, 2])).content.decode()
    assert number not in form
    office.post(reverse("import_row_fix", args=[it.pk, 2]), {"c-phone": "13800000001", "c-version": 0})
    office.post(reverse("import_commit", args=[it.pk]), {"version": 0, "key": "k"})
    assert Customer.objects.get().identity_index


GETS = ["import_detail"]
POSTS = ["import_skip_kind", "import_accept", "import_recheck", "import_commit", "import_undo"]
POSTS += ["import_discard", "import_errors"]
ROW_URLS = [("get", "import_row"), ("post", "import_row_fix"), ("post", "import_row_skip")]


def every_url(pk):
    yield from (("get", reverse(name, args=[pk])) for name in GETS)
    yield from (("post", reverse(name, args=[pk])) for name in POSTS)
    yield from ((method, reverse(name, args=[pk, 2])) for method, name in ROW_URLS)


def statuses(client, pk):
    return {getattr(client, method)(url).status_code for method, url in every_url(pk)}


def test_anothers_batch_answers_exactly_as_a_missing_one(client, batch, project, office):
    it = batch(row())
    other = factories.user("assistant", username="assistant2", name="钱多", project=project)
    client.force_login(other)
    assert statuses(client, it.pk) == statuses(client, 999_999) == statuses(client, 10**30) == {404}
    assert ImportBatch.objects.get().state == "preview"


def test_the_manager_sees_the_projects_batches(client, batch, manager):
    it = batch(row())
    client.force_login(manager)
    assert client.get(reverse("import_detail", args=[it.pk])).status_code == 200
    assert "客户.xlsx" in text(client.get(reverse("imports")))


@pytest.mark.parametrize("who", ["rep", "cashier", "finance", "director", "supervisor", "admin"])
def test_others_are_told_why_not(who, client, batch, request):
    it = batch(row())
    client.force_login(request.getfixturevalue(who))
    answer = client.get(reverse("imports"))
    assert answer.status_code == 403
    assert "不能导入表格" in text(answer)
    assert statuses(client, it.pk) == {404}
    assert client.get(reverse("import_template", args=["units"])).status_code == 403
    file = SimpleUploadedFile("a.xlsx", books.xlsx([HEADERS, row("别", "13700000000")]))
    assert client.post(reverse("import_upload"), {"kind": "customers", "file": file}).status_code == 403
    assert ImportBatch.objects.count() == 1


def test_nobody_gets_in_without_logging_in(client, batch):
    it = batch(row())
    client.logout()
    assert statuses(client, it.pk) == {302}


def test_a_get_changes_nothing(office, batch):
    it = batch(row(phone="1"))
    before = (list(ImportRow.objects.values_list()), Event.objects.count())
    for name in (*POSTS, "import_row_fix", "import_row_skip"):
        args = [it.pk, 2] if "row" in name else [it.pk]
        assert office.get(reverse(name, args=args)).status_code == 405
    assert (list(ImportRow.objects.values_list()), Event.objects.count()) == before


@pytest.mark.parametrize(
    "query", ["?after=x", "?after=-1", "?after=99999999999999999999", "?show=z", "?at=%00"]
)
def test_odd_addresses_show_a_page(query, office, batch):
    it = batch(row())
    assert office.get(reverse("import_detail", args=[it.pk]) + query).status_code == 200
    assert office.get(reverse("imports") + "?before=x").status_code == 200


@pytest.mark.parametrize("kind", ["units", "customers"])
def test_a_template_is_a_sheet_the_wizard_reads(kind, office, tmp_path):
    from salesdept.sheets.header import find_header
    from salesdept.sheets.kinds import kind_named

    content = office.get(reverse("import_template", args=[kind])).getvalue()
    headers = next(openpyxl.load_workbook(io.BytesIO(content)).active.values)
    found = find_header([(1, headers)], kind_named(kind).columns)
    assert [item.column.label for item in found.mapped] == list(headers)
    assert tuple(headers) == (books.UNIT_HEADERS if kind == "units" else people.HEADERS)


def test_an_error_sheet_holds_nothing_that_runs(office, batch):
    it = batch(row("=cmd|' /C calc'!A0", "1", "@SUM(1)"))
    content = office.post(reverse("import_errors", args=[it.pk])).getvalue()
    cells = list(openpyxl.load_workbook(io.BytesIO(content)).active.rows)[1]
    assert cells[0].value.startswith("=cmd")
    assert {cell.data_type for cell in cells if cell.value} == {"s"}


def test_an_error_sheet_corrected_by_hand_can_be_imported(office, send, batch):
    it = batch(row(phone="1"))
    content = office.post(reverse("import_errors", args=[it.pk])).getvalue()
    book = openpyxl.load_workbook(io.BytesIO(content))
    book.active["C2"] = "13800010000"
    buffer = io.BytesIO()
    book.save(buffer)
    answer = send(content=buffer.getvalue(), name="改好.xlsx")
    page = text(office.get(answer.url))
    assert "导入 1 行" in page
    assert "没有用到的列：错误" in page
