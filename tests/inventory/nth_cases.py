"""Each verb of the stock for the Nth-statement harness: `case(get, now)` returns what to run."""

from datetime import timedelta
from decimal import Decimal

from inventory import services
from inventory.models import PriceList, Unit
from inventory.rules import EndReason, Evidence, Stage
from inventory.services import bulk, claims, control
from inventory.services import stock as shelf
from regulations.services import answer, ask
from salesdept.models import ImportBatch
from tests.factories import inventory as stock
from tests.factories.customers import customer
from tests.inventory.test_bulk import row


def _room(get, room_no="1603", **fields):
    return stock.unit(get("project"), room_no, **fields)


def reserve(get, now):
    rep, room = get("rep"), _room(get)
    get("manager")
    guest = customer(owner=rep, now=now)
    return lambda: services.reserve_unit(
        actor=rep, unit_id=room.pk, customer=guest, evidence=Evidence.DEPOSIT, now=now
    )


def _moves(verb, who, stage, **more):
    def case(get, now):
        rep, actor = get("rep"), get(who)
        guest = customer(owner=rep, now=now)
        claim = stock.claim(_room(get), rep, guest, stage=stage, now=now)
        return lambda: verb(actor=actor, reservation_id=claim.pk, now=now, **more)

    return case


def hold(get, now):
    manager, room, rep = get("manager"), _room(get), get("rep")
    guest, until = customer(owner=rep, now=now), now + timedelta(days=1)
    return lambda: control.hold_unit(
        actor=manager, unit_id=room.pk, customer=guest, reason="等家人", until=until, now=now
    )


def expire(get, now):
    claim = stock.claim(_room(get), get("rep"), now=now)
    return lambda: control.expire_lock(reservation_id=claim.pk, now=now + timedelta(hours=2))


def extend(get, now):
    manager, claim = get("manager"), stock.claim(_room(get), stage=Stage.KEPT, now=now)
    until = now + timedelta(days=2)
    return lambda: control.extend_hold(
        actor=manager, reservation_id=claim.pk, until=until, reason="续", now=now
    )


def block(get, now):
    manager, room = get("manager"), _room(get)
    return lambda: control.block_unit(actor=manager, unit_id=room.pk, reason="样板间", now=now)


def create(get, now):
    actor, project = get("assistant"), get("project")
    rows = [row(), row("1604", list_total=Decimal("2500000.00"))]
    return lambda: bulk.create_units(actor=actor, project=project, rows=rows, batch_id=None, now=now)


def undo(get, now):
    actor, project = get("assistant"), get("project")
    batch = ImportBatch.objects.create(
        kind="units",
        project=project,
        created_by=actor,
        created_at=now,
        file_name="房源.xlsx",
        sha256="0" * 64,
        size=1,
    )
    bulk.create_units(actor=actor, project=project, rows=[row(), row("1604")], batch_id=batch.pk, now=now)
    return lambda: bulk.undo_units(actor=actor, batch_id=batch.pk, now=now)


def approve(get, now):
    bulk.create_units(actor=get("assistant"), project=get("project"), rows=[row()], batch_id=None, now=now)
    manager, pk = get("manager"), PriceList.objects.get().pk
    return lambda: shelf.approve_prices(actor=manager, price_list_id=pk, now=now)


def release(get, now):
    manager, room = get("manager"), _room(get, released_at=None)
    ids = [room.pk]
    assert Unit.objects.filter(pk__in=ids).exists()
    return lambda: shelf.release_batch(actor=manager, unit_ids=ids, now=now)


def _consent(get, now, request):
    manager = get("manager")
    return lambda: answer(actor=manager, request_id=request.pk, approve=True, now=now)


def lock_consent(get, now):
    """Strict mode: the manager's yes places the lock."""
    rep, room = get("rep"), _room(get)
    payload = {"customer": customer(owner=rep, now=now).pk, "evidence": Evidence.DEPOSIT.value}
    asked = ask(
        actor=rep,
        kind="inventory.lock",
        subject=room,
        title="临时锁定",
        reason="凭定金",
        payload=payload,
        now=now,
    )
    return _consent(get, now, asked)


def hold_consent(get, now):
    rep, room = get("rep"), _room(get)
    guest, until = customer(owner=rep, now=now), now + timedelta(days=1)
    asked = control.hold_unit(
        actor=rep, unit_id=room.pk, customer=guest, reason="等家人", until=until, now=now
    )
    return _consent(get, now, asked)


def release_consent(get, now):
    rep = get("rep")
    claim = stock.claim(_room(get), rep, customer(owner=rep, now=now), now=now)
    asked = control.release_unit(actor=rep, reservation_id=claim.pk, reason="客户不要了", now=now)
    return _consent(get, now, asked)


CASES = {
    "regulations.services.requests.answer: a room is locked": lock_consent,
    "regulations.services.requests.answer: a room is kept": hold_consent,
    "regulations.services.requests.answer: a room is freed": release_consent,
    "inventory.services.claims._reserve": reserve,
    "inventory.services.claims.mark_payment_recorded": _moves(
        claims.mark_payment_recorded, "cashier", Stage.LOCK
    ),
    "inventory.services.claims.mark_payment_rejected": _moves(
        claims.mark_payment_rejected, "finance", Stage.PAID, reason="查无此笔"
    ),
    "inventory.services.claims.mark_small_deposit": _moves(claims.mark_small_deposit, "finance", Stage.PAID),
    "inventory.services.claims.mark_subscribed": _moves(claims.mark_subscribed, "finance", Stage.PAID),
    "inventory.services.claims.mark_signed": _moves(claims.mark_signed, "assistant", Stage.SUBSCRIBED),
    "inventory.services.claims.mark_returning": _moves(
        claims.mark_returning, "manager", Stage.SIGNED, reason="拒贷"
    ),
    "inventory.services.control.hold_unit": hold,
    "inventory.services.control.release_unit": _moves(
        control.release_unit, "manager", Stage.LOCK, reason="误锁"
    ),
    "inventory.services.control.end_claim": _moves(
        control.end_claim, "manager", Stage.SUBSCRIBED, reason=EndReason.WITHDRAWN, note="放弃"
    ),
    "inventory.services.control.expire_lock": expire,
    "inventory.services.control.extend_hold": extend,
    "inventory.services.control.block_unit": block,
    "inventory.services.bulk.create_units": create,
    "inventory.services.bulk.undo_units": undo,
    "inventory.services.stock.approve_prices": approve,
    "inventory.services.stock.release_batch": release,
}
