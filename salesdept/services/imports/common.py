"""What the steps of an import share."""

from salesdept.access import may_import
from salesdept.errors import RuleError
from salesdept.models import ImportBatch, ImportRow, User
from salesdept.sheets.check import faults_from_json
from salesdept.sheets.kinds import OF_THE_CELL, Cells, Fault, ImportKind, kind_named
from salesdept.sheets.limits import CLAUSE
from salesdept.sheets.store import unpack
from salesdept.verbs import locked

State, RowState = ImportBatch.State, ImportRow.State
KEPT = (RowState.OK, RowState.WARN)
WRITE = 2000  # rows written or read in one statement


def the_kind(name: str) -> ImportKind:
    if kind := kind_named(name):
        return kind
    raise RuleError("unknown_kind", "没有这种表格", CLAUSE, "选房源表或客户表")


def open_batch(actor: User, batch_id: int, version: int | None = None) -> tuple[ImportBatch, ImportKind]:
    """The batch locked, still in preview, and its kind."""
    may_import(actor).or_raise()
    batch = locked(ImportBatch.objects.visible_to(actor), batch_id, version)
    if batch.state != State.PREVIEW:
        raise RuleError(
            "batch_closed", f"这一批{batch.get_state_display()}，不能再改", CLAUSE, "要重新导入请重新上传"
        )
    return batch, the_kind(batch.kind)


def faults_of_cells(row: ImportRow) -> list[Fault]:
    return [fault for fault in faults_from_json(row.faults) if fault.code in OF_THE_CELL]


def cells_of(batch: ImportBatch, kind: ImportKind, row: ImportRow) -> Cells:
    return unpack(kind, batch.seal_id, row.row_no, row.data)
