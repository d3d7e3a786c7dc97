"""Is the house alive, is it ready, and a few numbers. Open to anyone: answers name checks, never details."""

import hmac
import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from salesdept import clock, triggers
from salesdept.models import Delivery, Event, Reminder, Seal, Tick
from salesdept.rules import QUIET_TO, is_quiet
from salesdept.slots import REMINDER_KINDS

LAG_ALLOWED = timedelta(minutes=5)
log = logging.getLogger(__name__)


def database_answers() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone())


def migrations_are_applied() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def triggers_are_installed() -> bool:
    return not triggers.missing()


def reminders_waiting(now: datetime) -> QuerySet[Reminder]:
    """Due, open, and in nobody's hands. In the quiet hours only the urgent kinds are due."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    waiting = Reminder.objects.filter(free, done_at__isnull=True, due_at__lte=now)
    if is_quiet(now.astimezone(clock.SHANGHAI).time()):
        waiting = waiting.filter(kind__in=[kind.name for kind in REMINDER_KINDS if kind.urgent])
    return waiting


def reminder_lag(now: datetime) -> timedelta:
    """Age of the oldest waiting reminder; what the night held back counts from the morning."""
    oldest = reminders_waiting(now).order_by("due_at").values_list("due_at", flat=True).first()
    if oldest is None:
        return timedelta()
    morning = datetime.combine(clock.business_date(now), QUIET_TO, clock.SHANGHAI)
    is_day = not is_quiet(now.astimezone(clock.SHANGHAI).time())
    return now - (max(oldest, morning) if is_day else oldest)


def tick_age(now: datetime) -> timedelta:
    """Time since the tick last ran; zero before its first run."""
    last = Tick.objects.filter(name="tick").values_list("at", flat=True).first()
    return now - last if last else timedelta()


def reminders_keep_up() -> bool:
    now = clock.now()
    return max(reminder_lag(now), tick_age(now)) <= LAG_ALLOWED


def redis_answers() -> bool:
    """True without Redis in the settings: then nothing waits for it."""
    if not settings.REDIS_URL:
        return True
    import redis  # a third of a second that an office without it need not wait

    try:
        with redis.Redis.from_url(settings.REDIS_URL, **settings.REDIS_TIMEOUTS) as server:
            return bool(server.ping())
    except (redis.RedisError, OSError):
        return False


MUST: tuple[tuple[str, Callable[[], bool]], ...] = (
    ("database", database_answers),
    ("migrations", migrations_are_applied),
    ("triggers", triggers_are_installed),
    ("reminders", reminders_keep_up),
)
SHOULD: tuple[tuple[str, Callable[[], bool]], ...] = (("redis", redis_answers),)


def passes(name: str, check: Callable[[], bool]) -> bool:
    """Whether a check passes; one that breaks has not, and the log says how."""
    try:
        return check()
    except (DatabaseError, ImproperlyConfigured) as error:
        log.warning("readiness check %s broke: %s", name, type(error).__name__)
        return False


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the process serves requests; asks nothing else."""
    response = HttpResponse("ok\n", content_type="text/plain")
    add_never_cache_headers(response)
    return response


@login_not_required
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 with `ok` or `degraded`, 503 with `unavailable`, and each check's name with `ok` or `fail`."""
    must = {name: passes(name, check) for name, check in MUST}
    should = {name: passes(name, check) for name, check in SHOULD}
    ready = all(must.values())
    status = ("ok" if all(should.values()) else "degraded") if ready else "unavailable"
    checks = {name: "ok" if passed else "fail" for name, passed in {**must, **should}.items()}
    response = JsonResponse({"status": status, "checks": checks}, status=200 if ready else 503)
    add_never_cache_headers(response)
    return response


class Numbers:
    """Read from the database at each scrape, so that every web process tells the same."""

    def collect(self) -> Iterator[Metric]:
        now = clock.now()
        upto = Seal.objects.order_by("-pk").values_list("upto", flat=True).first() or 0
        waiting = Delivery.objects.filter(sent_at__isnull=True, failed="")
        figures = (
            ("reminder_lag_seconds", "Age of the oldest due reminder", reminder_lag(now).total_seconds()),
            ("tick_age_seconds", "Time since the tick last ran", tick_age(now).total_seconds()),
            ("reminders_due", "Reminders that wait for the tick", reminders_waiting(now).count()),
            ("deliveries_waiting", "Messages to outside channels not sent yet", waiting.count()),
            ("journal_rows_unsealed", "Journal rows after the last seal", _newest_event() - upto),
            ("redis_up", "1 when Redis answers or is not used", redis_answers()),
        )
        for name, text, value in figures:
            yield GaugeMetricFamily(f"salesdept_{name}", text, value=float(value))


def _newest_event() -> int:
    return Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


@login_not_required
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text for `Authorization: Bearer METRICS_TOKEN`; a missing page for everybody else."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not settings.METRICS_TOKEN or not hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode()):
        raise Http404
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Numbers())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
