"""Finds the header among title rows and group cells, and says which column is which. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from salesdept.sheets.kinds import Column
from salesdept.sheets.limits import refusal
from salesdept.text import tidy

_UNIT = re.compile(r"[((\[【][^()\[\]【】]*[))\]】]$|(?:㎡|m2|m²)$")
_NOISE = re.compile(r"[\s*:·、“”\"'．.]+")
_TOTAL = re.compile(
    r"(?:合计|总计|小计|共计|汇总|累计|总和|平均|本页合计|本页小计|总套数|总人数)[::]?[0-9,.]*[套户间人位条行]?"
)
_NOTE = re.compile(r"(?:注|备注|说明|制表|审核|填表|制单|打印|单位|日期|时间)人?[::]|第[0-9 ]+页|共[0-9 ]+页")


# A character that every total and footnote has; a cell without one needs no closer look.
may_be_aside = re.compile("[计总汇均注备说制审填打单日时页]").search


@dataclass(frozen=True, slots=True)
class Mapped:
    """A column of the file that was recognised: where it stands, what its header says, its scale."""

    index: int
    column: Column
    header: str
    scale: str = ""

    @property
    def letter(self) -> str:
        return letter(self.index)


@dataclass(frozen=True, slots=True)
class Header:
    """`last_row` ends the header; `unused` are headers nobody asked for; `blank` has every column empty."""

    last_row: int
    mapped: tuple[Mapped, ...]
    unused: tuple[str, ...]
    blank: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Hit:
    index: int
    column: Column
    header: str
    exact: bool


def letter(index: int) -> str:
    """0 → A, 25 → Z, 26 → AA."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


def plain(header: str) -> str:
    """A header without spaces, stars, quotes and its unit in brackets."""
    text = tidy(header).lower().replace("（", "(").replace("）", ")")
    previous = ""
    while text != previous:
        previous, text = text, _NOISE.sub("", _UNIT.sub("", text.strip()))
    return text


@lru_cache(maxsize=16)
def _names(columns: tuple[Column, ...]) -> dict[str, Column]:
    names: dict[str, Column] = {}
    for column in columns:
        for name in (column.label, *column.synonyms):
            names.setdefault(plain(name), column)
    return names


def _match(texts: Iterable[str], names: dict[str, Column]) -> tuple[Column, str] | None:
    for text in texts:
        if text and (column := names.get(plain(text))):
            return column, text
    return None


def _hits(row: Sequence[str], below: Sequence[str], names: dict[str, Column]) -> list[_Hit]:
    """Recognised columns of one row, or of two rows where groups stand above names (面积: 建筑, 套内)."""
    hits, group = [], ""
    for index in range(max(len(row), len(below))):
        top = row[index] if index < len(row) else ""
        low = below[index] if index < len(below) else ""
        group = top or group
        texts = (low, group + low, low + group, top) if low else (top,)
        if found := _match(texts, names):
            column, text = found
            hits.append(_Hit(index, column, text, plain(text) == plain(column.label)))
    return hits


def _score(hits: Sequence[_Hit]) -> int:
    return len({hit.column.key for hit in hits})


def find_header(rows: Sequence[tuple[int, Sequence[str]]], columns: tuple[Column, ...]) -> Header | None:
    """The header among the first rows, or None when no row names two of the columns.

    Raises RuleError (missing_columns, merged_header, duplicate_columns) when it is there but incomplete.
    """
    names = _names(columns)
    best: tuple[int, int, list[_Hit]] = (0, 0, [])
    for at, (number, row) in enumerate(rows):
        single = _hits(row, (), names)
        if _score(single) > best[0]:
            best = (_score(single), number, single)
        below = rows[at + 1] if at + 1 < len(rows) else None
        if (
            below
            and (double := _hits(row, below[1], names))
            and _score(double) > max(best[0], _score(single))
        ):
            best = (_score(double), below[0], double)
    if best[0] < 2:
        return None
    return _complete(best[1], best[2], dict(rows)[best[1]], columns)


def _complete(last_row: int, hits: list[_Hit], row: Sequence[str], columns: tuple[Column, ...]) -> Header:
    chosen = _one_each(hits)
    missing = [column.label for column in columns if column.required and column.key not in chosen]
    if missing:
        holes = any(not text for text in row[: max(hit.index for hit in hits)])
        raise refusal("merged_header" if holes else "missing_columns", {"missing": "、".join(missing)})
    mapped = tuple(
        Mapped(
            hit.index, hit.column, tidy(hit.header), "万" if hit.column.scaled and "万" in hit.header else ""
        )
        for hit in sorted(chosen.values(), key=lambda hit: hit.index)
    )
    used = {item.index for item in mapped}
    unused = tuple(tidy(text) for index, text in enumerate(row) if text and index not in used)
    return Header(last_row, mapped, unused, dict.fromkeys((column.key for column in columns), ""))


def _one_each(hits: Sequence[_Hit]) -> dict[str, _Hit]:
    """One hit a column; the contract's own name outranks synonyms, two equals are refused."""
    chosen: dict[str, _Hit] = {}
    for hit in hits:
        rival = chosen.get(hit.column.key)
        if rival is None or (hit.exact and not rival.exact):
            chosen[hit.column.key] = hit
        elif hit.exact == rival.exact:
            where = "、".join(f"{letter(h.index)} 列「{tidy(h.header)}」" for h in (rival, hit))
            raise refusal("duplicate_columns", {"label": hit.column.label, "where": where})
    return chosen


def is_aside(filled: Sequence[str], count: int) -> str:
    """`合计` for a row of totals, `说明` for a footnote, else an empty string.

    `filled` are the first texts of the row that are not blank, `count` how many cells it fills in all.
    """
    if any(_TOTAL.fullmatch(text.replace(" ", "")) for text in filled):
        return "合计"
    return "说明" if count <= 2 and filled and _NOTE.match(filled[0].replace(" ", "")) else ""
