"""Server time of the pages people live in, at 10,000 and 1,000,000 customers, on both engines.

The baseline of every page is the same page at the small size in the same run: cost must not grow with
the data.
Each size is seeded into a throw-away database and kept under var/bench for the next run (`--fresh` rebuilds).

    python -m bench.pages [--sizes 10000,1000000] [--engines sqlite,postgresql] [--rounds 40] [--fresh]
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / "var" / "bench"
SETTINGS = {"DJANGO_SETTINGS_MODULE": "salesdept.settings.dev", "DEMO": "1"}
SERVER = os.environ.get("BENCH_POSTGRES", "postgres://postgres@127.0.0.1:5432")


def url_of(engine: str, size: int) -> str:
    if engine == "sqlite":
        return f"sqlite:///{KEPT}/pages-{size}.sqlite3"
    return f"{SERVER}/bench_pages_{size}"


def _admin(statement: str) -> bool:
    """Run one statement on the server's own database; False when the server is not there."""
    import psycopg

    try:
        with psycopg.connect(f"{SERVER}/postgres", autocommit=True, connect_timeout=3) as connection:
            return bool(connection.execute(statement).rowcount)
    except psycopg.OperationalError:
        return False


def reachable(engine: str) -> bool:
    return engine == "sqlite" or _admin("SELECT 1")


def prepare(engine: str, size: int, *, fresh: bool) -> float:
    """Migrate and seed unless a finished one is kept. Returns seconds spent."""
    KEPT.mkdir(parents=True, exist_ok=True)
    mark = KEPT / f"{engine}-{size}.done"
    if mark.exists() and not fresh:
        return 0.0
    mark.unlink(missing_ok=True)
    if engine == "sqlite":
        (KEPT / f"pages-{size}.sqlite3").unlink(missing_ok=True)
    else:
        _admin(f"DROP DATABASE IF EXISTS bench_pages_{size}")
        _admin(f"CREATE DATABASE bench_pages_{size}")
    started = time.perf_counter()
    env = {**os.environ, **SETTINGS, "DATABASE_URL": url_of(engine, size)}
    # Fresh statistics, as autovacuum leaves them after a while: a planner without them chooses scans.
    analyze = ["shell", "-v0", "-c", "from django.db import connection as c; c.cursor().execute('ANALYZE')"]
    seed = ["seed_demo", f"--customers={size}", f"--visits={size * 3}"]
    for command in (["migrate", "-v0"], seed, analyze):
        subprocess.run(
            [sys.executable, "manage.py", *command], cwd=ROOT, env=env, check=True, stdout=sys.stderr
        )
    mark.touch()
    return time.perf_counter() - started


def cases(rep, manager) -> dict[str, tuple[object, str]]:
    """Case → (who, path). Objects are picked from the middle of the data."""
    from customers.models import Customer, Phone

    own = Customer.objects.filter(owner=rep).order_by("-pk")[40:41].get()
    number = Phone.objects.filter(customer=own).values_list("number", flat=True).first()
    return {
        "today": (rep, "/"),
        "list": (rep, "/customers/"),
        "list, all of the project": (manager, "/customers/"),
        "profile": (rep, f"/customers/{own.pk}/"),
        "search, phone tail": (manager, f"/search/?q={number[-4:]}"),
        "search, two characters": (manager, f"/search/?q={own.name[:2]}"),
        "search, pinyin": (manager, f"/search/?q={own.pinyin[:6]}"),
        "search, initials": (manager, f"/search/?q={own.initials}"),
        "search, unit": (manager, "/search/?q=13-1-0302"),
        "board": (rep, "/inventory/"),
        "dashboard": (manager, "/performance/"),
        "kpi report": (manager, "/performance/report/"),
    }


def timed(spans: list[float]):
    """A database wrapper that notes the milliseconds of each statement."""

    def run_one(execute, *args):
        started = time.perf_counter()
        try:
            return execute(*args)
        finally:
            spans.append((time.perf_counter() - started) * 1000)

    return run_one


def measure(rounds: int) -> None:
    """Time every case in this process, against the database of DATABASE_URL; one JSON object on stdout."""
    import django

    django.setup()
    from django.db import connection
    from django.test import Client

    from salesdept.models import User

    found = {}
    for name, (who, path) in cases(
        User.objects.get(username="rep1"), User.objects.get(username="manager")
    ).items():
        client = Client(HTTP_HOST="127.0.0.1")
        client.force_login(who, backend="salesdept.auth.ActivePeriodBackend")
        client.get(path)
        spans: list[float] = []
        with connection.execute_wrapper(timed(spans)):
            status = client.get(path).status_code
        times = []
        for _ in range(rounds):
            started = time.perf_counter()
            client.get(path)
            times.append((time.perf_counter() - started) * 1000)
        times.sort()
        p95 = times[min(len(times) - 1, round(len(times) * 0.95))]
        found[name] = {"p95": p95, "p50": statistics.median(times), "sql": len(spans)}
        found[name] |= {"status": status, "slowest": max(spans, default=0.0), "db": sum(spans)}
    print(json.dumps(found))


def run(sizes: list[int], engines: list[str], rounds: int, *, fresh: bool) -> None:
    for engine in engines:
        if not reachable(engine):
            print(json.dumps({"bench": "pages", "engine": engine, "left_out": "not reachable"}))
            continue
        base: dict[str, float] = {}
        for size in sizes:
            spent = prepare(engine, size, fresh=fresh)
            if spent:
                line("seed", engine, size, spent, "s", None)
            env = {**os.environ, **SETTINGS, "DATABASE_URL": url_of(engine, size)}
            command = [sys.executable, "-m", "bench.pages", "--measure", "--rounds", str(rounds)]
            answer = subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True, text=True)
            for name, value in json.loads(answer.stdout.splitlines()[-1]).items():
                line(name, engine, size, value["p95"], "ms p95", base.get(name), value)
                base.setdefault(name, value["p95"])


def line(
    case: str, engine: str, size: int, value: float, unit: str, baseline: float | None, more=None
) -> None:
    print(
        json.dumps(
            {
                "bench": "pages",
                "case": f"{case} @ {size}",
                "engine": engine,
                "value": round(value, 2),
                "unit": unit,
                "baseline": round(baseline, 2) if baseline else None,
                "ratio": round(value / baseline, 2) if baseline else None,
                **({k: round(v, 2) for k, v in more.items()} if more else {}),
            }
        ),
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", default="10000,1000000")
    parser.add_argument("--engines", default="sqlite,postgresql")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--fresh", action="store_true")
    parser.add_argument("--measure", action="store_true")
    options = parser.parse_args()
    if options.measure:
        measure(options.rounds)
        return
    run(
        [int(s) for s in options.sizes.split(",")],
        options.engines.split(","),
        options.rounds,
        fresh=options.fresh,
    )


if __name__ == "__main__":
    main()
