"""From a file to a batch: read, checked, stored; nothing is imported yet."""

import hashlib
from datetime import datetime
from itertools import batched
from pathlib import Path
from uuid import uuid4

from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from salesdept import journal
from salesdept.access import may_import
from salesdept.errors import RuleError, refuse
from salesdept.formats import cn_time
from salesdept.models import ImportBatch, ImportRow, Project, User
from salesdept.services.imports.common import RowState, State, the_kind
from salesdept.sheets.check import Checked, check_rows, faults_to_json
from salesdept.sheets.kinds import ImportKind
from salesdept.sheets.limits import CLAUSE, LIMITS, Limits
from salesdept.sheets.reader import Sheet, open_sheet
from salesdept.sheets.store import pack
from salesdept.text import tidy
from salesdept.verdict import Denied

INSERT = 500  # rows in one statement: well below either engine's number of parameters


def upload_sheet(
    *,
    actor: User,
    kind: str,
    project: Project,
    path: Path,
    file_name: str,
    now: datetime,
    again: bool = False,
    limits: Limits = LIMITS,
    idempotency_key: str | None = None,
) -> ImportBatch:
    """Read and check a stored file into a new batch; nothing is imported yet.

    The file itself is the key: the uploader's own open batch of it is returned, any other live batch refuses
    with `same_file`, an undone one with `undone_file` unless `again`. The reading happens before the
    transaction, so that a large sheet locks nobody out.
    """
    what = the_kind(kind)
    _check_right(actor, what, project)
    sha256 = _digest(path)
    if found := _same_file(actor, what, project, sha256, again, now):
        return found
    batch = ImportBatch(
        kind=kind,
        project=project,
        created_by=actor,
        created_at=now,
        file_name=tidy(file_name)[-200:],
        sha256=sha256,
        size=path.stat().st_size,
        seal_id=uuid4().hex,
    )
    with open_sheet(path, file_name, what.columns, limits) as sheet:
        checked = check_rows(sheet.rows(), what, what.context(actor, project, now))
        rows = [_stored(what, batch.seal_id, row) for row in checked]
        batch.columns = [[m.column.key, m.header, m.letter] for m in sheet.header.mapped]
        batch.notes = _notes(sheet)
    batch.row_count = len(rows)
    return _store(batch, rows)


def inspect_sheet(
    *,
    actor: User,
    kind: str,
    project: Project,
    path: Path,
    file_name: str,
    now: datetime,
    limits: Limits = LIMITS,
) -> tuple[list[Checked], list[str]]:
    """The rows that are not simply fine, and the notes; reads like an upload and stores nothing."""
    what = the_kind(kind)
    _check_right(actor, what, project)
    with open_sheet(path, file_name, what.columns, limits) as sheet:
        checked = check_rows(sheet.rows(), what, what.context(actor, project, now))
        found = [row for row in checked if row.faults]
        return found, _notes(sheet)


def _check_right(actor: User, kind: ImportKind, project: Project) -> None:
    may_import(actor).or_raise()
    kind.may(actor).or_raise()
    if not actor.projects.filter(pk=project.pk).exists():
        raise Denied("只能导入自己所在项目的表格")


type Stored = tuple[int, str, str, str, str, str]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _same_file(
    actor: User, kind: ImportKind, project: Project, sha256: str, again: bool, now: datetime
) -> ImportBatch | None:
    """The uploader's own open batch of this file; RuleError for every other earlier one."""
    same = ImportBatch.objects.filter(kind=kind.name, project=project, sha256=sha256)
    live = same.filter(state__in=(State.PREVIEW, State.COMMITTED)).select_related("created_by").first()
    if live and live.state == State.PREVIEW and live.created_by_id == actor.pk:
        return live
    if live:
        raise _seen(live, now)
    undone = same.filter(state=State.UNDONE).first()
    if undone and not again:
        raise RuleError(
            "undone_file",
            f"这份文件导入后撤销过（第 {undone.pk} 批）",
            CLAUSE,
            "确实要再导一次，请勾选「再导一次」后重新上传",
            reverse("import_detail", args=[undone.pk]),
        )
    return None


def _seen(batch: ImportBatch, now: datetime) -> RuleError:
    who, when = batch.created_by.name, cn_time(batch.created_at, now)
    return RuleError(
        "same_file",
        f"同一份文件{when} 由{who}上传过，是第 {batch.pk} 批（{batch.get_state_display()}），没有新内容",
        CLAUSE,
        "打开那一批查看；要重新导入，先撤销它",
        reverse("import_detail", args=[batch.pk]),
    )


def _stored(kind: ImportKind, seal_id: str, row: Checked) -> Stored:
    state, problem = row.verdict
    data = pack(kind, seal_id, row.number, row.cells)
    return row.number, state, problem, row.key[:60], data, faults_to_json(row.faults)


def _notes(sheet: Sheet) -> list[str]:
    """What was left out of the file, for the preview."""
    notes = list(sheet.asides[:20])
    if sheet.header.unused:
        notes.append(f"没有用到的列：{'、'.join(sheet.header.unused[:20])}")
    if sheet.other_sheets:
        notes.append(f"只读了工作表「{sheet.name}」，另有：{'、'.join(sheet.other_sheets)}，请分别另存后导入")
    if sheet.encoding == "gb18030":
        notes.append("文件编码是 GBK，已按中文读入")
    return notes


def _store(batch: ImportBatch, rows: list[Stored]) -> ImportBatch:
    try:
        with transaction.atomic():
            batch.save(force_insert=True)
            _insert(batch.pk, rows)
            bad = sum(row[1] == RowState.BAD for row in rows)
            journal.record(
                batch.created_by,
                "salesdept.import.uploaded",
                batch,
                happened_at=batch.created_at,
                kind=batch.kind,
                sha256=batch.sha256,
                rows=len(rows),
                bad=bad,
            )
    except IntegrityError as error:
        raise refuse(error, {"a_file_is_imported_once": _seen_now(batch)}) from error
    return batch


def _insert(batch_id: int, rows: list[Stored]) -> None:
    """Rows by the hundred thousand: `bulk_create` would take as long as reading and checking them."""
    columns = ("batch_id", "row_no", "state", "problem", "key", "data", "faults", "version")
    names = ", ".join(map(connection.ops.quote_name, columns))
    marks = f"({', '.join(['%s'] * len(columns))})"
    with connection.cursor() as cursor:
        for chunk in batched(rows, INSERT):
            values = ", ".join([marks] * len(chunk))
            insert = f"INSERT INTO {ImportRow._meta.db_table} ({names}) VALUES {values}"  # noqa: S608
            cursor.execute(insert, [cell for row in chunk for cell in (batch_id, *row, 0)])


def _seen_now(batch: ImportBatch) -> RuleError:
    """Somebody stored the same file while this one was being read."""
    return RuleError("same_file", f"「{batch.file_name}」刚被上传过", CLAUSE, "刷新导入页，打开那一批")
