"""Payment plans and money: amounts are yuan to the fen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from contracts.rules.terms import DunningTerms, PlanTerms
from contracts.rules.words import PayMethod, ReceiptKind
from customers.rules import add_workdays
from salesdept.errors import RuleError

FEN = Decimal("0.01")
ZERO = Decimal("0.00")
# What has to be in before a contract is sealed, and what the commission's trigger looks at.
FIRST_PAYMENT = (ReceiptKind.DEPOSIT, ReceiptKind.DOWN)
_LOANS: Mapping[PayMethod, tuple[ReceiptKind, ...]] = {
    PayMethod.MORTGAGE: (ReceiptKind.LOAN,),
    PayMethod.FUND: (ReceiptKind.FUND,),
    PayMethod.MIXED: (ReceiptKind.LOAN, ReceiptKind.FUND),
}


@dataclass(frozen=True, slots=True)
class PlanLine:
    kind: ReceiptKind
    due: date
    amount: Decimal


def down_payment(price: Decimal, method: PayMethod, terms: PlanTerms) -> Decimal:
    """首付 with the deposit in it: all of a lump sum, else the share of the terms, half up to the fen."""
    if method == PayMethod.LUMP:
        return price
    return (price * terms.down_percent / 100).quantize(FEN, ROUND_HALF_UP)


def plan_lines(
    price: Decimal, deposit: Decimal, method: PayMethod, start: date, terms: PlanTerms
) -> list[PlanLine]:
    """The dated lines of a price; they sum to it exactly, and every line is positive.

    The deposit counts towards the down payment. `start` is the day of drafting.
    """
    if not price > ZERO:
        raise ValueError("price must be positive")
    deposit = min(deposit, price)
    down = max(down_payment(price, method, terms), deposit)
    due = start + timedelta(days=terms.down_days)
    lines = [
        PlanLine(ReceiptKind.DEPOSIT, start, deposit),
        PlanLine(ReceiptKind.DOWN, due, down - deposit),
        *_rest(price - down, method, due, terms),
    ]
    return [line for line in lines if line.amount > ZERO]


def _rest(rest: Decimal, method: PayMethod, due: date, terms: PlanTerms) -> list[PlanLine]:
    """What remains after the down payment; a remainder of the division stays in the last line."""
    if method == PayMethod.INSTALMENT:
        kinds = [ReceiptKind.INSTALMENT] * (terms.instalments - 1)
    else:
        kinds = list(_LOANS.get(method, ()))
    if not kinds:
        return []
    each = (rest / len(kinds)).quantize(FEN, ROUND_HALF_UP)
    amounts = [each] * (len(kinds) - 1)
    amounts.append(rest - sum(amounts, ZERO))
    return [
        PlanLine(kind, due + timedelta(days=_days(kind, number, terms)), amount)
        for number, (kind, amount) in enumerate(zip(kinds, amounts, strict=True), 1)
    ]


def _days(kind: ReceiptKind, number: int, terms: PlanTerms) -> int:
    if kind == ReceiptKind.INSTALMENT:
        return terms.instalment_gap_days * number
    return terms.fund_days if kind == ReceiptKind.FUND else terms.loan_days


def spread(amounts: Sequence[Decimal], received: Decimal) -> list[Decimal]:
    """How much of each line is covered by the money received, in the order of the lines."""
    covered = []
    left = max(received, ZERO)
    for amount in amounts:
        covered.append(min(amount, left))
        left -= covered[-1]
    return covered


def is_overdue(due: date, amount: Decimal, paid: Decimal, today: date) -> bool:
    """The due day itself is still in time."""
    return paid < amount and due < today


def aging_bucket(days: int, terms: DunningTerms) -> int:
    """0…3: before the first letter, before the penalty notice, before taking back, beyond."""
    steps = (terms.remind_days, terms.penalty_days, terms.takeback_days)
    return sum(days > step for step in steps)


def check_positive(amount: Decimal) -> None:
    if amount <= ZERO:
        raise RuleError("bad_amount", "收款金额须大于零", "拟:sub.cash", "核对金额；退款与冲销另有办法")


def confirm_by(day: date) -> date:
    """The next working day (Monday to Friday) after `day`, by when finance answers."""
    return add_workdays(day, 1)
