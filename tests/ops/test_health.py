"""Alive, ready, and the numbers: what they say, to whom, and what they keep to themselves."""

from datetime import date, timedelta

import pytest
import time_machine
from django.db import OperationalError
from django.test import Client

from salesdept import clock, health, triggers
from salesdept.models import Reminder, Tick

MORNING = clock.at(date(2026, 11, 23), 10)


def remind(due_at, **more):
    return Reminder.objects.create(
        kind="ops.test", object_ref=f"ops:{due_at:%d%H%M%S}", due_at=due_at, **more
    )


def checks(client):
    answer = client.get("/readyz/")
    return answer.status_code, answer.json()["status"], answer.json()["checks"]


def test_alive_asks_nothing_of_the_database(client):
    """No `db` fixture: any query would fail the test."""
    answer = client.get("/healthz/")
    assert (answer.status_code, answer.content) == (200, b"ok\n")
    assert "no-store" in answer["Cache-Control"]


def test_ready_names_its_checks_without_a_login(client, db):
    names = {"database", "migrations", "triggers", "reminders", "redis"}
    assert checks(client) == (200, "ok", dict.fromkeys(names, "ok"))


@pytest.mark.parametrize("name", ["database", "migrations", "triggers", "reminders"])
def test_each_needed_check_that_breaks_makes_it_unavailable(client, db, monkeypatch, name):
    def broken() -> bool:
        raise OperationalError("host db.internal refused password of crm")

    monkeypatch.setattr(health, "MUST", tuple((n, broken if n == name else c) for n, c in health.MUST))
    answer = client.get("/readyz/")
    assert answer.status_code == 503
    assert answer.json()["status"] == "unavailable"
    assert {n for n, state in answer.json()["checks"].items() if state == "fail"} == {name}
    assert b"db.internal" not in answer.content


def test_a_missing_trigger_makes_it_unavailable(client, db):
    triggers.drop()
    try:
        status, _, found = checks(client)
    finally:
        triggers.install()
    assert (status, found["triggers"]) == (503, "fail")
    assert checks(client)[0] == 200


def test_redis_gone_is_degraded_and_still_ready(client, db, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    status, word, found = checks(client)
    assert (status, word, found["redis"]) == (200, "degraded", "fail")


@pytest.mark.redis
def test_redis_there_is_ok(client, db, settings):
    import os

    settings.REDIS_URL = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/15")
    assert checks(client)[1] == "ok"


LAG = {
    "nothing is due": ([timedelta(hours=1)], {}, True),
    "due a minute ago": ([-timedelta(minutes=1)], {}, True),
    "due ten minutes ago": ([-timedelta(minutes=10)], {}, False),
    "handled": ([-timedelta(minutes=10)], {"done_at": MORNING}, True),
    "in somebody's hands": ([-timedelta(minutes=10)], {"lease_until": MORNING + timedelta(minutes=1)}, True),
    "its holder died": ([-timedelta(minutes=10)], {"lease_until": MORNING - timedelta(minutes=1)}, False),
}


@pytest.mark.parametrize(("due", "more", "keeps_up"), LAG.values(), ids=LAG)
def test_reminders_keep_up_when(db, due, more, keeps_up):
    for offset in due:
        remind(MORNING + offset, **more)
    with time_machine.travel(MORNING, tick=False):
        assert health.reminders_keep_up() is keeps_up


NIGHT = {
    "at night it may wait": (clock.at(date(2026, 11, 22), 23), True),
    "in the first minutes of the morning": (clock.at(date(2026, 11, 23), 8, 3), True),
    "later in the morning": (clock.at(date(2026, 11, 23), 8, 6), False),
}


@pytest.mark.parametrize(("moment", "keeps_up"), NIGHT.values(), ids=NIGHT)
def test_what_the_quiet_hours_hold_back_counts_from_the_morning(db, moment, keeps_up):
    remind(clock.at(date(2026, 11, 22), 21, 30))
    with time_machine.travel(moment, tick=False):
        assert health.reminders_keep_up() is keeps_up


@pytest.mark.parametrize(("minutes", "keeps_up"), [(1, True), (6, False)])
def test_a_stopped_tick_is_noticed_without_any_reminder(db, minutes, keeps_up):
    Tick.objects.create(name="tick", at=MORNING - timedelta(minutes=minutes))
    with time_machine.travel(MORNING, tick=False):
        assert health.reminders_keep_up() is keeps_up


@pytest.mark.parametrize(
    ("token", "header"),
    [("", ""), ("", "Bearer "), ("secret", ""), ("secret", "Bearer wrong"), ("secret", "Bearer sécret")],
)
def test_metrics_are_missing_without_the_token(client, db, settings, token, header):
    settings.METRICS_TOKEN = token
    headers = {"Authorization": header} if header else {}
    assert client.get("/metrics", headers=headers).status_code == 404


def test_metrics_tell_numbers_to_who_brings_the_token(client, db, settings):
    settings.METRICS_TOKEN = "secret"
    remind(MORNING - timedelta(minutes=10))
    with time_machine.travel(MORNING, tick=False):
        answer = client.get("/metrics", headers={"Authorization": "Bearer secret"})
    lines = answer.content.decode().splitlines()
    assert answer.status_code == 200
    assert "salesdept_reminder_lag_seconds 600.0" in lines
    assert "salesdept_reminders_due 1.0" in lines
    assert "salesdept_journal_rows_unsealed 0.0" in lines


@pytest.mark.parametrize("path", ["/healthz/", "/readyz/", "/metrics"])
def test_nothing_can_be_posted_there(db, path):
    assert Client().post(path).status_code == 405
