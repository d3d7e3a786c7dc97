"""停计: declaring and withdrawing days that do not count, and counting live leases anew in batches."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db.models import F, Q

from customers import access
from customers.models import ClockStop, OwnershipLease
from customers.rules import LIVE
from customers.rules.clocks import (
    WHOLE_PROJECT,
    ClockTerms,
    StopKind,
    check_stop,
    last_day,
    running_days,
    stop_days,
    union,
)
from regulations.queries import terms_for
from salesdept import clock, journal
from salesdept.errors import RuleError
from salesdept.models import Project, User
from salesdept.verbs import locked, service

RECOUNT_BATCH = 1000
REACH = timedelta(days=400)  # no lease runs longer than a year and its stops


def _stops(project: Project | int, first: date, last: date) -> list[ClockStop]:
    rows = ClockStop.objects.filter(project=project, first__lte=last, last__gte=first)
    return list(rows.filter(Q(withdrawn_on__isnull=True) | Q(withdrawn_on__gt=F("first"))))


def _days(stops: Sequence[ClockStop], rep_id: int) -> frozenset[date]:
    mine = [stop for stop in stops if stop.rep_id in (None, rep_id)]
    return union(stop_days(stop.first, stop.last, stop.withdrawn_on) for stop in mine)


def stopped_days(*, rep_id: int, project: Project | int, first: date, last: date) -> frozenset[date]:
    """The days from `first` to `last` on which this rep's leases in the project do not run."""
    days = _days(_stops(project, first, last), rep_id)
    return frozenset(day for day in days if first <= day <= last)


def last_day_for(*, rep_id: int, project: Project | int, event_day: date, days: int) -> date:
    """The last day of a lease of this rep, counted from an event: only days that run count."""
    stopped = stopped_days(rep_id=rep_id, project=project, first=event_day, last=event_day + REACH)
    return last_day(event_day, days, stopped)


def note_count(lease: OwnershipLease, event_day: date) -> None:
    """Write down what a lease's last day follows from (caller saves `counted_from`, `counted_days`)."""
    stopped = stopped_days(
        rep_id=lease.rep_id, project=lease.project_id, first=event_day, last=lease.expires_on
    )
    lease.counted_from = event_day
    lease.counted_days = max(0, running_days(event_day, lease.expires_on, stopped))


def recount(lease: OwnershipLease, stopped: frozenset[date]) -> bool:
    """Count a lease's last day anew under these stops (caller saves); whether anything changed.

    Leases from before counts were kept run from their last effective contact to their last day.
    """
    if lease.counted_from is None or lease.counted_days is None:
        lease.counted_from = min(clock.business_date(lease.last_effective_at), lease.expires_on)
        lease.counted_days = (lease.expires_on - lease.counted_from).days
    old, lease.expires_on = lease.expires_on, last_day(lease.counted_from, lease.counted_days, stopped)
    return lease.expires_on != old


@service
def declare_stop(
    *,
    actor: User,
    project: Project,
    kind: str,
    first: date,
    last: date,
    reason: str,
    now: datetime,
    rep_id: int | None = None,
    idempotency_key: str | None = None,
) -> ClockStop:
    """停计: these days do not count. The first batch of leases is counted anew here, the rest by the tick.

    Raises RuleError `stop_turned`, `stop_too_long`, `stop_too_late`, `stop_reason`, `stop_rep`.
    """
    access.may_stop_clocks(actor, kind).or_raise()
    today = clock.business_date(now)
    check_stop(first, last, today, terms_for(ClockTerms, on=today, project=project))
    if not reason.strip():
        raise RuleError("stop_reason", "停计须写原因", "拟:own.clock_stops", "写明放假通知或批准的假条")
    stop = ClockStop.objects.create(
        project=project,
        rep=_rep_of(project, kind, rep_id),
        kind=kind,
        first=first,
        last=last,
        reason=reason.strip()[:200],
        declared_by=actor,
        declared_at=now,
    )
    journal.record(
        actor,
        "customers.clock.stopped",
        stop,
        happened_at=now,
        reason=reason,
        kind=kind,
        first=first,
        last=last,
        rep=stop.rep_id,
    )
    apply_stop(actor=None, stop_id=stop.pk, now=now)
    return stop


def bar(
    *, actor: User, project: Project, rep: User, first: date, last: date, reason: str, now: datetime
) -> ClockStop:
    """停接 stops the clocks of its days; whoever may impose it was asked there. Call inside a service.

    A stop that was entered by hand for some of these days is left: days are counted once. The nightly job
    counts the leases anew before any lapses: the queue's day is locked here, and a reception locks it last.
    """
    stop = ClockStop.objects.create(
        project=project,
        rep=rep,
        kind=StopKind.BARRED,
        first=first,
        last=last,
        reason=reason[:200],
        by_queue=True,
        declared_by=actor,
        declared_at=now,
    )
    journal.record(
        actor,
        "customers.clock.stopped",
        stop,
        happened_at=now,
        reason=reason,
        kind=StopKind.BARRED.value,
        first=first,
        last=last,
        rep=rep.pk,
    )
    return stop


def unbar(*, actor: User, project: Project, rep: User, reason: str, now: datetime) -> None:
    """Lifted, 停接 stops nothing from today on; days already gone stay stopped. Call inside a service.

    What was entered by hand on 停计日历 stays.
    """
    today = clock.business_date(now)
    rows = ClockStop.objects.filter(project=project, rep=rep, by_queue=True, last__gte=today)
    for stop in rows.filter(withdrawn_on__isnull=True).order_by("pk"):
        _withdraw(locked(ClockStop.objects.all(), stop.pk), actor, today, reason, now)


def _withdraw(stop: ClockStop, actor: User, today: date, reason: str, now: datetime) -> None:
    stop.withdrawn_on, stop.withdrawn_by = max(today, stop.first), actor
    stop.applied_through, stop.applied_at = 0, None
    stop.save(update_fields=["withdrawn_on", "withdrawn_by", "applied_through", "applied_at"])
    journal.record(
        actor, "customers.clock.resumed", stop, happened_at=now, reason=reason, on=stop.withdrawn_on
    )


def _rep_of(project: Project, kind: str, rep_id: int | None) -> User | None:
    """Whose days they are; None for the whole project."""
    if kind in WHOLE_PROJECT:
        return None
    rows = User.objects.filter(pk=rep_id, projects=project, is_active=True)
    person: User | None = rows.first() if rep_id else None
    if person is None or not access.may_receive(person):
        raise RuleError("stop_rep", "休假与停接须选一位代表", "拟:own.clock_stops", "选本项目的代表")
    return person


@service
def withdraw_stop(
    *, actor: User, stop_id: int, now: datetime, reason: str, idempotency_key: str | None = None
) -> ClockStop:
    """撤回: from today on the days count again; those already gone stay stopped, so nobody lapses back."""
    stop = locked(ClockStop.objects.all(), stop_id)
    access.may_stop_clocks(actor, stop.kind).or_raise()
    today = clock.business_date(now)
    if stop.withdrawn_on is not None or today > stop.last:
        raise RuleError("stop_over", "这段停计已结束或已撤回", "拟:own.clock_stops", "不用再撤回")
    _withdraw(stop, actor, today, reason, now)
    apply_stop(actor=None, stop_id=stop.pk, now=now)
    stop.refresh_from_db()
    return stop


@service
def apply_stop(*, actor: User | None, stop_id: int, now: datetime) -> int:
    """Count the next batch of live leases a stop touches anew; how many were looked at, 0 when all are done.

    Counting anew gives the same day however often and in whatever order it is done, so a job that died
    goes on where it stopped.
    """
    stop = locked(ClockStop.objects.all(), stop_id)
    if stop.applied_at is not None:
        return 0
    rows = OwnershipLease.objects.filter(
        project=stop.project_id, state__in=LIVE, expires_on__gte=stop.first, pk__gt=stop.applied_through
    )
    if stop.rep_id:
        rows = rows.filter(rep=stop.rep_id)
    batch = rows.select_for_update(of=("self",), no_key=True).order_by("pk")[:RECOUNT_BATCH]
    leases = list(batch)
    _recount_all(actor, leases, stop, now)
    stop.applied_through = leases[-1].pk if leases else stop.applied_through
    stop.applied_at = now if len(leases) < RECOUNT_BATCH else None
    stop.save(update_fields=["applied_through", "applied_at"])
    return len(leases)


def _recount_all(
    actor: User | None, leases: Sequence[OwnershipLease], stop: ClockStop, now: datetime
) -> None:
    """Count the leases anew under every stop there is; a journal row for each that moved."""
    if not leases:
        return
    started = min(lease.counted_from or clock.business_date(lease.last_effective_at) for lease in leases)
    stops = _stops(stop.project_id, started, max(lease.expires_on for lease in leases) + REACH)
    moved = []
    for lease in leases:
        old = lease.expires_on
        if recount(lease, _days(stops, lease.rep_id)):
            moved.append((lease, old))
    OwnershipLease.objects.bulk_update(
        [lease for lease, _ in moved], ["expires_on", "counted_from", "counted_days"], batch_size=500
    )
    journal.append(
        journal.event(
            actor,
            "customers.lease.recounted",
            lease,
            happened_at=now,
            reason=f"{StopKind(stop.kind).label}：{stop.reason}",
            old=old,
            new=lease.expires_on,
        )
        for lease, old in moved
    )


def apply_pending(day: date, now: datetime) -> None:
    """Finish what a declared or withdrawn stop still has to count. Safe to repeat."""
    for pk in ClockStop.objects.filter(applied_at__isnull=True).order_by("pk").values_list("pk", flat=True):
        while apply_stop(actor=None, stop_id=pk, now=now):
            continue
