"""Commission follows confirmed money: accrued when the trigger is met, reversed when it is undone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from commissions import access, queries, rules
from commissions.models import CommissionEntry, CommissionHold, DealCredit
from commissions.rules import CommissionTerms, EntryKind
from contracts.models import Contract, Receipt
from contracts.rules import FIRST_PAYMENT, ContractState
from contracts.services.common import received
from customers.queries.disputes import frozen
from customers.slots import HandedOn, RulingFacts
from regulations.models import TermsVersion
from regulations.queries import terms_and_version
from regulations.services import record_decision
from salesdept import journal
from salesdept.clock import business_date
from salesdept.errors import RuleError
from salesdept.formats import money
from salesdept.models import User
from salesdept.money import BASIS
from salesdept.rules import Message
from salesdept.services.reminders import notify
from salesdept.verbs import locked, service

PAYABLE = (ContractState.MONEY, ContractState.SIGNED)


def period_of(moment: datetime) -> str:
    return f"{business_date(moment):%Y-%m}"


@service
def set_credits(
    *,
    actor: User,
    contract_id: int,
    shares: Sequence[tuple[int, int]],
    reason: str,
    now: datetime,
    idempotency_key: str | None = None,
) -> Contract:
    """Split a deal: (person, basis points) that sum to 10000. Refused once commission was accrued on it."""
    contract = locked(Contract.objects.select_related("reservation", "rep"), contract_id)
    access.may_split(actor, contract).or_raise()
    rules.check_shares(shares)
    if frozen_by(contract):
        raise RuleError(
            "disputed", "客户归属争议裁决前不改业绩分配", "拟:own.lookback", "等裁决执行，份额随裁决"
        )
    if not reason.strip():
        raise RuleError("reason_needed", "业绩分配须写明依据", "S74", "写一句依据再保存")
    if CommissionEntry.objects.filter(contract=contract).standing().exists():
        raise RuleError(
            "already_accrued",
            "这份合同已计提佣金，不再改分配",
            "拟:sys.closed_month",
            "先由财务冲销触发收款，或走调整",
        )
    contract.credits.all().delete()
    DealCredit.objects.bulk_create(
        DealCredit(contract=contract, rep_id=rep, share_bp=bp, reason=reason[:100]) for rep, bp in shares
    )
    journal.record(
        actor, "commissions.credits.set", contract, happened_at=now, reason=reason, shares=list(shares)
    )
    return contract


def follow_money(receipt: Receipt, actor: User | None, now: datetime) -> None:
    """PAYMENT_STEPS: accrue or undo the contract's commission, in the receipt's transaction."""
    contract = receipt.contract
    if contract is None:
        return
    terms, version = terms_and_version(
        CommissionTerms, on=business_date(contract.drafted_at), project=contract.project_id
    )
    needed = rules.required(contract.total, contract.down_payment, terms)
    kinds = FIRST_PAYMENT if needed < contract.total else ()
    paid = received(contract.reservation_id, kinds)
    standing = list(
        CommissionEntry.objects.filter(contract=contract).standing().select_related("contract", "rep")
    )
    met = paid >= needed and contract.state in PAYABLE
    if met and not standing:
        if dispute := frozen_by(contract):
            _hold(contract, receipt, dispute, actor, now)
            return
        shares = _shares(contract)
        due = _Due(contract, receipt, shares, paid, needed, terms, version)
        for rep, _ in shares:
            _accrue(due, rep, actor, now)
    elif not met:
        for entry in standing:
            _undo(entry, receipt, actor, now)
        contract.holds.filter(released_at__isnull=True).update(released_at=now)


def frozen_by(contract: Contract) -> int | None:
    """The dispute that freezes the contract's commission, from 提出 until 执行."""
    customer_id = contract.reservation.customer_id
    return frozen([customer_id]).get(customer_id) if customer_id else None


def _hold(contract: Contract, receipt: Receipt, dispute_id: int, actor: User | None, now: datetime) -> None:
    """Keep the trigger without a line of pay; the end of the case accrues it."""
    if contract.holds.filter(released_at__isnull=True).exists():
        return
    hold = CommissionHold.objects.create(
        contract=contract,
        receipt=receipt,
        dispute_ref=dispute_id,
        reason="客户归属争议，裁决执行前冻结",
        held_at=now,
    )
    journal.record(actor, "commissions.entry.held", hold, happened_at=now, dispute=dispute_id)


# --- what a dispute's end does to deals


def follow_ruling(facts: RulingFacts, actor: User | None, now: datetime) -> None:
    """RULING_EFFECTS: credits as ruled, lines already accrued set right in the open month, holds released."""
    for contract in queries.deals_touched(facts):
        locked(Contract.objects.all(), contract.pk)
        if facts.shares:
            _follow_shares(contract, facts, actor, now)
        _release(contract, actor, now)


def _follow_shares(contract: Contract, facts: RulingFacts, actor: User | None, now: datetime) -> None:
    shares = sorted(facts.shares)
    if sorted(contract.credits.values_list("rep_id", "share_bp")) == shares:
        return
    standing = list(CommissionEntry.objects.filter(contract=contract).standing().select_related("contract"))
    for entry in standing:
        _undo(entry, entry.receipt, actor, now)
    contract.credits.all().delete()
    DealCredit.objects.bulk_create(
        DealCredit(contract=contract, rep_id=rep, share_bp=bp, reason=f"{facts.label} 裁决")
        for rep, bp in facts.shares
    )
    journal.record(
        actor, "commissions.credits.set", contract, happened_at=now, reason=facts.label, shares=shares
    )
    if standing:
        follow_money(standing[0].receipt, actor, now)


def _release(contract: Contract, actor: User | None, now: datetime) -> None:
    """Accrue what waited for the end of the case, once no other case freezes it."""
    hold = contract.holds.filter(released_at__isnull=True).select_related("receipt__contract").first()
    if hold is None or frozen_by(contract):
        return
    hold.released_at = now
    hold.save(update_fields=["released_at"])
    journal.record(actor, "commissions.entry.released", hold, happened_at=now, dispute=hold.dispute_ref)
    follow_money(hold.receipt, actor, now)


def _shares(contract: Contract) -> list[tuple[int, int]]:
    """The contract's credits; the whole to its rep while nobody split it."""
    if not contract.credits.exists():
        DealCredit.objects.create(
            contract=contract, rep_id=contract.rep_id, share_bp=BASIS, reason="归属代表全额"
        )
    return list(contract.credits.order_by("pk").values_list("rep_id", "share_bp"))


@dataclass(frozen=True, slots=True)
class _Due:
    """A contract whose trigger is met: what every person's line is made from."""

    contract: Contract
    receipt: Receipt
    shares: list[tuple[int, int]]
    paid: Decimal
    needed: Decimal
    terms: CommissionTerms
    version: TermsVersion | None


def _accrue(due: _Due, rep: int, actor: User | None, now: datetime) -> CommissionEntry:
    contract, terms = due.contract, due.terms
    verdicts = rules.commission(
        base=contract.total,
        shares=due.shares,
        rep=rep,
        received=due.paid,
        needed=due.needed,
        terms=terms,
    )
    decision = record_decision(verdicts, contract, actor=actor, now=now, terms=terms, version=due.version)
    before = CommissionEntry.objects.filter(contract=contract, rep=rep, reverses__isnull=True)
    entry = CommissionEntry.objects.create(
        project_id=contract.project_id,
        contract=contract,
        rep_id=rep,
        period=period_of(now),
        kind=EntryKind.ACCRUED,
        trigger=terms.trigger,
        round=before.filter(trigger=terms.trigger).count() + 1,
        base=contract.total,
        rate=terms.rate_permille / 1000,
        share_bp=dict(due.shares)[rep],
        amount=Decimal(verdicts.result["amount"]),
        receipt=due.receipt,
        decision=decision,
        made_at=now,
    )
    journal.record(actor, "commissions.entry.accrued", entry, happened_at=now, amount=entry.amount, rep=rep)
    _tell(entry, f"佣金计提 {money(entry.amount)}", now)
    return entry


def _undo(entry: CommissionEntry, receipt: Receipt, actor: User | None, now: datetime) -> CommissionEntry:
    """A negative line of the open month at the original rate; the old line stays (拟:sys.closed_month)."""
    reversal = CommissionEntry.objects.create(
        project_id=entry.project_id,
        contract=entry.contract,
        rep_id=entry.rep_id,
        period=period_of(now),
        kind=EntryKind.REVERSED,
        trigger=entry.trigger,
        round=entry.round,
        base=entry.base,
        rate=entry.rate,
        share_bp=entry.share_bp,
        amount=-entry.amount,
        receipt=receipt,
        decision_id=entry.decision_id,
        reverses=entry,
        made_at=now,
    )
    journal.record(
        actor, "commissions.entry.reversed", reversal, happened_at=now, amount=reversal.amount, of=entry.pk
    )
    _tell(reversal, f"佣金冲回 {money(reversal.amount)}", now)
    return reversal


def _tell(entry: CommissionEntry, title: str, now: datetime) -> None:
    notify(
        [
            Message(
                user_id=entry.rep_id,
                title=title,
                body=entry.contract.unit_label,
                key=f"commission:{entry.pk}",
                url=f"/commissions/?period={entry.period}",
                clause="拟:com.triggers",
            )
        ],
        now,
    )


def keep_credits(handed: HandedOn) -> None:
    """Before a contract goes to another rep, write down whose deal it was; who split it already stays."""
    rows = Contract.objects.filter(rep=handed.old, reservation__customer__in=handed.customers)
    for contract in rows.filter(credits__isnull=True).order_by("pk"):
        DealCredit.objects.create(
            contract=contract, rep_id=handed.old, share_bp=BASIS, reason="移交前由原代表成交"
        )
        journal.record(
            handed.actor,
            "commissions.credits.set",
            contract,
            happened_at=handed.now,
            reason="移交",
            shares=[(handed.old, BASIS)],
        )
