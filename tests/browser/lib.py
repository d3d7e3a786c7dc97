"""A person at a screen: what browser tests say and check. Fixtures are in `conftest.py`."""

import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response, Route

from salesdept.models import User

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
PHONE, DESKTOP = (390, 844), (1440, 900)
PASSWORD = "demo-password-2026"
# Chromium's own line for an answer a test may well expect; a 5xx stays a fault.
EXPECTED = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d")
OWN_HOSTS = ("127.0.0.1", "localhost")


@dataclass
class Screen:
    """One browser window on the live server. `faults` must be empty when the test ends."""

    context: BrowserContext
    page: Page
    base: str
    is_phone: bool
    faults: list[str] = field(default_factory=list)

    def watch(self) -> None:
        self.context.route("**/*", self._only_home)
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.faults.append(f"script error: {error}"))
        self.page.on("response", self._answered)

    def _only_home(self, route: Route, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https") and parts.hostname not in OWN_HOSTS:
            self.faults.append(f"outside request: {request.url}")
            route.abort()
        else:
            route.continue_()

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not EXPECTED.match(message.text):
            self.faults.append(f"console: {message.text} at {self.page.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 500:
            self.faults.append(f"{response.status} {response.request.method} {response.url}")

    def go(self, path: str) -> Page:
        """Open a path of the product and wait until its scripts have run."""
        self.page.goto(self.base + path)
        return self.page


def login(screen: Screen, username: str) -> Page:
    """Log in through the real form; the person gets the test password first."""
    person = User.objects.get(username=username)
    person.set_password(PASSWORD)
    person.save(update_fields=["password"])
    page = screen.go("/login/")
    page.fill("[name=username]", username)
    page.fill("[name=password]", PASSWORD)
    page.click("form.login__box button[type=submit]")
    page.wait_for_url(lambda url: urlsplit(url).path != "/login/")
    return page


def assert_no_overflow(page: Page) -> None:
    """Nothing makes the page wider than the window; on failure the widest offenders are named."""
    found = page.evaluate(
        """() => {
          const width = document.documentElement.clientWidth;
          if (document.documentElement.scrollWidth <= width) return [];
          return [...document.querySelectorAll("body *")]
            .filter((el) => el.getBoundingClientRect().right > width + 1)
            .slice(0, 8).map((el) => el.outerHTML.slice(0, 120));
        }"""
    )
    assert found == [], f"wider than the window at {page.url}"


def settled(page: Page, script: str, argument: object, seconds: float = 5) -> list[str]:
    """What a script finds once the page stands still: asked again while it finds anything, for a while."""
    found: list[str] = page.evaluate(script, argument)
    until = time.monotonic() + seconds
    while found and time.monotonic() < until:
        page.wait_for_timeout(250)
        found = page.evaluate(script, argument)
    return found


def assert_thumb_sized(page: Page, smallest: int = 44) -> None:
    """On a phone every button, field and menu entry is high enough for a thumb (inline links excepted)."""
    page.wait_for_load_state()  # a page without its style sheets has no sizes yet
    page.wait_for_function(
        "[...document.querySelectorAll('link[rel=stylesheet]')].every((link) => link.sheet)"
    )
    small = settled(
        page,
        """(smallest) => [...document.querySelectorAll(
            "button, .button, .chip, .iconbtn, .tabbar a, a.list__row, select, textarea, input"
          )]
          .filter((el) => !el.closest(".sr-only, dialog:not([open])"))
          .filter((el) => !el.matches(".choice__item input, .check input"))
          .map((el) => [el, el.getBoundingClientRect()])
          .filter(([, box]) => box.width && box.height && box.height < smallest - 0.5)
          .map(([el, box]) => `${Math.round(box.height)} px: ${el.outerHTML.slice(0, 100)}`)""",
        smallest,
    )
    assert small == [], f"too small for a thumb at {page.url}"


def assert_accessible(page: Page, *, skip: tuple[str, ...] = ()) -> None:
    """axe-core finds nothing serious. `skip` names rules, each with its reason in the test."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(f"() => {{ {AXE}\n }}")
    rules = {name: {"enabled": False} for name in skip}
    result = page.evaluate("(rules) => axe.run(document, {resultTypes: ['violations'], rules})", rules)
    bad = [
        f"{violation['id']} ({violation['impact']}): {node['html'][:160]} {node['failureSummary'][:200]}"
        for violation in result["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"][:4]
    ]
    assert bad == [], f"axe at {page.url}"


def assert_sound(screen: Screen, path: str, *, skip: tuple[str, ...] = ()) -> Page:
    """Open a page and check all of it: width, thumbs on a phone, axe, faults so far."""
    page = screen.go(path)
    assert_no_overflow(page)
    if screen.is_phone:
        assert_thumb_sized(page)
    assert_accessible(page, skip=skip)
    assert screen.faults == []
    return page
