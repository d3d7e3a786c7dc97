"""The life of an uploaded sheet: read, corrected, imported whole or not at all, taken back."""

from salesdept.services.imports.close import (
    commit_batch,
    discard_batch,
    note_export,
    purge_stale,
    undo_batch,
)
from salesdept.services.imports.edit import accept_shown, fix_row, recheck, skip_kind, skip_row
from salesdept.services.imports.upload import inspect_sheet, upload_sheet

__all__ = [
    "accept_shown",
    "commit_batch",
    "discard_batch",
    "fix_row",
    "inspect_sheet",
    "note_export",
    "purge_stale",
    "recheck",
    "skip_kind",
    "skip_row",
    "undo_batch",
    "upload_sheet",
]
