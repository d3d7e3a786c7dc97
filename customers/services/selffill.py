"""客户自填: the rep shows a code, the guest types and signs on an own phone; the slip follows from it."""

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.crypto import salted_hmac

from customers import access
from customers.models import Reception, SelfFill
from customers.rules import Contact, RegisterTerms
from customers.rules.register import Evidence
from customers.rules.selffill import (
    NO_CONSENT,
    NOTICE,
    check_signed,
    digest,
    read_strokes,
    signature_of,
)
from customers.services.register import register_visit
from regulations.queries import terms_for
from salesdept import clock, journal
from salesdept.errors import RuleError, refuse
from salesdept.models import User
from salesdept.rules import Message
from salesdept.services.reminders import notify
from salesdept.verbs import locked, service

CLOSED = RuleError(
    "self_fill_closed", "这个二维码已用过或已失效", "拟:own.self_fill", "请接待您的销售代表再出示一次"
)
NO_GUEST = RuleError("no_reception", "只有接待来访时才能请客户自填", "拟:own.self_fill", "先开始接待")
REFUSALS = {
    "one_live_self_fill_per_reception": RuleError(
        "code_shown", "这组接待刚出示过二维码", "拟:own.self_fill", "刷新后用那一个"
    )
}


def token_of(row: SelfFill) -> str:
    """The address part of a code, made again from its nonce with the server's key; never stored."""
    made = salted_hmac("customers.self_fill", row.nonce, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def is_open(row: SelfFill, now: datetime) -> bool:
    """Whether a guest may still sign with it."""
    unused = row.signed_at is None and row.voided_at is None
    return unused and now < row.expires_at and row.reception.ended_at is None


def by_token(token: str) -> SelfFill | None:
    """The code behind an address, open or not."""
    rows = SelfFill.objects.select_related("reception__rep", "reception__project")
    return rows.filter(token_hash=digest(token)).first()


@service
def show_self_fill(
    *, actor: User, reception_id: int, now: datetime, idempotency_key: str | None = None
) -> SelfFill:
    """The code of an open visit: the one shown already while it is good, else a new one."""
    rows = Reception.objects.select_related("rep", "project").filter(project__in=actor.projects.all())
    reception = locked(rows, reception_id)
    access.may_show_self_fill(actor, reception).or_raise()
    if reception.ended_at is not None or reception.kind != Contact.VISIT:
        raise NO_GUEST
    current = SelfFill.objects.filter(reception=reception, voided_at__isnull=True).first()
    if current is not None:
        current.reception = reception
        if is_open(current, now):
            return current
        current.voided_at = now
        current.save(update_fields=["voided_at"])
    row = _issue(actor, reception, now)
    journal.record(actor, "customers.selffill.shown", row, happened_at=now)
    return row


def _issue(actor: User, reception: Reception, now: datetime) -> SelfFill:
    day = clock.business_date(now)
    terms = terms_for(RegisterTerms, on=day, project=reception.project)
    row = SelfFill(
        reception=reception,
        issued_by=actor,
        nonce=secrets.token_hex(16),
        issued_at=now,
        expires_at=now + timedelta(minutes=terms.self_fill_minutes),
    )
    row.token_hash = digest(token_of(row))
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise refuse(error, REFUSALS) from error
    return row


@service
def sign_self_fill(
    *,
    actor: User | None,
    token: str,
    phone: str,
    name: str,
    consent: bool,
    now: datetime,
    strokes: str = "",
    signed_name: str = "",
    layouts: Sequence[str] = (),
    source: str = "",
    area: str = "",
    idempotency_key: str | None = None,
) -> SelfFill:
    """What the guest typed and signed becomes the visit's slip; the code dies with it.

    Nobody is logged in: the token is the right to it. Raises RuleError `self_fill_closed`, `consent_needed`,
    `unsigned`, or what `register_visit` refuses.
    """
    found = SelfFill.objects.filter(token_hash=digest(token)).first()
    if found is None:
        raise CLOSED
    row = locked(SelfFill.objects.select_related("reception__rep", "reception__project"), found.pk)
    if not is_open(row, now):
        raise CLOSED
    if not consent:
        raise NO_CONSENT
    drawn = read_strokes(strokes)
    check_signed(drawn, signed_name)
    reception = row.reception
    row.visit = register_visit(
        actor=reception.rep,
        project=reception.project,
        phone=phone,
        name=name,
        now=now,
        reception_id=reception.pk,
        layouts=layouts,
        source=source,
        consent=True,
        evidence=Evidence.SELF_FILLED,
        particulars={"area": area},
    )
    said = {"phone": phone, "name": name, "layouts": list(layouts), "source": source, "area": area}
    _seal(row, said, drawn, signed_name, now)
    notify([_arrived(row)], now)
    return row


def _seal(row: SelfFill, said: dict[str, Any], drawn: Any, signed_name: str, now: datetime) -> None:
    """Keep the signature and the digest over everything that was signed."""
    row.signed_at, row.signed_name, row.strokes = now, signed_name.strip()[:40], drawn
    row.notice_hash = digest(NOTICE)
    row.signature_hash = signature_of(
        {**said, "notice": row.notice_hash, "strokes": drawn, "name_typed": row.signed_name, "at": now}
    )
    row.save()
    journal.record(None, "customers.selffill.signed", row, happened_at=now, digest=row.signature_hash)


def _arrived(row: SelfFill) -> Message:
    return Message(
        user_id=row.reception.rep_id,
        title=f"{row.visit and row.visit.customer} 已自填并签名",
        key=f"selffill:{row.pk}",
        url=f"/customers/visits/{row.visit_id}/",
        clause="S134",
    )
