"""Workbooks and text files as one shape: named tables of numbered rows. Runs in the child process only."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from salesdept.sheets.archive import Refused, check_zip, sheet_parts

HEAD_ROWS = 30
FORMULA = "="
type Cells = list[Any]


class Workbook:
    """The visible worksheets of an xlsx, one loaded at a time."""

    encoding = ""

    def __init__(self, path: Path, limits: dict[str, int]) -> None:
        formulas = check_zip(path, limits)
        try:
            self.book = CalamineWorkbook.from_path(str(path))
        except PasswordError as error:
            raise Refused("file_encrypted") from error
        except CalamineError as error:
            raise Refused("file_broken") from error
        parts = sheet_parts(path)
        self.limits = limits
        self.formulas = [
            formulas.get(parts.get(str(i), ""), set()) for i in range(len(self.book.sheet_names))
        ]
        self.visible = [
            i
            for i, sheet in enumerate(self.book.sheets_metadata)
            if sheet.visible == SheetVisibleEnum.Visible and sheet.typ == SheetTypeEnum.WorkSheet
        ]
        self.loaded: tuple[int, Any] = (-1, None)

    def names(self) -> list[str]:
        return [self.book.sheet_names[i] for i in self.visible]

    def rows(self, chosen: int) -> Iterator[tuple[int, Cells]]:
        """Row numbers from one and cells from column A; merged columns carry their value down."""
        index = self.visible[chosen]
        if self.loaded[0] != index:
            self.loaded = (index, None)
            try:
                self.loaded = (index, self.book.get_sheet_by_index(index))
            except CalamineError as error:
                raise Refused("file_broken") from error
        sheet = self.loaded[1]
        if sheet.start is None:
            return
        if sheet.end[0] >= self.limits["height"]:
            raise Refused("sheet_too_tall", rows=sheet.end[0] + 1)
        pad: Cells = [None] * sheet.start[1]
        merges = Merges(sheet.merged_cell_ranges or [])
        formulas = self.formulas[index]
        for number, cells in enumerate(sheet.iter_rows()):
            row = pad + [None if cell == "" else cell for cell in cells]
            merges.fill(number, row)
            if formulas:
                row = [[FORMULA, cell] if (number, i) in formulas else cell for i, cell in enumerate(row)]
            yield number + 1, row


class Merges:
    """Cells merged down a column: their value stands in every row (a building's name beside its rooms)."""

    def __init__(self, ranges: list[tuple[tuple[int, int], tuple[int, int]]]) -> None:
        self.starts: dict[int, list[tuple[int, int]]] = {}
        self.open: dict[int, tuple[int, Any]] = {}
        for (top, left), (bottom, right) in ranges:
            if left == right and bottom > top:
                self.starts.setdefault(top, []).append((left, bottom))

    def fill(self, number: int, row: Cells) -> None:
        for column, bottom in self.starts.get(number, ()):
            self.open[column] = (bottom, row[column] if column < len(row) else None)
        for column, (bottom, value) in list(self.open.items()):
            if number > bottom:
                del self.open[column]
            elif column < len(row):
                row[column] = value


class TextTable:
    """A delimited text file: UTF-8 with or without mark, UTF-16 with mark, else GB18030."""

    def __init__(self, path: Path, limits: dict[str, int]) -> None:
        self.text, self.encoding = decode(path.read_bytes())
        self.limits = limits
        csv.field_size_limit(limits["bytes"])
        lines = "\n".join(self.text[:20_000].splitlines()[:HEAD_ROWS])
        self.delimiter = max(",\t;|", key=lines.count)

    def names(self) -> list[str]:
        return [""]

    def rows(self, chosen: int) -> Iterator[tuple[int, Cells]]:
        """Line numbers from one; `="138…"` is text, a leading `'` before a formula sign is dropped."""
        reader = csv.reader(io.StringIO(self.text), delimiter=self.delimiter)
        try:
            for number, row in enumerate(reader, start=1):
                if number > self.limits["height"]:
                    raise Refused("sheet_too_tall", rows=number)
                yield number, [_plain(cell) if cell[:1] in "='" else cell for cell in row]
        except csv.Error as error:
            raise Refused("file_broken") from error


def _plain(cell: str) -> Any:
    if cell.startswith("'") and cell[1:2] in ("=", "+", "-", "@", "\t", "\r"):
        return cell[1:]
    if found := re.fullmatch(r'="([^"]*)"', cell):
        return found[1]
    return [FORMULA, cell] if len(cell) > 1 and cell.startswith("=") else cell


def decode(raw: bytes) -> tuple[str, str]:
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if raw.startswith(mark):
            return _decoded(raw, encoding), encoding
    if b"\0" in raw:
        raise Refused("file_not_a_table")
    try:
        return raw.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return _decoded(raw, "gb18030"), "gb18030"


def _decoded(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise Refused("file_encoding") from error
