"""Prices approved, rooms released."""

from collections.abc import Collection
from datetime import datetime

from inventory import access
from inventory.models import Building, PriceList, Unit
from inventory.queries.stock import release_faults
from inventory.services.common import changed
from salesdept import journal
from salesdept.errors import RuleError
from salesdept.models import User
from salesdept.verbs import locked, service

SHOWN = 3


@service
def approve_prices(
    *, actor: User, price_list_id: int, now: datetime, idempotency_key: str | None = None
) -> PriceList:
    """A second person approves a price list (S50); from its day on it holds for the rooms it names."""
    row = locked(PriceList.objects.select_related("created_by"), price_list_id)
    access.may_approve_prices(actor, row).or_raise()
    if row.approved_at is not None:
        raise RuleError("prices_approved", "这份价格表已批准", "S50", "如需改价，请另编一份价格表")
    row.approved_by, row.approved_at = actor, now
    row.save(update_fields=["approved_by", "approved_at"])
    journal.record(actor, "inventory.prices.approved", row, happened_at=now, version=row.version)
    changed(*Building.objects.filter(project=row.project_id).values_list("pk", flat=True))
    return row


@service
def release_batch(
    *, actor: User, unit_ids: Collection[int], now: datetime, idempotency_key: str | None = None
) -> int:
    """放盘: put rooms on sale once area, approved price and permit are there. Returns how many were released.

    All or none: RuleError `release_faults` names the first rooms that are not ready.
    """
    access.may_control(actor, "放盘").or_raise()
    rows = Unit.objects.visible_to(actor).filter(pk__in=unit_ids, released_at__isnull=True)
    units = list(rows.select_related("building").order_by("pk"))
    if faults := list(release_faults(units, now).values()):
        more = f"等 {len(faults)} 处" if len(faults) > SHOWN else ""
        raise RuleError(
            "release_faults", f"{'；'.join(faults[:SHOWN])}{more}", "S57", "补齐面积、表价与预售证后再放盘"
        )
    Unit.objects.filter(pk__in=[unit.pk for unit in units]).update(released_at=now)
    journal.record_many(actor, "inventory.unit.released", units, happened_at=now)
    changed(*(unit.building_id for unit in units))
    return len(units)
