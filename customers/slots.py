"""What upper apps add to the customer's page, to a leaver's list and to “in use”."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from salesdept.models import User
from salesdept.slots import Slot


@dataclass(frozen=True, slots=True)
class CustomerPanel:
    """A panel of the customer's page. `load(actor, customer_id, now)` returns its context or None.

    What is `later` does not hold up the page: it is fetched when the page stands.
    """

    name: str
    template: str
    load: Callable[[User, int, datetime], dict[str, Any] | None]
    order: int = 50
    side: bool = True
    later: bool = False


@dataclass(frozen=True, slots=True)
class HandedOn:
    """Customers that change hands with what hangs on them: whose they were, whose they are now."""

    old: int
    new: int
    customers: Sequence[int]
    actor: User
    now: datetime


@dataclass(frozen=True, slots=True)
class LeaverItem:
    """What somebody leaves behind. `count(user_id)` says how much is still in that person's name.

    `lines(user_id)` names the newest of it on the handover page; what `stays` is named but remains his.
    `hand_over` gives what hangs on handed-on customers to the new rep, lower `order` first.
    """

    label: str
    count: Callable[[int], int]
    url: str = ""
    lines: Callable[[int], Sequence[str]] | None = None
    hand_over: Callable[[HandedOn], None] | None = None
    order: int = 50
    stays: bool = False


CUSTOMER_PANELS: Slot[CustomerPanel] = Slot("CUSTOMER_PANELS", "panels of the customer's page")
LEAVER_ITEMS: Slot[LeaverItem] = Slot("LEAVER_ITEMS", "what a leaver still holds")
# Given customer ids, one sentence for each that something is built on.
CUSTOMER_IN_USE: Slot[Callable[[Sequence[int]], Iterable[str]]] = Slot(
    "CUSTOMER_IN_USE", "what is built on customers, so that their import cannot be undone"
)

# Given a customer, lines of the 代接卡: what a stand-in must know of rooms and papers. No price, no number.
STANDIN_LINES: Slot[Callable[[int, datetime], Iterable[tuple[str, str]]]] = Slot(
    "STANDIN_LINES", "lines of a stand-in's card: the open room and its next step"
)


def panels(actor: User, customer_id: int, now: datetime, *, later: bool = False) -> list[dict[str, Any]]:
    """The loaded panels of one customer, in order, each `{"template", "side", "data"}`."""
    ordered = sorted((p for p in CUSTOMER_PANELS if p.later == later), key=lambda panel: panel.order)
    loaded = ((panel, panel.load(actor, customer_id, now)) for panel in ordered)
    return [{"template": p.template, "side": p.side, "data": data} for p, data in loaded if data is not None]


@dataclass(frozen=True, slots=True)
class TimelineWord:
    """How a journal verb reads in the timeline. `tone`: ok, bad, primary, money.

    `words(changes)` says the row's changes in the line below the title, before its reason.
    """

    verb: str
    title: str
    icon: str = "info"
    tone: str = ""
    words: Callable[[Mapping[str, Any]], str] | None = None


TIMELINE: Slot[TimelineWord] = Slot("TIMELINE", "journal verbs shown in the customer's timeline")


@dataclass(frozen=True, slots=True)
class Deal:
    """A sale of an upper chapter. `ref` is `app.model:pk`, `on` the day of 认购, `rep_id` who closed it."""

    ref: str
    label: str
    on: date
    customer_id: int
    rep_id: int


@dataclass(frozen=True, slots=True)
class DealSource:
    """Where deals come from: those of customers, the one of a room (as the hall writes it), how many."""

    of_customers: Callable[[Sequence[int]], Sequence[Deal]]
    of_room: Callable[[int, str], Deal | None]
    count: Callable[[int, date, date], int]


DEALS: Slot[DealSource] = Slot("DEALS", "sales a dispute may be about")


@dataclass(frozen=True, slots=True)
class RulingFacts:
    """What a ruling on customers means for what is built on them.

    `shares` are (person, basis points), empty when a case ends without a ruling; deals before `since` (a day)
    are left as they are.
    """

    dispute_id: int
    label: str
    customer_ids: tuple[int, ...]
    deal_ref: str
    since: date
    shares: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class RulingEffect:
    """What an upper chapter does when a case ends. `preview` says it in lines and changes nothing.

    `apply` runs in the transaction that ends the case; its actor is None for the nightly job.
    """

    name: str
    preview: Callable[[RulingFacts], Sequence[str]]
    apply: Callable[[RulingFacts, User | None, datetime], None]


RULING_EFFECTS: Slot[RulingEffect] = Slot("RULING_EFFECTS", "what a dispute's ruling changes above customers")
# Given a project id, the lowest and the highest total price (yuan) of its rooms, or None.
PRICE_RANGE: Slot[Callable[[int], tuple[Decimal, Decimal] | None]] = Slot(
    "PRICE_RANGE", "what the project's rooms cost, for the suggested grade"
)
