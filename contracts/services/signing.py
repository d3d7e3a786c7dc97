"""签约: sealed by the assistant once the first payment is in."""

from datetime import datetime

from contracts import access
from contracts.models import Contract
from contracts.rules import FIRST_PAYMENT, ContractState, check_move
from contracts.services.common import contract_locked, contract_url, move, received, tell
from inventory.services import mark_signed
from salesdept.clock import business_date
from salesdept.errors import RuleError
from salesdept.formats import money
from salesdept.models import User
from salesdept.verbs import service


@service
def sign_contract(
    *, actor: User, contract_id: int, now: datetime, idempotency_key: str | None = None
) -> Contract:
    """待收款 → 已签: the assistant seals; the room becomes 签约. Never whoever drafted it.

    Raises RuleError `first_payment_short` while confirmed 定金 + 首付 stay below the agreed down payment.
    """
    contract = contract_locked(contract_id)
    access.may_seal(actor, contract).or_raise()
    check_move(ContractState(contract.state), ContractState.SIGNED)
    paid = received(contract.reservation_id, FIRST_PAYMENT)
    if paid < contract.down_payment:
        raise RuleError(
            "first_payment_short",
            f"首付应收 {money(contract.down_payment)}，已确认 {money(paid)}",
            "拟:ctr.review.chain",
            "等财务确认首付后再盖章",
        )
    contract.sealed_by, contract.sealed_at, contract.sign_date = actor, now, business_date(now)
    move(contract, actor, ContractState.SIGNED, now, "sealed_by", "sealed_at", "sign_date")
    mark_signed(actor=actor, reservation_id=contract.reservation_id, now=now)
    tell(
        [contract.rep_id],
        now,
        key=f"contract:{contract.pk}:{contract.version}",
        title=f"{contract.unit_label} 合同已签",
        url=contract_url(contract),
    )
    return contract
