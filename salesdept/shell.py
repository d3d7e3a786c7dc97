"""The frame of every page: sidebar, tab bar, bell, project and theme of the person at the screen.

Templates reach it as `shell`, views through `shell_of(request)`. Everything is computed when first asked:
a fragment pays nothing, a page at most two queries (unread notices, projects).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import chain

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from salesdept import clock
from salesdept.models import Notice, Project, User
from salesdept.rules import LEADERS, Role
from salesdept.slots import NAV, NavItem
from salesdept.verdict import Denied

THEME_COOKIE = "theme"
THEMES = ("light", "dark")
PROJECT_SESSION_KEY = "project"
UNREAD_CAP = 99
GROUPS = ("日常", "审核", "管理")
HOME = NavItem("今日", "home", "home", order=0)
# Keyboard paths of the design: two keys go to a page.
GO_KEYS = {
    "home": "g t",
    "customers:customer_list": "g c",
    "inventory:board": "g b",
    "customers:queue": "g q",
}
TAB_COUNT = 5
PRODUCT = "案场 CRM"


@dataclass(frozen=True, slots=True)
class Link:
    """One entry of the sidebar or the tab bar, ready to draw."""

    label: str
    url: str
    icon: str
    active: bool = False
    plus: bool = False
    keys: str = ""


@dataclass(frozen=True, slots=True)
class NavGroup:
    label: str
    items: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Tab:
    """A cell of the phone's tab bar; left out while its address does not exist."""

    label: str
    url_name: str
    icon: str
    plus: bool = False


_TODAY = Tab("今日", "home", "home")
_CUSTOMERS = Tab("客户", "customers:customer_list", "users")
_VISIT = Tab("登记来访", "customers:visit_create", "plus", plus=True)
_BOARD = Tab("销控", "inventory:board", "board")
_MINE = Tab("我的", "mine", "user")
_LEADER = (
    Tab("看板", "performance:dashboard", "gauge"),
    _CUSTOMERS,
    _VISIT,
    _BOARD,
    Tab("更多", "mine", "more"),
)
_MONEY = (
    _TODAY,
    Tab("收款", "contracts:collections", "coins"),
    _BOARD,
    Tab("合同", "contracts:contract_list", "sign"),
    _MINE,
)
TABS: dict[Role, tuple[Tab, ...]] = {
    Role.REP: (_TODAY, _CUSTOMERS, _VISIT, _BOARD, _MINE),
    Role.ASSISTANT: (
        Tab("候客", "customers:queue", "queue"),
        Tab("审核", "contracts:verification_queue", "filecheck"),
        _VISIT,
        _BOARD,
        Tab("登记簿", "customers:visit_list", "book"),
    ),
    **dict.fromkeys(LEADERS, _LEADER),
    Role.CASHIER: _MONEY,
    Role.FINANCE: _MONEY,
    Role.ADMIN: (_TODAY, _MINE),
}


def url_of(name: str) -> str:
    """The address of a url name, or "" while no app provides it."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def active_of(path: str, urls: Sequence[str]) -> str:
    """Which of the addresses a path lies under: the longest prefix; the root only matches itself."""
    under = [url for url in urls if url and (path == url or (url != "/" and path.startswith(url)))]
    return max(under, key=len, default="")


class Shell:
    """The frame for one request."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @cached_property
    def user(self) -> User | None:
        user = getattr(self.request, "user", None)
        return user if isinstance(user, User) else None

    @property
    def frame(self) -> str:
        """The template an error page extends: the full frame for people, a plain one for strangers."""
        return "base.html" if self.user else "partials/plain.html"

    @cached_property
    def now(self) -> datetime:
        return clock.now()

    # --- navigation

    @cached_property
    def _visible(self) -> list[tuple[NavItem, str]]:
        """This role's entries with their addresses, in order; each address once."""
        role = self.user.role if self.user else None
        items = (item for item in chain((HOME,), NAV) if role and (not item.roles or role in item.roles))
        found = [(item, url_of(item.url_name)) for item in sorted(items, key=lambda item: item.order)]
        first = {url: item for item, url in reversed(found) if url}
        return [(item, url) for item, url in found if url and first[url] is item]

    @cached_property
    def _active(self) -> str:
        return active_of(self.request.path, [url for _, url in self._visible])

    @cached_property
    def nav(self) -> list[NavGroup]:
        """The sidebar: 日常, 审核, 管理, then whatever other groups apps named."""
        names = dict.fromkeys([*GROUPS, *(item.group for item, _ in self._visible)])
        groups = [NavGroup(name, tuple(self._links(name))) for name in names]
        return [group for group in groups if group.items]

    def _links(self, group: str) -> Iterator[Link]:
        for item, url in self._visible:
            if item.group == group:
                yield Link(
                    item.label, url, item.icon, url == self._active, keys=GO_KEYS.get(item.url_name, "")
                )

    @cached_property
    def tabs(self) -> list[Link]:
        """At most five cells; free ones are filled with entries marked `tab`, before the last cell."""
        if self.user is None:
            return []
        cells = [(tab, url_of(tab.url_name)) for tab in TABS[Role(self.user.role)]]
        cells = [(tab, url) for tab, url in cells if url]
        if len(cells) < TAB_COUNT and not any(tab.url_name == "mine" for tab, _ in cells):
            cells.append((_MINE, url_of("mine")))
        taken = {url for _, url in cells}
        spare = [
            (Tab(item.short or item.label, item.url_name, item.icon), url)
            for item, url in self._visible
            if item.tab and url not in taken
        ]
        cells[-1:-1] = spare[: TAB_COUNT - len(cells)]
        here = active_of(self.request.path, [url for tab, url in cells if not tab.plus])
        return [
            Link(tab.label, url, tab.icon, url == here, tab.plus, "n" if tab is _VISIT else "")
            for tab, url in cells
        ]

    @cached_property
    def more(self) -> list[NavGroup]:
        """The sidebar without what the tab bar already offers: the page 我的 on a phone."""
        shown = {tab.url for tab in self.tabs}
        groups = [NavGroup(g.label, tuple(i for i in g.items if i.url not in shown)) for g in self.nav]
        return [group for group in groups if group.items]

    @cached_property
    def mine_is_a_tab(self) -> bool:
        return any(tab.url == url_of("mine") for tab in self.tabs)

    @cached_property
    def heading(self) -> str:
        """The phone's title: the entry or tab the page belongs to, else the product's name."""
        labels = [item.label for item, url in self._visible if url == self._active]
        return next(iter([*labels, *(tab.label for tab in self.tabs if tab.active)]), PRODUCT)

    @cached_property
    def search_url(self) -> str:
        return url_of("search")

    # --- person and place

    @cached_property
    def unread(self) -> int:
        """Unread notices, counted up to one over the cap."""
        if self.user is None:
            return 0
        rows = Notice.objects.visible_to(self.user).filter(read_at__isnull=True)
        return rows[: UNREAD_CAP + 1].count()

    @property
    def unread_short(self) -> str:
        return f"{UNREAD_CAP}+" if self.unread > UNREAD_CAP else str(self.unread)

    @cached_property
    def projects(self) -> list[Project]:
        return self.user.own_projects if self.user and self.user.is_active else []

    @cached_property
    def project(self) -> Project | None:
        """The project on screen: the chosen one while it is still mine, else my first."""
        chosen = self.request.session.get(PROJECT_SESSION_KEY) if self.user else None
        return next((p for p in self.projects if p.pk == chosen), next(iter(self.projects), None))

    @property
    def theme(self) -> str:
        """`light` or `dark` when chosen, "" to follow the system."""
        chosen = self.request.COOKIES.get(THEME_COOKIE, "")
        return chosen if chosen in THEMES else ""

    @property
    def other_theme(self) -> str:
        return "light" if self.theme == "dark" else "dark"


def shell_of(request: HttpRequest) -> Shell:
    """The one Shell of a request, so that views and templates share its queries."""
    found = getattr(request, "_shell", None)
    if not isinstance(found, Shell):
        found = Shell(request)
        request._shell = found  # type: ignore[attr-defined]
    return found


def current_project(request: HttpRequest) -> Project | None:
    """The project (楼盘) on screen; None for somebody without one."""
    return shell_of(request).project


def project_of(request: HttpRequest) -> Project:
    """The project on screen. Somebody without one is refused (403) with the way out."""
    project = current_project(request)
    if project is None:
        raise Denied("你的账号还没有加入任何项目", "", "请管理员在账号里加上项目")
    return project


def shell(request: HttpRequest) -> dict[str, Shell]:
    """Context processor."""
    return {"shell": shell_of(request)}
