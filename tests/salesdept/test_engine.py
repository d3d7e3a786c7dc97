"""How the embedded database is really opened, read from a live connection under the settings of `./run`."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from salesdept.settings.base import database, sqlite_journal_mode

ROOT = Path(__file__).resolve().parents[2]
ASK = """
import json, sqlite3, threading
import django
django.setup()
from django.db import connection, transaction
from salesdept.settings.base import sqlite_journal_mode
with connection.cursor() as cursor:
    def pragma(name):
        return cursor.execute(f"PRAGMA {name}").fetchone()[0]
    answer = {name: pragma(name) for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")}
answer["right_mode"] = sqlite_journal_mode(sqlite3.sqlite_version_info[:3]).lower()
with transaction.atomic():
    other = sqlite3.connect(connection.settings_dict["NAME"], timeout=0.05)
    try:
        other.execute("BEGIN IMMEDIATE")
        answer["writer"] = "a second one got in"
    except sqlite3.OperationalError as error:
        answer["writer"] = str(error)
    other.close()
answer["atomic_requests"] = connection.settings_dict["ATOMIC_REQUESTS"]
print(json.dumps(answer))
"""


@pytest.mark.process
def test_the_embedded_database_is_opened_safely(tmp_path):
    env = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL")}
    env |= {"DJANGO_SETTINGS_MODULE": "salesdept.settings.dev", "VAR_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", ASK], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer.pop("right_mode") == answer.pop("journal_mode")
    assert answer == {
        "synchronous": 2,  # FULL
        "foreign_keys": 1,
        "busy_timeout": 20_000,
        "writer": "database is locked",  # IMMEDIATE: a transaction is the writer from its first moment
        "atomic_requests": False,
    }


@pytest.mark.parametrize(
    ("version", "mode"),
    [
        ((3, 7, 0), "TRUNCATE"),
        ((3, 40, 1), "TRUNCATE"),
        ((3, 44, 5), "TRUNCATE"),
        ((3, 44, 6), "WAL"),
        ((3, 45, 9), "TRUNCATE"),
        ((3, 50, 6), "TRUNCATE"),
        ((3, 50, 7), "WAL"),
        ((3, 51, 2), "TRUNCATE"),
        ((3, 51, 3), "WAL"),
        ((3, 52, 0), "WAL"),
        ((4, 0, 0), "WAL"),
    ],
)
def test_wal_only_where_two_connections_cannot_corrupt_it(version, mode):
    assert sqlite_journal_mode(version) == mode


@pytest.mark.parametrize("url", ["", "sqlite:////srv/office.sqlite3", "postgres://me@host:5432/office"])
def test_no_request_is_a_transaction(url):
    assert database(url)["ATOMIC_REQUESTS"] is False


def test_an_address_with_odd_letters_is_read():
    made = database("postgres://me%40home:p%2Fw@host:5433/office")
    assert (made["USER"], made["PASSWORD"], made["HOST"], made["PORT"], made["NAME"]) == (
        "me@home",
        "p/w",
        "host",
        "5433",
        "office",
    )
