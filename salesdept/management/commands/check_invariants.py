"""Recount what must always be true. Each app adds its recounts to the slot INVARIANTS."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from salesdept.slots import INVARIANTS


class Command(BaseCommand):
    help = "Recount every invariant and say in a sentence what does not hold. Exit 1 when anything is broken."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object instead of sentences")

    def handle(self, *args: Any, **options: Any) -> None:
        results = [(check, list(check.broken())) for check in INVARIANTS]
        if options["json"]:
            rows = [{"name": c.name, "clause": c.clause, "broken": faults} for c, faults in results]
            ok = not any(faults for _, faults in results)
            self.stdout.write(json.dumps({"ok": ok, "invariants": rows}, ensure_ascii=False))
        else:
            self._tell(results)
        if any(faults for _, faults in results):
            sys.exit(1)

    def _tell(self, results: list[tuple[Any, list[str]]]) -> None:
        for check, faults in results:
            for sentence in faults:
                self.stdout.write(f"✗ {check.name}（{check.clause}）：{sentence}")
        broken = sum(len(faults) for _, faults in results)
        state = f"{broken} 处不符" if broken else "全部相符"
        self.stdout.write(f"核对 {len(results)} 项，{state}")
