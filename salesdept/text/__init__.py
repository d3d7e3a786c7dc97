"""What people type and paste, made comparable: phones, rooms, dates, amounts, names, pinyin. Pure.

Every normaliser is idempotent: what it returns, it returns again. None of them guesses in silence; a cell
that cannot be read raises `UnreadableError` (or carries a `problem`) with the words for the user.
"""

from salesdept.text.amounts import parse_area, parse_int, parse_money
from salesdept.text.clean import (
    BLANK_WORDS,
    UnreadableError,
    cell_text,
    clean_name,
    half_width,
    is_blank,
    strip_unsafe,
    tidy,
)
from salesdept.text.dates import parse_date
from salesdept.text.identity import Identity, normalise_identity
from salesdept.text.phone import Phone, PhoneKind, normalise_phone, phone_number
from salesdept.text.pinyin import initials_of, pinyin_of, search_key
from salesdept.text.room import Room, parse_room

__all__ = [
    "BLANK_WORDS",
    "Identity",
    "Phone",
    "PhoneKind",
    "Room",
    "UnreadableError",
    "cell_text",
    "clean_name",
    "half_width",
    "initials_of",
    "is_blank",
    "normalise_identity",
    "normalise_phone",
    "parse_area",
    "parse_date",
    "parse_int",
    "parse_money",
    "parse_room",
    "phone_number",
    "pinyin_of",
    "search_key",
    "strip_unsafe",
    "tidy",
]
