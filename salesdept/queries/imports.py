"""Read models of the import wizard: strings ready for the templates, personal data masked."""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from urllib.parse import urlencode

from django.db.models import Count, QuerySet
from django.urls import reverse

from salesdept.formats import amount, cn_time
from salesdept.models import ImportBatch, ImportRow, Project, User
from salesdept.sheets.check import faults_from_json
from salesdept.sheets.kinds import Cells, Column, Fault, ImportKind, kind_named
from salesdept.sheets.limits import CLAUSE
from salesdept.sheets.store import masked, unpack
from salesdept.verdict import ALLOWED, Verdict

_NUMBER = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,6})?")
PAGE = 50
BATCHES = 30
RowState, State = ImportRow.State, ImportBatch.State
TAGS = {
    RowState.OK: ("ok", "check", "可导入"),
    RowState.WARN: ("warn", "alert", "提醒"),
    RowState.BAD: ("bad", "x", "错误"),
    RowState.SKIP: ("outline", "minus", "跳过"),
}
STATE_TAGS = {
    State.PREVIEW: "warn",
    State.COMMITTED: "ok",
    State.UNDONE: "outline",
    State.DISCARDED: "outline",
}
VIEWS = {"": (), "todo": (RowState.BAD, RowState.WARN), "bad": (RowState.BAD,), "warn": (RowState.WARN,)}
VIEWS |= {"skip": (RowState.SKIP,)}


# The list of batches.


@dataclass(frozen=True, slots=True)
class BatchLine:
    pk: int
    url: str
    file_name: str
    kind: str
    state: str
    tag: str
    rows: str
    who: str
    when: str


def batches(
    actor: User, project: Project | None, now: datetime, before: int = 0
) -> tuple[list[BatchLine], int]:
    """One page of uploads, newest first, and the key of the next page (0 when there is none)."""
    found = ImportBatch.objects.visible_to(actor).filter(project=project).select_related("created_by")
    if before:
        found = found.filter(pk__lt=before)
    page = list(found.order_by("-pk")[: BATCHES + 1])
    older = page[BATCHES - 1].pk if len(page) > BATCHES else 0
    return [_line(batch, now) for batch in page[:BATCHES]], older


def _line(batch: ImportBatch, now: datetime) -> BatchLine:
    kind = kind_named(batch.kind)
    return BatchLine(
        pk=batch.pk,
        url=reverse("import_detail", args=[batch.pk]),
        file_name=batch.file_name,
        kind=kind.label if kind else batch.kind,
        state=batch.get_state_display(),
        tag=STATE_TAGS[State(batch.state)],
        rows=f"{batch.imported_count or batch.row_count:,}",
        who=batch.created_by.name,
        when=cn_time(batch.created_at, now),
    )


# One batch.


@dataclass(frozen=True, slots=True)
class Chip:
    label: str
    query: str
    active: bool
    problem: str = ""


@dataclass(frozen=True, slots=True)
class CellView:
    text: str
    label: str
    css: str


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the preview."""

    number: int
    title: str
    title_css: str
    cells: tuple[CellView, ...]
    tag: str
    icon: str
    label: str
    words: str
    version: int
    skipped: bool
    fine: bool


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of one batch by state and by problem."""

    rows: int
    states: Counter[str]
    problems: dict[str, Counter[str]]

    @property
    def kept(self) -> int:
        return self.rows - self.states[RowState.BAD] - self.states[RowState.SKIP]


def tally(batch: ImportBatch) -> Tally:
    """One grouped query over the rows that are not simply fine."""
    states: Counter[str] = Counter()
    problems: dict[str, Counter[str]] = {}
    found = batch.rows.exclude(problem="").values_list("state", "problem").annotate(Count("pk"))
    for state, problem, count in found.order_by("problem", "state"):
        states[state] += count
        problems.setdefault(problem, Counter())[state] += count
    return Tally(batch.row_count, states, problems)


class Preview:
    """Everything the detail page of one batch shows. Two queries: the counts and one page of rows."""

    def __init__(
        self,
        batch: ImportBatch,
        now: datetime,
        *,
        show: str = "",
        problem: str = "",
        after: int = 0,
        focus: int = 0,
    ) -> None:
        self.batch, self.now, self.focus = batch, now, focus
        kind = kind_named(batch.kind)
        if kind is None:
            raise LookupError(batch.kind)
        self.kind: ImportKind = kind
        self.show = show if show in VIEWS else ""
        self.problem, self.after = problem, after
        self.count = tally(batch)
        self.shown_columns = [kind.column(key) for key in kind.shown]
        rows = list(self._rows()[: PAGE + 1])
        self.next = rows[PAGE - 1].row_no if len(rows) > PAGE else 0
        self.rows = [self._line(row) for row in rows[:PAGE]]

    def _rows(self) -> QuerySet[ImportRow]:
        rows = self.batch.rows.filter(row_no__gt=self.after).order_by("row_no")
        if states := VIEWS[self.show]:
            rows = rows.filter(state__in=states)
        if self.problem:
            rows = rows.filter(problem=self.problem)
        return rows

    # --- heads

    @property
    def open(self) -> bool:
        return self.batch.state == State.PREVIEW

    @property
    def title(self) -> str:
        return f"导入{self.kind.label}"

    @property
    def subtitle(self) -> str:
        batch = self.batch
        who = f"{batch.created_by.name} {cn_time(batch.created_at, self.now)}"
        return f"{batch.file_name} · {batch.row_count:,} 行 · {len(batch.columns)} 列 · {who}"

    @property
    def title_label(self) -> str:
        return self.kind.column(self.kind.title).label

    @property
    def notes(self) -> list[str]:
        return list(self.batch.notes)

    @property
    def has_rows(self) -> bool:
        """Whether rows are left to show: all of an open batch, the skipped ones of a closed one."""
        return self.open or bool(self.left)

    @property
    def can_undo(self) -> bool:
        return self.batch.state == State.COMMITTED

    @property
    def columns(self) -> list[tuple[str, str, str]]:
        """(column of the file, its header, what it was read as)."""
        return [(letter, header, self.kind.column(key).label) for key, header, letter in self.batch.columns]

    @property
    def kept(self) -> str:
        return f"{self.count.kept:,}"

    @property
    def bad(self) -> int:
        return self.count.states[RowState.BAD]

    @property
    def figures(self) -> list[tuple[str, str, str, str]]:
        """(class, label, value, meta) of the four figures."""
        states = self.count.states
        return [
            ("is-ok", "可导入", self.kept, f"整批成功或整批不动，共 {self.count.rows:,} 行"),
            ("is-bad" if self.bad else "", "错误", f"{self.bad:,}", "不改不能导入"),
            (
                "is-warn" if states[RowState.WARN] else "",
                "提醒",
                f"{states[RowState.WARN]:,}",
                "照样导入，请看一眼",
            ),
            ("", "跳过", f"{states[RowState.SKIP]:,}", "不导入，可下载"),
        ]

    @property
    def commit_label(self) -> str:
        left = self.bad + self.count.states[RowState.SKIP]
        return f"导入 {self.kept} 行" + (f"，跳过 {left:,} 行" if left else "")

    @property
    def commit_verdict(self) -> Verdict:
        if self.bad:
            return Verdict(f"还有 {self.bad:,} 行有错误", CLAUSE, "逐行改正，或设为跳过")
        if not self.count.kept:
            return Verdict("没有可导入的行", CLAUSE, "改正或取回至少一行")
        return ALLOWED

    @property
    def left(self) -> int:
        """Rows that an error sheet would hold."""
        return self.bad + self.count.states[RowState.SKIP]

    @property
    def outcome(self) -> list[tuple[str, str]]:
        """What became of a batch that is no longer open."""
        batch, facts = self.batch, []
        if batch.committed_at:
            facts.append(
                (
                    "导入",
                    f"{batch.imported_count:,} {self.kind.noun} · {cn_time(batch.committed_at, self.now)}",
                )
            )
        if batch.undone_at:
            facts.append(("撤销", cn_time(batch.undone_at, self.now)))
        if self.left:
            facts.append(("未导入", f"{self.left:,} 行"))
        return facts

    # --- filters

    @property
    def chips(self) -> list[Chip]:
        if not self.open:
            return []
        states = self.count.states
        todo = states[RowState.BAD] + states[RowState.WARN]
        named = [
            ("", "全部", self.count.rows),
            ("todo", "需处理", todo),
            ("bad", "错误", states[RowState.BAD]),
            ("warn", "提醒", states[RowState.WARN]),
            ("skip", "跳过", states[RowState.SKIP]),
        ]
        return [
            Chip(f"{label} {count:,}", self.query(show=show), not self.problem and show == self.show)
            for show, label, count in named
            if count or not show
        ]

    @property
    def problem_chips(self) -> list[Chip]:
        return [
            Chip(
                f"{self.kind.problem_label(code)} {sum(counts.values()):,}",
                self.query(problem=code),
                code == self.problem,
                code,
            )
            for code, counts in self.count.problems.items()
        ]

    @property
    def problem_name(self) -> str:
        return self.kind.problem_label(self.problem) if self.problem else ""

    @property
    def skippable(self) -> str:
        """How many rows of the chosen problem can be set to 跳过 at once, as words; empty when none."""
        counts = self.count.problems.get(self.problem, Counter())
        open_rows = counts[RowState.BAD] + counts[RowState.WARN]
        return f"{open_rows:,}" if open_rows else ""

    @property
    def acceptable(self) -> bool:
        """Whether formula cells wait for 按显示值采用."""
        return self.count.problems.get("formula", Counter())[RowState.BAD] > 0

    def query(self, *, show: str = "", problem: str = "", after: int = 0) -> str:
        given = {"show": show, "at": problem, "after": after}
        return "?" + urlencode({key: value for key, value in given.items() if value})

    @property
    def here(self) -> str:
        return self.query(show=self.show, problem=self.problem, after=self.after)

    @property
    def next_query(self) -> str:
        return self.query(show=self.show, problem=self.problem, after=self.next)

    @property
    def first_query(self) -> str:
        return self.query(show=self.show, problem=self.problem)

    # --- rows

    def _line(self, row: ImportRow) -> Line:
        cells = unpack(self.kind, self.batch.seal_id, row.row_no, row.data)
        faults = faults_from_json(row.faults)
        tag, icon, label = TAGS[RowState(row.state)]
        worst = {
            fault.column: ("cell-warn" if fault.warn or fault.skip else "cell-bad")
            for fault in sorted(faults, key=lambda fault: not (fault.warn or fault.skip))
        }
        listed = {self.kind.title, *self.kind.shown}
        return Line(
            number=row.row_no,
            title=(row.key if self.kind.key_is_title else "") or cells[self.kind.title] or "—",
            title_css=worst.get(self.kind.title, ""),
            cells=tuple(_cell(column, cells, worst) for column in self.shown_columns),
            tag=tag,
            icon=icon,
            label=label,
            words="；".join(self._words(fault, cells, listed) for fault in faults),
            version=row.version,
            skipped=row.state == RowState.SKIP,
            fine=row.state == RowState.OK,
        )

    def _words(self, fault: Fault, cells: Cells, listed: set[str]) -> str:
        """The reason; with its column and value where the list does not show the cell."""
        if fault.column in listed or not fault.column:
            return fault.message
        column = self.kind.column(fault.column)
        value = masked(column, cells[fault.column])
        return (
            f"{column.label}「{value[:20]}」：{fault.message}"
            if value
            else f"{column.label}：{fault.message}"
        )


def _cell(column: Column, cells: Cells, worst: dict[str, str]) -> CellView:
    css = " ".join(part for part in ("r" if column.right else "", worst.get(column.key, "")) if part)
    text = masked(column, cells[column.key])
    number = column.right and _NUMBER.fullmatch(text)
    return CellView(amount(Decimal(text)) if number else text or "—", column.label, css)
