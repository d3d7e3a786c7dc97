"""The life of an uploaded sheet: read, corrected, imported whole or not at all, taken back."""

import random

import pytest
from django.core.exceptions import PermissionDenied

from customers.models import Customer, ImportConflict, Phone
from inventory.models import Unit, UnitPrice
from inventory.presale import by_project, expand, read_register
from salesdept.errors import RuleError
from salesdept.models import Event, ImportBatch, ImportRow
from salesdept.services import imports
from salesdept.sheets.limits import CLAUSE
from tests.factories import customers as make
from tests.generators import books, hostile, people

pytestmark = pytest.mark.django_db
HEADERS = list(people.HEADERS)
UNITS = expand(by_project(read_register())["鹭鸣北湖名邸"])


def sheet_row(name="王丽", phone="13800010000", owner="林知远", **cells):
    given = {"姓名": name, "电话": phone, "置业顾问": owner, **cells}
    return [given.get(header) for header in HEADERS]


@pytest.fixture
def upload(stored, project, assistant, now):
    def do(rows, kind="customers", name="客户.xlsx", actor=assistant, content=None, **kwargs):
        path = stored(content if content is not None else books.xlsx(rows), name)
        return imports.upload_sheet(
            actor=actor, kind=kind, project=project, path=path, file_name=name, now=now, **kwargs
        )

    return do


@pytest.fixture
def customers(upload, rep, colleague):
    """Upload customer rows; the owners exist."""
    return lambda *rows, **kwargs: upload([HEADERS, *rows], **kwargs)


def states(batch):
    return {row.row_no: (row.state, row.problem) for row in batch.rows.order_by("row_no")}


def counts():
    return {model: model.objects.count() for model in (Customer, Phone, Unit, ImportBatch, ImportRow, Event)}


def refused(code, call, **kwargs):
    """The call is refused with this code and nothing has changed."""
    before, rows = counts(), list(ImportRow.objects.order_by("pk").values_list())
    with pytest.raises(RuleError) as caught:
        call(**kwargs)
    assert caught.value.code == code
    assert counts() == before
    assert list(ImportRow.objects.order_by("pk").values_list()) == rows
    return caught.value


# Upload.


def test_a_clean_sheet_waits_in_preview_and_imports_nothing(customers):
    batch = customers(sheet_row(), sheet_row("李明", "13900000001", "许若晴"))
    assert (batch.state, batch.row_count) == ("preview", 2)
    assert states(batch) == {2: ("ok", ""), 3: ("ok", "")}
    assert Customer.objects.count() == 0
    assert Event.objects.get(verb="salesdept.import.uploaded").changes["rows"] == 2


FAULTS = {
    "no name": ({"name": None}, "no_name", "bad"),
    "name too long": ({"name": "王" * 41}, "too_long", "bad"),
    "no phone": ({"phone": "未知"}, "no_phone", "bad"),
    "short phone": ({"phone": "1380000000"}, "bad_phone", "bad"),
    "two phones": ({"phone": "13800010000/13900000000"}, "bad_phone", "bad"),
    "unknown owner": ({"owner": "张三"}, "owner", "bad"),
    "no owner": ({"owner": "-"}, "no_owner", "warn"),
    "bad check digit": ({"身份证号": "330106199001011230"}, "identity", "bad"),
    "identity number as a number": ({"身份证号": 330106199001011234}, "digits_lost", "bad"),
    "old identity number": ({"身份证号": "330106900101123"}, "identity", "bad"),
    "no such birthday": ({"身份证号": "330106199002301231"}, "identity", "bad"),
    "visit in the future": ({"首次来访日期": "2026-12-01"}, "date", "bad"),
    "no such day": ({"首次来访日期": "2026-02-30"}, "date", "bad"),
    "grade D": ({"等级": "D"}, "grade", "bad"),
    "strange source": ({"认知途径": "梦见的"}, "word", "warn"),
    "strange gender": ({"性别": "其他"}, "word", "warn"),
    "budget without unit": ({"预算": "300"}, "budget", "warn"),
    "budget in words": ({"预算": "250-300万"}, "budget", "warn"),
    "note too long": ({"备注": "字" * 501}, "overlong", "bad"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_what_is_wrong_with_a_customer_row_is_said(case, customers):
    cells, problem, state = FAULTS[case]
    batch = customers(sheet_row(**cells))
    assert states(batch) == {2: (state, problem)}


ODD = {
    "grade with words": {"等级": "a类"},
    "gender by title": {"性别": "女士"},
    "blank words": {"身份证号": "无", "预算": "/", "首次来访日期": "未知", "备注": "-"},
    "account instead of name": {"置业顾问": "rep"},
    "source in other words": {"认知途径": "抖音"},
    "today's visit": {"首次来访日期": "2026-11-23"},
}


@pytest.mark.parametrize("case", ODD)
def test_what_offices_write_passes(case, customers):
    assert states(customers(sheet_row(**ODD[case]))) == {2: ("ok", "")}


def test_a_phone_twice_in_the_file_is_an_error_of_the_later_row(customers):
    batch = customers(sheet_row(), sheet_row("李明", "+86-138-0001-0000"))
    assert states(batch) == {2: ("ok", ""), 3: ("bad", "repeated")}
    assert batch.rows.get(row_no=3).fault_list[0][2] == "与第 2 行电话重复"


def test_identity_numbers_lie_sealed_and_only_there(customers):
    number = people.identity_number(random.Random(1))
    batch = customers(sheet_row(身份证号=number))
    stored = batch.rows.get().data
    assert number not in stored
    assert number not in str(list(Event.objects.values_list("changes", flat=True)))


@pytest.mark.parametrize(
    ("who", "error"), [("rep", PermissionDenied), ("finance", PermissionDenied), ("admin", PermissionDenied)]
)
def test_only_those_who_may_import_upload(who, error, upload, request):
    actor = request.getfixturevalue(who)
    with pytest.raises(error):
        upload([HEADERS, sheet_row()], actor=actor)
    assert ImportBatch.objects.count() == 0


def test_nobody_imports_into_a_project_that_is_not_theirs(upload, assistant):
    assistant.projects.clear()
    with pytest.raises(PermissionDenied):
        upload([HEADERS, sheet_row()])


def test_a_hostile_file_leaves_nothing_behind(upload):
    refused("file_entities", upload, rows=None, content=hostile.entity_bomb())


def test_an_unknown_kind_is_refused(upload):
    refused("unknown_kind", upload, rows=[HEADERS], kind="cars")


# The same file twice.


def test_the_same_file_again_leads_to_the_same_open_batch(customers):
    first, second = customers(sheet_row()), customers(sheet_row())
    assert first.pk == second.pk
    assert ImportRow.objects.count() == 1


def test_the_same_file_after_its_import_is_refused_and_named(customers, assistant, now):
    batch = customers(sheet_row())
    imports.commit_batch(actor=assistant, batch_id=batch.pk, now=now)
    error = refused("same_file", lambda: customers(sheet_row()))
    assert f"第 {batch.pk} 批" in error.message
    assert "吴静怡" in error.message
    assert error.url == f"/imports/{batch.pk}/"
    assert Customer.objects.count() == 1


def test_another_persons_open_batch_of_the_same_file_is_named(customers, manager):
    customers(sheet_row())
    error = refused("same_file", lambda: customers(sheet_row(), actor=manager))
    assert "检查中" in error.message


def test_an_undone_file_comes_back_only_deliberately(customers, assistant, now):
    batch = customers(sheet_row())
    imports.commit_batch(actor=assistant, batch_id=batch.pk, now=now)
    imports.undo_batch(actor=assistant, batch_id=batch.pk, now=now)
    error = refused("undone_file", lambda: customers(sheet_row()))
    assert "再导一次" in error.way_out
    assert customers(sheet_row(), again=True).pk != batch.pk


def test_a_discarded_file_may_simply_come_again(customers, assistant, now):
    batch = customers(sheet_row())
    imports.discard_batch(actor=assistant, batch_id=batch.pk, now=now)
    assert ImportRow.objects.count() == 0
    assert customers(sheet_row()).state == "preview"


def test_the_database_itself_keeps_a_file_from_two_live_batches(customers, upload, monkeypatch):
    customers(sheet_row())
    monkeypatch.setattr("salesdept.services.imports.upload._same_file", lambda *a: None)
    refused("same_file", lambda: customers(sheet_row()))


# Corrections.


def test_a_corrected_row_is_checked_again(customers, assistant, now):
    batch = customers(sheet_row(phone="1380000000"))
    row = batch.rows.get()
    fixed = imports.fix_row(
        actor=assistant,
        batch_id=batch.pk,
        row_no=2,
        cells={"phone": " 138 0001 0000 "},
        version=row.version,
        now=now,
    )
    assert (fixed.state, fixed.key) == ("ok", "13800010000")
    changes = Event.objects.get(verb="salesdept.import.row_fixed").changes
    assert changes == {"row": 2, "columns": ["phone"]}


def test_a_correction_frees_the_row_that_repeated_it(customers, assistant, now):
    batch = customers(sheet_row(), sheet_row("李明"), sheet_row("赵敏"))
    assert states(batch)[3] == states(batch)[4] == ("bad", "repeated")
    imports.fix_row(
        actor=assistant, batch_id=batch.pk, row_no=2, cells={"phone": "13900000009"}, version=None, now=now
    )
    assert states(batch) == {2: ("ok", ""), 3: ("ok", ""), 4: ("bad", "repeated")}
    imports.fix_row(
        actor=assistant, batch_id=batch.pk, row_no=4, cells={"phone": "13900000009"}, version=None, now=now
    )
    assert batch.rows.get(row_no=4).fault_list[0][2] == "与第 2 行电话重复"


def test_a_stale_row_is_not_overwritten(customers, assistant, now):
    batch = customers(sheet_row(phone="1"))
    seen = batch.rows.get().version
    fix = {"actor": assistant, "batch_id": batch.pk, "row_no": 2, "version": seen, "now": now}
    imports.fix_row(cells={"phone": "13800000001"}, **fix)
    refused("stale", imports.fix_row, cells={"phone": "13800000002"}, **fix)


def test_one_tap_one_correction(customers, assistant, now):
    batch = customers(sheet_row(phone="1"))
    fix = {
        "actor": assistant,
        "batch_id": batch.pk,
        "row_no": 2,
        "version": 0,
        "now": now,
        "idempotency_key": "k1",
    }
    imports.fix_row(cells={"phone": "13800000001"}, **fix)
    imports.fix_row(cells={"phone": "13800000001"}, **fix)
    assert Event.objects.filter(verb="salesdept.import.row_fixed").count() == 1
    refused("key_reused", imports.fix_row, cells={"phone": "13800000002"}, **fix)


def test_skipping_the_first_frees_the_second(customers, assistant, now):
    batch = customers(sheet_row(), sheet_row("李明"))
    imports.skip_row(actor=assistant, batch_id=batch.pk, row_no=2, skip=True, version=None, now=now)
    assert states(batch) == {2: ("skip", "by_hand"), 3: ("ok", "")}
    imports.skip_row(actor=assistant, batch_id=batch.pk, row_no=2, skip=False, version=None, now=now)
    assert states(batch) == {2: ("ok", ""), 3: ("bad", "repeated")}


def test_a_kind_of_problem_is_skipped_at_once(customers, assistant, now):
    batch = customers(
        sheet_row(phone="1"), sheet_row(phone="2"), sheet_row(owner="张三", phone="13900000001"), sheet_row()
    )
    imports.skip_kind(actor=assistant, batch_id=batch.pk, problem="bad_phone", now=now)
    assert states(batch) == {
        2: ("skip", "bad_phone"),
        3: ("skip", "bad_phone"),
        4: ("bad", "owner"),
        5: ("ok", ""),
    }
    imports.skip_kind(actor=assistant, batch_id=batch.pk, problem="", now=now)
    assert states(batch)[4] == ("skip", "owner")


def test_skipping_a_kind_frees_what_only_repeated_it(customers, assistant, now):
    batch = customers(sheet_row(owner="张三"), sheet_row("李明"))
    assert states(batch) == {2: ("bad", "owner"), 3: ("bad", "repeated")}
    imports.skip_kind(actor=assistant, batch_id=batch.pk, problem="owner", now=now)
    assert states(batch) == {2: ("skip", "owner"), 3: ("ok", "")}


def test_formulas_are_taken_at_their_shown_value_only_when_told(upload, rep, assistant, now):
    batch = upload(None, content=hostile.computed_formula())
    assert states(batch) == {2: ("bad", "formula")}
    imports.accept_shown(actor=assistant, batch_id=batch.pk, now=now)
    assert states(batch) == {2: ("warn", "no_owner")}
    assert batch.rows.get().key == "13800000001"


def test_a_formula_without_a_value_stays_an_error(upload, rep, assistant, now):
    batch = upload(None, content=hostile.formulas())
    imports.accept_shown(actor=assistant, batch_id=batch.pk, now=now)
    assert {state for state, _ in states(batch).values()} == {"bad"}


def test_sending_a_cell_back_accepts_it(upload, rep, assistant, now):
    batch = upload(None, content=hostile.computed_formula())
    fix = {"actor": assistant, "batch_id": batch.pk, "row_no": 2, "version": None, "now": now}
    imports.fix_row(cells={"owner": "林知远"}, **fix)
    assert states(batch) == {2: ("bad", "formula")}
    imports.fix_row(cells={"phone": "13800000001"}, **fix)
    assert states(batch) == {2: ("ok", "")}


# Commit: all kept rows or none.


def test_kept_rows_become_customers_with_their_owners(customers, rep, assistant, now):
    number = people.identity_number(random.Random(2))
    row = sheet_row(
        身份证号=number, 性别="女", 等级="A", 预算="300万", 首次来访日期="2026.3.1", 认知途径="抖音"
    )
    batch = customers(row, sheet_row("李明", "13900000001", "-"))
    imports.commit_batch(actor=assistant, batch_id=batch.pk, now=now)
    batch.refresh_from_db()
    first, second = Customer.objects.order_by("pk")
    assert (batch.state, batch.imported_count, batch.rows.count()) == ("committed", 2, 0)
    assert (first.name, first.owner, first.grade, first.source) == ("王丽", rep, "A", "online")
    assert (first.budget, first.import_batch, first.gender) == (3_000_000, batch.pk, "f")
    assert second.owner is None
    assert set(Phone.objects.values_list("number", flat=True)) == {"13800010000", "13900000001"}
    committed = Event.objects.get(verb="salesdept.import.committed")
    assert committed.changes == {"imported": 2, "skipped": 0}


def test_one_row_in_error_keeps_everything_out(customers, assistant, now):
    batch = customers(sheet_row(), sheet_row("李明", "1"))
    error = refused("rows_in_error", imports.commit_batch, actor=assistant, batch_id=batch.pk, now=now)
    assert error.message == "还有 1 行有错误，整批没有导入"
    assert error.clause == CLAUSE
    assert Customer.objects.count() == 0


def test_skipped_rows_stay_for_the_error_sheet(customers, assistant, now):
    batch = customers(sheet_row(), sheet_row("李明", "1"))
    imports.skip_kind(actor=assistant, batch_id=batch.pk, problem="", now=now)
    imports.commit_batch(actor=assistant, batch_id=batch.pk, now=now)
    assert Customer.objects.count() == 1
    assert states(batch) == {3: ("skip", "bad_phone")}


def test_nothing_kept_is_nothing_to_import(customers, assistant, now):
    batch = customers(sheet_row(phone="1"))
    imports.skip_kind(actor=assistant, batch_id=batch.pk, problem="", now=now)
    refused("nothing_kept", imports.commit_batch, actor=assistant, batch_id=batch.pk, now=now)


def test_a_number_registered_since_the_check_keeps_everything_out(customers, assistant, colleague, now):
    batch = customers(sheet_row(), sheet_row("李明", "13900000001"))
    make.customer(owner=colleague, phone="13800010000", now=now)
    error = refused("rows_changed", imports.commit_batch, actor=assistant, batch_id=batch.pk, now=now)
    assert "第 2 行 已有归属：许若晴" in error.message
    imports.recheck(actor=assistant, batch_id=batch.pk, now=now)
    assert states(batch) == {2: ("bad", "owned"), 3: ("ok", "")}


def test_known_numbers_are_set_aside_when_the_owner_agrees_and_refused_when_not(customers, assistant, now):
    first = customers(sheet_row(), sheet_row("公海客", "13900000001", "-"))
    imports.commit_batch(actor=assistant, batch_id=first.pk, now=now)
    batch = customers(
        sheet_row("王丽华"), sheet_row("公海", "13900000001"), sheet_row("王姐", "138 0001 0000", "许若晴")
    )
    assert states(batch) == {2: ("skip", "mine"), 3: ("skip", "mine"), 4: ("bad", "repeated")}


def test_a_registered_number_with_another_owner_is_an_error(customers, rep, now):
    make.customer(owner=rep, phone="13800010000", now=now)
    batch = customers(sheet_row("王姐", "138 0001 0000", "许若晴"))
    assert states(batch) == {2: ("bad", "owned")}
    assert batch.rows.get().fault_list[0][2] == "已有归属：林知远"


def test_a_number_of_two_reps_lists_is_imported_and_listed_as_a_conflict(customers, assistant, rep, now):
    first = customers(sheet_row())
    imports.commit_batch(actor=assistant, batch_id=first.pk, now=now)
    second = customers(sheet_row("王姐", "138 0001 0000", "许若晴"))
    assert states(second) == {2: ("warn", "rival")}
    assert "也在林知远的导入名单里" in second.rows.get().fault_list[0][2]
    imports.commit_batch(actor=assistant, batch_id=second.pk, now=now)
    customer = Customer.objects.get()
    assert customer.owner == rep
    conflict = ImportConflict.objects.get()
    assert (conflict.customer, conflict.holder, conflict.rival.name) == (customer, rep, "许若晴")


def test_a_closed_batch_takes_no_more_changes(customers, assistant, now):
    batch = customers(sheet_row(), sheet_row("李明", "1"))
    imports.skip_kind(actor=assistant, batch_id=batch.pk, problem="", now=now)
    imports.commit_batch(actor=assistant, batch_id=batch.pk, now=now)
    common = {"actor": assistant, "batch_id": batch.pk, "now": now}
    refused("batch_closed", imports.commit_batch, **common)
    refused("batch_closed", imports.skip_kind, problem="", **common)
    refused("batch_closed", imports.discard_batch, **common)
    refused("batch_closed", imports.fix_row, row_no=3, cells={"phone": "13900000001"}, version=None, **common)


def test_one_tap_one_import(customers, assistant, now):
    batch = customers(sheet_row())
    for _ in range(3):
        imports.commit_batch(actor=assistant, batch_id=batch.pk, now=now, idempotency_key="tap")
    assert Customer.objects.count() == 1
    assert Event.objects.filter(verb="salesdept.import.committed").count() == 1


def test_the_actor_needs_the_right_at_every_step(customers, rep, now):
    batch = customers(sheet_row())
    for verb in (imports.commit_batch, imports.discard_batch, imports.recheck, imports.undo_batch):
        with pytest.raises(PermissionDenied):
            verb(actor=rep, batch_id=batch.pk, now=now)
    assert ImportBatch.objects.get().state == "preview"


# Undo.


def test_an_import_is_taken_back_as_a_whole(customers, assistant, now):
    batch = customers(sheet_row(), sheet_row("李明", "13900000001"))
    imports.commit_batch(actor=assistant, batch_id=batch.pk, now=now)
    imports.undo_batch(actor=assistant, batch_id=batch.pk, now=now)
    assert (Customer.objects.count(), Phone.objects.count()) == (0, 0)
    assert ImportBatch.objects.get().state == "undone"
    refused("not_imported", imports.undo_batch, actor=assistant, batch_id=batch.pk, now=now)


# Units.


def test_a_unit_sheet_becomes_units_with_an_unapproved_price_list(upload, assistant, now):
    batch = upload(books.unit_rows(UNITS), kind="units", name="房源.xlsx")
    assert set(states(batch).values()) == {("ok", "")}
    imports.commit_batch(actor=assistant, batch_id=batch.pk, now=now)
    assert Unit.objects.count() == UnitPrice.objects.count() == len(UNITS)
    price = UnitPrice.objects.get(unit__code=Unit.objects.order_by("pk").first().code)
    assert (price.list_total, price.price_list.approved_at) == (UNITS[0].list_total, None)
    again = upload(books.unit_rows(UNITS[:3]), kind="units", name="房源2.xlsx")
    assert set(states(again).values()) == {("bad", "in_stock")}
    imports.undo_batch(actor=assistant, batch_id=batch.pk, now=now)
    assert Unit.objects.count() == 0


def test_the_dirty_unit_sheet_imports_the_same_units(upload, assistant, now):
    batch = upload(None, kind="units", name="价格表.xlsx", content=books.dirty_units(UNITS))
    imports.commit_batch(actor=assistant, batch_id=batch.pk, now=now)
    found = set(Unit.objects.values_list("building__name", "stair", "room_no", "area_build"))
    assert found == {(u.building, u.stair, u.room_no, u.area_build) for u in UNITS}


HEAD = ["楼栋", "单元", "房号", "楼层", "建筑面积", "套内面积", "表价单价", "表价总价", "底价", "渠道底价"]
UNIT_FAULTS = {
    "no room": ({"房号": "顶楼"}, "bad", "no_room"),
    "no building": ({"楼栋": None}, "bad", "no_room"),
    "building contradicts": ({"房号": "3-1-1503"}, "bad", "no_room"),
    "comma for point": ({"建筑面积": "118,42"}, "bad", "area"),
    "no area": ({"建筑面积": "-"}, "bad", "area"),
    "inside larger": ({"套内面积": "200"}, "bad", "area"),
    "total far off": ({"表价总价": "2500000"}, "bad", "price"),
    "total slightly off": ({"表价总价": "2487000.00", "表价单价": "21001.50"}, "warn", "price_rounding"),
    "floor price above list": ({"底价": "9999999"}, "bad", "price"),
    "floor price per metre": ({"底价": "19800"}, "bad", "price"),
    "channel floor above list": ({"渠道底价": "9999999"}, "bad", "price"),
    "negative price": ({"表价总价": "-1"}, "bad", "price"),
    "zero price": ({"表价总价": "0"}, "bad", "price"),
    "exponent": ({"表价总价": "1e309"}, "bad", "price"),
    "floor differs": ({"楼层": "3"}, "warn", "floor_differs"),
    "floor unreadable": ({"楼层": "顶"}, "bad", "bad_number"),
}


@pytest.mark.parametrize("case", UNIT_FAULTS)
def test_what_is_wrong_with_a_unit_row_is_said(case, upload):
    changed, state, problem = UNIT_FAULTS[case]
    good = dict(
        zip(HEAD, ["2", "1", "1503", "15", "118.42", "92.10", "21000", "2486820", None, None], strict=True)
    )
    batch = upload([HEAD, list({**good, **changed}.values())], kind="units")
    assert states(batch) == {2: (state, problem)}


def test_a_missing_price_follows_from_the_other(upload, assistant, now):
    rows = [["2", "1", "1503", None, "118.42", None, "21000", None, None, None]]
    rows.append(["2", "1", "1603", None, "118.42", None, None, "2486820", None, None])
    batch = upload([HEAD, *rows], kind="units")
    imports.commit_batch(actor=assistant, batch_id=batch.pk, now=now)
    found = UnitPrice.objects.order_by("unit__floor").values_list(
        "unit__floor", "list_unit_price", "list_total"
    )
    assert [(floor, str(unit), str(total)) for floor, unit, total in found] == [
        (15, "21000.00", "2486820.00"),
        (16, "21000.00", "2486820.00"),
    ]


# One in a hundred of ten thousand.


def test_one_bad_row_in_a_hundred_of_ten_thousand_imports_nothing_and_lists_every_error(
    upload, rep, assistant, now, stored
):
    rows = [person.row() for person in people.people(10_000)]
    broken = list(range(50, 10_000, 100))
    for at in broken:
        rows[at][2] = "12345"
    batch = upload(None, name="客户.csv", content=books.text([HEADERS, *rows], "gb18030"))
    bad = batch.rows.filter(state="bad").values_list("row_no", "problem")
    assert sorted(bad) == [(at + 2, "bad_phone") for at in broken]
    refused("rows_in_error", imports.commit_batch, actor=assistant, batch_id=batch.pk, now=now)
    assert Customer.objects.count() == 0


def test_stale_sheets_do_not_lie_about_for_ever(customers, assistant, now):
    from datetime import timedelta

    fresh_id = customers(sheet_row("新", "13700000001")).pk
    old = customers(sheet_row())
    ImportBatch.objects.filter(pk=old.pk).update(created_at=now - timedelta(days=31))
    assert imports.purge_stale(now) == 1
    assert list(ImportRow.objects.values_list("batch_id", flat=True)) == [fresh_id]
    assert ImportBatch.objects.get(pk=old.pk).state == "discarded"
