"""Opens an uploaded file through the child process: header found, cells as tidy text, one row at a time."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path, PurePath
from typing import Any

from salesdept.errors import RuleError
from salesdept.sheets.header import Header, find_header, is_aside, may_be_aside
from salesdept.sheets.kinds import Column, Fault
from salesdept.sheets.limits import LIMITS, Limits, refusal
from salesdept.text import cell_text, tidy

_ROOT = str(Path(__file__).resolve().parents[2])
_ENTRY = "import sys; sys.path.insert(0, sys.argv.pop(1)); from salesdept.sheets.child import run; run()"
_FORMULA, _OVERLONG = "=", "~"
_SCALABLE = "0123456789"


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One line: its number in the file, column key → tidy text, and what is wrong with single cells."""

    number: int
    cells: dict[str, str]
    faults: tuple[Fault, ...] = ()


@dataclass(slots=True)
class Sheet:
    """A file whose header was found. Iterate `rows()` once; `asides` then names the rows left out."""

    name: str
    encoding: str
    header: Header
    other_sheets: tuple[str, ...]
    child: "_Child"
    asides: list[str] = field(default_factory=list)

    def rows(self) -> Iterator[SheetRow]:
        """Data rows: blank lines, repeated headers, totals and footnotes are left out."""
        headers = {item.index: item.header for item in self.header.mapped}
        empty = True
        for number, raw in self.child.rows():
            if number <= self.header.last_row:
                continue
            row = _read(number, raw, self.header)
            if not any(row.cells.values()):
                continue
            if aside := _aside(raw):
                self.asides.append(f"第 {number} 行是{aside}，未读入")
                continue
            if all(row.cells[item.column.key] == headers[item.index] for item in self.header.mapped):
                continue
            empty = False
            yield row
        if empty:
            raise refusal("no_rows")


def _aside(raw: Sequence[Any]) -> str:
    """What kind of row without data this is; most rows are told by a glance at their first cells."""
    first = list(islice((cell for cell in raw if cell is not None and cell != ""), 3))
    if not any(isinstance(cell, str) and may_be_aside(cell) for cell in first):
        return ""
    count = sum(cell is not None and cell != "" for cell in raw)
    return is_aside([tidy(_text(cell)) for cell in first], count)


def _text(cell: Any) -> str:
    """Text of a cell as the child sends it; marked cells are [mark, value]."""
    return cell_text(cell[1] if isinstance(cell, list) else cell)


def _read(number: int, raw: Sequence[Any], header: Header) -> SheetRow:
    cells = header.blank.copy()
    faults: list[Fault] = []
    width = len(raw)
    for item in header.mapped:
        cell = raw[item.index] if item.index < width else None
        if cell is None:
            continue
        text = tidy(cell if isinstance(cell, str) else _text(cell))
        if item.scale and text and text[-1] in _SCALABLE:
            text += item.scale
        cells[item.column.key] = text
        if not isinstance(cell, str) and (fault := _fault(cell, item.column)):
            faults.append(fault)
    return SheetRow(number, cells, tuple(faults))


def _fault(cell: Any, column: Column) -> Fault | None:
    """What the cell's own kind rules out, whatever it says."""
    if isinstance(cell, list) and cell[0] == _FORMULA:
        return Fault(column.key, "formula", "单元格是公式，请粘贴为数值")
    if isinstance(cell, list):
        return Fault(column.key, "overlong", "内容过长，只保留了开头")
    if column.digits and isinstance(cell, int | float) and not isinstance(cell, bool):
        words = "单元格是数字格式：Excel 只保留 15 位，后面的已变成 0；请设为文本后重填"
        return Fault(column.key, "digits_lost", words)
    return None


class _Child:
    """The process that reads, and the dialogue with it."""

    def __init__(self, path: Path, suffix: str, limits: Limits) -> None:
        self.limits = limits
        arguments = [_ROOT, str(path), suffix, json.dumps(limits.for_child())]
        self.process = subprocess.Popen(  # noqa: S603 - our own script, arguments as a list
            [sys.executable, "-I", "-c", _ENTRY, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"LANG": "C.UTF-8"},
        )
        self.late = False
        self.clock = threading.Timer(limits.wall, self._stop_late)
        self.clock.daemon = True
        self.clock.start()

    def _stop_late(self) -> None:
        self.late = True
        self.process.kill()

    def close(self) -> None:
        self.clock.cancel()
        self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                with suppress(BrokenPipeError):
                    pipe.close()
        self.process.wait()

    def line(self) -> dict[str, Any]:
        """The child's next line; a refusal or its death is raised in the user's words."""
        pipe = self.process.stdout
        text = pipe.readline() if pipe else b""
        if not text.endswith(b"\n"):
            raise refusal(self._how_it_died())
        line: dict[str, Any] = json.loads(text)
        if code := line.get("refused"):
            raise refusal(code, line["detail"])
        return line

    def _how_it_died(self) -> str:
        if self.late:
            return "file_too_slow"
        # SIGKILL and SIGXCPU: out of CPU time; SIGABRT and SIGSEGV: the allocator gave up.
        died = {-9: "file_too_slow", -24: "file_too_slow", -6: "file_too_hungry", -11: "file_too_hungry"}
        return died.get(self.process.wait(), "file_unreadable")

    def choose(self, sheet: int) -> None:
        """Answer with a sheet; that the child is dead shows when its next line is asked for."""
        if self.process.stdin:
            with suppress(BrokenPipeError):
                self.process.stdin.write(f"{sheet}\n".encode())
                self.process.stdin.flush()

    def rows(self) -> Iterator[tuple[int, list[Any]]]:
        while "end" not in (line := self.line()):
            yield from line["rows"]


@contextmanager
def open_sheet(
    path: Path, file_name: str, columns: tuple[Column, ...], limits: Limits = LIMITS
) -> Iterator[Sheet]:
    """Read a stored upload. Raises RuleError with a code of `limits.WORDS` for anything else.

    The first visible worksheet with a header is read; further ones are named in `other_sheets`.
    """
    child = _Child(path, PurePath(file_name).suffix.lower(), limits)
    try:
        book = child.line()
        heads = [_head(child) for _ in book["book"]]
        chosen, header = _choose(heads, columns)
        others = [n for i, n in enumerate(book["book"]) if i > chosen and _has_header(heads[i], columns)]
        child.choose(chosen)
        yield Sheet(book["book"][chosen], book["encoding"], header, tuple(others), child)
    finally:
        child.close()


type _Head = list[tuple[int, list[str]]]


def _head(child: _Child) -> _Head:
    return [(number, [tidy(_text(cell)) for cell in row]) for number, row in child.line()["head"]]


def _choose(heads: Sequence[_Head], columns: tuple[Column, ...]) -> tuple[int, Header]:
    problem = None
    for index, head in enumerate(heads):
        try:
            if header := find_header(head, columns):
                return index, header
        except RuleError as error:
            problem = problem or error
    if problem:
        raise problem
    if not any(any(row) for head in heads for _, row in head):
        raise refusal("no_rows")
    wanted = "、".join(column.label for column in columns if column.required)
    raise refusal("no_header", {"rows": max(len(head) for head in heads), "wanted": wanted})


def _has_header(head: _Head, columns: tuple[Column, ...]) -> bool:
    try:
        return find_header(head, columns) is not None
    except RuleError:
        return False
