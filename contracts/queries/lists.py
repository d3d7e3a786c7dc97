"""Contracts as lists, cards of 今日, hits of the search and a panel of the customer's page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, Window
from django.urls import reverse

from contracts.models import Contract, Receipt, Review
from contracts.rules import ContractState, ReviewStage
from salesdept import formats
from salesdept.models import User
from salesdept.rules import Role
from salesdept.slots import SearchHit

PAGE = 50
CARD_ROWS = 5
TONES = {
    ContractState.DRAFT: "",
    ContractState.FIRST: "warn",
    ContractState.RETURNED: "bad",
    ContractState.SECOND: "warn",
    ContractState.MONEY: "info",
    ContractState.SIGNED: "ok",
}


@dataclass(frozen=True, slots=True)
class ContractRow:
    """One contract in a list."""

    pk: int
    url: str
    number: str
    unit: str
    buyer: str
    rep: str
    state: str
    tone: str
    total: str
    method: str
    day: str


def contract_row(contract: Contract, now: datetime) -> ContractRow:
    state = ContractState(contract.state)
    buyer = next(iter(contract.buyers.all()), None)
    moment = contract.sealed_at or contract.submitted_at or contract.drafted_at
    return ContractRow(
        pk=contract.pk,
        url=reverse("contracts:contract_detail", args=[contract.pk]),
        number=contract.number,
        unit=contract.unit_label,
        buyer=buyer.name if buyer else formats.NONE,
        rep=contract.rep.name,
        state=state.label,
        tone=TONES[state],
        total=formats.money(contract.total),
        method=contract.get_pay_method_display(),
        day=formats.cn_time(moment, now),
    )


def _rows(actor: User) -> Any:
    return Contract.objects.visible_to(actor).select_related("rep").prefetch_related("buyers")


@dataclass(frozen=True, slots=True)
class StateTab:
    key: str
    label: str
    count: str


def state_tabs(actor: User) -> list[StateTab]:
    """Tabs of the list with their counts, in the order of the way."""
    counted = Contract.objects.visible_to(actor).order_by().values_list("state").annotate(Count("pk"))
    counts = dict(counted)
    tabs = [StateTab("", "全部", formats.count(sum(counts.values())))]
    return tabs + [StateTab(s.value, s.label, formats.count(counts.get(s.value, 0))) for s in ContractState]


def contract_list(
    actor: User, now: datetime, *, state: str = "", before: int | None = None
) -> tuple[list[ContractRow], str]:
    """One page, newest first, and the key of the older one."""
    rows = _rows(actor)
    if state in ContractState.values:
        rows = rows.filter(state=state)
    if before:
        rows = rows.filter(pk__lt=before)
    page = list(rows.order_by("-pk")[: PAGE + 1])
    older = str(page[PAGE - 1].pk) if len(page) > PAGE else ""
    return [contract_row(contract, now) for contract in page[:PAGE]], older


def find(actor: User, q: str, limit: int) -> list[SearchHit]:
    """Contracts by the end of their number, their whole number, or their room as printed."""
    text = q.strip().upper()
    if not text:
        return []
    rows = _rows(actor).filter(Q(number=text) | Q(unit_label=text) | Q(number__endswith=f"-{text.zfill(5)}"))
    return [
        SearchHit(
            f"{contract.number} · {contract.unit_label}",
            f"{contract.get_state_display()} · {contract.rep.name}",
            reverse("contracts:contract_detail", args=[contract.pk]),
            "合同",
            "sign",
        )
        for contract in rows.order_by("-pk")[:limit]
    ]


# --- cards of 今日: only what waits for this person


def _card(title: str, url: str, rows: list[tuple[str, str, str, str]], count: int) -> dict[str, Any] | None:
    """`rows` are (url, title, meta, end)."""
    if not count:
        return None
    return {"title": title, "url": url, "rows": rows, "count": formats.count(count)}


# How many rows there are beyond those shown, read with them.
_ALL = Window(Count("pk"))


def _total(found: Sequence[Any]) -> int:
    return int(found[0].total_rows) if found else 0


def review_card(actor: User, now: datetime) -> dict[str, Any] | None:
    """助理: 待初审. 经理: 待复审."""
    stage = ReviewStage.SECOND if actor.role == Role.MANAGER else ReviewStage.FIRST
    rows = Review.objects.filter(result="open", stage=stage, contract__in=Contract.objects.visible_to(actor))
    rows = rows.select_related("contract__rep").order_by("opened_at")
    found = list(rows.annotate(total_rows=_ALL)[:CARD_ROWS])
    url = reverse("contracts:verification_queue")
    lines = [
        (
            f"{url}?contract={review.contract_id}",
            review.contract.unit_label,
            f"{review.contract.rep.name} 送审",
            formats.cn_time(review.opened_at, now),
        )
        for review in found
    ]
    title = "合同待初审" if stage == ReviewStage.FIRST else "合同待复审"
    return _card(title, url, lines, _total(found))


def seal_card(actor: User, now: datetime) -> dict[str, Any] | None:
    """助理: passed and paid up to the down payment, to be sealed."""
    rows = Contract.objects.visible_to(actor).filter(state=ContractState.MONEY)
    page = list(rows.select_related("rep").prefetch_related("plan").order_by("pk")[:200])
    ready = [c for c in page if first_payment_is_in(c)]
    lines = [
        (
            reverse("contracts:contract_detail", args=[c.pk]),
            c.unit_label,
            f"首付已到 · {c.rep.name}",
            formats.money(c.total),
        )
        for c in ready[:CARD_ROWS]
    ]
    return _card("可盖章签约", reverse("contracts:contract_list") + "?state=money", lines, len(ready))


def first_payment_is_in(contract: Contract) -> bool:
    """Whether the lines of the down payment are covered (they come first in the plan)."""
    first = [line for line in contract.plan.all() if line.kind in ("deposit", "down")]
    return bool(first) and all(line.paid == line.amount for line in first)


def receipts_card(actor: User, now: datetime) -> dict[str, Any] | None:
    """财务: 待确认收款. 案场收银: what finance rejected or has not answered."""
    rows = Receipt.objects.visible_to(actor).pending()
    url = reverse("contracts:collections")
    lines = [
        (
            f"{url}#receipt-{receipt.pk}",
            f"{receipt.reservation.unit.label if receipt.reservation else '暂收款'} "
            f"{receipt.get_kind_display()}",
            f"{receipt.recorded_by.name} 登记",
            formats.money(receipt.amount),
        )
        for receipt in rows.select_related("reservation__unit", "recorded_by").order_by("recorded_at")[
            :CARD_ROWS
        ]
    ]
    return _card("待确认收款", url, lines, rows.count())


def held_card(actor: User, now: datetime) -> dict[str, Any] | None:
    """经理: 暂收款 without a room."""
    rows = Receipt.objects.visible_to(actor).held()
    found = list(rows.annotate(total_rows=_ALL).order_by("pk")[:CARD_ROWS])
    url = reverse("contracts:collections")
    lines = [
        (f"{url}#receipt-{r.pk}", f"暂收款 · {r.payer}", r.note or r.code, formats.money(r.amount))
        for r in found
    ]
    return _card("暂收款待处理", url, lines, _total(found))


def own_card(actor: User, now: datetime) -> dict[str, Any] | None:
    """代表: own contracts that need a hand: 草拟, 退回, 待收款."""
    open_states = (ContractState.RETURNED, ContractState.DRAFT, ContractState.MONEY)
    rows = _rows(actor).filter(state__in=open_states)
    found = list(rows.annotate(total_rows=_ALL).order_by("-state", "pk")[:CARD_ROWS])
    lines = [
        (row.url, f"{row.unit} {row.buyer}", row.state, row.total)
        for row in (contract_row(c, now) for c in found)
    ]
    return _card("我的合同", reverse("contracts:contract_list"), lines, _total(found))


def customer_panel(actor: User, customer_id: int, now: datetime) -> dict[str, Any] | None:
    """Contracts of one customer, as far as the actor sees them."""
    rows = [
        contract_row(c, now) for c in _rows(actor).filter(reservation__customer=customer_id).order_by("-pk")
    ]
    return {"rows": rows} if rows else None
