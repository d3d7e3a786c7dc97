"""Has anybody touched the past? Recounts the journal against its seals."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from salesdept import seals


class Command(BaseCommand):
    help = "Name altered, missing, swapped and inserted journal rows. Exit 1 when there are any."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object instead of sentences")
        parser.add_argument(
            "--anchor",
            action="append",
            default=[],
            help="digest of a seal kept elsewhere (a backup's manifest)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        report = seals.verify(options["anchor"])
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(), ensure_ascii=False))
        else:
            for fault in report.faults:
                self.stdout.write(f"✗ {fault.sentence}")
            state = f"发现 {len(report.faults)} 处问题" if report.faults else "没有发现改动"
            self.stdout.write(
                f"日志：{report.seals} 个封印，已封存 {report.sealed} 行，"
                f"待封存 {report.unsealed} 行，{state}"
            )
        if report.faults:
            sys.exit(1)
