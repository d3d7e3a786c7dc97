"""What a merge changed, row by row with before and after, and how it is put back."""

from datetime import UTC, date, datetime
from typing import Any

from django.apps import apps
from django.db import models

from customers.models import Kinship, OwnershipLease
from customers.rules import LIVE
from customers.rules.households import put_back, take_off
from salesdept.verbs import locked

type Entry = list[Any]  # [model label, key, {field: [before, after]}]
COUNTERS = ("visit_count", "call_count")
ENDING = ("state", "ended_at", "ended_reason")
KEPT = "version"  # counts up for ever: whoever edits an old page is stopped


def moment(at: datetime) -> str:
    """A moment that reads the same from both engines."""
    return at.astimezone(UTC).isoformat()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return moment(value)
    return value.isoformat() if isinstance(value, date) else value


class Ledger:
    """Changes rows and writes down how they were."""

    def __init__(self) -> None:
        self.rows: list[Entry] = []

    def change(self, row: models.Model, **values: Any) -> None:
        """Set and save fields (attribute names) of a row; what stays the same is not written down."""
        changed = {name: value for name, value in values.items() if getattr(row, name) != value}
        if not changed:
            return
        note = {name: [_plain(getattr(row, name)), _plain(value)] for name, value in changed.items()}
        for name, value in changed.items():
            setattr(row, name, value)
        row.save(update_fields=[row._meta.get_field(name).name for name in changed])
        self.rows.append([row._meta.label_lower, row.pk, note])

    def made(self, kin: Kinship) -> None:
        """A relation that begins with the merge ends with it."""
        self.rows.append([kin._meta.label_lower, kin.pk, {}])


def restore(rows: list[Entry], now: datetime) -> None:
    """Put every row back in the opposite order. Fields that somebody changed since stay as they are."""
    for label, pk, note in reversed(rows):
        model = apps.get_model(label)
        row = locked(model._base_manager.all(), pk)
        if not note:
            row.ended_at = now
            row.save(update_fields=["ended_at"])
            continue
        values = {name: _value(row, name, pair) for name, pair in note.items() if name != KEPT}
        if isinstance(row, OwnershipLease) and not _may_reopen(row, note):
            values = {name: value for name, value in values.items() if name not in ENDING}
        for name, value in values.items():
            setattr(row, name, model._meta.get_field(name).to_python(value))
        row.save(update_fields=[model._meta.get_field(name).name for name in values])


def _value(row: models.Model, name: str, pair: list[Any]) -> Any:
    before, after = pair
    now = _plain(getattr(row, name))
    return take_off(before, after, now) if name in COUNTERS else put_back(before, after, now)


def _may_reopen(lease: OwnershipLease, note: dict[str, Any]) -> bool:
    """A lease that the merge closed lives again, unless its customer got another one since."""
    if "state" not in note:
        return True
    live = OwnershipLease.objects.filter(customer=lease.customer_id, state__in=LIVE).exclude(pk=lease.pk)
    return lease.state == note["state"][1] and not live.exists()
