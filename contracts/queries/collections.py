"""Screen 09: money of the month, what finance has to answer, what is overdue, and 暂收款."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import F, QuerySet, Sum

from contracts import access
from contracts.models import Contract, PaymentPlanLine, Receipt
from contracts.rules import DunningTerms, ReceiptState, aging_bucket
from inventory.models import Reservation
from inventory.rules import WITHOUT_CUSTOMER
from regulations.queries import terms_for
from salesdept import formats
from salesdept.clock import business_date
from salesdept.models import Project, User
from salesdept.money import ZERO
from salesdept.verdict import Verdict

PAGE = 50
LEDGER = 20
OVERDUE_CAP = 500
RECEIPT_TONES = {
    ReceiptState.PENDING: "warn",
    ReceiptState.CONFIRMED: "ok",
    ReceiptState.REJECTED: "bad",
}


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """One receipt with what the actor may do about it."""

    pk: int
    code: str
    unit: str
    unit_url: str
    kind: str
    amount: str
    method: str
    slip: str
    payer: str
    day: str
    recorded: str
    state: str
    tone: str
    note: str
    answered: str
    is_reversal: bool
    is_held: bool
    may_confirm: Verdict
    may_assign: Verdict
    can_reverse: bool
    slips: tuple[tuple[int, str], ...]


def receipt_row(actor: User, receipt: Receipt, now: datetime) -> ReceiptRow:
    """Expects reservation__unit, the people, `reversal` and `slips` to be loaded."""
    claim, state = receipt.reservation, receipt.state
    undone = hasattr(receipt, "reversal")
    answered = receipt.confirmed_by or receipt.rejected_by
    verdict = access.may_confirm(actor, receipt)
    label = "冲销" if receipt.reverses_id else "已冲销" if undone else state.label
    return ReceiptRow(
        pk=receipt.pk,
        code=receipt.code,
        unit=claim.unit.label if claim else "暂收款",
        unit_url=f"/inventory/reservations/{claim.pk}/" if claim else "",
        kind=receipt.get_kind_display(),
        amount=formats.money(receipt.amount),
        method=receipt.get_method_display(),
        slip=receipt.slip_no or formats.NONE,
        payer=receipt.payer,
        day=formats.cn_date(receipt.received_on, business_date(now)),
        recorded=f"{receipt.recorded_by.name} {formats.cn_time(receipt.recorded_at, now)}",
        state=label,
        tone="bad" if receipt.reverses_id or undone else RECEIPT_TONES[state],
        note=receipt.reject_reason or receipt.note,
        answered=answered.name if answered else "",
        is_reversal=bool(receipt.reverses_id),
        is_held=claim is None and not receipt.reverses_id,
        may_confirm=verdict,
        may_assign=access.may_assign(actor, receipt),
        can_reverse=bool(verdict and receipt.confirmed_at and not receipt.reverses_id and not undone),
        slips=tuple((slip.pk, slip.name) for slip in receipt.slips.all()),
    )


LOADED = ("reservation__unit", "recorded_by", "confirmed_by", "rejected_by", "reversal")


def receipt_rows(actor: User, now: datetime, *, which: str, before: int | None = None) -> list[ReceiptRow]:
    """`pending` oldest first, `held`, or `all` newest first; one row more tells of an older page."""
    rows = Receipt.objects.visible_to(actor).select_related(*LOADED).prefetch_related("slips")
    if which == "pending":
        rows = rows.pending().order_by("recorded_at", "pk")
    elif which == "held":
        rows = rows.held().order_by("pk")
    else:
        rows = (rows.filter(pk__lt=before) if before else rows).order_by("-pk")
    size = LEDGER if which == "all" else PAGE
    return [receipt_row(actor, receipt, now) for receipt in rows[: size + 1]]


@dataclass(frozen=True, slots=True)
class OverdueRow:
    contract_id: int
    unit: str
    buyer: str
    kind: str
    due: str
    amount: str
    paid: str
    short: str
    late: str
    tone: str
    rep: str


@dataclass(frozen=True, slots=True)
class Aging:
    label: str
    value: str
    tone: str
    words: str
    count: str


@dataclass(frozen=True, slots=True)
class Overdue:
    rows: tuple[OverdueRow, ...]
    aging: tuple[Aging, ...]
    total: str
    total_wan: str
    count: str
    most: str


def overdue(actor: User, project: Project | None, now: datetime) -> Overdue:
    """Plan lines past their day and not covered, oldest first, with the aging table of the dunning terms."""
    today = business_date(now)
    terms = terms_for(DunningTerms, on=today, project=project)
    lines = list(
        PaymentPlanLine.objects.filter(due__lt=today, paid__lt=F("amount"), contract__in=_asked_for(actor))
        .select_related("contract__rep")
        .prefetch_related("contract__buyers")
        .order_by("due", "pk")[:OVERDUE_CAP]
    )
    sums, counts = [ZERO] * 4, [0] * 4
    for line in lines:
        at = aging_bucket((today - line.due).days, terms)
        sums[at] += line.amount - line.paid
        counts[at] += 1
    total = sum(sums, ZERO)
    return Overdue(
        rows=tuple(_overdue_row(line, today, terms) for line in lines[:PAGE]),
        aging=tuple(_aging(n, sums[n], counts[n], terms) for n in range(4)),
        total=formats.money(total),
        total_wan=formats.wan(total),
        count=formats.count(len(lines), OVERDUE_CAP),
        most=str(int(max(sums))) if total else "1",
    )


def _asked_for(actor: User) -> QuerySet[Contract]:
    """Contracts whose money may be asked for: reviewed twice, or signed."""
    return Contract.objects.visible_to(actor).filter(state__in=("money", "signed"))


def _aging(number: int, amount: Decimal, count: int, terms: DunningTerms) -> Aging:
    ends = (terms.remind_days, terms.penalty_days, terms.takeback_days)
    starts = (1, *(end + 1 for end in ends))
    label = f"{starts[number]}–{ends[number]} 天" if number < 3 else f"{ends[2]} 天以上"
    return Aging(
        label=label,
        value=str(int(amount)),
        tone="warn" if number < 2 else "bad",
        words=formats.money(amount),
        count=str(count),
    )


def _overdue_row(line: PaymentPlanLine, today: date, terms: DunningTerms) -> OverdueRow:
    buyer = next(iter(line.contract.buyers.all()), None)
    days = (today - line.due).days
    return OverdueRow(
        contract_id=line.contract_id,
        unit=line.contract.unit_label,
        buyer=buyer.name if buyer else formats.NONE,
        kind=line.get_kind_display(),
        due=formats.cn_date(line.due, today),
        amount=formats.money(line.amount),
        paid=formats.money(line.paid),
        short=formats.money(line.amount - line.paid),
        late=f"逾期 {days} 天",
        tone="bad" if days > terms.penalty_days else "warn",
        rep=line.contract.rep.name,
    )


@dataclass(frozen=True, slots=True)
class Month:
    """The tiles: planned, received, the ratio of the quality target, and what waits."""

    title: str
    planned: str
    planned_wan: str
    received: str
    received_wan: str
    ratio: str
    ratio_value: str
    pending: str
    pending_count: str


def month(actor: User, now: datetime) -> Month:
    """应收回款率: money received in the month ÷ plan lines due in it; `—` without lines (not S71)."""
    today = business_date(now)
    first = today.replace(day=1)
    last = (first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)).toordinal() - 1
    lines = PaymentPlanLine.objects.filter(
        due__gte=first, due__lte=date.fromordinal(last), contract__in=_asked_for(actor)
    )
    money = Receipt.objects.visible_to(actor)
    planned = _sum(lines.aggregate(total=Sum("amount")))
    got = _sum(
        money.effective()
        .filter(received_on__gte=first, received_on__lte=today)
        .aggregate(total=Sum("amount"))
    )
    waiting = money.pending().values_list("amount", flat=True)
    amounts = list(waiting[:1000])
    return Month(
        title=f"{today.year} 年 {today.month} 月",
        planned=formats.money(planned),
        planned_wan=formats.wan(planned),
        received=formats.money(got),
        received_wan=formats.wan(got),
        ratio=formats.share(got, planned),
        ratio_value=str(int(got * 100 / planned)) if planned > ZERO else "0",
        pending=formats.money(sum(amounts, ZERO)),
        pending_count=formats.count(len(amounts)),
    )


def _sum(row: dict[str, Decimal | None]) -> Decimal:
    return row["total"] or ZERO


def claim_choices(actor: User, project: Project | None) -> list[tuple[int, str]]:
    """Live claims the cashier can take money for: room, customer and stage."""
    rows = (
        Reservation.objects.visible_to(actor)
        .live()
        .filter(project=project)
        .exclude(stage__in=WITHOUT_CUSTOMER)
        .select_related("unit", "customer")
        .order_by("unit__code")[:OVERDUE_CAP]
    )
    return [(c.pk, f"{c.unit.label} {c.customer or ''} · {c.at_stage.label}") for c in rows]
