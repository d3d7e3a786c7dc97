"""Brokers in every state: there, gone, silent, wiped, and a queue of files."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
from celery import Celery

from salesdept import notices
from salesdept.celery import make_folders

TIMEOUTS = {"socket_timeout": 2, "socket_connect_timeout": 2}
REDIS = os.environ.get("TEST_REDIS_URL") or os.environ.get("REDIS_URL") or "redis://127.0.0.1:6379/15"


def app_on(url: str, **options: object) -> Celery:
    """A Celery app like ours on another broker."""
    app = Celery("salesdept-test", set_as_current=False)
    app.conf.broker_url = url
    app.conf.broker_transport_options = options
    make_folders(app)
    return app


def file_queue(var: Path) -> Celery:
    """The embedded broker, as settings.base lays it out under `var`."""
    queue = var / "queue"
    folders = {"data_folder_in": str(queue), "data_folder_out": str(queue)}
    return app_on("filesystem://", **folders, control_folder=str(queue / "control"))


@contextmanager
def in_place(app: Celery, monkeypatch: pytest.MonkeyPatch) -> Iterator[Celery]:
    """`publish` uses this app and a breaker that remembers nothing."""
    with monkeypatch.context() as patch:
        patch.setattr("salesdept.celery.app", app)
        patch.setattr(notices, "breaker", notices.Breaker(notices.BREAK_SECONDS))
        yield app


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def silent_port() -> Iterator[int]:
    """Takes connections and never says a word."""
    held: list[socket.socket] = []
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(50)
        listener.settimeout(0.1)
        stop = threading.Event()

        def accept() -> None:
            while not stop.is_set():
                try:
                    held.append(listener.accept()[0])
                except TimeoutError:
                    continue

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield int(listener.getsockname()[1])
        finally:
            stop.set()
            thread.join()
            for connection in held:
                connection.close()


def real_redis() -> redis.Redis:
    """A client of the test database of a real Redis; skips where there is none, fails under CI."""
    client = redis.Redis.from_url(REDIS, **TIMEOUTS)
    try:
        client.ping()
    except redis.RedisError as error:
        client.close()
        words = f"no Redis at {REDIS} ({type(error).__name__})"
        if os.environ.get("CI") == "true":
            pytest.fail(words)
        pytest.skip(words)
    return client
