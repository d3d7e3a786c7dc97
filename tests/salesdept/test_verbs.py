"""One tap, one effect; nothing silently overwritten."""

from uuid import uuid4

import pytest

from salesdept import journal
from salesdept.errors import RuleError
from salesdept.models import IdempotencyKey, ImportBatch, Reveal
from salesdept.services.privacy import note_look
from salesdept.verbs import locked, once, save_versioned, service
from tests.races import at_once

pytestmark = pytest.mark.django_db


def test_a_key_has_one_effect_and_one_answer(rep):
    calls = []

    def do():
        calls.append(1)
        return journal.label(rep)

    assert once(rep, "k", {"a": 1}, do) == once(rep, "k", {"a": 1}, do) == f"salesdept.user:{rep.pk}"
    assert calls == [1]


def test_two_people_may_use_the_same_key(rep, colleague):
    assert once(rep, "k", {}, lambda: "a:1") == "a:1"
    assert once(colleague, "k", {}, lambda: "b:1") == "b:1"


def test_the_same_key_with_other_data_is_refused(rep):
    once(rep, "k", {"a": 1}, lambda: "a:1")
    with pytest.raises(RuleError) as refusal:
        once(rep, "k", {"a": 2}, lambda: "a:2")
    assert (refusal.value.code, refusal.value.clause) == ("key_reused", "拟:sys.one_effect")
    assert IdempotencyKey.objects.get().result == "a:1"


def test_a_refusal_leaves_no_key(rep, now):
    @service
    def refuse(*, actor, now, idempotency_key=None):
        raise RuleError("no", "不行", "S54")

    with pytest.raises(RuleError):
        refuse(actor=rep, now=now, idempotency_key="k")
    assert not IdempotencyKey.objects.exists()


def look(actor, target, now, key=None, **changed):
    asked = {"target": target, "field": "phone", "kind": "dial", **changed}
    return note_look(actor=actor, now=now, idempotency_key=key, **asked)


def test_a_repeated_verb_answers_with_the_first_row(rep, colleague, now):
    first, second = (look(rep, colleague, now, "k") for _ in range(2))
    assert first == second == Reveal.objects.get()


def test_a_repeated_verb_with_other_arguments_is_refused(rep, colleague, manager, now):
    look(rep, colleague, now, "k")
    for changed in ({"target": manager}, {"field": "id_no"}):
        with pytest.raises(RuleError) as refusal:
            look(rep, now=now, key="k", **{"target": colleague, **changed})
        assert refusal.value.code == "key_reused"
    assert Reveal.objects.count() == 1


def test_a_later_repetition_is_still_the_same_tap(rep, colleague, now):
    from datetime import timedelta

    assert look(rep, colleague, now, "k") == look(rep, colleague, now + timedelta(minutes=5), "k")


def test_a_key_of_another_verb_is_refused(rep, colleague, now):
    @service
    def other(*, actor, target, field, kind, now, idempotency_key=None):
        return target

    look(rep, colleague, now, "k")
    with pytest.raises(RuleError):
        other(actor=rep, target=colleague, field="phone", kind="dial", now=now, idempotency_key="k")


@pytest.mark.django_db(transaction=True)
def test_twenty_taps_at_once_are_one_effect_and_one_answer(rep, colleague, now):
    answers = at_once(20, lambda: look(rep, colleague, now, "k"))
    assert [a for a in answers if isinstance(a, Exception)] == []
    assert len(answers) == 20
    assert {answer.pk for answer in answers} == {Reveal.objects.get().pk}


@pytest.mark.django_db(transaction=True)
def test_control_twenty_taps_without_a_key_are_twenty_effects(rep, colleague, now):
    at_once(20, lambda: look(rep, colleague, now))
    assert Reveal.objects.count() == 20


@pytest.mark.django_db(transaction=True)
def test_one_key_with_two_meanings_at_once_has_one_winner(rep, colleague, now):
    fields = iter(["phone", "id_no"] * 5)
    answers = at_once(10, lambda: look(rep, colleague, now, "k", field=next(fields)))
    refused = [a.code for a in answers if isinstance(a, RuleError)]
    assert refused == ["key_reused"] * 5
    assert len({a.pk for a in answers if isinstance(a, Reveal)}) == Reveal.objects.count() == 1


# --- versions


@pytest.fixture
def batch(rep, project, now):
    return ImportBatch.objects.create(
        kind="units",
        project=project,
        created_by=rep,
        created_at=now,
        file_name="房源.xlsx",
        sha256=uuid4().hex,
        size=1,
    )


@service
def rename(*, actor, batch_id, name, version, now, idempotency_key=None):
    batch = locked(ImportBatch.objects.all(), batch_id, version)
    batch.file_name = name
    save_versioned(batch, "file_name")
    return batch


def test_the_second_editor_is_refused(rep, colleague, batch, now):
    seen = batch.version
    assert rename(actor=rep, batch_id=batch.pk, name="甲", version=seen, now=now).version == seen + 1
    with pytest.raises(RuleError) as refusal:
        rename(actor=colleague, batch_id=batch.pk, name="乙", version=seen, now=now)
    assert (refusal.value.code, refusal.value.clause) == ("stale", "拟:sys.no_overwrite")
    batch.refresh_from_db()
    assert (batch.file_name, batch.version) == ("甲", seen + 1)


@pytest.mark.django_db(transaction=True)
def test_of_many_editors_at_once_one_wins(rep, batch, now):
    answers = at_once(8, lambda: rename(actor=rep, batch_id=batch.pk, name="甲", version=0, now=now))
    refused = [a.code for a in answers if isinstance(a, RuleError)]
    assert refused == ["stale"] * 7
    batch.refresh_from_db()
    assert batch.version == 1


@pytest.mark.django_db(transaction=True)
def test_control_without_a_version_all_editors_overwrite_each_other(rep, batch, now):
    answers = at_once(8, lambda: rename(actor=rep, batch_id=batch.pk, name="甲", version=None, now=now))
    assert [a for a in answers if isinstance(a, Exception)] == []
    batch.refresh_from_db()
    assert batch.version == 8
