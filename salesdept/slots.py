"""Where an upper app adds to what a lower one shows or does.

A lower app declares a slot; an upper app fills it in `apps.py: ready()`. A filler gets ids and the actor and
applies its own `visible_to`. Nothing else goes upward.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.http import HttpRequest

    from salesdept.models import Reminder, User
    from salesdept.rules import Message, Role

REGISTRY: list[Slot[Any]] = []


class Slot[T]:
    """A typed, ordered list of fillers. `fill` is idempotent, so that apps may be set up twice in tests."""

    def __init__(self, name: str, doc: str) -> None:
        self.name, self.doc, self._fillers = name, doc, list[T]()
        REGISTRY.append(self)

    def fill(self, *fillers: T) -> None:
        self._fillers.extend(filler for filler in fillers if filler not in self._fillers)

    def __iter__(self) -> Iterator[T]:
        return iter(self._fillers)

    def __len__(self) -> int:
        return len(self._fillers)


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry of the sidebar and, with `tab`, of the phone's tab bar."""

    label: str
    url_name: str
    icon: str
    group: str = "日常"
    roles: tuple[Role, ...] = ()
    order: int = 50
    tab: bool = False
    short: str = ""


@dataclass(frozen=True, slots=True)
class HomeCard:
    """A card of 今日. `load(actor, now)` returns the template's context, or None to stay away."""

    template: str
    load: Callable[[User, datetime], dict[str, Any] | None]
    roles: tuple[Role, ...]
    order: int = 50
    side: bool = False


@dataclass(frozen=True, slots=True)
class SearchHit:
    title: str
    meta: str
    url: str
    kind: str
    icon: str = "search"


@dataclass(frozen=True, slots=True)
class SearchSource:
    """`find(actor, q, limit)` looks only inside what the actor may see."""

    label: str
    find: Callable[[User, str, int], Sequence[SearchHit]]
    order: int = 50


@dataclass(frozen=True, slots=True)
class Invariant:
    """`broken()` recounts from the tables and yields one sentence per fault."""

    name: str
    clause: str
    broken: Callable[[], Iterator[str]]


@dataclass(frozen=True, slots=True)
class Frozen:
    """A table the database itself keeps: no UPDATE, DELETE or TRUNCATE, except of `except_columns`.

    Rows that carry a value in `batch` came from a sheet: they may leave again with their import.
    """

    table: str
    except_columns: tuple[str, ...] = ()
    batch: str = ""


@dataclass(frozen=True, slots=True)
class ReminderKind:
    """What happens when a reminder of this kind is due.

    `handle(reminder, now)` runs inside the transaction that marks the row done; it may call services and
    returns the messages to deliver. `urgent` kinds (rooms, money) ignore the quiet hours.
    """

    name: str
    label: str
    handle: Callable[[Reminder, datetime], Sequence[Message]]
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class DailyJob:
    """Work of the night, run once a business day by the tick, on the first tick after `hour` (Shanghai).

    `run(day, now)` must be safe to repeat: a worker may die between the work and its mark.
    """

    name: str
    hour: int
    run: Callable[[date, datetime], None]


@dataclass(frozen=True, slots=True)
class Grants:
    """Permissions a role has: `app.codename` strings."""

    role: Role
    permissions: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Seeder:
    """Fills the demo office. Runs in `order`; `run(office)` gets the shared `salesdept.seeds.Office`."""

    name: str
    order: int
    run: Callable[[Any], None]


NAV: Slot[NavItem] = Slot("NAV", "entries of the sidebar and the phone's tab bar")
HOME_CARDS: Slot[HomeCard] = Slot("HOME_CARDS", "cards of 今日")
SEARCH: Slot[SearchSource] = Slot("SEARCH", "sources of the global search")
IMPORT_KINDS: Slot[Any] = Slot(
    "IMPORT_KINDS", "kinds of sheets the wizard takes (salesdept.sheets.kinds.ImportKind)"
)
INVARIANTS: Slot[Invariant] = Slot("INVARIANTS", "recounts of check_invariants")
TRIGGERS: Slot[Frozen] = Slot("TRIGGERS", "tables kept by database triggers")
SEEDERS: Slot[Seeder] = Slot("SEEDERS", "parts of the demo office")
REMINDER_KINDS: Slot[ReminderKind] = Slot("REMINDER_KINDS", "what a due reminder does")
DAILY: Slot[DailyJob] = Slot("DAILY", "work of the night")
ROLE_PERMISSIONS: Slot[Grants] = Slot("ROLE_PERMISSIONS", "permissions of each role's group")


def home_cards(request: HttpRequest, actor: User, now: datetime) -> list[dict[str, Any]]:
    """The cards of 今日 for one person, in order, each `{"template", "side", "data"}`."""
    cards = sorted((c for c in HOME_CARDS if actor.role in c.roles), key=lambda c: c.order)
    loaded = ((card, card.load(actor, now)) for card in cards)
    return [{"template": c.template, "side": c.side, "data": data} for c, data in loaded if data is not None]
