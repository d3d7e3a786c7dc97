"""归属争议 on screen: the list, one case, its form, who is frozen and the figures."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch

from customers import access
from customers.models import (
    Customer,
    Dispute,
    DisputeRuling,
    DisputeSeat,
    EvidencePack,
)
from customers.queries.evidence import shown
from customers.rules.disputes import (
    KIND,
    NEXT_WORDS,
    OBSERVED,
    OPEN,
    PARTIES,
    PENDING,
    DisputeState,
    DisputeTerms,
)
from customers.rules.greeting import is_new
from customers.rules.queue_words import QueueTerms
from customers.slots import DEALS, RULING_EFFECTS, RulingFacts
from regulations.models import Decision
from regulations.queries import terms_for
from salesdept import clock
from salesdept.formats import cn_date, cn_time, pct, span
from salesdept.journal import label
from salesdept.models import Project, User

PAGE = 50
TONES = {
    DisputeState.EXECUTED: "tag--ok",
    DisputeState.CLOSED: "",
    DisputeState.WITHDRAWN: "",
    DisputeState.APPEALED: "tag--bad",
}
TABS = (("", "全部"), ("open", "未结"), ("appealed", "申诉中"), ("done", "已结"))
_TAB_STATES: dict[str, Sequence[DisputeState]] = {
    "open": PENDING,
    "appealed": (DisputeState.APPEALED,),
    "done": (DisputeState.EXECUTED, DisputeState.CLOSED, DisputeState.WITHDRAWN),
}


def frozen(customer_ids: Iterable[int]) -> dict[int, int]:
    """Customer → the dispute that freezes its household's commission, from 提出 until 执行."""
    homes = dict(Customer.objects.filter(pk__in=list(customer_ids)).values_list("pk", "household_id"))
    rows = Dispute.objects.pending().filter(customer__household__in=set(homes.values()))
    found = dict(rows.order_by("-pk").values_list("customer__household_id", "pk"))
    return {customer: found[home] for customer, home in homes.items() if home in found}


def _with_people() -> Any:
    return Prefetch("seats", DisputeSeat.objects.select_related("person").order_by("pk"))


def tone(state: str) -> str:
    return TONES.get(DisputeState(state), "tag--warn")


def _open_for(dispute: Dispute, now: datetime) -> str:
    return span((dispute.executed_at or dispute.closed_at or now) - dispute.filed_at)


def dispute_page(
    user: User, project: Project, now: datetime, *, tab: str = "", before: int | None = None
) -> dict[str, Any]:
    """The list, newest first, paged by key."""
    rows = Dispute.objects.visible_to(user).filter(project=project)
    if tab in _TAB_STATES:
        rows = rows.filter(state__in=_TAB_STATES[tab])
    if before:
        rows = rows.filter(pk__lt=before)
    rows = rows.select_related("customer", "filed_by", "owner", "ruled_for").order_by("-pk")
    page = list(rows[: PAGE + 1])
    return {
        "rows": [
            {
                "pk": str(row.pk),
                "code": row.code,
                "what": row.deal_label or str(row.customer),
                "phone": row.customer.phone_masked,
                "state": row.get_state_display(),
                "tone": tone(row.state),
                "next": NEXT_WORDS[DisputeState(row.state)],
                "filed_by": row.filed_by.name,
                "owner": row.owner.name,
                "ruled_for": row.ruled_for.name if row.ruled_for else "",
                "when": cn_time(row.filed_at, now),
                "open_for": _open_for(row, now),
            }
            for row in page[:PAGE]
        ],
        "more": str(page[PAGE - 1].pk) if len(page) > PAGE else "",
        "tab": tab if tab in _TAB_STATES else "",
        "tabs": [(key, word, key == (tab if tab in _TAB_STATES else "")) for key, word in TABS],
        "may_file": access.may_dispute(user),
        "may_mark": access.may_mark_fraud(user),
    }


def ruling_facts(dispute: Dispute, shares: Sequence[tuple[int, int]] = ()) -> RulingFacts:
    """What the upper chapters are told when a case ends. Deals older than the claim's term stay."""
    home = Customer.objects.filter(household_id=dispute.customer.household_id).order_by("pk")
    filed_on = clock.business_date(dispute.filed_at)
    terms = terms_for(DisputeTerms, on=filed_on, project=dispute.project_id)
    return RulingFacts(
        dispute_id=dispute.pk,
        label=dispute.code,
        customer_ids=tuple(home.values_list("pk", flat=True)),
        deal_ref=dispute.deal_ref,
        since=date.min if dispute.fraud_id else filed_on - timedelta(days=terms.lookback),
        shares=tuple(shares),
    )


# --- one case


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody of a case. `signed` says how the latest ruling was signed for."""

    pk: int
    name: str
    seat: str
    signed: str
    percent: str
    new: bool = False


def _ruling_facts(dispute: Dispute, ruling: DisputeRuling, now: datetime) -> dict[str, Any]:
    signed = {receipt.person_id: receipt for receipt in ruling.receipts.all()}
    return {
        "ruling": ruling,
        "title": "裁决" if ruling.round == 1 else "申诉裁决",
        "by": ruling.by.name,
        "when": cn_time(ruling.at, now),
        "owner": ruling.owner.name,
        "clause": ruling.clause,
        "reason": ruling.reason,
        "deviates": ruling.deviates,
        "shares": [(share.rep.name, percent(share.share_bp)) for share in ruling.shares.all()],
        "signed": [
            (seat.person.name, _signature(signed.get(seat.person_id), now))
            for seat in dispute.seats.all()
            if seat.kind in PARTIES
        ],
        "signers": set(signed),
    }


def _signature(receipt: Any, now: datetime) -> str:
    if receipt is None:
        return "未签收"
    return f"{'服从' if receipt.accepts else '不服'} · {cn_time(receipt.at, now)}"


def percent(share_bp: int) -> str:
    """Basis points as a percentage with one decimal: 3500 → 35.0%."""
    return f"{Decimal(share_bp) / 100:.1f}%"


def _rulings(dispute: Dispute) -> list[DisputeRuling]:
    rows = DisputeRuling.objects.filter(dispute=dispute).select_related("by", "owner", "evidence")
    return list(rows.prefetch_related("shares__rep", "receipts").order_by("round"))


def the_case(user: User, pk: int) -> Dispute | None:
    """A visible case with everybody in it, or None."""
    rows = Dispute.objects.visible_to(user).select_related(
        "customer__household", "filed_by", "owner", "accepted_by", "ruled_for", "appealed_by", "project"
    )
    return rows.prefetch_related(_with_people()).filter(pk=pk).first()


def case_page(user: User, dispute: Dispute, now: datetime) -> dict[str, Any]:
    """Everything on a case's page; the caller fetched the case through `visible_to`."""
    rulings = [_ruling_facts(dispute, ruling, now) for ruling in _rulings(dispute)]
    pack = EvidencePack.objects.filter(dispute=dispute).select_related("made_by").order_by("-pk").first()
    suggestion = _suggestion(dispute)
    state = DisputeState(dispute.state)
    return {
        "dispute": dispute,
        "pk": str(dispute.pk),
        "tone": tone(dispute.state),
        "next": NEXT_WORDS[state],
        "open_for": _open_for(dispute, now),
        "filed": cn_time(dispute.filed_at, now),
        "parties": _parties(dispute, suggestion),
        "facts": _facts(dispute),
        "statements": _statements(dispute, now),
        "pack": pack,
        "made": cn_time(pack.made_at, now) if pack else "",
        "lines": shown(pack.lines, now) if pack else [],
        "suggestion": suggestion,
        "suggested": _suggested(dispute, suggestion),
        "situations": [(s.value, s.label, s.value == dispute.situation) for s in OBSERVED],
        "rulings": rulings,
        "effects": _effects(dispute, suggestion) if state in PENDING else [],
        "clauses": list(dict.fromkeys(suggestion.clauses)) if suggestion else [],
        **_verbs(user, dispute, state, rulings, now),
    }


def _suggestion(dispute: Dispute) -> Decision | None:
    rows = Decision.objects.filter(kind=KIND, subject=label(dispute)).select_related("terms_version")
    return rows.order_by("-pk").first()


def _parties(dispute: Dispute, suggestion: Decision | None) -> list[Party]:
    shares = dict(map(tuple, suggestion.result["shares"])) if suggestion else {}
    filed = clock.business_date(dispute.filed_at)
    days = terms_for(QueueTerms, on=filed, project=dispute.project_id).new_rep_days
    return [
        Party(
            pk=seat.person_id,
            name=seat.person.name,
            seat=seat.get_kind_display(),
            signed="",
            percent=f"{Decimal(shares.get(seat.person_id, 0)) / 100:.1f}",
            new=is_new(seat.person.active_from, filed, days),
        )
        for seat in dispute.seats.all()
        if seat.kind in PARTIES
    ]


def _suggested(dispute: Dispute, suggestion: Decision | None) -> dict[str, Any] | None:
    """The suggestion in words: whose, and who has how much."""
    if suggestion is None:
        return None
    names = {seat.person_id: seat.person.name for seat in dispute.seats.all()}
    return {
        "owner": names.get(suggestion.result["owner"], "—"),
        "owner_pk": suggestion.result["owner"],
        "clause": f"拟:{suggestion.result['rule']}",
        "shares": [(names.get(rep, "—"), percent(bp)) for rep, bp in suggestion.result["shares"]],
    }


def _facts(dispute: Dispute) -> list[tuple[str, str]]:
    facts = [("客户", f"{dispute.customer} {dispute.customer.phone_masked}".strip())]
    if dispute.deal_on:
        facts.append(("房号", f"{dispute.deal_label}，{cn_date(dispute.deal_on)} 认购"))
    facts.append(("提出途径", dispute.get_origin_display()))
    if dispute.accepted_by:
        facts.append(("受理", dispute.accepted_by.name))
    if dispute.fraud_id:
        facts.append(("异议期", "经理认定舞弊，不受异议期限制"))
    if dispute.appeal_until:
        facts.append(("申诉期至", f"{cn_date(dispute.appeal_until)}（含当日）"))
    return facts


def _statements(dispute: Dispute, now: datetime) -> list[dict[str, Any]]:
    rows = dispute.statements.select_related("by").order_by("pk")
    return [
        {
            "pk": str(row.pk),
            "who": row.by.name,
            "kind": row.get_kind_display(),
            "text": row.text,
            "when": cn_time(row.at, now),
            "file": row.file_name if row.file else "",
        }
        for row in rows
    ]


def _effects(dispute: Dispute, suggestion: Decision | None) -> list[str]:
    """What the suggested ruling would change, said before anybody rules."""
    if suggestion is None:
        return []
    facts = ruling_facts(dispute, [(rep, bp) for rep, bp in suggestion.result["shares"]])
    lines = [line for effect in RULING_EFFECTS for line in effect.preview(facts)]
    return ["裁决执行后，客户归裁决的归属人，归属期从执行当日起算", *lines]


def _verbs(
    user: User, dispute: Dispute, state: DisputeState, rulings: Sequence[dict[str, Any]], now: datetime
) -> dict[str, Any]:
    """What the reader may do with the case now."""
    party, handler = access.is_party(user, dispute), bool(access.may_accept(user, dispute))
    judge = state in (DisputeState.ACCEPTED, DisputeState.MEDIATING) and access.may_rule(user, dispute)
    hears = state == DisputeState.APPEALED and access.may_hear(user, dispute)
    signers = rulings[-1]["signers"] if rulings else set()
    over = dispute.appeal_until is not None and clock.business_date(now) > dispute.appeal_until
    return {
        "is_party": party,
        "may_accept": state == DisputeState.FILED and handler,
        "may_mediate": state in (DisputeState.ACCEPTED, DisputeState.MEDIATING) and handler,
        "may_gather": state in (DisputeState.ACCEPTED, DisputeState.MEDIATING, DisputeState.APPEALED)
        and bool(handler or hears),
        "may_speak": state in PENDING and (party or handler),
        "may_rule": bool(judge),
        "may_hear": bool(hears),
        "rule_url": "customers:dispute_decide" if hears else "customers:dispute_rule",
        "may_sign": party and bool(rulings) and user.pk not in signers and state not in OPEN,
        "may_appeal": party and state == DisputeState.RULED and not over,
        "may_execute": state == DisputeState.RULED and over and bool(access.may_finish(user, dispute)),
        "may_close": state == DisputeState.EXECUTED and bool(access.may_finish(user, dispute)),
        "may_withdraw": state in OPEN and bool(access.may_withdraw(user, dispute)),
        "sees_customer": Customer.objects.visible_to(user).filter(pk=dispute.customer_id).exists(),
    }


# --- figures


@dataclass(frozen=True, slots=True)
class DisputeFigures:
    """A period's cases: filed, deals beside them, days from 提出 to 执行 of those that ended in it."""

    filed: int
    deals: int
    ended: int
    days: Decimal | None

    @property
    def rate(self) -> str:
        """撞单率 = 争议单数 ÷ 成交单数."""
        return pct(Decimal(self.filed) / self.deals, 1) if self.deals else "—"

    @property
    def average(self) -> str:
        """争议平均处理天数, one decimal."""
        return "—" if self.days is None else f"{self.days:.1f}"


def dispute_figures(project: Project, first: date, last: date) -> DisputeFigures:
    """撞单率 and 争议平均处理天数 of the days `first` to `last`, both included."""
    start, end = clock.at(first), clock.end_of(last)
    filed = Dispute.objects.filter(project=project, filed_at__gte=start, filed_at__lt=end).count()
    ended = list(
        Dispute.objects.filter(project=project, executed_at__gte=start, executed_at__lt=end).values_list(
            "filed_at", "executed_at"
        )
    )
    seconds = sum((done - begun).total_seconds() for begun, done in ended if done)
    days = Decimal(int(seconds)) / 86400 / len(ended) if ended else None
    deals = sum(source.count(project.pk, first, last) for source in DEALS)
    return DisputeFigures(filed=filed, deals=deals, ended=len(ended), days=days)


def dispute_card(actor: User, now: datetime) -> dict[str, Any] | None:
    """今日 of those who decide: the open cases, oldest first; nothing when there are none."""
    rows = Dispute.objects.pending().filter(project__in=actor.projects.all())
    found = list(rows.select_related("customer", "filed_by").order_by("pk")[:6])
    if not found:
        return None
    return {
        "rows": [
            {
                "pk": str(row.pk),
                "what": row.deal_label or str(row.customer),
                "state": row.get_state_display(),
                "tone": tone(row.state),
                "filed_by": row.filed_by.name,
                "open_for": _open_for(row, now),
            }
            for row in found[:5]
        ],
        "more": len(found) > 5,
    }
