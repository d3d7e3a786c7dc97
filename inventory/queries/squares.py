"""The squares of the board, joined in Python.

A board has hundreds of them, and a template per square costs ten times as much; strings are escaped here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby

from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString

from inventory.queries.stock import ListPrice
from inventory.rules import SIGNS

COLUMNS_MAX = 12
_ROW = '<div class="board__row" role="row">'


@dataclass(frozen=True, slots=True)
class Cell:
    """One room as its viewer may see it."""

    pk: int
    stair: str
    room_no: str
    floor: int
    layout: str
    area: Decimal
    state: str
    mine: bool
    note: str
    price: ListPrice | None
    rep: str
    until: datetime | None
    claim_id: int | None
    label: str

    @property
    def door(self) -> str:
        """The column of the room: its number without the storey."""
        return self.room_no[-2:]


def stair_grid(
    label: str, cells: Sequence[Cell], shown: frozenset[int], first: int, customer: int
) -> SafeString:
    """A `role=grid` of one stair: a header of doors, then the floors from the top; one tab stop."""
    doors = sorted({cell.door for cell in cells})
    columns = min(max(len(doors), 1), COLUMNS_MAX)
    before, _, after = reverse("inventory:unit_detail", args=[0]).rpartition("0")
    around = (before, f"{after}?customer={customer}" if customer else after)
    rows = groupby(cells, key=lambda cell: cell.floor)
    body = "".join(_floor(floor, list(row), doors, shown, first, around) for floor, row in rows)
    return SafeString(
        f'<div class="board board--c{columns}" role="grid" aria-label="{escape(label)}">'
        f"{_header(doors, cells)}{body}</div>"
    )


def _header(doors: Sequence[str], cells: Iterable[Cell]) -> str:
    sample = {cell.door: cell for cell in cells}
    heads = "".join(
        f'<div class="board__head" role="columnheader"><span>{escape(door)} '
        f'<span class="only-desk">{escape(sample[door].layout[:2])}</span><br>'
        f"{int(sample[door].area)}㎡</span></div>"
        for door in doors
    )
    return f'{_ROW}<div class="board__head" role="columnheader">层</div>{heads}</div>'


def _floor(
    floor: int,
    cells: Sequence[Cell],
    doors: Sequence[str],
    shown: frozenset[int],
    first: int,
    around: tuple[str, str],
) -> str:
    by_door = {cell.door: cell for cell in cells}
    html = "".join(_square(by_door.get(door), shown, first, around) for door in doors)
    return f'{_ROW}<div class="board__floor" role="rowheader">{floor}</div>{html}</div>'


def _square(cell: Cell | None, shown: frozenset[int], first: int, around: tuple[str, str]) -> str:
    """A cell's link; its spoken name begins with the visible text."""
    if cell is None:
        return '<div class="board__cell" role="gridcell"><span></span></div>'
    sign, note, no = SIGNS[cell.state], escape(cell.note), escape(cell.room_no)
    mine, dim = " is-mine" if cell.mine else "", "" if cell.pk in shown else " is-dim"
    return (
        f'<div class="board__cell" role="gridcell"><a class="unit u-{sign.colour}{mine}{dim}" '
        f'href="{around[0]}{cell.pk}{around[1]}" tabindex="{0 if cell.pk == first else -1}" '
        f'aria-label="{no} {sign.char} {note}，{sign.label}"><span class="unit__no">{no}</span>'
        f'<span class="unit__st">{sign.char}</span><span class="unit__sub">{note}</span></a></div>'
    )
