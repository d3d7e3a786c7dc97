"""Tables the database keeps: no change, no deletion, no truncation, no replacement, on both engines."""

import pytest
from django.core.checks import run_checks
from django.db import DatabaseError, connection, transaction

from salesdept import journal, triggers
from salesdept.models import Event
from salesdept.slots import TRIGGERS, Frozen

pytestmark = pytest.mark.django_db

UPDATE = "UPDATE salesdept_event SET verb='lie'"
DELETE = "DELETE FROM salesdept_event"
INSERT = (
    "INTO salesdept_event (id, at, happened_at, role, verb, target, reason, changes) "
    "SELECT id, at, happened_at, role, 'lie', target, reason, changes FROM salesdept_event"
)
UPSERT = f"INSERT {INSERT} WHERE true ON CONFLICT (id) DO UPDATE SET verb='lie'"
ATTACKS = {
    "sqlite": {
        "update": UPDATE,
        "delete": DELETE,
        "replace": f"INSERT OR REPLACE {INSERT}",
        "upsert": UPSERT,
    },
    "postgresql": {
        "update": UPDATE,
        "delete": DELETE,
        "truncate": "TRUNCATE salesdept_event CASCADE",
        "upsert": UPSERT,
    },
}


def attempt(sql):
    connection.check_constraints()  # foreign keys still to be checked would refuse a TRUNCATE by themselves
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.fixture
def event(rep):
    return journal.record(None, "test.happened", rep)


def attacks():
    return ATTACKS[connection.vendor].items()


def test_the_past_cannot_be_changed(event):
    for name, sql in attacks():
        with pytest.raises(DatabaseError, match="append-only"):
            attempt(sql)
        assert Event.objects.get().verb == "test.happened", name


def test_control_without_the_triggers_every_attack_succeeds(event):
    for name, sql in attacks():
        try:
            with transaction.atomic():
                triggers.drop()
                attempt(sql)
                changed = Event.objects.filter(verb="lie").exists() or not Event.objects.exists()
                assert changed, name
                raise ZeroDivisionError
        except ZeroDivisionError:
            assert Event.objects.get().verb == "test.happened"


@pytest.mark.parametrize("table", ["salesdept_event", "salesdept_seal", "salesdept_reveal"])
def test_the_kernel_keeps_its_registers(table):
    assert table in {spec.table for spec in TRIGGERS}
    assert triggers.missing() == []


def test_a_missing_trigger_stops_the_start(event):
    name = "salesdept_event_keep_u"
    on = " ON salesdept_event" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {name}{on}")
    assert triggers.missing() == [name]
    faults = run_checks(tags=["database"], databases=["default"])
    assert [fault.id for fault in faults if "trigger" in fault.msg] == ["salesdept.E001"]
    triggers.install()
    assert triggers.missing() == []


def test_installing_twice_is_harmless(event):
    triggers.install()
    triggers.install()
    with pytest.raises(DatabaseError, match="append-only"):
        attempt(UPDATE)


@pytest.fixture
def register(monkeypatch):
    """A register whose personal column alone may be blanked."""
    monkeypatch.setattr(TRIGGERS, "_fillers", [*TRIGGERS, Frozen("test_register", except_columns=("name",))])
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE test_register (id integer PRIMARY KEY, name text, amount integer)")
        cursor.execute("INSERT INTO test_register VALUES (1, '王女士', 5), (2, '李先生', NULL)")
    triggers.install()


def rows():
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, amount FROM test_register ORDER BY id")
        return cursor.fetchall()


def test_personal_columns_may_be_blanked(register):
    attempt("UPDATE test_register SET name=''")
    assert rows() == [("", 5), ("", None)]


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE test_register SET amount=6 WHERE id=1",
        "UPDATE test_register SET amount=NULL WHERE id=1",
        "UPDATE test_register SET amount=6 WHERE id=2",
        "UPDATE test_register SET name='', amount=6",
        "UPDATE test_register SET id=9 WHERE id=1",
        "DELETE FROM test_register",
    ],
)
def test_everything_else_of_a_register_is_kept(register, sql):
    with pytest.raises(DatabaseError, match="append-only"):
        attempt(sql)
    assert rows() == [("王女士", 5), ("李先生", None)]
