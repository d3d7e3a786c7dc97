"""What an export holds: the rows its asker sees, numbers masked, the asker's mark on every row."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from django.db.models import QuerySet

from customers.models import Call, Customer, CustomerExport, FollowUp, Visit
from customers.queries.lists import condition_of, wanted
from customers.queries.words import budget
from customers.rules.exports import ExportKind, ExportState, ExportTerms, needs_second_person
from regulations.queries import terms_for
from salesdept import clock
from salesdept.formats import cn_time, count
from salesdept.models import Project, User

CHUNK = 1000
Row = Sequence[str]

HEADERS: dict[str, tuple[str, ...]] = {
    ExportKind.CUSTOMERS: (
        "客户编号",
        "客户",
        "性别",
        "手机",
        "等级",
        "阶段",
        "归属",
        "认知途径",
        "意向户型",
        "意向面积",
        "预算",
        "首次接触",
        "最近联系",
        "最近方式",
        "下次跟进",
        "来访次数",
    ),
    ExportKind.VISITS: (
        "时间",
        "登记时间",
        "客户",
        "手机",
        "首访",
        "来访方式",
        "人数",
        "认知途径",
        "等级",
        "关注户型",
        "接待人",
        "义务接待",
        "补登",
        "结果",
    ),
    ExportKind.CALLS: (
        "时间",
        "登记时间",
        "客户",
        "来电号码",
        "认知途径",
        "等级",
        "关注户型",
        "约访日",
        "接听人",
        "义务接听",
        "补登",
        "结果",
    ),
    ExportKind.FOLLOWUPS: ("时间", "客户", "手机", "等级", "方式", "联系上", "内容", "下次跟进", "跟进人"),
}


def export_rows(actor: User, project: Project, kind: str, query: str, today: date) -> QuerySet[Any]:
    """The rows of a kind inside what the actor may see, newest first; `query` is the view's address."""
    asked = dict(parse_qsl(query))
    if kind != ExportKind.CUSTOMERS:
        return _slips(actor, project, kind, asked)
    condition = condition_of(actor, project, wanted(actor, asked), today)
    rows: QuerySet[Any] = Customer.objects.visible_to(actor).filter(condition)
    return rows.select_related("owner").order_by("-pk")


def _slips(actor: User, project: Project, kind: str, asked: Mapping[str, str]) -> QuerySet[Any]:
    """Lines of a register between two days, included."""
    model: Any = {ExportKind.VISITS: Visit, ExportKind.CALLS: Call}.get(ExportKind(kind), FollowUp)
    rows: Any = model.objects.visible_to(actor).filter(project=project)
    first, last = _day(asked.get("from")), _day(asked.get("to"))
    if first:
        rows = rows.filter(happened_at__gte=clock.at(first))
    if last:
        rows = rows.filter(happened_at__lt=clock.at(last + timedelta(days=1)))
    people = ("customer", "by") if model is FollowUp else ("customer", "received_by")
    slips: QuerySet[Any] = rows.select_related(*people).order_by("-pk")
    return slips


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def lines(export: CustomerExport, actor: User, now: datetime) -> Iterator[Row]:
    """The sheet's lines, at most as many as were counted when the export was asked for."""
    today = clock.business_date(now)
    rows = export_rows(actor, export.project, export.kind, export.query, today)
    write, mark = _LINES[ExportKind(export.kind)], f"{export.code} {actor.name}"
    for row in rows[: export.row_count].iterator(CHUNK):
        yield (*write(row), mark)


def _moment(at: datetime | None) -> str:
    return f"{at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}" if at else ""


def _customer(row: Customer) -> Row:
    return (
        row.code,
        str(row),
        row.get_gender_display(),
        row.phone_masked,
        row.grade,
        row.get_stage_display(),
        row.owner.name if row.owner else "公海",
        row.get_source_display(),
        row.want_layout,
        row.want_area,
        budget(row),
        _moment(row.first_contact_at),
        _moment(row.last_contact_at),
        row.last_contact,
        row.next_follow_on.isoformat() if row.next_follow_on else "",
        str(row.visit_count),
    )


def _yes(value: bool) -> str:
    return "是" if value else ""


def _who(customer: Customer | None) -> tuple[str, str]:
    return (str(customer), customer.phone_masked) if customer else ("", "")


def _visit(row: Visit) -> Row:
    return (
        _moment(row.happened_at),
        _moment(row.created_at),
        *_who(row.customer),
        _yes(row.is_first),
        row.get_method_display(),
        str(row.party_size),
        row.get_source_display(),
        row.grade,
        row.layouts,
        row.received_by.name,
        _yes(row.standin),
        _yes(row.late_entry),
        row.get_outcome_display(),
    )


def _call(row: Call) -> Row:
    return (
        _moment(row.happened_at),
        _moment(row.created_at),
        *_who(row.customer),
        row.get_source_display(),
        row.grade,
        row.layouts,
        row.booked_on.isoformat() if row.booked_on else "",
        row.received_by.name,
        _yes(row.standin),
        _yes(row.late_entry),
        row.get_outcome_display(),
    )


def _followup(row: FollowUp) -> Row:
    return (
        _moment(row.happened_at),
        *_who(row.customer),
        row.customer.grade,
        row.get_method_display(),
        "是" if row.effective else "否",
        row.content,
        row.next_on.isoformat() if row.next_on else "",
        row.by.name,
    )


_LINES: dict[ExportKind, Callable[[Any], Row]] = {
    ExportKind.CUSTOMERS: _customer,
    ExportKind.VISITS: _visit,
    ExportKind.CALLS: _call,
    ExportKind.FOLLOWUPS: _followup,
}


def watermark(export: CustomerExport, actor: User, now: datetime) -> str:
    """The line above and below the sheet."""
    return (
        f"{export.project.name} · {export.get_kind_display()} · 导出人 {actor.name} · {_moment(now)} · "
        f"{export.code} · 仅供内部使用，外传追责"
    )


def export_page(actor: User, project: Project, now: datetime) -> dict[str, Any]:
    """The register of exports, newest first."""
    found = CustomerExport.objects.visible_to(actor).filter(project=project)
    rows = found.select_related("asked_by", "agreed_by").order_by("-pk")[:50]
    return {"rows": [_listed(row, actor, now) for row in rows]}


def _listed(row: CustomerExport, actor: User, now: datetime) -> dict[str, Any]:
    open_now = row.state == ExportState.READY and row.ready_until is not None and now <= row.ready_until
    over = row.state == ExportState.READY and not open_now
    return {
        "pk": str(row.pk),
        "code": row.code,
        "kind": row.get_kind_display(),
        "count": f"{row.row_count:,}",
        "by": row.asked_by.name,
        "when": cn_time(row.asked_at, now),
        "reason": row.reason,
        "state": "已过期" if over else row.get_state_display(),
        "css": "tag--ok" if open_now else "tag--warn" if row.state == ExportState.PENDING else "",
        "agreed_by": row.agreed_by.name if row.agreed_by else "",
        "fetched": str(row.fetched),
        "may_fetch": open_now and row.asked_by_id == actor.pk,
    }


def asked_of(actor: User, project: Project, kind: str, query: str, now: datetime) -> dict[str, Any]:
    """What an export of this view would be: rows, columns, and whether a second person has to agree."""
    today = clock.business_date(now)
    terms = terms_for(ExportTerms, on=today, project=project)
    found = export_rows(actor, project, kind, query, today).order_by()[: terms.at_most + 1].count()
    return {
        "kind": kind,
        "kinds": [(value, label, value == kind) for value, label in ExportKind.choices],
        "kind_word": ExportKind(kind).label,
        "query": query,
        "rows": count(found, terms.at_most),
        "none": found == 0,
        "second": needs_second_person(found, terms),
        "alone": f"{terms.alone_up_to:,}",
        "hours": str(terms.hours),
        "columns": "、".join(HEADERS[kind]),
    }
