"""What upper apps add to a reservation's page."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from salesdept.models import User
from salesdept.slots import Slot


@dataclass(frozen=True, slots=True)
class ReservationPanel:
    """A panel of the reservation's page. `load(actor, reservation_id, now)` returns its context, or None."""

    name: str
    template: str
    load: Callable[[User, int, datetime], dict[str, Any] | None]
    order: int = 50
    side: bool = False


RESERVATION_PANELS: Slot[ReservationPanel] = Slot(
    "RESERVATION_PANELS", "panels of the reservation's page: receipts, contract"
)


def panels(actor: User, reservation_id: int, now: datetime) -> list[dict[str, Any]]:
    """The loaded panels of one reservation, in order, each `{"template", "side", "data"}`."""
    ordered = sorted(RESERVATION_PANELS, key=lambda panel: panel.order)
    loaded = ((panel, panel.load(actor, reservation_id, now)) for panel in ordered)
    return [{"template": p.template, "side": p.side, "data": data} for p, data in loaded if data is not None]
