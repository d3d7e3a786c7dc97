"""Guards over the whole house: what a reviewer would otherwise have to look for in every change."""

import ast
import re
import statistics
import sys
from collections import Counter
from itertools import chain
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.db.models import CheckConstraint, UniqueConstraint
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver

from salesdept import slots
from salesdept.rules import Role
from tests import factories

ROOT = Path(__file__).resolve().parent.parent
HOUSE = (  # lowest first
    "salesdept",
    "regulations",
    "attendance",
    "customers",
    "inventory",
    "contracts",
    "commissions",
    "performance",
)
MODELS = [model for model in apps.get_models() if model._meta.app_label in HOUSE]
LONGEST_FUNCTION, P90, LONGEST_FILE, LONGEST_VIEW = 50, 25, 400, 25


def sources(app=None):
    """The product's Python files."""
    for name in HOUSE if app is None else (app,):
        yield from sorted((ROOT / name).rglob("*.py"))


def tree(path):
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def shown(path):
    return str(path.relative_to(ROOT))


# --- layers


def test_no_foreign_key_points_upward():
    """import-linter does not see foreign keys given as strings."""
    rank = {app: i for i, app in enumerate(HOUSE)}
    wrong = [
        str(field)
        for model in MODELS
        for field in chain(model._meta.fields, model._meta.many_to_many)
        if field.is_relation
        and rank.get(field.related_model._meta.app_label, -1) > rank[model._meta.app_label]
    ]
    assert wrong == []


def test_the_import_contracts_hold():
    """Apps build on one another in one direction; inside an app: outside in."""
    from importlinter.cli import lint_imports

    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), cache_dir=None) == 0


def rule_files():
    for app in HOUSE:
        yield from sorted((ROOT / app).glob("rules.py"))
        yield from sorted((ROOT / app / "rules").rglob("*.py"))


def imports_of(path):
    """(module, name) of every import statement, wherever it stands."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", alias.name) for alias in node.names)


def pure(path, module, name):
    """Standard library, TextChoices, errors, rules of this and lower apps."""
    app = path.relative_to(ROOT).parts[0]
    head = module.split(".")[0]
    if head in sys.stdlib_module_names or (module, name) == ("django.db.models", "TextChoices"):
        return True
    if module == "salesdept.errors" or (module, name) == ("salesdept", "errors"):
        return True
    lower = HOUSE[: HOUSE.index(app) + 1]
    inside = module.split(".")[1:2] == ["rules"] or (head == module and name == "rules")
    return head in lower and inside


# Pure values and functions of the kernel without a table behind them.
PURE_KERNEL = ("salesdept.money", "salesdept.clock", "salesdept.formats", "salesdept.text")


@pytest.mark.parametrize("path", list(rule_files()), ids=shown)
def test_rules_are_pure(path):
    wrong = [
        f"{module} {name}".strip()
        for module, name in imports_of(path)
        if not pure(path, module, name) and not module.startswith(PURE_KERNEL)
    ]
    assert wrong == []


@pytest.mark.parametrize("path", list(rule_files()), ids=shown)
def test_rules_never_ask_the_clock(path):
    asked = [
        node.lineno
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("now", "today", "utcnow", "localdate")
    ]
    assert asked == []


# --- only services write

WRITERS = {
    "save", "delete", "create", "bulk_create", "bulk_update", "update", "get_or_create", "update_or_create",
    "aget_or_create", "acreate", "abulk_create", "adelete", "asave", "aupdate", "set_password", "_raw_delete",
}  # fmt: skip
MAY_WRITE = re.compile(
    r"(^|/)(services(/|\.py$)|journal\.py$|verbs\.py$|seals\.py$|notices\.py$|seeds(/|\.py$)|migrations/)"
)
# `update` and `delete` of dicts, sets and hashes are no writes; neither is what these names hold.
HARMLESS = {
    "hashlib", "digest", "hasher", "context", "kwargs", "params", "data", "attrs", "defaults", "headers",
    "cache", "environ", "options", "counter", "seen", "found", "initial", "errors", "widget", "config",
}  # fmt: skip


def writes_of(path):
    for node in ast.walk(tree(path)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr not in WRITERS or isinstance(node.func.value, ast.Constant):
            continue
        base = node.func.value
        name = base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "")
        if name not in HARMLESS and not _is_no_write(node):
            yield f"{shown(path)}:{node.lineno} .{node.func.attr}()"


def _is_no_write(node):
    """`super().save()` passes on what a service decided; `image.save(out, "PNG")` draws."""
    base = node.func.value
    passes_on = isinstance(base, ast.Call) and getattr(base.func, "id", "") == "super"
    draws = any(isinstance(a, ast.Constant) and a.value in ("PNG", "JPEG") for a in node.args)
    return passes_on or draws


def test_only_services_write():
    wrong = [line for path in sources() if not MAY_WRITE.search(shown(path)) for line in writes_of(path)]
    assert wrong == []


def test_the_guard_against_writes_sees_one(tmp_path, monkeypatch):
    """A guard that cannot fail guards nothing."""
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)
    path = tmp_path / "views.py"
    path.write_text("def view(row):\n    row.save()\n    type(row).objects.filter(pk=1).update(a=1)\n")
    assert len(list(writes_of(path))) == 2


# --- models and constraints


def constraints():
    return [(model, constraint) for model in MODELS for constraint in model._meta.constraints]


def test_no_field_is_unique_by_itself():
    """`unique=True` has no name to refuse with on SQLite; the one-to-one's own uniqueness is its meaning."""
    wrong = [
        str(field)
        for model in MODELS
        if not model._meta.proxy
        for field in model._meta.local_fields
        if field.unique and not field.primary_key and not field.one_to_one
    ]
    assert wrong == []


def test_no_unique_together():
    """guardian's abstract parent brings its own; ours are named."""
    wrong = [
        model._meta.label
        for model in MODELS
        if model._meta.unique_together and not model.__name__.endswith(("Grant", "Permission"))
    ]
    assert wrong == []


def test_no_two_unique_constraints_share_their_columns():
    """SQLite names a broken unique constraint only by its columns.

    Two over the same columns are told apart by their conditions alone, so only disjoint ones may stand.
    """
    columns = Counter(
        (model._meta.label, frozenset(constraint.fields))
        for model, constraint in constraints()
        if isinstance(constraint, UniqueConstraint) and constraint.fields
    )
    assert [key for key, n in columns.items() if n > 1] == []


def test_unique_constraints_name_fields_not_expressions():
    wrong = [c.name for _, c in constraints() if isinstance(c, UniqueConstraint) and not c.fields]
    assert wrong == []


def test_every_constraint_refuses_in_words():
    wrong = [
        constraint.name
        for _, constraint in constraints()
        if not re.search(r"[一-鿿]", str(constraint.violation_error_message or ""))
    ]
    assert wrong == []


def test_names_of_constraints_and_indexes_are_distinct_and_short():
    names = [c.name for _, c in constraints()] + [i.name for model in MODELS for i in model._meta.indexes]
    assert [name for name, n in Counter(names).items() if n > 1] == []
    assert [name for name in names if len(name) > 63] == []


def test_every_closed_choice_is_also_a_check():
    """`choices` bind forms only; a state or role column needs its CHECK."""
    wrong = [
        f"{model._meta.label}.{field.name}"
        for model in MODELS
        for field in model._meta.local_fields
        if field.choices
        and field.name in ("state", "stage", "role", "status")
        and not any(
            field.name in str(c.condition) for c in model._meta.constraints if isinstance(c, CheckConstraint)
        )
    ]
    assert wrong == []


def test_nothing_is_deleted_by_cascade_from_a_governed_row():
    """CASCADE only from a user's own trifles and from grants to what they grant."""
    from django.db.models import CASCADE

    kept = {"IdempotencyKey", "Notice", "Delivery"}
    wrong = [
        str(field)
        for model in MODELS
        for field in model._meta.local_fields
        if field.is_relation
        and getattr(field.remote_field, "on_delete", None) is CASCADE
        and model.__name__ not in kept
        and not model.__name__.endswith(("Grant", "Permission"))
        and not model._meta.auto_created
    ]
    assert wrong == []


@pytest.mark.parametrize("app", HOUSE)
def test_migrations_of_an_app_are_one_numbered_line(app):
    """0001_initial stays as it is; each change is the next number, with a word for what it is about."""
    names = sorted(p.stem for p in (ROOT / app / "migrations").glob("[0-9]*.py"))
    has_models = any(model._meta.app_label == app for model in MODELS)
    assert names[:1] == (["0001_initial"] if has_models else [])
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))
    assert not [name for name in names if "auto" in name]


# --- size


def functions(path):
    """(name, lines of code without docstring and blank lines at the ends) of every function."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0]
            documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
            doc = (first.end_lineno - first.lineno + 1) if documented else 0
            yield f"{shown(path)}:{node.lineno} {node.name}", node.end_lineno - node.lineno + 1 - doc


def product_functions():
    return [f for path in sources() if "/migrations/" not in shown(path) for f in functions(path)]


def test_functions_are_short(record_property):
    lengths = sorted(n for _, n in product_functions())
    p50, p90 = statistics.median(lengths), lengths[int(len(lengths) * 0.9)]
    record_property("function_lines", f"{len(lengths)} functions, p50 {p50}, p90 {p90}, max {lengths[-1]}")
    assert p90 <= P90
    assert [(name, n) for name, n in product_functions() if n > LONGEST_FUNCTION] == []


def test_views_are_thin():
    wrong = [
        (name, n)
        for path in sources()
        if re.search(r"/views(/|\.py$)", shown(path))
        for name, n in functions(path)
        if n > LONGEST_VIEW
    ]
    assert wrong == []


def test_files_are_not_long():
    lengths = {shown(path): len(path.read_text(encoding="utf-8").splitlines()) for path in sources()}
    assert {n: k for n, k in lengths.items() if k > LONGEST_FILE and "/migrations/" not in n} == {}


# --- addresses


def patterns(resolver=None, prefix="", names=()):
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            inner = (*names, entry.namespace) if entry.namespace else names
            yield from patterns(entry, prefix + str(entry.pattern), inner)
        elif isinstance(entry, URLPattern):
            yield prefix + str(entry.pattern), ":".join((*names, entry.name or "")), entry.callback


OURS = [entry for entry in patterns() if not entry[0].startswith("admin/")]


def test_every_address_has_a_name():
    assert [path for path, name, _ in OURS if not name or name.endswith(":")] == []


def test_names_are_used_once():
    assert [name for name, n in Counter(name for _, name, _ in OURS).items() if n > 1] == []


VERB = re.compile(r"<[a-z]+:[a-z_]+>/([a-z_]+)/$")
# Pages below an object: nouns and forms, no verbs.
PAGES = {"edit", "print", "screen", "history", "rows"}


def test_a_verb_is_named_noun_verb():
    """`<collection>/<id>/<verb>/` → `app:<noun>_<verb>`."""
    wrong = [
        f"{path} → {name}"
        for path, name, _ in OURS
        if (found := VERB.search(path)) and found[1] not in PAGES and not name.endswith(f"_{found[1]}")
    ]
    assert wrong == []


# --- templates

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
DIGITS = re.compile(r"[0-9０-９]+\s*(?:天|分钟|小时|%|％|元)")


def text_of(path):
    """A template without its comments and the percent signs of its tags; what tags are given stays."""
    text = path.read_text(encoding="utf-8").replace("{%", "{").replace("%}", "}")
    return re.sub(r"{#.*?#}", "", text)


@pytest.mark.parametrize("path", TEMPLATES, ids=shown)
def test_no_number_of_the_regulation_stands_in_a_template(path):
    assert DIGITS.findall(text_of(path)) == []


def test_every_clause_key_in_the_house_resolves():
    """`S54` and `拟:…` in code and templates are rows of clauses.csv and drafts.csv."""
    from regulations.clauses import cite

    unknown = set()
    for path in chain(sources(), TEMPLATES):
        for key in re.findall(
            r"[\"'](S\d{2,3})[\"']|(拟:[A-Za-z0-9_.]*[A-Za-z0-9_])", path.read_text(encoding="utf-8")
        ):
            word = next(filter(None, key))
            try:
                cite(word)
            except LookupError:
                unknown.add(f"{shown(path)}: {word}")
    assert sorted(unknown) == []


# --- slots


def test_every_slot_and_its_fillers():
    """Prints the wiring of the house (`pytest -s`)."""
    lines = [f"{slot.name}: {', '.join(_name(filler) for filler in slot) or '—'}" for slot in slots.REGISTRY]
    print("\n".join(lines))
    assert len({slot.name for slot in slots.REGISTRY}) == len(slots.REGISTRY)
    assert [slot.name for slot in slots.REGISTRY if len(list(slot)) != len({id(f) for f in slot})] == []
    assert {"NAV", "HOME_CARDS", "TRIGGERS", "TOPICS", "APPROVALS"} <= {slot.name for slot in slots.REGISTRY}


def _name(filler):
    for attribute in ("name", "label", "topic_name", "table", "template", "url_name"):
        if value := getattr(filler, attribute, ""):
            return str(value)
    return getattr(filler, "__qualname__", type(filler).__name__)


# --- the back office

ADMIN_MAY_EDIT = {"salesdept.User", "salesdept.Team", "salesdept.Project"}


@pytest.mark.django_db
def test_governed_tables_are_read_only_in_the_back_office():
    request = RequestFactory().get("/admin/")
    request.user = factories.user(Role.ADMIN, username="boss", name="管理员甲")
    wrong = [
        model._meta.label
        for model, site in admin.site._registry.items()
        if model._meta.app_label in HOUSE and model._meta.label not in ADMIN_MAY_EDIT
        if site.has_add_permission(request)
        or site.has_change_permission(request)
        or site.has_delete_permission(request)
    ]
    assert wrong == []


def test_settings_open_no_transaction_per_request():
    assert not settings.DATABASES["default"].get("ATOMIC_REQUESTS", False)
