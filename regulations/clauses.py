"""What the regulation says (`clauses.csv`) and what the company added (`drafts.csv`). No database.

A clause key is `S54` (a row of clauses.csv) or `拟:sc.lock.minutes` (a row of drafts.csv).
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HERE = Path(__file__).resolve().parent
DRAFT = "拟:"
PAGE = "/regulations/clauses/{}/"  # regulations:clause_detail; a constant, so that citing loads no URLs
TITLE_ONLY = "目录"  # the regulation has this chapter's title and no text
_PARTS = {"二": "第二部分", "三": "第三部分", "四": "第四部分"}

STATUSES: Mapping[str, str] = {
    "enforced": "已强制",
    "supported": "已支持",
    "measured": "已度量",
    "manual": "人工",
    "todo": "未做",
}
NEEDS_PROOF = ("enforced", "supported", "measured")


@dataclass(frozen=True, slots=True)
class Clause:
    """How a clause is shown: `§ …` where the regulation has it, `拟 …` where the company filled it in."""

    key: str
    label: str
    is_regulation: bool
    url: str
    quote: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row of clauses.csv. `enforcer` and `tests` are dotted names, `constraint:NAME` or `path::test`."""

    key: str
    ref: str
    group: str
    quote: str
    software_does: str
    apps: tuple[str, ...]
    status: str
    enforcer: tuple[str, ...]
    tests: tuple[str, ...]

    @property
    def is_regulation(self) -> bool:
        """Whether the row lies in the regulation proper (its last document)."""
        return bool(self.ref)


@dataclass(frozen=True, slots=True)
class Draft:
    """A rule the company fills in, under the chapter that has only a title."""

    key: str
    chapter: str
    label: str


@cache
def rows() -> Mapping[str, Row]:
    """All clauses by key, in the order of the table."""
    with (HERE / "clauses.csv").open(encoding="utf-8", newline="") as file:
        return {line["id"]: _row(line) for line in csv.DictReader(file)}


def _row(line: Mapping[str, str]) -> Row:
    return Row(
        key=line["id"],
        ref=line["ref"],
        group=line["group"],
        quote=line["quote"],
        software_does=line["software_does"],
        apps=tuple(line["apps"].split("+")),
        status=line["status"],
        enforcer=_names(line["enforcer"]),
        tests=_names(line["tests"]),
    )


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(";") if name.strip())


@cache
def drafts() -> Mapping[str, Draft]:
    """All 拟 rules by key without its prefix."""
    with (HERE / "drafts.csv").open(encoding="utf-8", newline="") as file:
        return {line["key"]: Draft(**line) for line in csv.DictReader(file)}


@cache
def todo_max() -> int:
    """How many clauses may still be `todo`; only ever lowered."""
    return int((HERE / "todo.max").read_text())


@cache
def cite(key: str) -> Clause:
    """The words for a clause key. Raises LookupError for a key that is neither a clause nor a draft."""
    if key.startswith(DRAFT):
        draft = drafts()[key.removeprefix(DRAFT)]
        text = "原文未载正文，由公司补充"
        return Clause(key, f"拟 {draft.chapter} {draft.label}", False, PAGE.format(draft.key), text)
    row = rows()[key]
    return Clause(key, label_of(row), row.is_regulation, PAGE.format(key), row.quote)


def label_of(row: Row) -> str:
    """`四·一(一)16` → `§ 第四部分 一(一)16`; a row of the wider collection → `制度汇编 S30`."""
    if not row.ref:
        return f"制度汇编 {row.key}"
    if row.ref == TITLE_ONLY:
        return f"§ 目录 {re.split('[,，、]', row.quote)[-1][:12]}"
    part, *rest = row.ref.split("·")
    return f"§ {_PARTS[part]} {' '.join(rest)}"
