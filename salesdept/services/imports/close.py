"""The end of a batch: imported whole, taken back, or given up."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from salesdept import journal
from salesdept.access import may_import
from salesdept.errors import RuleError
from salesdept.models import ImportBatch, ImportRow, Reveal, User
from salesdept.services.imports.common import (
    KEPT,
    WRITE,
    RowState,
    State,
    cells_of,
    faults_of_cells,
    open_batch,
    the_kind,
)
from salesdept.services.privacy import note_look
from salesdept.sheets.check import check_rows
from salesdept.sheets.kinds import ImportKind
from salesdept.sheets.limits import CLAUSE
from salesdept.sheets.reader import SheetRow
from salesdept.verbs import locked, save_versioned, service

STALE = timedelta(days=30)  # a sheet left in the wizard holds personal data no longer than this


@service
def commit_batch(
    *,
    actor: User,
    batch_id: int,
    now: datetime,
    version: int | None = None,
    idempotency_key: str | None = None,
) -> ImportBatch:
    """Import every kept row, or none: RuleError while a row has an error, or when one has got one since.

    Rows that were imported leave the wizard's table; skipped ones stay for the error sheet.
    """
    batch, kind = open_batch(actor, batch_id, version)
    kind.may(actor).or_raise()
    if bad := batch.rows.filter(state=RowState.BAD).count():
        raise RuleError(
            "rows_in_error", f"还有 {bad:,} 行有错误，整批没有导入", CLAUSE, "逐行改正，或按错误类型设为跳过"
        )
    count = kind.commit(actor, batch.project, _kept(batch, kind, actor, now), batch.pk, now)
    if not count:
        raise RuleError("nothing_kept", "没有可导入的行", CLAUSE, "改正至少一行，或放弃这一批")
    batch.rows.filter(state__in=KEPT).delete()
    skipped = batch.row_count - count
    batch.state, batch.committed_at, batch.closed_by, batch.imported_count = (
        State.COMMITTED,
        now,
        actor,
        count,
    )
    save_versioned(batch, "state", "committed_at", "closed_by", "imported_count")
    journal.record(
        actor, "salesdept.import.committed", batch, happened_at=now, imported=count, skipped=skipped
    )
    return batch


def _kept(batch: ImportBatch, kind: ImportKind, actor: User, now: datetime) -> Iterator[dict[str, Any]]:
    """Values of the rows to import, checked once more against what exists now."""
    context = kind.context(actor, batch.project, now)
    rows = batch.rows.filter(state__in=KEPT).order_by("row_no").iterator(WRITE)
    sheet = (SheetRow(r.row_no, cells_of(batch, kind, r), tuple(faults_of_cells(r))) for r in rows)
    for checked in check_rows(sheet, kind, context):
        if checked.verdict[0] not in KEPT:
            raise RuleError(
                "rows_changed",
                f"检查之后情况变了：第 {checked.number} 行 {checked.faults[0].message}，整批没有导入",
                CLAUSE,
                "点「重新检查」，再处理出错的行",
            )
        yield checked.cleaned.values


@service
def undo_batch(
    *, actor: User, batch_id: int, now: datetime, idempotency_key: str | None = None
) -> ImportBatch:
    """Take a whole import back; refused by the kind when something builds on its rows already."""
    may_import(actor).or_raise()
    batch = locked(ImportBatch.objects.visible_to(actor), batch_id)
    if batch.state != State.COMMITTED:
        raise RuleError("not_imported", f"这一批{batch.get_state_display()}，没有可撤销的", CLAUSE)
    the_kind(batch.kind).undo(actor, batch.pk, now)
    batch.state, batch.undone_at = State.UNDONE, now
    save_versioned(batch, "state", "undone_at")
    journal.record(actor, "salesdept.import.undone", batch, happened_at=now, taken_back=batch.imported_count)
    return batch


@service
def discard_batch(
    *, actor: User, batch_id: int, now: datetime, idempotency_key: str | None = None
) -> ImportBatch:
    """Give an open batch up; its rows are deleted and the file may be uploaded again."""
    batch, _ = open_batch(actor, batch_id)
    _discard(batch, actor, now)
    return batch


def _discard(batch: ImportBatch, actor: User | None, now: datetime) -> None:
    batch.rows.all().delete()
    batch.state, batch.closed_by = State.DISCARDED, actor
    save_versioned(batch, "state", "closed_by")
    journal.record(actor, "salesdept.import.discarded", batch, happened_at=now)


@service
def note_export(*, actor: User, batch: ImportBatch, now: datetime) -> None:
    """Register that the rows left over were downloaded as they came."""
    may_import(actor).or_raise()
    note_look(actor=actor, target=batch, field="rows", kind=Reveal.Kind.EXPORT, now=now)


@transaction.atomic
def purge_stale(now: datetime) -> int:
    """Give up batches left open too long and drop skipped rows of closed ones. Returns how many batches."""
    old = ImportBatch.objects.filter(created_at__lt=now - STALE)
    stale = list(old.filter(state=State.PREVIEW))
    for batch in stale:
        _discard(batch, None, now)
    ImportRow.objects.filter(batch__in=old.exclude(state=State.PREVIEW)).delete()
    return len(stale)
