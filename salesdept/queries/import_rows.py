"""One line of an uploaded sheet for its form, and the sheet of the lines that were left."""

from collections.abc import Iterator, Sequence

from salesdept.models import ImportBatch, ImportRow
from salesdept.sheets.check import faults_from_json
from salesdept.sheets.kinds import Cells, Fault, ImportKind
from salesdept.sheets.store import unpack

RowState = ImportRow.State


def row_cells(
    batch: ImportBatch, kind: ImportKind, row: ImportRow
) -> tuple[Cells, tuple[Fault, ...], list[str]]:
    """Cells for the form, faults, and the columns kept out of it: personal ones with nothing wrong."""
    cells, faults = unpack(kind, batch.seal_id, row.row_no, row.data), faults_from_json(row.faults)
    wrong = {fault.column for fault in faults}
    hidden = [c.key for c in kind.columns if (c.secret or c.phone) and c.key not in wrong and cells[c.key]]
    return cells, faults, hidden


def error_sheet(batch: ImportBatch, kind: ImportKind) -> tuple[list[str], Iterator[Sequence[str]]]:
    """Headers as they were in the file plus 错误, and the rows that were not imported."""
    keys = [key for key, _, _ in batch.columns]
    headers = [header for _, header, _ in batch.columns]
    rows = batch.rows.filter(state__in=(RowState.BAD, RowState.SKIP)).order_by("row_no").iterator(2000)
    return [*headers, "错误"], (_error_row(batch, kind, keys, row) for row in rows)


def _error_row(batch: ImportBatch, kind: ImportKind, keys: Sequence[str], row: ImportRow) -> list[str]:
    cells = unpack(kind, batch.seal_id, row.row_no, row.data)
    words = [
        f"第 {row.row_no} 行 {kind.column(f.column).label if f.column else ''}：{f.message}"
        for f in faults_from_json(row.faults)
    ]
    return [*(cells[key] for key in keys), "；".join(words) or f"第 {row.row_no} 行：手工跳过"]
