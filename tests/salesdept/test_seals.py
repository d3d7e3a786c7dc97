"""The journal's seals: every committed row once, and every tampering named."""

import json
import threading
from contextlib import contextmanager
from time import monotonic, sleep

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from salesdept import journal, seals, triggers
from salesdept.models import Event, Seal
from tests.races import at_once

pytestmark = pytest.mark.django_db
PATIENCE = 60.0  # seconds for other transactions of the cluster to end


@contextmanager
def without_triggers():
    """Somebody with the keys to the database."""
    triggers.drop()
    try:
        yield
    finally:
        triggers.install()


def write(person, count=5):
    return [journal.record(person, "test.happened", person, number=n).pk for n in range(count)]


def faults():
    return [(fault.kind, fault.ids) for fault in seals.verify().faults]


def test_an_untouched_journal_verifies(rep):
    write(rep, 5)
    seals.seal()
    write(rep, 3)
    seals.seal()
    write(rep, 1)
    report = seals.verify()
    assert (report.sealed, report.unsealed, report.seals, report.faults) == (8, 1, 2, ())


def test_nothing_new_makes_no_seal(rep):
    write(rep)
    assert seals.seal() is not None
    assert seals.seal() is None
    assert Seal.objects.count() == 1


def test_long_arrears_are_sealed_in_steps(rep, monkeypatch):
    monkeypatch.setattr(seals, "ROWS_PER_SEAL", 3)
    write(rep, 8)
    while seals.seal(3):
        pass
    assert [len(s.leaves) for s in Seal.objects.order_by("pk")] == [3, 3, 2]
    assert faults() == []


def test_an_altered_row_is_named(rep):
    ids = write(rep)
    seals.seal()
    with without_triggers():
        Event.objects.filter(pk=ids[2]).update(reason="从来如此")
    assert faults() == [("altered", (ids[2],))]


@pytest.mark.parametrize(
    "field",
    [f.attname for f in Event._meta.concrete_fields if f.attname not in ("id", "actor_id", "project_id")],
)
def test_every_field_is_sealed(rep, field, now):
    [pk] = write(rep, 1)
    seals.seal()
    lie = {"at": now, "happened_at": now, "changes": {"number": "0"}}.get(field, 5)
    with without_triggers():
        Event.objects.filter(pk=pk).update(**{field: lie})
    assert faults() == [("altered", (pk,))]


def test_the_actor_is_sealed(rep, colleague):
    [pk] = write(rep, 1)
    seals.seal()
    with without_triggers():
        Event.objects.filter(pk=pk).update(actor=colleague)
    assert faults() == [("altered", (pk,))]


@pytest.mark.parametrize("place", [0, 2, 4], ids=["first", "middle", "last"])
def test_a_deleted_row_is_named(rep, place):
    ids = write(rep)
    seals.seal()
    with without_triggers():
        Event.objects.filter(pk=ids[place]).delete()
    assert faults() == [("missing", (ids[place],))]


def test_swapped_rows_are_named_as_a_pair(rep):
    ids = write(rep)
    seals.seal()
    a, b = Event.objects.get(pk=ids[1]), Event.objects.get(pk=ids[3])
    with without_triggers():
        a.pk, b.pk = b.pk, a.pk
        a.save(force_update=True)
        b.save(force_update=True)
    assert faults() == [("swapped", (ids[1], ids[3]))]


@pytest.mark.django_db(transaction=True)  # its own number, still running, would keep the gap open
def test_an_inserted_row_is_named(rep):
    ids = write(rep)
    with without_triggers():
        Event.objects.filter(pk=ids[2]).delete()
        seals.seal()
        _forget_gaps()
        Event.objects.create(
            pk=ids[2], verb="test.lie", target="x:1", happened_at=Event.objects.first().happened_at
        )
    assert faults() == [("inserted", (ids[2],))]


def _forget_gaps():
    """Seal on until no running transaction could fill the gap: on PostgreSQL any of the whole cluster."""
    ends = monotonic() + PATIENCE
    while True:
        _in_own_transaction(lambda: None)
        Event.objects.create(verb="test.more", target="x:1", happened_at="2026-11-23T00:00Z")
        seals.seal()
        if not Seal.objects.latest("pk").pending:
            return
        assert monotonic() < ends, "a transaction of this cluster has run all the time"
        sleep(0.05)


def _in_own_transaction(do):
    with transaction.atomic():
        do()


def test_a_rewritten_seal_breaks_the_chain(rep):
    write(rep)
    first = seals.seal()
    write(rep)
    second = seals.seal()
    with without_triggers():
        Seal.objects.filter(pk=first.pk).update(digest="0" * 64)
    assert faults() == [("chain", (first.pk,)), ("chain", (second.pk,))]


def test_a_deleted_seal_breaks_the_chain(rep):
    write(rep)
    first = seals.seal()
    ids = write(rep)
    second = seals.seal()
    with without_triggers():
        Seal.objects.filter(pk=first.pk).delete()
    assert ("chain", (second.pk,)) in faults()
    assert not {("altered", (pk,)) for pk in ids} & set(faults())


def test_a_backup_knows_seals_that_were_cut_off(rep):
    write(rep)
    seals.seal()
    kept = seals.last_seal()
    assert seals.verify([kept["digest"]]).faults == ()
    with without_triggers():
        Seal.objects.all().delete()
    assert [fault.kind for fault in seals.verify([kept["digest"]]).faults] == ["anchor"]


def test_the_command_says_it_in_a_sentence_and_exits_1(rep, capsys):
    ids = write(rep)
    seals.seal()
    call_command("verify_journal")
    assert "没有发现改动" in capsys.readouterr().out
    with without_triggers():
        Event.objects.filter(pk=ids[0]).update(verb="test.lie")
    with pytest.raises(SystemExit, match="1"):
        call_command("verify_journal")
    assert f"日志 #{ids[0]} 封存后被改过" in capsys.readouterr().out


def test_the_command_speaks_json(rep, capsys):
    ids = write(rep)
    seals.seal()
    with without_triggers():
        Event.objects.filter(pk=ids[0]).delete()
    with pytest.raises(SystemExit):
        call_command("verify_journal", "--json")
    said = json.loads(capsys.readouterr().out)
    assert said["ok"] is False
    assert said["faults"] == [
        {"kind": "missing", "ids": [ids[0]], "sentence": f"日志 #{ids[0]} 封存后被删除"}
    ]


@pytest.mark.django_db(transaction=True)
def test_a_row_that_commits_late_is_sealed_late(rep):
    """On PostgreSQL an earlier id may become visible after a later one was sealed."""
    if connection.vendor == "sqlite":
        first, _ = write(rep, 2)
        late = [gap for gap, _ in seals.seal().pending if gap >= first]
        assert late == [], "one writer after another: nobody is late"
        return
    written, may_commit = threading.Event(), threading.Event()

    def slow():
        with transaction.atomic():
            journal.record(rep, "test.slow", rep)
            written.set()
            assert may_commit.wait(20)

    thread = threading.Thread(target=lambda: (slow(), connection.close()))
    thread.start()
    assert written.wait(20)
    [fast] = write(rep, 1)
    first = seals.seal()
    write(rep, 1)
    second = seals.seal()
    write(rep, 1)
    third = seals.seal()
    for made in (first, second, third):
        assert fast - 1 in [gap[0] for gap in made.pending]
    may_commit.set()
    thread.join(20)
    late = seals.seal()
    assert [number for number, _ in late.leaves] == [fast - 1]
    assert fast - 1 not in [gap[0] for gap in late.pending]
    assert faults() == []


@pytest.mark.django_db(transaction=True)
def test_control_a_sealer_that_looks_only_upward_misses_the_late_row(rep):
    """Why ids that were missing are remembered: without them the slow row would never be sealed."""
    if connection.vendor == "sqlite":
        write(rep, 2)
        assert Event.objects.filter(pk__gt=seals.seal().upto).count() == 0
        return
    written, may_commit = threading.Event(), threading.Event()

    def slow():
        with transaction.atomic():
            journal.record(rep, "test.slow", rep)
            written.set()
            assert may_commit.wait(20)

    thread = threading.Thread(target=lambda: (slow(), connection.close()))
    thread.start()
    assert written.wait(20)
    [fast] = write(rep, 1)
    top = seals.seal().upto
    may_commit.set()
    thread.join(20)
    assert not Event.objects.filter(pk__gt=top).exists()
    assert Event.objects.filter(pk=fast - 1).exists()


@pytest.mark.django_db(transaction=True)
def test_rolled_back_numbers_do_not_pile_up(rep):
    def rolls_back():
        with transaction.atomic():
            journal.record(rep, "test.never", rep)
            raise ZeroDivisionError

    write(rep, 1)
    for _ in range(6):
        with pytest.raises(ZeroDivisionError):
            rolls_back()
        write(rep, 1)
        seals.seal()
    for _ in range(100):  # transactions of other databases of the cluster may hold the horizon for a moment
        write(rep, 1)
        if len(seals.seal().pending) <= 3:
            break
        sleep(0.2)
    assert len(Seal.objects.order_by("pk").last().pending) <= 3
    assert faults() == []


@pytest.mark.django_db(transaction=True)
def test_writers_and_sealers_at_once_seal_every_row_once(rep):
    turns = iter(range(100))

    def work():
        if next(turns) % 3 == 0:
            return [seals.seal() for _ in range(6)]
        for n in range(10):
            try:
                with transaction.atomic():
                    journal.record(rep, "test.busy", rep, n=n)
                    if n % 5 == 4:
                        raise ZeroDivisionError
            except ZeroDivisionError:
                continue
        return None

    answers = at_once(6, work)
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    while seals.seal():
        pass
    sealed = [number for made in Seal.objects.all() for number, _ in made.leaves]
    assert sorted(sealed) == sorted(Event.objects.values_list("pk", flat=True))
    assert len(sealed) == 32
    assert faults() == []


def test_a_journal_that_begins_at_a_high_number_is_sealed_without_naming_all_before(rep):
    [pk] = write(rep, 1)
    far = Event.objects.get(pk=pk)
    far.pk = pk + 5_000_000
    far.save(force_insert=True)
    with without_triggers():
        Event.objects.filter(pk=pk).delete()
    assert len(seals.seal().pending) <= seals.NUMBERS_IN_FLIGHT
    assert faults() == []
