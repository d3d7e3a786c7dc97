"""Tables the database keeps. One registry (slot TRIGGERS), installed after migrate, checked at start."""

from typing import Any

from django.db import connection

from salesdept.slots import TRIGGERS, Frozen

_PG_FUNCTION = (
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE='restrict_violation'; END $$"
)


def _columns(table: str) -> list[str]:
    with connection.cursor() as cursor:
        return [column.name for column in connection.introspection.get_table_description(cursor, table)]


def _changed(spec: Frozen, unlike: str) -> str:
    """Condition that a kept column changes; empty when every column is kept."""
    if not spec.except_columns:
        return ""
    kept = [c for c in _columns(spec.table) if c not in spec.except_columns]
    return "(" + " OR ".join(f'OLD."{c}" {unlike} NEW."{c}"' for c in kept) + ")"


def _stays(spec: Frozen) -> str:
    """The rows whose deletion is refused: all, or those that no import brought."""
    return f'WHEN (OLD."{spec.batch}" IS NULL) ' if spec.batch else ""


def _postgresql(spec: Frozen) -> list[str]:
    t, when, stays = spec.table, _changed(spec, "IS DISTINCT FROM"), _stays(spec)
    condition = f"WHEN {when} " if when else ""
    call = "EXECUTE FUNCTION refuse_change()"
    return [
        _PG_FUNCTION,
        f"CREATE OR REPLACE TRIGGER {t}_keep_u BEFORE UPDATE ON {t} FOR EACH ROW {condition}{call}",
        f"CREATE OR REPLACE TRIGGER {t}_keep_d BEFORE DELETE ON {t} FOR EACH ROW {stays}{call}",
        f"CREATE OR REPLACE TRIGGER {t}_keep_t BEFORE TRUNCATE ON {t} FOR EACH STATEMENT {call}",
    ]


def _sqlite(spec: Frozen) -> list[str]:
    t, when, stays = spec.table, _changed(spec, "IS NOT"), _stays(spec)
    condition = f"WHEN {when} " if when else ""
    again = f"EXISTS(SELECT 1 FROM {t} WHERE id=NEW.id)"  # noqa: S608 - names of our own tables
    abort = f"BEGIN SELECT RAISE(ABORT, '{t} is append-only'); END"
    return [
        f"CREATE TRIGGER IF NOT EXISTS {t}_keep_u BEFORE UPDATE ON {t} {condition}{abort}",
        f"CREATE TRIGGER IF NOT EXISTS {t}_keep_d BEFORE DELETE ON {t} {stays}{abort}",
        # INSERT OR REPLACE slips past a delete trigger.
        f"CREATE TRIGGER IF NOT EXISTS {t}_keep_r BEFORE INSERT ON {t} WHEN {again} {abort}",
    ]


def _existing() -> list[Frozen]:
    tables = set(connection.introspection.table_names())
    return [spec for spec in TRIGGERS if spec.table in tables]


def install(**_: Any) -> None:
    """Create every trigger of the registry whose table exists; safe to repeat."""
    make = _postgresql if connection.vendor == "postgresql" else _sqlite
    with connection.cursor() as cursor:
        for spec in _existing():
            for statement in make(spec):
                cursor.execute(statement)


def drop() -> None:
    """Remove the registry's triggers (tests flush tables between runs)."""
    on = " ON {t}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        for spec in _existing():
            for suffix in "udt" if on else "udr":
                cursor.execute(f"DROP TRIGGER IF EXISTS {spec.table}_keep_{suffix}{on.format(t=spec.table)}")


def missing() -> list[str]:
    """Names of triggers that the registry wants and the database lacks."""
    if connection.vendor == "postgresql":
        query, suffixes = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal", "udt"
    else:
        query, suffixes = "SELECT name FROM sqlite_master WHERE type='trigger'", "udr"
    with connection.cursor() as cursor:
        cursor.execute(query)
        there = {row[0] for row in cursor.fetchall()}
    return sorted({f"{spec.table}_keep_{s}" for spec in TRIGGERS for s in suffixes} - there)
