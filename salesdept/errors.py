"""What the regulation refuses, in the words the user reads."""

import re

from django.apps import apps
from django.db import IntegrityError
from django.db.models import Model, UniqueConstraint


class RuleError(Exception):
    """The regulation forbids this now. Shown to the user as it is; never a bug.

    `code` is stable (tests and htmx read it), `clause` is a clause key (`S54` or `拟:sc.lock.minutes`),
    `way_out` says who can unblock it or what to do instead, `url` may point there. HTTP 409.
    """

    def __init__(self, code: str, message: str, clause: str = "", way_out: str = "", url: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.clause, self.way_out, self.url = code, message, clause, way_out, url


_SQLITE_NAMED = re.compile(r"(?:CHECK constraint failed: |index ')([^'\s]+)")
_SQLITE_COLUMNS = re.compile(r"UNIQUE constraint failed: (.+)")


def constraint_name(error: IntegrityError) -> str:
    """The name of the constraint that refused the write, on both engines, or "" if unknown.

    SQLite names CHECKs and expression indexes but only lists the columns of a unique index; since no two
    unique constraints of one model share their columns (a guard), the columns lead to the name.
    """
    diagnostics = getattr(error.__cause__, "diag", None)
    if name := getattr(diagnostics, "constraint_name", None):
        return str(name)
    text = str(error)
    if found := _SQLITE_NAMED.search(text):
        return found[1]
    if found := _SQLITE_COLUMNS.search(text):
        columns = [part.strip() for part in found[1].split(",")]
        table = columns[0].split(".")[0]
        return unique_names(table).get(frozenset(c.split(".")[1] for c in columns), "")
    return ""


def _column(model: type[Model], name: str) -> str | None:
    return getattr(model._meta.get_field(name), "column", None)


def unique_names(table: str) -> dict[frozenset[str], str]:
    """Column set → name of the unique constraint over it, for one table."""
    return {
        frozenset(str(_column(model, name)) for name in constraint.fields): constraint.name
        for model in apps.get_models(include_auto_created=True)
        if model._meta.db_table == table
        for constraint in model._meta.constraints
        if isinstance(constraint, UniqueConstraint) and constraint.fields
    }


def refuse(error: IntegrityError, refusals: dict[str, RuleError]) -> RuleError | IntegrityError:
    """The user's words for a database refusal, or the error itself when nobody wrote them (a bug)."""
    return refusals.get(constraint_name(error), error)
