"""Put a backup in the place of the database and the uploads."""

import fcntl
import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from salesdept import clock, snapshot, triggers


class Command(BaseCommand):
    help = "Restore the office from FILE. Replaced files are kept in var/backups/; PostgreSQL tables are not."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--force", action="store_true", help="replace a database that is not empty")

    def handle(self, *args: Any, **options: Any) -> None:
        self.refuse_while_running()
        try:
            manifest = snapshot.restore(options["file"], clock.now(), force=options["force"])
        except (snapshot.SnapshotError, OSError) as error:
            raise CommandError(str(error)) from error
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()) or triggers.missing():
            call_command("migrate", verbosity=0, interactive=False)
        anchors = [manifest.seal["digest"]] if manifest.seal else []
        call_command("verify_journal", anchor=anchors, stdout=self.stdout)
        self.stdout.write(f"已恢复 {manifest.made_at} 的备份 (restored)")

    def refuse_while_running(self) -> None:
        path = settings.VAR_DIR / "quickstart.lock"
        if not path.exists():
            return
        fd = os.open(path, os.O_RDWR)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError("./run 正在运行，请先停止它 (stop ./run first)") from None
        finally:
            os.close(fd)
