"""The minute's round: handle what is due, send what waits, seal the journal.

Rows are the truth. A row is claimed by an UPDATE that only one worker wins; its effect, its notices and its
mark are one transaction. What fails backs off and stays due.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import DatabaseError, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from salesdept import clock, seals
from salesdept.channels import ChannelError, channel
from salesdept.models import Delivery, Reminder, Tick
from salesdept.rules import is_quiet
from salesdept.services.reminders import notify
from salesdept.slots import DAILY, REMINDER_KINDS, DailyJob, ReminderKind

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
REMINDERS_PER_TICK = 200
DELIVERIES_PER_TICK = 40
SECONDS_PER_TICK = 40.0
LONGEST_PAUSE = timedelta(minutes=30)
DAILY_LEASE = timedelta(minutes=30)
MOST_ATTEMPTS = 20  # of a delivery, some eight hours: then it is kept, with its reason, but no longer tried


@dataclass(slots=True)
class TickReport:
    handled: int = 0
    failed: int = 0
    sent: int = 0
    unsent: int = 0
    sealed: int = 0
    jobs: list[str] = field(default_factory=list)


class _Taken(Exception):  # noqa: N818 - not an error
    """Another worker holds the row by now; undo what this one did."""


class _Round:
    """`start` is the caller's `now`, which effects get; leases use `now`, moved on by the round's time."""

    def __init__(self, now: datetime) -> None:
        self.start, self.began = now, time.monotonic()

    @property
    def now(self) -> datetime:
        return self.start + timedelta(seconds=self.seconds)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began

    @property
    def is_over(self) -> bool:
        return self.seconds > SECONDS_PER_TICK


def pause_after(attempts: int) -> timedelta:
    """How long a row rests after its nth failure: 1, 2, 4 … and never more than thirty minutes."""
    return min(timedelta(minutes=2 ** min(attempts - 1, 10)), LONGEST_PAUSE)


def tick(*, now: datetime) -> TickReport:
    """One round, bounded in rows and time. Safe to run twice at once and at any moment."""
    report, round_ = TickReport(), _Round(now)
    _remind(round_, report)
    _deliver(round_, report)
    report.sealed = _seal()
    _beat("tick", now)
    report.jobs = [job.name for job in DAILY if _daily(job, now)]
    return report


def _beat(name: str, now: datetime) -> None:
    if not Tick.objects.filter(name=name).update(at=now):
        Tick.objects.bulk_create([Tick(name=name, at=now)], ignore_conflicts=True)


def _seal() -> int:
    try:
        return seals.seal_all()
    except DatabaseError as error:  # a busy database: the next tick seals
        log.warning("journal not sealed this time: %s", type(error).__name__)
        return 0


# --- the work of the night


def _daily(job: DailyJob, now: datetime) -> bool:
    """Run a job on the first tick after its hour; a failed one is tried again when its lease is over."""
    day = clock.business_date(now)
    done, lease = f"daily:{job.name}"[:40], f"lease:{job.name}"[:40]
    if now < clock.at(day, job.hour) or Tick.objects.filter(name=done, at__gte=clock.at(day)).exists():
        return False
    Tick.objects.bulk_create([Tick(name=lease, at=clock.at(day))], ignore_conflicts=True)
    if not Tick.objects.filter(name=lease, at__lte=now).update(at=now + DAILY_LEASE):
        return False
    try:
        job.run(day, now)
    except Exception:  # the other jobs go on
        log.exception("daily job %s failed", job.name)
        return False
    _beat(done, now)
    return True


def _free(now: datetime) -> Q:
    return Q(lease_until__isnull=True) | Q(lease_until__lt=now)


# --- reminders


def _remind(round_: _Round, report: TickReport) -> None:
    kinds = {kind.name: kind for kind in REMINDER_KINDS}
    due = Reminder.objects.filter(_free(round_.now), done_at__isnull=True, due_at__lte=round_.now)
    if is_quiet(round_.now.astimezone(clock.SHANGHAI).time()):
        due = due.filter(kind__in=[kind.name for kind in kinds.values() if kind.urgent])
    for pk in list(due.order_by("due_at", "pk").values_list("pk", flat=True)[:REMINDERS_PER_TICK]):
        if round_.is_over:
            break
        if (done := _one_reminder(pk, kinds, round_)) is not None:
            report.handled += done
            report.failed += not done


def _one_reminder(pk: int, kinds: dict[str, ReminderKind], round_: _Round) -> bool | None:
    """True when handled, False when it failed, None when somebody else has it."""
    now = round_.now
    claim = Reminder.objects.filter(_free(now), pk=pk, done_at__isnull=True)
    if not claim.update(lease_until=now + LEASE, attempts=F("attempts") + 1):
        return None
    reminder = Reminder.objects.select_related("user").get(pk=pk)
    try:
        _handle(reminder, kinds[reminder.kind], round_.start)
    except _Taken:
        return None
    except Exception:  # whatever a handler raises, the other rows go on
        log.exception("reminder %s (%s) failed", pk, reminder.kind)
        mine = Reminder.objects.filter(pk=pk, lease_until=reminder.lease_until, done_at__isnull=True)
        mine.update(lease_until=now + pause_after(reminder.attempts))
        return False
    return True


@transaction.atomic
def _handle(reminder: Reminder, kind: ReminderKind, now: datetime) -> None:
    """Effect, notices and mark in one transaction.

    The mark comes last, so that locks are taken in the order services take them: the object, then its
    reminder. A handler may close its own reminder (`forget`); only the lease tells whether the row is ours.
    """
    mine = Reminder.objects.filter(pk=reminder.pk, lease_until=reminder.lease_until)
    if not mine.filter(done_at__isnull=True).exists():
        raise _Taken
    notify(kind.handle(reminder, now), now)
    if not mine.update(done_at=Coalesce(F("done_at"), now), lease_until=None):
        raise _Taken


# --- deliveries


def _deliver(round_: _Round, report: TickReport) -> None:
    due = Delivery.objects.filter(_free(round_.now), sent_at__isnull=True, due_at__lte=round_.now)
    due = due.filter(attempts__lt=MOST_ATTEMPTS)
    for pk in list(due.order_by("due_at", "pk").values_list("pk", flat=True)[:DELIVERIES_PER_TICK]):
        if round_.is_over:
            break
        claim = Delivery.objects.filter(_free(round_.now), pk=pk, sent_at__isnull=True)
        now = round_.now
        if claim.update(lease_until=now + LEASE, attempts=F("attempts") + 1):
            sent = _one_delivery(
                Delivery.objects.select_related("notice__user").get(pk=pk), lambda: round_.now
            )
            report.sent += sent
            report.unsent += not sent


def _one_delivery(delivery: Delivery, clock_: Callable[[], datetime]) -> bool:
    """Send outside any transaction, then mark. A sender that dies in between sends again, same key."""
    try:
        channel(delivery.channel).send(delivery)
    except ChannelError as error:
        pause = pause_after(delivery.attempts)
        _mark(delivery, lease_until=clock_() + pause, failed=str(error)[:200])
        log.warning("delivery %s (%s) failed: %s", delivery.pk, delivery.channel, error)
        return False
    _mark(delivery, sent_at=clock_(), lease_until=None, failed="", body="")
    return True


def _mark(delivery: Delivery, **fields: object) -> None:
    Delivery.objects.filter(pk=delivery.pk, lease_until=delivery.lease_until).update(**fields)
