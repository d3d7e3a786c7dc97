"""One office on one machine: its port, its lock, its first data, and its children's lives and deaths."""

import http.client
import io
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.management import call_command

from salesdept import slots, supervisor
from salesdept.management.commands import quickstart
from salesdept.models import Project, User

ROOT = Path(__file__).resolve().parents[2]


# --- port and lock


@pytest.mark.parametrize("text", ["0", "65536", "80 ", "-1", "8e3", "８０００", "web"])
def test_a_port_that_is_none_is_refused(text):
    with pytest.raises(quickstart.RefusedError, match="PORT"):
        quickstart.wanted_port(text)


def test_a_taken_port_is_named_with_another_to_use():
    with socket.socket() as other:
        other.bind((quickstart.HOST, 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(quickstart.RefusedError, match=rf"端口 {port} .*PORT=\d+ ./run"):
            quickstart.open_port(port)


def test_an_office_is_served_once(tmp_path):
    lock = quickstart.claim_office(tmp_path, "http://127.0.0.1:8123/")
    with pytest.raises(quickstart.RefusedError, match=r"http://127\.0\.0\.1:8123/"):
        quickstart.claim_office(tmp_path, "http://127.0.0.1:8124/")
    os.close(lock)
    os.close(quickstart.claim_office(tmp_path, "http://127.0.0.1:8124/"))


def test_no_program_runs_beat_inside_a_worker():
    with socket.socket() as listener:
        listener.bind((quickstart.HOST, 0))
        web, worker, beat = quickstart.programs(listener)
    assert (web.vital, worker.vital, beat.vital) == (True, False, False)
    assert not {"-B", "--beat"} & set(worker.argv)


# --- first data


def command() -> quickstart.Command:
    return quickstart.Command(stdout=io.StringIO(), stderr=io.StringIO())


@pytest.fixture
def seedings(monkeypatch, settings):
    """Commands that `prepare` runs, without their work."""
    settings.DEMO = True
    called: list[str] = []
    monkeypatch.setattr(quickstart, "call_command", lambda name, **_: called.append(name))
    return called


def test_an_empty_office_gets_the_demo_data(db, seedings):
    command().prepare()
    assert seedings == ["seed_demo"]


@pytest.mark.parametrize("there", ["project", "admin_user"])
def test_an_office_with_anything_in_it_is_left_alone(db, seedings, request, there):
    request.getfixturevalue(there)
    command().prepare()
    assert seedings == []


def test_without_demo_nothing_is_loaded(db, seedings, settings):
    settings.DEMO = False
    command().prepare()
    assert seedings == []


def test_a_seed_broken_off_leaves_nothing_and_is_made_up_for(db, monkeypatch):
    def broken(office: object) -> None:
        raise KeyboardInterrupt

    first = slots.Seeder("ops.broken", -1, broken)
    monkeypatch.setattr(slots.SEEDERS, "_fillers", [first])
    with pytest.raises(KeyboardInterrupt):
        call_command("seed_demo", stdout=io.StringIO())
    assert (Project.objects.count(), User.objects.count()) == (0, 0)
    monkeypatch.setattr(slots.SEEDERS, "_fillers", [])
    call_command("seed_demo", stdout=io.StringIO())
    assert (Project.objects.count(), User.objects.count()) == (1, 15)


def test_the_greeting_names_the_address_and_every_demo_account(settings):
    settings.DEMO = True
    told = command()
    told.greet("http://127.0.0.1:8123/")
    text = told.stdout.getvalue()
    for words in (
        "http://127.0.0.1:8123/",
        "rep1 林知远",
        "rep8",
        "assistant 吴静怡",
        "manager 郑怀信",
        "admin",
    ):
        assert words in text


# --- children


def test_restarts_wait_longer_each_time_and_never_more_than_half_a_minute():
    assert [supervisor.pause_before_restart(n) for n in range(1, 8)] == [1, 2, 4, 8, 16, 30, 30]


def test_a_log_past_its_limit_is_put_aside(tmp_path, monkeypatch):
    monkeypatch.setattr(supervisor, "LOG_LIMIT_BYTES", 10)
    path = tmp_path / "web.log"
    path.write_text("more than ten bytes\n")
    os.close(supervisor.open_log(path))
    assert path.read_text() == ""
    assert path.with_suffix(".old").read_text() == "more than ten bytes\n"


# A supervisor of two small programs. `steady` has a child of its own, as a web server has.
OFFICE = """
import os, sys, time
from pathlib import Path
from salesdept import supervisor
supervisor.pause_before_restart = lambda failures: 0.05
here = Path(sys.argv[1])
tell = lambda text: print(text, flush=True)
with supervisor.Supervisor(here / "log", dict(os.environ), tell) as office:
    try:
        office.start(supervisor.Program("steady", ["ops_steady", str(here)], vital=True))
        office.start(supervisor.Program("weak", ["ops_weak", str(here)]))
        print("ready", flush=True)
        office.watch(every=0.02)
    except supervisor.Stopped as stopped:
        print(stopped, flush=True)
    except supervisor.VitalChildError as ended:
        print("ended", ended, flush=True)
"""
STEADY = """
import os, sys, time
here = sys.argv[1]
child = os.fork()
open(f"{here}/{'child' if child == 0 else 'steady'}.pid", "w").write(str(os.getpid()))
time.sleep(60)
"""
WEAK = """
import os, sys, time
open(f"{sys.argv[1]}/weak.pid", "w").write(str(os.getpid()))
time.sleep(60)
"""


def alive(pid: int) -> bool:
    """Whether a process runs; one that ended and waits to be collected does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def until(condition, seconds: float = 8.0):
    """Wait for a true value, and return it."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)
    return value


def pid_in(path: Path) -> int:
    return until(lambda: path.exists() and path.read_text() and int(path.read_text()))


@pytest.fixture
def office(tmp_path):
    """A supervisor in a process of its own, and its children's process ids."""
    for name, text in {"ops_office": OFFICE, "ops_steady": STEADY, "ops_weak": WEAK}.items():
        (tmp_path / f"{name}.py").write_text(text)
    process = subprocess.Popen(
        [sys.executable, str(tmp_path / "ops_office.py"), str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{tmp_path}"},
        stdout=subprocess.PIPE,
        text=True,
    )
    pids = {name: pid_in(tmp_path / f"{name}.pid") for name in ("steady", "child", "weak")}
    yield process, pids, tmp_path
    process.kill()
    process.communicate(timeout=60)


@pytest.mark.process
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_all_children_end_with_the_supervisor_however_it_ends(office, number):
    process, pids, _ = office
    process.send_signal(number)
    process.wait(10)
    until(lambda: not any(map(alive, pids.values())))


@pytest.mark.process
def test_a_child_that_may_fail_is_started_again(office):
    process, pids, folder = office
    os.kill(pids["weak"], signal.SIGKILL)
    until(lambda: pid_in(folder / "weak.pid") != pids["weak"])
    assert process.poll() is None
    assert alive(pids["steady"])


@pytest.mark.process
def test_when_the_vital_child_ends_all_end_and_the_reason_is_told(office):
    process, pids, folder = office
    os.kill(pids["steady"], signal.SIGKILL)
    told = process.communicate(timeout=10)[0]
    assert "ended steady" in told
    until(lambda: not alive(pids["child"]) and not alive(pid_in(folder / "weak.pid")))


# --- the whole of it


def get(port: int, path: str) -> int | None:
    talk = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        talk.request("GET", path)
        return talk.getresponse().status
    except OSError:
        return None
    finally:
        talk.close()


@contextmanager
def serving(var: Path, port: int):
    """A real office without demo data, killed at the end if it still runs."""
    gone = {"DATABASE_URL", "REDIS_URL", "TEST_DB_SUFFIX", "DJANGO_SETTINGS_MODULE"}
    env = {name: value for name, value in os.environ.items() if name not in gone}
    given = {"VAR_DIR": str(var), "PORT": str(port), "DEMO": "0", "WEB_CONCURRENCY": "1"}
    with subprocess.Popen(
        [sys.executable, "manage.py", "quickstart"],
        cwd=ROOT,
        env={**env, **given},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def has_started(process: subprocess.Popen[str]) -> bool:
    """Web with its worker, the task worker and beat are there. Fails with what an ended office said."""
    assert process.poll() is None, process.stdout.read()
    return len(family(process.pid)) >= 4


def family(pid: int) -> set[int]:
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = {int(row.split()[0]): int(row.split()[1]) for row in listed.splitlines()}
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


@pytest.mark.process
def test_an_office_starts_serves_is_killed_and_starts_again_with_its_data(tmp_path):
    port = quickstart.free_port()
    with serving(tmp_path, port) as office:
        until(lambda: has_started(office), 120)
        assert get(port, "/login/") == 200
        with serving(tmp_path, port) as second:
            assert "已经在运行" in second.communicate(timeout=30)[0]
            assert second.returncode == 1
        children = family(office.pid)
        office.kill()
        until(lambda: not any(map(alive, children)), 12)
    key = (tmp_path / "field_key.key").read_text()
    with serving(tmp_path, port) as office:
        until(lambda: has_started(office), 60)
        assert get(port, "/readyz/") == 200
        assert (tmp_path / "field_key.key").read_text() == key
        office.send_signal(signal.SIGINT)
        assert "已停止" in office.communicate(timeout=20)[0]
        assert office.returncode == 0
