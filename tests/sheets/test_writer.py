"""Sheets that leave the house run nothing and keep every digit. No database."""

import csv
import io

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesdept.sheets.writer import inert, write_csv, write_xlsx

LIVE = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"]


@pytest.mark.parametrize("text", LIVE)
def test_what_would_run_is_marked_as_text(text):
    assert inert(text) == f"'{text}"


@given(st.text(max_size=40))
def test_no_csv_cell_begins_like_a_formula(text):
    assert not inert(text).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_csv_carries_the_mark_excel_needs():
    content = write_csv(["姓名", "电话"], [["王丽", "+8613800000000"], ["=cmd", "13800000000"]])
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert rows == [["姓名", "电话"], ["王丽", "'+8613800000000"], ["'=cmd", "13800000000"]]


@pytest.mark.parametrize("text", [*LIVE[:5], "http://x.example", "330106199001011234", "00123"])
def test_xlsx_cells_are_strings_as_they_came(text):
    book = openpyxl.load_workbook(io.BytesIO(write_xlsx(["列"], [[text]])))
    cell = book.active["A2"]
    assert (cell.data_type, cell.hyperlink, cell.number_format) == ("s", None, "@")
    assert cell.value.strip() == text.strip()
