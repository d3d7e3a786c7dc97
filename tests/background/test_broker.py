"""The broker only wakes: with it gone, silent or wiped the web goes on and nothing is forgotten."""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from django.db import connection, transaction
from django.test import Client

from regulations.models import Request
from regulations.services import ask
from salesdept import clock, notices
from salesdept.models import Delivery, Notice, Reminder, Tick
from salesdept.notices import Breaker, nudge, publish
from salesdept.rules import Message
from salesdept.services.reminders import notify, remind
from salesdept.services.tick import tick
from tests.background.brokers import (
    REDIS,
    TIMEOUTS,
    app_on,
    closed_port,
    file_queue,
    in_place,
    real_redis,
    silent_port,
)

PATIENCE = 4.0
ROOT = Path(__file__).resolve().parents[2]


def timed(do):
    began = time.monotonic()
    return do(), time.monotonic() - began


def file_a_request(rep, manager, now, title="请批准"):
    """A business verb that tells somebody with an e-mail address, so that the sender is nudged."""
    manager.email = "manager@example.com"
    manager.save(update_fields=["email"])
    return ask(actor=rep, kind="regulations.terms", subject=rep, title=title, reason="有理由", now=now)


def tell_by_mail(person):
    """An urgent notice, which goes out at any hour."""
    person.email = "manager@example.com"
    person.save(update_fields=["email"])
    notify([Message(person.pk, "请处理", "test:1", urgent=True)], clock.now())


@pytest.fixture
def counted(monkeypatch):
    """How often a message was really sent."""
    sent = []
    real = notices.publish
    monkeypatch.setattr(notices, "publish", lambda task: sent.append((task, real(task))))
    return sent


# --- gone and silent


@pytest.mark.django_db(transaction=True)
def test_with_the_broker_gone_the_verb_commits_at_once(rep, manager, now, monkeypatch, counted, caplog):
    with in_place(app_on(f"redis://127.0.0.1:{closed_port()}/0", **TIMEOUTS), monkeypatch):
        request, seconds = timed(lambda: file_a_request(rep, manager, now))
    assert seconds < PATIENCE
    assert counted == [("salesdept.tick", False)]
    assert Request.objects.get() == request
    assert Notice.objects.filter(user=manager).count() == Delivery.objects.count() == 1
    assert "broker not reached: OperationalError" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_with_the_broker_silent_one_request_waits_and_the_next_does_not(
    rep, manager, now, monkeypatch, counted
):
    with silent_port() as port, in_place(app_on(f"redis://127.0.0.1:{port}/0", **TIMEOUTS), monkeypatch):
        _, first = timed(lambda: file_a_request(rep, manager, now))
        _, second = timed(lambda: nudge("salesdept.tick"))
    assert 1.5 < first < PATIENCE
    assert second < 0.2
    assert counted == [("salesdept.tick", False)] * 2


def test_control_without_our_options_the_library_waits_three_times_as_long(monkeypatch):
    """`retry=False` alone does not stop kombu from trying to connect again."""
    app = app_on(f"redis://127.0.0.1:{closed_port()}/0", **TIMEOUTS)
    began = time.monotonic()
    with pytest.raises(Exception, match="refused"):
        app.send_task("salesdept.tick", retry=False, ignore_result=True)
    assert time.monotonic() - began > PATIENCE


@pytest.mark.django_db(transaction=True)
def test_a_page_answers_while_the_broker_is_silent(rep, now, monkeypatch):
    client = Client()
    client.force_login(rep)
    Notice.objects.create(user=rep, key="k", title="有新消息", at=now)
    with silent_port() as port, in_place(app_on(f"redis://127.0.0.1:{port}/0", **TIMEOUTS), monkeypatch):
        publish("salesdept.tick")
        response, seconds = timed(lambda: client.post("/notices/read/"))
    assert response.status_code == 302
    assert seconds < 1
    assert Notice.objects.get().read_at is not None


def test_the_breaker_lets_one_caller_try_for_all(monkeypatch):
    moment = [100.0]
    monkeypatch.setattr(notices.time, "monotonic", lambda: moment[0])
    breaker = Breaker(30)
    assert breaker.may_try()
    breaker.note(ok=False)
    assert not breaker.may_try()
    moment[0] += 31
    assert [breaker.may_try() for _ in range(3)] == [True, False, False]
    breaker.note(ok=True)
    assert [breaker.may_try() for _ in range(3)] == [True] * 3


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_verb_wakes_nobody(rep, manager, now, counted):
    def fails():
        with transaction.atomic():
            file_a_request(rep, manager, now)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert counted == []
    assert not Request.objects.exists()


@pytest.mark.django_db
def test_nobody_is_woken_when_nothing_goes_out(rep, manager, now, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        ask(actor=rep, kind="regulations.terms", subject=rep, title="请批准", reason="有理由", now=now)
    assert Notice.objects.filter(user=manager).exists()
    assert callbacks == []


# --- a real Redis


@pytest.mark.redis
@pytest.mark.django_db(transaction=True)
def test_a_wiped_broker_loses_no_reminder(rep, manager, now, monkeypatch):
    client = real_redis()
    try:
        client.flushdb()
        with in_place(app_on(REDIS, **TIMEOUTS), monkeypatch):
            file_a_request(rep, manager, now)
            remind("gone.kind", rep, now, user=rep)
            assert client.llen("celery") == 1
            client.flushdb()
            assert tick(now=now).sent == 1
            assert publish("salesdept.tick"), "and it is used again at once"
            assert client.llen("celery") == 1
    finally:
        client.flushdb()
        client.close()
    assert Delivery.objects.get().sent_at is not None
    assert Reminder.objects.get().attempts == 1


@pytest.mark.redis
@pytest.mark.django_db(transaction=True)
def test_what_was_filed_while_redis_was_gone_is_caught_up(rep, manager, now, monkeypatch):
    client = real_redis()
    with in_place(app_on(f"redis://127.0.0.1:{closed_port()}/0", **TIMEOUTS), monkeypatch):
        file_a_request(rep, manager, now)
    try:
        with in_place(app_on(REDIS, **TIMEOUTS), monkeypatch):
            report, seconds = timed(lambda: tick(now=now + timedelta(minutes=1)))
    finally:
        client.flushdb()
        client.close()
    assert report.sent == 1
    assert seconds < 10


@pytest.mark.redis
def test_a_message_dies_before_the_next_tick(monkeypatch):
    client = real_redis()
    try:
        client.flushdb()
        with in_place(app_on(REDIS, **TIMEOUTS), monkeypatch):
            assert publish("salesdept.tick")
        text = client.lindex("celery", 0).decode()
    finally:
        client.flushdb()
        client.close()
    assert '"task": "salesdept.tick"' in text
    assert '"expires": "' in text


# --- real processes


def worker(var: Path, broker: str = "") -> subprocess.Popen:
    """The worker as quickstart starts it, on the test's database and a queue of its own, or on a Redis."""
    name = connection.settings_dict["NAME"]
    url = f"sqlite:///{name}"
    if connection.vendor == "postgresql":
        url = os.environ["DATABASE_URL"].rsplit("/", 1)[0] + f"/{name}"
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "salesdept.settings.dev", "VAR_DIR": str(var)}
    env = {k: v for k, v in env.items() if k not in ("REDIS_URL", "PYTHONWARNINGS")} | {"DATABASE_URL": url}
    env |= {"REDIS_URL": broker} if broker else {}
    command = [sys.executable, "-m", "celery", "-A", "salesdept.celery", "worker", "--pool", "threads"]
    quiet = ["--concurrency", "2", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    with (var / "worker.log").open("wb") as log:
        return subprocess.Popen([*command, *quiet], cwd=ROOT, env=env, stdout=log, stderr=log)


def wait_for(what, seconds=40.0):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := what():
            return found
        time.sleep(0.2)
    return None


@pytest.mark.process
@pytest.mark.django_db(transaction=True)
def test_a_message_wakes_the_worker_which_delivers(manager, monkeypatch, tmp_path):
    process = worker(tmp_path)
    try:
        with in_place(file_queue(tmp_path), monkeypatch):
            tell_by_mail(manager)
            log = tmp_path / "worker.log"
            assert wait_for(lambda: Tick.objects.filter(name="tick").exists()), log.read_text()
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert Delivery.objects.get().sent_at is not None
    [mail] = (tmp_path / "mail").iterdir()
    assert "To: manager@example.com" in mail.read_text()


@pytest.mark.process
@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_with_its_queue_loses_nothing(manager, monkeypatch, tmp_path):
    """kill -9 before it did anything, and the queue's files are gone: the rows still know."""
    process = worker(tmp_path)
    with in_place(file_queue(tmp_path), monkeypatch):
        process.kill()
        process.wait(20)
        tell_by_mail(manager)
        for message in (tmp_path / "queue").glob("*.msg"):
            message.unlink()
    assert tick(now=clock.now()).sent == 1


@contextmanager
def own_redis(port: int, folder: Path):
    """A Redis of this test's own, which may be killed."""
    server = shutil.which("redis-server")
    if not server:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("no redis-server to start")
    command = [server, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        assert wait_for(lambda: answers(port), 10)
        yield process
    finally:
        process.kill()
        process.wait(10)


def answers(port: int) -> bool:
    client = redis.Redis(port=port, **TIMEOUTS)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


class Kept:
    """A worker that is started again when it ends, as systemd and quickstart do.

    kombu may fall over a lost connection while a message is not yet acknowledged.
    """

    def __init__(self, var: Path, broker: str) -> None:
        self.start = lambda: worker(var, broker)
        self.process = self.start()

    def look(self) -> None:
        if self.process.poll() is not None:
            self.process = self.start()


@pytest.mark.process
@pytest.mark.redis
@pytest.mark.django_db(transaction=True)
def test_when_redis_comes_back_the_worker_catches_up(manager, monkeypatch, tmp_path):
    """kill -9 of Redis, a verb meanwhile, a new empty Redis: told within two minutes."""
    port = closed_port()
    broker = app_on(f"redis://127.0.0.1:{port}/0", **TIMEOUTS)
    kept = Kept(tmp_path, f"redis://127.0.0.1:{port}/0")

    def is_told():
        kept.look()
        return Delivery.objects.get().sent_at

    try:
        with own_redis(port, tmp_path), in_place(broker, monkeypatch):
            assert publish("salesdept.tick")
            assert wait_for(lambda: Tick.objects.filter(name="tick").exists())
        with in_place(broker, monkeypatch):
            tell_by_mail(manager)
        assert not is_told()
        with own_redis(port, tmp_path), in_place(broker, monkeypatch):
            assert publish("salesdept.tick"), "the beat's next minute"
            assert wait_for(is_told, 120), (tmp_path / "worker.log").read_text()
    finally:
        kept.process.kill()
        kept.process.wait(10)
