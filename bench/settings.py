"""Settings of benches and proofs: the product's own, without debug, on a database of their own."""

from salesdept.settings.base import *  # noqa: F403

SECRET_KEY = "only for benches"
FIELD_KEY = "b1:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
ALLOWED_HOSTS = ["testserver"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUTHENTICATION_BACKENDS = ["salesdept.auth.ActivePeriodBackend"]
AXES_ENABLED = False
SILENCED_SYSTEM_CHECKS = ["guardian.W001", "axes.W003"]
CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {}
MIDDLEWARE = [m for m in MIDDLEWARE if "WhiteNoise" not in m]  # noqa: F405
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
