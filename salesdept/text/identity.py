"""Resident identity numbers (GB 11643): eighteen characters, a real birthday, a right check digit."""

import re
from dataclasses import dataclass
from datetime import date

from salesdept.text.clean import cell_text, is_blank, tidy

_SHAPE = re.compile(r"[1-9][0-9]{16}[0-9X]")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_DIGITS = "10X98765432"


@dataclass(frozen=True, slots=True)
class Identity:
    """`number` with a capital X, or empty with a `problem` (both empty: the cell was blank)."""

    number: str = ""
    problem: str = ""


def check_digit(body: str) -> str:
    """The eighteenth character of seventeen digits."""
    total = sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True))
    return _DIGITS[total % 11]


def normalise_identity(value: object) -> Identity:
    """An identity number from a cell: spaces, full-width digits and a small x are forgiven, nothing else."""
    text = tidy(cell_text(value)).replace(" ", "").lstrip("'").upper()
    if is_blank(text):
        return Identity()
    return Identity(problem=problem) if (problem := _problem(text)) else Identity(text)


def _problem(text: str) -> str:
    if "*" in text:
        return "身份证号被打了星号，请填完整号码"
    if "E+" in text:
        return "身份证号变成了科学计数，请把单元格改成文本后重填"
    if len(text) == 15 and text.isdigit():
        return "这是 15 位旧号，请填 18 位号码"
    if len(text) != 18:
        return f"身份证号应为 18 位，现有 {len(text)} 位"
    if not _SHAPE.fullmatch(text):
        return "身份证号只能是数字，末位可为 X"
    if not _birthday(text):
        return "身份证号里的出生日期不存在"
    if check_digit(text[:17]) != text[17]:
        return "身份证号校验位不符，请核对"
    return ""


def _birthday(text: str) -> bool:
    try:
        return date(int(text[6:10]), int(text[10:12]), int(text[12:14])).year >= 1880
    except ValueError:
        return False
