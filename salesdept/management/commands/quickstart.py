"""One office on one machine: database, demo data, web, worker and beat, all ending together."""

import fcntl
import http.client
import io
import os
import socket
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

from django.conf import settings
from django.core.management import BaseCommand, call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from salesdept import clock, snapshot, triggers
from salesdept.models import Project, User
from salesdept.seeds import PASSWORD, PEOPLE
from salesdept.supervisor import Child, Program, Stopped, Supervisor, VitalChildError, last_lines

HOST = "127.0.0.1"
WEB_STARTS_WITHIN_SECONDS = 60.0


class RefusedError(Exception):
    """The office cannot start; the text says why and what to do, in one line."""


def wanted_port(text: str) -> int:
    """The port from PORT. Raises RefusedError unless it is a whole number a user may open."""
    if text.isascii() and text.isdigit() and 1 <= int(text) <= 65535:
        return int(text)
    raise RefusedError(f"PORT={text} 不是端口号。 PORT must be a number from 1 to 65535")


def open_port(port: int) -> socket.socket:
    """The listening socket itself, handed to the web server later: nobody can take the port in between."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(256)
    except OSError as error:
        listener.close()
        other = free_port()
        raise RefusedError(
            f"端口 {port} 用不了（{error.strerror}）。换一个：PORT={other} ./run"
            f" Port {port} is not available: try PORT={other} ./run"
        ) from None
    return listener


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def claim_office(folder: Path, address: str) -> int:
    """Hold the office's lock file until this process ends. Raises RefusedError when another one serves it."""
    for inside in ("queue/control", "uploads", "log"):
        (folder / inside).mkdir(parents=True, exist_ok=True)
    fd = os.open(folder / "quickstart.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        running = os.read(fd, 200).decode(errors="replace")
        raise RefusedError(f"已经在运行：{running}。 Already running") from None
    os.ftruncate(fd, 0)
    os.write(fd, address.encode())
    return fd


def programs(listener: socket.socket) -> tuple[Program, Program, Program]:
    """Web, worker and beat. Never `-B`: a killed worker would leave its beat behind."""
    fd = listener.fileno()
    web = ["gunicorn", "--bind", f"fd://{fd}", "--worker-class", "gthread", "--threads", "8"]
    web += ["--workers", os.environ.get("WEB_CONCURRENCY", "2"), "--graceful-timeout", "5"]
    # The program is loaded once, before the workers part; no connection is open by then.
    web += ["--preload", "--worker-tmp-dir", str(settings.VAR_DIR), "--no-control-socket", "salesdept.wsgi"]
    celery = ["celery", "-A", "salesdept.celery"]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "WARNING"]
    worker = [*celery, "worker", "--pool", "threads", "--concurrency", "2", *quiet]
    beat = [*celery, "beat", "--pidfile", "", "--loglevel", "WARNING"]
    return Program("web", web, vital=True, keep_fds=(fd,)), Program("worker", worker), Program("beat", beat)


def answer(port: int) -> int | None:
    """The web's status for /healthz/, or None while nobody answers."""
    talk = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        talk.request("GET", "/healthz/")
        return talk.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        talk.close()


class Command(BaseCommand):
    help = "Serve the office on this machine: web and background work in one go (what ./run does)."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        os.umask(0o077)
        try:
            self.serve()
        except RefusedError as refused:
            self.give_up(str(refused))
        except DatabaseError as error:
            self.give_up(f"数据库用不了：{str(error).strip().splitlines()[0]}。 The database does not work")
        except (KeyboardInterrupt, Stopped):
            self.say("已停止，数据都在。 Stopped.")

    def serve(self) -> None:
        port = wanted_port(os.environ.get("PORT") or "8000")
        address = f"http://{HOST}:{port}/"
        lock = claim_office(settings.VAR_DIR, address)
        listener = open_port(port)
        try:
            self.prepare()
            self.run_children(listener, port, address)
        finally:
            listener.close()
            os.close(lock)

    def prepare(self) -> None:
        """Bring the database up to date; load the demo office into an empty one."""
        executor = MigrationExecutor(connection)
        if plan := executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self.say("→ 准备数据库。 Preparing the database")
            if kept := snapshot.before_migrating(settings.VAR_DIR, clock.now()):
                self.say(f"  升级前的副本：{kept}")
        if plan or triggers.missing():
            call_command("migrate", verbosity=0, interactive=False)
        if settings.DEMO and not User.objects.exists() and not Project.objects.exists():
            # One transaction: a start broken off here leaves nothing behind and is made up for by the next.
            self.say("→ 载入演示案场，只在第一次。 Loading the demo office, only this once")
            call_command("seed_demo", verbosity=0, stdout=io.StringIO())
        connection.close()

    def run_children(self, listener: socket.socket, port: int, address: str) -> None:
        web, worker, beat = programs(listener)
        with Supervisor(settings.VAR_DIR / "log", dict(os.environ), self.say) as supervisor:
            try:
                self.wait_for(supervisor, supervisor.start(web), port)
                self.greet(address)
                supervisor.start(worker)
                supervisor.start(beat)
                supervisor.watch()
            except VitalChildError as ended:
                self.explain(ended.child)

    def wait_for(self, supervisor: Supervisor, web: Child, port: int) -> None:
        self.say("→ 启动网页服务。 Starting the web server")
        until = time.monotonic() + WEB_STARTS_WITHIN_SECONDS
        while (status := answer(port)) is None and time.monotonic() < until:
            supervisor.look()
            time.sleep(0.1)
        if status != http.client.OK:
            raise VitalChildError(web)

    def greet(self, address: str) -> None:
        self.say(f"\n案场 CRM 已就绪  {address}\n")
        if settings.DEMO:
            self.say(f"演示账号，密码都是 {PASSWORD}   Demo accounts, password {PASSWORD}")
            by_role: dict[str, list[str]] = {}
            for username, name, role, _team in PEOPLE:
                by_role.setdefault(role.label, []).append(f"{username} {name}")
            for label, people in by_role.items():
                self.say(f"  {label:　<4}  {' · '.join(people)}")
        self.say("\nCtrl-C 结束；数据在 var/，日志在 var/log/。 Ctrl-C stops; data in var/, logs in var/log/")

    def explain(self, child: Child) -> NoReturn:
        for line in last_lines(child.log):
            self.say(f"  {line}")
        self.give_up(
            f"{child.program.name} 没能运行，详情见 {child.log}。 {child.program.name} ended: see its log"
        )

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def give_up(self, text: str) -> NoReturn:
        self.stderr.write(f"✗ {text}")
        sys.exit(1)
