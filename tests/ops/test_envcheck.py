"""The environment is read strictly, and production refuses what is unsafe before it serves anything."""

import base64
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from salesdept.settings import envcheck
from salesdept.settings.base import sqlite_journal_mode

ROOT = Path(__file__).resolve().parents[2]
KEY = base64.b64encode(bytes(range(32))).decode()
GOOD = {
    "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRST",
    "ALLOWED_HOSTS": "crm.example.com",
    "FIELD_KEY": f"k2:{KEY},k1:{base64.b64encode(bytes(range(100, 132))).decode()}",
    "DATABASE_URL": "postgres://crm:p%40ss@127.0.0.1:1/crm",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}

REFUSED = {
    "DEBUG is on": ({"DEBUG": "1"}, "DEBUG"),
    "DEBUG is neither yes nor no": ({"DEBUG": "maybe"}, "DEBUG"),
    "DEMO is on": ({"DEMO": "true"}, "DEMO"),
    "no SECRET_KEY": ({"SECRET_KEY": ""}, "SECRET_KEY"),
    "short SECRET_KEY": ({"SECRET_KEY": "short"}, "SECRET_KEY"),
    "simple SECRET_KEY": ({"SECRET_KEY": "ab" * 40}, "SECRET_KEY"),
    "default SECRET_KEY": ({"SECRET_KEY": "django-insecure-" + GOOD["SECRET_KEY"]}, "SECRET_KEY"),
    "no hosts": ({"ALLOWED_HOSTS": " , "}, "ALLOWED_HOSTS"),
    "any host": ({"ALLOWED_HOSTS": "crm.example.com,*"}, "ALLOWED_HOSTS"),
    "a URL for a host": ({"ALLOWED_HOSTS": "https://crm.example.com"}, "ALLOWED_HOSTS"),
    "no FIELD_KEY": ({"FIELD_KEY": ""}, "FIELD_KEY"),
    "FIELD_KEY without id": ({"FIELD_KEY": KEY}, "FIELD_KEY"),
    "FIELD_KEY of 16 bytes": ({"FIELD_KEY": "k1:MDEyMzQ1Njc4OWFiY2RlZg=="}, "FIELD_KEY"),
    "FIELD_KEY of zeros": ({"FIELD_KEY": f"k1:{base64.b64encode(bytes(32)).decode()}"}, "FIELD_KEY"),
    "FIELD_KEY names an id twice": ({"FIELD_KEY": f"k1:{KEY},k1:{KEY}"}, "FIELD_KEY"),
    "no database": ({"DATABASE_URL": ""}, "DATABASE_URL"),
    "an unknown database": ({"DATABASE_URL": "mysql://x@y/z"}, "DATABASE_URL"),
    "a database without a name": ({"DATABASE_URL": "postgres://x@y"}, "DATABASE_URL"),
    "a port that is none": ({"DATABASE_URL": "postgres://x@y:port/z"}, "DATABASE_URL"),
    "a pool of none": ({"DATABASE_POOL": "0"}, "DATABASE_POOL"),
    "an unknown journal mode": (
        {"DATABASE_URL": "sqlite:///var/x.sqlite3", "SQLITE_JOURNAL_MODE": "off"},
        "SQLITE_JOURNAL_MODE",
    ),
    "a wrong Redis": ({"REDIS_URL": "http://127.0.0.1"}, "REDIS_URL"),
}


CASES = {
    "good values": {},
    "WAL": {"DATABASE_URL": "sqlite:///var/x.sqlite3", "SQLITE_JOURNAL_MODE": "wal"},
    **{why: changed for why, (changed, _) in REFUSED.items()},
}

# Loads what takes long once, then each case in a process of its own that has nothing else in its environment.
STARTS = """
import json, os, sys, tempfile, traceback
import django_structlog.middlewares, structlog, salesdept.settings.envcheck
cases, good = json.load(sys.stdin)
told = {}
for why, changed in cases.items():
    with tempfile.TemporaryFile("w+") as out:
        if not (child := os.fork()):
            os.environ.clear()
            os.environ.update({**good, **changed})
            try:
                import salesdept.settings.production
                os._exit(0)
            except BaseException as error:
                out.write("".join(traceback.format_exception_only(error)))
                out.flush()
                os._exit(1)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        out.seek(0)
        told[why] = code, out.read()
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def starts() -> dict[str, tuple[int, str]]:
    """Exit code and last words of a start of production, by case."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME")}
    done = subprocess.run(
        [sys.executable, "-c", STARTS],
        cwd=ROOT,
        env=kept,
        input=json.dumps([CASES, GOOD]),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.mark.process
def test_production_starts_with_good_values(starts):
    assert starts["good values"] == [0, ""]


@pytest.mark.process
@pytest.mark.parametrize("why", REFUSED)
def test_production_refuses_to_start_when(starts, why):
    code, words = starts[why]
    name = REFUSED[why][1]
    assert code == 1
    assert words.startswith(f"django.core.exceptions.ImproperlyConfigured: {name}: ")
    assert len(words.splitlines()) == 1


@pytest.mark.process
def test_production_refuses_wal_where_it_corrupts(starts):
    code, words = starts["WAL"]
    is_faulty = sqlite_journal_mode(sqlite3.sqlite_version_info[:3]) != "WAL"
    assert (code == 1) == is_faulty
    assert ("WAL can corrupt" in words) == is_faulty


@pytest.mark.parametrize(
    ("version", "mode"),
    [
        ((3, 40, 1), "TRUNCATE"),
        ((3, 44, 5), "TRUNCATE"),
        ((3, 44, 6), "WAL"),
        ((3, 45, 0), "TRUNCATE"),
        ((3, 50, 6), "TRUNCATE"),
        ((3, 50, 7), "WAL"),
        ((3, 51, 2), "TRUNCATE"),
        ((3, 51, 3), "WAL"),
        ((3, 52, 0), "WAL"),
        ((4, 0, 0), "WAL"),
    ],
)
def test_wal_is_used_and_allowed_only_on_fixed_versions(monkeypatch, version, mode):
    safe = sqlite_journal_mode(version)
    assert safe == mode
    assert envcheck.sqlite_mode("SQLITE_JOURNAL_MODE", version, safe) == mode
    monkeypatch.setenv("SQLITE_JOURNAL_MODE", "wal")
    if mode == "WAL":
        assert envcheck.sqlite_mode("SQLITE_JOURNAL_MODE", version, safe) == "WAL"
    else:
        with pytest.raises(ImproperlyConfigured, match=r"^SQLITE_JOURNAL_MODE: WAL can corrupt"):
            envcheck.sqlite_mode("SQLITE_JOURNAL_MODE", version, safe)
    monkeypatch.setenv("SQLITE_JOURNAL_MODE", "truncate")
    assert envcheck.sqlite_mode("SQLITE_JOURNAL_MODE", version, safe) == "TRUNCATE"


@pytest.mark.parametrize(
    ("value", "expected"),
    [("1", True), ("Yes", True), ("on", True), ("0", False), ("", False), ("NO", False)],
)
def test_a_flag_is_read_in_the_usual_spellings(monkeypatch, value, expected):
    monkeypatch.setenv("SOME_FLAG", value)
    assert envcheck.flag("SOME_FLAG", default=not expected) is expected


@pytest.mark.parametrize("value", ["9", "21", "1e1", "-1", "１２", "ten"])
def test_a_number_outside_its_bounds_is_refused(monkeypatch, value):
    monkeypatch.setenv("SOME_NUMBER", value)
    with pytest.raises(ImproperlyConfigured, match="from 10 to 20"):
        envcheck.integer("SOME_NUMBER", 15, 10, 20)


def test_a_key_is_made_once_and_kept_for_its_owner_only(tmp_path, monkeypatch):
    monkeypatch.delenv("SOME_KEY", raising=False)
    path = tmp_path / "var" / "some.key"
    first = envcheck.kept("SOME_KEY", path, lambda: "made first")
    again = envcheck.kept("SOME_KEY", path, lambda: "made again")
    assert (first, again) == ("made first", "made first")
    assert path.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in path.parent.iterdir()] == ["some.key"]
    monkeypatch.setenv("SOME_KEY", "given")
    assert envcheck.kept("SOME_KEY", path, lambda: "x") == "given"


def test_a_start_broken_off_while_making_a_key_leaves_no_empty_one(tmp_path, monkeypatch):
    monkeypatch.delenv("SOME_KEY", raising=False)
    path = tmp_path / "some.key"

    def broken() -> str:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        envcheck.kept("SOME_KEY", path, broken)
    assert not path.exists()
    assert envcheck.kept("SOME_KEY", path, lambda: "made") == "made"
