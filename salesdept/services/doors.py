"""Doors without login: how often one network has tried, counted in the database like the login's lock-out."""

from datetime import UTC, date, datetime, timedelta

from django.db.models import F
from django.utils.crypto import salted_hmac

from salesdept.models import DoorTry

KEPT = timedelta(days=2)


def _span(now: datetime, seconds: int) -> datetime:
    """Where the span of this length begins that `now` falls into."""
    return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)


def _rows(door: str, address: str, seconds: int, now: datetime) -> dict[str, object]:
    hashed = salted_hmac("salesdept.door", address, algorithm="sha256").hexdigest()
    return {"door": door, "address": hashed, "span": _span(now, seconds)}


def tries_of(*, door: str, address: str, seconds: int, now: datetime) -> int:
    """How often an address has tried a door in the running span of so many seconds."""
    row = DoorTry.objects.filter(**_rows(door, address, seconds, now)).first()
    return row.tries if row else 0


def note_try(*, door: str, address: str, seconds: int, now: datetime) -> int:
    """Count one try and answer how many there are by now. Every process and every restart counts on."""
    key = _rows(door, address, seconds, now)
    rows = DoorTry.objects.filter(**key)
    if not rows.update(tries=F("tries") + 1):
        DoorTry.objects.bulk_create([DoorTry(**key)], ignore_conflicts=True)
        rows.update(tries=F("tries") + 1)
    return rows.get().tries


def forget_tries(day: date, now: datetime) -> None:
    """The nightly job: counts of spans that are over. Safe to repeat."""
    DoorTry.objects.filter(span__lt=now - KEPT).delete()
