"""Reservations as lists, one page, cards of 今日 and hits of the search."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.urls import reverse

from inventory import access
from inventory.models import Reservation, Unit
from inventory.rules import ENDS, HAND_ENDS, SIGNS, TIMED, EndReason, Sign, Stage, check_end
from inventory.slots import panels
from salesdept import clock, formats
from salesdept.errors import RuleError
from salesdept.journal import label
from salesdept.models import Event, User
from salesdept.slots import SearchHit
from salesdept.text import UnreadableError, half_width, parse_room
from salesdept.verdict import Verdict

PAGE = 50
CARD_ROWS = 8
NEAR = timedelta(days=3)
_NUMBER = re.compile(r"RG[- ]?(\d{8})[- ]?(\d{1,12})")
_MOVED = "inventory.claim.moved"
EVENT_WORDS = {
    "inventory.unit.added": "录入台账",
    "inventory.unit.released": "放盘",
    "inventory.unit.locked": "可售 → 临时锁定",
    "inventory.unit.kept": "可售 → 保留",
    "inventory.unit.prolonged": "保留续期",
    "inventory.unit.blocked": "封盘",
    "inventory.claim.ended": "结束",
}
EVENT_ICONS = {"inventory.unit.locked": "lock", "inventory.unit.kept": "pin", "inventory.claim.ended": "undo"}


def event_words(event: Event) -> str:
    """A journal row of a room in a few words."""
    changes = event.changes
    if event.verb == _MOVED:
        return f"{_stage(changes['old'])} → {_stage(changes['new'])}"
    if event.verb == "inventory.claim.ended":
        return f"{_stage(changes['stage'])} → 可售（{EndReason(changes['why']).label}）"
    return EVENT_WORDS.get(event.verb, "变更")


def _stage(value: str) -> str:
    return SIGNS[value].label


@dataclass(frozen=True, slots=True)
class Filter:
    key: str
    label: str
    condition: Q


_LIVE = Q(ended_at__isnull=True)
LIST_FILTERS = (
    Filter("", "全部", Q()),
    Filter("lock", "锁定中", _LIVE & Q(stage__in=TIMED)),
    Filter("paid", "收款待确认", _LIVE & Q(stage=Stage.PAID)),
    Filter("sub", "认购", _LIVE & Q(stage__in=(Stage.TEMP, Stage.SUBSCRIBED))),
    Filter("signed", "签约", _LIVE & Q(stage=Stage.SIGNED)),
    Filter("ended", "已结束", Q(ended_at__isnull=False)),
)


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """One claim in a list."""

    pk: int
    url: str
    room: str
    customer: str
    rep: str
    sign: Sign
    number: str
    price: str
    started: str
    deadline: datetime | None
    note: str


def claim_row(claim: Reservation, now: datetime) -> ClaimRow:
    ended = claim.get_end_reason_display() if claim.ended_at else ""
    return ClaimRow(
        pk=claim.pk,
        url=reverse("inventory:reservation_detail", args=[claim.pk]),
        room=claim.unit.label,
        customer=str(claim.customer) if claim.customer else formats.NONE,
        rep=claim.rep.name if claim.rep else formats.NONE,
        sign=SIGNS[claim.stage],
        number=claim.number or formats.NONE,
        price=formats.amount(claim.agreed_price),
        started=formats.cn_time(claim.started_at, now),
        deadline=None if claim.ended_at else deadline(claim),
        note=f"{ended} {formats.cn_time(claim.ended_at, now)}" if ended else claim.reason,
    )


def deadline(claim: Reservation) -> datetime | None:
    """When something must have happened: the clock's end, or the last moment of the day to top up or sign."""
    if claim.expires_at:
        return claim.expires_at
    if claim.at_stage == Stage.TEMP and claim.topup_by:
        return clock.end_of(claim.topup_by)
    if claim.at_stage == Stage.SUBSCRIBED and claim.sign_by:
        return clock.end_of(claim.sign_by)
    return None


def _claims(actor: User) -> Any:
    return Reservation.objects.visible_to(actor).select_related("unit", "customer", "rep")


def claim_list(actor: User, now: datetime, *, key: str = "", before: int = 0) -> tuple[list[ClaimRow], str]:
    """A page of claims, newest first, and the key of the next page ("" at the end)."""
    chosen = next((f for f in LIST_FILTERS if f.key == key), LIST_FILTERS[0])
    rows = _claims(actor).filter(chosen.condition).order_by("-pk")
    if before:
        rows = rows.filter(pk__lt=before)
    page = list(rows[: PAGE + 1])
    older = str(page[PAGE - 1].pk) if len(page) > PAGE else ""
    return [claim_row(claim, now) for claim in page[:PAGE]], older


@dataclass(frozen=True, slots=True)
class Step:
    label: str
    day: str
    state: str  # is-done, is-current or ""


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of the timeline."""

    title: str
    text: str
    at: str
    icon: str


@dataclass(frozen=True, slots=True)
class ClaimPage:
    claim: Reservation
    row: ClaimRow
    title: str
    steps: Sequence[Step]
    facts: Sequence[tuple[str, str]]
    timeline: Sequence[Line]
    left: Sequence[tuple[str, str]]
    urgency: str
    deadline_words: str
    release: Verdict
    release_words: str
    ends: Sequence[tuple[str, str]]
    extend: Verdict | None
    panels: Sequence[dict[str, Any]]
    side_panels: Sequence[dict[str, Any]]


_DONE_STEPS = {
    Stage.LOCK: 1,
    Stage.KEPT: 1,
    Stage.SMALL: 2,
    Stage.PAID: 2,
    Stage.TEMP: 3,
    Stage.SUBSCRIBED: 3,
    Stage.SIGNED: 5,
    Stage.RETURNING: 5,
    Stage.BLOCKED: 0,
}


def _steps(claim: Reservation, now: datetime) -> list[Step]:
    """锁定 → 收款 → 认购 → 合同 → 签约 with the day each was reached or is due."""
    today = clock.business_date(now)
    due = f"{formats.cn_date(claim.sign_by, today)} 前" if claim.sign_by else ""
    days = (claim.started_at, claim.paid_at, claim.subscribed_at, None, claim.signed_at)
    done = _DONE_STEPS[claim.at_stage]
    words = [formats.cn_date(day, today) if day else "" for day in days]
    if not words[4]:
        words[4] = due
    names = ("锁定", "收款", "认购", "合同", "签约")
    live = claim.ended_at is None
    return [
        Step(name, words[i], "is-done" if i < done else "is-current" if i == done and live else "")
        for i, name in enumerate(names)
    ]


def _facts(claim: Reservation, now: datetime) -> list[tuple[str, str]]:
    unit = claim.unit
    rows = [
        ("建筑面积", formats.area(unit.area_build)),
        ("户型", unit.layout),
        ("表价", formats.money(claim.list_price) if claim.list_price else ""),
        ("成交价", formats.money(claim.agreed_price) if claim.agreed_price else ""),
        ("应收定金", formats.money(claim.deposit_due) if claim.deposit_due else ""),
        ("凭证", claim.get_evidence_display() if claim.evidence else ""),
        ("补足定金", formats.cn_date(claim.topup_by) if claim.topup_by else ""),
        ("签约期限", formats.cn_date(claim.sign_by) if claim.sign_by else ""),
        ("事由", claim.reason),
        ("结束", _ended(claim, now)),
    ]
    return [(name, value) for name, value in rows if value]


def _ended(claim: Reservation, now: datetime) -> str:
    if claim.ended_at is None:
        return ""
    return f"{formats.cn_time(claim.ended_at, now)} {claim.get_end_reason_display()}"


def _timeline(claim: Reservation, now: datetime) -> list[Line]:
    rows = Event.objects.filter(target=label(claim)).select_related("actor").order_by("-pk")[:100]
    return [
        Line(
            event_words(event),
            event.reason,
            f"{formats.cn_time(event.happened_at, now)} · {event.actor.name if event.actor else '系统'}",
            EVENT_ICONS.get(event.verb, "sign"),
        )
        for event in rows
    ]


def _deadline_words(claim: Reservation, until: datetime | None, now: datetime) -> str:
    """A moment for what the clock frees, else the last day, itself included."""
    if until is None or claim.expires_at:
        return formats.cn_time(until, now) if until else ""
    day = claim.topup_by if claim.at_stage == Stage.TEMP else claim.sign_by
    return f"{formats.cn_date(day, clock.business_date(now))} 前"


def _countdown(until: datetime | None, now: datetime) -> list[tuple[str, str]]:
    """[("1", "天"), ("7", "时"), ("36", "分")] to a deadline, or past it."""
    if until is None:
        return []
    minutes = int(abs(until - now).total_seconds()) // 60
    parts = [(minutes // 1440, "天"), (minutes // 60 % 24, "时"), (minutes % 60, "分")]
    first = next((i for i, (number, _) in enumerate(parts) if number), 2)
    return [(str(number), word) for number, word in parts[first:]]


def claim_page(claim: Reservation, actor: User, now: datetime) -> ClaimPage:
    """One reservation for one viewer."""
    until = None if claim.ended_at else deadline(claim)
    loaded = panels(actor, claim.pk, now)
    control = access.may_control(actor)
    return ClaimPage(
        claim=claim,
        row=claim_row(claim, now),
        title=f"{claim.unit.label} · {claim.customer}" if claim.customer else claim.unit.label,
        steps=_steps(claim, now),
        facts=_facts(claim, now),
        timeline=_timeline(claim, now),
        left=_countdown(until, now),
        urgency=formats.urgency(until, now),
        deadline_words=_deadline_words(claim, until, now),
        release=_may_release(claim, actor, control),
        release_words="释放" if control else "申请释放",
        ends=_ends(claim, actor),
        extend=control if claim.at_stage == Stage.KEPT and claim.ended_at is None else None,
        panels=[panel for panel in loaded if not panel["side"]],
        side_panels=[panel for panel in loaded if panel["side"]],
    )


def _may_release(claim: Reservation, actor: User, control: Verdict) -> Verdict:
    if claim.ended_at:
        return Verdict("这份占用已结束")
    try:
        check_end(claim.at_stage, EndReason.RELEASED)
    except RuleError as refusal:
        return Verdict(refusal.message, refusal.clause, refusal.way_out)
    return control or access.may_lock(actor)


def _ends(claim: Reservation, actor: User) -> list[tuple[str, str]]:
    """The ways this person may end the claim by hand, besides 释放."""
    if claim.ended_at:
        return []
    known = [reason for reason in HAND_ENDS if reason in ENDS[claim.at_stage]]
    return [(reason.value, reason.label) for reason in known if access.may_end(actor, claim, reason)]


# --- 今日, the customer's page, search ---


def due_card(actor: User, now: datetime) -> dict[str, Any] | None:
    """A rep's own claims whose time runs out soon: locks, top-ups, days to sign."""
    last = clock.business_date(now + NEAR)
    rows = (
        _claims(actor)
        .live()
        .filter(rep=actor)
        .filter(
            Q(expires_at__lte=now + NEAR)
            | Q(stage=Stage.TEMP, topup_by__lte=last)
            | Q(stage=Stage.SUBSCRIBED, sign_by__lte=last)
        )
    )
    found = sorted(rows[:CARD_ROWS], key=lambda claim: deadline(claim) or now)
    return _card("快到期", "lock", found, now)


def locks_card(actor: User, now: datetime) -> dict[str, Any] | None:
    """What is held in the manager's projects right now."""
    rows = _claims(actor).live().filter(stage__in=TIMED, expires_at__gt=now).order_by("expires_at")
    return _card("正在锁定与保留", "lock", rows[:CARD_ROWS], now)


def paid_card(actor: User, now: datetime) -> dict[str, Any] | None:
    """Money recorded and waiting for finance, and locks waiting for money."""
    rows = _claims(actor).live().filter(stage=Stage.PAID).order_by("paid_at")
    return _card("收款待确认", "paid", rows[:CARD_ROWS], now)


def _card(title: str, key: str, claims: Any, now: datetime) -> dict[str, Any] | None:
    rows = [claim_row(claim, now) for claim in claims]
    url = f"{reverse('inventory:reservation_list')}?s={key}"
    return {"title": title, "rows": rows, "url": url} if rows else None


def customer_panel(actor: User, customer_id: int, now: datetime) -> dict[str, Any] | None:
    """A customer's claims, newest first; an empty panel offers to choose a room to those who may lock."""
    rows = [
        claim_row(c, now) for c in _claims(actor).filter(customer=customer_id).order_by("-pk")[:CARD_ROWS]
    ]
    board = f"{reverse('inventory:board')}?customer={customer_id}" if access.may_lock(actor) else ""
    return {"rows": rows, "board": board} if rows or board else None


def standin_lines(customer_id: int, now: datetime) -> Iterator[tuple[str, str]]:
    """The live claims of a customer for a stand-in: room, stage and the next step; no price."""
    rows = Reservation.objects.live().filter(customer=customer_id).select_related("unit__building")
    for claim in rows.order_by("-pk")[:CARD_ROWS]:
        yield "房源", f"{claim.unit.label} {claim.at_stage.label}"
        if claim.expires_at:
            yield "下一步", f"{formats.cn_time(claim.expires_at, now)} 前办理，否则释放"
        elif claim.sign_by and not claim.signed_at:
            yield "下一步", f"{formats.cn_date(claim.sign_by)}前签约"


def customers_in_use(customer_ids: Sequence[int]) -> Iterator[str]:
    """One sentence for each claim that stands on one of these customers."""
    rows = Reservation.objects.filter(customer__in=customer_ids).select_related("customer", "unit")
    for claim in rows:
        yield f"{claim.customer} 有 {claim.unit.label} 的{claim.at_stage.label}记录"


def find_units(actor: User, q: str, limit: int) -> list[SearchHit]:
    """Rooms by any spelling of their number: 2-1503, 2栋1单元1503, 2#1503, 1503."""
    try:
        room = parse_room(q)
    except UnreadableError:
        return []
    rows = Unit.objects.visible_to(actor).filter(room_no=room.room).select_related("building")
    if room.building:
        rows = rows.filter(building__name=room.building)
    if room.stair:
        rows = rows.filter(stair=room.stair)
    return [
        SearchHit(
            unit.label,
            f"{unit.layout} {formats.area(unit.area_build)}",
            reverse("inventory:unit_detail", args=[unit.pk]),
            "房源",
            "building",
        )
        for unit in rows.order_by("building__order", "stair")[:limit]
    ]


def find_claims(actor: User, q: str, limit: int) -> list[SearchHit]:
    """Reservations by number: RG-20261119-00003, however it is typed."""
    found = _NUMBER.fullmatch(half_width(q).strip().upper())
    if not found:
        return []
    rows = _claims(actor).filter(number=f"RG-{found[1]}-{int(found[2]):05}").order_by("-pk")
    return [
        SearchHit(
            claim.number,
            f"{claim.unit.label} · {claim.customer or ''} · {SIGNS[claim.stage].label}",
            reverse("inventory:reservation_detail", args=[claim.pk]),
            "认购",
            "sign",
        )
        for claim in rows[:limit]
    ]
