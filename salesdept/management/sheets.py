"""What the import commands share: the wizard's services, for a person named on the command line."""

from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from salesdept import clock
from salesdept.access import may_import
from salesdept.errors import RuleError
from salesdept.models import Project, User
from salesdept.rules import Role
from salesdept.services import imports
from salesdept.sheets.check import Checked
from salesdept.sheets.kinds import ImportKind, kind_named
from salesdept.sheets.store import masked
from salesdept.verdict import Denied


class SheetCommand(BaseCommand):
    """Check a sheet, say every fault with row, column, value and reason, then import all of it or nothing."""

    kind = ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help=".xlsx 或 .csv")
        parser.add_argument("--project", default="", help="项目代码；只有一个项目时可省")
        parser.add_argument("--user", default="", help="以谁的名义导入（账号）；省略时为项目的经理或助理")
        parser.add_argument("--dry-run", action="store_true", help="只检查，不写入")
        parser.add_argument("--skip-errors", action="store_true", help="跳过有错误的行，导入其余")

    def handle(self, **options: Any) -> None:
        try:
            self.bring_in(options, clock.now())
        except (RuleError, Denied) as refusal:
            way_out = f"；{refusal.way_out}" if refusal.way_out else ""
            raise CommandError(f"{refusal.message}{way_out}") from refusal

    def bring_in(self, options: dict[str, Any], now: datetime) -> None:
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"没有这个文件：{path}")
        project = _project(options["project"])
        actor = _actor(options["user"], project)
        kind = self.the_kind(path)
        sheet: dict[str, Any] = {
            "actor": actor,
            "kind": kind.name,
            "project": project,
            "path": path,
            "file_name": path.name,
        }
        found, notes = imports.inspect_sheet(**sheet, now=now)
        bad = self.report(kind, found, notes)
        if options["dry_run"]:
            self.stdout.write("只检查，没有写入")
            return
        if bad and not options["skip_errors"]:
            raise CommandError(f"{bad:,} 行有错误，一行也没有导入")
        batch = imports.upload_sheet(**sheet, now=now)
        if bad:
            imports.skip_kind(actor=actor, batch_id=batch.pk, problem="", now=now)
        batch = imports.commit_batch(actor=actor, batch_id=batch.pk, now=now)
        self.stdout.write(f"已导入 {batch.imported_count:,} {kind.noun}（第 {batch.pk} 批）")

    def the_kind(self, path: Path) -> ImportKind:
        if kind := kind_named(self.kind):
            return kind
        raise CommandError(f"没有这种表格：{self.kind}")

    def report(self, kind: ImportKind, found: list[Checked], notes: list[str]) -> int:
        """Print notes and faults; returns how many rows have an error."""
        for note in notes:
            self.stdout.write(note)
        for row in found:
            for fault in row.faults:
                column = kind.column(fault.column) if fault.column else None
                value = masked(column, row.cells[column.key]) if column else ""
                mark = "提醒" if fault.warn else "跳过" if fault.skip else "错误"
                where = f"{column.label}「{value[:30]}」" if column else ""
                self.stdout.write(f"第 {row.number} 行 {mark} {where} {fault.message}")
        return sum(row.verdict[0] == "bad" for row in found)


def _project(code: str) -> Project:
    found = list(Project.objects.filter(**({"code": code} if code else {}))[:2])
    if not found:
        raise CommandError(f"没有这个项目：{code}" if code else "还没有项目")
    if len(found) > 1:
        raise CommandError("不止一个项目，请用 --project 指明代码")
    return found[0]


def _actor(username: str, project: Project) -> User:
    people = User.objects.working().filter(projects=project)
    if username:
        people = people.filter(username=username)
    else:
        people = people.filter(role__in=(Role.MANAGER, Role.ASSISTANT)).order_by("-role", "pk")
    actor: User | None = next((person for person in people if may_import(person)), None)
    if actor is None:
        raise CommandError(f"{username or '这个项目里没有人'}不能导入表格；用 --user 指明一位有权限的同事")
    return actor
