"""What benches share: lines, throw-away databases on both engines, threads that begin together."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

POSTGRES = "postgres://postgres@127.0.0.1:5432/postgres"


@dataclass(frozen=True, slots=True)
class Line:
    """One result. `ratio` is value ÷ baseline, measured in the same run."""

    bench: str
    case: str
    value: float | int
    unit: str
    engine: str = ""
    baseline: str = ""
    ratio: float | None = None

    def __str__(self) -> str:
        fields = {"bench": "", "case": "", "engine": "", **asdict(self)}
        values = {k: round(v, 3) if isinstance(v, float) else v for k, v in fields.items()}
        return json.dumps(values, ensure_ascii=False)


def say(line: Line) -> None:
    print(line, flush=True)


def note(text: str) -> None:
    """A sentence for people; results alone go to the standard output."""
    print(text, file=sys.stderr, flush=True)


# --- engines


def postgres_url() -> str:
    """A PostgreSQL that answers, or an empty string."""
    import psycopg

    given = os.environ.get("DATABASE_URL", "")
    url = given if given.startswith("postgres") else POSTGRES
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.Error:
        return ""
    return url


@contextmanager
def database(engine: str) -> Iterator[dict[str, str]]:
    """The environment of a child process with an empty database of its own, dropped afterwards."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        env = {
            **os.environ,
            "VAR_DIR": folder,
            "DJANGO_SETTINGS_MODULE": "bench.settings",
            "BENCH_ENGINE": engine,
        }
        if engine == "sqlite":
            yield {**env, "DATABASE_URL": ""}
            return
        name = f"bench_{os.getpid()}"
        _admin(f'CREATE DATABASE "{name}"')
        try:
            yield {**env, "DATABASE_URL": urlunsplit(urlsplit(postgres_url())._replace(path=f"/{name}"))}
        finally:
            _admin(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _admin(statement: str) -> None:
    import psycopg

    with psycopg.connect(postgres_url(), autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[call-overload]


def on_both_engines(module: str, arguments: Sequence[str], engines: Sequence[str]) -> int:
    """Run `python -m module --child …` once an engine; the worst exit code. Says which engine is missing."""
    worst = 0
    for engine in engines:
        if engine == "postgresql" and not postgres_url():
            note("PostgreSQL 连不上，略过。 PostgreSQL does not answer: left out.")
            continue
        with database(engine) as env:
            command = [sys.executable, "-m", module, "--child", *arguments]
            worst = max(worst, subprocess.run(command, env=env, check=False).returncode)
    return worst


def engine() -> str:
    return os.environ["BENCH_ENGINE"]


def prepare() -> None:
    """Set Django up and create the tables, in a child."""
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


# --- measuring


def clients(count: int, do: Callable[[int], Any]) -> tuple[float, list[Any]]:
    """Run `do(number)` in `count` threads that begin together; seconds, and the answers by number."""
    from django.db import connection

    gate = threading.Barrier(count + 1)
    answers: list[Any] = [None] * count

    def run(number: int) -> None:
        connection.ensure_connection()
        gate.wait()
        try:
            answers[number] = do(number)
        except Exception as error:  # whatever it is, it is a result
            answers[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    gate.wait()
    begin = time.perf_counter()
    for thread in threads:
        thread.join()
    return time.perf_counter() - begin, answers


def p95(do: Callable[[], Any], times: int) -> float:
    """95th percentile of `do` in milliseconds."""
    spent = []
    for _ in range(times):
        begin = time.perf_counter()
        do()
        spent.append((time.perf_counter() - begin) * 1000)
    return statistics.quantiles(spent, n=20)[-1] if len(spent) > 1 else spent[0]
