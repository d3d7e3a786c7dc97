"""Tests: real engines, fast hasher, files in a folder of this run."""

import os
import tempfile
from pathlib import Path

from salesdept.settings.base import *

SECRET_KEY = "only for tests"
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
FIELD_KEY = "t1:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
DEMO = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUTHENTICATION_BACKENDS = ["salesdept.auth.ActivePeriodBackend"]
AXES_ENABLED = False
SILENCED_SYSTEM_CHECKS = ["guardian.W001", "axes.W003"]
SUFFIX = os.environ.get("TEST_DB_SUFFIX", "")
VAR_DIR = Path(tempfile.gettempdir()) / f"salesdept-test{SUFFIX}"
VAR_DIR.mkdir(parents=True, exist_ok=True)
# Of this worker alone, like its database: a nightly sweep removes every paper its own database does not know.
MEDIA_ROOT = VAR_DIR / "uploads" / os.environ.get("PYTEST_XDIST_WORKER", "main")
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file: the in-memory database is a shared cache that answers threads "table is locked".
    DATABASES["default"]["NAME"] = str(VAR_DIR / "dev.sqlite3")
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
    DATABASES["default"]["OPTIONS"]["init_command"] = "PRAGMA journal_mode=TRUNCATE;PRAGMA synchronous=OFF;"
else:
    DATABASES["default"]["TEST"] = {"NAME": f"test_salesdept{SUFFIX}"}
    # Nothing here outlives the run, so that the flush after each race need not wait for the disk.
    DATABASES["default"]["OPTIONS"]["options"] = "-c synchronous_commit=off"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
MIDDLEWARE = [m for m in MIDDLEWARE if "WhiteNoise" not in m]
CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS = {}
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
