"""How a row lies in the table: JSON of its cells, secret ones sealed to their batch, line and column."""

import json
from collections.abc import Mapping
from typing import Any

from salesdept.fields import seal, unseal
from salesdept.formats import idno_mask, phone_mask
from salesdept.sheets.kinds import Cells, Column, ImportKind
from salesdept.text import phone_number

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _bound_to(seal_id: str, number: int, key: str) -> str:
    return f"import:{seal_id}:{number}:{key}"


def pack(kind: ImportKind, seal_id: str, number: int, cells: Mapping[str, str]) -> str:
    """JSON of a row; blank cells are left out."""
    stored = {key: text for key, text in cells.items() if text}
    for key in kind.secret:
        if key in stored:
            stored[key] = seal(stored[key], _bound_to(seal_id, number, key))
    return _encode(stored)


def unpack(kind: ImportKind, seal_id: str, number: int, data: str) -> Cells:
    """The cells of a stored row, every column present."""
    stored: dict[str, Any] = json.loads(data)
    cells = {column.key: str(stored.get(column.key, "")) for column in kind.columns}
    for key in kind.secret:
        if cells[key]:
            cells[key] = unseal(cells[key], _bound_to(seal_id, number, key))
    return cells


def masked(column: Column, text: str) -> str:
    """A cell as lists may show it."""
    if column.secret:
        return idno_mask(text) if text else ""
    if column.phone and phone_number(text):  # what is no number hides nobody, and must be read to be mended
        return phone_mask(phone_number(text))
    return text
