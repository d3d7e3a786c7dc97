"""The import commands: the wizard's services from the shell."""

import pytest
from django.core.management import CommandError, call_command

from customers.models import Customer
from inventory.models import Unit
from inventory.presale import by_project, expand, read_register
from salesdept.models import Event, ImportBatch
from tests.generators import books, people

pytestmark = pytest.mark.django_db
UNITS = expand(by_project(read_register())["静安府"])
HEADERS = list(people.HEADERS)


@pytest.fixture
def sheet(stored, rep, assistant, manager):
    rows = [person.row() for person in people.people(5)]

    def make(**changes):
        for (row, column), value in changes.pop("cells", {}).items():
            rows[row][HEADERS.index(column)] = value
        return stored(books.text([HEADERS, *rows], "gbk"), "客户.csv")

    return make


def test_units_are_imported_for_a_named_project(stored, project, manager, capsys):
    path = stored(books.dirty_units(UNITS), "房源.xlsx")
    call_command("import_units", path, project=project.code)
    assert Unit.objects.count() == len(UNITS)
    assert ImportBatch.objects.get().created_by == manager
    assert f"已导入 {len(UNITS)} 套" in capsys.readouterr().out


def test_a_dry_run_says_everything_and_writes_nothing(sheet, capsys):
    before = Event.objects.count()
    call_command("import_customers", sheet(cells={(1, "电话"): "1380"}), dry_run=True)
    said = capsys.readouterr().out
    assert "文件编码是 GBK" in said
    assert "第 3 行 错误 电话「1380」 手机号应为 11 位，现有 4 位" in said
    assert (Customer.objects.count(), ImportBatch.objects.count(), Event.objects.count()) == (0, 0, before)


def test_one_error_keeps_everything_out(sheet):
    with pytest.raises(CommandError, match="1 行有错误，一行也没有导入"):
        call_command("import_customers", sheet(cells={(1, "电话"): "1380"}))
    assert (Customer.objects.count(), ImportBatch.objects.count()) == (0, 0)


def test_errors_are_skipped_only_when_told(sheet):
    call_command("import_customers", sheet(cells={(1, "电话"): "1380"}), skip_errors=True)
    assert Customer.objects.count() == 4


def test_the_same_file_twice_is_refused_in_words(sheet):
    path = sheet()
    call_command("import_customers", path)
    with pytest.raises(CommandError, match="没有新内容"):
        call_command("import_customers", path)
    assert Customer.objects.count() == 5


REFUSED = {
    "no file": ({"file": "missing.csv"}, "没有这个文件"),
    "no project": ({"project": "X"}, "没有这个项目"),
    "no right": ({"user": "rep"}, "rep不能导入表格"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_wrong_command_says_what_is_wrong(case, sheet):
    options, words = REFUSED[case]
    with pytest.raises(CommandError, match=words):
        call_command("import_customers", options.pop("file", None) or sheet(), **options)
    assert Customer.objects.count() == 0


@pytest.mark.parametrize("made", ["units", "customers"])
def test_an_opening_ledger_is_recognised_and_dated(made, stored, sheet):
    path = sheet() if made == "customers" else stored(books.xlsx(books.unit_rows(UNITS)), "房源.xlsx")
    call_command("import_opening", str(path), "--as-of=2026-11-01")
    batch = ImportBatch.objects.get()
    assert (batch.kind, batch.committed_at.date().isoformat()) == (made, "2026-11-01")


def test_an_opening_ledger_has_no_future(sheet):
    with pytest.raises(CommandError, match="截止日在将来"):
        call_command("import_opening", str(sheet()), "--as-of=2999-01-01")
