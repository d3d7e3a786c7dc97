"""佣金: base × rate × share once the trigger is met, every yuan with its steps. Pure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import TextChoices

from regulations.rules import Step, Unit, Verdicts, from_json, term, topic
from salesdept.errors import RuleError
from salesdept.money import BASIS, ZERO, allocate, fen

KIND = "commissions.entry"


class EntryKind(TextChoices):
    ACCRUED = "accrued", "计提"
    REVERSED = "reversed", "冲回"


class Trigger(TextChoices):
    FIRST_PAYMENT = "first_payment", "首付到账"
    FULL_PAYMENT = "full_payment", "全款到账"


@topic("commissions.plan", "佣金方案", "commissions")
class CommissionTerms:
    """One flat plan: a rate on the contract's price, payable in whole when the trigger is met."""

    rate_permille: Decimal = term(
        Decimal(2),
        label="佣金率",
        clause="拟:com.rate.base",
        unit=Unit.PERMILLE,
        low=Decimal(0),
        high=Decimal(30),
    )
    trigger: str = term(
        "first_payment",
        label="发放节点",
        clause="拟:com.triggers",
        choices={"first_payment": "首付到账", "full_payment": "全款到账"},
        note="以财务确认为准",
    )
    pay_day: int = term(12, label="次月发放日", clause="拟:com.pay_day", low=1, high=28)


def required(total: Decimal, down_payment: Decimal, terms: CommissionTerms) -> Decimal:
    """Confirmed money (yuan) that meets the trigger."""
    return total if terms.trigger == Trigger.FULL_PAYMENT else down_payment


def check_shares(shares: Sequence[tuple[int, int]]) -> None:
    """Shares are basis points of different people that sum to the whole."""
    people = [rep for rep, _ in shares]
    if (
        sum(bp for _, bp in shares) != BASIS
        or len(set(people)) != len(people)
        or any(bp <= 0 for _, bp in shares)
    ):
        raise RuleError(
            "shares_not_whole", "业绩分配须每人一份、合计为百分之百", "S74", "改到合计百分之百再保存"
        )


def commission(
    *,
    base: Decimal,
    shares: Sequence[tuple[int, int]],
    rep: int,
    received: Decimal,
    needed: Decimal,
    terms: CommissionTerms,
) -> Verdicts:
    """One person's commission of one contract, in yuan to the fen.

    `shares` are (person, basis points) in a fixed order; the parts of all people sum to base × rate exactly.
    """
    check_shares(shares)
    whole = fen(base * terms.rate_permille / 1000)
    split = allocate(whole, [bp for _, bp in shares])
    parts = {person: fen(part) for (person, _), part in zip(shares, split, strict=True)}
    share = dict(shares)[rep]
    met = received >= needed
    amount = parts[rep] if met else ZERO
    trigger = Trigger(terms.trigger)
    steps = (
        Step(
            text=f"佣金总额：合同总价 {base:,.2f} × 佣金率 {terms.rate_permille.normalize():f}‰",
            clause="拟:com.rate.base",
            value=f"¥{whole:,.2f}",
        ),
        Step(
            text=f"业绩分配：{Decimal(share) / 100:.2f}%",
            clause="S74",
            value=f"¥{parts[rep]:,.2f}",
        ),
        Step(
            text=f"本月可发：{trigger.label}，已确认 {received:,.2f}，应到 {needed:,.2f}",
            clause="拟:com.triggers",
            value=f"¥{amount:,.2f}",
        ),
    )
    return Verdicts(
        kind=KIND,
        result={"amount": str(amount), "whole": str(whole), "met": met},
        inputs={
            "base": str(base),
            "shares": [list(pair) for pair in shares],
            "rep": rep,
            "received": str(received),
            "needed": str(needed),
        },
        steps=steps,
    )


def recommission(inputs: Mapping[str, Any], terms: Mapping[str, Any]) -> Verdicts:
    """The same commission again from its stored inputs."""
    return commission(
        base=Decimal(inputs["base"]),
        shares=[(int(rep), int(bp)) for rep, bp in inputs["shares"]],
        rep=int(inputs["rep"]),
        received=Decimal(inputs["received"]),
        needed=Decimal(inputs["needed"]),
        terms=from_json(CommissionTerms, terms),
    )
