"""Every business verb, with every one of its SQL statements failing in turn.

Each app lists its cases in `tests/<app>/nth_cases.py`:

    def set_role(get, now):                       # get("rep") is the fixture of that name
        actor, rep = get("admin"), get("rep")
        return lambda: people.set_role(actor=actor, user_id=rep.pk, role=Role.CASHIER, now=now, reason="转岗")

    CASES = {"salesdept.services.people.set_role": set_role}

A verb that takes another way for other data has a second case, `"<verb>: <what is other>"`. A verb that
rightly writes no journal row stands in `UNJOURNALLED` there, with its reason.
"""

import importlib
import pkgutil
from importlib.util import find_spec
from types import ModuleType

import pytest

from salesdept import verbs
from salesdept.errors import RuleError
from salesdept.models import Team
from salesdept.verbs import service
from tests.nth import fails_at_every_statement

APPS = (
    "salesdept",
    "regulations",
    "attendance",
    "customers",
    "inventory",
    "contracts",
    "commissions",
    "performance",
)
# Packages whose verbs are all covered. One joins when its cases are complete, and never leaves.
COMPLETE = (
    "salesdept.services",
    "regulations.services",
    "attendance.services",
    "customers.services",
    "inventory.services",
    "contracts.services",
    "commissions.services",
    "performance.services",
)


def _modules(package: str) -> list[ModuleType]:
    if not find_spec(package):
        return []
    root = importlib.import_module(package)
    below = pkgutil.walk_packages(getattr(root, "__path__", []), f"{package}.")
    return [root, *(importlib.import_module(info.name) for info in below)]


def verbs_of(app: str) -> set[str]:
    """Dotted names of the app's functions made by `@service`, by where they are defined."""
    made = service(lambda: None).__code__  # type: ignore[attr-defined]
    return {
        f"{value.__module__}.{value.__name__}"
        for module in _modules(f"{app}.services")
        for value in vars(module).values()
        if getattr(value, "__code__", None) is made and value.__module__.startswith(f"{app}.")
    }


def cases_of(app: str) -> ModuleType | None:
    name = f"tests.{app}.nth_cases"
    return importlib.import_module(name) if find_spec(name) else None


def verb_of(case_name: str) -> str:
    return case_name.partition(":")[0]


CASES = {name: case for app in APPS if (kept := cases_of(app)) for name, case in kept.CASES.items()}
UNJOURNALLED = {name for app in APPS if (kept := cases_of(app)) for name in getattr(kept, "UNJOURNALLED", {})}


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(CASES))
def test_a_verb_applies_wholly_or_not_at_all(name, request, now):
    do = CASES[name](request.getfixturevalue, now)
    assert fails_at_every_statement(do, journalled=verb_of(name) not in UNJOURNALLED) > 0


@pytest.mark.parametrize("package", COMPLETE)
def test_each_verb_has_its_case(package):
    wanted = {name for name in verbs_of(package.split(".")[0]) if name.startswith(f"{package}.")}
    assert wanted, "the package has verbs"
    assert wanted - {verb_of(name) for name in CASES} == set(), "add a case to tests/<app>/nth_cases.py"


@pytest.mark.parametrize("app", APPS)
def test_each_case_is_a_verb(app):
    named = {verb_of(name) for name in CASES if name.startswith(f"{app}.")}
    assert named - verbs_of(app) == set()


def test_the_verbs_are_found():
    assert "salesdept.services.people.create_user" in verbs_of("salesdept")
    assert "regulations.services.requests.ask" in verbs_of("regulations")
    assert verbs.__name__ not in verbs_of("salesdept")


# --- the harness itself can fail


def _two_steps(rep, first, second):
    def do():
        person = type(rep).objects.get(pk=rep.pk)
        person.phone = "1"
        first(person)
        person.name = "改名"
        second(person)

    return do


def _save(person):
    person.save()


@pytest.mark.django_db
def test_control_a_verb_without_a_transaction_is_caught(rep):
    with pytest.raises(AssertionError, match="half-applied"):
        fails_at_every_statement(_two_steps(rep, _save, _save), journalled=False)


@pytest.mark.django_db
def test_control_a_swallowed_failure_is_caught(rep, project):
    def adds_a_team_maybe():
        try:
            Team.objects.create(project=project, name="一组")
        except Exception:  # what the harness must notice
            return

    with pytest.raises(AssertionError, match="unnoticed"):
        fails_at_every_statement(service(adds_a_team_maybe), journalled=False)


@pytest.mark.django_db
def test_control_a_verb_without_its_journal_row_is_caught(rep):
    with pytest.raises(AssertionError, match="no journal row"):
        fails_at_every_statement(_two_steps(rep, _save, _save))


@pytest.mark.django_db
def test_a_refusal_is_not_a_pass(rep):
    def refuses():
        raise RuleError("no", "不行")

    with pytest.raises(RuleError):
        fails_at_every_statement(refuses)
