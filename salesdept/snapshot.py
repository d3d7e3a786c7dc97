"""One file that holds an office: its database, its uploads, and a manifest to check both by.

The keys are not in it: whoever finds a backup must not be able to open the sealed fields. It names the ids of
the keys it needs instead.
"""

import hashlib
import json
import os
import platform
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from salesdept import seals
from salesdept.fields import ring
from salesdept.models import Event, Project, User

FORMAT = 1
MANIFEST = "manifest.json"
UPLOADS = "uploads/"
DATABASE = {"sqlite": "database.sqlite3", "postgresql": "database.pgdump"}


class SnapshotError(Exception):
    """A backup that cannot be made, trusted or put back; the text is one line for the operator."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself. `parts`: file → SHA-256; `seal`: the journal's last seal."""

    format: int
    made_at: str
    engine: str
    versions: dict[str, str]
    migrations: list[str]
    key_ids: list[str]
    seal: dict[str, Any] | None
    parts: dict[str, str] = field(default_factory=dict)


# --- making ---------------------------------------------------------------------------------------


def make(target: Path, now: datetime) -> Manifest:
    """Write the backup to `target`, which appears whole or not at all. Refuses to overwrite."""
    if target.exists():
        raise SnapshotError(f"{target} 已存在，不覆盖 (the file exists)")
    if not target.parent.is_dir():
        raise SnapshotError(f"没有目录 {target.parent} (no such folder)")
    seals.seal_all(most=1000)
    # Before the copy: a seal named here is surely in it.
    seal = seals.last_seal()
    with workspace(target.parent) as work:
        name = DATABASE[connection.vendor]
        dump_database(work / name)
        uploads = list(uploaded_files())
        parts = {name: digest(work / name)} | {UPLOADS + rel: digest(path) for rel, path in uploads}
        manifest = describe(now, seal, parts)
        (work / MANIFEST).write_text(json.dumps(asdict(manifest), ensure_ascii=False, indent=1), "utf-8")
        whole = work / "backup.tar.gz"
        with tarfile.open(whole, "w:gz", compresslevel=6) as tar:
            tar.add(work / MANIFEST, MANIFEST)
            tar.add(work / name, name)
            for rel, path in uploads:
                tar.add(path, UPLOADS + rel, recursive=False)
        whole.chmod(0o600)
        os.link(whole, target)
    return manifest


def dump_database(target: Path) -> None:
    """A consistent copy while others go on working."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(target)])
        return
    postgres("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}")


def describe(now: datetime, seal: dict[str, Any] | None, parts: dict[str, str]) -> Manifest:
    return Manifest(
        format=FORMAT,
        made_at=now.isoformat(),
        engine=connection.vendor,
        versions={
            "python": platform.python_version(),
            "django": django.get_version(),
            "database": ".".join(map(str, connection.get_database_version())),
        },
        migrations=applied_migrations(),
        key_ids=list(ring()),
        seal=seal,
        parts=parts,
    )


def applied_migrations() -> list[str]:
    return sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations())


def uploaded_files() -> Iterator[tuple[str, Path]]:
    root = Path(settings.MEDIA_ROOT)
    for path in sorted(root.rglob("*")) if root.is_dir() else ():
        if path.is_file() and not path.is_symlink():
            yield path.relative_to(root).as_posix(), path


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# --- putting back ---------------------------------------------------------------------------------


def restore(source: Path, now: datetime, *, force: bool = False) -> Manifest:
    """Check the backup as a whole, then put it in the place of what is there. Files go to var/backups/."""
    with workspace(settings.VAR_DIR) as work:
        manifest = unpack(source, work)
        if not force and not is_empty():
            raise SnapshotError(
                "现有数据库不是空的；确定要换掉它就加 --force (the database is not empty: --force)"
            )
        aside = settings.VAR_DIR / "backups" / f"replaced-{now:%Y%m%d-%H%M%S}"
        put_database(work / DATABASE[manifest.engine], aside)
        put_uploads(work / UPLOADS, aside)
    return manifest


def unpack(source: Path, work: Path) -> Manifest:
    """Extract and compare every part with the manifest; anything missing, altered or extra is refused."""
    try:
        with tarfile.open(source, "r:gz") as tar:
            if odd := [m.name for m in tar if not m.isreg()]:
                raise SnapshotError(f"备份里 {odd[0]} 不是文件 (not a plain file)")
            tar.extractall(work, filter="data")
        manifest = Manifest(**json.loads((work / MANIFEST).read_text("utf-8")))
    except (OSError, EOFError, tarfile.TarError, ValueError, TypeError) as error:
        raise SnapshotError(f"{source} 不是完整的备份：{error} (not a whole backup)") from None
    check_fits(manifest)
    found = {p.relative_to(work).as_posix() for p in work.rglob("*") if p.is_file()} - {MANIFEST}
    for name in sorted(found ^ set(manifest.parts)):
        raise SnapshotError(f"备份里 {name} 缺失或多出 (missing or extra part)")
    for name, expected in manifest.parts.items():
        if digest(work / name) != expected:
            raise SnapshotError(f"备份里 {name} 被改动过 (altered part)")
    return manifest


def check_fits(manifest: Manifest) -> None:
    """Refuse a backup of another engine, of a newer program, or sealed with keys that are not here."""
    if manifest.format != FORMAT or manifest.engine not in DATABASE:
        raise SnapshotError("备份的格式不认识 (unknown format)")
    if manifest.engine != connection.vendor:
        raise SnapshotError(f"备份来自 {manifest.engine}，这里是 {connection.vendor} (another engine)")
    known = {f"{app}.{name}" for app, name in MigrationExecutor(connection).loader.disk_migrations}
    if known and (newer := sorted(set(manifest.migrations) - known)):
        raise SnapshotError(f"备份来自更新的版本：{newer[0]} 这里没有 (made by a newer version)")
    if lost := [key for key in manifest.key_ids if key not in ring()]:
        raise SnapshotError(f"FIELD_KEY 里没有 {lost[0]}，加密的证件号打不开 (FIELD_KEY lacks this key id)")


def is_empty() -> bool:
    tables = set(connection.introspection.table_names())
    held = [m for m in (User, Project, Event) if m._meta.db_table in tables]
    return not any(model._default_manager.exists() for model in held)


def put_database(part: Path, aside: Path) -> None:
    if connection.vendor == "sqlite":
        put_sqlite(part, aside)
    else:
        put_postgres(part)


def put_sqlite(part: Path, aside: Path) -> None:
    """Swap the files. A journal left beside the place belongs to the old one and would break the new one."""
    refuse_damaged(part)
    connection.close()
    place = Path(connection.settings_dict["NAME"])
    aside.mkdir(parents=True)
    if place.exists():
        shutil.copy2(place, aside / place.name)
    for leftover in (Path(f"{place}{tail}") for tail in ("-wal", "-shm", "-journal")):
        if leftover.exists():
            leftover.replace(aside / leftover.name)
    shutil.move(part, place)


def refuse_damaged(part: Path) -> None:
    try:
        with closing(sqlite3.connect(part)) as copy:
            answer = str(copy.execute("PRAGMA integrity_check").fetchone()[0])
    except sqlite3.DatabaseError as error:
        answer = str(error)
    if answer != "ok":
        raise SnapshotError(f"备份里的数据库已损坏：{answer} (damaged database)")


def put_postgres(part: Path) -> None:
    """Old out and new in, in one transaction: when anything fails, the old database is still there."""
    connection.close()
    script = part.with_suffix(".sql")
    run_tool(["pg_restore", "--no-owner", "--no-privileges", f"--file={script}", str(part)], {})
    empty = "DROP SCHEMA public CASCADE; CREATE SCHEMA public"
    options = ["--quiet", "--no-psqlrc", "--single-transaction", "--set=ON_ERROR_STOP=1"]
    postgres("psql", *options, f"--command={empty}", f"--file={script}")


def put_uploads(part: Path, aside: Path) -> None:
    place = Path(settings.MEDIA_ROOT)
    if place.exists():
        aside.mkdir(parents=True, exist_ok=True)
        shutil.move(place, aside / "uploads")
    if part.exists():
        shutil.move(part, place)


def before_migrating(var_dir: Path, now: datetime) -> Path | None:
    """A copy of an SQLite database before its tables change; None where there is nothing to keep."""
    if connection.vendor != "sqlite" or is_empty():
        return None
    target = var_dir / "backups" / f"before-upgrade-{now:%Y%m%d-%H%M%S}.sqlite3"
    target.parent.mkdir(parents=True, exist_ok=True)
    dump_database(target)
    target.chmod(0o600)
    return target


# --- tools ----------------------------------------------------------------------------------------


@contextmanager
def workspace(beside: Path) -> Iterator[Path]:
    """A private folder on the same disk as the result, gone afterwards."""
    beside.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=beside) as folder:
        yield Path(folder)


def postgres(tool: str, *options: str) -> None:
    """Run one of PostgreSQL's own tools on our database; the password travels in the environment."""
    of = connection.settings_dict
    env = {"PGHOST": of["HOST"], "PGPORT": of["PORT"], "PGUSER": of["USER"], "PGPASSWORD": of["PASSWORD"]}
    # Somebody still at work in the database is an error after a while, not a wait without end.
    env["PGOPTIONS"] = "-c lock_timeout=10s"
    run_tool([tool, *options, f"--dbname={of['NAME']}"], env)


def run_tool(command: list[str], env: dict[str, Any]) -> None:
    known = {key: str(value) for key, value in env.items() if value}
    try:
        done = subprocess.run(  # noqa: S603 - our own argument list, no shell
            command, env={**os.environ, **known}, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise SnapshotError(
            f"没有找到 {command[0]}，请安装 PostgreSQL 客户端 ({command[0]} is missing)"
        ) from None
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["?"])[0]
        raise SnapshotError(f"{command[0]} 失败：{said} ({command[0]} failed)")
