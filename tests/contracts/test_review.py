"""From 认购 to 已签: drafting without retyping, two reviews, the ¥50 and the seal."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from attendance.models import ConductCase
from contracts import services
from contracts.models import Contract, FieldCheck, Review, ReviewError
from contracts.queries.facts import facts_of
from contracts.rules import ContractState, PayMethod
from contracts.services.common import contract_locked
from inventory.models import PriceList, UnitPrice
from inventory.rules import Stage
from regulations.models import Decision
from regulations.slots import decision_of
from salesdept import clock
from salesdept.errors import RuleError
from salesdept.models import Event
from salesdept.money import capitals
from salesdept.verdict import Denied
from tests.factories.contracts import (
    DEPOSIT,
    PRICE,
    awaiting_money,
    claim,
    draft,
    in_second_review,
    paid,
    record,
    submitted,
    tick_all,
)

pytestmark = pytest.mark.django_db


def state_of(contract) -> str:
    contract.refresh_from_db()
    return contract.state


def tick_wrong(reviewer, contract, field, right, now):
    return services.record_check(
        actor=reviewer, contract_id=contract.pk, field=field, ok=False, right=right, now=now
    )


# --- drafting


def test_a_draft_takes_everything_from_the_claim(rep, now):
    contract = draft(rep, now)
    assert (contract.total, contract.unit_price, contract.down_payment) == (
        PRICE,
        Decimal("12000.00"),
        Decimal("360000.00"),
    )
    assert contract.total_words == capitals(PRICE)
    assert sum(contract.plan.values_list("amount", flat=True)) == PRICE
    buyer = contract.buyers.get()
    assert (buyer.name, buyer.identity_masked) == ("王丽华", "3301****0038")
    assert "330102199003070038" not in buyer.identity_no
    assert all(fact.agrees for fact in facts_of(contract_locked(contract.pk)))


def test_a_deposit_paid_before_belongs_to_the_contract(rep, cashier, finance, now):
    reservation = claim(rep, now)
    receipt = record(cashier, reservation, now)
    services.confirm_receipt(actor=finance, receipt_id=receipt.pk, now=now)
    contract = services.draft_contract(actor=rep, reservation_id=reservation.pk, now=now)
    receipt.refresh_from_db()
    assert receipt.contract == contract
    assert [(line.kind, line.paid) for line in contract.plan.all()][:2] == [
        ("deposit", DEPOSIT),
        ("down", Decimal(0)),
    ]


@pytest.mark.parametrize("stage", [Stage.LOCK, Stage.PAID, Stage.SIGNED])
def test_only_a_subscription_becomes_a_contract(stage, rep, now):
    fields = {"signed_at": now} if stage == Stage.SIGNED else {}
    reservation = claim(rep, now, stage=stage, **fields)
    with pytest.raises(RuleError) as refusal:
        services.draft_contract(actor=rep, reservation_id=reservation.pk, now=now)
    assert (refusal.value.code, refusal.value.clause) == ("not_subscribed", "拟:sc.before_subscribe")
    assert not Contract.objects.exists()


def test_one_claim_has_one_contract(rep, now):
    contract = draft(rep, now)
    with pytest.raises(RuleError) as refusal:
        services.draft_contract(actor=rep, reservation_id=contract.reservation_id, now=now)
    assert refusal.value.code == "contract_exists"
    assert Contract.objects.count() == 1


def test_nothing_is_drafted_after_the_day_to_sign(rep, now):
    reservation = claim(rep, now, stage=Stage.SUBSCRIBED, sign_by=clock.business_date(now).replace(day=22))
    with pytest.raises(RuleError) as refusal:
        services.draft_contract(actor=rep, reservation_id=reservation.pk, now=now)
    assert (refusal.value.code, refusal.value.clause) == ("sign_by_passed", "拟:ctr.sign_by")


@pytest.mark.parametrize("who", ["colleague", "cashier", "finance", "manager"])
def test_who_may_not_draft(who, rep, request, now):
    reservation = claim(rep, now, stage=Stage.SUBSCRIBED)
    with pytest.raises(Denied):
        services.draft_contract(actor=request.getfixturevalue(who), reservation_id=reservation.pk, now=now)
    assert not Contract.objects.exists()


def test_an_edit_corrects_texts_but_never_a_price(rep, now):
    contract = draft(rep, now)
    contract = services.edit_contract(
        actor=rep,
        contract_id=contract.pk,
        version=contract.version,
        values={"buyer_name": "王莉华", "pay_method": PayMethod.LUMP, "total": Decimal(1)},
        now=now,
    )
    assert (contract.total, contract.down_payment) == (PRICE, PRICE)
    assert contract.buyers.get().name == "王莉华"
    assert [line.kind for line in contract.plan.all()] == ["deposit", "down"]
    assert "王莉华" not in str(Event.objects.get(verb="contracts.contract.edited").changes)


@pytest.mark.parametrize(("step", "code"), [("stale", "stale"), ("submitted", "not_editable")])
def test_what_cannot_be_edited(step, code, rep, now):
    contract = draft(rep, now) if step == "stale" else submitted(rep, now)
    version = contract.version + 1 if step == "stale" else contract.version
    with pytest.raises(RuleError) as refusal:
        services.edit_contract(
            actor=rep, contract_id=contract.pk, version=version, values={"layout": "一房"}, now=now
        )
    assert refusal.value.code == code
    contract.refresh_from_db()
    assert contract.layout == "三房两厅两卫"


def test_a_contract_without_an_identity_number_is_not_submitted(rep, now):
    contract = draft(rep, now)
    contract.buyers.update(identity_masked="")
    with pytest.raises(RuleError) as refusal:
        services.submit_contract(actor=rep, contract_id=contract.pk, now=now)
    assert (refusal.value.code, refusal.value.clause) == ("missing_fields", "S66")
    assert (state_of(contract), Review.objects.count()) == (ContractState.DRAFT, 0)


@pytest.mark.parametrize("name", ["王先生", "王女士", "王"])
def test_a_form_of_address_is_no_name_for_a_contract(name, rep, now):
    contract = draft(rep, now)
    contract.buyers.update(name=name)
    with pytest.raises(RuleError) as refusal:
        services.submit_contract(actor=rep, contract_id=contract.pk, now=now)
    assert (refusal.value.code, refusal.value.clause) == ("missing_fields", "S66")
    assert state_of(contract) == ContractState.DRAFT


# --- first review


def test_a_first_review_passes_when_every_field_is_ticked(rep, assistant, now):
    contract = in_second_review(rep, assistant, now)
    assert state_of(contract) == ContractState.SECOND
    first = contract.reviews.get(stage="first")
    assert (first.result, first.reviewer) == ("passed", assistant)


@pytest.mark.parametrize(
    ("ticks", "code", "clause"),
    [("some", "not_checked", "拟:ctr.review.fields"), ("wrong", "has_errors", "S62")],
)
def test_what_does_not_pass(ticks, code, clause, rep, assistant, now):
    contract = submitted(rep, now)
    if ticks == "wrong":
        tick_all(assistant, contract, now)
        tick_wrong(assistant, contract, "buyer_name", "王莉华", now)
    with pytest.raises(RuleError) as refusal:
        services.pass_review(actor=assistant, contract_id=contract.pk, now=now)
    assert (refusal.value.code, refusal.value.clause) == (code, clause)
    assert state_of(contract) == ContractState.FIRST


def test_a_price_below_the_floor_does_not_pass_and_the_floor_is_not_named(rep, assistant, manager, now):
    contract = submitted(rep, now)
    unit = contract.reservation.unit
    prices = PriceList.objects.create(
        project=contract.project, version=1, effective_from=clock.business_date(now),
        created_by=assistant, created_at=now, approved_by=manager, approved_at=now,
    )  # fmt: skip
    UnitPrice.objects.create(
        unit=unit, price_list=prices, list_unit_price=Decimal(15000), list_total=Decimal(1500000),
        floor_price=Decimal(1300000),
    )  # fmt: skip
    tick_all(assistant, contract, now)
    with pytest.raises(RuleError) as refusal:
        services.pass_review(actor=assistant, contract_id=contract.pk, now=now)
    assert (refusal.value.code, refusal.value.clause) == ("below_floor", "S42")
    assert "底价" not in refusal.value.message
    assert state_of(contract) == ContractState.FIRST


def test_an_error_the_assistant_finds_goes_back_without_a_fine(rep, assistant, now):
    contract = submitted(rep, now)
    tick_wrong(assistant, contract, "layout", "四房两厅两卫", now)
    services.return_contract(actor=assistant, contract_id=contract.pk, now=now)
    error = ReviewError.objects.get()
    assert (error.wrong, error.right, error.found_stage) == ("三房两厅两卫", "四房两厅两卫", "first")
    assert (state_of(contract), ConductCase.objects.count()) == (ContractState.RETURNED, 0)


def test_a_return_needs_an_error(rep, assistant, now):
    contract = submitted(rep, now)
    with pytest.raises(RuleError) as refusal:
        services.return_contract(actor=assistant, contract_id=contract.pk, now=now)
    assert (refusal.value.code, refusal.value.clause) == ("no_errors", "S61")
    assert state_of(contract) == ContractState.FIRST


@pytest.mark.parametrize(
    ("field", "right", "code"),
    [
        ("buyer_name", "王丽华", "right_needed"),
        ("buyer_name", "", "right_needed"),
        ("colour", "蓝", "unknown_field"),
    ],
)
def test_a_tick_that_says_nothing_is_refused(field, right, code, rep, assistant, now):
    contract = submitted(rep, now)
    with pytest.raises(RuleError) as refusal:
        tick_wrong(assistant, contract, field, right, now)
    assert refusal.value.code == code
    assert not FieldCheck.objects.exists()


@pytest.mark.parametrize("who", ["rep", "manager", "cashier", "finance", "supervisor"])
def test_who_may_not_review_first(who, rep, request, now):
    contract = submitted(rep, now)
    with pytest.raises(Denied):
        services.record_check(
            actor=request.getfixturevalue(who), contract_id=contract.pk, field="total", ok=True, now=now
        )
    assert not FieldCheck.objects.exists()


def test_whoever_drafted_it_does_not_review_it(rep, assistant, now):
    reservation = claim(rep, now, stage=Stage.SUBSCRIBED)
    contract = services.draft_contract(actor=assistant, reservation_id=reservation.pk, now=now)
    services.submit_contract(actor=assistant, contract_id=contract.pk, now=now)
    with pytest.raises(Denied, match="两人"):
        services.record_check(actor=assistant, contract_id=contract.pk, field="total", ok=True, now=now)


# --- second review and the ¥50


@pytest.mark.parametrize(
    ("errors", "amount"),
    [
        pytest.param({"buyer_name": "王莉华"}, "50.00", id="one character"),
        pytest.param({"layout": "四房两厅三卫"}, "100.00", id="two characters in one field"),
        pytest.param({"area_build": "100.20㎡", "buyer_name": "王莉花"}, "150.00", id="two fields"),
    ],
)
def test_what_the_manager_finds_costs_the_assistant_fifty_a_character(
    errors, amount, rep, assistant, manager, now
):
    contract = in_second_review(rep, assistant, now)
    for field, right in errors.items():
        tick_wrong(manager, contract, field, right, now)
    services.second_review_return(actor=manager, contract_id=contract.pk, now=now)
    case = ConductCase.objects.get()
    assert (case.person, case.amount, case.clause) == (assistant, Decimal(amount), "S63")
    assert (case.proposer, case.state, state_of(contract)) == (manager, "proposed", ContractState.RETURNED)
    assert {error.case for error in ReviewError.objects.all()} == {case}


def test_the_fine_recomputes_from_its_stored_inputs(rep, assistant, manager, now):
    contract = in_second_review(rep, assistant, now)
    tick_wrong(manager, contract, "buyer_name", "王莉花", now)
    services.second_review_return(actor=manager, contract_id=contract.pk, now=now)
    decision = Decision.objects.get(kind="contracts.text_fine")
    again = decision_of(decision.kind).recompute(decision.inputs, decision.terms_values)
    assert dict(again.result) == decision.result
    assert "S63" in decision.clauses


def test_the_same_misreading_is_fined_once_even_in_a_later_round(rep, assistant, manager, now):
    contract = in_second_review(rep, assistant, now)
    for _ in range(2):
        tick_wrong(manager, contract, "buyer_name", "王莉华", now)
        services.second_review_return(actor=manager, contract_id=contract.pk, now=now)
        services.submit_contract(actor=rep, contract_id=contract.pk, now=now)
        tick_all(assistant, contract, now)
        services.pass_review(actor=assistant, contract_id=contract.pk, now=now)
    assert ConductCase.objects.count() == 1
    assert ReviewError.objects.count() == 2


@pytest.mark.parametrize("who", ["assistant", "rep", "supervisor", "director", "finance"])
def test_who_may_not_review_second(who, rep, assistant, request, now):
    contract = in_second_review(rep, assistant, now)
    with pytest.raises(Denied):
        services.pass_second_review(actor=request.getfixturevalue(who), contract_id=contract.pk, now=now)
    assert state_of(contract) == ContractState.SECOND


def test_an_error_cannot_be_talked_away_later(rep, assistant, now):
    contract = submitted(rep, now)
    tick_wrong(assistant, contract, "layout", "四房", now)
    services.return_contract(actor=assistant, contract_id=contract.pk, now=now)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        ReviewError.objects.update(wrong="四房")


# --- the seal


def test_a_paid_contract_is_sealed_by_the_assistant(rep, assistant, manager, cashier, finance, now):
    contract = awaiting_money(rep, assistant, manager, now)
    paid(contract, cashier, finance, now)
    contract = services.sign_contract(actor=assistant, contract_id=contract.pk, now=now)
    assert (contract.state, contract.sealed_by, contract.sign_date) == (
        "signed",
        assistant,
        clock.business_date(now),
    )
    contract.reservation.refresh_from_db()
    assert contract.reservation.stage == Stage.SIGNED


def test_nothing_is_sealed_before_the_first_payment_is_confirmed(
    rep, assistant, manager, cashier, finance, now
):
    contract = awaiting_money(rep, assistant, manager, now)
    paid(contract, cashier, finance, now, amount=contract.down_payment - Decimal("0.01"))
    with pytest.raises(RuleError) as refusal:
        services.sign_contract(actor=assistant, contract_id=contract.pk, now=now)
    assert refusal.value.code == "first_payment_short"
    contract.reservation.refresh_from_db()
    assert (state_of(contract), contract.reservation.stage) == ("money", Stage.SUBSCRIBED)


@pytest.mark.parametrize("who", ["rep", "manager", "finance", "cashier"])
def test_who_may_not_seal(who, rep, assistant, manager, cashier, finance, request, now):
    contract = awaiting_money(rep, assistant, manager, now)
    paid(contract, cashier, finance, now)
    with pytest.raises(Denied):
        services.sign_contract(actor=request.getfixturevalue(who), contract_id=contract.pk, now=now)
    assert state_of(contract) == "money"


@pytest.mark.parametrize(
    ("who", "sees"),
    [("rep", 1), ("colleague", 0), ("assistant", 1), ("cashier", 1), ("finance", 1), ("admin_user", 0)],
)
def test_who_sees_a_contract(who, sees, rep, request, now):
    draft(rep, now)
    assert Contract.objects.visible_to(request.getfixturevalue(who)).count() == sees
