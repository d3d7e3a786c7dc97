"""代接卡: what a stand-in may know. No number, no budget, no history."""

from datetime import datetime
from typing import Any

from customers.models import Call, Feedback, FollowUp, StandInCard, Visit
from customers.slots import STANDIN_LINES
from salesdept import clock


def card_page(card: StandInCard, now: datetime) -> dict[str, Any]:
    """称呼, owner, 意向户型, the open room and its next step, open complaints, what was promised."""
    customer = card.customer
    rooms = [line for filler in STANDIN_LINES for line in filler(customer.pk, now)]
    return {
        "card": card,
        "card_pk": str(card.pk),
        "who": customer.name,
        "owner": card.owner.name,
        "need": customer.want_layout or "—",
        "rooms": rooms,
        "complaints": _complaints(customer.pk),
        "promise": promised(customer.pk),
    }


def _complaints(customer_id: int) -> list[str]:
    rows = Feedback.objects.filter(customer=customer_id, ended_at__isnull=True).order_by("-pk")[:5]
    return [
        f"{row.get_kind_display()} · {row.get_topic_display()} · {row.get_state_display()}" for row in rows
    ]


def promised(customer_id: int) -> tuple[str, str, str] | None:
    """The last thing that was promised: the words, who and when."""
    found: list[tuple[datetime, str, str]] = []
    for model in (Visit, Call):
        rows = model.objects.filter(customer=customer_id).exclude(promise="").select_related("received_by")
        found += [(row.happened_at, row.promise, row.received_by.name) for row in rows.order_by("-pk")[:1]]
    told = FollowUp.objects.filter(customer=customer_id).exclude(promise="").select_related("by")
    found += [(row.happened_at, row.promise, row.by.name) for row in told.order_by("-pk")[:1]]
    if not found:
        return None
    at, words, who = max(found)
    return words, who, f"{at.astimezone(clock.SHANGHAI):%m-%d}"
