"""客户更新表: the same columns by number; what a row would change stands in the preview."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from customers.resources import customers as sheet
from customers.rules import Gender, Source
from customers.services.updates import by_number, changes, undo_updates, update_customers
from salesdept.access import may_import
from salesdept.formats import money
from salesdept.models import Project, User
from salesdept.sheets.kinds import Cells, Cleaned, Fault, ImportKind

KEYS = ("name", "gender", "phone", "identity_no", "source", "layout", "area", "budget", "note")
COLUMNS = tuple(column for column in sheet.COLUMNS if column.key in KEYS)
LABELS = {
    "want_layout": "意向户型",
    "want_area": "意向面积",
    "budget": "预算",
    "budget_text": "预算说明",
    "note": "备注",
    "gender": "性别",
    "source": "认知途径",
    "identity_no": "身份证号",
}
_BLANK = dict.fromkeys((column.key for column in sheet.COLUMNS), "")


def clean(cells: Cells, context: sheet.Context) -> Cleaned:
    """Read a row as a customer row; what this sheet does not carry is left out."""
    whole = sheet.clean({**_BLANK, **cells}, context)
    read = whole.values
    budget = read["budget"]
    values = {
        "phone": read["phone"],
        "name": read["name"],
        "gender": str(read["gender"]) if cells["gender"] else "",
        "source": str(read["source"]),
        "identity_no": read["identity_no"],
        "want_layout": read["layout"],
        "want_area": read["area"],
        "budget": None if isinstance(budget, str) else budget,
        "budget_text": budget if isinstance(budget, str) else "",
        "note": read["note"],
    }
    return Cleaned(values, tuple(fault for fault in whole.faults if fault.column in KEYS), whole.key)


def clash(rows: Sequence[Cleaned], context: sheet.Context) -> Mapping[str, Fault]:
    """Unknown numbers are errors, unchanged rows are set aside, the others say what they change."""
    there = by_number(context.project, [row.key for row in rows])
    found: dict[str, Fault] = {}
    for row in rows:
        customer = there.get(row.key)
        if customer is None:
            found[row.key] = Fault("phone", "unknown", "号码不在册，更新表只改在册客户")
            continue
        new = changes(customer, row.values)
        words = "；".join(_change(customer, key, new[key]) for key in new)
        if new:
            found[row.key] = Fault("phone", "changes", words[:200], warn=True)
        else:
            found[row.key] = Fault("phone", "same", "与在册一致", skip=True)
    return found


def _change(customer: Any, key: str, value: Any) -> str:
    if key == "identity_no":
        return "身份证号：填入"
    return f"{LABELS[key]}：{_word(key, getattr(customer, key)) or '空'} → {_word(key, value)}"


def _word(key: str, value: Any) -> str:
    if value in (None, ""):
        return ""
    if key == "budget":
        return money(value)
    words: Any = {"source": Source, "gender": Gender}.get(key)
    return str(words(value).label) if words else str(value)


def commit(
    actor: User, project: Project, rows: Iterable[dict[str, Any]], batch_id: int, now: datetime
) -> int:
    return update_customers(actor=actor, project=project, rows=rows, batch_id=batch_id, now=now)


def undo(actor: User, batch_id: int, now: datetime) -> None:
    undo_updates(actor=actor, batch_id=batch_id, now=now)


CUSTOMER_UPDATES = ImportKind(
    name="customer_updates",
    label="客户更新表",
    noun="位",
    key_label="电话",
    columns=COLUMNS,
    problems={**sheet.PROBLEMS, "unknown": "号码不在册", "changes": "将更新", "same": "与在册一致"},
    title="name",
    shown=("phone", "layout", "area", "budget"),
    may=may_import,
    context=sheet.context,
    clean=clean,
    clash=clash,
    commit=commit,
    undo=undo,
)
