"""Write the database, the uploads and a manifest into one file."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from salesdept import clock, snapshot


class Command(BaseCommand):
    help = (
        "Back up the office into FILE (.tar.gz). Keep SECRET_KEY and FIELD_KEY elsewhere: they are not in it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        target: Path = options["file"].absolute()
        try:
            manifest = snapshot.make(target, clock.now())
        except (snapshot.SnapshotError, OSError) as error:
            raise CommandError(str(error)) from error
        size = target.stat().st_size / 1024 / 1024
        sealed = manifest.seal["digest"] if manifest.seal else "–"
        self.stdout.write(f"{target}  {size:.1f} MiB  {len(manifest.parts)} 个文件 (parts)")
        self.stdout.write(f"日志封印 (journal seal): {sealed}")
        self.stdout.write(f"另外保存密钥 (keep these keys apart): FIELD_KEY {', '.join(manifest.key_ids)}")
