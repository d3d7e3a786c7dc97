"""The import wizard in a real browser: both sizes, both themes, with and without scripts."""

import pytest

from customers.models import Customer
from inventory.presale import by_project, expand, read_register
from salesdept.models import ImportBatch
from salesdept.services import imports
from tests.browser.lib import assert_accessible, assert_no_overflow, assert_sound, login
from tests.generators import books, people


@pytest.fixture
def sheet(tmp_path, assistant, rep):
    """A customer sheet with a wrong number, a repeated one and a stranger for an owner."""
    rows = [person.row() for person in people.people(9)]
    rows[1][2] = "1380000000"
    rows[3][2] = rows[2][2]
    rows[4][9] = "张三"
    rows[5][4] = "梦见的"
    path = tmp_path / "客户台账-20261122.xlsx"
    path.write_bytes(books.xlsx([list(people.HEADERS), *rows]))
    return path


@pytest.fixture
def batch(sheet, project, assistant, now):
    return imports.upload_sheet(
        actor=assistant, kind="customers", project=project, path=sheet, file_name=sheet.name, now=now
    )


@pytest.fixture
def units(tmp_path, project, assistant, now):
    rows = books.unit_rows(expand(by_project(read_register())["华建锦院"]))
    rows[2][5] = "118,42"
    rows[4][9] += 5
    rows[6][2] = rows[5][2]
    path = tmp_path / "房源台账.xlsx"
    path.write_bytes(books.xlsx(rows))
    return imports.upload_sheet(
        actor=assistant, kind="units", project=project, path=path, file_name=path.name, now=now
    )


def test_every_page_of_the_wizard_is_sound(screen, batch, units, assistant):
    login(screen, "assistant")
    assert_sound(screen, "/imports/")
    for one in (batch, units):
        assert_sound(screen, f"/imports/{one.pk}/")
        assert_sound(screen, f"/imports/{one.pk}/?show=bad")
        assert_sound(screen, f"/imports/{one.pk}/rows/3/")


def upload(page, sheet):
    page.click("text=客户表")
    page.set_input_files("[name=file]", sheet)
    page.click("text=上传并检查")
    page.wait_for_url("**/imports/*/")


def test_a_sheet_is_corrected_in_place_and_imported(phone, sheet, assistant):
    login(phone, "assistant")
    page = phone.go("/imports/")
    upload(page, sheet)
    page.click("text=修改第 3 行")
    page.wait_for_selector("dialog[open]")
    assert_accessible(page)
    page.fill("dialog [name=c-phone]", "139 0000 0001")
    page.click("dialog >> text=保存并检查这一行")
    page.wait_for_selector("text=第 3 行：可导入")
    assert page.locator("dialog[open]").count() == 0
    assert_no_overflow(page)
    page.click("text=所有错误行设为跳过")
    page.wait_for_selector("text=导入 7 行，跳过 2 行")
    page.click("text=导入 7 行，跳过 2 行")
    page.wait_for_selector("text=已导入 7 位")
    assert Customer.objects.count() == 7


def test_the_whole_way_without_a_script(without_script, sheet, assistant):
    login(without_script, "assistant")
    page = without_script.go("/imports/")
    upload(page, sheet)
    page.click("text=修改第 3 行")
    page.fill("[name=c-phone]", "139 0000 0001")
    page.click("text=保存并检查这一行")
    page.click("text=所有错误行设为跳过")
    page.click("text=导入 7 行，跳过 2 行")
    assert page.locator("text=已导入 7 位").count() == 1
    page.click("text=撤销这一批")
    assert ImportBatch.objects.get().state == "undone"
    assert Customer.objects.count() == 0
