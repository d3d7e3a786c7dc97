"""The one door to the broker, and the queue of the outside channels of notices."""

import hashlib
import logging
import threading
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import Q

from salesdept import channels, clock
from salesdept.models import Delivery, Notice
from salesdept.rules import QUIET_TO, Letter, is_quiet

log = logging.getLogger(__name__)
BREAK_SECONDS = 30.0


class Breaker:
    """After a failed call, nobody tries again for a while; then one caller tries for all."""

    def __init__(self, pause: float) -> None:
        self.pause = pause
        self._lock = threading.Lock()
        self._shut_until = 0.0
        self._failing = False

    def may_try(self) -> bool:
        with self._lock:
            now = time.monotonic()
            if now < self._shut_until:
                return False
            if self._failing:
                self._shut_until = now + self.pause
            return True

    def note(self, *, ok: bool) -> None:
        with self._lock:
            self._failing = not ok
            self._shut_until = 0.0 if ok else time.monotonic() + self.pause


breaker = Breaker(BREAK_SECONDS)


def nudge(task: str) -> None:
    """After commit, wake the worker for `task`. A broker that is gone costs one tick, never a request."""
    transaction.on_commit(partial(publish, task), robust=True)


def publish(task: str) -> bool:
    """Send one message without arguments; whether it went. Failures are dropped, since rows are the truth.

    Waits no longer than the socket timeouts of the broker settings, and not at all while the breaker is open.
    """
    from salesdept.celery import app

    if not breaker.may_try():
        return False
    try:
        # Without max_retries=0 kombu tries to connect for six seconds, whatever `retry` says.
        with app.connection_for_write(transport_options={"max_retries": 0}) as connection:
            app.send_task(task, connection=connection, expires=55, retry=False, ignore_result=True)
    except Exception as error:  # whatever the transport raises, the web goes on
        breaker.note(ok=False)
        log.warning("broker not reached: %s", type(error).__name__)
        return False
    breaker.note(ok=True)
    return True


def waking_time(moment: datetime) -> datetime:
    """The moment itself, or 08:00 (Shanghai) when it falls into the quiet hours."""
    local = moment.astimezone(clock.SHANGHAI)
    if not is_quiet(local.time()):
        return moment
    morning = clock.at(local.date(), QUIET_TO.hour, QUIET_TO.minute)
    return morning if local <= morning else morning + timedelta(days=1)


def queue_deliveries(keys: Iterable[tuple[int, str]], now: datetime) -> int:
    """Make delivery rows for notices, (user id, key), in the caller's transaction; returns how many.

    E-mail goes to whoever has an address, in waking hours unless urgent. The group's robots get urgent
    notices only, one message per key however many people were told.
    """
    wanted = set(keys)
    robots = channels.robots()
    told = Notice.objects.filter(key__in={key for _, key in wanted}).order_by("pk").select_related("user")
    told = told.filter(user__is_active=True)
    if not robots:
        told = told.exclude(user__email="")
    notices = [n for n in told.filter(~Q(user__email="") | Q(urgent=True)) if (n.user_id, n.key) in wanted]
    rows = [
        _delivery(n, Delivery.Channel.EMAIL, f"{n.user_id}:{n.key}", now) for n in notices if n.user.email
    ]
    alarms = {n.key: n for n in reversed(notices) if n.urgent}
    rows += [_delivery(n, name, n.key, now) for name in robots for n in alarms.values()]
    sent = set(
        Delivery.objects.filter(dedupe_key__in=[row.dedupe_key for row in rows]).values_list(
            "dedupe_key", flat=True
        )
    )
    fresh = [row for row in rows if row.dedupe_key not in sent]
    Delivery.objects.bulk_create(fresh, ignore_conflicts=True)
    return len(fresh)


def _delivery(notice: Notice, channel: str, about: str, now: datetime) -> Delivery:
    return Delivery(
        notice=notice,
        channel=channel,
        dedupe_key=_dedupe(channel, about),
        due_at=now if notice.urgent else waking_time(now),
    )


def _dedupe(channel: str, about: str) -> str:
    return hashlib.sha256(f"{channel}:{about}".encode()).hexdigest()


def letter_key(to: str, key: str) -> str:
    """The dedupe key of a letter to an address about something."""
    return _dedupe(Delivery.Channel.EMAIL, f"letter:{to}:{key}")


def queue_letters(letters: Iterable[Letter], now: datetime) -> int:
    """Make delivery rows for e-mails to addresses outside, in the caller's transaction; returns how many.

    Each key goes once to an address, in waking hours unless urgent.
    """
    rows = [
        Delivery(
            channel=Delivery.Channel.EMAIL,
            mail_to=letter.to,
            subject=letter.subject[:120],
            body=letter.body[:2000],
            dedupe_key=letter_key(letter.to, letter.key),
            due_at=now if letter.urgent else waking_time(now),
        )
        for letter in letters
        if letter.to
    ]
    keys = [row.dedupe_key for row in rows]
    sent = set(Delivery.objects.filter(dedupe_key__in=keys).values_list("dedupe_key", flat=True))
    fresh = [row for row in rows if row.dedupe_key not in sent]
    Delivery.objects.bulk_create(fresh, ignore_conflicts=True)
    return len(fresh)
