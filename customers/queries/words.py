"""How customers are put on screen."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from customers.models import Customer
from customers.rules import Stage
from salesdept import clock
from salesdept.formats import cn_date

# A stage that is a claim on a room wears the board's colour and character.
STAGE_MARKS: dict[str, tuple[str, str]] = {
    Stage.DEPOSIT: ("hold", "订"),
    Stage.SUBSCRIBED: ("resv", "认"),
    Stage.SIGNED: ("sign", "签"),
    Stage.RELEASED: ("sold", "款"),
    Stage.HANDED: ("sold", "交"),
}


@dataclass(frozen=True, slots=True)
class Tag:
    text: str
    css: str = ""
    icon: str = ""


def due_tag(day: date | None, today: date) -> Tag | None:
    """今天, 逾期 n 天, 明天 or the date of a follow-up."""
    if day is None:
        return None
    days = (day - today).days
    if days < 0:
        return Tag(f"逾期 {-days} 天", "tag--bad", "clock")
    if days == 0:
        return Tag("今天", "tag--info")
    return Tag("明天" if days == 1 else cn_date(day, today))


def ago(day: date, today: date) -> str:
    days = (today - day).days
    return "今天" if days <= 0 else "昨天" if days == 1 else f"{days} 天前"


def need(customer: Customer) -> str:
    return " · ".join(part for part in (customer.want_layout, customer.want_area) if part) or "未定"


def budget(customer: Customer) -> str:
    from salesdept.formats import wan

    return wan(customer.budget) if customer.budget is not None else customer.budget_text or "—"


def row(customer: Customer, today: date, actor_id: int) -> dict[str, Any]:
    """One customer in a list. `customer.owner` must be loaded."""
    last = clock.business_date(customer.last_contact_at) if customer.last_contact_at else None
    mark = STAGE_MARKS.get(customer.stage)
    return {
        "pk": str(customer.pk),
        "name": str(customer),
        "phone": customer.phone_masked,
        "grade": customer.grade,
        "stage": customer.get_stage_display(),
        "stage_key": mark[0] if mark else "",
        "stage_char": mark[1] if mark else "",
        "need": need(customer),
        "owner": customer.owner.name if customer.owner else "",
        "last": f"{cn_date(last, today)} {customer.last_contact}".strip() if last else "—",
        "last_ago": ago(last, today) if last else "",
        "last_note": customer.last_note or need(customer),
        "next": due_tag(customer.next_follow_on, today),
        "source": customer.get_source_display(),
        "budget": budget(customer),
        "visits": str(customer.visit_count),
        "first": cn_date(clock.business_date(customer.first_contact_at), today),
        "mine": customer.owner_id == actor_id,
    }
