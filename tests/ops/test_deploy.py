"""What the deploy check refuses, what the logs leave out, and whether the pages about it are still true."""

import json
import logging
import logging.config
import re
from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError, call_command, get_commands
from django.test import RequestFactory

from salesdept import logs
from salesdept.models import Event, User
from salesdept.rules import Role
from salesdept.seeds import PASSWORD
from tests import factories

ROOT = Path(__file__).resolve().parents[2]


def refusals() -> list[str]:
    found = run_checks(include_deployment_checks=True, databases=["default"])
    return sorted(message.id for message in found if message.id.startswith("salesdept.E"))


def test_an_office_of_plain_accounts_passes(rep, manager):
    assert refusals() == []


def test_an_active_superuser_is_refused(rep):
    User.objects.filter(pk=rep.pk).update(is_superuser=True)
    assert refusals() == ["salesdept.E002"]
    User.objects.filter(pk=rep.pk).update(is_active=False)
    assert refusals() == []


def test_a_demo_account_is_refused_while_its_password_is_the_public_one(project):
    user = factories.user(Role.REP, username="rep1", name="林知远", project=project)
    user.set_password(PASSWORD)
    user.save()
    assert refusals() == ["salesdept.E003"]
    user.set_password("a long one of one's own")
    user.save()
    assert refusals() == []


def test_the_checks_are_quiet_before_the_tables_exist(db, monkeypatch):
    monkeypatch.setattr("django.db.connection.introspection.table_names", lambda *_: [])
    assert refusals() == []


@pytest.fixture
def office(settings):
    """An office whose password rules are those of production."""
    settings.AUTH_PASSWORD_VALIDATORS = [
        {
            "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
            "OPTIONS": {"min_length": 12},
        }
    ]
    return settings


def test_the_first_administrator_is_made_once(db, office, monkeypatch, capsys):
    monkeypatch.setenv("ADMIN_PASSWORD", "correct horse battery")
    call_command("add_admin", "boss", "系统管理员")
    user = User.objects.get()
    assert (user.role, user.is_superuser, user.check_password("correct horse battery")) == (
        Role.ADMIN,
        False,
        True,
    )
    assert Event.objects.get().verb == "salesdept.user.created"
    with pytest.raises(CommandError, match="已有管理员"):
        call_command("add_admin", "boss2", "另一位")
    assert User.objects.count() == 1


def test_a_weak_administrator_password_is_refused(db, office, monkeypatch):
    monkeypatch.setenv("ADMIN_PASSWORD", "short")
    with pytest.raises(CommandError):
        call_command("add_admin", "boss", "系统管理员")
    assert (User.objects.count(), Event.objects.count()) == (0, 0)


def test_a_logged_path_has_no_query():
    request = RequestFactory().get("/search/?q=13800001111")
    assert logs.RequestLogMiddleware.format_request(request) == "GET /search/"


def test_a_log_line_is_one_json_object(capsys):
    config = logs.json_logging("INFO")
    formatter = logging.config.DictConfigurator(config).configure_formatter(config["formatters"]["json"])
    record = logging.LogRecord("ops", logging.WARNING, "f", 1, "队列 %s\n第二行", ("满",), None)
    told = json.loads(formatter.format(record))
    assert (told["event"], told["level"], told["logger"]) == ("队列 满\n第二行", "warning", "ops")
    assert "\n" not in formatter.format(record)


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_every_variable_of_the_settings_is_on_the_page():
    asked = set()
    for name in ("base", "production"):
        asked |= set(
            re.findall(
                r'(?:envcheck\.\w+|environ\.get)\(\s*"([A-Z_]+)"', read(f"salesdept/settings/{name}.py")
            )
        )
    page = set(re.findall(r"`([A-Z][A-Z_]+)`", read("docs/deploy.md")))
    assert asked - page == set()
    assert {"SECRET_KEY", "DATABASE_POOL", "EMAIL_HOST"} <= asked


def test_every_command_of_the_pages_exists():
    pages = ["docs/deploy.md", "docs/backup.md", "deploy/compose.yaml", "deploy/Dockerfile"]
    pages += [str(path.relative_to(ROOT)) for path in (ROOT / "deploy/systemd").glob("*.service")]
    named = {name for page in pages for name in re.findall(r"manage\.py ([a-z_]+)", read(page))}
    assert {"backup", "restore", "migrate", "check", "add_admin", "collectstatic"} <= named
    assert named - set(get_commands()) == set()


def test_the_health_pages_of_the_settings_and_the_proxy_exist(client):
    exempt = re.search(r"SECURE_REDIRECT_EXEMPT = (\[.*\])", read("salesdept/settings/production.py"))
    assert exempt is not None
    assert client.get("/healthz/").status_code == 200
    for path in ("healthz/", "readyz/", "metrics"):
        assert f"^{path}$" in exempt.group(1)
    assert "(readyz/|metrics)" in read("deploy/nginx.conf")


def test_beat_runs_once_and_never_inside_a_worker():
    for path in [ROOT / "deploy/compose.yaml", *(ROOT / "deploy/systemd").glob("*.service")]:
        for line in path.read_text().splitlines():
            words = re.findall(r"[\w.-]+", line)
            assert not ("worker" in words and ("-B" in words or "--beat" in words)), path


def test_tracked_pages_hold_no_registry_and_no_machine_path():
    for name in ("run", ".ci/run", "requirements.txt", "requirements-dev.txt", "requirements-uv.txt"):
        assert not re.search(r"https?://(?!127\.0\.0\.1)|--(extra-)?index-url|/(?:root|home)/", read(name)), (
            name
        )
