"""What a request about a room shows to whoever answers it, and how claims read in a customer's timeline."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse

from customers.models import Customer
from customers.slots import TimelineWord
from inventory.models import Reservation, Unit
from inventory.rules import SIGNS, EndReason, Evidence
from regulations.models import Request
from salesdept import formats
from salesdept.journal import resolve


def request_facts(request: Request) -> Sequence[tuple[str, str]]:
    """房源, 客户 and what is asked: of `inventory.lock`, `inventory.hold` and `inventory.release`."""
    subject, payload = resolve(request.subject), request.payload
    facts = list(_room(subject))
    if payload.get("customer"):
        facts += [("客户", str(Customer.objects.get(pk=payload["customer"])))]
    if payload.get("evidence"):
        facts += [("凭证", Evidence(payload["evidence"]).label)]
    if payload.get("until"):
        until = datetime.fromisoformat(payload["until"])
        facts += [("保留至", formats.cn_time(until, request.requested_at))]
    return facts


def _room(subject: object) -> Sequence[tuple[str, str]]:
    if isinstance(subject, Reservation):
        who = [("客户", str(subject.customer))] if subject.customer else []
        return [("房源", subject.unit.label), ("现状", subject.at_stage.label), *who]
    if isinstance(subject, Unit):
        return [("房源", subject.label), ("户型", f"{subject.layout} {formats.area(subject.area_build)}")]
    return []


def request_url(request: Request) -> str:
    """The claim or the room a request is about."""
    subject = resolve(request.subject)
    if isinstance(subject, Reservation):
        return reverse("inventory:reservation_detail", args=[subject.pk])
    return reverse("inventory:unit_detail", args=[subject.pk]) if isinstance(subject, Unit) else ""


def _evidence(changes: Mapping[str, Any]) -> str:
    return f"凭{Evidence(changes['evidence']).label}"


def _stages(changes: Mapping[str, Any]) -> str:
    return f"{SIGNS[changes['old']].label} → {SIGNS[changes['new']].label}"


def _end(changes: Mapping[str, Any]) -> str:
    return f"{SIGNS[changes['stage']].label}，{EndReason(changes['why']).label}"


TIMELINE_WORDS = (
    TimelineWord("inventory.unit.locked", "临时锁定房源", "lock", "primary", _evidence),
    TimelineWord("inventory.unit.kept", "保留房源", "pin", "primary"),
    TimelineWord("inventory.unit.prolonged", "保留续期", "clock"),
    TimelineWord("inventory.claim.moved", "房源状态变更", "board", "primary", _stages),
    TimelineWord("inventory.claim.ended", "房源占用结束", "undo", "bad", _end),
)


def live_claims_of(user_id: int) -> int:
    """Rooms still claimed in somebody's name."""
    return Reservation.objects.filter(rep=user_id, ended_at__isnull=True).count()


LINES = 10


def claim_lines_of(user_id: int) -> list[str]:
    """The newest of them: room, stage, customer."""
    rows = Reservation.objects.filter(rep=user_id, ended_at__isnull=True)
    return [
        f"{claim.unit.label} {claim.get_stage_display()} {claim.customer or ''}".rstrip()
        for claim in rows.select_related("unit__building", "customer").order_by("-pk")[:LINES]
    ]
