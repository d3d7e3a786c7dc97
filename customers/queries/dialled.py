"""The question after a call out, until it is answered or closed once."""

from datetime import datetime
from typing import Any

from customers.models import Dialled
from customers.slots import CustomerPanel
from salesdept.formats import cn_time
from salesdept.models import User
from salesdept.rules import Role
from salesdept.slots import HomeCard


def _asked(row: Dialled | None, now: datetime) -> dict[str, Any] | None:
    if row is None:
        return None
    return {"pk": str(row.pk), "who": str(row.customer), "when": cn_time(row.at, now)}


def dialled_card(actor: User, now: datetime) -> dict[str, Any] | None:
    """The latest unanswered call of a person, on 今日."""
    rows = Dialled.objects.visible_to(actor).filter(outcome="").select_related("customer")
    asked = _asked(rows.order_by("-at", "-pk").first(), now)
    return {"asked": asked} if asked else None


def asked_of(actor: User, customer_id: int, now: datetime) -> dict[str, Any] | None:
    """The unanswered call to one customer, on its page."""
    rows = Dialled.objects.visible_to(actor).filter(outcome="", customer=customer_id)
    return _asked(rows.select_related("customer").first(), now)


PANELS = (CustomerPanel("dialled", "customers/panels/dialled.html", asked_of, order=1, side=False),)
CARDS = (HomeCard("customers/cards/dialled.html", dialled_card, (Role.REP, Role.SUPERVISOR), order=5),)
