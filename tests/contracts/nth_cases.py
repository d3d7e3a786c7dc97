"""The verbs of contracts and money for tests/test_nth_statement.py."""

from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile

from contracts import services
from contracts.rules import PayMethod, ReceiptKind, Tender
from inventory.rules import Stage
from regulations.models import Request
from regulations.services import answer
from salesdept.clock import business_date
from tests.factories import contracts as sales
from tests.salesdept.nth_cases import fresh

CASES = {}
KEY = {"idempotency_key": "k"}


def case(verb, variant=""):
    """Enter a case under the verb's dotted name; a second one of a verb says what is other about it."""

    def enter(start):
        name = f"{verb.__module__}.{verb.__name__}"
        CASES[f"{name}: {variant}" if variant else name] = start
        return start

    return enter


def slip():
    """A slip read anew on each call."""
    return SimpleUploadedFile("pos.pdf", b"%PDF-1.4 slip")


# --- drafting


def _priced(get, now, **fields):
    """A 认购 whose deposit was confirmed before there was a contract."""
    claim = sales.claim(get("rep"), now, **fields)
    receipt = sales.record(get("cashier"), claim, now)
    services.confirm_receipt(actor=get("finance"), receipt_id=receipt.pk, now=now)
    return claim


@case(services.draft_contract)
def _(get, now):
    rep, claim = get("rep"), _priced(get, now)
    return lambda: services.draft_contract(actor=fresh(rep), reservation_id=claim.pk, now=now, **KEY)


@case(services.edit_contract)
def _(get, now):
    rep, contract = get("rep"), sales.draft(get("rep"), now)
    values = {"pay_method": PayMethod.LUMP, "buyer_name": "王丽", "identity_no": "110101199003070337"}
    return lambda: services.edit_contract(
        actor=fresh(rep), contract_id=contract.pk, version=contract.version, values=values, now=now, **KEY
    )


@case(services.submit_contract)
def _(get, now):
    get("assistant")
    rep, contract = get("rep"), sales.draft(get("rep"), now)
    return lambda: services.submit_contract(actor=fresh(rep), contract_id=contract.pk, now=now, **KEY)


# --- review and seal


@case(services.record_check)
def _(get, now):
    assistant, contract = get("assistant"), sales.submitted(get("rep"), now)
    return lambda: services.record_check(
        actor=fresh(assistant),
        contract_id=contract.pk,
        field="buyer_name",
        ok=False,
        right="王莉华",
        now=now,
        **KEY,
    )


@case(services.record_checks)
def _(get, now):
    assistant, contract = get("assistant"), sales.submitted(get("rep"), now)
    return lambda: services.record_checks(actor=fresh(assistant), contract_id=contract.pk, now=now, **KEY)


def _ticked(get, now):
    contract, assistant = sales.submitted(get("rep"), now), get("assistant")
    services.record_checks(actor=assistant, contract_id=contract.pk, now=now)
    return contract, assistant


@case(services.pass_review)
def _(get, now):
    contract, assistant = _ticked(get, now)
    get("manager")
    return lambda: services.pass_review(actor=fresh(assistant), contract_id=contract.pk, now=now, **KEY)


def _second(get, now):
    contract, assistant = _ticked(get, now)
    services.pass_review(actor=assistant, contract_id=contract.pk, now=now)
    return contract, get("manager")


def _payable(get, now):
    contract, manager = _second(get, now)
    services.record_checks(actor=manager, contract_id=contract.pk, now=now)
    return services.pass_second_review(actor=manager, contract_id=contract.pk, now=now)


@case(services.pass_second_review)
def _(get, now):
    contract, manager = _second(get, now)
    sales.paid(contract, get("cashier"), get("finance"), now)
    services.record_checks(actor=manager, contract_id=contract.pk, now=now)
    return lambda: services.pass_second_review(actor=fresh(manager), contract_id=contract.pk, now=now, **KEY)


ERRORS = [("buyer_name", "王丽华", "王莉华")]


@case(services.return_contract)
def _(get, now):
    assistant, contract = get("assistant"), sales.submitted(get("rep"), now)
    return lambda: services.return_contract(
        actor=fresh(assistant), contract_id=contract.pk, errors=ERRORS, now=now, **KEY
    )


@case(services.second_review_return)
def _(get, now):
    contract, manager = _second(get, now)
    return lambda: services.second_review_return(
        actor=fresh(manager), contract_id=contract.pk, errors=ERRORS, now=now, **KEY
    )


@case(services.sign_contract)
def _(get, now):
    contract, assistant = _payable(get, now), get("assistant")
    sales.paid(contract, get("cashier"), get("finance"), now)
    return lambda: services.sign_contract(actor=fresh(assistant), contract_id=contract.pk, now=now, **KEY)


# --- money


def _money(get, now, **more):
    cashier, given = get("cashier"), {"project": get("project"), **more}
    get("finance"), get("manager")
    return lambda: services.record_receipt(
        actor=fresh(cashier),
        kind=ReceiptKind.DEPOSIT,
        amount=sales.DEPOSIT,
        method=Tender.POS,
        slip="POS-1",
        payer="王丽华",
        received_on=business_date(now),
        photo=slip(),
        now=now,
        **given,
        **KEY,
    )


@case(services.record_receipt)
def _(get, now):
    return _money(get, now, reservation_id=sales.claim(get("rep"), now).pk)


@case(services.record_receipt, "money without a room")
def _(get, now):
    return _money(get, now, reservation_id=None)


def _recorded(get, now, **fields):
    return sales.record(get("cashier"), sales.claim(get("rep"), now), now, **fields)


def _confirm(finance, receipt, now):
    return lambda: services.confirm_receipt(actor=fresh(finance), receipt_id=receipt.pk, now=now, **KEY)


@case(services.confirm_receipt)
def _(get, now):
    return _confirm(get("finance"), _recorded(get, now), now)


@case(services.confirm_receipt, "a deposit too small")
def _(get, now):
    get("manager")
    return _confirm(get("finance"), _recorded(get, now, amount=Decimal("5000.00")), now)


@case(answer, "a deposit too small is accepted")
def _(get, now):
    manager, receipt = get("manager"), _recorded(get, now, amount=Decimal("5000.00"))
    services.confirm_receipt(actor=get("finance"), receipt_id=receipt.pk, now=now)
    request = Request.objects.get(kind="contracts.short_deposit")
    return lambda: answer(actor=fresh(manager), request_id=request.pk, approve=True, now=now, **KEY)


@case(services.confirm_receipt, "the first payment of a contract")
def _(get, now):
    contract = _payable(get, now)
    given = {"kind": ReceiptKind.DOWN, "amount": contract.down_payment}
    return _confirm(get("finance"), sales.record(get("cashier"), contract.reservation, now, **given), now)


@case(services.reject_receipt)
def _(get, now):
    finance, receipt = get("finance"), _recorded(get, now)
    return lambda: services.reject_receipt(
        actor=fresh(finance), receipt_id=receipt.pk, reason="未到账", now=now, **KEY
    )


@case(services.reverse_receipt)
def _(get, now):
    finance = get("finance")
    receipt = sales.paid(_payable(get, now), get("cashier"), finance, now)
    return lambda: services.reverse_receipt(
        actor=fresh(finance), receipt_id=receipt.pk, reason="刷错卡", now=now, **KEY
    )


@case(services.assign_receipt)
def _(get, now):
    manager, claim = get("manager"), sales.claim(get("rep"), now, stage=Stage.LOCK)
    receipt = sales.record(get("cashier"), None, now, project=get("project"))
    services.confirm_receipt(actor=get("finance"), receipt_id=receipt.pk, now=now)
    return lambda: services.assign_receipt(
        actor=fresh(manager), receipt_id=receipt.pk, reservation_id=claim.pk, now=now, **KEY
    )


@case(services.attach_slip)
def _(get, now):
    cashier, receipt = get("cashier"), _recorded(get, now)
    return lambda: services.attach_slip(
        actor=fresh(cashier), receipt_id=receipt.pk, upload=slip(), now=now, **KEY
    )
