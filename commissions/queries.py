"""Statements: what a line is made of, in words with their clauses; strings ready for the templates."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet, Sum

from attendance.models import ConductCase
from attendance.queries import case_line
from attendance.rules import OPEN_CASES, CaseState
from commissions.models import CommissionEntry, DealCredit
from commissions.rules import CommissionTerms, EntryKind
from contracts.models import Contract
from customers.slots import RulingFacts
from regulations.queries import terms_for
from salesdept import formats
from salesdept.clock import business_date
from salesdept.models import Project, User
from salesdept.money import BASIS, ZERO, fen

HISTORY = 12


@dataclass(frozen=True, slots=True)
class CalcLine:
    """One line of a 算式: name, how, clause, amount."""

    what: str
    how: str
    clause: str
    amount: str
    is_sum: bool


@dataclass(frozen=True, slots=True)
class Calc:
    """One entry with its explanation."""

    pk: int
    char: str
    colour: str
    title: str
    meta: str
    amount: str
    is_minus: bool
    contract_id: int
    version: str
    lines: tuple[CalcLine, ...]


def calc(entry: CommissionEntry, now: datetime) -> Calc:
    """Expects contract, receipt and decision (with its terms version) to be loaded."""
    back = entry.kind == EntryKind.REVERSED
    version = entry.decision.terms_version
    return Calc(
        pk=entry.pk,
        char="退" if back else "签",
        colour="lock" if back else "sign",
        title=f"{entry.contract.unit_label}{' 冲回' if back else ''}",
        meta=f"{entry.get_trigger_display()} {formats.cn_time(entry.made_at, now)} · {entry.receipt.code}",
        amount=formats.money(entry.amount),
        is_minus=back,
        contract_id=entry.contract_id,
        version=f"参数自 {version.effective_from:%Y-%m-%d} 起" if version else "默认参数",
        lines=_lines(entry, back),
    )


def _lines(entry: CommissionEntry, back: bool) -> tuple[CalcLine, ...]:
    steps: list[dict[str, str]] = entry.decision.steps
    if back:
        how = f"触发收款已冲销，原计提 {formats.amount(-entry.amount)} 全额冲回"
        return (CalcLine("冲回", how, "拟:com.triggers", formats.money(entry.amount), True),)
    made = []
    for number, step in enumerate(steps, 1):
        what, _, how = step["text"].partition("：")
        made.append(CalcLine(what, how, step["clause"], step["value"], number == len(steps)))
    return tuple(made)


@dataclass(frozen=True, slots=True)
class Statement:
    """One person's month. `total` is 税前应发; fines are proposals and never in it."""

    name: str
    period: str
    title: str
    total: str
    accrued: str
    reversed: str
    calcs: tuple[Calc, ...]
    pay_day: str
    fines: str
    periods: tuple[str, ...]
    waiting: tuple[tuple[str, str], ...]


def period_start(period: str, today: date) -> date:
    """The first day of `2026-11`; this month for anything unreadable."""
    try:
        return date.fromisoformat(f"{period}-01")
    except ValueError:
        return today.replace(day=1)


def my_statement(actor: User, project: Project | None, period: str, now: datetime) -> Statement:
    """The actor's own lines of a month, whatever the role."""
    start = period_start(period, business_date(now))
    key = f"{start:%Y-%m}"
    own = CommissionEntry.objects.filter(rep=actor)
    rows = own.filter(period=key).select_related("contract", "receipt", "decision__terms_version")
    entries = list(rows.order_by("pk"))
    plus = sum((e.amount for e in entries if e.kind == EntryKind.ACCRUED), ZERO)
    minus = sum((e.amount for e in entries if e.kind == EntryKind.REVERSED), ZERO)
    periods = own.order_by("-period").values_list("period", flat=True).distinct()[:HISTORY]
    return Statement(
        name=actor.name,
        period=key,
        title=f"{start.year} 年 {start.month} 月",
        total=formats.money(plus + minus),
        accrued=formats.money(plus),
        reversed=formats.money(minus),
        calcs=tuple(calc(entry, now) for entry in entries),
        pay_day=_pay_day(start, project),
        fines=_fines(actor, start),
        periods=tuple(dict.fromkeys([key, *periods])),
        waiting=_waiting(actor, now),
    )


def _pay_day(start: date, project: Project | None) -> str:
    terms = terms_for(CommissionTerms, on=start, project=project)
    following = (start + timedelta(days=32)).replace(day=terms.pay_day)
    return f"{following:%m-%d}"


def _fines(actor: User, start: date) -> str:
    """Open and approved conduct amounts of the month: shown, never subtracted."""
    after = (start + timedelta(days=32)).replace(day=1)
    rows = ConductCase.objects.filter(
        person=actor,
        state__in=(*OPEN_CASES, CaseState.APPROVED),
        proposed_at__date__gte=start,
        proposed_at__date__lt=after,
    )
    total: Decimal | None = rows.aggregate(total=Sum("amount"))["total"]
    return formats.money(total) if total else ""


def _waiting(actor: User, now: datetime) -> tuple[tuple[str, str], ...]:
    """Reviewed contracts of the actor whose trigger is not met yet, with what they would bring in whole."""
    rows = Contract.objects.filter(rep=actor, state="money")
    terms = terms_for(CommissionTerms, on=business_date(now), project=None)
    return tuple(
        (c.unit_label, f"约 {formats.money(c.total * terms.rate_permille / 1000)}")
        for c in rows.order_by("pk")[:20]
    )


@dataclass(frozen=True, slots=True)
class PersonRow:
    name: str
    deals: str
    accrued: str
    reversed: str
    total: str
    pk: int


@dataclass(frozen=True, slots=True)
class LedgerRow:
    name: str
    unit: str
    contract_id: int
    kind: str
    tone: str
    base: str
    rate: str
    share: str
    amount: str
    receipt: str
    at: str


@dataclass(frozen=True, slots=True)
class House:
    """The project's month for 经理, 财务 and 总监."""

    title: str
    period: str
    previous: str
    following: str
    people: tuple[PersonRow, ...]
    rows: tuple[LedgerRow, ...]
    accrued: str
    reversed: str
    total: str


def house_statement(actor: User, project: Project | None, period: str, now: datetime) -> House:
    """佣金结算表 of a month, as far as the actor may see it. Two queries, whatever its length."""
    start = period_start(period, business_date(now))
    key = f"{start:%Y-%m}"
    rows = CommissionEntry.objects.visible_to(actor).filter(period=key, project=project)
    entries = list(rows.select_related("contract", "receipt", "rep").order_by("rep__pinyin", "rep_id", "pk"))
    people: dict[int, list[CommissionEntry]] = {}
    for entry in entries:
        people.setdefault(entry.rep_id, []).append(entry)
    plus, minus = _sums(entries)
    after = (start + timedelta(days=32)).replace(day=1)
    return House(
        title=f"{start.year} 年 {start.month} 月",
        period=key,
        previous=f"{start - timedelta(days=1):%Y-%m}",
        following=f"{after:%Y-%m}" if after <= business_date(now) else "",
        people=tuple(_person(lines) for lines in people.values()),
        rows=tuple(_ledger(entry, now) for entry in entries),
        accrued=formats.money(plus),
        reversed=formats.money(minus),
        total=formats.money(plus + minus),
    )


def _sums(entries: list[CommissionEntry]) -> tuple[Decimal, Decimal]:
    plus = sum((e.amount for e in entries if e.kind == EntryKind.ACCRUED), ZERO)
    return plus, sum((e.amount for e in entries), ZERO) - plus


def _person(entries: list[CommissionEntry]) -> PersonRow:
    plus, minus = _sums(entries)
    return PersonRow(
        name=entries[0].rep.name,
        deals=str(len({e.contract_id for e in entries})),
        accrued=formats.money(plus),
        reversed=formats.money(minus),
        total=formats.money(plus + minus),
        pk=entries[0].rep_id,
    )


def _ledger(entry: CommissionEntry, now: datetime) -> LedgerRow:
    return LedgerRow(
        name=entry.rep.name,
        unit=entry.contract.unit_label,
        contract_id=entry.contract_id,
        kind=entry.get_kind_display(),
        tone="bad" if entry.kind == EntryKind.REVERSED else "ok",
        base=formats.amount(entry.base),
        rate=f"{(entry.rate * 1000).normalize():f}‰",
        share=formats.pct(Decimal(entry.share_bp) / BASIS, 2),
        amount=formats.money(entry.amount),
        receipt=entry.receipt.code,
        at=formats.cn_time(entry.made_at, now),
    )


def fund(actor: User, now: datetime) -> dict[str, Any]:
    """销售基金, thin: fines that could enter it, by state. Nothing is booked before the fund's chapter."""
    rows = ConductCase.objects.visible_to(actor).filter(amount__gt=ZERO)
    page = list(rows.select_related("person", "proposer", "decided_by").order_by("-pk")[:50])
    sums = {"approved": ZERO, "open": ZERO}
    for state, amount in rows.values_list("state", "amount"):
        if state == CaseState.APPROVED:
            sums["approved"] += amount
        elif state in OPEN_CASES:
            sums["open"] += amount
    return {
        "lines": [case_line(actor, case, now) for case in page],
        "approved": formats.money(sums["approved"]),
        "open": formats.money(sums["open"]),
    }


def month_card(actor: User, now: datetime) -> dict[str, Any] | None:
    """今日 of a rep: this month's commission in one number."""
    key = f"{business_date(now):%Y-%m}"
    amounts = list(CommissionEntry.objects.filter(rep=actor, period=key).values_list("amount", flat=True))
    return {"total": formats.money(sum(amounts, ZERO)), "count": str(len(amounts)), "period": key}


# --- recounts


def ledger_faults() -> Iterator[str]:
    """Reversals mirror their line, standing lines of a trigger sum to base × rate, credits are whole."""
    for entry in CommissionEntry.objects.filter(reverses__isnull=False).select_related("reverses"):
        if entry.reverses and entry.amount != -entry.reverses.amount:
            yield f"佣金流水 {entry.pk}: 冲回与原行不等"
    rows = CommissionEntry.objects.standing().order_by().values("contract", "trigger", "base", "rate")
    for row in rows.annotate(total=Sum("amount"), share=Sum("share_bp")):
        whole = fen(row["base"] * row["rate"])
        if row["share"] != BASIS or row["total"] != whole:
            got = formats.money(row["total"])
            yield f"合同 {row['contract']}: 佣金合计 {got}，应为 {formats.money(whole)}"


def credit_faults() -> Iterator[str]:
    """业绩分配 of every contract sums to the whole."""
    rows = DealCredit.objects.order_by().values("contract").annotate(share=Sum("share_bp"))
    for row in rows.exclude(share=BASIS):
        yield f"合同 {row['contract']}: 业绩分配合计 {row['share']} 万分"


# --- disputes


def deals_touched(facts: RulingFacts) -> list[Contract]:
    """Contracts of the disputed customers that are open, or signed within the claim's term."""
    rows = Contract.objects.filter(
        reservation__customer__in=facts.customer_ids, reservation__ended_at__isnull=True
    )
    if facts.deal_ref:
        rows = rows.filter(reservation=int(facts.deal_ref.rpartition(":")[2]))
    recent = Q(sign_date__isnull=True) | Q(sign_date__gte=facts.since)
    return list(rows.filter(recent).select_related("reservation", "rep").order_by("pk"))


def ruling_preview(facts: RulingFacts) -> list[str]:
    """What a ruling on the customers would do to credits and commission, in lines."""
    lines = []
    for contract in deals_touched(facts):
        standing = CommissionEntry.objects.filter(contract=contract).standing().aggregate(sum=Sum("amount"))
        held = contract.holds.filter(released_at__isnull=True).exists()
        words = f"{contract.unit_label} 的业绩分配随裁决"
        if standing["sum"]:
            words += f"；已计提 {formats.money(standing['sum'])} 在本月冲回后按新份额重计"
        elif held:
            words += "；冻结的佣金按新份额计提"
        lines.append(words)
    return lines


# --- leavers


def _unpaid(user_id: int) -> QuerySet[Contract]:
    """Contracts with somebody's share on which nothing was accrued yet."""
    credited = DealCredit.objects.filter(rep=user_id).values("contract")
    whole = Q(rep=user_id, credits__isnull=True)
    accrued = CommissionEntry.objects.standing().filter(rep=user_id).values("contract")
    return Contract.objects.filter(Q(pk__in=credited) | whole).exclude(pk__in=accrued).distinct()


def unpaid_of(user_id: int) -> int:
    return _unpaid(user_id).count()


def unpaid_lines_of(user_id: int) -> list[str]:
    """The newest contracts whose commission is not due yet: number, room, price and share."""
    shares = dict(DealCredit.objects.filter(rep=user_id).values_list("contract", "share_bp"))
    return [
        f"{row.number} {row.unit_label} {formats.money(row.total)} × {shares.get(row.pk, BASIS) / 100:g}%"
        for row in _unpaid(user_id).order_by("-pk")[:HISTORY]
    ]
