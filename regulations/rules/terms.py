"""Terms: numbers that a notice may change, as fields of frozen dataclasses.

No `from __future__ import annotations` where topics are defined: forms read the field types.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from datetime import date, time
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar, dataclass_transform, get_args, get_origin

from django.db.models import TextChoices

from salesdept.errors import RuleError

T = TypeVar("T")
Values = Mapping[str, Any]


class Unit(TextChoices):
    """What a term counts in; the word behind the number on screen."""

    MINUTES = "minutes", "分钟"
    HOURS = "hours", "小时"
    DAYS = "days", "天"
    WORKDAYS = "workdays", "工作日"
    YUAN = "yuan", "元"
    PERCENT = "percent", "%"
    PERMILLE = "permille", "‰"
    COUNT = "count", "个"
    TIMES = "times", "次"
    NONE = "none", ""


class VersionState(TextChoices):
    """A stored version; whether an approved one is in force follows from the dates."""

    DRAFT = "draft", "待审批"
    APPROVED = "approved", "已批准"
    REJECTED = "rejected", "已驳回"
    WITHDRAWN = "withdrawn", "已撤回"


def term(
    default: Any,
    *,
    label: str,
    clause: str,
    unit: Unit = Unit.NONE,
    low: Any = None,
    high: Any = None,
    choices: Mapping[str, str] | None = None,
    must: tuple[str, ...] = (),
    note: str = "",
) -> Any:
    """One number or choice that a notice may change: default, Chinese label, clause key, unit and bounds.

    A `tuple[str, ...]` with choices is a set of them; `must` names those that cannot be left out.
    """
    return field(
        default=default,
        metadata={
            "label": label,
            "clause": clause,
            "unit": unit,
            "low": low,
            "high": high,
            "choices": dict(choices or {}),
            "must": must,
            "note": note,
        },
    )


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(term,))
def topic(name: str, label: str, app: str) -> Callable[[type[T]], type[T]]:
    """Make a class a topic: a frozen dataclass with a stable name, a Chinese label and its chapter's app."""

    def wrap(cls: type[T]) -> type[T]:
        made = dataclass(frozen=True, kw_only=True, slots=True)(cls)
        if any(isinstance(f.type, str) for f in fields(made)):  # type: ignore[arg-type]
            raise TypeError(f"{cls.__name__}: no postponed annotations in a module of topics")
        made.topic_name = name  # type: ignore[attr-defined]
        made.topic_label = label  # type: ignore[attr-defined]
        made.topic_app = app  # type: ignore[attr-defined]
        return made

    return wrap


def defaults(kind: type[Any]) -> dict[str, Any]:
    """Field name → built-in default."""
    return {f.name: f.default for f in fields(kind) if f.default is not MISSING}


def to_json(terms: Any) -> dict[str, Any]:
    """Values of a terms object as JSON: Decimals, dates and times as text."""
    return {f.name: _plain(getattr(terms, f.name)) for f in fields(terms)}


def from_json(kind: type[T], values: Values) -> T:  # noqa: UP047 - shares the TypeVar of `topic`
    """A terms object again: unknown keys are dropped, new fields take their default.

    Raises RuleError `term_unreadable` for a value that cannot be of the field's type.
    """
    known = {f.name: f for f in fields(kind)}  # type: ignore[arg-type]
    return kind(**{name: _typed(known[name], value) for name, value in values.items() if name in known})


def _plain(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, Decimal | date | time) else value


_BOOLS = {"true": True, "false": False, "1": True, "0": False, "": False}


def _bool(value: Any) -> bool:
    return _BOOLS[value.lower()] if isinstance(value, str) else bool(value)


def _decimal(value: Any) -> Decimal:
    number = Decimal(str(value))
    if not number.is_finite():
        raise ValueError(value)
    return number


_READERS: Mapping[Any, Callable[[Any], Any]] = {
    Decimal: _decimal,
    int: lambda value: int(str(value)),
    bool: _bool,
    str: str,
    date: lambda value: value if isinstance(value, date) else date.fromisoformat(value),
    time: lambda value: value if isinstance(value, time) else time.fromisoformat(value),
}


def _typed(definition: "Field[Any]", value: Any) -> Any:
    try:
        return _read(definition.type, value)
    except (ValueError, TypeError, KeyError, AttributeError, InvalidOperation) as error:
        meta = definition.metadata
        raise RuleError(
            "term_unreadable",
            f"「{meta.get('label', definition.name)}」的值无法识别",
            meta.get("clause", ""),
            "重新填写此项",
        ) from error


def _read(kind: Any, value: Any) -> Any:
    """A JSON value as `kind`: a scalar, `tuple[X, ...]` or `tuple[X, Y]`; other kinds stay as they are."""
    if get_origin(kind) is not tuple:
        return _READERS.get(kind, lambda same: same)(value)
    if not isinstance(value, list | tuple):
        raise TypeError(value)
    kinds = get_args(kind)
    if kinds[-1] is Ellipsis:
        return tuple(_read(kinds[0], item) for item in value)
    return tuple(_read(k, item) for k, item in zip(kinds, value, strict=True))


def check_bounds(terms: Any) -> None:
    """Raise RuleError `term_out_of_bounds` when a value lies outside its term's bounds or choices."""
    for definition in fields(terms):
        if words := out_of_bounds(definition, getattr(terms, definition.name)):
            raise RuleError(
                "term_out_of_bounds", words, definition.metadata["clause"], "改到允许的范围内再提交"
            )


def out_of_bounds(definition: "Field[Any]", value: Any) -> str:
    """What is wrong with a value in words, or "" when it lies inside bounds and choices."""
    meta = definition.metadata
    low, high, choices, unit = meta.get("low"), meta.get("high"), meta.get("choices"), meta.get("unit")
    if choices and isinstance(value, tuple):
        return _wrong_set(meta, value)
    if choices:
        return "" if value in choices else f"「{meta['label']}」只能选 {'、'.join(choices.values())}"
    word = f" {Unit(unit).label}" if unit and unit != Unit.NONE else ""
    if low is not None and value < low:
        return f"「{meta['label']}」不能小于 {low}{word}"
    if high is not None and value > high:
        return f"「{meta['label']}」不能大于 {high}{word}"
    return ""


def _wrong_set(meta: Values, value: tuple[Any, ...]) -> str:
    """What is wrong with a set of choices in words, or ""."""
    choices = meta["choices"]
    if len(set(value)) < len(value) or not set(value) <= set(choices):
        return f"「{meta['label']}」只能从这些里选：{'、'.join(choices.values())}"
    left_out = [choices[name] for name in meta["must"] if name not in value]
    return f"「{meta['label']}」不能没有 {'、'.join(left_out)}" if left_out else ""


def check_effective(effective_from: date, today: date) -> None:
    """A version begins in the open month or later (else `terms_backdated`): closed months stay."""
    if effective_from < today.replace(day=1):
        raise RuleError(
            "terms_backdated",
            "生效日早于本月一日，已结月份不重算",
            "拟:sys.closed_month",
            "生效日改到本月或以后",
        )


def shown(definition: "Field[Any]", value: Any) -> str:
    """A value as the reader sees it, without its unit."""
    choices = definition.metadata.get("choices")
    if choices and isinstance(value, tuple | list):
        return "、".join(str(choices.get(name, name)) for name in value) or "无"
    if choices and value in choices:
        return str(choices[value])
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Decimal):
        return f"{value:,.2f}" if definition.metadata.get("unit") == Unit.YUAN else f"{value.normalize():f}"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, tuple | list):
        return "、".join(str(item) for item in value)
    return str(value)
