"""Money, areas and counts as offices write them. Raises `UnreadableError`; rounds only when asked."""

import re
from decimal import ROUND_HALF_UP, Decimal

from salesdept.text.clean import UnreadableError, cell_text, tidy

_FEN = Decimal("0.01")
_PLAIN = re.compile(r"[-−]?[0-9]+(?:\.[0-9]+)?")
_GROUPED = re.compile(r"[-−]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_COMMA_FOR_POINT = re.compile(r"[-−]?[0-9]+,[0-9]{1,2}")
_EXPONENT = re.compile(r"[-−]?[0-9.]+[eE][+-]?[0-9]+")
_PREFIX = re.compile(r"^(?:人民币|rmb|cny|[¥$])\s*", re.IGNORECASE)
_PER = re.compile(r"(?:/|每)\s*(?:㎡|m2|m²|平方米|平米|平方|平)$", re.IGNORECASE)
_MONEY_UNIT = re.compile(r"(?:元整|圆整|元|圆|块)$")
_SCALE = {"万": Decimal(10_000), "w": Decimal(10_000), "千": Decimal(1000), "亿": Decimal(100_000_000)}
_AREA_UNIT = re.compile(r"(?:㎡|m2|m²|平方米|平米|平方|平)$", re.IGNORECASE)
_LIMIT = Decimal("1e12")


def _number(text: str, what: str) -> Decimal:
    """A finite decimal from digits, with thousands separators in their places only."""
    body = text.replace(" ", "")
    if _PLAIN.fullmatch(body) or _GROUPED.fullmatch(body):
        value = Decimal(body.replace(",", "").replace("−", "-"))
        if abs(value) >= _LIMIT:
            raise UnreadableError(f"{what}超出范围")
        return value
    if _COMMA_FOR_POINT.fullmatch(body):
        raise UnreadableError(f"{what}应为数字，疑似把「.」写成「,」")
    if _EXPONENT.fullmatch(body):
        raise UnreadableError(f"{what}是科学计数，请把单元格改成数字格式")
    raise UnreadableError(f"{what}应为数字")


def _two_places(value: Decimal, what: str, rounded: bool) -> Decimal:
    fen = value.quantize(_FEN, ROUND_HALF_UP)
    if fen != value and not rounded:
        raise UnreadableError(f"{what}最多两位小数")
    return fen


def parse_money(value: object, what: str = "金额", *, rounded: bool = False) -> Decimal:
    """Yuan with two places from `249.4万`, `1,234,567.00`, `￥21,060 元/㎡`; negatives are refused.

    `rounded` rounds half up to the fen (derived prices); otherwise a third decimal is refused.
    """
    text = tidy(cell_text(value)).lower()
    text = _PREFIX.sub("", text)
    text = _MONEY_UNIT.sub("", _PER.sub("", text).strip()).strip()
    scale = _SCALE.get(text[-1:], Decimal(1))
    if scale != 1:
        text = text[:-1]
    amount = _two_places(_number(text, what) * scale, what, rounded or isinstance(value, float))
    if amount < 0:
        raise UnreadableError(f"{what}不能为负")
    if amount >= _LIMIT:
        raise UnreadableError(f"{what}超出范围")
    return amount


def parse_area(value: object, what: str = "面积") -> Decimal:
    """Square metres with two places from `118.42㎡`, `118.42 平`; zero and negatives are refused."""
    text = _AREA_UNIT.sub("", tidy(cell_text(value))).strip()
    area = _two_places(_number(text, what), what, isinstance(value, float))
    if not 0 < area < 100_000:
        raise UnreadableError(f"{what}应大于零" if area <= 0 else f"{what}超出范围")
    return area


def parse_int(value: object, what: str = "数目") -> int:
    """A whole number from `18`, `18.0`, `18层`; negatives are allowed (basements)."""
    text = tidy(cell_text(value)).removesuffix("层").removesuffix("楼").removesuffix("F").strip()
    number = _number(text, what)
    if number != number.to_integral_value() or abs(number) > 1_000_000:
        raise UnreadableError(f"{what}应为整数")
    return int(number)
