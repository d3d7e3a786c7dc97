"""Characters: what may not be stored is dropped, what means the same is written the same."""

import re
from datetime import date, datetime

# What offices write into a cell they have nothing for.
BLANK_WORDS = frozenset(
    {"", "未知", "无", "暂无", "没有", "不详", "不明", "未留", "未填", "空", "待定", "待补", "0000-00-00"}
    | {"-", "--", "—", "——", "–", "/", "//", "\\", "*", "?", "??", "???"}
    | {"n/a", "na", "#n/a", "null", "none", "nil"}
)
# Controls but tab and line ends, zero-width and bidirectional marks, lone surrogates, specials, BOM.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff0-\ufffb\ufffe\uffff]"
)
_TIDY = re.compile("[!-~\u4e00-\u9fff]*")  # what most cells hold; nothing to do
_SPACES = re.compile(r"\s+")
_WIDE = {0xFF01 + i: 0x21 + i for i in range(94)} | {0x3000: " ", 0xFFE5: "¥", 0xFFE0: "¢", 0xFFE3: "¯"}
_CJK = "\u2e80-\u303f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_CJK_GAP = re.compile(f"(?<=[{_CJK}·]) +(?=[{_CJK}·])")
_DOTS = re.compile("[•‧∙⋅・･．·]")


class UnreadableError(ValueError):
    """A cell that says something else than its column asks for; the message is for the user."""


def strip_unsafe(text: str) -> str:
    """Drop NUL, controls (tabs and line ends stay), zero-width and bidirectional marks, lone surrogates."""
    return text if text.isascii() and text.isprintable() else _UNSAFE.sub("", text)


def half_width(text: str) -> str:
    """Full-width ASCII, the ideographic space and the full-width yen sign as their half-width twins."""
    return text if text.isascii() else text.translate(_WIDE)


def tidy(text: str) -> str:
    """One line of safe half-width text without outer or doubled spaces."""
    if _TIDY.fullmatch(text):
        return text
    return _SPACES.sub(" ", half_width(strip_unsafe(text))).strip()


def is_blank(text: str) -> bool:
    """Whether a tidy cell says nothing: empty, 未知, 无, -, /, N/A …"""
    return not text or (len(text) <= 10 and text.lower() in BLANK_WORDS)


def cell_text(value: object) -> str:
    """A spreadsheet cell as text: whole floats lose their `.0`, dates read ISO, None is empty.

    Excel keeps 15 digits of a number; more would be its own rounding noise.
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.15g}"
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    return str(value)


def clean_name(text: str) -> str:
    """A person's name: no padding inside Chinese names, one middle dot, Latin names keep single spaces."""
    name = tidy(text)
    return name if name.isascii() else _CJK_GAP.sub("", _DOTS.sub("·", name))
