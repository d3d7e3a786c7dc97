"""来电登记表: calls of before this system, entered late and opening no claim."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from customers.models import Call
from customers.resources import customers as sheet
from customers.services.updates import create_calls, undo_calls
from salesdept import clock
from salesdept.access import may_import
from salesdept.models import Project, User
from salesdept.sheets.kinds import Cells, Cleaned, Column, Fault, ImportKind
from salesdept.text import UnreadableError, clean_name, is_blank, parse_date

_HOUR = re.compile(r"(?<!\d)([01]?\d|2[0-3])[:：时点]([0-5]\d)?")
_BLANK = dict.fromkeys((column.key for column in sheet.COLUMNS), "")
COLUMNS = (
    Column("at", "来电时间", ("日期时间", "时间", "日期", "来电日期", "接电时间"), required=True, width=18),
    Column(
        "phone",
        "来电号码",
        ("电话", "号码", "联系电话", "手机", "客户电话"),
        required=True,
        phone=True,
        width=16,
    ),
    Column("name", "称呼", ("姓名", "客户姓名", "客户"), required=True),
    Column("source", "认知途径", ("来源", "媒体途径", "获知途径", "渠道来源")),
    Column("layout", "意向户型", ("意向", "需求户型", "户型"), width=16),
    Column("note", "询问内容", ("内容", "备注", "咨询内容", "来电内容"), width=30),
    Column("booked", "约访日期", ("约定时间", "约访时间", "是否约访", "约访"), width=14),
    Column("taker", "接听人", ("接电人", "置业顾问", "销售代表", "接听", "接待人"), required=True),
)


@dataclass(frozen=True, slots=True)
class Context:
    sheet: sheet.Context
    now: datetime


def context(actor: User, project: Project, now: datetime) -> Context:
    return Context(sheet.context(actor, project, now), now)


def _moment(text: str, context: Context, faults: list[Fault]) -> datetime | None:
    """The day and, when it is written, the time; noon stands for a day alone."""
    try:
        day = parse_date(text.replace("T", " "))
    except UnreadableError as error:
        faults.append(Fault("at", "date", str(error)))
        return None
    found = _HOUR.search(text)
    hour = time(int(found[1]), int(found[2] or 0)) if found else time(12)
    at = datetime.combine(day, hour, clock.SHANGHAI)
    if at > context.now:
        faults.append(Fault("at", "date", "来电在将来"))
    return at


def _booked(text: str, faults: list[Fault]) -> date | None:
    if not text or is_blank(text):
        return None
    try:
        return parse_date(text)
    except UnreadableError:
        faults.append(Fault("booked", "booked", "约访日期读不出，只记来电", warn=True))
        return None


def _taker(cells: Cells, context: Context, faults: list[Fault]) -> int | None:
    owners, name = context.sheet.owners, cells["taker"]
    if found := owners.get(name) or owners.get(clean_name(name)):
        return found
    twice = owners.get(name) == 0
    faults.append(Fault("taker", "taker", "有两位同名同事，请填工号" if twice else "本项目没有这位接听人"))
    return None


def clean(cells: Cells, context: Context) -> Cleaned:
    faults: list[Fault] = []
    shared = {key: cells[key] for key in ("name", "phone", "source", "layout", "note")}
    whole = sheet.clean({**_BLANK, **shared}, context.sheet)
    faults += [fault for fault in whole.faults if fault.column in shared]
    at = _moment(cells["at"], context, faults)
    values = {
        "phone": whole.values["phone"],
        "name": whole.values["name"],
        "source": str(whole.values["source"]),
        "layout": whole.values["layout"],
        "note": whole.values["note"],
        "happened_at": at,
        "booked_on": _booked(cells["booked"], faults),
        "taker_id": _taker(cells, context, faults),
    }
    key = f"{whole.key} {at:%Y%m%d%H%M}" if at and whole.key else ""
    return Cleaned(values, tuple(faults), key)


def clash(rows: Sequence[Cleaned], context: Context) -> Mapping[str, Fault]:
    """Calls that stand in the register already are set aside."""
    numbers = {row.values["phone"] for row in rows}
    at = [row.values["happened_at"] for row in rows if row.values["happened_at"]]
    if not at:
        return {}
    there = Call.objects.filter(
        project=context.sheet.project,
        happened_at__range=(min(at), max(at)),
        customer__phones__number__in=numbers,
        customer__phones__detached_at__isnull=True,
    )
    found = there.values_list("customer__phones__number", "happened_at")
    return {
        f"{number} {moment.astimezone(clock.SHANGHAI):%Y%m%d%H%M}": Fault(
            "phone", "entered", "这通来电已登记", skip=True
        )
        for number, moment in found
    }


def commit(
    actor: User, project: Project, rows: Iterable[dict[str, Any]], batch_id: int, now: datetime
) -> int:
    return create_calls(actor=actor, project=project, rows=rows, batch_id=batch_id, now=now)


def undo(actor: User, batch_id: int, now: datetime) -> None:
    undo_calls(actor=actor, batch_id=batch_id, now=now)


CALLS = ImportKind(
    name="calls",
    label="来电登记表",
    noun="通",
    key_label="来电",
    columns=COLUMNS,
    problems={
        **sheet.PROBLEMS,
        "taker": "接听人查无此人",
        "booked": "约访日期读不出",
        "entered": "已登记",
    },
    title="name",
    shown=("at", "phone", "taker", "booked"),
    may=may_import,
    context=context,
    clean=clean,
    clash=clash,
    commit=commit,
    undo=undo,
)
