"""Sales as the customers' chapter asks for them: whose, which room, which day."""

from collections.abc import Sequence
from datetime import date

from django.db.models import Q

from customers.slots import Deal
from inventory.models import Reservation
from salesdept import clock
from salesdept.journal import label
from salesdept.text import UnreadableError, half_width, parse_room


def _deal(claim: Reservation) -> Deal:
    """Expects a claim with its customer, rep and time of 认购, as the callers' filters see to."""
    return Deal(
        ref=label(claim),
        label=claim.unit.label,
        on=clock.business_date(claim.subscribed_at or claim.started_at),
        customer_id=claim.customer_id or 0,
        rep_id=claim.rep_id or 0,
    )


def deals_of(customer_ids: Sequence[int]) -> list[Deal]:
    """Live sales of these customers, oldest first."""
    rows = Reservation.objects.live().filter(
        customer__in=customer_ids, rep__isnull=False, subscribed_at__isnull=False
    )
    return [_deal(claim) for claim in rows.select_related("unit").order_by("subscribed_at", "pk")]


def deal_of_room(project_id: int, room: str) -> Deal | None:
    """The live sale of a room, however it is written; None where that fits no room or several."""
    rows = Reservation.objects.live().filter(
        project=project_id, rep__isnull=False, customer__isnull=False, subscribed_at__isnull=False
    )
    claims = list(rows.filter(_written(room)).select_related("unit")[:2])
    return _deal(claims[0]) if len(claims) == 1 else None


def _written(room: str) -> Q:
    """The ledger's code as it stands, or any spelling of building, stair and number."""
    exact = Q(unit__code=half_width(room).strip().upper().replace("#-", "-"))
    try:
        found = parse_room(room)
    except UnreadableError:
        return exact
    parts = Q(unit__room_no=found.room)
    if found.building:
        parts &= Q(unit__building__name=found.building)
    if found.stair:
        parts &= Q(unit__stair=found.stair)
    return exact | parts


def deal_count(project_id: int, first: date, last: date) -> int:
    """Sales of a project subscribed from the first to the last day, both included."""
    return Reservation.objects.filter(
        project=project_id,
        subscribed_at__gte=clock.at(first),
        subscribed_at__lt=clock.end_of(last),
    ).count()
