"""The journal: one row in the caller's transaction for every change of a governed table."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils import timezone

from salesdept import bulk
from salesdept.models import Event, User

REFS = ("project", "customer", "unit", "contract")


def label(target: models.Model) -> str:
    """`app.model:pk`, how the journal, keys, reminders and requests name a row."""
    return f"{target._meta.label_lower}:{target.pk}"


def resolve(reference: str) -> models.Model | None:
    """The row a `label` names, or None when it is gone or nothing was named."""
    from django.apps import apps

    name, _, pk = reference.partition(":")
    return apps.get_model(name)._default_manager.filter(pk=pk).first() if pk else None


def plain(value: Any) -> Any:
    """A JSON value that reads the same on both engines; money and dates become text."""
    if isinstance(value, models.Model):
        return label(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    return value


def record(
    actor: User | None,
    verb: str,
    target: models.Model,
    /,
    *,
    happened_at: datetime | None = None,
    reason: str = "",
    **changes: Any,
) -> Event:
    """Append one event in the caller's transaction. `verb` is `app.noun.done`; mask personal data."""
    return Event.objects.create(**_row(actor, verb, target, happened_at, reason, changes))


def record_many(
    actor: User | None,
    verb: str,
    targets: Iterable[models.Model],
    /,
    *,
    happened_at: datetime,
    reason: str = "",
    **changes: Any,
) -> None:
    """The same event for many rows, in batches."""
    append(
        event(actor, verb, target, happened_at=happened_at, reason=reason, **changes) for target in targets
    )


def event(
    actor: User | None,
    verb: str,
    target: models.Model,
    /,
    *,
    happened_at: datetime,
    reason: str = "",
    **changes: Any,
) -> Event:
    """An event that is not written yet: many of them, each with its own time, go to `append`."""
    return Event(**_row(actor, verb, target, happened_at, reason, changes))


def append(events: Iterable[Event]) -> None:
    """Append prepared events in the caller's transaction, in batches."""
    Event.objects.bulk_create(events, batch_size=1000)


def append_rows(
    actor: User | None,
    verb: str,
    targets: Sequence[tuple[str, int | None]],
    /,
    *,
    project_id: int,
    happened_at: datetime,
    reason: str = "",
) -> None:
    """The same event for thousands of rows given as (label, customer), without making an object of each."""
    bulk.append(
        Event,
        ("target", "customer_ref"),
        targets,
        actor_id=actor.pk if actor else None,
        role=actor.role if actor else "",
        verb=verb,
        happened_at=happened_at,
        reason=reason[:500],
        project_id=project_id,
        changes={},
    )


def _row(
    actor: User | None,
    verb: str,
    target: models.Model,
    happened_at: datetime | None,
    reason: str,
    changes: dict[str, Any],
) -> dict[str, Any]:
    refs: dict[str, int | None] = target.journal_refs() if hasattr(target, "journal_refs") else {}
    return {
        "actor": actor,
        "role": actor.role if actor else "",
        "verb": verb,
        "target": label(target),
        "happened_at": happened_at or timezone.now(),
        "reason": reason[:500],
        "changes": plain(changes),
        "project_id": refs.get("project"),
        "customer_ref": refs.get("customer"),
        "unit_ref": refs.get("unit"),
        "contract_ref": refs.get("contract"),
    }
