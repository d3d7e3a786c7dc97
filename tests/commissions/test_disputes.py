"""A disputed customer's commission: frozen from 提出 until 执行, then split as ruled."""

from datetime import timedelta
from decimal import Decimal

import pytest

from commissions.models import CommissionEntry, CommissionHold, DealCredit
from commissions.queries import credit_faults, ledger_faults, ruling_preview
from commissions.services import set_credits
from contracts.services import reverse_receipt
from customers import services
from customers.models import Dispute
from customers.queries.disputes import ruling_facts
from customers.services.rulings import execute_due
from salesdept import clock
from salesdept.errors import RuleError
from tests.factories import contracts as sales

pytestmark = pytest.mark.django_db
PRICE = Decimal("1500000.00")
DAY = timedelta(days=1)


@pytest.fixture
def contract(rep, colleague, supervisor, assistant, manager, now):
    """Waits for its first payment; the colleague may claim the customer."""
    return sales.awaiting_money(rep, assistant, manager, now, price=PRICE)


def file(contract, colleague, now):
    return services.file_deal_dispute(
        actor=colleague, project=contract.project, room=contract.reservation.unit.code, claim="我先接待",
        now=now,
    )  # fmt: skip


def rule(dispute, supervisor, manager, shares, now):
    """Ruled for the first named, and executed after the term of appeal."""
    services.accept_dispute(actor=supervisor, dispute_id=dispute.pk, now=now)
    services.rule_dispute(
        actor=manager, dispute_id=dispute.pk, owner_id=shares[0][0], shares=shares, clause="S74",
        reason="收定后认出", now=now,
    )  # fmt: skip
    execute_due(clock.business_date(now) + 5 * DAY, now + 5 * DAY)


def standing():
    rows = CommissionEntry.objects.standing().order_by("rep__username")
    return list(rows.values_list("rep__username", "amount"))


def sound():
    assert [*ledger_faults(), *credit_faults()] == []


def test_money_that_comes_during_the_case_waits_for_its_end(
    contract, rep, colleague, supervisor, manager, cashier, finance, now
):
    dispute = file(contract, colleague, now)
    sales.paid(contract, cashier, finance, now)
    assert (standing(), CommissionHold.objects.get().dispute_ref) == ([], dispute.pk)
    rule(dispute, supervisor, manager, [(colleague.pk, 7000), (rep.pk, 3000)], now)
    assert standing() == [("colleague", Decimal("2100.00")), ("rep", Decimal("900.00"))]
    assert CommissionHold.objects.get().released_at
    sound()


def test_the_control_without_a_case_accrues_at_once(contract, cashier, finance, now):
    sales.paid(contract, cashier, finance, now)
    assert standing() == [("rep", Decimal("3000.00"))]
    assert not CommissionHold.objects.exists()


def test_a_case_taken_back_releases_the_commission(contract, colleague, cashier, finance, now):
    dispute = file(contract, colleague, now)
    sales.paid(contract, cashier, finance, now)
    services.withdraw_dispute(actor=colleague, dispute_id=dispute.pk, now=now)
    assert standing() == [("rep", Decimal("3000.00"))]
    sound()


def test_what_was_accrued_is_set_right_in_the_open_month(
    contract, rep, colleague, supervisor, manager, cashier, finance, now
):
    sales.paid(contract, cashier, finance, now)
    dispute = file(contract, colleague, now)
    later = now + 2 * DAY
    facts = ruling_facts(dispute, [(colleague.pk, 10000)])
    assert "¥3,000.00" in ruling_preview(facts)[0]
    assert standing() == [("rep", Decimal("3000.00"))]  # a preview changes nothing
    rule(dispute, supervisor, manager, [(colleague.pk, 10000)], later + 10 * DAY)
    assert standing() == [("colleague", Decimal("3000.00"))]
    lines = CommissionEntry.objects.order_by("pk").values_list("rep__username", "kind", "period")
    assert list(lines) == [
        ("rep", "accrued", "2026-11"),
        ("rep", "reversed", "2026-12"),
        ("colleague", "accrued", "2026-12"),
    ]
    sound()


def test_a_ruling_for_the_same_shares_writes_no_line(
    contract, rep, colleague, supervisor, manager, cashier, finance, now
):
    sales.paid(contract, cashier, finance, now)
    dispute = file(contract, colleague, now)
    rule(dispute, supervisor, manager, [(rep.pk, 10000)], now)
    assert CommissionEntry.objects.count() == 1


def test_credits_are_not_set_by_hand_meanwhile(contract, colleague, manager, now):
    file(contract, colleague, now)
    with pytest.raises(RuleError) as refusal:
        set_credits(
            actor=manager, contract_id=contract.pk, shares=[(colleague.pk, 10000)], reason="让给他", now=now
        )
    assert refusal.value.code == "disputed"
    assert not DealCredit.objects.exists()


def test_money_undone_during_the_case_is_not_paid_by_its_end(
    contract, rep, colleague, supervisor, manager, cashier, finance, now
):
    dispute = file(contract, colleague, now)
    receipt = sales.paid(contract, cashier, finance, now)
    reverse_receipt(actor=finance, receipt_id=receipt.pk, reason="退票", now=now)
    rule(dispute, supervisor, manager, [(colleague.pk, 10000)], now)
    assert standing() == []
    assert Dispute.objects.get().state == "executed"
    assert list(DealCredit.objects.values_list("rep__username", "share_bp")) == [("colleague", 10000)]
