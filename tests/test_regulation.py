"""The clause table: every row has an honest status; what claims to be done names its enforcer and test."""

import ast
import csv
import importlib
import json
from collections import Counter
from dataclasses import fields
from functools import cache
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command

from regulations import clauses
from regulations.queries.clauses import chapter_of, totals
from regulations.rules import out_of_bounds
from regulations.slots import TOPICS

ROOT = Path(__file__).resolve().parent.parent
ROWS = list(clauses.rows().values())
DONE = [row for row in ROWS if row.status in clauses.NEEDS_PROOF]


def test_the_table_holds_every_clause():
    assert [row.key for row in ROWS] == [f"S{n:02}" for n in range(1, 222)]
    assert sum(row.is_regulation for row in ROWS) == 117


def test_every_status_is_known():
    assert {row.status for row in ROWS} <= set(clauses.STATUSES)


def test_todo_may_only_fall():
    """Lower regulations/todo.max when clauses are done; never raise it."""
    assert Counter(row.status for row in ROWS)["todo"] <= clauses.todo_max()


@cache
def constraint_names():
    return {c.name for model in apps.get_models() for c in model._meta.constraints}


def resolves(name):
    """A `constraint:NAME`, a `trigger:TABLE`, or a dotted name that imports."""
    kind, _, rest = name.partition(":")
    if rest and kind == "constraint":
        return rest in constraint_names()
    if rest and kind == "trigger":
        from salesdept.slots import TRIGGERS

        return rest in {spec.table for spec in TRIGGERS}
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        return all((found := getattr(found, part, None)) is not None for part in parts[cut:])
    return False


@cache
def names_tested_in(path):
    file = ROOT / path
    if not file.exists():
        return set()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("row", DONE, ids=lambda row: row.key)
def test_what_is_done_names_what_does_it(row):
    assert row.enforcer, f"{row.key} is {row.status} by nothing"
    assert [name for name in row.enforcer if not resolves(name)] == []


@pytest.mark.parametrize("row", DONE, ids=lambda row: row.key)
def test_what_is_done_names_its_test(row):
    assert row.tests, f"{row.key} is {row.status} without a test"
    missing = [
        name for name in row.tests if name.partition("::")[2] not in names_tested_in(name.partition("::")[0])
    ]
    assert missing == []


def test_an_enforcer_that_is_not_there_is_found():
    assert resolves("regulations.rules.check_bounds")
    assert resolves("constraint:approver_is_not_requester")
    assert not resolves("regulations.rules.no_such")
    assert not resolves("nowhere.at.all")
    assert not resolves("constraint:no_such")


def test_every_draft_key_belongs_to_a_chapter():
    chapters = {"四", "五", "六", "七", "八", "九", "十", "十一", "服务", "系统"}
    assert {draft.chapter for draft in clauses.drafts().values()} == chapters


def test_draft_keys_and_labels_are_not_repeated():
    with (ROOT / "regulations" / "drafts.csv").open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert [key for key, n in Counter(line["key"] for line in lines).items() if n > 1] == []
    pairs = Counter((line["chapter"], line["label"]) for line in lines)
    assert [pair for pair, n in pairs.items() if n > 1] == []


LABELS = {
    "S54": ("§ 第四部分 一(一)16", True),
    "S16": ("§ 第二部分 一 7", True),
    "S63": ("§ 第三部分 一", True),
    "S71": ("§ 第二部分 二(一)", True),
    "S37": ("§ 第四部分 前言 3", True),
    "S92": ("§ 目录 考勤制度", True),
    "S30": ("制度汇编 S30", False),
    "拟:sc.lock.minutes": ("拟 十 临时锁定时长", False),
}


@pytest.mark.parametrize("key", LABELS)
def test_a_citation_says_where_it_stands(key):
    cited = clauses.cite(key)
    assert (cited.label, cited.is_regulation) == LABELS[key]
    assert cited.quote


@pytest.mark.parametrize("key", ["S999", "拟:no.such", "", "§ 1"])
def test_a_key_that_is_none_fails(key):
    with pytest.raises(LookupError):
        clauses.cite(key)


def test_every_clause_has_a_heading():
    assert all(chapter_of(row) for row in ROWS)
    assert not [row.key for row in ROWS if row.ref and chapter_of(row).startswith("制度汇编")]


# --- terms


@pytest.mark.parametrize("kind", list(TOPICS), ids=lambda kind: kind.topic_name)
def test_every_term_cites_a_clause_and_defaults_inside_its_bounds(kind):
    terms = kind()
    for definition in fields(kind):
        assert clauses.cite(definition.metadata["clause"]).label
        assert definition.metadata["label"]
        assert out_of_bounds(definition, getattr(terms, definition.name)) == ""


def test_topics_have_distinct_names_of_known_apps():
    names = Counter(kind.topic_name for kind in TOPICS)
    assert [name for name, n in names.items() if n > 1] == []
    assert [kind.topic_name for kind in TOPICS if not apps.is_installed(kind.topic_app)] == []


def test_labels_of_a_topic_differ():
    for kind in TOPICS:
        labels = Counter(definition.metadata["label"] for definition in fields(kind))
        assert [label for label, n in labels.items() if n > 1] == [], kind.topic_name


# --- the report


def test_the_report_counts_all_and_the_regulation_proper_alone():
    out = StringIO()
    call_command("clause_coverage", "--json", stdout=out)
    report = json.loads(out.getvalue())
    assert len(report["clauses"]) == sum(report["totals"].values()) == 221
    assert sum(report["regulation_proper"].values()) == 117
    assert report["totals"] == totals()


def test_the_report_reads_as_a_table():
    out = StringIO()
    call_command("clause_coverage", "--status", "todo", stdout=out)
    assert "regulation proper 117: " in out.getvalue()
