"""Filing and withdrawing reminders, inside the transaction of what they remind of."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db import models

from salesdept import clock
from salesdept.journal import label, plain
from salesdept.models import Notice, Reminder, User
from salesdept.notices import nudge, queue_deliveries, queue_letters
from salesdept.rules import QUIET_TO, Letter, Message

DIGEST_LINES = 5


def remind(
    kind: str, target: models.Model, due_at: datetime, *, user: User | None = None, **payload: Any
) -> None:
    """File a reminder once per (kind, target, due). Refiling the same one changes nothing."""
    Reminder.objects.bulk_create(
        [Reminder(kind=kind, object_ref=label(target), due_at=due_at, user=user, payload=plain(payload))],
        ignore_conflicts=True,
    )


def remind_in_morning(kind: str, user: User, day: date, **payload: Any) -> None:
    """File the one digest of a kind for a person's day, due when the quiet hours end; once.

    The kind's handler lists at that time what is to be done on `due_at`'s day (see `digest`), so that ten
    follow-ups are one notice and what was settled overnight is left out.
    """
    remind(kind, user, clock.at(day, QUIET_TO.hour, QUIET_TO.minute), user=user, **payload)


def digest(
    user_id: int, *, key: str, title: str, lines: Sequence[str], url: str, clause: str = ""
) -> list[Message]:
    """One message for many lines: the first five, and how many more. Nothing to say makes no message.

    `title` takes the count as `{n}`; `key` names the kind and the day, so that a day has one digest.
    """
    if not lines:
        return []
    more = f"\n另有 {len(lines) - DIGEST_LINES} 项" if len(lines) > DIGEST_LINES else ""
    body = "\n".join(line[:80] for line in lines[:DIGEST_LINES]) + more
    return [
        Message(user_id=user_id, title=title.format(n=len(lines)), key=key, body=body, url=url, clause=clause)
    ]


def forget(target: models.Model, *, now: datetime, kinds: Iterable[str] = ()) -> int:
    """Close the target's open reminders (of these kinds, or all); returns how many."""
    rows = Reminder.objects.filter(object_ref=label(target), done_at__isnull=True)
    if kinds:
        rows = rows.filter(kind__in=tuple(kinds))
    return rows.update(done_at=now)


def notify(messages: Iterable[Message], now: datetime) -> None:
    """Write notices in the caller's transaction, each once per (user, key).

    Where an outside channel has something to send, the sender is woken after commit.
    """
    fresh = [
        Notice(
            user_id=m.user_id,
            key=m.key[:120],
            title=m.title[:120],
            body=m.body[:500],
            url=m.url[:200],
            clause=m.clause[:60],
            urgent=m.urgent,
            at=now,
        )
        for m in messages
    ]
    if not fresh:
        return
    known = set(Notice.objects.filter(key__in={n.key for n in fresh}).values_list("user_id", "key"))
    new = [n for n in fresh if (n.user_id, n.key) not in known]
    Notice.objects.bulk_create(new, ignore_conflicts=True)
    if queue_deliveries([(n.user_id, n.key) for n in new], now):
        nudge("salesdept.tick")


def write(letters: Iterable[Letter], now: datetime) -> None:
    """Queue e-mails to addresses outside in the caller's transaction; the sender is woken after commit."""
    if queue_letters(letters, now):
        nudge("salesdept.tick")


def mark_read(*, actor: User, now: datetime, notice_id: int | None = None) -> int:
    """Mark one notice of the actor read, or all of them."""
    rows = Notice.objects.filter(user=actor, read_at__isnull=True)
    if notice_id is not None:
        rows = rows.filter(pk=notice_id)
    return rows.update(read_at=now)
