"""A sale at any step, made through the services or, where only a row is needed, by hand."""

import itertools
from datetime import timedelta
from decimal import Decimal

from contracts import services
from contracts.models import Receipt
from contracts.queries.facts import facts_of
from contracts.rules import PayMethod, ReceiptKind, Tender
from contracts.services.common import contract_locked
from customers.models import Customer
from inventory.models import Building, Reservation, Unit
from inventory.rules import Evidence, Stage
from salesdept import clock
from salesdept.fields import Plain
from tests.factories.customers import customer as make_customer

PRICE = Decimal("1200000.00")
DEPOSIT = Decimal("20000.00")
IDENTITY = "330102199003070038"
_slips = itertools.count(1)
_rooms = itertools.count(1)


def unit(project, **fields) -> Unit:
    """A released room of 100㎡."""
    building, _ = Building.objects.get_or_create(project=project, name="2")
    number = next(_rooms)
    room = f"{number // 4 + 1}{number % 4 + 1:02}"
    given = {
        "layout": "三房两厅两卫",
        "area_build": Decimal("100.00"),
        "area_inside": Decimal("80.00"),
        **fields,
    }
    return Unit.objects.create(
        building=building, room_no=room, floor=number // 4 + 1, code=f"2-{room}", **given
    )


def buyer(rep, **fields) -> Customer:
    """A customer file with a full name and an identity number."""
    person = make_customer(
        project=rep.projects.first(), owner=rep, name="王先生", full_name="王丽华", **fields
    )
    person.identity_no = Plain(IDENTITY)
    person.save()
    return person


def claim(rep, now, *, stage=Stage.LOCK, price=PRICE, **fields) -> Reservation:
    """A live claim of the rep's own customer on a room of its own, in the given stage."""
    project = rep.projects.first()
    given = {
        "evidence": Evidence.DEPOSIT,
        "list_price": price,
        "agreed_price": price,
        "deposit_due": DEPOSIT,
        "started_at": now,
        "created_by": rep,
        **fields,
    }
    if stage == Stage.LOCK:
        given.setdefault("expires_at", now + timedelta(hours=1))
        taken = Reservation.objects.filter(rep=rep, stage=Stage.LOCK, ended_at=None).count()
        given.setdefault("rep_slot", taken + 1)
    if stage in (Stage.SUBSCRIBED, Stage.SIGNED):
        given.setdefault("subscribed_at", now)
        given.setdefault("sign_by", clock.business_date(now) + timedelta(days=7))
        given.setdefault("number", f"RG-{next(_slips):06}")
    if "customer" not in given:
        given["customer"] = buyer(rep, now=now)
    return Reservation.objects.create(
        unit=given.pop("unit", None) or unit(project), project=project, rep=rep, stage=stage, **given
    )


def record(cashier, reservation, now, *, kind=ReceiptKind.DEPOSIT, amount=DEPOSIT, **fields) -> Receipt:
    given = {
        "method": Tender.POS,
        "slip": f"POS{next(_slips):06}",
        "payer": "王丽华",
        "received_on": clock.business_date(now),
        **fields,
    }
    return services.record_receipt(
        actor=cashier,
        reservation_id=reservation.pk if reservation else None,
        kind=kind,
        amount=amount,
        now=now,
        **given,
    )


def draft(rep, now, *, method=PayMethod.MORTGAGE, **fields):
    """草拟 from a 认购 of the rep."""
    reservation = claim(rep, now, stage=Stage.SUBSCRIBED, **fields)
    return services.draft_contract(actor=rep, reservation_id=reservation.pk, pay_method=method, now=now)


def submitted(rep, now, **fields):
    return services.submit_contract(actor=rep, contract_id=draft(rep, now, **fields).pk, now=now)


def tick_all(reviewer, contract, now):
    """Every field of the list ticked 一致."""
    for fact in facts_of(contract_locked(contract.pk)):
        services.record_check(actor=reviewer, contract_id=contract.pk, field=fact.key, ok=True, now=now)


def in_second_review(rep, assistant, now, **fields):
    contract = submitted(rep, now, **fields)
    tick_all(assistant, contract, now)
    return services.pass_review(actor=assistant, contract_id=contract.pk, now=now)


def awaiting_money(rep, assistant, manager, now, **fields):
    contract = in_second_review(rep, assistant, now, **fields)
    tick_all(manager, contract, now)
    return services.pass_second_review(actor=manager, contract_id=contract.pk, now=now)


def paid(contract, cashier, finance, now, amount=None, kind=ReceiptKind.DOWN) -> Receipt:
    """Money of a contract, recorded and confirmed."""
    receipt = record(cashier, contract.reservation, now, kind=kind, amount=amount or contract.down_payment)
    return services.confirm_receipt(actor=finance, receipt_id=receipt.pk, now=now)
