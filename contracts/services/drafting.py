"""草拟: a contract comes from its claim without retyping; corrections only before review."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from contracts import access
from contracts.models import Buyer, Contract, PaymentPlanLine, Receipt, Review
from contracts.queries.facts import agreed_total, unit_price_of
from contracts.rules import (
    EDITABLE,
    ContractState,
    PayMethod,
    PlanTerms,
    ReviewStage,
    down_payment,
    is_full_name,
    plan_lines,
)
from contracts.services.common import VERIFICATION, contract_locked, move, settle, staff, tell
from customers.models import Customer
from inventory.models import Reservation
from inventory.rules import Stage
from regulations.queries import terms_for
from salesdept import journal
from salesdept.clock import business_date
from salesdept.errors import RuleError
from salesdept.fields import Plain, SealedField, unseal
from salesdept.formats import idno_mask
from salesdept.models import User
from salesdept.money import ZERO, capitals
from salesdept.rules import Role
from salesdept.verbs import locked, save_versioned, service

TEXTS = ("unit_label", "layout", "area_build", "area_inside", "total_words", "pay_method")
REQUIRED: Mapping[str, str] = {"name": "姓名", "phone": "联系电话", "identity_masked": "身份证号"}


@service
def draft_contract(
    *,
    actor: User,
    reservation_id: int,
    now: datetime,
    pay_method: PayMethod = PayMethod.MORTGAGE,
    idempotency_key: str | None = None,
) -> Contract:
    """Draft from a live 认购: room, price, buyer and a payment plan that sums to the price.

    Raises RuleError `not_subscribed`, `contract_exists`, `sign_by_passed`; Denied for another rep's claim.
    """
    rows = Reservation.objects.select_related("unit__building", "customer", "rep")
    claim = locked(rows, reservation_id)
    access.may_draft(actor, claim).or_raise()
    _check_claim(claim, now)
    contract = _from_claim(claim, actor, PayMethod(pay_method), now)
    contract.save()
    Receipt.objects.filter(reservation=claim, contract__isnull=True).update(contract=contract)
    _buyer_from(contract, claim.customer)
    _plan(contract)
    journal.record(
        actor,
        "contracts.contract.drafted",
        contract,
        happened_at=now,
        total=contract.total,
        method=pay_method,
    )
    return contract


def _check_claim(claim: Reservation, now: datetime) -> None:
    if claim.ended_at is not None or claim.stage != Stage.SUBSCRIBED:
        raise RuleError(
            "not_subscribed",
            "定金确认、成为认购后才能起草合同",
            "拟:sc.before_subscribe",
            "请财务先确认足额定金",
        )
    if Contract.objects.filter(reservation=claim).exists():
        raise RuleError(
            "contract_exists", "这份认购已有合同", "拟:ctr.review.chain", "在合同列表里打开那一份"
        )
    if claim.sign_by and claim.sign_by < business_date(now):
        raise RuleError(
            "sign_by_passed",
            f"签约期限 {claim.sign_by:%m-%d} 已过",
            "拟:ctr.sign_by",
            "请经理批准延期签约后再起草",
        )


def _from_claim(claim: Reservation, actor: User, method: PayMethod, now: datetime) -> Contract:
    unit = claim.unit
    contract = Contract(
        project_id=claim.project_id,
        reservation=claim,
        rep=claim.rep,
        number=f"HT-{business_date(now):%Y%m%d}-{claim.pk:05}",
        pay_method=method,
        unit_label=unit.label,
        layout=unit.layout,
        area_build=unit.area_build,
        area_inside=unit.area_inside,
        list_total=claim.list_price or claim.agreed_price,
        total=claim.agreed_price,
        drafted_by=actor,
        drafted_at=now,
    )
    _price(contract)
    contract.total_words = capitals(contract.total)
    return contract


def _price(contract: Contract) -> None:
    """Amounts always follow the claim; nobody types a price."""
    terms = terms_for(PlanTerms, on=business_date(contract.drafted_at), project=contract.project_id)
    contract.total = agreed_total(contract)
    contract.unit_price = unit_price_of(contract.total, contract.reservation.unit.area_build)
    contract.down_payment = down_payment(contract.total, PayMethod(contract.pay_method), terms)


def _buyer_from(contract: Contract, customer: Customer | None) -> None:
    if customer is None:
        raise RuleError("no_customer", "这份认购没有客户", "拟:sc.before_subscribe", "请经理先补客户")
    phone = customer.phones.filter(detached_at__isnull=True).order_by("pk").first()
    buyer = Buyer(
        contract=contract, name=customer.full_name or customer.name, phone=phone.number if phone else ""
    )
    if customer.identity_no:
        definition = Customer._meta.get_field("identity_no")
        if isinstance(definition, SealedField):
            _set_identity(buyer, unseal(customer.identity_no, definition.bound_to(customer)))
    buyer.save()


def _set_identity(buyer: Buyer, number: str) -> None:
    buyer.identity_no = Plain(number)
    buyer.identity_masked = idno_mask(number)


def _plan(contract: Contract) -> None:
    """(Re)write the lines of a contract that is not yet reviewed, and cover them."""
    terms = terms_for(PlanTerms, on=business_date(contract.drafted_at), project=contract.project_id)
    contract.plan.all().delete()
    lines = plan_lines(
        contract.total,
        contract.reservation.deposit_due or ZERO,
        PayMethod(contract.pay_method),
        business_date(contract.drafted_at),
        terms,
    )
    PaymentPlanLine.objects.bulk_create(
        PaymentPlanLine(contract=contract, seq=n, kind=line.kind, due=line.due, amount=line.amount)
        for n, line in enumerate(lines, 1)
    )
    settle(contract)


@service
def edit_contract(
    *,
    actor: User,
    contract_id: int,
    version: int,
    values: dict[str, Any],
    now: datetime,
    idempotency_key: str | None = None,
) -> Contract:
    """Correct what is printed while 草拟 or 退回. Amounts follow the claim, whatever is sent.

    `values` may hold unit_label, layout, area_build, area_inside, total_words, pay_method, buyer_name, phone,
    identity_no. Raises RuleError `not_editable`, `stale`.
    """
    contract = contract_locked(contract_id, version)
    access.may_edit(actor, contract).or_raise()
    if contract.state not in EDITABLE:
        raise RuleError(
            "not_editable",
            f"合同{ContractState(contract.state).label}，不能直接改",
            "拟:ctr.after_sign.no_change",
            "请审核人退回后再改",
        )
    changed = _apply(contract, values)
    save_versioned(contract, *TEXTS, "total", "unit_price", "down_payment")
    _plan(contract)
    journal.record(actor, "contracts.contract.edited", contract, happened_at=now, fields=changed)
    return contract


def _apply(contract: Contract, values: dict[str, Any]) -> list[str]:
    """Write the given texts; returns which changed (never their content: it may be personal)."""
    changed = []
    for name in TEXTS:
        if name in values and getattr(contract, name) != values[name]:
            setattr(contract, name, values[name])
            changed.append(name)
    _price(contract)
    buyer = contract.buyers.get(seq=1)
    for name, field in (("buyer_name", "name"), ("phone", "phone")):
        if values.get(name) and getattr(buyer, field) != values[name]:
            setattr(buyer, field, values[name])
            changed.append(name)
    if values.get("identity_no"):
        _set_identity(buyer, values["identity_no"])
        changed.append("identity_no")
    buyer.save()
    return changed


@service
def submit_contract(
    *,
    actor: User,
    contract_id: int,
    now: datetime,
    version: int | None = None,
    idempotency_key: str | None = None,
) -> Contract:
    """送审: the rep's own check is done and nothing required is empty (S65, S66)."""
    contract = contract_locked(contract_id, version)
    access.may_edit(actor, contract).or_raise()
    buyer = contract.buyers.get(seq=1)
    missing = [label for name, label in REQUIRED.items() if not getattr(buyer, name)]
    if not is_full_name(buyer.name):
        missing.append("买受人全名")
    if missing:
        raise RuleError("missing_fields", f"还缺{'、'.join(missing)}，不能送审", "S66", "补全后再送审")
    contract.submitted_at = now
    move(contract, actor, ContractState.FIRST, now, "submitted_at")
    Review.objects.create(contract=contract, stage=ReviewStage.FIRST, opened_at=now)
    tell(
        staff(contract.project_id, Role.ASSISTANT),
        now,
        key=f"contract:{contract.pk}:{contract.version}",
        title=f"{contract.unit_label} 合同待初审",
        body=f"{contract.rep.name} 送审",
        url=f"{VERIFICATION}?contract={contract.pk}",
    )
    return contract
