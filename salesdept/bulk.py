"""Rows by the hundred thousand: COPY on PostgreSQL, one prepared statement elsewhere. No model instances.

`load` is for seeds only: keys are given by the caller. `append` lets the table give the keys, for services
that write thousands of alike rows. Nothing is journalled here and no signal is sent.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import repeat
from typing import Any

from django.core.management.color import no_style
from django.db import connection, models

type Row = tuple[Any, ...]
type Prepare = Callable[[Any], Any]
# What both drivers take as it is.
_PLAIN = (models.CharField, models.IntegerField, models.BooleanField, models.ForeignKey)
_DATES = (models.DateField,)


def next_key(model: type[models.Model]) -> int:
    """The smallest free key. Only inside a transaction that nobody else writes beside."""
    return int(model._default_manager.aggregate(top=models.Max("pk"))["top"] or 0) + 1


def load(model: type[models.Model], names: Sequence[str], rows: Sequence[Row], **same: Any) -> None:
    """Append `rows`, tuples of the columns `names` (attribute names), with the values `same` in every row.

    Columns not named take their default; enumerations must be given as plain values.
    Raises ValueError for a default that has to be made anew for each row.
    """
    _load(model, {f.attname: f for f in model._meta.concrete_fields}, names, rows, same)


def append(model: type[models.Model], names: Sequence[str], rows: Sequence[Row], **same: Any) -> None:
    """The same for a table in use: the keys are the table's own.

    Only the columns `names` travel to PostgreSQL, as one array each; what is the same is said once.
    """
    fields = {f.attname: f for f in model._meta.concrete_fields if not f.primary_key}
    if connection.vendor != "postgresql":
        _load(model, fields, names, rows, same)
        return
    tail = _defaults([f for name, f in fields.items() if name not in names], same)
    constants = [_prepared(fields[name], value) for name, value in tail.items()]
    columns = ", ".join(connection.ops.quote_name(str(fields[n].column)) for n in (*names, *tail))
    arrays = ", ".join(f"%s::{fields[name].rel_db_type(connection)}[]" for name in names)
    travelling = ", ".join(f"t.c{number}" for number in range(len(names)))
    listed = ", ".join(f"c{number}" for number in range(len(names)))
    said = "".join(", %s" for _ in constants)
    table = connection.ops.quote_name(model._meta.db_table)
    statement = (
        f"INSERT INTO {table} ({columns}) SELECT {travelling}{said} "  # noqa: S608
        f"FROM unnest({arrays}) AS t ({listed})"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*constants, *(list(column) for column in zip(*rows, strict=True))])


def _load(
    model: type[models.Model],
    fields: dict[str, Any],
    names: Sequence[str],
    rows: Sequence[Row],
    same: dict[str, Any],
) -> None:
    tail = _defaults([f for name, f in fields.items() if name not in names], same)
    used = [fields[name] for name in (*names, *tail)]
    steps = [_preparer(field) for field in used]
    ending = tuple(tail.values())
    whole: Iterable[Row] = (row + ending for row in rows) if ending else rows
    if any(steps):
        whole = (tuple([s(v) if s else v for s, v in zip(steps, row, strict=True)]) for row in whole)
    table = connection.ops.quote_name(model._meta.db_table)
    _write(table, [connection.ops.quote_name(str(f.column)) for f in used], whole)


def _prepared(field: Any, value: Any) -> Any:
    step = _preparer(field)
    return step(value) if step else value


def settle(*loaded: type[models.Model]) -> None:
    """Let the tables' own keys go on after those that were given; once, after loading."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), loaded):
            cursor.execute(statement)


def _defaults(fields: Iterable[Any], same: dict[str, Any]) -> dict[str, Any]:
    found = {}
    for field in fields:
        if field.attname in same:
            found[field.attname] = same[field.attname]
        elif field.primary_key or (field.has_default() and callable(field.default)):
            raise ValueError(f"{field} needs a value of its own in each row")
        elif not field.has_db_default():
            found[field.attname] = field.get_default()
    return found


def _preparer(field: Any) -> Prepare | None:
    copies_dates = connection.vendor == "postgresql" and isinstance(field, _DATES)
    if copies_dates or isinstance(field, _PLAIN):
        return None
    return lambda value: field.get_db_prep_save(value, connection)


def _write(table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
    listed = ", ".join(columns)
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            marks = ", ".join(repeat("%s", len(columns)))
            cursor.executemany(f"INSERT INTO {table} ({listed}) VALUES ({marks})", list(rows))  # noqa: S608
            return
        with cursor.copy(f"COPY {table} ({listed}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        # Foreign keys are looked up now: a million deferred look-ups would be kept until the commit.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
