"""How contracts and money read in a customer's timeline, and what a leaver leaves behind."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.urls import reverse

from contracts.models import Contract
from contracts.rules import ContractState, ReceiptKind
from customers.slots import TimelineWord
from inventory.models import Reservation
from regulations.models import Request
from salesdept.formats import money
from salesdept.journal import resolve


def _amount(changes: Mapping[str, Any]) -> str:
    kind = f"{ReceiptKind(changes['kind']).label} " if "kind" in changes else ""
    return kind + money(Decimal(changes["amount"]))


TIMELINE_WORDS = (
    TimelineWord("contracts.contract.drafted", "草拟合同", "sign"),
    TimelineWord("contracts.contract.first", "合同提交初审", "filecheck"),
    TimelineWord("contracts.contract.returned", "合同退回", "undo", "bad"),
    TimelineWord("contracts.contract.second", "合同初审通过", "filecheck", "ok"),
    TimelineWord("contracts.contract.money", "合同复审通过", "filecheck", "ok"),
    TimelineWord("contracts.contract.signed", "签约盖章", "stamp", "ok"),
    TimelineWord("contracts.receipt.recorded", "登记收款", "coins", "money", _amount),
    TimelineWord("contracts.receipt.confirmed", "财务确认收款", "coins", "money", _amount),
    TimelineWord("contracts.receipt.rejected", "收款被驳回", "coins", "bad"),
    TimelineWord("contracts.receipt.reversed", "收款冲销", "undo", "bad"),
    TimelineWord("contracts.receipt.assigned", "暂收款归入房源", "coins", "money", _amount),
)


def open_contracts_of(user_id: int) -> int:
    """Contracts of somebody's claims that are not signed yet."""
    return Contract.objects.filter(rep=user_id).exclude(state=ContractState.SIGNED).count()


LINES = 10


def contract_lines_of(user_id: int) -> list[str]:
    """The newest of them: number, room, state."""
    rows = Contract.objects.filter(rep=user_id).exclude(state=ContractState.SIGNED).order_by("-pk")
    return [f"{row.number} {row.unit_label} {row.get_state_display()}" for row in rows[:LINES]]


_NEXT = {
    ContractState.DRAFT: "代表核对后提交初审",
    ContractState.FIRST: "助理初审",
    ContractState.RETURNED: "按退回意见改后再提交",
    ContractState.SECOND: "经理复审",
    ContractState.MONEY: "到财务交清应付款后盖章",
}


def standin_lines(customer_id: int, now: datetime) -> Iterator[tuple[str, str]]:
    """The unsigned contracts of a customer for a stand-in: what comes next; no amount."""
    rows = Contract.objects.filter(reservation__customer=customer_id, reservation__ended_at__isnull=True)
    for contract in rows.exclude(state=ContractState.SIGNED).order_by("-pk"):
        state = ContractState(contract.state)
        yield "合同", f"{state.label}，下一步{_NEXT[state]}"


def customers_in_use(customer_ids: Sequence[int]) -> list[str]:
    """One sentence for each contract that stands on one of these customers."""
    rows = Contract.objects.filter(reservation__customer__in=customer_ids)
    return [
        f"{contract.reservation.customer} 有合同 {contract.number}"
        for contract in rows.select_related("reservation__customer")
    ]


def request_facts(request: Request) -> Sequence[tuple[str, str]]:
    """房源, 客户 and the deposit owed, of the request 定金不足的临时认购."""
    claim = resolve(request.subject)
    if not isinstance(claim, Reservation):
        return []
    return [
        ("房源", claim.unit.label),
        ("客户", str(claim.customer or "")),
        ("应收定金", money(claim.deposit_due)),
    ]


def request_url(request: Request) -> str:
    claim = resolve(request.subject)
    return reverse("inventory:reservation_detail", args=[claim.pk]) if isinstance(claim, Reservation) else ""
