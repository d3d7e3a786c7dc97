"""Starts the processes of one office, restarts what may be restarted, and ends all of them together."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

STEADY_SECONDS = 60.0
LONGEST_PAUSE_SECONDS = 30.0
LOG_LIMIT_BYTES = 5 * 1024 * 1024
STOP_SECONDS = 8.0
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class Program:
    """A Python module to run as a child. `vital`: when it ends, everything ends; else it is started again."""

    name: str
    argv: Sequence[str]
    vital: bool = False
    keep_fds: tuple[int, ...] = ()


def pause_before_restart(failures: int) -> float:
    """Seconds to wait before the next try: 1, 2, 4 … and never more than half a minute."""
    return min(2.0 ** max(failures - 1, 0), LONGEST_PAUSE_SECONDS)


def open_log(path: Path) -> int:
    """A log to append to; a log past its limit becomes `.old` first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LOG_LIMIT_BYTES:
        path.replace(path.with_suffix(".old"))
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def last_lines(path: Path, count: int = 5) -> list[str]:
    text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    return [line for line in text.splitlines() if line.strip()][-count:]


@dataclass
class Child:
    """One running program on its leash, in its own process group: Ctrl-C reaches the supervisor alone."""

    program: Program
    log: Path
    env: dict[str, str]
    process: subprocess.Popen[bytes] = field(init=False)
    started: float = field(init=False)
    failures: int = 0
    again_at: float | None = None

    def start(self, leash: int) -> None:
        out = open_log(self.log)
        fds = (leash, *self.program.keep_fds)
        command = [sys.executable, "-m", "salesdept.leash", str(leash), *self.program.argv]
        try:
            self.process = subprocess.Popen(  # noqa: S603 - our own argument list, no shell
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=self.env,
                pass_fds=fds,
                start_new_session=True,
            )
        finally:
            os.close(out)
        self.started, self.again_at = time.monotonic(), None

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    def plan_restart(self, now: float) -> float:
        """Decide when to try again; a program that ran steadily starts counting anew. Returns the pause."""
        self.failures = 1 if now - self.started > STEADY_SECONDS else self.failures + 1
        pause = pause_before_restart(self.failures)
        self.again_at = now + pause
        return pause

    def signal(self, number: signal.Signals) -> None:
        try:
            os.killpg(self.process.pid, number)
        except (ProcessLookupError, PermissionError):
            return

    def ask_to_end(self) -> None:
        if not self.ended:
            self.process.terminate()


class Stopped(Exception):  # noqa: N818 - not an error
    """Somebody asked the supervisor to end."""


class VitalChildError(Exception):
    """The office cannot go on without this child."""

    def __init__(self, child: Child) -> None:
        super().__init__(child.program.name)
        self.child = child


def _raise_stopped(number: int, frame: FrameType | None) -> None:
    raise Stopped(signal.Signals(number).name)


class Supervisor:
    """Holds the writing end of the pipe that keeps the children alive."""

    def __init__(self, log_dir: Path, env: dict[str, str], tell: Callable[[str], None]) -> None:
        self.log_dir, self.env, self.tell = log_dir, env, tell
        self.children: list[Child] = []
        self._leash, self._held = os.pipe()

    def __enter__(self) -> "Supervisor":
        self._before = {
            s: signal.signal(s, _raise_stopped) for s in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        }
        return self

    def __exit__(self, *_: object) -> None:
        for number in self._before:
            signal.signal(number, signal.SIG_IGN)
        self.stop()
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def start(self, program: Program) -> Child:
        child = Child(program, self.log_dir / f"{program.name}.log", self.env)
        child.start(self._leash)
        self.children.append(child)
        return child

    def look(self) -> None:
        """Restart what ended and may be restarted. Raises VitalChildError."""
        now = time.monotonic()
        for child in self.children:
            if child.again_at is not None:
                if now >= child.again_at:
                    child.start(self._leash)
            elif child.ended:
                child.signal(signal.SIGKILL)
                if child.program.vital:
                    raise VitalChildError(child)
                pause = child.plan_restart(now)
                self.tell(f"{child.program.name} 退出（{child.process.returncode}），{pause:.0f} 秒后重启")

    def watch(self, every: float = 0.5) -> None:
        """Until a signal (Stopped) or the end of a vital child (VitalChildError)."""
        while True:
            self.look()
            time.sleep(every)

    def stop(self) -> None:
        """Ask all to end, then make sure of it."""
        for child in self.children:
            child.ask_to_end()
        until = time.monotonic() + STOP_SECONDS
        for child in self.children:
            try:
                child.process.wait(max(until - time.monotonic(), 0.0))
            except subprocess.TimeoutExpired:
                self.tell(f"{child.program.name} 没有按时结束，强制结束")
            child.signal(signal.SIGKILL)
            child.process.wait()
        os.close(self._held)
        os.close(self._leash)
