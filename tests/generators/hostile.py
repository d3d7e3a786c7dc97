"""Files nobody should send, each refused with its own code."""

import io
import zipfile

import openpyxl
import xlsxwriter

from tests.generators import books

_BOOK = (
    '<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
_RELS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Target="worksheets/sheet1.xml" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"/></Relationships>'
)
_ROOT = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Target="xl/workbook.xml" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"/></Relationships>'
)
_SHEET = '<?xml version="1.0"?>{}<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{}</worksheet>'
HEAD = ["姓名", "电话", "置业顾问"]


def handmade(body: str, doctype: str = "", book: str = _BOOK) -> bytes:
    """A workbook of exactly this sheet XML."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("_rels/.rels", _ROOT)
        archive.writestr("xl/workbook.xml", book)
        archive.writestr("xl/_rels/workbook.xml.rels", _RELS)
        archive.writestr("xl/worksheets/sheet1.xml", _SHEET.format(doctype, body))
    return buffer.getvalue()


def cell(reference: str, text: str) -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


def zip_bomb(size: int) -> bytes:
    buffer = io.BytesIO(handmade("<sheetData/>"))
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image1.bin", b"\0" * size)
    return buffer.getvalue()


def lying_zip_bomb(size: int) -> bytes:
    """Says in its directory that the sheet is small; inflates to far more."""
    raw = bytearray(handmade("<sheetData>" + " " * size + "</sheetData>"))
    at = raw.rindex(b"xl/worksheets/sheet1.xml") - 46
    raw[at + 24 : at + 28] = (1000).to_bytes(4, "little")
    return bytes(raw)


def declared_huge() -> bytes:
    row = f'<row r="1">{cell("A1", "姓名")}{cell("B1", "电话")}</row>'
    return handmade(f'<dimension ref="A1:XFD1048576"/><sheetData>{row}</sheetData>')


def one_cell_far_away() -> bytes:
    """Two kilobytes that make a dense reader reserve seventeen billion cells."""
    rows = f'<row r="1">{cell("A1", "姓名")}</row><row r="1048576">{cell("XFD1048576", "x")}</row>'
    return handmade(f"<sheetData>{rows}</sheetData>")


def entity_bomb() -> bytes:
    entities = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 12))
    doctype = f'<!DOCTYPE lolz [<!ENTITY e0 "lol">{entities}]>'
    return handmade(f'<sheetData><row r="1">{cell("A1", "&e11;")}</row></sheetData>', doctype)


def old_excel() -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504 + "Workbook".encode("utf-16-le") + b"\0" * 2000


def encrypted() -> bytes:
    return (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + b"\0" * 504
        + "EncryptedPackage".encode("utf-16-le")
        + b"\0" * 2000
    )


def with_macros() -> bytes:
    buffer = io.BytesIO(books.xlsx([HEAD]))
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"x")
    return buffer.getvalue()


def cut_short() -> bytes:
    whole = books.xlsx([HEAD, *[["王丽", "13800000000", "林知远"]] * 200])
    return whole[: len(whole) // 2]


def other_zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    return buffer.getvalue()


def formulas() -> bytes:
    """One formula with a cached result, one without, one in a text column."""
    book = openpyxl.Workbook()
    page = book.active
    page.append(HEAD)
    page.append(["王丽", "=13800000000+1", "林知远"])
    page.append(['=HYPERLINK("http://x.example","点我")', "13900000001", "林知远"])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def computed_formula() -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, HEAD)
        page.write_string(1, 0, "王丽")
        page.write_formula(1, 1, "=13800000000+1", None, 13800000001)
    return buffer.getvalue()


def merged_header() -> bytes:
    """电话 swallowed by a merge that stands over two columns of data."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        page = book.add_worksheet()
        page.merge_range("A1:B1", "姓名")
        page.write_row(0, 2, ["性别", "置业顾问"])
        page.write_row(1, 0, ["王丽", "13800000000", "女", "林知远"])
    return buffer.getvalue()
