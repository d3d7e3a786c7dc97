"""Real data, behind a proxy. Everything comes from the environment; whatever is unsafe stops the start."""

import os
import sqlite3

from salesdept import logs
from salesdept.settings import envcheck
from salesdept.settings.base import *

DEBUG = envcheck.off("DEBUG", "must be off in production: its pages show settings and data")
DEMO = envcheck.off("DEMO", "must be off in production: the demo accounts' password is public")
SECRET_KEY = envcheck.secret_key("SECRET_KEY")
ALLOWED_HOSTS = envcheck.hosts("ALLOWED_HOSTS")
FIELD_KEY = envcheck.field_keys("FIELD_KEY")
CSRF_TRUSTED_ORIGINS = [f"https://{host.lstrip('.')}" for host in ALLOWED_HOSTS if host != "localhost"]

DATABASES = {"default": database(envcheck.database_url("DATABASE_URL"))}
_database = DATABASES["default"]
if _database["ENGINE"].endswith("postgresql"):
    # One pool a process; a thread that waits longer than this gets an error instead of hanging.
    _database["OPTIONS"]["pool"] = {
        "min_size": 1,
        "max_size": envcheck.integer("DATABASE_POOL", 10, 2, 200),
        "timeout": 10,
    }
else:
    _version = sqlite3.sqlite_version_info[:3]
    _mode = envcheck.sqlite_mode("SQLITE_JOURNAL_MODE", _version, sqlite_journal_mode(_version))
    _database["OPTIONS"]["init_command"] = f"PRAGMA journal_mode={_mode};PRAGMA synchronous=FULL;"

REDIS_URL = envcheck.address("REDIS_URL", ("redis", "rediss", "unix"), default="")
if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            "OPTIONS": REDIS_TIMEOUTS,
            "KEY_PREFIX": "salesdept",
        }
    }

# The proxy must set this header itself and drop the visitor's own (deploy/nginx.conf does).
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^healthz/$", r"^readyz/$", r"^metrics$"]
SECURE_HSTS_SECONDS = envcheck.integer("HSTS_SECONDS", 31_536_000, 3600, 63_072_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_HTTPONLY = False
# The proxy overwrites this header too, so that the lock-out counts by the visitor's own address.
AXES_IPWARE_META_PRECEDENCE_ORDER = ("HTTP_X_REAL_IP", "REMOTE_ADDR")

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

MAILERS = {
    "default": {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": envcheck.text("EMAIL_HOST", "localhost"),
            "port": envcheck.integer("EMAIL_PORT", 25, 1, 65535),
            "username": envcheck.text("EMAIL_HOST_USER"),
            "password": os.environ.get("EMAIL_HOST_PASSWORD", ""),
            "use_tls": envcheck.flag("EMAIL_USE_TLS"),
            "timeout": 10,
        },
    }
}

MIDDLEWARE = [*MIDDLEWARE]
MIDDLEWARE.insert(
    MIDDLEWARE.index("django.contrib.auth.middleware.AuthenticationMiddleware") + 1,
    "salesdept.logs.RequestLogMiddleware",
)
logs.configure()
LOGGING = logs.json_logging(envcheck.text("LOG_LEVEL", "INFO").upper())
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
