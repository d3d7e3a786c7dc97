"""Prices and claims as services and screens ask for them. The floor price is in none of these."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import connection
from django.db.models import Max, Min, Q

from inventory.models import PriceList, Reservation, Unit, UnitPrice
from inventory.rules import SIGNS, PriceTerms, Stage, has_expired, similar_range
from regulations.queries import terms_for
from salesdept import clock, formats
from salesdept.models import User


@dataclass(frozen=True, slots=True)
class ListPrice:
    """表价: yuan a square metre and for the room."""

    per_metre: Decimal
    total: Decimal


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a room, as a colleague may know it: never the customer."""

    claim_id: int
    unit: str
    stage: Stage
    name: str
    created_by_id: int
    expires_at: datetime | None
    expired: bool

    def words(self, now: datetime) -> str:
        """2#-1603 已被许若晴临时锁定，至今天 11:00."""
        who = f"已被{self.name}" if self.name else "已"
        what = SIGNS[self.stage.value].label
        until = f"，至{formats.cn_time(self.expires_at, now)}" if self.expires_at else ""
        return f"{self.unit} {who}{what}{until}"


def list_prices(unit_ids: Collection[int], on: date) -> dict[int, ListPrice]:
    """Each room's list price of the newest approved list that has begun; rooms without one are left out."""
    rows = (
        UnitPrice.objects.filter(
            unit__in=unit_ids, price_list__approved_at__isnull=False, price_list__effective_from__lte=on
        )
        .order_by("price_list__effective_from", "price_list_id")
        .values_list("unit_id", "list_unit_price", "list_total")
    )
    return {unit_id: ListPrice(per_metre, total) for unit_id, per_metre, total in rows}


def price_range(project_id: int) -> tuple[Decimal, Decimal] | None:
    """Lowest and highest list total of the project's newest approved list; None before there is one."""
    lists = PriceList.objects.filter(project=project_id, approved_at__isnull=False).order_by("-version")
    newest = lists.values("pk")[:1]
    found = UnitPrice.objects.filter(price_list__in=newest).aggregate(Min("list_total"), Max("list_total"))
    low, high = found["list_total__min"], found["list_total__max"]
    return None if low is None else (low, high)


def list_price_of(unit_id: int, on: date) -> ListPrice | None:
    return list_prices([unit_id], on).get(unit_id)


# Written out: whoever comes too late waits for this, and compiling it would cost as much again.
_HOLDER = """
    SELECT claim.id, unit.code, claim.stage, rep.name, claim.created_by_id, claim.expires_at
    FROM inventory_reservation claim
    JOIN inventory_unit unit ON unit.id = claim.unit_id
    LEFT JOIN salesdept_user rep ON rep.id = claim.rep_id
    WHERE claim.unit_id = %s AND claim.ended_at IS NULL
"""


def holder_of(unit_id: int, now: datetime) -> Holder | None:
    """The live claim of a room, by one indexed read."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLDER, [unit_id])
        row = cursor.fetchone()
    if row is None:
        return None
    pk, code, stage, name, created_by_id, until = row
    if until and until.tzinfo is None:  # SQLite keeps moments without their zone, in UTC
        until = until.replace(tzinfo=UTC)
    building, _, rest = code.partition("-")
    expired = has_expired(Stage(stage), until, now)
    return Holder(pk, f"{building}#-{rest}", Stage(stage), name or "", created_by_id, until, expired)


@dataclass(frozen=True, slots=True)
class Similar:
    """A free room offered instead of a taken one."""

    pk: int
    label: str
    price: str
    meta: str


def similar_units(unit: Unit, actor: User, now: datetime, limit: int = 4) -> list[Similar]:
    """Free rooms of the same layout whose list price is near, nearest first. Two reads."""
    today = clock.business_date(now)
    terms = terms_for(PriceTerms, on=today, project=unit.building.project_id)
    rooms = {
        room.pk: room
        for room in Unit.objects.visible_to(actor)
        .free()
        .filter(building__project=unit.building.project_id, layout=unit.layout)
        .exclude(pk=unit.pk)[:400]
    }
    prices = list_prices([unit.pk, *rooms], today)
    own = prices.pop(unit.pk, None)
    if own is None:
        return []
    low, high = similar_range(own.total, terms)
    near = sorted(
        (abs(price.total - own.total), pk) for pk, price in prices.items() if low <= price.total <= high
    )
    return [_similar(rooms[pk], prices[pk]) for _, pk in near[:limit]]


def _similar(room: Unit, price: ListPrice) -> Similar:
    return Similar(
        room.pk, room.label, formats.money(price.total), f"{room.layout} {formats.area(room.area_build)}"
    )


class LiveLock(NamedTuple):
    """A short lock that nobody ended, with the numbers it takes."""

    pk: int
    rep_id: int | None
    customer_id: int | None
    rep_slot: int
    customer_slot: int
    expires_at: datetime


def live_locks(rep: User | None, customer_id: int) -> list[LiveLock]:
    """Live short locks of a rep or of a customer."""
    rows = Reservation.objects.filter(
        Q(rep=rep) | Q(customer=customer_id), ended_at__isnull=True, stage=Stage.LOCK
    )
    return [LiveLock(*row) for row in rows.order_by().values_list(*LiveLock._fields)]


def release_faults(units: Collection[Unit], now: datetime) -> dict[int, str]:
    """What keeps rooms from being released, one sentence by room."""
    priced = list_prices([unit.pk for unit in units], clock.business_date(now))
    faults = {}
    for unit in units:
        missing = ["已批准的表价"] if unit.pk not in priced else []
        missing += [] if unit.permit_no else ["预售证号"]
        if missing:
            faults[unit.pk] = f"{unit.label} 缺{'、'.join(missing)}"
    return faults
