"""What an untrusted file is, and what hides in a workbook's archive, before anything parses it.

Runs in the child process only (see `child`): standard library, no settings, no database.
"""

import re
import zipfile
import zlib
from pathlib import Path
from typing import Any


class Refused(Exception):  # noqa: N818
    """A file that is not read. `code` is looked up by the parent, which has the words."""

    def __init__(self, code: str, **detail: Any) -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


def content_of(head: bytes) -> str:
    lower = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if head.startswith(b"PK"):
        return "zip"
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "ole"
    if lower.startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"<head")):
        return "markup"
    if head.startswith(
        (
            b"%PDF",
            b"\x89PNG",
            b"\xff\xd8\xff",
            b"GIF8",
            b"Rar!",
            b"7z\xbc\xaf",
            b"\x1f\x8b",
            b"\x7fELF",
            b"MZ",
        )
    ):
        return "binary"
    return "text"


def check_kind(path: Path, suffix: str, limits: dict[str, int]) -> str:
    size = path.stat().st_size
    if size == 0:
        raise Refused("file_empty")
    if size > limits["bytes"]:
        raise Refused("file_too_big", limit=limits["bytes"] // 1_048_576)
    with path.open("rb") as file:
        kind = content_of(file.read(512))
    if kind == "ole":
        whole = path.read_bytes()
        locked = any(name.encode("utf-16-le") in whole for name in ("EncryptedPackage", "DataSpaces"))
        raise Refused("file_encrypted" if locked else "file_old_excel")
    if kind in ("markup", "binary"):
        raise Refused("file_web_page" if kind == "markup" else "file_not_a_table")
    if kind == "zip" and suffix not in (".xlsx", ".xlsm"):
        raise Refused("file_misnamed", is_really="Excel 工作簿（.xlsx）")
    if kind == "text" and suffix not in (".csv", ".txt", ".tsv"):
        raise Refused("file_misnamed", is_really="文本表格（.csv）")
    return kind


_DIMENSION = re.compile(
    rb"<(?:\w+:)?dimension\b[^>]*\bref=\"([A-Z]{1,3}[0-9]{1,7})(?::([A-Z]{1,3})([0-9]{1,7}))?\""
)
_FORMULA_CELL = re.compile(
    rb"<(?:\w+:)?c\b[^>]{0,200}?\br=\"([A-Z]{1,3})([0-9]{1,7})\"[^>]{0,200}>\s*<(?:\w+:)?f\b"
)
_SHEET_TAG = re.compile(rb"<(?:\w+:)?sheet\b[^>]*>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\b[^>]*>")
_ATTRIBUTE = re.compile(rb"([\w:]+)=\"([^\"]*)\"")
_OVERLAP = 2048


def column_index(letters: str) -> int:
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - 64
    return index - 1


def check_zip(path: Path, limits: dict[str, int]) -> dict[str, set[tuple[int, int]]]:
    """Refuse bombs and strangers; answer where each worksheet part has formulas."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _check_members(members, limits)
            budget, formulas = limits["unzipped"], {}
            for member in members:
                cells: set[tuple[int, int]] = set()
                budget = _scan(archive, member, budget, limits, cells)
                formulas[member.filename] = cells
            return formulas
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, zlib.error) as error:
        raise Refused("file_broken") from error
    except RuntimeError as error:  # a member asks for a password
        raise Refused("file_encrypted") from error


def _check_members(members: list[zipfile.ZipInfo], limits: dict[str, int]) -> None:
    names = {member.filename for member in members}
    if len(members) > limits["members"] or sum(m.file_size for m in members) > limits["unzipped"]:
        raise Refused("file_bomb")
    if any(member.flag_bits & 1 for member in members):
        raise Refused("file_encrypted")
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise Refused("file_has_macros")
    if "xl/workbook.xml" not in names:
        raise Refused("file_not_a_workbook")


def _scan(
    archive: zipfile.ZipFile,
    member: zipfile.ZipInfo,
    budget: int,
    limits: dict[str, int],
    formulas: set[tuple[int, int]],
) -> int:
    """Inflate one member piece by piece under the budget, looking at its XML; returns what is left."""
    is_xml = member.filename.lower().endswith((".xml", ".rels", ".vml"))
    is_sheet = member.filename.startswith("xl/worksheets/")
    tail, first = b"", True
    with archive.open(member) as stream:
        while piece := stream.read(262_144):
            budget -= len(piece)
            if budget < 0:
                raise Refused("file_bomb")
            window = tail + piece
            if is_xml:
                _check_xml(window, first)
            if is_sheet:
                _look_at_sheet(window, first, limits, formulas)
            tail, first = window[-_OVERLAP:], False
    return budget


def _check_xml(window: bytes, first: bool) -> None:
    if (
        b"<!DOCTYPE" in window
        or b"<!ENTITY" in window
        or (first and window.startswith((b"\xff\xfe", b"\xfe\xff")))
    ):
        raise Refused("file_entities")


def _look_at_sheet(
    window: bytes, first: bool, limits: dict[str, int], formulas: set[tuple[int, int]]
) -> None:
    if first and (found := _DIMENSION.search(window)) and found[2]:
        rows, columns = int(found[3]), column_index(found[2].decode()) + 1
        if rows * columns > limits["cells"]:
            raise Refused("sheet_too_wide", rows=rows, columns=columns)
    if b"<f" in window or b":f" in window:
        for found in _FORMULA_CELL.finditer(window):
            formulas.add((int(found[2]) - 1, column_index(found[1].decode())))
        if len(formulas) > limits["formulas"]:
            raise Refused("too_many_formulas")


def sheet_parts(path: Path) -> dict[str, str]:
    """Sheet name → path of its part in the archive."""
    with zipfile.ZipFile(path) as archive:
        book = archive.read("xl/workbook.xml")
        relations = (
            archive.read("xl/_rels/workbook.xml.rels")
            if "xl/_rels/workbook.xml.rels" in archive.namelist()
            else b""
        )
    targets = {}
    for tag in _RELATION.findall(relations):
        found = dict(_ATTRIBUTE.findall(tag))
        target = found.get(b"Target", b"").decode(errors="replace")
        targets[found.get(b"Id", b"")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    parts = {}
    for position, tag in enumerate(_SHEET_TAG.findall(book)):
        found = dict(_ATTRIBUTE.findall(tag))
        relation = next((v for k, v in found.items() if k.endswith(b":id")), b"")
        parts[str(position)] = targets.get(relation, "")
    return parts
