"""One machine, no services: what `./run` uses."""

import base64
import os
import secrets

from salesdept.settings import envcheck
from salesdept.settings.base import *

DEBUG = os.environ.get("DEBUG", "0") == "1"
DEMO = os.environ.get("DEMO", "1") == "1"
ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]").split(",")


SECRET_KEY = envcheck.kept("SECRET_KEY", VAR_DIR / "secret_key.key", lambda: secrets.token_urlsafe(50))
FIELD_KEY = envcheck.kept(
    "FIELD_KEY", VAR_DIR / "field_key.key", lambda: "k1:" + base64.b64encode(secrets.token_bytes(32)).decode()
)
if DEMO:
    # The demo office's accounts are public, so their password may be short.
    AUTH_PASSWORD_VALIDATORS = []
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
MAILERS = {
    "default": {
        "BACKEND": "django.core.mail.backends.filebased.EmailBackend",
        "OPTIONS": {"file_path": str(VAR_DIR / "mail")},
    }
}
