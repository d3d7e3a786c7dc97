"""One contract on one page: its way, its money, its reviews, and what the actor may do next."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from contracts import access
from contracts.models import Contract, PaymentPlanLine, Receipt, Review
from contracts.queries.collections import LOADED, ReceiptRow, receipt_row
from contracts.queries.lists import TONES, first_payment_is_in
from contracts.rules import (
    EDITABLE,
    FIELDS,
    ContractState,
    ContractTerms,
    PayMethod,
    ReviewStage,
    is_overdue,
)
from inventory.models import Reservation
from inventory.rules import Stage
from regulations.queries import terms_for
from salesdept import formats
from salesdept.clock import business_date
from salesdept.models import Event, User
from salesdept.money import ZERO
from salesdept.verdict import Verdict

_STEPS = (
    (ContractState.DRAFT, "草拟"),
    (ContractState.FIRST, "初审"),
    (ContractState.SECOND, "复审"),
    (ContractState.MONEY, "收款"),
    (ContractState.SIGNED, "已签"),
)
_WORDS = {
    "contracts.contract.drafted": "起草合同",
    "contracts.contract.edited": "修改合同",
    "contracts.contract.first": "送审",
    "contracts.contract.returned": "退回改正",
    "contracts.contract.second": "初审通过",
    "contracts.contract.money": "复审通过，待收款",
    "contracts.contract.signed": "盖章签约",
    "contracts.receipt.recorded": "登记收款",
    "contracts.receipt.confirmed": "确认收款",
    "contracts.receipt.rejected": "驳回收款",
    "contracts.receipt.reversed": "冲销收款",
    "contracts.receipt.assigned": "暂收款转入",
    "commissions.credits.set": "业绩分配",
}
_LABEL = {field.key: field.label for field in FIELDS}


@dataclass(frozen=True, slots=True)
class Step:
    label: str
    css: str


@dataclass(frozen=True, slots=True)
class PlanRow:
    seq: str
    kind: str
    due: str
    amount: str
    paid: str
    short: str
    state: str
    tone: str


@dataclass(frozen=True, slots=True)
class ErrorRow:
    label: str
    wrong: str
    right: str
    stage: str
    reviewer: str
    at: str
    case: str


@dataclass(frozen=True, slots=True)
class Line:
    title: str
    text: str
    at: str


@dataclass(frozen=True, slots=True)
class Page:
    contract: Contract
    title: str
    state: str
    tone: str
    steps: tuple[Step, ...]
    facts: tuple[tuple[str, str], ...]
    plan: tuple[PlanRow, ...]
    planned: str
    paid: str
    outstanding: str
    receipts: tuple[ReceiptRow, ...]
    errors: tuple[ErrorRow, ...]
    timeline: tuple[Line, ...]
    may_edit: Verdict
    may_seal: Verdict
    is_editable: bool
    is_awaiting: bool
    in_review: str
    initial: dict[str, Any]


def contract_page(actor: User, contract: Contract, now: datetime) -> Page:
    """Expects the contract loaded by `visible`."""
    today, state = business_date(now), ContractState(contract.state)
    plan = list(contract.plan.all())
    paid = sum((line.paid for line in plan), ZERO)
    receipts = (
        Receipt.objects.visible_to(actor)
        .filter(reservation=contract.reservation_id)
        .select_related(*LOADED)
        .prefetch_related("slips")
        .order_by("pk")
    )
    return Page(
        contract=contract,
        title=f"{contract.unit_label} {_buyer(contract)}",
        state=state.label,
        tone=TONES[state],
        steps=_steps(state),
        facts=_facts(contract),
        plan=tuple(_plan_row(line, today) for line in plan),
        planned=formats.money(contract.total),
        paid=formats.money(paid),
        outstanding=formats.money(contract.total - paid),
        receipts=tuple(receipt_row(actor, receipt, now) for receipt in receipts),
        errors=_errors(contract, now),
        timeline=_timeline(contract, now),
        may_edit=access.may_edit(actor, contract),
        may_seal=_may_seal(actor, contract),
        is_editable=state in EDITABLE,
        is_awaiting=state == ContractState.MONEY,
        in_review=_review_url(contract, state),
        initial=_initial(contract),
    )


def visible(actor: User) -> Any:
    """The contracts an actor sees, loaded for the page."""
    return (
        Contract.objects.visible_to(actor)
        .select_related(
            "reservation__unit__building", "reservation__customer", "rep", "drafted_by", "sealed_by"
        )
        .prefetch_related("buyers", "plan")
    )


def _buyer(contract: Contract) -> str:
    buyer = next(iter(contract.buyers.all()), None)
    return buyer.name if buyer else ""


def _may_seal(actor: User, contract: Contract) -> Verdict:
    verdict = access.may_seal(actor, contract)
    if verdict and not first_payment_is_in(contract):
        return Verdict("首付还没有全部确认", "拟:ctr.review.chain", "等财务确认后再盖章")
    return verdict


def _review_url(contract: Contract, state: ContractState) -> str:
    if state not in (ContractState.FIRST, ContractState.SECOND):
        return ""
    return f"{reverse('contracts:verification_queue')}?contract={contract.pk}"


def _steps(state: ContractState) -> tuple[Step, ...]:
    order = [step for step, _ in _STEPS]
    at = order.index(ContractState.DRAFT if state == ContractState.RETURNED else state)
    done = len(order) if state == ContractState.SIGNED else at
    return tuple(
        Step(label, "is-done" if n < done else "is-current" if n == at else "")
        for n, (_, label) in enumerate(_STEPS)
    )


def _facts(contract: Contract) -> tuple[tuple[str, str], ...]:
    buyer = next(iter(contract.buyers.all()), None)
    method = PayMethod(contract.pay_method)
    terms = terms_for(ContractTerms, on=business_date(contract.drafted_at), project=contract.project_id)
    loan = method in (PayMethod.MORTGAGE, PayMethod.FUND, PayMethod.MIXED)
    return (
        ("买受人", buyer.name if buyer else formats.NONE),
        ("身份证号", (buyer.identity_masked if buyer else "") or formats.NONE),
        ("联系电话", formats.phone_mask(buyer.phone) if buyer else formats.NONE),
        ("房号", contract.unit_label),
        ("户型", contract.layout or formats.NONE),
        ("建筑面积", formats.area(contract.area_build)),
        ("套内面积", formats.area(contract.area_inside)),
        ("单价", formats.unit_price(contract.unit_price)),
        ("总价", formats.money(contract.total)),
        ("总价大写", contract.total_words),
        ("付款方式", method.label),
        ("首付金额", formats.money(contract.down_payment)),
        ("置业顾问", contract.rep.name),
        ("签约期限", formats.cn_date(contract.reservation.sign_by)),
        ("签约日", formats.cn_date(contract.sign_date)),
        ("份数", str(terms.copies_mortgage if loan else terms.copies)),
    )


def _plan_row(line: PaymentPlanLine, today: Any) -> PlanRow:
    full, late = line.paid == line.amount, is_overdue(line.due, line.amount, line.paid, today)
    words = "已收齐" if full else f"逾期 {(today - line.due).days} 天" if late else "未到期"
    return PlanRow(
        seq=str(line.seq),
        kind=line.get_kind_display(),
        due=formats.cn_date(line.due),
        amount=formats.money(line.amount),
        paid=formats.money(line.paid),
        short=formats.money(line.amount - line.paid),
        state=words,
        tone="ok" if full else "bad" if late else "",
    )


def _errors(contract: Contract, now: datetime) -> tuple[ErrorRow, ...]:
    reviews = Review.objects.filter(contract=contract, result="returned")
    rows = reviews.select_related("reviewer").prefetch_related("errors__case").order_by("-pk")
    return tuple(
        ErrorRow(
            label=_LABEL.get(error.field, error.field),
            wrong=error.wrong,
            right=error.right,
            stage=ReviewStage(review.stage).label,
            reviewer=review.reviewer.name if review.reviewer else "",
            at=formats.cn_time(review.decided_at, now),
            case=f"建议罚金 {formats.money(error.case.amount)}" if error.case else "",
        )
        for review in rows
        for error in review.errors.all()
    )


def _timeline(contract: Contract, now: datetime) -> tuple[Line, ...]:
    rows = Event.objects.filter(contract_ref=contract.pk, verb__in=_WORDS).select_related("actor")
    return tuple(
        Line(
            _WORDS[event.verb],
            " · ".join(filter(None, (event.actor.name if event.actor else "", event.reason))),
            formats.cn_time(event.happened_at, now),
        )
        for event in rows.order_by("-pk")[:30]
    )


def _initial(contract: Contract) -> dict[str, Any]:
    return {
        "buyer_name": _buyer(contract),
        "unit_label": contract.unit_label,
        "layout": contract.layout,
        "area_build": contract.area_build,
        "area_inside": contract.area_inside,
        "total_words": contract.total_words,
        "pay_method": contract.pay_method,
        "version": contract.version,
    }


# --- a panel of the reservation's page


def reservation_panel(actor: User, reservation_id: int, now: datetime) -> dict[str, Any] | None:
    """The contract of a claim, or the form that drafts it; and the claim's money."""
    claim = Reservation.objects.visible_to(actor).filter(pk=reservation_id).first()
    if claim is None or not actor.may("contracts.view_contract"):
        return None
    contract = Contract.objects.visible_to(actor).filter(reservation=claim).first()
    rows = Receipt.objects.visible_to(actor).filter(reservation=claim)
    receipts = rows.select_related(*LOADED).prefetch_related("slips").order_by("pk")
    return {
        "contract": contract,
        "state": ContractState(contract.state).label if contract else "",
        "tone": TONES[ContractState(contract.state)] if contract else "",
        "reservation_id": reservation_id,
        "may_draft": access.may_draft(actor, claim),
        "can_draft": contract is None and claim.stage == Stage.SUBSCRIBED and claim.ended_at is None,
        "methods": PayMethod.choices,
        "receipts": [receipt_row(actor, receipt, now) for receipt in receipts],
        "may_record": access.may_record(actor),
    }
