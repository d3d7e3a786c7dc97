"""Row by row through an import kind: read, compared with the file and with what exists. Writes nothing."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any

from salesdept.sheets.kinds import BY_HAND, REPEATED, Cells, Cleaned, Fault, ImportKind
from salesdept.sheets.reader import SheetRow

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
CHUNK = 500  # rows whose keys are looked up in one query


@dataclass(frozen=True, slots=True)
class Checked:
    """A row and what was found; `verdict` is its state (ok, warn, bad, skip) and the deciding code."""

    number: int
    cells: Cells
    cleaned: Cleaned
    faults: tuple[Fault, ...]

    @property
    def key(self) -> str:
        return self.cleaned.key

    @property
    def verdict(self) -> tuple[str, str]:
        return judge(self.faults)


def judge(faults: Sequence[Fault]) -> tuple[str, str]:
    """(state, problem) of a row: the first error, else the first 跳过, else the first warning."""
    for state, found in (
        ("bad", (f for f in faults if not f.warn and not f.skip)),
        ("skip", (f for f in faults if f.skip)),
        ("warn", (f for f in faults if f.warn)),
    ):
        if first := next(found, None):
            return state, first.code
    return "ok", ""


def check_rows(rows: Iterable[SheetRow], kind: ImportKind, context: Any) -> Iterator[Checked]:
    """Check a whole file, streaming; the first row of a key is the one the others repeat."""
    seen: dict[str, int] = {}
    for chunk in batched(rows, CHUNK):
        yield from _check_chunk(chunk, kind, context, seen)


def _check_chunk(
    chunk: Sequence[SheetRow], kind: ImportKind, context: Any, seen: dict[str, int]
) -> Iterator[Checked]:
    cleaned = [kind.clean(row.cells, context) for row in chunk]
    clashes = kind.clash([c for c in cleaned if c.key], context)
    for row, values in zip(chunk, cleaned, strict=True):
        faults = _joined(row.faults, values.faults)
        if key := values.key:
            first = seen.setdefault(key, row.number)
            if first != row.number:
                faults.append(_repeated(kind, first))
            elif key in clashes:
                faults.append(clashes[key])
        yield Checked(row.number, row.cells, values, tuple(faults))


def _joined(of_cells: tuple[Fault, ...], found: tuple[Fault, ...]) -> list[Fault]:
    """A cell that could not be trusted is not judged a second time by its content."""
    if not of_cells:
        return list(found)
    spoken_for = {fault.column for fault in of_cells}
    return [*of_cells, *(fault for fault in found if fault.column not in spoken_for)]


def _repeated(kind: ImportKind, first: int) -> Fault:
    column = next((c.key for c in kind.columns if c.label == kind.key_label), "")
    return Fault(column, REPEATED, f"与第 {first} 行{kind.key_label}重复")


def faults_to_json(faults: Sequence[Fault]) -> str:
    if not faults:
        return "[]"
    rows = [[f.column, f.code, f.message, int(f.warn), int(f.skip)] for f in faults]
    return _encode(rows)


def faults_from_json(text: str) -> tuple[Fault, ...]:
    return tuple(
        Fault(c, code, words, bool(warn), bool(skip)) for c, code, words, warn, skip in json.loads(text)
    )


def skipped_by_hand(faults: Sequence[Fault]) -> str:
    """The problem under which a row set to 跳过 by a person is counted: its own, else 手工跳过."""
    return judge(faults)[1] or BY_HAND
