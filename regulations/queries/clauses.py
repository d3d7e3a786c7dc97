"""制度: the clauses with what enforces them, the terms that rest on them, and their history."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date
from functools import cache
from typing import Any

from django.apps import apps

from regulations import clauses
from regulations.clauses import Row
from regulations.queries.topics import Line, TopicCard, _card, versions_of
from regulations.slots import TOPICS
from salesdept.models import Project, User

TONES = {"enforced": "ok", "supported": "ok", "measured": "info", "manual": "mute", "todo": "warn"}
CHAPTERS = {
    "二·一": "第二部分 一、销售组职责",
    "二·二": "第二部分 二、质量目标",
    "三·": "第三部分 岗位说明",
    "四·前言": "第四部分 前言",
    "四·一": "第四部分 一、行为规范",
    "目录": "仅有标题的章",
}
_CN = "零一二三四五六七八九"
WIDER = "制度汇编（参考）"


@dataclass(frozen=True, slots=True)
class ClauseLine:
    key: str
    label: str
    quote: str
    status: str
    status_label: str
    tone: str
    proof: int


@dataclass(frozen=True, slots=True)
class Group:
    label: str
    lines: Sequence[ClauseLine]


@dataclass(frozen=True, slots=True)
class Enforcer:
    """What holds a clause: a named database constraint (its sentence) or a function."""

    name: str
    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class ClausePage:
    key: str
    label: str
    is_regulation: bool
    quote: str
    place: str
    status_label: str
    tone: str
    enforcers: Sequence[Enforcer]
    tests: Sequence[str]
    lines: Sequence[tuple[str, str, Line]]


def chapter_of(row: Row) -> str:
    """The heading a clause is listed under."""
    return next((label for start, label in CHAPTERS.items() if row.ref.startswith(start)), WIDER)


def listing(*, chapter: str = "", status: str = "", q: str = "") -> list[Group]:
    """Clauses by chapter; without a filter only the regulation proper, since that is what binds."""
    words = q.strip().lower()
    groups: dict[str, list[ClauseLine]] = {}
    for row in sorted(clauses.rows().values(), key=_place):
        head = chapter_of(row)
        if chapter and head != chapter:
            continue
        if not chapter and not words and not status and head == WIDER:
            continue
        if status and row.status != status:
            continue
        if words and words not in f"{row.key} {row.ref} {row.quote} {clauses.label_of(row)}".lower():
            continue
        groups.setdefault(head, []).append(_line(row))
    order = [*CHAPTERS.values(), WIDER]
    return [Group(head, groups[head]) for head in order if head in groups]


def _place(row: Row) -> tuple[int, ...]:
    """Where a clause stands in its chapter: the numbers of its reference, in order."""
    last = row.ref.rpartition("·")[2]
    cn = [_CN.index(c) for c in last if c in _CN]
    return (*cn, *map(int, re.findall(r"[0-9]+", last)), int(row.key[1:]))


def _line(row: Row) -> ClauseLine:
    return ClauseLine(
        row.key,
        clauses.label_of(row),
        row.quote,
        row.status,
        clauses.STATUSES[row.status],
        TONES[row.status],
        len(row.enforcer),
    )


def totals(*, proper: bool = False) -> dict[str, int]:
    """Status → number of clauses; `proper` counts the regulation's own rows alone."""
    counted = Counter(row.status for row in clauses.rows().values() if row.ref or not proper)
    return {status: counted[status] for status in clauses.STATUSES}


def page(key: str, actor: User, today: date, project: Project | None) -> ClausePage | None:
    """Everything about `S54` or a 拟 rule (`sc.lock.minutes`); None when there is no such key."""
    full = key if key in clauses.rows() else clauses.DRAFT + key
    try:
        cited = clauses.cite(full)
    except LookupError:
        return None
    row = clauses.rows().get(key)
    return ClausePage(
        key=key,
        label=cited.label,
        is_regulation=cited.is_regulation,
        quote=cited.quote,
        place=chapter_of(row) if row else f"第四部分 {clauses.drafts()[key].chapter}",
        status_label=clauses.STATUSES[row.status] if row else "",
        tone=TONES[row.status] if row else "",
        enforcers=[describe(name) for name in row.enforcer] if row else [],
        tests=row.tests if row else (),
        lines=list(_terms_on(full, actor, today, project)),
    )


def _terms_on(key: str, actor: User, today: date, project: Project | None) -> Iterator[tuple[str, str, Line]]:
    kinds = [kind for kind in TOPICS if any(f.metadata["clause"] == key for f in fields(kind))]
    rows = versions_of(actor, project) if kinds else []
    for kind in kinds:
        card: TopicCard = _card(kind, rows, today)
        for line in card.lines:
            if line.clause == key:
                yield kind.topic_name, card.version, line


@cache
def constraint_words() -> dict[str, str]:
    """Constraint name → the sentence it refuses with."""
    every: Iterator[Any] = (c for model in apps.get_models() for c in model._meta.constraints)
    return {c.name: str(c.violation_error_message) for c in every}


def describe(name: str) -> Enforcer:
    kind, _, rest = name.partition(":")
    if kind == "constraint":
        return Enforcer(rest, "数据库约束", constraint_words().get(rest, ""))
    rooms = {"rules": "规则", "services": "服务", "access": "权限", "queries": "统计", "models": "数据"}
    room = next((label for part, label in rooms.items() if f".{part}." in f".{name}."), "程序")
    return Enforcer(name, room, "")
