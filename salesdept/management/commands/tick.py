"""One tick by hand: what the beat wakes every minute."""

from typing import Any

from django.core.management.base import BaseCommand

from salesdept import clock
from salesdept.services.tick import tick


class Command(BaseCommand):
    help = "Handle what is due, send what waits, seal the journal, once."

    def handle(self, *args: Any, **options: Any) -> None:
        report = tick(now=clock.now())
        self.stdout.write(
            f"提醒 {report.handled}，失败 {report.failed}；"
            f"外发 {report.sent}，失败 {report.unsent}；封存 {report.sealed}；"
            f"夜间 {'、'.join(report.jobs) or '无'}"
        )
