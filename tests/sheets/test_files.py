"""Files through the child process: what is read, and what is refused with which words. No database."""

import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.resources.customers import COLUMNS as CUSTOMER_COLUMNS
from inventory.presale import by_project, expand, read_register
from inventory.resources.units import COLUMNS as UNIT_COLUMNS
from inventory.resources.units import Context, clean
from salesdept import sheets
from salesdept.errors import RuleError
from salesdept.sheets import reader
from salesdept.sheets.limits import CLAUSE, LIMITS, WORDS
from salesdept.sheets.reader import open_sheet
from tests.generators import books, hostile, people

MB = 1024 * 1024
SMALL = replace(LIMITS, unzipped=16 * MB)
SHEETS = Path(sheets.__file__).parent
HEAD = hostile.HEAD
# The real confinement around work that never ends.
ENDLESS = (
    "import json, sys; sys.path.insert(0, sys.argv.pop(1)); from salesdept.sheets.child import confine; "
    "confine(json.loads(sys.argv[3]))\nwhile True: pass"
)
ROW = ["王丽", "13800000000", "林知远"]


def read(path, columns=CUSTOMER_COLUMNS, limits=LIMITS):
    with open_sheet(path, path.name, columns, limits) as sheet:
        rows = list(sheet.rows())
    return sheet, rows


def refusal(path, **kwargs):
    with pytest.raises(RuleError) as caught:
        read(path, **kwargs)
    error = caught.value
    assert error.clause == CLAUSE
    assert error.message
    assert error.way_out
    assert "{" not in error.message + error.way_out
    return error


HOSTILE = {
    "zero bytes": (lambda: b"", "a.xlsx", "file_empty"),
    "zip bomb": (lambda: hostile.zip_bomb(24 * MB), "a.xlsx", "file_bomb"),
    "zip bomb that lies": (lambda: hostile.lying_zip_bomb(24 * MB), "a.xlsx", "file_broken"),
    "declared 1,048,576 × 16,384": (hostile.declared_huge, "a.xlsx", "sheet_too_wide"),
    "one cell far away": (hostile.one_cell_far_away, "a.xlsx", "file_too_hungry"),
    "entity bomb": (hostile.entity_bomb, "a.xlsx", "file_entities"),
    "old excel": (hostile.old_excel, "a.xls", "file_old_excel"),
    "old excel renamed": (hostile.old_excel, "a.xlsx", "file_old_excel"),
    "password": (hostile.encrypted, "a.xlsx", "file_encrypted"),
    "macros": (hostile.with_macros, "a.xlsm", "file_has_macros"),
    "cut short": (hostile.cut_short, "a.xlsx", "file_broken"),
    "word document": (hostile.other_zip, "a.xlsx", "file_not_a_workbook"),
    "workbook called csv": (lambda: books.xlsx([HEAD, ROW]), "a.csv", "file_misnamed"),
    "csv called workbook": (lambda: books.text([HEAD, ROW]), "a.xlsx", "file_misnamed"),
    "web page called workbook": (lambda: b"<html><table></table></html>", "a.xls", "file_web_page"),
    "pdf": (lambda: b"%PDF-1.7\n" + b"x" * 500, "a.csv", "file_not_a_table"),
    "binary": (lambda: b"a,b\0\0c" * 99, "a.csv", "file_not_a_table"),
    "no encoding": (lambda: "姓名,电话".encode("gb18030") + b"\xff\xff\x80", "a.csv", "file_encoding"),
    "no rows": (lambda: books.xlsx([HEAD]), "a.xlsx", "no_rows"),
    "empty sheet": (lambda: books.xlsx([]), "a.xlsx", "no_rows"),
    "only blank lines": (lambda: books.text([[""], [""]]), "a.csv", "no_rows"),
    "only totals": (lambda: books.xlsx([HEAD, ["合计", "3 人"]]), "a.xlsx", "no_rows"),
    "no header": (lambda: books.xlsx([ROW] * 40), "a.xlsx", "no_header"),
    "missing column": (lambda: books.xlsx([["姓名", "等级"], ["王丽", "A"]]), "a.xlsx", "missing_columns"),
    "doubled header": (lambda: books.xlsx([["姓名", "电话", "电话"], ROW]), "a.xlsx", "duplicate_columns"),
    "doubled meaning": (lambda: books.text([["姓名", "手机", "手机号"], ROW]), "a.csv", "duplicate_columns"),
    "merged header": (hostile.merged_header, "a.xlsx", "merged_header"),
    "too wide": (lambda: books.text([HEAD + ["x"] * 500, ROW]), "a.csv", "sheet_too_wide"),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_a_file_that_is_no_sheet_is_refused_with_its_reason(case, stored):
    make, name, code = HOSTILE[case]
    assert refusal(stored(make(), name), limits=SMALL).code == code


def test_every_refusal_of_the_child_has_words():
    source = "".join((SHEETS / f"{name}.py").read_text() for name in ("archive", "tables", "child", "reader"))
    codes = set(re.findall(r'"((?:file|sheet|too)_\w+)"', source))
    assert len(codes) > 15
    assert codes <= set(WORDS)


def test_the_child_loads_nothing_of_the_product():
    source = "".join((SHEETS / f"{name}.py").read_text() for name in ("archive", "tables", "child"))
    assert set(re.findall(r"from (salesdept[.\w]*)", source)) == {
        "salesdept.sheets.archive",
        "salesdept.sheets.tables",
    }
    assert "django" not in source


def test_a_slow_reader_is_stopped(stored):
    path = stored(books.xlsx([HEAD, *[ROW] * 5000]))
    assert refusal(path, limits=replace(LIMITS, wall=0.01)).code == "file_too_slow"


def test_a_busy_reader_is_stopped(stored, monkeypatch):
    monkeypatch.setattr(reader, "_ENTRY", ENDLESS)
    path = stored(books.xlsx([HEAD, ROW]))
    assert refusal(path, limits=replace(LIMITS, cpu=1)).code == "file_too_slow"


@pytest.mark.parametrize("name", ["a.xlsx", "a.csv"])
def test_rows_past_the_cap_refuse_the_whole_file(name, stored):
    rows = [HEAD, *[ROW] * 30]
    path = stored(books.xlsx(rows) if name == "a.xlsx" else books.text(rows), name)
    error = refusal(path, limits=replace(LIMITS, rows=20))
    assert (error.code, error.message) == ("too_many_rows", "超过 20 行")


def test_a_refusal_names_columns_and_places(stored):
    missing = refusal(stored(books.xlsx([["姓名", "等级"], ["王丽", "A"]])))
    doubled = refusal(stored(books.xlsx([["姓名", "手机", "性别", "联系电话"], ROW])))
    assert missing.message == "缺少列：电话"
    assert doubled.message == "「电话」有两列：B 列「手机」、D 列「联系电话」"


# Clean and dirty sheets say the same.

PEOPLE = people.people(60)
UNITS = expand(by_project(read_register())["九林语叠溪阁"])


def phones_and_days(path):
    from customers.resources.customers import _phone
    from salesdept.text import parse_date

    _, rows = read(path)
    return [(_phone(row.cells, []), parse_date(row.cells["first_visit"]).isoformat()) for row in rows]


def test_the_dirty_customer_sheet_says_what_the_clean_one_says(stored):
    clean_file = stored(books.xlsx(books.customer_rows(PEOPLE)), "clean.xlsx")
    dirty_file = stored(books.dirty_customers(PEOPLE), "dirty.xlsx")
    expected = [(person.phone, person.first_visit) for person in PEOPLE]
    assert phones_and_days(clean_file) == phones_and_days(dirty_file) == expected


def test_totals_and_footnotes_are_left_out_and_named(stored):
    sheet, rows = read(stored(books.dirty_customers(PEOPLE)))
    assert len(rows) == len(PEOPLE)
    assert sheet.asides == ["第 64 行是合计，未读入", "第 65 行是说明，未读入"]
    assert sheet.header.last_row == 3


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_text_files_of_every_encoding_and_delimiter(encoding, delimiter, stored):
    path = stored(books.text(books.customer_rows(PEOPLE), encoding, delimiter), "客户.csv")
    _, rows = read(path)
    assert [row.cells["name"] for row in rows] == [person.name for person in PEOPLE]


def cleaned_units(path):
    _, rows = read(path, UNIT_COLUMNS)
    context = Context(project=None, tolerance=Decimal(10))
    return [clean(row.cells, context) for row in rows]


def test_the_dirty_unit_sheet_says_what_the_clean_one_says(stored):
    """Group headers, buildings merged down, four spellings of a room, totals in 万元, subtotals."""
    found = cleaned_units(stored(books.xlsx(books.unit_rows(UNITS)), "clean.xlsx"))
    dirty = cleaned_units(stored(books.dirty_units(UNITS), "dirty.xlsx"))
    assert [row.values for row in found] == [row.values for row in dirty]
    assert {row.faults for row in found + dirty} == {()}
    first, unit = found[0].values, UNITS[0]
    assert (first["building"], first["stair"], first["room_no"]) == (unit.building, unit.stair, unit.room_no)
    assert (first["list_total"], first["floor_price"]) == (unit.list_total, unit.floor_price)


def test_formula_cells_are_errors_of_their_row(stored):
    _, rows = read(stored(hostile.formulas()))
    assert [[(f.column, f.code) for f in row.faults] for row in rows] == [
        [("phone", "formula")],
        [("name", "formula")],
    ]
    _, shown = read(stored(hostile.computed_formula()))
    assert (shown[0].cells["phone"], shown[0].faults[0].code) == ("13800000001", "formula")


def test_a_formula_in_a_text_file_is_an_error_and_a_quoted_number_is_none(stored):
    rows = [HEAD, ["=cmd|' /C calc'!A0", '="13800000000"', "林知远"], ["'=王丽", "'+8613800000001", "x"]]
    _, found = read(stored(books.text(rows), "a.csv"))
    assert [f.code for f in found[0].faults] == ["formula"]
    assert found[0].cells["phone"] == "13800000000"
    assert (found[1].cells["name"], found[1].cells["phone"]) == ("=王丽", "+8613800000001")
    assert found[1].faults == ()


def test_an_identity_number_stored_as_a_number_is_refused_and_says_why(stored):
    rows = [
        ["姓名", "电话", "身份证号"],
        ["王丽", "13800000000", 330106199001011234],
        ["李明", "13800000001", None],
    ]
    _, found = read(stored(books.xlsx(rows)))
    assert [(f.column, f.code) for f in found[0].faults] == [("identity_no", "digits_lost")]
    assert "15 位" in found[0].faults[0].message
    assert found[1].faults == ()


def test_an_overlong_cell_is_cut_and_marked(stored):
    _, rows = read(stored(books.xlsx([HEAD, ["王" * 10_000, "13800000000", "林知远"]])))
    assert [f.code for f in rows[0].faults] == ["overlong"]
    assert len(rows[0].cells["name"]) < 100


def test_hidden_marks_do_not_survive_reading(stored):
    path = stored(books.text([HEAD, ["王\u202e丽\u200b", "138\u200d00000000", "林知远"]]), "a.csv")
    _, rows = read(path)
    assert (rows[0].cells["name"], rows[0].cells["phone"]) == ("王丽", "13800000000")


def test_the_sheet_with_the_header_is_read_and_the_others_are_named(stored):
    import io

    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["使用说明"])
    for title in ("一组", "二组"):
        page = book.create_sheet(title)
        page.append(HEAD)
        page.append(ROW)
    hidden = book.create_sheet("旧")
    hidden.sheet_state = "hidden"
    hidden.append(HEAD)
    buffer = io.BytesIO()
    book.save(buffer)
    sheet, rows = read(stored(buffer.getvalue()))
    assert (sheet.name, sheet.other_sheets, len(rows)) == ("一组", ("二组",), 1)


def test_a_header_repeated_on_every_printed_page_is_not_a_row(stored):
    _, rows = read(stored(books.xlsx([HEAD, ROW, HEAD, ["李明", "13900000000", "林知远"]])))
    assert [row.number for row in rows] == [2, 4]


def test_a_unit_in_the_header_scales_its_cells(stored):
    head = ["房号", "楼栋", "建筑面积", "总价（万元）"]
    _, rows = read(stored(books.xlsx([head, ["1503", "2", 118.42, 249.4]])), UNIT_COLUMNS)
    assert rows[0].cells["total"] == "249.4万"


CELLS = st.one_of(
    st.none(),
    st.text(max_size=30),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.integers(-(10**15), 10**15),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(CELLS, min_size=3, max_size=13), max_size=8))
def test_whatever_stands_in_the_cells_every_row_gets_a_verdict(stored, rows):
    """Reading never fails on content: a row is fine, or says which cell is wrong and why."""
    context = Context(project=None, tolerance=Decimal(10))
    always = ["2", "1", "1503", *[""] * 10]
    path = stored(books.text([list(books.UNIT_HEADERS), *rows, always], "utf-8-sig"), "x.csv")
    _, found = read(path, UNIT_COLUMNS)
    assert found
    for row in found:
        result = clean(row.cells, context)
        assert result.key or result.faults
        assert all(fault.message and fault.column for fault in result.faults)
