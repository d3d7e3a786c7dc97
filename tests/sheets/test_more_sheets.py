"""客户更新表 and 来电登记表: what they change, what they leave alone, and how they are taken back."""

from datetime import date

import pytest
from django.db import DatabaseError

from customers.models import Call, Customer, CustomerUpdate, OwnershipLease, Phone
from customers.services import add_follow_up, register_call
from salesdept import clock
from salesdept.errors import RuleError
from salesdept.models import ImportRow
from salesdept.services import imports
from tests.factories.customers import customer
from tests.generators import books

pytestmark = pytest.mark.django_db
UPDATE = ["姓名", "电话", "性别", "认知途径", "意向户型", "意向面积", "预算", "备注"]
CALLS = ["来电时间", "来电号码", "称呼", "认知途径", "意向户型", "询问内容", "约访日期", "接听人"]


@pytest.fixture
def upload(stored, project, assistant, now):
    def do(headers, *rows, kind):
        path = stored(books.xlsx([headers, *rows]), f"{kind}.xlsx")
        return imports.upload_sheet(
            actor=assistant, kind=kind, project=project, path=path, file_name="表.xlsx", now=now
        )

    return do


@pytest.fixture
def update(upload):
    return lambda *rows: upload(UPDATE, *rows, kind="customer_updates")


@pytest.fixture
def calls(upload, rep):
    return lambda *rows: upload(CALLS, *rows, kind="calls")


@pytest.fixture
def luo(rep, now):
    """A customer of the rep with a layout, a way of coming and nothing else."""
    return customer(
        owner=rep, phone="13800001111", name="罗女士", want_layout="两房", source="online", now=now
    )


def states(batch):
    return list(batch.rows.order_by("row_no").values_list("state", "problem"))


def commit(batch, assistant, now):
    return imports.commit_batch(actor=assistant, batch_id=batch.pk, now=now)


def test_the_preview_says_what_a_row_changes(update, luo):
    batch = update(["罗女士", "138 0000 1111", "", "", "三房", "", "300万", ""])
    [row] = batch.rows.all()
    assert (row.state, row.problem) == (ImportRow.State.WARN, "changes")
    assert "意向户型：两房 → 三房" in str(row.fault_list)
    assert "预算：空 → ¥3,000,000.00" in str(row.fault_list)


def test_blank_cells_leave_what_is_there(update, luo, assistant, now):
    batch = commit(update(["罗女士", "13800001111", "", "", "三房", "", "", "周末来"]), assistant, now)
    luo.refresh_from_db()
    assert batch.imported_count == 1
    assert (luo.want_layout, luo.note, luo.source) == ("三房", "周末来", "online")


def test_the_way_somebody_came_is_only_filled_never_changed(update, luo, assistant, now):
    Customer.objects.filter(pk=luo.pk).update(gender="")
    batch = update(["罗女士", "13800001111", "女", "户外", "", "", "", ""])
    commit(batch, assistant, now)
    luo.refresh_from_db()
    assert (luo.source, luo.gender) == ("online", "f")


def test_owner_name_and_first_contact_stay(update, luo, assistant, now):
    before = Customer.objects.values("owner", "name", "first_contact_at", "grade", "stage").get(pk=luo.pk)
    commit(update(["罗大姐", "13800001111", "", "", "四房", "", "", ""]), assistant, now)
    assert before == Customer.objects.values(*before).get(pk=luo.pk)
    assert OwnershipLease.objects.get().rep == luo.owner


def test_an_unknown_number_is_an_error_and_an_equal_row_is_set_aside(update, luo):
    batch = update(
        ["罗女士", "13800001111", "", "", "两房", "", "", ""],
        ["谁", "13800009999", "", "", "两房", "", "", ""],
    )
    assert states(batch) == [("skip", "same"), ("bad", "unknown")]


def test_an_update_is_taken_back_to_the_letter(update, luo, assistant, now):
    columns = ("want_layout", "budget", "note", "gender")
    before = Customer.objects.values(*columns).get(pk=luo.pk)
    batch = commit(update(["罗女士", "13800001111", "女", "", "三房", "", "300万", "急"]), assistant, now)
    imports.undo_batch(actor=assistant, batch_id=batch.pk, now=now)
    assert before == Customer.objects.values(*columns).get(pk=luo.pk)
    assert not CustomerUpdate.objects.exists()


def test_an_update_is_not_taken_back_over_a_later_edit(update, luo, assistant, now):
    batch = commit(update(["罗女士", "13800001111", "", "", "三房", "", "", ""]), assistant, now)
    Customer.objects.filter(pk=luo.pk).update(want_layout="四房")
    with pytest.raises(RuleError) as refused:
        imports.undo_batch(actor=assistant, batch_id=batch.pk, now=now)
    assert refused.value.code == "in_use"
    luo.refresh_from_db()
    assert luo.want_layout == "四房"


ROW = ["2026-11-20 10:30", "13800001111", "罗女士", "户外", "三房", "问价", "", "林知远"]


def test_a_call_of_a_known_number_joins_its_customer(calls, luo, assistant, colleague, now):
    commit(calls([*ROW[:-1], "许若晴"]), assistant, now)
    call = Call.objects.get()
    assert (call.customer, call.received_by, call.late_entry) == (luo, colleague, True)
    assert call.happened_at.astimezone(clock.SHANGHAI).strftime("%F %H:%M") == "2026-11-20 10:30"
    luo.refresh_from_db()
    assert (luo.call_count, luo.owner.name) == (1, "林知远")
    assert OwnershipLease.objects.get().rep == luo.owner


def test_a_call_of_an_unknown_number_brings_its_customer(calls, rep, assistant, now):
    again = ["2026-11-21 09:00", *ROW[1:4], "", "再问", "2026-11-28", "林知远"]
    commit(calls(ROW, again), assistant, now)
    found = Customer.objects.get()
    assert (found.owner, found.call_count) == (rep, 2)
    assert OwnershipLease.objects.get().basis == "imported"


def test_the_same_call_twice_is_set_aside(calls, luo, assistant, now):
    commit(calls(ROW), assistant, now)
    later = ["2026-11-20 10:31", *ROW[1:]]
    assert states(calls(ROW, later)) == [("skip", "entered"), ("ok", "")]
    assert states(calls(later, later))[1] == ("bad", "repeated")


@pytest.mark.parametrize(
    ("cell", "value", "problem"),
    [
        (0, "2026-02-30", "date"),
        (0, "2027-01-01", "date"),
        (1, "12", "bad_phone"),
        (2, "", "no_name"),
        (7, "不在册", "taker"),
    ],
)
def test_a_wrong_cell_is_named(calls, luo, cell, value, problem):
    row = list(ROW)
    row[cell] = value
    assert states(calls(row)) == [("bad", problem)]


def test_a_booking_that_cannot_be_read_is_only_a_warning(calls, luo, assistant, now):
    batch = calls([*ROW[:6], "下周吧", "林知远"])
    assert states(batch) == [("warn", "booked")]
    commit(batch, assistant, now)
    assert Call.objects.get().booked_on is None


def test_calls_are_taken_back_with_the_customers_they_brought(calls, luo, assistant, now):
    stranger = ["2026-11-21", "13800007777", "孟先生", "", "", "", "2026-11-28", "林知远"]
    batch = commit(calls(ROW, stranger), assistant, now)
    assert Call.objects.get(booked_on=date(2026, 11, 28)).customer.name == "孟先生"
    imports.undo_batch(actor=assistant, batch_id=batch.pk, now=now)
    luo.refresh_from_db()
    assert (Call.objects.count(), luo.call_count) == (0, 0)
    assert not Phone.objects.filter(number="13800007777").exists()
    assert Customer.objects.get() == luo


def test_calls_on_which_something_is_built_stay(calls, rep, assistant, now):
    batch = commit(calls(ROW), assistant, now)
    newcomer = Customer.objects.get()
    add_follow_up(
        actor=rep, customer_id=newcomer.pk, method="phone", effective=True, content="约周末", now=now
    )
    with pytest.raises(RuleError):
        imports.undo_batch(actor=assistant, batch_id=batch.pk, now=now)
    assert Call.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_database_keeps_calls_that_no_sheet_brought(calls, luo, assistant, now, rep, project):
    kept = register_call(actor=rep, project=project, phone="13800001111", name="罗女士", now=now)
    commit(calls(ROW), assistant, now)
    with pytest.raises(DatabaseError):
        Call.objects.filter(pk=kept.pk)._raw_delete("default")
    Call.objects.filter(import_batch__isnull=False)._raw_delete("default")
    assert Call.objects.get() == kept
