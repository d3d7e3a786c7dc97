"""导出: asked for with a purpose, agreed by a second person when large, fetched by its asker alone."""

from datetime import datetime
from typing import Any

from customers import access
from customers.models import CustomerExport
from customers.queries.exports import HEADERS, export_rows, lines, watermark
from customers.rules.exports import (
    ExportKind,
    ExportState,
    ExportTerms,
    check_size,
    last_moment,
    needs_second_person,
)
from regulations.models import Request
from regulations.queries import terms_for
from regulations.services import ask
from salesdept import clock, journal
from salesdept.errors import RuleError
from salesdept.models import Project, Reveal, User
from salesdept.services.privacy import note_look
from salesdept.sheets.writer import write_xlsx
from salesdept.verbs import locked, service

REQUEST_KIND = "customers.export"


@service
def ask_export(
    *,
    actor: User,
    project: Project,
    kind: str,
    query: str,
    reason: str,
    now: datetime,
    idempotency_key: str | None = None,
) -> CustomerExport:
    """申请导出 of the rows one sees. Ready at once up to the limit; above it a second person is asked.

    Raises RuleError `reason_needed`, `nothing_to_export`, `too_many_rows`.
    """
    access.may_export(actor).or_raise()
    if not reason.strip():
        raise RuleError("reason_needed", "导出须写明用途", "拟:sys.export", "写一句用途再导出")
    kind = kind if kind in ExportKind.values else ExportKind.CUSTOMERS
    today = clock.business_date(now)
    terms = terms_for(ExportTerms, on=today, project=project)
    rows = export_rows(actor, project, kind, query, today).order_by()[: terms.at_most + 1].count()
    check_size(rows, terms)
    second = needs_second_person(rows, terms)
    export = CustomerExport.objects.create(
        project=project,
        asked_by=actor,
        kind=kind,
        query=query[:300],
        reason=reason.strip()[:200],
        row_count=rows,
        state=ExportState.PENDING if second else ExportState.READY,
        asked_at=now,
        ready_until=None if second else last_moment(now, terms),
    )
    journal.record(actor, "customers.export.asked", export, happened_at=now, reason=reason, rows=rows)
    if second:
        title = f"{actor.name} 导出{export.get_kind_display()} {rows:,} 行"
        ask(actor=actor, kind=REQUEST_KIND, subject=export, title=title, reason=reason, now=now)
    return export


def _asked(request: Request) -> CustomerExport:
    return locked(CustomerExport.objects.all(), int(request.subject.rpartition(":")[2]))


def grant_export(request: Request, actor: User, now: datetime) -> None:
    """The second person agreed: it may be fetched for the hours of the terms."""
    export = _asked(request)
    terms = terms_for(ExportTerms, on=clock.business_date(now), project=export.project_id)
    export.state, export.agreed_by = ExportState.READY, actor
    export.ready_until = last_moment(now, terms)
    export.save(update_fields=["state", "agreed_by", "ready_until"])
    journal.record(actor, "customers.export.granted", export, happened_at=now)


def refuse_export(request: Request, actor: User, now: datetime) -> None:
    export = _asked(request)
    export.state = ExportState.REJECTED
    export.save(update_fields=["state"])
    journal.record(actor, "customers.export.rejected", export, happened_at=now)


@service
def fetch_export(
    *, actor: User, export_id: int, now: datetime, idempotency_key: str | None = None
) -> CustomerExport:
    """Take the sheet out, by the asker and in time; every fetch stands in the register of looks."""
    export = locked(CustomerExport.objects.filter(asked_by=actor).select_related("project"), export_id)
    access.may_export(actor).or_raise()
    if export.state != ExportState.READY or export.ready_until is None or now > export.ready_until:
        raise RuleError(
            "export_closed", f"这份导出{_why(export)}，不能下载", "拟:sys.export", "需要时重新申请导出"
        )
    export.fetched += 1
    export.save(update_fields=["fetched"])
    note_look(
        actor=actor, target=export, field="rows", kind=Reveal.Kind.EXPORT, now=now, reason=export.reason
    )
    journal.record(actor, "customers.export.fetched", export, happened_at=now, rows=export.row_count)
    return export


def _why(export: CustomerExport) -> str:
    return "已过下载截止" if export.state == ExportState.READY else export.get_state_display()


def sheet_of(export: CustomerExport, actor: User, now: datetime) -> bytes:
    """The XLSX: string cells, numbers masked, a mark on every row, the watermark above and below."""
    headers: Any = (*HEADERS[ExportKind(export.kind)], "导出标记")
    line = watermark(export, actor, now)
    return write_xlsx(headers, lines(export, actor, now), name=export.get_kind_display(), watermark=line)
