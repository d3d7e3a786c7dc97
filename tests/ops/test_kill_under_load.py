"""The web is killed in the middle of a busy hour: what was answered is there once, nothing by half."""

import http.client
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections import deque
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from salesdept.management.commands import quickstart

pytestmark = pytest.mark.process
ROOT = Path(__file__).resolve().parents[2]
CLIENTS, KILL_AFTER, LONGEST = 8, 12, 60
TOKEN = "k" * 32  # one form token for all: cookie and field only have to agree


@dataclass(frozen=True)
class Job:
    """One form of one person. A repeated one is the same tap: it carries the same key."""

    key: str
    path: str
    session: str
    form: dict[str, Any]

    def send(self, port: int) -> tuple[int, str]:
        talk = http.client.HTTPConnection(quickstart.HOST, port, timeout=30)
        with closing(talk):
            body = urlencode({**self.form, "key": self.key, "csrfmiddlewaretoken": TOKEN})
            headers = {
                "Content-Type": "application/x-www-form-urlencoded",
                "Cookie": f"sessionid={self.session}; csrftoken={TOKEN}",
            }
            talk.request("POST", self.path, body, headers)
            answer = talk.getresponse()
            page = answer.read().decode()
            return answer.status, answer.headers.get("Location") or page[-500:]


def jobs_of(doors: list[dict[str, Any]]) -> list[Job]:
    """Each rep locks the own room and registers a new visitor."""
    jobs = []
    for n, door in enumerate(doors):
        lock = {"customer": door["customer"], "evidence": "deposit"}
        guest = {
            "phone": f"1391234{n:04}",
            "name": "罗女士",
            "grade": "B",
            "method": "walk_in",
            "party_size": 1,
        }
        jobs += [
            Job(f"lock-{door['unit']}", f"/inventory/units/{door['unit']}/reserve/", door["session"], lock),
            Job(f"visit-{guest['phone']}", "/customers/visits/new/", door["session"], guest),
        ]
    return jobs


@dataclass
class Crowd:
    """Clients that send their forms until each is answered, however often the web goes away."""

    port: int
    jobs: list[Job]
    answered: dict[str, str] = field(default_factory=dict)
    refused: list[tuple[str, int, str]] = field(default_factory=list)
    broken: int = 0
    stop: bool = False

    def __enter__(self) -> "Crowd":
        self.left = deque(self.jobs)
        self.threads = [threading.Thread(target=self._work, daemon=True) for _ in range(CLIENTS)]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop = True
        for thread in self.threads:
            thread.join(LONGEST)

    @property
    def at_work(self) -> bool:
        return any(thread.is_alive() for thread in self.threads)

    def _work(self) -> None:
        while not self.stop:
            try:
                job = self.left.popleft()
            except IndexError:
                return
            self._until_answered(job)

    def _until_answered(self, job: Job) -> None:
        while not self.stop:
            try:
                status, told = job.send(self.port)
            except (OSError, http.client.HTTPException):
                self.broken += 1
                time.sleep(0.05)
                continue
            if status == 302:
                self.answered[job.key] = told
            else:
                self.refused.append((job.key, status, told))
            return


@dataclass
class Office:
    """A database of its own and the web child that serves it. The listening socket outlives the child."""

    folder: Path
    listener: socket.socket
    leash: int  # the web ends with this process, however this process ends
    web: subprocess.Popen[bytes] | None = None

    @property
    def env(self) -> dict[str, str]:
        gone = {"REDIS_URL", "TEST_DB_SUFFIX", "DEBUG", "ROBOT_URLS"}
        return {name: value for name, value in os.environ.items() if name not in gone} | {
            "DJANGO_SETTINGS_MODULE": "tests.ops.office_settings",
            "DATABASE_URL": f"sqlite:///{self.folder / 'office.sqlite3'}",
            "VAR_DIR": str(self.folder),
            "DEMO": "0",
        }

    def python(self, *argv: str) -> str:
        done = subprocess.run(
            [sys.executable, *argv], cwd=ROOT, env=self.env, capture_output=True, text=True, timeout=LONGEST
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self) -> None:
        argv = quickstart.programs(self.listener)[0].argv
        with (self.folder / "web.log").open("ab") as log:
            self.web = subprocess.Popen(
                [sys.executable, "-m", "salesdept.leash", str(self.leash), *argv],
                cwd=ROOT,
                env=self.env,
                stdout=log,
                stderr=log,
                pass_fds=[self.leash, self.listener.fileno()],
                start_new_session=True,
            )

    def kill(self) -> None:
        """kill -9 for the web and the workers it forked: its own process group and nothing else."""
        if self.web and self.web.poll() is None:
            os.killpg(self.web.pid, signal.SIGKILL)
            self.web.wait(10)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.folder / "office.sqlite3")) as database:
            return database.execute(sql).fetchall()


@pytest.fixture
def office(tmp_path):
    with socket.socket() as listener:
        listener.bind((quickstart.HOST, 0))
        listener.listen(64)
        leash, held = os.pipe()
        made = Office(tmp_path, listener, leash)
        yield made
        made.kill()
        os.close(held)
        os.close(leash)


def until(condition, office) -> None:
    end = time.monotonic() + LONGEST
    while not condition():
        assert office.web.poll() is None, (office.folder / "web.log").read_text()
        assert time.monotonic() < end, (office.folder / "web.log").read_text()
        time.sleep(0.01)


LOCKS = "SELECT id, 'lock-' || unit_id FROM inventory_reservation"
VISITS = """
SELECT visit.id, 'visit-' || phone.number FROM customers_visit visit
JOIN customers_phone phone ON phone.customer_id = visit.customer_id
"""
EVENTS = """
SELECT verb, target FROM salesdept_event
WHERE verb IN ('inventory.unit.locked', 'customers.visit.registered')
"""


def test_what_was_answered_before_a_kill_is_there_exactly_once_and_nothing_by_half(office):
    jobs = jobs_of(json.loads(office.python("-m", "tests.ops.office")))
    office.start()
    with Crowd(office.listener.getsockname()[1], jobs) as crowd:
        until(lambda: len(crowd.answered) >= KILL_AFTER, office)
        office.kill()
        before = dict(crowd.answered)
        assert len(before) < len(jobs), "killed too late to matter"
        office.start()
        until(lambda: not crowd.at_work, office)
    office.kill()
    assert crowd.broken > 0, "the kill hit nobody: nothing was under way"
    assert crowd.refused == []
    assert set(crowd.answered) == {job.key for job in jobs}
    there = _rows_by_answer(office)
    assert sorted(there.values()) == sorted(job.key for job in jobs), "each form has one row, no row is over"
    assert {key: there[address] for key, address in before.items()} == {key: key for key in before}
    assert there == {address: key for key, address in crowd.answered.items()}
    _nothing_by_half(office, jobs)


def _rows_by_answer(office: Office) -> dict[str, str]:
    """Where each row is shown, and which form it came from."""
    locks = {f"/inventory/reservations/{pk}/": key for pk, key in office.rows(LOCKS)}
    return locks | {f"/customers/visits/{pk}/": key for pk, key in office.rows(VISITS)}


def _nothing_by_half(office: Office, jobs: list[Job]) -> None:
    events = office.rows(EVENTS)
    assert len(set(events)) == len(events) == len(jobs), "one line in the journal for each"
    keys = office.rows("SELECT key, result FROM salesdept_idempotencykey")
    assert sorted(key for key, _ in keys) == sorted(job.key for job in jobs)
    assert all(result for _, result in keys)
    assert json.loads(office.python("manage.py", "check_invariants", "--json"))["ok"]
