"""Commission follows confirmed money, both ways, and nobody edits it."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from commissions import services
from commissions.models import CommissionEntry, DealCredit
from contracts.services import (
    confirm_receipt,
    pass_second_review,
    reverse_receipt,
)
from regulations.slots import decision_of
from salesdept.errors import RuleError, constraint_name
from salesdept.models import Notice
from salesdept.money import BASIS
from salesdept.verdict import Denied
from tests.factories.contracts import awaiting_money, in_second_review, paid, record, tick_all

pytestmark = pytest.mark.django_db


@pytest.fixture
def contract(rep, assistant, manager, now):
    return awaiting_money(rep, assistant, manager, now, price=Decimal("1500000.00"))


def amounts(contract) -> list[tuple[str, Decimal]]:
    rows = CommissionEntry.objects.filter(contract=contract).order_by("pk")
    return [(entry.rep.name, entry.amount) for entry in rows.select_related("rep")]


def test_a_confirmed_first_payment_creates_the_reps_entry(contract, rep, cashier, finance, now):
    receipt = paid(contract, cashier, finance, now)
    entry = CommissionEntry.objects.get()
    assert (entry.rep, entry.amount, entry.base, entry.rate) == (
        rep,
        Decimal("3000.00"),
        Decimal("1500000.00"),
        Decimal("0.002000"),
    )
    assert (entry.period, entry.receipt, entry.share_bp) == ("2026-11", receipt, BASIS)
    assert [step["clause"] for step in entry.decision.steps] == ["拟:com.rate.base", "S74", "拟:com.triggers"]
    assert Notice.objects.filter(user=rep, key=f"commission:{entry.pk}").exists()


def test_the_entrys_decision_recomputes_to_the_same_yuan(contract, cashier, finance, now):
    paid(contract, cashier, finance, now)
    decision = CommissionEntry.objects.get().decision
    again = decision_of(decision.kind).recompute(decision.inputs, decision.terms_values)
    assert dict(again.result) == decision.result == {"amount": "3000.00", "whole": "3000.00", "met": True}


@pytest.mark.parametrize(
    ("step", "entries"), [("recorded", 0), ("a fen short", 0), ("in two parts", 1), ("more than enough", 1)]
)
def test_the_trigger_is_confirmed_money_that_reaches_the_down_payment(
    step, entries, contract, cashier, finance, now
):
    down = contract.down_payment
    if step == "recorded":
        record(cashier, contract.reservation, now, kind="down", amount=down)
    elif step == "a fen short":
        paid(contract, cashier, finance, now, amount=down - Decimal("0.01"))
    elif step == "in two parts":
        paid(contract, cashier, finance, now, amount=Decimal(100000))
        paid(contract, cashier, finance, now, amount=down - Decimal(100000))
    else:
        paid(contract, cashier, finance, now, amount=down + 1)
        paid(contract, cashier, finance, now, amount=Decimal(5))
    assert CommissionEntry.objects.count() == entries


def test_money_that_came_before_the_review_counts_when_it_ends(
    rep, assistant, manager, cashier, finance, now
):
    contract = in_second_review(rep, assistant, now)
    paid(contract, cashier, finance, now)
    assert not CommissionEntry.objects.exists()
    tick_all(manager, contract, now)
    pass_second_review(actor=manager, contract_id=contract.pk, now=now)
    assert amounts(contract) == [("林知远", Decimal("2400.00"))]


def test_a_split_deal_pays_each_to_the_fen(contract, rep, colleague, manager, cashier, finance, now):
    shares = [(rep.pk, 7000), (colleague.pk, 3000)]
    services.set_credits(
        actor=manager, contract_id=contract.pk, shares=shares, reason="定金后确认归属", now=now
    )
    paid(contract, cashier, finance, now)
    assert amounts(contract) == [("林知远", Decimal("2100.00")), ("许若晴", Decimal("900.00"))]


def test_a_reversed_receipt_reverses_the_entry_once(contract, cashier, finance, now):
    receipt = paid(contract, cashier, finance, now)
    reverse_receipt(actor=finance, receipt_id=receipt.pk, reason="退票", now=now)
    assert amounts(contract) == [("林知远", Decimal("3000.00")), ("林知远", Decimal("-3000.00"))]
    assert CommissionEntry.objects.last().reverses == CommissionEntry.objects.first()
    assert not CommissionEntry.objects.standing().exists()


def test_money_that_comes_again_is_paid_again(contract, cashier, finance, now):
    receipt = paid(contract, cashier, finance, now)
    reverse_receipt(actor=finance, receipt_id=receipt.pk, reason="退票", now=now)
    paid(contract, cashier, finance, now)
    assert [entry.round for entry in CommissionEntry.objects.standing()] == [2]
    assert sum(amount for _, amount in amounts(contract)) == Decimal("3000.00")


def test_a_reversal_that_leaves_enough_money_reverses_nothing(contract, cashier, finance, now):
    paid(contract, cashier, finance, now)
    extra = paid(contract, cashier, finance, now, amount=Decimal(10))
    reverse_receipt(actor=finance, receipt_id=extra.pk, reason="多刷", now=now)
    assert amounts(contract) == [("林知远", Decimal("3000.00"))]


def test_a_failed_step_leaves_the_money_unconfirmed(contract, cashier, finance, now, monkeypatch):
    receipt = record(cashier, contract.reservation, now, kind="down", amount=contract.down_payment)

    def fail(*_args, **_kwargs):
        raise RuleError("boom", "不行", "S74")

    monkeypatch.setattr(services, "_accrue", fail)
    with pytest.raises(RuleError):
        confirm_receipt(actor=finance, receipt_id=receipt.pk, now=now)
    receipt.refresh_from_db()
    assert receipt.confirmed_at is None
    assert not DealCredit.objects.exists()


def test_a_ledger_line_cannot_be_changed(contract, cashier, finance, now):
    paid(contract, cashier, finance, now)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        CommissionEntry.objects.update(amount=Decimal(1))
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        CommissionEntry.objects.all()._raw_delete("default")


def test_the_database_alone_refuses_to_pay_a_trigger_twice(contract, cashier, finance, now):
    paid(contract, cashier, finance, now)
    entry = CommissionEntry.objects.get()
    entry.pk = None
    entry._state.adding = True
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        entry.save()
    assert constraint_name(error.value) == "a_trigger_pays_once"


@pytest.mark.parametrize(
    ("bp", "reason", "code"),
    [(9999, "依据", "shares_not_whole"), (10001, "依据", "shares_not_whole"), (10000, " ", "reason_needed")],
)
def test_what_split_is_refused(bp, reason, code, contract, rep, manager, now):
    with pytest.raises(RuleError) as refusal:
        services.set_credits(
            actor=manager, contract_id=contract.pk, shares=[(rep.pk, bp)], reason=reason, now=now
        )
    assert refusal.value.code == code
    assert not DealCredit.objects.exists()


def test_a_paid_deal_is_not_split_again(contract, rep, colleague, manager, cashier, finance, now):
    paid(contract, cashier, finance, now)
    with pytest.raises(RuleError) as refusal:
        services.set_credits(
            actor=manager, contract_id=contract.pk, shares=[(colleague.pk, BASIS)], reason="改判", now=now
        )
    assert refusal.value.code == "already_accrued"
    assert DealCredit.objects.get().rep == rep


@pytest.mark.parametrize("who", ["rep", "assistant", "finance", "supervisor"])
def test_who_may_not_split(who, contract, rep, request, now):
    with pytest.raises(Denied):
        services.set_credits(
            actor=request.getfixturevalue(who),
            contract_id=contract.pk,
            shares=[(rep.pk, BASIS)],
            reason="依据",
            now=now,
        )


@pytest.mark.parametrize(
    ("who", "sees"),
    [("rep", 1), ("colleague", 0), ("assistant", 0), ("supervisor", 0), ("manager", 1), ("finance", 1)],
)
def test_who_sees_a_commission(who, sees, contract, cashier, finance, request, now):
    paid(contract, cashier, finance, now)
    assert CommissionEntry.objects.visible_to(request.getfixturevalue(who)).count() == sees
