"""No half-applied change: run a verb again and again, each time with another SQL statement failing.

    statements = fails_at_every_statement(lambda: reserve_unit(actor=…, now=…))

`do` must read what it changes anew on each call (pass ids, or fetch inside): every call is rolled back.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from django.db import OperationalError, connection, transaction

_WRITES = re.compile(r"^\s*(?:INSERT (?:OR \w+ )?INTO|UPDATE|DELETE FROM|REPLACE INTO)\s+\"?(\w+)\"?", re.I)
_CONTROL = re.compile(r"^\s*(?:SAVEPOINT|RELEASE|ROLLBACK|BEGIN|COMMIT|PRAGMA)", re.I)
JOURNAL = "salesdept_event"
MOST_STATEMENTS = 2000

Snapshot = dict[str, list[Any]]


class StatementFailedError(OperationalError):
    """What the database says at the chosen statement."""


class Wire:
    """Stands between Django and the database: counts statements, notes written tables, cuts one."""

    def __init__(self, cut: int = 0) -> None:
        self.cut, self.seen = cut, 0
        self.written: set[str] = set()

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not _CONTROL.match(sql):
            self.seen += 1
            if found := _WRITES.match(sql):
                self.written.add(found[1])
            if self.seen == self.cut:
                raise StatementFailedError(f"statement {self.cut} fails: {sql[:200]}")
        return execute(sql, params, many, context)


@contextmanager
def rolled_back() -> Iterator[None]:
    """Whatever happens inside is undone."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def rows_of(tables: set[str]) -> Snapshot:
    """Every row of the tables, as the database holds it."""
    found: Snapshot = {}
    with connection.cursor() as cursor:
        for table in sorted(tables):
            cursor.execute(f'SELECT * FROM "{table}"')
            found[table] = sorted(cursor.fetchall(), key=repr)
    return found


def fails_at_every_statement(
    do: Callable[[], Any], snapshot: Callable[[set[str]], Any] = rows_of, *, journalled: bool = True
) -> int:
    """Assert that `do` changes everything or nothing, whichever statement fails; returns how many there are.

    A failing statement must either raise and leave every table `do` writes as it was, or be survived with the
    full effect. `journalled=False` is for verbs that rightly write no journal row (a mark on an own notice).
    """
    wire, before, after = Wire(), {}, {}
    with rolled_back(), connection.execute_wrapper(wire):
        do()
        tables = wire.written
        after = _sizes(tables)
    assert tables, "the verb writes nothing: there is nothing to break"
    assert JOURNAL in tables or not journalled, f"no journal row beside the change of {sorted(tables)}"
    before = snapshot(tables)
    for n in count(1):
        assert n < MOST_STATEMENTS, "more statements than a verb may have"
        if not _survives_a_cut_at(n, do, before, after, tables, snapshot):
            return n - 1
    raise AssertionError


def _survives_a_cut_at(
    n: int,
    do: Callable[[], Any],
    before: Any,
    after: Any,
    tables: set[str],
    snapshot: Callable[[set[str]], Any],
) -> bool:
    """False when `do` has fewer than n statements, and all is said."""
    wire = Wire(cut=n)
    with rolled_back():
        failure = _run(do, wire)
        if wire.seen < n:
            if failure:
                raise failure
            return False
        if failure:
            assert snapshot(tables) == before, f"half-applied: {failure}"
        else:
            assert _sizes(tables) == after, f"statement {n} failed unnoticed and its effect is missing"
    return True


def _run(do: Callable[[], Any], wire: Wire) -> Exception | None:
    try:
        with connection.execute_wrapper(wire):
            do()
    except Exception as failure:  # a verb may put a failed statement into its own words
        # Without a transaction of its own the verb has doomed ours, though nothing was refused: look anyway.
        connection.needs_rollback = False
        return failure
    return None


def _sizes(tables: set[str]) -> dict[str, int]:
    return {table: len(rows) for table, rows in rows_of(tables).items()}
