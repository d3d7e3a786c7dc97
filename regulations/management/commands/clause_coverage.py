"""Per clause: enforced, supported, measured, manual or todo, with what enforces and what tests it."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from regulations import clauses
from regulations.queries.clauses import totals


class Command(BaseCommand):
    help = "What of the regulation is enforced, by what, and which tests show it"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
        parser.add_argument("--status", choices=tuple(clauses.STATUSES), help="only these clauses")

    def handle(self, *args: Any, **options: Any) -> None:
        rows = [r for r in clauses.rows().values() if options["status"] in (None, r.status)]
        self.stdout.write(_as_json(rows) if options["json"] else _as_text(rows))


def _as_json(rows: list[clauses.Row]) -> str:
    return json.dumps(
        {
            "totals": totals(),
            "regulation_proper": totals(proper=True),
            "todo_max": clauses.todo_max(),
            "clauses": [_entry(row) for row in rows],
        },
        ensure_ascii=False,
        indent=1,
    )


def _entry(row: clauses.Row) -> dict[str, Any]:
    return {
        "id": row.key,
        "ref": row.ref,
        "quote": row.quote,
        "apps": row.apps,
        "status": row.status,
        "enforcer": row.enforcer,
        "tests": row.tests,
    }


def _as_text(rows: list[clauses.Row]) -> str:
    lines = [
        f"{row.key:5} {row.status:9} {row.ref or '-':14} {row.quote[:30]}  {'; '.join(row.enforcer)}"
        for row in rows
    ]
    every, proper = totals(), totals(proper=True)
    lines += [
        "",
        f"all {sum(every.values())}: " + _sum(every) + f" (todo may only fall: {clauses.todo_max()})",
        f"regulation proper {sum(proper.values())}: " + _sum(proper),
    ]
    return "\n".join(lines)


def _sum(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {n}" for name, n in counts.items())
