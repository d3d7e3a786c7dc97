"""Many rooms at once: all or none, and taken back only while nobody stands on them."""

from decimal import Decimal

import pytest

from inventory.models import Building, PriceList, Reservation, Unit, UnitPrice
from inventory.services import approve_prices, create_units, release_batch, undo_units
from salesdept.errors import RuleError
from salesdept.models import Event, ImportBatch
from salesdept.verdict import Denied
from tests.factories import inventory as stock

pytestmark = pytest.mark.django_db


def row(room_no="1603", **fields):
    return {
        "building": "2", "stair": "1", "room_no": room_no, "floor": int(room_no[:-2]), "layout": "三房两厅",
        "area_build": Decimal("118.42"), "area_inside": Decimal("94.26"), "orientation": "南",
        "list_unit_price": Decimal("21060.00"), "list_total": Decimal("2493925.20"),
        "floor_price": Decimal("2369228.94"), "channel_floor": None, "permit_no": "预售 2026-0117", **fields,
    }  # fmt: skip


@pytest.fixture
def batch(assistant, project, now):
    return ImportBatch.objects.create(
        kind="units",
        project=project,
        created_by=assistant,
        created_at=now,
        file_name="房源.xlsx",
        sha256="0" * 64,
        size=1,
    )


def create(assistant, project, rows, now, batch=None):
    return create_units(actor=assistant, project=project, rows=rows, batch_id=batch and batch.pk, now=now)


def test_rooms_come_with_their_building_prices_and_events(assistant, project, now, batch):
    assert create(assistant, project, [row(), row("1604")], now, batch) == 2
    unit = Unit.objects.get(room_no="1603")
    assert (unit.code, unit.label, unit.released_at) == ("2-1-1603", "2#-1-1603", None)
    assert unit.prices.get().list_total == Decimal("2493925.20")
    assert PriceList.objects.get().approved_at is None
    assert Event.objects.filter(verb="inventory.unit.added").count() == 2


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([row(), row()], "unit_exists"),
        ([row("1501"), row("1603", floor_price=Decimal("2493925.21"))], "below_floor"),
    ],
    ids=["the same room twice", "a floor above the list"],
)
def test_one_bad_row_brings_in_nothing(rows, code, assistant, project, now):
    with pytest.raises(RuleError) as refusal:
        create(assistant, project, rows, now)
    assert refusal.value.code == code
    assert not Unit.objects.exists()
    assert not Event.objects.filter(verb="inventory.unit.added").exists()


def test_a_room_already_in_the_ledger_is_named(assistant, project, now):
    create(assistant, project, [row()], now)
    with pytest.raises(RuleError, match="2#-1-1603已在房源台账里"):
        create(assistant, project, [row("1501"), row()], now)
    assert Unit.objects.count() == 1


@pytest.mark.parametrize("who", ["rep", "cashier", "finance", "admin"])
def test_others_bring_in_no_rooms(who, project, now, request):
    with pytest.raises(Denied):
        create(request.getfixturevalue(who), project, [row()], now)


def test_a_batch_is_taken_back_without_a_trace_but_the_journal(assistant, project, now, batch):
    create(assistant, project, [row(), row("1604")], now, batch)
    assert undo_units(actor=assistant, batch_id=batch.pk, now=now) == 2
    assert [model.objects.count() for model in (Unit, UnitPrice, PriceList, Building)] == [0, 0, 0, 0]
    assert Event.objects.filter(verb="inventory.unit.removed").count() == 2


def test_a_batch_somebody_claimed_stays(assistant, manager, project, now, batch):
    create(assistant, project, [row()], now, batch)
    stock.claim(Unit.objects.get(), now=now)
    with pytest.raises(RuleError) as refusal:
        undo_units(actor=assistant, batch_id=batch.pk, now=now)
    assert refusal.value.code == "units_claimed"
    assert Unit.objects.count() == Reservation.objects.count() == 1


def test_a_released_batch_stays(assistant, manager, project, now, batch):
    create(assistant, project, [row()], now, batch)
    approve_prices(actor=manager, price_list_id=PriceList.objects.get().pk, now=now)
    release_batch(actor=manager, unit_ids=[Unit.objects.get().pk], now=now)
    with pytest.raises(RuleError) as refusal:
        undo_units(actor=assistant, batch_id=batch.pk, now=now)
    assert refusal.value.code == "units_released"


def test_nobody_approves_an_own_price_list(manager, director, project, now):
    create(manager, project, [row()], now)
    prices = PriceList.objects.get()
    with pytest.raises(Denied):
        approve_prices(actor=manager, price_list_id=prices.pk, now=now)
    assert approve_prices(actor=director, price_list_id=prices.pk, now=now).approved_by == director
    with pytest.raises(RuleError) as refusal:
        approve_prices(actor=director, price_list_id=prices.pk, now=now)
    assert refusal.value.code == "prices_approved"


@pytest.mark.parametrize(
    ("fields", "fault"), [({"list_total": None}, "缺已批准的表价"), ({"permit_no": ""}, "缺预售证号")]
)
def test_a_room_that_is_not_ready_is_not_released(fields, fault, assistant, manager, project, now):
    create(assistant, project, [row("1501"), row(**fields)], now)
    approve_prices(actor=manager, price_list_id=PriceList.objects.get().pk, now=now)
    ids = list(Unit.objects.values_list("pk", flat=True))
    with pytest.raises(RuleError, match=f"2#-1-1603 {fault}") as refusal:
        release_batch(actor=manager, unit_ids=ids, now=now)
    assert refusal.value.code == "release_faults"
    assert not Unit.objects.filter(released_at__isnull=False).exists()


def test_only_the_manager_releases(assistant, rep, director, room, now):
    Unit.objects.update(released_at=None)
    for person in (assistant, rep, director):
        with pytest.raises(Denied):
            release_batch(actor=person, unit_ids=[room.pk], now=now)


def test_the_newest_approved_price_that_has_begun_holds(assistant, manager, project, now, room):
    from inventory.queries.stock import list_price_of

    later = PriceList.objects.create(
        project=project, version=2, effective_from="2026-12-01", created_by=assistant, created_at=now,
        approved_by=manager, approved_at=now,
    )  # fmt: skip
    UnitPrice.objects.create(
        unit=room, price_list=later, list_unit_price=Decimal(1), list_total=Decimal("2600000.00")
    )
    days = {day: list_price_of(room.pk, day).total for day in (now.date(), now.date().replace(month=12))}
    assert list(days.values()) == [stock.LIST_TOTAL, Decimal("2600000.00")]
