"""Strict reading of the environment: a value is right or the start is refused, in one line that names it."""

import base64
import binascii
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE, FALSE = ("1", "true", "yes", "on"), ("", "0", "false", "no", "off")
SECRET_KEY_LENGTH = 50
SECRET_KEY_VARIETY = 12
FIELD_KEY_BYTES = 32


def refuse(name: str, why: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"{name}: {why}")


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, default).strip()


def required(name: str, what: str) -> str:
    """The value, which must be there; `what` says in the refusal what to put."""
    if value := text(name):
        return value
    raise refuse(name, f"is not set; give {what}")


def flag(name: str, default: bool = False) -> bool:
    """A yes or no. Anything else than 1/0, true/false, yes/no, on/off is refused, not read as a no."""
    value = os.environ.get(name)
    if value is None:
        return default
    if value.strip().lower() in TRUE + FALSE:
        return value.strip().lower() in TRUE
    raise refuse(name, f"must be 1 or 0, not {value!r}")


def integer(name: str, default: int, low: int, high: int) -> int:
    """A whole number between `low` and `high`, both allowed."""
    value = text(name) or str(default)
    if value.isascii() and value.isdigit() and low <= int(value) <= high:
        return int(value)
    raise refuse(name, f"must be a whole number from {low} to {high}, not {value!r}")


def off(name: str, why: str) -> bool:
    """A flag that must not be on here."""
    if flag(name):
        raise refuse(name, why)
    return False


def hosts(name: str) -> list[str]:
    """Comma-separated host names, at least one and no `*`."""
    found = [host.strip() for host in text(name).split(",") if host.strip()]
    if not found:
        raise refuse(name, "is empty; list the host names this site answers to")
    if wild := [host for host in found if "*" in host or host == "."]:
        raise refuse(name, f"{wild[0]!r} would answer to any host; list the names")
    if wrong := [host for host in found if "/" in host or any(c.isspace() for c in host)]:
        raise refuse(name, f"{wrong[0]!r} is not a host name; leave out https:// and paths")
    return found


def secret_key(name: str) -> str:
    """Long and various enough to be random, and not the one Django writes into new projects."""
    value = required(name, "a random text of at least 50 characters")
    if value.startswith("django-insecure-"):
        raise refuse(name, "is a default key; make a random one")
    if len(value) < SECRET_KEY_LENGTH or len(set(value)) < SECRET_KEY_VARIETY:
        raise refuse(name, f"is too short or too simple; at least {SECRET_KEY_LENGTH} random characters")
    return value


def field_keys(name: str) -> str:
    """`id:base64` of 32 bytes, several separated by commas, newest first; each id once."""
    value = required(name, "id:base64 of 32 random bytes")
    ids = [_field_key_id(name, part) for part in value.split(",")]
    if len(set(ids)) != len(ids):
        raise refuse(name, "names the same key id twice")
    return value


def _field_key_id(name: str, part: str) -> str:
    key_id, _, key = part.strip().partition(":")
    try:
        raw = base64.b64decode(key, validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if not key_id or len(raw) != FIELD_KEY_BYTES:
        raise refuse(name, "each key is id:base64 of 32 bytes")
    if len(set(raw)) < SECRET_KEY_VARIETY:
        raise refuse(name, f"the key {key_id!r} is not random")
    return key_id


def address(name: str, schemes: tuple[str, ...], default: str | None = None) -> str:
    """A URL of one of the schemes, with a host where the scheme needs one."""
    value = text(name) if default is not None and not text(name) else required(name, f"{schemes[0]}://…")
    value = value or (default or "")
    try:
        parts = urlsplit(value)
        port_is_readable = parts.port is None or parts.port > 0
    except ValueError:
        raise refuse(name, "is not an address that can be read") from None
    if value and (parts.scheme not in schemes or not port_is_readable):
        raise refuse(name, f"must begin with {' or '.join(s + '://' for s in schemes)}")
    return value


def database_url(name: str) -> str:
    value = address(name, ("postgres", "postgresql", "sqlite"))
    if not urlsplit(value).path.strip("/"):
        raise refuse(name, "names no database after the host")
    return value


def sqlite_mode(name: str, version: tuple[int, int, int], safe_mode: str) -> str:
    """The journal mode, `safe_mode` when unset. Refuses WAL where two connections can corrupt the file."""
    mode = text(name, safe_mode).upper()
    if mode not in ("WAL", "TRUNCATE"):
        raise refuse(name, f"must be WAL or TRUNCATE, not {mode!r}")
    if mode == "WAL" != safe_mode:
        shown = ".".join(map(str, version))
        raise refuse(name, f"WAL can corrupt the file with SQLite {shown}; leave it unset or use {safe_mode}")
    return mode


def kept(name: str, path: Path, make: Callable[[], str]) -> str:
    """The variable, else a secret made once for this machine and kept in `path`, readable by its owner only.

    Written aside and moved into place whole, so that a start broken off halfway leaves no empty key.
    """
    if value := text(name):
        return value
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        made = Path(f"{path}.{os.getpid()}")
        made.touch(mode=0o600)
        made.write_text(make(), encoding="ascii")
        with suppress(FileExistsError):  # another process was first: its key counts
            os.link(made, path)
        made.unlink()
    return path.read_text(encoding="ascii")
