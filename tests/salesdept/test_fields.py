"""Identity numbers are sealed in the table, bound to their row and field, and found by keyed hashes."""

import base64
import os

import pytest
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import connection, transaction

from salesdept.errors import RuleError
from salesdept.fields import Plain, blind, unseal
from salesdept.models import Reveal
from salesdept.services.privacy import note_look, reveal
from tests.salesdept.tables import Sheltered, create

pytestmark = pytest.mark.django_db

NUMBER = "510107199003071234"
FIELD = Sheltered._meta.get_field("id_no")
PASSPORT = Sheltered._meta.get_field("passport")


def key(name):
    return f"{name}:{base64.b64encode(os.urandom(32)).decode()}"


@pytest.fixture
def row():
    create(Sheltered)
    return Sheltered.objects.create(seal_id="row-1", id_no=Plain(NUMBER))


def opened(row):
    return unseal(row.id_no, FIELD.bound_to(row))


def stored():
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM test_sheltered")
        return repr(cursor.fetchall())


def test_the_table_never_holds_the_number(row):
    assert NUMBER not in stored()
    assert NUMBER[-4:] not in stored()
    row.refresh_from_db()
    assert NUMBER not in str(row.id_no)
    assert opened(row) == NUMBER


def test_saving_again_keeps_the_token(row):
    row.refresh_from_db()
    token = row.id_no
    row.save()
    row.refresh_from_db()
    assert row.id_no == token


def test_the_same_number_twice_gives_two_tokens_and_one_index(row):
    other = Sheltered.objects.create(seal_id="row-2", id_no=Plain(NUMBER))
    assert other.id_no != row.id_no
    assert other.id_hash == row.id_hash


def test_bulk_create_seals_each_row():
    create(Sheltered)
    Sheltered.objects.bulk_create(
        [Sheltered(seal_id=f"row-{n}", id_no=Plain(f"{NUMBER[:-1]}{n}")) for n in range(3)]
    )
    assert [opened(row)[-1] for row in Sheltered.objects.order_by("pk")] == ["0", "1", "2"]
    assert NUMBER[:-1] not in stored()


@pytest.mark.parametrize("move", ["row", "field"])
def test_a_token_does_not_open_elsewhere(row, move):
    other = Sheltered(seal_id="row-2" if move == "row" else row.seal_id, id_no=row.id_no, passport=row.id_no)
    with pytest.raises(ValueError, match="does not open"):
        unseal(row.id_no, (FIELD if move == "row" else PASSPORT).bound_to(other))


@pytest.mark.parametrize("place", [3, 20, -4])
def test_an_altered_token_does_not_open(row, place):
    letters = list(row.id_no)
    letters[place] = "A" if letters[place] != "A" else "B"
    with pytest.raises(ValueError, match=r"."):
        unseal("".join(letters), FIELD.bound_to(row))


def test_a_new_key_seals_and_the_old_one_still_opens(row, settings):
    old = settings.FIELD_KEY
    settings.FIELD_KEY = f"{key('new')},{old}"
    fresh = Sheltered.objects.create(seal_id="row-2", id_no=Plain(NUMBER))
    assert fresh.id_no.startswith("new$")
    assert opened(row) == opened(fresh) == NUMBER
    assert fresh.id_hash == row.id_hash, "rotation keeps the index"
    settings.FIELD_KEY = key("other")
    with pytest.raises(ValueError, match="does not open"):
        opened(row)


@pytest.mark.parametrize("value", ["", "k1:short", "k1", f"k1:{'A' * 44}A", "k1:密"])
def test_a_key_that_is_none_is_refused(row, settings, value):
    settings.FIELD_KEY = value
    with pytest.raises(ImproperlyConfigured, match="FIELD_KEY"), transaction.atomic():
        Sheltered(seal_id="x", id_no=Plain(NUMBER)).save()
    assert Sheltered.objects.count() == 1


@pytest.mark.parametrize("value", [Plain(NUMBER), NUMBER], ids=["plain", "text"])
def test_update_is_refused(row, value):
    with pytest.raises(FieldError, match="sealed per row"), transaction.atomic():
        Sheltered.objects.update(id_no=value)
    row.refresh_from_db()
    assert opened(row) == NUMBER


def test_bulk_update_is_refused(row):
    row.id_no = Plain("510107199003075678")
    with pytest.raises(FieldError, match="sealed per row"), transaction.atomic():
        Sheltered.objects.bulk_update([row], ["id_no"])
    row.refresh_from_db()
    assert opened(row) == NUMBER


def test_a_text_that_was_not_marked_is_not_stored(row):
    row.id_no = NUMBER
    with pytest.raises(FieldError, match="sealed per row"), transaction.atomic():
        row.save()
    assert NUMBER not in stored()


def test_the_whole_number_and_its_tail_are_found_by_keyed_hash(row):
    assert Sheltered.objects.get(id_hash=blind(NUMBER, "id_hash")) == row
    assert Sheltered.objects.get(id_tail=blind("1234", "id_tail")) == row
    assert not Sheltered.objects.filter(id_hash=blind(NUMBER, "id_tail")).exists()
    assert not Sheltered.objects.filter(id_tail=blind("1235", "id_tail")).exists()


def test_an_emptied_field_empties_its_indexes(row):
    row.id_no = Plain("")
    row.save()
    row.refresh_from_db()
    assert (row.id_no, row.id_hash, row.id_tail) == ("", "", "")


def test_plain_text_does_not_print_itself():
    assert NUMBER not in repr(Plain(NUMBER))


# --- looking


def test_a_look_is_registered_before_the_number_is_given(row, rep, now):
    assert reveal(row, "id_no", rep, "核对合同", now) == NUMBER
    look = Reveal.objects.get()
    assert (look.actor, look.kind, look.field, look.reason) == (rep, "reveal", "id_no", "核对合同")
    assert NUMBER not in look.target


def test_a_look_without_a_reason_is_refused(row, rep, now):
    with pytest.raises(RuleError) as refusal:
        reveal(row, "id_no", rep, "  ", now)
    assert (refusal.value.code, refusal.value.clause) == ("reason_needed", "S30")
    assert not Reveal.objects.exists()


def test_dialling_needs_no_reason(rep, colleague, now):
    note_look(actor=rep, target=colleague, field="phone", kind="dial", now=now)
    assert Reveal.objects.get().kind == "dial"


def test_an_empty_field_reveals_nothing(row, rep, now):
    assert reveal(row, "passport", rep, "核对", now) == ""
