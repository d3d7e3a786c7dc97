"""One file, one batch; one batch, one import; what is stored is stored wholly or not at all."""

import pytest

from customers.models import Customer
from salesdept.models import ImportBatch, ImportRow
from salesdept.services import imports
from tests.generators import books, people
from tests.nth import fails_at_every_statement
from tests.races import at_once

HEADERS = list(people.HEADERS)


def rows(*phones):
    return [HEADERS, *[["王丽", "女", phone, *[None] * 6, "林知远", None, None] for phone in phones]]


@pytest.fixture
def batch(stored, project, assistant, rep, now):
    path = stored(books.xlsx(rows("13800010000", "13800010000", "1", "13900000001")))
    return imports.upload_sheet(
        actor=assistant, kind="customers", project=project, path=path, file_name="客户.xlsx", now=now
    )


@pytest.fixture
def clean_batch(batch, assistant, now):
    imports.skip_kind(actor=assistant, batch_id=batch.pk, problem="", now=now)
    return batch


@pytest.mark.django_db
def test_an_upload_is_stored_wholly_or_not_at_all(stored, project, assistant, rep, now):
    path = stored(books.xlsx(rows("13800010000")))

    def do():
        imports.upload_sheet(
            actor=assistant, kind="customers", project=project, path=path, file_name="a.xlsx", now=now
        )

    assert fails_at_every_statement(do) > 2


@pytest.mark.django_db
def test_stale_sheets_go_wholly_or_not_at_all(batch, now):
    from datetime import timedelta

    ImportBatch.objects.update(created_at=now - timedelta(days=99))
    assert fails_at_every_statement(lambda: imports.purge_stale(now)) > 2
    assert ImportRow.objects.count() == 4


# The batch's lock and the file's index decide.


@pytest.mark.django_db(transaction=True)
def test_many_taps_on_import_make_one_import(clean_batch, assistant, now):
    answers = at_once(
        8, lambda: imports.commit_batch(actor=assistant, batch_id=clean_batch.pk, now=now).imported_count
    )
    assert [a for a in answers if isinstance(a, int)] == [2]
    assert {getattr(a, "code", a) for a in answers} == {2, "batch_closed"}
    assert Customer.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_the_same_file_from_many_hands_becomes_one_batch(stored, project, assistant, manager, rep, now):
    path = stored(books.xlsx(rows("13800010000")))
    hands = iter([assistant, manager] * 4)

    def upload():
        return imports.upload_sheet(
            actor=next(hands), kind="customers", project=project, path=path, file_name="a.xlsx", now=now
        ).pk

    answers = at_once(8, upload)
    assert {getattr(a, "code", a) for a in answers} <= {ImportBatch.objects.get().pk, "same_file"}
    assert ImportRow.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_control_without_the_index_the_same_file_becomes_many(
    stored, project, assistant, rep, now, monkeypatch
):
    """Both are guards: the look before reading spares the work, the index decides."""
    from django.db import connection

    monkeypatch.setattr("salesdept.services.imports.upload._same_file", lambda *a: None)
    index = next(c for c in ImportBatch._meta.constraints if c.name == "a_file_is_imported_once")
    path = stored(books.xlsx(rows("13800010000")))

    def upload():
        return imports.upload_sheet(
            actor=assistant, kind="customers", project=project, path=path, file_name="a.xlsx", now=now
        )

    with connection.schema_editor() as editor:
        editor.remove_constraint(ImportBatch, index)
    try:
        at_once(4, upload)
        assert ImportBatch.objects.count() == 4
    finally:
        ImportRow.objects.all().delete()
        ImportBatch.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(ImportBatch, index)
