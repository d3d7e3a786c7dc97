"""销控图: the rooms of one building as a viewer may see them, and what stands around them."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, F, FilteredRelation, Q
from django.urls import reverse
from django.utils.safestring import SafeString

from inventory.models import Building, Unit
from inventory.queries.squares import Cell, stair_grid
from inventory.queries.stock import ListPrice, list_prices
from inventory.rules import (
    OPEN,
    SIGNS,
    SOLD,
    UNRELEASED,
    PriceTerms,
    Sign,
    Stage,
    has_expired,
    similar_range,
    state_of,
)
from regulations.queries import terms_for
from salesdept import clock, formats
from salesdept.models import User
from salesdept.rules import Role

MINE, SOLD_FILTER = "mine", "sold"


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for: a state (or `mine`, `sold`), a layout, rooms like another one.

    `customer` goes along to the room's panel; `as_list` is the other view.
    """

    state: str = ""
    layout: str = ""
    like: int = 0
    customer: int = 0
    as_list: bool = False

    def parts(self, **change: Any) -> list[tuple[str, str]]:
        """The address's parameters with changes; empty ones are left out."""
        parts = {
            "s": self.state,
            "layout": self.layout,
            "like": self.like,
            "customer": self.customer,
            "view": "list" if self.as_list else "",
            **change,
        }
        return [(name, str(value)) for name, value in parts.items() if value]

    def query(self, **change: Any) -> str:
        return urlencode(self.parts(**change))

    @property
    def empty(self) -> bool:
        return not (self.state or self.layout or self.like)


@dataclass(frozen=True, slots=True)
class Chip:
    """One entry of the legend, which filters."""

    key: str
    char: str
    colour: str
    label: str
    count: str
    url: str
    active: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One room in the list view."""

    url: str
    label: str
    sign: Sign
    layout: str
    area: str
    per_metre: str
    total: str
    rep: str
    until: str


@dataclass(frozen=True, slots=True)
class Tab:
    name: str
    url: str
    share: str
    active: bool


@dataclass
class Board:
    """A building on screen for one viewer at one moment. Reading it costs two statements."""

    building: Building
    actor: User
    now: datetime
    filters: Filters = field(default_factory=Filters)

    @cached_property
    def cells(self) -> list[Cell]:
        rows = rows_of(self.building)
        prices = list_prices([row["pk"] for row in rows], clock.business_date(self.now))
        return [_cell(row, prices.get(row["pk"]), self.actor, self.now) for row in rows]

    @cached_property
    def shown(self) -> frozenset[int]:
        """Rooms that pass the filters; the others are dimmed."""
        near = self._near
        return frozenset(cell.pk for cell in self.cells if _passes(cell, self.filters, near))

    @cached_property
    def _near(self) -> tuple[str, Decimal, Decimal] | None:
        """Layout and price range of rooms like the named one."""
        like = self.filters.like
        room = (
            Unit.objects.filter(pk=like, building__project=self.building.project_id).first() if like else None
        )
        price = list_prices([like], self._today).get(like) if room else None
        if room is None or price is None:
            return None
        terms = terms_for(PriceTerms, on=self._today, project=self.building.project_id)
        return room.layout, *similar_range(price.total, terms)

    @property
    def _today(self) -> date:
        return clock.business_date(self.now)

    @cached_property
    def grids(self) -> list[tuple[str, SafeString]]:
        """One grid a stair with its title, floors from the top."""
        ordered = sorted(self.cells, key=lambda cell: (cell.stair, -cell.floor, cell.room_no))
        first = next((cell.pk for cell in ordered if cell.pk in self.shown), 0)
        return [
            (f"{stair} 单元" if stair else "", self._grid(stair, list(cells), first))
            for stair, cells in groupby(ordered, key=lambda cell: cell.stair)
        ]

    def _grid(self, stair: str, cells: Sequence[Cell], first: int) -> SafeString:
        label = f"{self.building} {stair} 单元房源" if stair else f"{self.building} 房源"
        return stair_grid(label, cells, self.shown, first, self.filters.customer)

    @property
    def rows(self) -> Iterator[Row]:
        """The same rooms as a list, only those that pass the filters."""
        return (_list_row(cell, self.now) for cell in self.cells if cell.pk in self.shown)

    @cached_property
    def chips(self) -> list[Chip]:
        """The legend with counts: every state that occurs, then the filters 已售 and 我的."""
        counts = Counter(cell.state for cell in self.cells)
        chips = [self._chip(key, s.char, s.colour, s.label, counts[key]) for key, s in SIGNS.items()]
        sold = sum(counts[stage.value] for stage in SOLD)
        mine = sum(cell.mine for cell in self.cells)
        chips.append(self._chip(SOLD_FILTER, "", "", "已售", sold))
        chips.append(self._chip(MINE, "", "", "我的", mine))
        return [chip for chip in chips if chip.key == OPEN or chip.count != "0" or chip.active]

    def _chip(self, key: str, char: str, colour: str, label: str, count: int) -> Chip:
        active = self.filters.state == key
        url = f"?{self.filters.query(b=self.building.pk, s='' if active else key)}"
        return Chip(key, char, colour, label, str(count), url, active)

    @property
    def cells_url(self) -> str:
        url = reverse("inventory:board_cells", args=[self.building.pk])
        query = self.filters.query()
        return f"{url}?{query}" if query else url

    @property
    def clear_url(self) -> str:
        return (
            ""
            if self.filters.empty
            else f"?{self.filters.query(b=self.building.pk, s='', layout='', like=0)}"
        )

    @property
    def other_url(self) -> str:
        """The other view of the same rooms."""
        return f"?{self.filters.query(b=self.building.pk, view='' if self.filters.as_list else 'list')}"

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What the layout filter leaves as it is."""
        return self.filters.parts(b=self.building.pk, layout="")

    @property
    def layouts(self) -> list[str]:
        return sorted({cell.layout for cell in self.cells if cell.layout})

    @property
    def summary(self) -> str:
        """10:24 与台账一致 · 2# 共 108 套，去化 51.9%."""
        total, sold = len(self.cells), sum(cell.state in SOLD for cell in self.cells)
        at = f"{self.now.astimezone(clock.SHANGHAI):%H:%M}"
        return f"{at} 与台账一致 · {self.building} 共 {total} 套，去化 {formats.share(sold, total)}"

    @property
    def etag(self) -> str:
        return etag(self.building, self.actor, self.now, self.filters.query())


def etag(building: Building, actor: User, now: datetime, query: str) -> str:
    """Changes with the building's version, and each minute, since locks run out; one viewer's own."""
    minute = int(now.timestamp()) // 60
    return f'"{building.pk}-{building.version}-{minute}-{actor.pk}-{query.encode().hex()}"'


def tabs(buildings: Sequence[Building], active: Building, filters: Filters) -> list[Tab]:
    """The project's buildings with the share sold; 未推 where nothing is released."""
    held = Q(reservations__ended_at__isnull=True, reservations__stage__in=SOLD)
    rows = (
        Unit.objects.filter(building__in=buildings)
        .values_list("building_id")
        .annotate(
            total=Count("pk", distinct=True),
            released=Count("pk", filter=Q(released_at__isnull=False), distinct=True),
            sold=Count("reservations", filter=held),
        )
        .order_by()
    )
    counts = {pk: (total, released, sold) for pk, total, released, sold in rows}
    return [
        Tab(
            str(building),
            f"?{filters.query(b=building.pk)}",
            _share(*counts.get(building.pk, (0, 0, 0))),
            building.pk == active.pk,
        )
        for building in buildings
    ]


def _share(total: int, released: int, sold: int) -> str:
    return f"{round(100 * sold / total)}%" if released else "未推" if total else "—"


def rows_of(building: Building) -> list[dict[str, Any]]:
    """Rooms with their live claims, by one statement over the index of live claims."""
    live = FilteredRelation("reservations", condition=Q(reservations__ended_at__isnull=True))
    return list(
        Unit.objects.filter(building=building)
        .annotate(
            live=live,
            claim=F("live__pk"),
            stage=F("live__stage"),
            until=F("live__expires_at"),
            rep_id=F("live__rep_id"),
            rep=F("live__rep__name"),
            customer=F("live__customer__name"),
        )
        .order_by("stair", "-floor", "room_no")
        .values(
            *("pk", "stair", "room_no", "floor", "layout", "area_build", "released_at", "code"),
            *("claim", "stage", "until", "rep_id", "rep", "customer"),
        )
    )


def _cell(row: Mapping[str, Any], price: ListPrice | None, actor: User, now: datetime) -> Cell:
    stage = row["stage"]
    if stage and has_expired(Stage(stage), row["until"], now):
        stage = None  # the clock has freed it, whether or not somebody wrote that down yet
    mine = bool(stage) and row["rep_id"] == actor.pk
    building, _, rest = row["code"].partition("-")
    return Cell(
        pk=row["pk"],
        stair=row["stair"],
        room_no=row["room_no"],
        floor=row["floor"],
        layout=row["layout"],
        area=row["area_build"],
        state=state_of(stage, row["released_at"] is not None),
        mine=mine,
        note=_note(row, stage, price, actor, now, mine=mine),
        price=price,
        rep=(row["rep"] or "") if stage else "",
        until=row["until"] if stage else None,
        claim_id=row["claim"] if stage else None,
        label=f"{building}#-{rest}",
    )


def _note(
    row: Mapping[str, Any],
    stage: str | None,
    price: ListPrice | None,
    actor: User,
    now: datetime,
    *,
    mine: bool,
) -> str:
    """The small line of a cell: price, minutes left, or whose it is as far as the viewer may know."""
    if stage is None:
        return formats.wan(price.total) if price and row["released_at"] else ""
    if stage == Stage.LOCK:
        return f"{max(int((row['until'] - now).total_seconds()) // 60, 0)} 分{' · 我' if mine else ''}"
    if mine:
        return f"{row['customer']} · 我" if row["customer"] else "我"
    return (row["rep"] or "") if actor.role != Role.REP else ""


def _passes(cell: Cell, filters: Filters, near: tuple[str, Decimal, Decimal] | None) -> bool:
    if filters.layout and cell.layout != filters.layout:
        return False
    if filters.like and not _is_near(cell, near):
        return False
    if filters.state == MINE:
        return cell.mine
    if filters.state == SOLD_FILTER:
        return cell.state in SOLD
    return not filters.state or cell.state == filters.state


def _is_near(cell: Cell, near: tuple[str, Decimal, Decimal] | None) -> bool:
    if near is None or cell.price is None or cell.state != OPEN:
        return False
    layout, low, high = near
    return cell.layout == layout and low <= cell.price.total <= high


def _list_row(cell: Cell, now: datetime) -> Row:
    price = cell.price if cell.state != UNRELEASED else None
    return Row(
        reverse("inventory:unit_detail", args=[cell.pk]),
        cell.label,
        SIGNS[cell.state],
        cell.layout,
        formats.amount(cell.area),
        formats.amount(price.per_metre if price else None),
        formats.amount(price.total if price else None),
        cell.rep or formats.NONE,
        formats.cn_time(cell.until, now),
    )
