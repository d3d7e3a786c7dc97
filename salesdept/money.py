"""Money: yuan as Decimal with two places in Python, fen as bigint in the table."""

from collections.abc import Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import FieldError, ValidationError
from django.db import models
from django.db.models.expressions import Combinable, register_combinable_fields

FEN = Decimal("0.01")
ZERO = Decimal("0.00")
BASIS = 10_000  # shares are basis points that sum to this


def fen(amount: Decimal) -> Decimal:
    """Round half up to the fen."""
    return amount.quantize(FEN, ROUND_HALF_UP)


def allocate(total: Decimal, weights: Sequence[int]) -> list[Decimal]:
    """Split `total` yuan by integer weights so that the parts sum to it exactly.

    Largest remainder; ties go in the given order. Negative totals (reversals) mirror positive ones.
    Raises ValueError without a positive weight, with a negative one, or for fractions of a fen.
    """
    if any(w < 0 for w in weights) or not sum(weights):
        raise ValueError("weights must be non-negative and not all zero")
    if total != total.quantize(FEN, ROUND_DOWN):
        raise ValueError("total has fractions of a fen")
    units, whole = int(abs(total) * 100), sum(weights)
    floors = [units * w // whole for w in weights]
    remainders = [units * w % whole for w in weights]
    order = sorted(range(len(weights)), key=lambda i: (-remainders[i], i))
    for i in order[: units - sum(floors)]:
        floors[i] += 1
    sign = -1 if total < 0 else 1
    return [Decimal(sign * f) / 100 for f in floors]


class MoneyField(models.Field):  # type: ignore[type-arg]
    """Decimal yuan in Python, bigint fen in the table; floats, NaN and a third decimal are refused."""

    description = "Money in yuan"

    def db_type(self, connection: Any) -> str:
        return "bigint"

    def cast_db_type(self, connection: Any) -> str:
        return "bigint"

    def rel_db_type(self, connection: Any) -> str:
        return "bigint"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Decimal | None:
        return None if value is None else (Decimal(value) / 100).quantize(FEN, ROUND_HALF_UP)

    def to_python(self, value: Any) -> Decimal | None:
        if value is None or value == "":
            return None
        if isinstance(value, float | bool):
            raise ValidationError("金额不接受浮点数", code="float")
        try:
            amount = Decimal(value)
        except (InvalidOperation, TypeError, ValueError) as error:
            raise ValidationError("金额须为数字", code="invalid") from error
        if not amount.is_finite() or abs(amount) >= Decimal("1e14"):
            raise ValidationError("金额超出范围", code="range")
        if amount != amount.quantize(FEN, ROUND_DOWN):
            raise ValidationError("金额最多两位小数", code="places")
        return amount.quantize(FEN)

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        if value is None or hasattr(value, "resolve_expression"):
            return value
        amount = self.to_python(value)
        return None if amount is None else int(amount * 100)

    def get_placeholder_sql(self, value: Any, compiler: Any, connection: Any) -> Any:
        if hasattr(value, "resolve_expression") and not isinstance(value.output_field, MoneyField):
            raise FieldError(f"{self.name}: write money as yuan(amount)")
        return compiler.compile(value) if hasattr(value, "as_sql") else ("%s", (value,))

    def value_to_string(self, obj: models.Model) -> str:
        value = self.value_from_object(obj)
        return "" if value is None else str(value)

    def formfield(self, **kwargs: Any) -> forms.Field | None:
        return super().formfield(
            **{"form_class": forms.DecimalField, "decimal_places": 2, "max_digits": 16, **kwargs}
        )


for _op in (Combinable.ADD, Combinable.SUB):
    register_combinable_fields(MoneyField, _op, MoneyField, MoneyField)


def yuan(amount: Decimal) -> models.Value:
    """A money literal for expressions: `update(paid=F("paid") + yuan(Decimal("5")))`."""
    return models.Value(amount, output_field=MoneyField())


_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_GROUP = ("", "万", "亿", "万亿")


def _four(group: int) -> str:
    """A number below 10,000 in capitals, with inner zeros collapsed."""
    words, gap = "", False
    for place, unit in ((1000, "仟"), (100, "佰"), (10, "拾"), (1, "")):
        digit = group // place % 10
        if not digit:
            gap = bool(words)
            continue
        words += ("零" if gap else "") + _DIGITS[digit] + unit
        gap = False
    return words


def capitals(amount: Decimal) -> str:
    """大写金额: 1234567.08 → 壹佰贰拾叁万肆仟伍佰陆拾柒元零捌分. Negative amounts begin with 负."""
    cents = int(abs(amount).quantize(FEN, ROUND_HALF_UP) * 100)
    whole, jiao, fen_ = cents // 100, cents // 10 % 10, cents % 10
    words, gap = "", False
    for power in range(3, -1, -1):
        group = whole // 10_000**power % 10_000
        if not group:
            gap = bool(words)
            continue
        if words and (gap or group < 1000):
            words += "零"
        words += _four(group) + _GROUP[power]
        gap = False
    words = f"{words}元" if words else ""
    if jiao:
        words += _DIGITS[jiao] + "角"
    if fen_:
        words += ("零" if words and not jiao else "") + _DIGITS[fen_] + "分"
    if not fen_:
        words = (words or "零元") + "整"
    return ("负" if amount < 0 and cents else "") + words
