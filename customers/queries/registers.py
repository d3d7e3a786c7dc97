"""来访登记簿 and 来电登记簿."""

from datetime import datetime
from typing import Any

from customers.models import Call, Visit
from customers.rules import Contact, Outcome
from customers.rules.register import Evidence, is_weak
from salesdept.formats import cn_time
from salesdept.models import Project, User

PAGE = 50


def register_page(
    user: User, project: Project, kind: Contact, before: int | None, now: datetime
) -> dict[str, Any]:
    """One page of 来访登记表 or 来电登记表, newest first."""
    model = Call if kind == Contact.CALL else Visit
    rows = model.objects.visible_to(user).filter(project=project)
    if before:
        rows = rows.filter(pk__lt=before)
    found: list[Any] = list(rows.select_related("customer", "received_by").order_by("-pk")[: PAGE + 1])
    return {
        "rows": [_slip(slip, user, now) for slip in found[:PAGE]],
        "older": str(found[PAGE - 1].pk) if len(found) > PAGE else "",
        "heading": f"{kind.label}登记簿",
        "kind": kind.value,
        "kind_word": kind.label,
    }


def _slip(slip: Visit | Call, user: User, now: datetime) -> dict[str, Any]:
    who = str(slip.customer) if slip.customer else slip.get_outcome_display()
    mine = slip.customer is not None and (user.role != "rep" or slip.customer.owner_id == user.pk)
    return {
        "pk": str(slip.pk),
        "when": cn_time(slip.happened_at, now),
        "who": who,
        "url": f"/customers/{slip.customer_id}/" if mine else "",
        "phone": slip.customer.phone_masked if slip.customer and mine else "",
        "outcome": slip.get_outcome_display(),
        "method": slip.get_method_display() if isinstance(slip, Visit) else "来电",
        "source": slip.get_source_display() or "—",
        "grade": slip.grade,
        "rep": slip.received_by.name,
        "late": slip.late_entry,
        "state": slip.get_refusal_display() or (slip.get_state_display() if is_weak(slip.state) else ""),
        "state_css": "tag--warn" if is_weak(slip.state) else "tag--outline",
        "signed": slip.evidence == Evidence.SELF_FILLED,
        "standin": slip.standin,
        "empty": slip.outcome != Outcome.REGISTERED,
    }
