"""审核: ticks, returns with their errors, passes; what 经理 finds costs the first reviewer (S63)."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from attendance.models import ConductCase
from attendance.rules import CaseCode
from attendance.services import propose_case
from contracts import access
from contracts.models import Contract, FieldCheck, Review, ReviewError
from contracts.queries.facts import facts_of
from contracts.rules import (
    FIELDS,
    IN_REVIEW,
    ContractState,
    ErrorFineTerms,
    ReviewResult,
    ReviewStage,
    check_all_ticked,
    check_no_errors,
    fine,
    misreadings,
)
from contracts.services.common import (
    COLLECTIONS,
    VERIFICATION,
    contract_locked,
    contract_url,
    move,
    run_steps,
    staff,
    tell,
)
from inventory.models import UnitPrice
from regulations.queries import terms_and_version
from regulations.services import record_decision
from salesdept import journal
from salesdept.clock import business_date
from salesdept.errors import RuleError
from salesdept.models import User
from salesdept.rules import Role
from salesdept.verbs import service

_FIELD = {field.key: field for field in FIELDS}


def _open_review(contract: Contract, stage: ReviewStage) -> Review:
    """The open review of this stage; refused when the contract is elsewhere."""
    review = contract.reviews.filter(result=ReviewResult.OPEN).first()
    if contract.state != IN_REVIEW[stage] or review is None or review.stage != stage:
        raise RuleError(
            "not_in_review",
            f"合同{ContractState(contract.state).label}，不在{stage.label}",
            "拟:ctr.review.chain",
            "刷新后看它到了哪一步",
        )
    review.contract = contract
    return review


@service
def record_check(
    *,
    actor: User,
    contract_id: int,
    field: str,
    ok: bool,
    now: datetime,
    right: str = "",
    idempotency_key: str | None = None,
) -> FieldCheck:
    """Tick one field 一致 or 有误 (`right` = what should stand there, else the source's text).

    Raises RuleError `not_in_review`, `unknown_field`, `right_needed`.
    """
    contract = contract_locked(contract_id)
    stage = ReviewStage.FIRST if contract.state == ContractState.FIRST else ReviewStage.SECOND
    access.may_review(actor, contract, stage).or_raise()
    review = _open_review(contract, stage)
    fact = next((f for f in facts_of(contract) if f.key == field), None)
    if fact is None:
        raise RuleError("unknown_field", "没有这一项", "拟:ctr.review.fields", "刷新后重核")
    right = "" if ok else (right.strip() or fact.expected)
    if not ok and (not right or right == fact.value):
        raise RuleError(
            "right_needed", f"{fact.field.label}有误须写明应为什么", "拟:ctr.review.fields", "填上正确的内容"
        )
    check, _ = FieldCheck.objects.update_or_create(
        review=review,
        field=field,
        defaults={
            "value": fact.value[:120],
            "source": fact.expected[:120],
            "ok": ok,
            "right": right[:120],
            "by": actor,
            "at": now,
        },
    )
    if review.reviewer_id != actor.pk:
        review.reviewer = actor
        review.save(update_fields=["reviewer"])
    journal.record(actor, "contracts.field.checked", review, happened_at=now, field=field, ok=ok)
    return check


@service
def record_checks(
    *, actor: User, contract_id: int, now: datetime, idempotency_key: str | None = None
) -> Review:
    """Tick 一致 on every field that agrees with its sources and has no tick yet; the rest stays open."""
    contract = contract_locked(contract_id)
    stage = ReviewStage.FIRST if contract.state == ContractState.FIRST else ReviewStage.SECOND
    access.may_review(actor, contract, stage).or_raise()
    review = _open_review(contract, stage)
    ticked, _ = _ticks(review)
    fresh = [f for f in facts_of(contract) if f.agrees and f.key not in ticked]
    FieldCheck.objects.bulk_create(
        FieldCheck(
            review=review,
            field=f.key,
            value=f.value[:120],
            source=f.expected[:120],
            ok=True,
            by=actor,
            at=now,
        )
        for f in fresh
    )
    review.reviewer = actor
    review.save(update_fields=["reviewer"])
    journal.record(
        actor, "contracts.field.checked", review, happened_at=now, fields=[f.key for f in fresh], ok=True
    )
    return review


def _decide(review: Review, actor: User, result: ReviewResult, now: datetime) -> None:
    review.result, review.reviewer, review.decided_at = result, actor, now
    review.save(update_fields=["result", "reviewer", "decided_at"])


def _ticks(review: Review) -> tuple[set[str], list[FieldCheck]]:
    """Which fields have a tick, and the ticks that say 有误."""
    checks = list(review.checks.all())
    return {check.field for check in checks}, [check for check in checks if not check.ok]


@service
def pass_review(
    *, actor: User, contract_id: int, now: datetime, idempotency_key: str | None = None
) -> Contract:
    """助理初审通过 → 待复审: every field ticked, none wrong, the price not below the floor (S42)."""
    contract = contract_locked(contract_id)
    access.may_review(actor, contract, ReviewStage.FIRST).or_raise()
    review = _pass(contract, actor, ReviewStage.FIRST, now)
    _check_floor(contract)
    move(contract, actor, ContractState.SECOND, now)
    Review.objects.create(contract=contract, stage=ReviewStage.SECOND, opened_at=now)
    tell(
        staff(contract.project_id, Role.MANAGER),
        now,
        key=f"contract:{contract.pk}:{contract.version}",
        title=f"{contract.unit_label} 合同待复审",
        body=f"{actor.name} 初审通过",
        url=f"{VERIFICATION}?contract={contract.pk}",
    )
    return review.contract


def _pass(contract: Contract, actor: User, stage: ReviewStage, now: datetime) -> Review:
    review = _open_review(contract, stage)
    ticked, wrong = _ticks(review)
    check_all_ticked(ticked)
    check_no_errors([check.field for check in wrong])
    _decide(review, actor, ReviewResult.PASSED, now)
    return review


def _check_floor(contract: Contract) -> None:
    """S42: nothing is sold below the floor without an approved exception. The floor itself is never named."""
    floor: Decimal | None = (
        UnitPrice.objects.filter(unit=contract.reservation.unit_id, price_list__approved_at__isnull=False)
        .filter(price_list__effective_from__lte=business_date(contract.reservation.started_at))
        .order_by("-price_list__effective_from", "-price_list_id")
        .values_list("floor_price", flat=True)
        .first()
    )
    if floor is not None and contract.total < floor:
        raise RuleError(
            "below_floor", "合同价低于可售价，须有《销售特例审批表》", "S42", "请经理先报批特例，或退回改价"
        )


@service
def pass_second_review(
    *, actor: User, contract_id: int, now: datetime, idempotency_key: str | None = None
) -> Contract:
    """经理复审通过 → 待收款; the cashier and the rep are told what to ask for."""
    contract = contract_locked(contract_id)
    access.may_review(actor, contract, ReviewStage.SECOND).or_raise()
    _pass(contract, actor, ReviewStage.SECOND, now)
    _not_the_first_reviewer(contract, actor)
    move(contract, actor, ContractState.MONEY, now)
    # Money that came before the review ended starts to count for the upper chapters now.
    if early := contract.receipts.effective().order_by("-pk").first():
        early.contract = contract
        run_steps(early, actor, now)
    tell(
        [contract.rep_id, *staff(contract.project_id, Role.CASHIER)],
        now,
        key=f"contract:{contract.pk}:{contract.version}",
        title=f"{contract.unit_label} 合同待收款",
        body="复审通过，可收首付",
        url=COLLECTIONS,
    )
    return contract


def _first_passed(contract: Contract) -> Review | None:
    """The latest first review that let this contract through."""
    rows = contract.reviews.select_related("reviewer").filter(
        stage=ReviewStage.FIRST, result=ReviewResult.PASSED
    )
    return rows.order_by("-pk").first()


def _not_the_first_reviewer(contract: Contract, actor: User) -> None:
    first = _first_passed(contract)
    if first and first.reviewer_id == actor.pk:
        raise RuleError("same_reviewer", "初审与复审须为两人", "拟:sys.two_persons", "请另一位经理复审")


@service
def return_contract(
    *,
    actor: User,
    contract_id: int,
    now: datetime,
    errors: Sequence[tuple[str, str, str]] = (),
    idempotency_key: str | None = None,
) -> Contract:
    """助理 登记差错并退回改正. `errors` = (field, wrong, right) besides the ticks that say 有误.

    Found by the assistant: counted in the rep's error list, no fine.
    """
    contract = contract_locked(contract_id)
    access.may_review(actor, contract, ReviewStage.FIRST).or_raise()
    review = _open_review(contract, ReviewStage.FIRST)
    _write_errors(review, _errors_of(review, errors), None)
    _send_back(review, actor, now)
    return contract


@service
def second_review_return(
    *,
    actor: User,
    contract_id: int,
    now: datetime,
    errors: Sequence[tuple[str, str, str]] = (),
    idempotency_key: str | None = None,
) -> Contract:
    """经理 登记差错并退回改正: proposes ¥50 a wrong character against the assistant who passed it (S63).

    A proposal only (attendance.ConductCase), decided by a third person; a misreading counts once a contract.
    """
    contract = contract_locked(contract_id)
    access.may_review(actor, contract, ReviewStage.SECOND).or_raise()
    review = _open_review(contract, ReviewStage.SECOND)
    found = _errors_of(review, errors)
    case = _propose_fine(review, actor, found, now)
    _write_errors(review, found, case)
    _send_back(review, actor, now)
    return contract


def _errors_of(review: Review, extra: Sequence[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Each field's error once: the explicit ones before the ticks."""
    found = {check.field: (check.field, check.value, check.right) for check in _ticks(review)[1]}
    found.update({field: (field, wrong, right) for field, wrong, right in extra if field in _FIELD})
    if not found:
        raise RuleError("no_errors", "没有登记差错，不能退回", "S61", "标出有误的一项，或直接通过")
    return list(found.values())


def _write_errors(review: Review, found: Sequence[tuple[str, str, str]], case: ConductCase | None) -> None:
    ReviewError.objects.bulk_create(
        ReviewError(
            review=review,
            field=field,
            wrong=wrong[:120],
            right=right[:120],
            severity=_FIELD[field].severity,
            case=case,
        )
        for field, wrong, right in found
    )


def _send_back(review: Review, actor: User, now: datetime) -> None:
    contract = review.contract
    _decide(review, actor, ReviewResult.RETURNED, now)
    labels = "、".join(_FIELD[e.field].label for e in review.errors.all())
    move(contract, actor, ContractState.RETURNED, now, reason=f"{labels}有误")
    tell(
        [contract.rep_id, contract.drafted_by_id],
        now,
        key=f"contract:{contract.pk}:{contract.version}",
        title=f"{contract.unit_label} 合同退回改正",
        body=f"{labels}有误",
        url=contract_url(contract),
        clause="S61",
    )


def _propose_fine(
    review: Review, actor: User, found: Sequence[tuple[str, str, str]], now: datetime
) -> ConductCase | None:
    """The ¥50 case with its stored decision; None when every misreading was counted before."""
    contract, first = review.contract, _first_passed(review.contract)
    if first is None or first.reviewer is None:
        return None
    terms, version = terms_and_version(ErrorFineTerms, on=business_date(now), project=contract.project_id)
    verdicts = fine([(wrong, right) for _, wrong, right in found], _fined_before(contract), terms)
    if not verdicts.result["count"]:
        return None
    record_decision(verdicts, review, actor=actor, now=now, terms=terms, version=version)
    labels = "、".join(_FIELD[field].label for field, _, _ in found)
    return propose_case(
        actor=actor,
        code=CaseCode.CONTRACT_TEXT,
        person=first.reviewer,
        amount=Decimal(verdicts.result["amount"]),
        facts=f"{contract.number} {contract.unit_label}：{labels}有误，复审发现，{verdicts.steps[-1].text}",
        clause="S63",
        subject=journal.label(review),
        project=contract.project,
        now=now,
    )


def _fined_before(contract: Contract) -> list[tuple[str, str]]:
    """Misreadings of this contract that an earlier case counted."""
    rows = ReviewError.objects.filter(review__contract=contract, case__isnull=False)
    pairs = [m for wrong, right in rows.values_list("wrong", "right") for m in misreadings(wrong, right)]
    return sorted({(m.wrong, m.right) for m in pairs})
