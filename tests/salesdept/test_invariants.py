"""check_invariants recounts, says what does not hold, and ends with 1."""

import json
from contextlib import nullcontext

import pytest
from django.core.management import call_command

from salesdept.slots import INVARIANTS, Invariant

pytestmark = pytest.mark.django_db


@pytest.fixture
def recounts(monkeypatch):
    def use(**faults):
        found = [Invariant(name, "S54", lambda said=said: iter(said)) for name, said in faults.items()]
        monkeypatch.setattr(INVARIANTS, "_fillers", found)

    return use


def test_all_is_well(recounts, capsys):
    recounts(一房一锁=[], 佣金守恒=[])
    call_command("check_invariants")
    assert "核对 2 项，全部相符" in capsys.readouterr().out


def test_what_is_broken_is_said_in_a_sentence(recounts, capsys):
    recounts(一房一锁=["2-1503 有两个有效锁定"], 佣金守恒=[])
    with pytest.raises(SystemExit) as ended:
        call_command("check_invariants")
    assert ended.value.code == 1
    out = capsys.readouterr().out
    assert "✗ 一房一锁（S54）：2-1503 有两个有效锁定" in out
    assert "1 处不符" in out


@pytest.mark.parametrize(("said", "ok"), [([], True), (["坏了"], False)])
def test_json_says_the_same(recounts, capsys, said, ok):
    recounts(一房一锁=said)
    with nullcontext() if ok else pytest.raises(SystemExit, match="1"):
        call_command("check_invariants", "--json")
    assert json.loads(capsys.readouterr().out) == {
        "ok": ok,
        "invariants": [{"name": "一房一锁", "clause": "S54", "broken": said}],
    }


def test_the_house_itself_is_sound(project, rep, capsys):
    call_command("check_invariants")
    assert "全部相符" in capsys.readouterr().out
