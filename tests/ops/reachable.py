"""Which outside parts answer on this machine, as shell assignments for `./run test`; empty is absent."""

import os
import shlex
import shutil

import psycopg
import redis

POSTGRES = os.environ.get("DATABASE_URL", "")
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def postgres() -> str:
    url = POSTGRES if POSTGRES.startswith("postgres") else "postgres://postgres@127.0.0.1:5432/postgres"
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.Error:
        return ""
    return url


def redis_url() -> str:
    url = os.environ.get("TEST_REDIS_URL") or os.environ.get("REDIS_URL") or "redis://127.0.0.1:6379/15"
    try:
        redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2).ping()
    except (redis.RedisError, ValueError):
        return ""
    return url


def chromium() -> str:
    named = os.environ.get("CHROMIUM", "")
    return shutil.which(named) or "" if named else next(filter(None, map(shutil.which, CHROMIUM_NAMES)), "")


if __name__ == "__main__":
    for name, value in (("POSTGRES", postgres()), ("TEST_REDIS_URL", redis_url()), ("CHROMIUM", chromium())):
        print(f"{name}={shlex.quote(value)}")
