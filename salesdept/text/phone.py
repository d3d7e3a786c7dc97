"""Phone numbers: mobiles, landlines with area code, numbers from abroad; all else says what is wrong."""

import re
from dataclasses import dataclass
from enum import StrEnum

from salesdept.text.clean import cell_text, is_blank, tidy


class PhoneKind(StrEnum):
    MOBILE = "mobile"
    LANDLINE = "landline"
    FOREIGN = "foreign"
    BLANK = "blank"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Phone:
    """`13800000000`, `02885551234`, `02885551234-801` or `+85291234567`; empty with a `problem`."""

    kind: PhoneKind
    number: str = ""
    problem: str = ""

    def __bool__(self) -> bool:
        return bool(self.number)


_BLANK = Phone(PhoneKind.BLANK)
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_AREA = "(?:010|02[0-9]|0[3-9][0-9]{2})"
_LANDLINE = re.compile(_AREA + "[2-9][0-9]{6,7}")
_FOREIGN = re.compile(r"\+[1-9][0-9]{6,14}")
_LOCAL = re.compile(r"[2-9][0-9]{6,7}")
_PUBLIC = re.compile(r"[48]00[0-9]{7}|9[56][0-9]{3,6}|1[0-2][0-9]{1,4}")
_LABEL = re.compile(
    r"^(?:手机号码|联系电话|手机号|电话号码|手机|电话|座机|号码|微信同号|tel|phone|mobile|[tm])?[::.]*", re.I
)
_TAIL = re.compile(r"\((?:微信|微信同号|同微信|本人|手机)\)$|(?:微信同号|同微信)$")
_EXTENSION = re.compile(r"(?:转|ext\.?|分机|[,#x])([0-9]{1,6})$", re.I)
_DASHED_EXTENSION = re.compile(f"^({_AREA}-?[2-9][0-9]{{6,7}})-([0-9]{{1,6}})$")
_DASHES = re.compile("[-‐‑‒–—―−_~]")
_PUNCTUATION = re.compile(r"[ .·()\[\]'`\"]")
_COUNTRY = re.compile(r"^(?:\+|00)86[-]?0?")
_SCIENTIFIC = re.compile(r"[0-9.]+e\+?[0-9]+", re.I)
_TWO = re.compile(r"[0-9]{7,}[^0-9+]+(?:\+?[0-9]{2,3}-?)?[0-9]{7,}")


def _wrong(problem: str) -> Phone:
    return Phone(PhoneKind.INVALID, "", problem)


def normalise_phone(value: object) -> Phone:
    """One number from a cell or a form field: spaces, dashes, +86, full-width digits, `13800000000.0`."""
    raw = cell_text(value)
    if len(raw) == 11 and raw.isascii() and _MOBILE.fullmatch(raw):
        return Phone(PhoneKind.MOBILE, raw)
    text = tidy(raw)
    if is_blank(text):
        return _BLANK
    if len(text) > 60:
        return _wrong("号码过长")
    text = _LABEL.sub("", _TAIL.sub("", text)).strip().removesuffix(".0")
    if problem := _odd(text):
        return _wrong(problem)
    text, extension = _split_extension(_DASHES.sub("-", _PUNCTUATION.sub("", text)))
    return _read(text, extension)


def phone_number(value: object) -> str:
    """The bare number, or an empty string when there is none or it is wrong."""
    return normalise_phone(value).number


def _odd(text: str) -> str:
    if "*" in text:
        return "号码被打了星号，请填完整号码"
    if _SCIENTIFIC.fullmatch(text):
        return "号码变成了科学计数，请把单元格改成文本后重填"
    if _TWO.search(text) and not _DASHED_EXTENSION.match(text.replace(" ", "")):
        return "一格里有不止一个号码，请只留一个"
    return ""


def _split_extension(text: str) -> tuple[str, str]:
    if found := _EXTENSION.search(text):
        return text[: found.start()].rstrip("-"), found[1]
    if found := _DASHED_EXTENSION.match(text):
        return found[1], found[2]
    return text, ""


def _read(text: str, extension: str) -> Phone:
    domestic = _COUNTRY.sub("", text)
    abroad = domestic == text and text.startswith(("+", "00"))
    if abroad:
        number = "+" + text.lstrip("+").removeprefix("00" if text.startswith("00") else "").replace("-", "")
        return Phone(PhoneKind.FOREIGN, number) if _FOREIGN.fullmatch(number) else _wrong("境外号码有误")
    digits = domestic.replace("-", "")
    if domestic != text and not _MOBILE.fullmatch(digits):
        digits = "0" + digits
    return _domestic(digits, extension)


def _domestic(digits: str, extension: str) -> Phone:
    if not (digits.isascii() and digits.isdigit()):
        return _wrong("号码里有不是数字的字符")
    mobile = (
        digits.removeprefix("0")
        if len(digits) == 12
        else digits.removeprefix("86")
        if len(digits) == 13
        else digits
    )
    if _MOBILE.fullmatch(mobile):
        return Phone(PhoneKind.MOBILE, mobile)
    if _LANDLINE.fullmatch(digits):
        return Phone(PhoneKind.LANDLINE, f"{digits}-{extension}" if extension else digits)
    return _wrong(_why(digits))


def _why(digits: str) -> str:
    if _PUBLIC.fullmatch(digits):
        return "这是公共号码，请填本人号码"
    if _LOCAL.fullmatch(digits):
        return "座机缺区号"
    if digits.startswith("1"):
        return f"手机号应为 11 位，现有 {len(digits)} 位" if len(digits) != 11 else "没有这样的手机号段"
    if digits.startswith("0"):
        return "座机号码有误"
    return "号码有误；境外号码请在前面加「+」与国家区号"
