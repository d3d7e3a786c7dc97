"""The only writer of buildings, rooms, prices and claims."""

from inventory.rules import EndReason, Evidence
from inventory.services.bulk import create_units, undo_units
from inventory.services.claims import (
    mark_payment_recorded,
    mark_payment_rejected,
    mark_returning,
    mark_signed,
    mark_small_deposit,
    mark_subscribed,
    reserve_unit,
)
from inventory.services.control import (
    block_unit,
    end_claim,
    expire_lock,
    extend_hold,
    hold_unit,
    release_unit,
)
from inventory.services.stock import approve_prices, release_batch

__all__ = [
    "EndReason",
    "Evidence",
    "approve_prices",
    "block_unit",
    "create_units",
    "end_claim",
    "expire_lock",
    "extend_hold",
    "hold_unit",
    "mark_payment_recorded",
    "mark_payment_rejected",
    "mark_returning",
    "mark_signed",
    "mark_small_deposit",
    "mark_subscribed",
    "release_batch",
    "release_unit",
    "reserve_unit",
    "undo_units",
]
