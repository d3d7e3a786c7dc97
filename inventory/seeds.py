"""The demo office's stock and its claims: every stage, and a past behind them."""

from dataclasses import asdict, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import cast

from django.db.models import F
from django.db.models.functions import Mod

from customers.models import Customer
from inventory.models import Building, PriceList, Reservation, Unit
from inventory.presale import by_project, expand, read_register
from inventory.rules import EndReason, Evidence
from inventory.services import (
    approve_prices,
    block_unit,
    create_units,
    end_claim,
    expire_lock,
    hold_unit,
    mark_payment_recorded,
    mark_returning,
    mark_small_deposit,
    mark_subscribed,
    release_batch,
    reserve_unit,
)
from regulations.queries import remembering_terms
from salesdept.clock import SHANGHAI, at, business_date
from salesdept.models import User
from salesdept.seeds import Office

REGISTER_PROJECT = "鹭鸣北湖名邸"
# The register's permit lists one batch of each stair; a full stair is this many times as large.
FULL_STAIR = {"small": 1, "office": 6, "group": 6}
OPEN_TODAY = 16  # customers with something open on the last day
SOLD_SHARE = Decimal("0.22")
type Buyer = tuple[Customer, datetime]
BLOCKS = ("样板间", "抵押未解押", "设备层整改")


def stock(office: Office) -> None:
    """Rooms from the presale register, priced and approved; the last building is not released yet."""
    start = at(office.start, 9)
    times = FULL_STAIR.get(office.scale, 6)
    register = [
        replace(row, units=row.units * times) for row in by_project(read_register())[REGISTER_PROJECT]
    ]
    rows = [asdict(row) for row in expand(register)]
    assistant, manager = office.people["assistant"], office.people["manager"]
    create_units(actor=assistant, project=office.project, rows=rows, batch_id=None, now=start)
    prices = PriceList.objects.get(project=office.project)
    approve_prices(actor=manager, price_list_id=prices.pk, now=start)
    *released, _ = Building.objects.filter(project=office.project).order_by("order")
    units = Unit.objects.filter(building__in=released).values_list("pk", flat=True)
    release_batch(actor=manager, unit_ids=list(units), now=start)


@remembering_terms()
def claims(office: Office) -> None:
    """Sales of the past months, what ended, and what is going on right now."""
    rooms = _rooms(office)
    people = _buyers(office, wanted=2 * len(rooms))
    sold = max(0, min(int(len(rooms) * SOLD_SHARE), (len(people) - OPEN_TODAY) * 9 // 10))
    sales = [
        _subscribed(office, rooms.pop(), customer, moment)
        for customer, moment in _spread(office, people[:sold])
    ]
    office.bag["subscribed"] = sorted(sales)
    buyers = [(customer, _decided(office, customer)) for customer in people[sold:]]
    office.rng.shuffle(buyers)
    for number in range(sold // 6):
        _ended(office, rooms[number], *buyers.pop(), number)
    if sold > 0:
        _right_now(office, rooms, buyers)


def _rooms(office: Office) -> list[Unit]:
    rooms = list(Unit.objects.filter(building__project=office.project).free().order_by("pk"))
    office.rng.shuffle(rooms)
    return rooms


def _buyers(office: Office, wanted: int) -> list[Customer]:
    """Customers with an owner, those known longest first.

    Every so-many-th of a large table, since nobody needs a million buyers for a few hundred rooms.
    """
    rows = Customer.objects.filter(project=office.project, owner__isnull=False).select_related("owner")
    if (step := office.customers // max(wanted, 1)) > 1:
        rows = rows.alias(turn=Mod(F("pk"), step)).filter(turn=0)
    return list(rows.order_by("first_contact_at", "pk"))


def _spread(office: Office, people: list[Customer]) -> list[Buyer]:
    """Sales come as evenly over the months as their first contacts allow."""
    opening, last = at(office.start, 10), office.now - timedelta(days=1)
    pace = (last - opening) / max(len(people), 1)
    return [(c, _within(office, c, opening + pace * number)) for number, c in enumerate(people, 1)]


def _decided(office: Office, customer: Customer) -> datetime:
    """Some days after the first contact."""
    since = max(customer.first_contact_at, at(office.start, 10))
    return _within(office, customer, since + timedelta(days=office.rng.randrange(12)))


def _within(office: Office, customer: Customer, moment: datetime) -> datetime:
    """The day of `moment` within office hours, after the first contact and a day before the end."""
    day = moment.astimezone(SHANGHAI)
    day = day.replace(hour=10 + office.rng.randrange(8), minute=office.rng.randrange(60))
    return min(max(day, customer.first_contact_at + timedelta(hours=1)), office.now - timedelta(days=1))


def _lock(office: Office, room: Unit, customer: Customer, now: datetime) -> Reservation:
    actor = cast(User, customer.owner)
    evidence = Evidence.DEPOSIT if office.rng.random() < 0.7 else Evidence.IDENTITY
    made = reserve_unit(actor=actor, unit_id=room.pk, customer=customer, evidence=evidence, now=now)
    return cast(Reservation, made)


def _paid(office: Office, room: Unit, customer: Customer, now: datetime) -> Reservation:
    claim = _lock(office, room, customer, now)
    cashier = office.people["cashier"]
    return mark_payment_recorded(actor=cashier, reservation_id=claim.pk, now=now + timedelta(minutes=25))


def _subscribed(
    office: Office, room: Unit, customer: Customer, now: datetime, paid: Decimal | None = None
) -> int:
    claim = _paid(office, room, customer, now)
    later = now + timedelta(hours=3)
    mark_subscribed(actor=office.people["finance"], reservation_id=claim.pk, now=later, paid=paid)
    return claim.pk


def _ended(office: Office, room: Unit, customer: Customer, now: datetime, number: int) -> None:
    """Two of three ran out; the third was subscribed and given up, and the room is free again."""
    if number % 3:
        claim = _lock(office, room, customer, now)
        expire_lock(reservation_id=claim.pk, now=now + timedelta(hours=2))
        return
    pk = _subscribed(office, room, customer, now)
    manager, later = office.people["manager"], min(now + timedelta(days=5), office.now)
    why, note = (
        (EndReason.FORFEITED, "超过签约期限，挞定")
        if number % 2
        else (EndReason.WITHDRAWN, "贷款资质不足，客户放弃")
    )
    end_claim(actor=manager, reservation_id=pk, reason=why, note=note, now=later)


def _right_now(office: Office, rooms: list[Unit], buyers: list[Buyer]) -> None:
    """What is open on the last day: locks, money waiting, 小订, 临时认购, 保留, 封盘, 退房中."""
    now, manager, finance = office.now, office.people["manager"], office.people["finance"]
    for hours in (1, 3, 5, 20):
        _paid(office, rooms.pop(), buyers.pop()[0], now - timedelta(hours=hours, minutes=30))
    for days in (0, 1):
        small = _paid(office, rooms.pop(), buyers.pop()[0], now - timedelta(days=days, hours=4))
        mark_small_deposit(actor=finance, reservation_id=small.pk, now=now - timedelta(days=days, hours=2))
    for days in (0, 2):
        _subscribed(
            office, rooms.pop(), buyers.pop()[0], now - timedelta(days=days, hours=4), paid=Decimal(5000)
        )
    for days in (1, 3):
        until = at(business_date(now + timedelta(days=days)), 18)
        hold_unit(
            actor=manager,
            unit_id=rooms.pop().pk,
            customer=buyers.pop()[0],
            reason="家人周末到场定房",
            until=until,
            now=now - timedelta(hours=2),
        )
    for reason in BLOCKS:
        block_unit(actor=manager, unit_id=rooms.pop().pk, reason=reason, now=at(office.start, 10))
    returning = _subscribed(office, rooms.pop(), buyers.pop()[0], now - timedelta(days=6))
    mark_returning(
        actor=manager,
        reservation_id=returning,
        reason="首付资金不足，客户申请退房",
        now=now - timedelta(days=1),
    )
    for minutes, customer in zip((4, 15, 28, 41, 52), _one_each(buyers, 5), strict=False):
        _lock(office, rooms.pop(), customer, now - timedelta(minutes=minutes))


def _one_each(buyers: list[Buyer], count: int) -> list[Customer]:
    """Customers of different reps, since a rep holds one short lock at a time."""
    chosen: dict[int | None, Customer] = {}
    for customer, _ in buyers:
        chosen.setdefault(customer.owner_id, customer)
    picked = list(chosen.values())[:count]
    buyers[:] = [pair for pair in buyers if pair[0] not in picked]
    return picked
