"""Corrections while a batch is open: a cell, a row, a kind of error at once."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import batched
from typing import Any

from salesdept import journal
from salesdept.models import ImportBatch, ImportRow, User
from salesdept.services.imports.common import WRITE, RowState, cells_of, faults_of_cells, open_batch
from salesdept.sheets.check import check_rows, faults_from_json, faults_to_json, skipped_by_hand
from salesdept.sheets.kinds import ImportKind
from salesdept.sheets.limits import LIMITS
from salesdept.sheets.reader import SheetRow
from salesdept.sheets.store import pack, unpack
from salesdept.text import tidy
from salesdept.verbs import locked, save_versioned, service

KEYS = 400  # keys looked up, rows judged in one statement


@service
def fix_row(
    *,
    actor: User,
    batch_id: int,
    row_no: int,
    cells: Mapping[str, str],
    version: int | None,
    now: datetime,
    idempotency_key: str | None = None,
) -> ImportRow:
    """Put other texts into cells of one row and check it, and the rows it was or is like, once more."""
    batch, kind = open_batch(actor, batch_id)
    row = _locked_row(batch, row_no, version)
    old = unpack(kind, batch.seal_id, row_no, row.data)
    new = {key: tidy(cells[key])[: LIMITS.cell] for key in old if key in cells}
    changed = {key for key, text in new.items() if text != old[key]}
    row.data = pack(kind, batch.seal_id, row_no, {**old, **new})
    # What was sent was looked at: a formula's shown value sent back unchanged is accepted as a value.
    row.faults = faults_to_json([f for f in faults_of_cells(row) if f.column not in new])
    row.state, row.problem = RowState.OK, ""
    row.save(update_fields=["data", "faults", "state", "problem"])
    _judge(batch, kind, actor, now, rows={row.pk}, keys={row.key})
    journal.record(
        actor, "salesdept.import.row_fixed", batch, happened_at=now, row=row_no, columns=sorted(changed)
    )
    row.refresh_from_db()
    return row


@service
def skip_row(
    *,
    actor: User,
    batch_id: int,
    row_no: int,
    skip: bool,
    version: int | None,
    now: datetime,
    idempotency_key: str | None = None,
) -> ImportRow:
    """Set one row to 跳过, or take it back into the import."""
    batch, kind = open_batch(actor, batch_id)
    row = _locked_row(batch, row_no, version)
    faults = faults_from_json(row.faults)
    row.state, row.problem = (RowState.SKIP, skipped_by_hand(faults)) if skip else (RowState.OK, "")
    save_versioned(row, "state", "problem")
    _judge(batch, kind, actor, now, rows=set() if skip else {row.pk}, keys={row.key})
    verb = "salesdept.import.row_skipped" if skip else "salesdept.import.row_taken_back"
    journal.record(actor, verb, batch, happened_at=now, row=row_no)
    row.refresh_from_db()
    return row


@service
def skip_kind(
    *, actor: User, batch_id: int, problem: str, now: datetime, idempotency_key: str | None = None
) -> ImportBatch:
    """Set every row with this problem to 跳过; an empty problem means every row with an error."""
    batch, kind = open_batch(actor, batch_id)
    rows = batch.rows.filter(state=RowState.BAD)
    if problem:
        rows = batch.rows.filter(problem=problem, state__in=(RowState.BAD, RowState.WARN))
    keys = set(rows.exclude(key="").values_list("key", flat=True))
    count = rows.update(state=RowState.SKIP)
    _judge(batch, kind, actor, now, keys=keys)
    journal.record(
        actor, "salesdept.import.kind_skipped", batch, happened_at=now, problem=problem, rows=count
    )
    return batch


@service
def accept_shown(
    *, actor: User, batch_id: int, now: datetime, idempotency_key: str | None = None
) -> ImportBatch:
    """Take what formula cells showed when the file was saved as their values."""
    batch, kind = open_batch(actor, batch_id)
    rows = list(batch.rows.filter(problem="formula", state=RowState.BAD))
    for row in rows:
        cells = unpack(kind, batch.seal_id, row.row_no, row.data)
        left = [f for f in faults_of_cells(row) if f.code != "formula" or not cells[f.column]]
        row.faults = faults_to_json(left)
    ImportRow.objects.bulk_update(rows, ["faults"], batch_size=WRITE)
    _judge(batch, kind, actor, now, rows={row.pk for row in rows}, keys={row.key for row in rows})
    journal.record(actor, "salesdept.import.formulas_accepted", batch, happened_at=now, rows=len(rows))
    return batch


@service
def recheck(*, actor: User, batch_id: int, now: datetime, idempotency_key: str | None = None) -> ImportBatch:
    """Compare every row that is not set to 跳过 with what exists by now."""
    batch, kind = open_batch(actor, batch_id)
    _judge(batch, kind, actor, now, everything=True)
    journal.record(actor, "salesdept.import.rechecked", batch, happened_at=now)
    return batch


def _locked_row(batch: ImportBatch, row_no: int, version: int | None) -> ImportRow:
    """The batch is locked already; only the row's version has to agree."""
    row = batch.rows.get(row_no=row_no)
    return locked(batch.rows.all(), row.pk, version)


def _judge(
    batch: ImportBatch,
    kind: ImportKind,
    actor: User,
    now: datetime,
    *,
    rows: Iterable[int] = (),
    keys: Iterable[str] = (),
    everything: bool = False,
) -> None:
    """Check rows again, with every other row that shares a key; 跳过 rows stay out of it."""
    context = kind.context(actor, batch.project, now)
    live = batch.rows.exclude(state=RowState.SKIP)
    if everything:
        _judge_rows(batch, kind, context, {row.pk: row for row in live})
        return
    found = {row.pk: row for row in live.filter(pk__in=list(rows))}
    wanted = {key for key in keys if key}
    for row in found.values():
        cells = unpack(kind, batch.seal_id, row.row_no, row.data)
        wanted.add(kind.clean(cells, context).key)
    for chunk in batched(sorted(wanted - {""}), KEYS):
        found |= {row.pk: row for row in live.filter(key__in=chunk)}
    _judge_rows(batch, kind, context, found)


def _judge_rows(batch: ImportBatch, kind: ImportKind, context: Any, rows: dict[int, ImportRow]) -> None:
    ordered = sorted(rows.values(), key=lambda row: row.row_no)
    sheet = (SheetRow(r.row_no, cells_of(batch, kind, r), tuple(faults_of_cells(r))) for r in ordered)
    for row, checked in zip(ordered, check_rows(sheet, kind, context), strict=True):
        row.state, row.problem = checked.verdict
        row.key, row.faults = checked.key[:60], faults_to_json(checked.faults)
        row.version += 1
    fields = ["state", "problem", "key", "faults", "version"]
    ImportRow.objects.bulk_update(ordered, fields, batch_size=KEYS)
