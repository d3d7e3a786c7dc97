"""凭证影像: checked by content, cleaned, stored under a random name outside the web root."""

import hashlib
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from django.core.files.base import ContentFile

from contracts import access
from contracts.models import Receipt, ReceiptSlip
from salesdept import journal
from salesdept.models import User
from salesdept.services.files import read_upload, sweep
from salesdept.text import strip_unsafe
from salesdept.verbs import service

CLAUSE = "拟:sub.cash"


def store_slip(receipt: Receipt, upload: Any, actor: User, now: datetime) -> ReceiptSlip:
    """Check, clean and keep one uploaded file, inside the caller's transaction."""
    data, content_type, suffix = read_upload(upload, CLAUSE)
    digest = hashlib.sha256(data).hexdigest()
    if known := receipt.slips.filter(sha256=digest).first():
        return known
    slip = ReceiptSlip(
        receipt=receipt,
        name=strip_unsafe(str(upload.name))[:120],
        content_type=content_type,
        size=len(data),
        sha256=digest,
        uploaded_by=actor,
        uploaded_at=now,
    )
    slip.file.save(f"slips/{now:%Y%m}/{uuid4().hex}{suffix}", ContentFile(data), save=False)
    slip.save()
    journal.record(actor, "contracts.slip.attached", slip, happened_at=now, sha256=digest)
    return slip


@service
def attach_slip(
    *, actor: User, receipt_id: int, upload: Any, now: datetime, idempotency_key: str | None = None
) -> ReceiptSlip:
    """Add a slip to a receipt nobody has answered yet. Only 案场收银."""
    access.may_record(actor).or_raise()
    receipt = Receipt.objects.visible_to(actor).get(pk=receipt_id)
    return store_slip(receipt, upload, actor, now)


def sweep_slips(day: date, now: datetime) -> int:
    """Remove files no row knows, older than a day: what a failed or killed upload left. Returns how many."""
    rows = ReceiptSlip.objects.all()
    return sweep(
        "slips", lambda folder: rows.filter(file__startswith=f"{folder}/").values_list("file", flat=True), now
    )
