"""What the product loads is what it pins: the tests' own packages must not hide a missing one."""

import json
import os
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# Everything that production loads, also what the settings name only as text: broker, server, drivers.
# Packages that only the checks need are hidden first, as if they were not installed.
LOADED = """
import importlib, json, sys
hidden = set(json.loads(sys.argv[1]))
class Hide:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in hidden:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Hide())
import django
django.setup()
for name in sys.argv[2:]:
    importlib.import_module(name)
"""
MODULES = (
    "kombu.transport.redis",
    "kombu.transport.filesystem",
    "django.core.cache.backends.redis",
    "django.core.management.commands.migrate",
    "gunicorn.app.wsgiapp",
    "gunicorn.workers.gthread",
    "celery.bin.celery",
    "celery.beat",
    "celery.concurrency.thread",
    "psycopg",
    "psycopg_pool",
    "whitenoise.storage",
    "docxtpl",
    "salesdept.logs",
    "salesdept.tasks",
    "salesdept.urls",
)


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(file: str) -> dict[str, str]:
    found = re.findall(r"^([\w.-]+)==(\S+)", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)
    return {normal(name): version for name, version in found}


@pytest.mark.process
@pytest.mark.parametrize(
    ("modules", "loads"),
    [(MODULES, True), (("pytest",), False)],
    ids=["production", "control: a package of the checks"],
)
def test_production_loads_nothing_that_is_not_pinned(modules, loads):
    product = set(pinned("requirements.txt"))
    hidden = [m for m, dists in packages_distributions().items() if not {normal(d) for d in dists} & product]
    env = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    done = subprocess.run(
        [sys.executable, "-c", LOADED, json.dumps(hidden), *modules],
        cwd=ROOT,
        env={**env, "DJANGO_SETTINGS_MODULE": "salesdept.settings.test"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode == 0) == loads, done.stderr


def test_both_lists_pin_the_same_versions():
    product, checks = pinned("requirements.txt"), pinned("requirements-dev.txt")
    assert {n: v for n, v in checks.items() if n in product} == {
        n: product[n] for n in checks if n in product
    }


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt", "requirements-uv.txt"])
def test_every_pin_has_hashes(file):
    blocks = re.split(r"^(?=[\w.-]+==)", (ROOT / file).read_text(encoding="utf-8"), flags=re.MULTILINE)
    pins = [block for block in blocks if "==" in block]
    assert pins
    assert [block.split()[0] for block in pins if "--hash=sha256:" not in block] == []


def test_every_wish_is_pinned():
    for wishes, file in (
        ("requirements.in", "requirements.txt"),
        ("requirements-dev.in", "requirements-dev.txt"),
    ):
        lines = (ROOT / wishes).read_text(encoding="utf-8").splitlines()
        names = {normal(m.group()) for line in lines if (m := re.match(r"[A-Za-z][\w.-]*", line))}
        assert names - set(pinned(file)) == set()
