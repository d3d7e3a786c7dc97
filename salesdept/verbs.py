"""How a business verb runs: one transaction, one effect per key, the second editor stopped."""

import hashlib
import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import models, transaction

from salesdept.errors import RuleError
from salesdept.journal import label, plain, resolve
from salesdept.models import IdempotencyKey, User

KEY_REUSED = RuleError(
    "key_reused", "这张表单已提交过，而且内容与上次不同", "拟:sys.one_effect", "请刷新页面后重新填写"
)


def digest(data: Any) -> str:
    text = json.dumps(plain(data), sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def once(user: User, key: str, data: Any, do: Callable[[], str]) -> str:
    """Run `do` once per (user, key) and return its stored reference; the key lives and dies with its effect.

    The same key with other data is refused (409); a refusal inside `do` leaves no key.
    """
    wanted = digest(data)
    with transaction.atomic():
        row, first = IdempotencyKey.objects.get_or_create(
            user=user, key=key[:64], defaults={"digest": wanted}
        )
        if row.digest != wanted:
            raise KEY_REUSED
        if first:
            row.result = do()
            row.save(update_fields=["result"])
        return row.result


def service[**P, T](function: Callable[P, T]) -> Callable[P, T]:
    """Make a function a business verb: atomic and, with `idempotency_key`, once.

    All arguments are keywords; `actor` and `now` are always there; `idempotency_key=None` is in the signature
    for the reader and taken here. A repeated key answers with the row that the first call returned.
    """

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        key: Any = kwargs.pop("idempotency_key", None)
        if not key:
            with transaction.atomic():
                return function(*args, **kwargs)
        return _keyed(function, args, kwargs, str(key))

    return call


def _keyed[T](function: Callable[..., T], args: Any, kwargs: dict[str, Any], key: str) -> T:
    fresh: list[T] = []

    def do() -> str:
        fresh.append(function(*args, **kwargs))
        return label(fresh[0]) if isinstance(fresh[0], models.Model) else ""

    data = {name: value for name, value in kwargs.items() if name not in ("actor", "now")}
    reference = once(kwargs["actor"], key, [function.__module__, function.__name__, data], do)
    return fresh[0] if fresh else resolve(reference)  # type: ignore[return-value]


def locked[M: models.Model](queryset: models.QuerySet[M], pk: int, version: int | None = None) -> M:
    """One row locked until commit; with `version`, refused when somebody else has changed it since.

    On SQLite the surrounding IMMEDIATE transaction is the lock.
    """
    row = queryset.select_for_update(of=("self",), no_key=True).get(pk=pk)
    if version is not None and getattr(row, "version", version) != version:
        raise RuleError(
            "stale", "这条记录刚被别人改过，你看到的是旧内容", "拟:sys.no_overwrite", "请刷新后在新内容上修改"
        )
    return row


def save_versioned(row: models.Model, *fields: str) -> None:
    """Save the named fields and count the version up. Call on a row from `locked`."""
    row.version += 1  # type: ignore[attr-defined]
    row.save(update_fields=[*fields, "version"])
