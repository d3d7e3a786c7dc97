"""A backup holds the office whole, is trusted only unchanged, and never replaces by surprise."""

import gzip
import hashlib
import io
import json
import os
import tarfile
from dataclasses import asdict
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from salesdept import clock, journal, seals, snapshot, triggers
from salesdept.management.commands import quickstart
from salesdept.models import Event, Project, User
from tests import factories

# SQLite copies no database from inside a transaction, and pg_dump would not see its rows.
NOW = clock.at(date(2026, 11, 23), 10)
committed = pytest.mark.django_db(transaction=True)


@pytest.fixture
def places(tmp_path, settings):
    """Uploads and kept files in a folder of this test."""
    settings.VAR_DIR = tmp_path / "var"
    settings.MEDIA_ROOT = tmp_path / "var" / "uploads"
    return tmp_path


@pytest.fixture
def office(places, manager, now):
    """Two people, a sealed journal row, and two uploads, one in a folder."""
    upload("slip.jpg", b"slip")
    upload("contracts/2026/scan.pdf", b"%PDF-1.7 scan")
    with transaction.atomic():
        journal.record(manager, "ops.tested", manager, happened_at=now, reason="备份")
    return manager.projects.get()


def upload(name: str, content: bytes) -> None:
    path = Path(settings.MEDIA_ROOT) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def uploads() -> dict[str, bytes]:
    root = Path(settings.MEDIA_ROOT)
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def backup(target: Path) -> str:
    out = io.StringIO()
    call_command("backup", str(target), stdout=out)
    return out.getvalue()


def restore(source: Path, *, force: bool = False) -> str:
    out = io.StringIO()
    call_command("restore", str(source), force=force, stdout=out)
    return out.getvalue()


def rows() -> tuple[list[str], list[tuple[int, str]]]:
    people = list(User.objects.order_by("username").values_list("username", flat=True))
    return people, list(Event.objects.order_by("pk").values_list("pk", "verb"))


def hand_made(file: Path, **changed) -> Path:
    """An archive as `backup` writes them, but of invented parts, for what is refused before any is used."""
    parts = {snapshot.DATABASE[connection.vendor]: b"no database", "uploads/slip.jpg": b"slip"}
    manifest = snapshot.describe(
        NOW, None, {name: hashlib.sha256(c).hexdigest() for name, c in parts.items()}
    )
    return archive(file, {"manifest.json": json.dumps({**asdict(manifest), **changed}).encode(), **parts})


def archive(file: Path, members: dict[str, bytes]) -> Path:
    with tarfile.open(file, "w:gz") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return file


def members_of(file: Path) -> dict[str, bytes]:
    with tarfile.open(file) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}


@committed
def test_what_was_backed_up_comes_back_and_works_on(office, places, settings, now):
    file, before, files = places / "office.tar.gz", rows(), uploads()
    backup(file)
    factories.ProjectFactory()
    User.objects.update(name="改名")
    upload("later.jpg", b"later")
    (Path(settings.MEDIA_ROOT) / "slip.jpg").unlink()
    said = restore(file, force=True)
    assert (rows(), uploads()) == (before, files)
    assert Project.objects.get() == office
    assert not User.objects.filter(name="改名").exists()
    assert "没有发现改动" in said
    assert triggers.missing() == []
    with transaction.atomic():
        row = journal.record(None, "ops.after", office, happened_at=now)
    assert row.pk > max(pk for pk, _ in before[1])
    seals.seal_all()
    assert seals.verify().faults == ()


@committed
def test_a_backup_holds_what_its_manifest_says_and_no_key(office, places, settings):
    file = places / "office.tar.gz"
    said = backup(file)
    members = members_of(file)
    manifest = json.loads(members["manifest.json"])
    assert (manifest["engine"], manifest["key_ids"]) == (connection.vendor, ["t1"])
    assert manifest["seal"]["digest"] == seals.last_seal()["digest"]
    assert manifest["seal"]["digest"] in said
    names = {snapshot.DATABASE[connection.vendor], "uploads/slip.jpg", "uploads/contracts/2026/scan.pdf"}
    assert (set(manifest["parts"]), set(members)) == (names, names | {"manifest.json"})
    assert file.stat().st_mode & 0o777 == 0o600
    for secret in (settings.FIELD_KEY.partition(":")[2], settings.SECRET_KEY):
        assert not [name for name, content in members.items() if secret.encode() in content]


def test_an_existing_file_is_not_overwritten(db, places):
    file = places / "office.tar.gz"
    file.write_bytes(b"mine")
    with pytest.raises(CommandError, match="已存在"):
        backup(file)
    assert file.read_bytes() == b"mine"


def test_a_missing_folder_is_named(db, places):
    with pytest.raises(CommandError, match="没有目录"):
        backup(places / "nowhere" / "office.tar.gz")


def test_a_backup_that_fails_leaves_no_file(db, places, monkeypatch):
    def broken(target: Path) -> None:
        target.write_bytes(b"half")
        raise snapshot.SnapshotError("disk full")

    monkeypatch.setattr(snapshot, "dump_database", broken)
    with pytest.raises(CommandError, match="disk full"):
        backup(places / "office.tar.gz")
    assert list(places.iterdir()) == []


def test_a_database_with_data_is_not_replaced_without_force(office, places):
    file, before, files = hand_made(places / "office.tar.gz"), rows(), uploads()
    with pytest.raises(CommandError, match="--force"):
        restore(file)
    assert (rows(), uploads()) == (before, files)


def edited(**fields):
    def change(members):
        manifest = {**json.loads(members["manifest.json"]), **fields}
        return {**members, "manifest.json": json.dumps(manifest).encode()}

    return change


def without(name):
    return lambda members: {n: c for n, c in members.items() if n != name}


OTHER = {"sqlite": "postgresql", "postgresql": "sqlite"}
DISTRUSTED = {
    "an upload was changed": (lambda m: {**m, "uploads/slip.jpg": b"forged"}, "被改动过"),
    "an upload is missing": (without("uploads/slip.jpg"), "缺失或多出"),
    "a file was added": (lambda m: {**m, "uploads/extra.exe": b"x"}, "缺失或多出"),
    "the manifest is missing": (without("manifest.json"), "不是完整的备份"),
    "the manifest is no JSON": (lambda m: {**m, "manifest.json": b"{"}, "不是完整的备份"),
    "it leads out of its folder": (lambda m: {**m, "../evil": b"x"}, "不是完整的备份"),
    "its format is newer": (edited(format=2), "格式不认识"),
    "it is of another engine": (lambda m: edited(engine=OTHER[connection.vendor])(m), "这里是"),
    "its keys are not here": (edited(key_ids=["k9"]), "FIELD_KEY 里没有 k9"),
}


def test_a_hand_made_backup_is_trusted_until_something_changes(db, places):
    """The control of the table below."""
    (places / "work").mkdir()
    snapshot.unpack(hand_made(places / "office.tar.gz"), places / "work")


@pytest.mark.parametrize(("change", "words"), DISTRUSTED.values(), ids=DISTRUSTED)
def test_a_backup_is_refused_when(office, places, settings, change, words):
    before, files = rows(), uploads()
    whole = members_of(hand_made(places / "office.tar.gz"))
    with pytest.raises(CommandError, match=words):
        restore(archive(places / "changed.tar.gz", change(whole)), force=True)
    assert (rows(), uploads()) == (before, files)
    assert list(settings.VAR_DIR.glob("backups/*")) == []


def test_a_newer_version_s_backup_is_refused(office, places, monkeypatch):
    file = hand_made(places / "office.tar.gz", migrations=["salesdept.0001_initial", "salesdept.0099_later"])
    known = {("salesdept", "0001_initial"): None}
    monkeypatch.setattr(snapshot.MigrationExecutor, "__init__", lambda self, _: setattr(self, "loader", self))
    monkeypatch.setattr(snapshot.MigrationExecutor, "disk_migrations", known, raising=False)
    with pytest.raises(CommandError, match=r"salesdept\.0099_later"):
        restore(file, force=True)


NO_ARCHIVE = {"empty": b"", "text": b"not an archive", "gzip": gzip.compress(b"no tar"), "cut off": None}


@pytest.mark.parametrize("content", NO_ARCHIVE.values(), ids=NO_ARCHIVE)
def test_what_is_no_whole_archive_is_refused(office, places, content):
    file, before = hand_made(places / "office.tar.gz"), rows()
    file.write_bytes(file.read_bytes()[:-40] if content is None else content)
    with pytest.raises(CommandError, match="不是完整的备份"):
        restore(file, force=True)
    assert rows() == before


@committed
def test_a_damaged_database_is_refused_and_the_old_one_stays(office, places):
    """Its parts fit the manifest: only the database itself can tell."""
    file, before, files = hand_made(places / "office.tar.gz"), rows(), uploads()
    with pytest.raises(CommandError):
        restore(file, force=True)
    assert (rows(), uploads()) == (before, files)


def test_a_running_office_is_not_replaced(office, places, settings):
    file = hand_made(places / "office.tar.gz")
    lock = quickstart.claim_office(settings.VAR_DIR, "http://127.0.0.1:8123/")
    try:
        with pytest.raises(CommandError, match="正在运行"):
            restore(file, force=True)
    finally:
        os.close(lock)


@committed
def test_a_changed_past_is_found_after_a_restore(office, places):
    """The content was changed before the backup was made, so its parts fit: the seals tell."""
    seals.seal_all()
    triggers.drop()
    Event.objects.filter(verb="ops.tested").update(reason="别的")
    triggers.install()
    file = places / "office.tar.gz"
    backup(file)
    with pytest.raises(SystemExit):
        restore(file, force=True)


@committed
def test_a_lost_seal_is_found_after_a_restore(office, places):
    """The manifest names a seal; a journal without it is not the one that was backed up."""
    file = places / "office.tar.gz"
    backup(file)
    lost = edited(seal={"seal": 1, "upto": 1, "digest": "0" * 64})
    with pytest.raises(SystemExit):
        restore(archive(places / "changed.tar.gz", lost(members_of(file))), force=True)


@committed
def test_before_an_upgrade_a_copy_is_kept_where_there_is_something_to_keep(office, places, settings, now):
    kept = snapshot.before_migrating(settings.VAR_DIR, now)
    assert (kept is not None) == (connection.vendor == "sqlite")
    if kept:
        assert kept.read_bytes()[:15] == b"SQLite format 3"
        assert kept.stat().st_mode & 0o777 == 0o600


def test_nothing_is_copied_of_an_empty_database(db, tmp_path, now):
    assert snapshot.before_migrating(tmp_path, now) is None
