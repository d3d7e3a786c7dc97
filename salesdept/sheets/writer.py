"""Sheets that leave the house: templates and error sheets, with nothing in them that Excel would execute.

XLSX has string cells only (identity numbers and phones stay text, formulas stay words); CSV carries a mark
for Excel and a leading `'` before anything that looks like a formula.
"""

import csv
import io
from collections.abc import Iterable, Sequence

import xlsxwriter

from salesdept.sheets.kinds import ImportKind

_ACTIVE = ("=", "+", "-", "@", "\t", "\r")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def inert(text: str) -> str:
    """Text that a spreadsheet shows and never runs."""
    return f"'{text}" if text.startswith(_ACTIVE) else text


def write_csv(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """UTF-8 with mark, so that Excel reads it as such."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([inert(header) for header in headers])
    writer.writerows([inert(cell) for cell in row] for row in rows)
    return buffer.getvalue().encode("utf-8-sig")


def write_xlsx(
    headers: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    name: str = "导入",
    widths: Sequence[int] = (),
    flagged: str = "",
    watermark: str = "",
) -> bytes:
    """One sheet of string cells, header frozen; the column named `flagged` is drawn as an error.

    `watermark` stands in the line above the header and behind the last row, and on every printed page.
    """
    buffer = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "constant_memory": False,
    }
    with xlsxwriter.Workbook(buffer, options) as book:
        text = book.add_format({"num_format": "@"})
        bold = book.add_format({"num_format": "@", "bold": True, "bottom": 1, "bg_color": "#F1F4F8"})
        red = book.add_format({"num_format": "@", "font_color": "#B3261E"})
        sheet = book.add_worksheet(name)
        formats = [red if header == flagged else text for header in headers]
        top = 1 if watermark else 0
        for index, header in enumerate(headers):
            sheet.set_column(index, index, widths[index] if index < len(widths) else 12, formats[index])
            sheet.write_string(top, index, header, bold)
        last = top
        for last, row in enumerate(rows, start=top + 1):
            for index, cell in enumerate(row):
                if cell:
                    sheet.write_string(last, index, cell, formats[index])
        sheet.freeze_panes(top + 1, 0)
        if watermark:
            sheet.write_string(0, 0, watermark, red)
            sheet.write_string(last + 1, 0, watermark, red)
            sheet.set_header(f"&L&9{watermark.replace('&', '&&')}"[:250])
    return buffer.getvalue()


def template(kind: ImportKind) -> bytes:
    """An empty sheet of a kind: the contract's column names, text cells."""
    headers = [column.label for column in kind.columns]
    return write_xlsx(headers, [], name=kind.label, widths=[column.width for column in kind.columns])
