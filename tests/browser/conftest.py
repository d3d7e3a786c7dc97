"""Chromium at the two sizes and in both themes, on a live server over a real database file."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.register_assert_rewrite("tests.browser.lib")

from tests.browser.lib import DESKTOP, PHONE, Screen  # noqa: E402 - after the rewrite is registered

HERE = Path(__file__).parent
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",  # containers give 64 MB there: a page that needs more hangs
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            # Chromium is another's process: one that never answers is started once more.
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """What pytest-playwright launches. Without chromium: left out here, a failure where CI promises it."""
    if not CHROMIUM:
        reason = "no chromium found: install it or set CHROMIUM"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    # Playwright's loop runs in the main thread; the tests' own queries there are not asynchronous.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    return {"executable_path": CHROMIUM, "args": FLAGS}


def _open(browser: Any, base: str, size: tuple[int, int], theme: str, **options: Any) -> Iterator[Screen]:
    is_phone = size == PHONE
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme=theme,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        has_touch=is_phone,
        reduced_motion="reduce",
        **options,
    )
    context.set_default_timeout(10_000)
    screen = Screen(context, context.new_page(), base, is_phone)
    screen.watch()
    yield screen
    screen.page.close()
    context.close()
    assert screen.faults == []


@pytest.fixture
def phone(live_server: Any, browser: Any) -> Iterator[Screen]:
    """390 × 844, light."""
    yield from _open(browser, live_server.url, PHONE, "light")


@pytest.fixture
def desktop(live_server: Any, browser: Any) -> Iterator[Screen]:
    """1440 × 900, light."""
    yield from _open(browser, live_server.url, DESKTOP, "light")


@pytest.fixture
def without_script(live_server: Any, browser: Any) -> Iterator[Screen]:
    """A phone whose browser runs no JavaScript."""
    yield from _open(browser, live_server.url, PHONE, "light", java_script_enabled=False)


@pytest.fixture(
    params=[(PHONE, "light"), (PHONE, "dark"), (DESKTOP, "light"), (DESKTOP, "dark")],
    ids=["phone-light", "phone-dark", "desktop-light", "desktop-dark"],
)
def screen(request: pytest.FixtureRequest, live_server: Any, browser: Any) -> Iterator[Screen]:
    """Each size in each theme."""
    yield from _open(browser, live_server.url, *request.param)
