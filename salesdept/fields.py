"""Sealed personal fields: AES-256-GCM in the table, an HMAC index for exact and last-four search.

The cipher text is bound to a random `seal_id` of the row and the field's name, so that it cannot be moved to
another row or column. The attribute yields a `Sealed` token; plain text comes only from
`services.privacy.reveal`, which writes the look into the register.
"""

import base64
import hashlib
import hmac
import os
import re
from functools import lru_cache
from typing import Any, NewType

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import models

Sealed = NewType("Sealed", str)
_TOKEN = re.compile(r"[^$\s]+\$[A-Za-z0-9+/]{40,}={0,2}")  # nonce, one byte at least, tag


class Plain(str):
    """Marks text that still has to be sealed before it is stored."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Plain(…)"


@lru_cache(maxsize=4)
def _ring(setting: str) -> dict[str, bytes]:
    ring: dict[str, bytes] = {}
    for part in setting.split(","):
        name, _, key = part.strip().partition(":")
        try:
            ring[name] = base64.b64decode(key, validate=True)
        except ValueError as error:
            raise ImproperlyConfigured("FIELD_KEY: each key is id:base64 of 32 bytes") from error
        if len(ring[name]) != 32:
            raise ImproperlyConfigured("FIELD_KEY: each key is id:base64 of 32 bytes")
    return ring


def ring() -> dict[str, bytes]:
    """Key id → key, newest first. The newest seals; any opens."""
    if not settings.FIELD_KEY:
        raise ImproperlyConfigured("FIELD_KEY is not set")
    return _ring(settings.FIELD_KEY)


def blind(text: str, purpose: str) -> str:
    """Keyed hash for equality search. Uses the ring's oldest key, so that rotation keeps the index."""
    key = list(ring().values())[-1]
    return hmac.new(key, f"{purpose}:{text}".encode(), hashlib.sha256).hexdigest()


def seal(text: str, bound_to: str) -> Sealed:
    name, key = next(iter(ring().items()))
    nonce = os.urandom(12)
    box = AESGCM(key).encrypt(nonce, text.encode(), bound_to.encode())
    return Sealed(f"{name}${base64.b64encode(nonce + box).decode()}")


def unseal(token: str, bound_to: str) -> str:
    """Plain text of a token. Raises ValueError when it was altered or moved to another row or field."""
    name, _, body = token.partition("$")
    raw = base64.b64decode(body)
    try:
        return AESGCM(ring()[name]).decrypt(raw[:12], raw[12:], bound_to.encode()).decode()
    except (InvalidTag, KeyError) as error:
        raise ValueError("sealed field does not open here") from error


class SealedField(models.TextField):  # type: ignore[type-arg]
    """Assign `Plain(text)`; it is sealed on save. Needs `seal_id` on the model and its index columns."""

    def __init__(self, *args: Any, index: str = "", tail_index: str = "", **kwargs: Any) -> None:
        self.index, self.tail_index = index, tail_index
        super().__init__(*args, **{"blank": True, "default": "", "editable": False, **kwargs})

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "index": self.index, "tail_index": self.tail_index}

    def bound_to(self, instance: Any) -> str:
        return f"{instance.seal_id}:{self.attname}"

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = getattr(model_instance, self.attname)
        if not isinstance(value, Plain):
            return value
        for column, text in ((self.index, str(value)), (self.tail_index, str(value)[-4:])):
            if column:
                setattr(model_instance, column, blind(text, column) if value else "")
        token = seal(str(value), self.bound_to(model_instance)) if value else ""
        setattr(model_instance, self.attname, token)
        return token

    def get_prep_value(self, value: Any) -> Any:
        """Only tokens reach the table: `update()` of a text, or a text without `Plain`, is refused."""
        if value and (isinstance(value, Plain) or not _TOKEN.fullmatch(str(value))):
            raise FieldError(f"{self.name} is sealed per row: assign Plain(text) and save the instance")
        return super().get_prep_value(value)
