"""A hundred thousand customers from a spreadsheet: checked and de-duplicated, then imported.

`checked` is everything until the preview stands: child process, header, cells, checks, look-ups of known
numbers, rows stored. Its baseline is the bare parse of the same file, without checks or database.
`imported` is the commit of all rows; its baseline are customers with their household and number by
`bulk_create`, and nothing else. Memory is the highest resident set of the process and its child together.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.kit import Line

ROWS, QUICK, BARE = 100_000, 5_000, 10_000
KINDS = ("csv", "xlsx")
OWNERS = ("林知远", "许若晴")


def run(quick: bool) -> Iterator[Line]:
    rows = QUICK if quick else ROWS
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "bench.imports", folder, "write", str(rows)], check=True)
        for kind in KINDS:
            command = [sys.executable, "-m", "bench.imports", folder, kind]
            found = json.loads(subprocess.check_output(command))
            yield from lines(f"{rows:,} rows, {kind}", found)


def lines(size: str, found: dict[str, float]) -> Iterator[Line]:
    parse = "bare parse of the file"
    checked, imported = found["checked"], found["imported"]
    yield Line("imports", f"{size}: checked", round(checked), "rows/s", "", parse, checked / found["parsed"])
    yield Line("imports", f"{size}: memory until the preview", round(found["memory"]), "MiB")
    yield Line(
        "imports",
        f"{size}: imported",
        round(imported),
        "rows/s",
        "",
        "bare bulk_create of customers and numbers",
        imported / found["bare"],
    )
    yield Line("imports", f"{size}: memory until the end", round(found["memory_imported"]), "MiB")


# In a process of its own: the files, and one kind from upload to commit.


def write(folder: Path, rows: int) -> None:
    from tests.generators import books, people

    table = books.customer_rows(people.people(rows, owners=OWNERS))
    (folder / "customers.csv").write_bytes(books.text(table, "gb18030"))
    (folder / "customers.xlsx").write_bytes(books.xlsx(table))


def measure(path: Path) -> dict[str, float]:
    import django

    django.setup()
    from salesdept.services import imports

    project, actor, now = office(path.suffix)
    parsed = parse_only(path)
    with highest() as memory:
        started = time.perf_counter()
        batch = imports.upload_sheet(
            actor=actor, kind="customers", project=project, path=path, file_name=path.name, now=now
        )
        checked, until_preview = time.perf_counter() - started, memory[0]
        started = time.perf_counter()
        imports.commit_batch(actor=actor, batch_id=batch.pk, now=now)
        committed = time.perf_counter() - started
    return {
        "parsed": parsed,
        "checked": batch.row_count / checked,
        "memory": until_preview,
        "imported": batch.row_count / committed,
        "memory_imported": memory[0],
        "bare": bare_inserts(project, now),
    }


def office(suffix: str) -> tuple[Any, Any, Any]:
    """A project for this kind of file, with an assistant and the owners of the sheet."""
    from salesdept import clock
    from salesdept.models import Project, User
    from salesdept.rules import Role
    from salesdept.services.people import sync_roles
    from tests import factories

    sync_roles()
    project = Project.objects.create(code=f"BENCH{suffix}", name="青禾湾")
    mark = suffix.strip(".")
    for number, name in enumerate(OWNERS):
        factories.user(Role.REP, username=f"rep{number}{mark}", name=name, project=project)
    assistant = factories.user(Role.ASSISTANT, username=f"assistant{mark}", name="吴静怡", project=project)
    return project, User.objects.get(pk=assistant.pk), clock.now()


def parse_only(path: Path) -> float:
    """Rows a second of the child process and the header alone."""
    from customers.resources.customers import COLUMNS
    from salesdept.sheets.reader import open_sheet

    started = time.perf_counter()
    with open_sheet(path, path.name, COLUMNS) as sheet:
        count = sum(1 for _ in sheet.rows())
    return count / (time.perf_counter() - started)


def bare_inserts(project: Any, now: Any) -> float:
    """Rows a second of customers with their household and number."""
    from customers.models import Customer, Household, Phone

    started = time.perf_counter()
    for first in range(0, BARE, 2000):
        numbers = [f"2{n:010}" for n in range(first, first + 2000)]
        homes = Household.objects.bulk_create([Household(project=project, created_at=now) for _ in numbers])
        people = Customer.objects.bulk_create(
            [Customer(project=project, household=home, name="某人", first_contact_at=now) for home in homes]
        )
        phones = [
            Phone(
                project=project,
                household=home,
                customer=person,
                number=number,
                reversed=number[::-1],
                added_at=now,
            )
            for number, home, person in zip(numbers, homes, people, strict=True)
        ]
        Phone.objects.bulk_create(phones)
    return BARE / (time.perf_counter() - started)


def resident() -> float:
    """MiB of this process and its children now."""
    children = Path("/proc/self/task").glob("*/children")
    pids = [str(os.getpid()), *(pid for file in children for pid in file.read_text().split())]
    pages = 0
    for pid in pids:
        try:
            pages += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        except OSError:
            continue
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024 / 1024


@contextmanager
def highest() -> Iterator[list[float]]:
    """A list whose one item is the highest resident set seen so far."""
    top, stop = [resident()], threading.Event()

    def watch() -> None:
        while not stop.wait(0.02):
            top[0] = max(top[0], resident())

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield top
    finally:
        stop.set()
        watcher.join()


if __name__ == "__main__":
    place, what = Path(sys.argv[1]), sys.argv[2]
    if what == "write":
        write(place, int(sys.argv[3]))
    else:
        print(json.dumps(measure(place / f"customers.{what}")))
