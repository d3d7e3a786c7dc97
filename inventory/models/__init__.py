"""Buildings, rooms, their prices, and the one table of claims. Written only by inventory.services."""

from inventory.models.claims import Reservation, ReservationQuerySet
from inventory.models.prices import PriceList, UnitPrice
from inventory.models.stock import Building, BuildingQuerySet, Unit, UnitQuerySet

__all__ = [
    "Building",
    "BuildingQuerySet",
    "PriceList",
    "Reservation",
    "ReservationQuerySet",
    "Unit",
    "UnitPrice",
    "UnitQuerySet",
]
