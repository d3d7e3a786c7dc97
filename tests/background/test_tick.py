"""A reminder is handled once, at its time, by whoever wins the claim; what fails stays due."""

import threading
from contextlib import suppress
from datetime import date, timedelta
from itertools import count

import pytest
from django.db import connection
from django.db.transaction import TransactionManagementError

from salesdept import clock
from salesdept.models import Notice, Reminder, Tick
from salesdept.rules import Message
from salesdept.services import tick as ticking
from salesdept.services.reminders import digest, forget, notify, remind, remind_in_morning
from salesdept.services.tick import pause_after, tick
from salesdept.slots import DAILY, REMINDER_KINDS, DailyJob, ReminderKind
from tests.nth import StatementFailedError, Wire, rolled_back
from tests.races import at_once

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 11, 23)


def tells(reminder, now):
    return [Message(reminder.user_id, "该跟进了", f"{reminder.kind}:{reminder.pk}")]


@pytest.fixture
def kind(monkeypatch):
    """Registers reminder kinds for one test only."""
    monkeypatch.setattr(REMINDER_KINDS, "_fillers", list(REMINDER_KINDS))

    def add(name="test.followup", handle=tells, *, urgent=False):
        REMINDER_KINDS.fill(ReminderKind(name, "测试提醒", handle, urgent=urgent))
        return name

    return add


def test_a_due_reminder_becomes_one_notice(kind, rep, now):
    remind(kind(), rep, now, user=rep)
    assert tick(now=now).handled == 1
    assert tick(now=now + timedelta(hours=1)).handled == 0
    assert Notice.objects.get().title == "该跟进了"
    assert Reminder.objects.get().done_at is not None


def test_nothing_happens_before_its_time(kind, rep, now):
    remind(kind(), rep, now + timedelta(seconds=90), user=rep)
    assert tick(now=now).handled == 0
    assert not Notice.objects.exists()


def test_a_forgotten_reminder_is_not_told(kind, rep, now):
    remind(kind(), rep, now, user=rep)
    assert forget(rep, now=now) == 1
    assert tick(now=now).handled == 0
    assert not Notice.objects.exists()


def test_filing_the_same_reminder_twice_is_one_row(kind, rep, now):
    for _ in range(2):
        remind(kind(), rep, now, user=rep)
    assert Reminder.objects.count() == 1


@pytest.mark.parametrize(
    ("hour", "minute", "urgent", "told"),
    [
        (20, 59, False, True),
        (21, 0, False, False),
        (21, 0, True, True),
        (7, 59, False, False),
        (7, 59, True, True),
        (8, 0, False, True),
    ],
)
def test_quiet_hours_hold_for_all_but_alarms(kind, rep, hour, minute, urgent, told):
    moment = clock.at(MONDAY, hour, minute)
    remind(kind(urgent=urgent), rep, moment, user=rep)
    assert tick(now=moment).handled == told
    assert Reminder.objects.filter(done_at__isnull=True).exists() is not told


def test_what_waited_for_the_night_comes_at_eight(kind, rep):
    remind(kind(), rep, clock.at(MONDAY, 22), user=rep)
    assert tick(now=clock.at(MONDAY, 23)).handled == 0
    assert tick(now=clock.at(MONDAY + timedelta(days=1), 8)).handled == 1


def test_a_failing_handler_backs_off_and_leaves_nothing(kind, rep, now):
    def breaks(reminder, now):
        notify([Message(rep.pk, "写到一半", "half")], now)
        raise RuntimeError("handler broke")

    remind(kind("test.broken", breaks), rep, now, user=rep)
    remind(kind(), rep, now, user=rep)
    report = tick(now=now)
    assert (report.handled, report.failed) == (1, 1)
    assert [n.title for n in Notice.objects.all()] == ["该跟进了"]
    broken = Reminder.objects.get(kind="test.broken")
    assert (broken.done_at, broken.attempts) == (None, 1)
    assert tick(now=now + timedelta(seconds=50)).failed == 0, "it rests a minute"
    assert tick(now=now + timedelta(seconds=70)).failed == 1


def test_the_pause_grows_and_ends(kind):
    assert [pause_after(n).total_seconds() // 60 for n in (1, 2, 3, 6, 50)] == [1, 2, 4, 30, 30]


def test_a_kind_nobody_knows_stays_due(rep, now):
    remind("gone.kind", rep, now, user=rep)
    assert tick(now=now).failed == 1
    assert Reminder.objects.get().done_at is None


def test_a_handler_may_close_its_own_reminder(kind, rep, now):
    def expires(reminder, now):
        forget(rep, now=now)
        return tells(reminder, now)

    remind(kind("test.expiry", expires), rep, now, user=rep)
    assert tick(now=now).handled == 1
    assert Notice.objects.count() == 1
    assert Reminder.objects.get().done_at == now


def test_a_worker_that_died_gives_its_row_back(kind, rep, now):
    remind(kind(), rep, now, user=rep)
    Reminder.objects.update(lease_until=now + ticking.LEASE, attempts=1)
    assert tick(now=now + timedelta(seconds=60)).handled == 0
    assert tick(now=now + ticking.LEASE + timedelta(seconds=1)).handled == 1


def test_a_worker_that_lost_its_lease_undoes_its_work(kind, rep, now):
    """The other worker's claim is played by the handler itself."""

    def is_slow(reminder, now):
        Reminder.objects.filter(pk=reminder.pk).update(lease_until=now + timedelta(hours=1))
        return tells(reminder, now)

    remind(kind("test.slow", is_slow), rep, now, user=rep)
    report = tick(now=now)
    assert (report.handled, report.failed) == (0, 0)
    assert not Notice.objects.exists()


def test_a_round_is_bounded(kind, rep, now, monkeypatch):
    monkeypatch.setattr(ticking, "REMINDERS_PER_TICK", 3)
    for minute in range(5):
        remind(kind(), rep, now - timedelta(minutes=minute), user=rep)
    assert [tick(now=now).handled for _ in range(3)] == [3, 2, 0]


def test_the_heart_beats_once_per_job(now):
    tick(now=now)
    tick(now=now + timedelta(minutes=1))
    assert Tick.objects.get(name="tick").at == now + timedelta(minutes=1)


def test_a_day_has_one_digest(kind, rep, now):
    def lists(reminder, now):
        lines = [f"第 {n} 位客户" for n in range(1, 8)]
        return digest(
            reminder.user_id,
            key=f"digest:{reminder.due_at:%Y%m%d}",
            title="今天 {n} 位待跟进",
            lines=lines,
            url="/",
        )

    name = kind("test.digest", lists)
    for _ in range(3):
        remind_in_morning(name, rep, MONDAY)
    tick(now=now)
    notice = Notice.objects.get()
    assert notice.title == "今天 7 位待跟进"
    assert notice.body.splitlines()[-1] == "另有 2 项"
    assert Reminder.objects.get().due_at == clock.at(MONDAY, 8)


def test_an_empty_digest_is_no_notice(rep):
    assert digest(rep.pk, key="k", title="{n}", lines=[], url="/") == []


def test_whatever_statement_of_a_tick_fails_notice_and_mark_go_together(kind, rep, now):
    remind(kind(), rep, now, user=rep)
    outcomes = []
    for n in count(1):
        wire = Wire(cut=n)
        with rolled_back():
            # After a failed job the next meets the transaction of this test, which production has not.
            broken = (StatementFailedError, TransactionManagementError)
            with suppress(*broken), connection.execute_wrapper(wire):
                tick(now=now)
            connection.needs_rollback = False
            told, done = Notice.objects.count(), Reminder.objects.filter(done_at__isnull=False).count()
            assert told == done, f"statement {n}"
            outcomes.append(done)
        if wire.seen < n:
            break
    assert set(outcomes) == {0, 1}
    assert len(outcomes) > 10


@pytest.mark.django_db(transaction=True)
def test_many_workers_tell_each_thing_once(kind, rep, now):
    for minute in range(30):
        remind(kind(), rep, now - timedelta(minutes=minute), user=rep)
    handled = at_once(6, lambda: tick(now=now).handled)
    assert sum(handled) == 30
    assert Notice.objects.count() == 30
    assert not Reminder.objects.filter(done_at__isnull=True).exists()


@pytest.mark.django_db(transaction=True)
def test_control_without_the_claim_things_are_told_twice(rep, now, kind):
    """The same rig, each worker reading what is due and telling it without a claim."""
    meeting = threading.Barrier(4)
    told = []
    for minute in range(5):
        remind(kind(), rep, now - timedelta(minutes=minute), user=rep)

    def naive():
        due = list(Reminder.objects.filter(done_at__isnull=True))
        meeting.wait(60)
        told.extend(row.pk for row in due)
        return len(due)

    assert sum(at_once(4, naive)) == 20 > len(set(told))


# --- the work of the night


@pytest.fixture
def job(monkeypatch):
    """A daily job at six that notes the days it ran for, and breaks while `broken` is set."""
    monkeypatch.setattr(DAILY, "_fillers", [])
    ran = []

    def run(day, now):
        if ran and ran[-1] == "break":
            ran.pop()
            raise RuntimeError("job broke")
        ran.append(day)

    DAILY.fill(DailyJob("test.night", 6, run))
    return ran


def test_a_daily_job_runs_once_on_the_first_tick_after_its_hour(job):
    tuesday = MONDAY + timedelta(days=1)
    moments = [(MONDAY, 5), (MONDAY, 6), (MONDAY, 7), (MONDAY, 23), (tuesday, 5), (tuesday, 9), (tuesday, 10)]
    runs = [tick(now=clock.at(day, hour)).jobs for day, hour in moments]
    assert [bool(jobs) for jobs in runs] == [False, True, False, False, False, True, False]
    assert job == [MONDAY, tuesday]


def test_a_broken_job_is_tried_again_the_same_day(job):
    job.append("break")
    assert tick(now=clock.at(MONDAY, 6)).jobs == []
    assert tick(now=clock.at(MONDAY, 6, 10)).jobs == [], "its lease still holds"
    assert tick(now=clock.at(MONDAY, 7)).jobs == ["test.night"]
    assert job == [MONDAY]
