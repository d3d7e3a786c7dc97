"""Reads one untrusted file and prints its cells as JSON lines; started by `reader`, alone in a process.

Isolated: the standard library and calamine, no settings, no database, its own limits of memory and CPU time.
What it cannot or must not read it answers with `{"refused": code}`. The dialogue: book → heads of the visible
sheets → one line on stdin with the chosen sheet → rows → end.
"""

import json
import sys
from datetime import date, time
from pathlib import Path
from typing import Any

from salesdept.sheets.archive import Refused, check_kind
from salesdept.sheets.tables import HEAD_ROWS, Cells, TextTable, Workbook

CHUNK_ROWS = 500
OVERLONG = "~"


def confine(limits: dict[str, int]) -> None:
    """Memory and CPU limits of this process; on systems without them only the parent's clock holds."""
    try:
        import resource
    except ImportError:
        return
    wanted = (
        (resource.RLIMIT_AS, limits["memory"]),
        (resource.RLIMIT_CPU, limits["cpu"]),
        (resource.RLIMIT_CORE, 0),
    )
    for what, value in wanted:
        try:
            resource.setrlimit(what, (value, value))
        except (ValueError, OSError):
            continue


def say(**line: Any) -> None:
    sys.stdout.write(json.dumps(line, ensure_ascii=True, separators=(",", ":"), default=_json))
    sys.stdout.write("\n")
    sys.stdout.flush()


def _json(value: object) -> str:
    return value.isoformat() if isinstance(value, date | time) else str(value)


def fitting(row: Cells, limits: dict[str, int]) -> Cells:
    """A row within the widest sheet taken, its overlong texts cut and marked."""
    while row and row[-1] is None:
        row.pop()
    if len(row) > limits["columns"]:
        if any(cell not in (None, "") for cell in row[limits["columns"] :]):
            raise Refused("sheet_too_wide", rows=0, columns=len(row))
        row = row[: limits["columns"]]
    top = limits["cell"]
    return [[OVERLONG, cell[:80]] if isinstance(cell, str) and len(cell) > top else cell for cell in row]


def show_heads(table: Workbook | TextTable, limits: dict[str, int]) -> None:
    names = table.names()[: limits["sheets"]]
    say(book=names, encoding=table.encoding)
    for chosen in range(len(names)):
        head = []
        for number, row in table.rows(chosen):
            head.append([number, fitting(row, limits)])
            if number >= HEAD_ROWS:
                break
        say(head=head)


def show_rows(table: Workbook | TextTable, chosen: int, limits: dict[str, int]) -> None:
    chunk: list[list[Any]] = []
    count = 0
    for number, row in table.rows(chosen):
        cells = fitting(row, limits)
        if not any(cell not in (None, "") for cell in cells):
            continue
        chunk.append([number, cells])
        count += 1
        if count > limits["rows"]:
            raise Refused("too_many_rows", limit=limits["rows"])
        if len(chunk) == CHUNK_ROWS:
            say(rows=chunk)
            chunk = []
    if chunk:
        say(rows=chunk)


def main(path: Path, suffix: str, limits: dict[str, int]) -> None:
    confine(limits)
    try:
        kind = check_kind(path, suffix, limits)
        table = Workbook(path, limits) if kind == "zip" else TextTable(path, limits)
        show_heads(table, limits)
        if answer := sys.stdin.readline().strip():
            show_rows(table, int(answer), limits)
        say(end=True)
    except Refused as refusal:
        say(refused=refusal.code, detail=refusal.detail)
    except MemoryError:
        say(refused="file_too_hungry", detail={})


def run() -> None:
    """Entry of the process: path, suffix and limits on the command line."""
    main(Path(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3]))
