"""Take the screenshots of the README from a demo office of their own.

    .venv/bin/python docs/screens/make.py                 the README's three, beside this file
    .venv/bin/python docs/screens/make.py --all FOLDER    every main screen, both sizes, light and dark

The office lies in a temporary folder and is served by this process on a free port; its clock stands still, so
that the same code gives the same pictures. Needs chromium (or CHROMIUM).
"""

import argparse
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PHONE, DESKTOP = (390, 844), (1440, 900)
README = (
    ("rep-today-phone", "rep1", "/", PHONE),
    ("rep-visit-phone", "rep1", "", PHONE),
    ("manager-board-desktop", "manager", "/inventory/", DESKTOP),
)


def settle(folder: Path, scale: str) -> Any:
    """Django on an empty database in `folder`, its clock stopped one Monday afternoon, the office planted."""
    os.environ |= {"DJANGO_SETTINGS_MODULE": "salesdept.settings.dev", "VAR_DIR": str(folder), "DEMO": "1"}
    os.environ.pop("DATABASE_URL", None)
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # the browser's loop runs in this thread
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    from django.core.management import call_command

    from salesdept import clock

    moment = clock.at(date(2026, 11, 23), 15, 10)
    clock.now = lambda: moment
    call_command("migrate", verbosity=0)
    call_command("seed_demo", scale=scale)
    return moment


@contextmanager
def served() -> Iterator[str]:
    """The product on a free port of this machine, in a thread."""
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
    from django.core.wsgi import get_wsgi_application

    class Quiet(WSGIRequestHandler):
        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    server = ThreadedWSGIServer(("127.0.0.1", 0), Quiet)
    server.set_app(StaticFilesHandler(get_wsgi_application()))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class Camera:
    """One browser, one logged-in window a person, size and theme."""

    def __init__(self, browser: Any, base: str, moment: Any) -> None:
        self.browser, self.base, self.moment = browser, base, moment
        self.windows: dict[tuple[str, tuple[int, int], str], Any] = {}

    def window(self, who: str, size: tuple[int, int], theme: str) -> Any:
        if (who, size, theme) not in self.windows:
            context = self.browser.new_context(
                viewport={"width": size[0], "height": size[1]},
                color_scheme=theme,
                locale="zh-CN",
                timezone_id="Asia/Shanghai",
                has_touch=size == PHONE,
                reduced_motion="reduce",
            )
            page = context.new_page()
            page.clock.set_fixed_time(self.moment)
            if who:
                page.goto(f"{self.base}/login/")
                page.fill("[name=username]", who)
                page.fill("[name=password]", "demo")
                page.click("form.login__box button[type=submit]")
                page.wait_for_url(lambda url: "/login/" not in url)
            self.windows[who, size, theme] = page
        return self.windows[who, size, theme]

    def take(self, path: str, to: Path, who: str, size: tuple[int, int], theme: str, *, whole: bool) -> None:
        page = self.window(who, size, theme)
        if path:
            page.goto(self.base + path)
        page.wait_for_load_state("networkidle")
        page.screenshot(path=to, full_page=whole, animations="disabled", caret="hide")

    def receive_a_visitor(self, who: str, size: tuple[int, int]) -> None:
        """The form of a visit as it is while the guest says her number."""
        page = self.window(who, size, "light")
        page.goto(self.base + "/")
        page.click("main >> text=登记来访")
        page.wait_for_url("**/visits/new/")
        page.fill("[name=phone]", "13812345678")
        page.fill("[name=name]", "罗女士")
        page.wait_for_load_state("networkidle")


def smaller(path: Path) -> None:
    """A screenshot in 256 colours: a third of the bytes, the same to the eye."""
    from PIL import Image

    with Image.open(path) as picture:
        picture.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)


def main_screens() -> list[tuple[str, str, str]]:
    """Name, who looks, and where; objects are found in the planted office."""
    from contracts.models import Contract, Review
    from customers.models import Customer, Visit
    from inventory.models import Reservation, Unit
    from regulations.models import Decision, Request

    customer = Customer.objects.filter(owner__username="rep1", grade="A").order_by("-pk").first()
    claim = Reservation.objects.filter(rep__username="rep1", ended_at=None).order_by("-pk").first()
    review = Review.objects.filter(result="open").order_by("pk").first()
    found = {
        "customer": customer,
        "visit": Visit.objects.filter(received_by__username="rep1", customer__isnull=False).last(),
        "free": Unit.objects.free().order_by("-pk").first(),
        "claim": claim,
        "contract": review.contract if review else Contract.objects.last(),
        "request": Request.objects.last(),
        "decision": Decision.objects.last(),
    }
    ids = {name: row.pk for name, row in found.items() if row}
    lines = (line.split() for line in SCREENS.strip().splitlines())
    return [(name, who.strip("-"), path.format(**ids)) for name, who, path in lines if fits(path, ids)]


def fits(path: str, ids: dict[str, int]) -> bool:
    try:
        path.format(**ids)
    except KeyError:
        return False
    return True


SCREENS = """
login            -           /login/
today-rep        rep1        /
today-assistant  assistant   /
today-manager    manager     /
today-cashier    cashier     /
today-finance    finance     /
visit            rep1        /customers/visits/new/
customers        rep1        /customers/
customer         rep1        /customers/{customer}/
customer-edit    rep1        /customers/{customer}/edit/
follow           rep1        /customers/{customer}/follow/
slip             rep1        /customers/visits/{visit}/
register         assistant   /customers/visits/
queue            assistant   /customers/queue/
hall             assistant   /customers/queue/screen/
demand           manager     /customers/demand/
door             assistant   /customers/queue/hall/
disputes         manager     /customers/disputes/
feedback         assistant   /customers/feedback/
feedback-new     rep1        /customers/feedback/new/
search           rep1        /search/?q=1
board            rep1        /inventory/
board-list       rep1        /inventory/?view=list
unit             rep1        /inventory/units/{free}/
reserve          rep1        /inventory/units/{free}/confirm/
similar          rep1        /inventory/units/{free}/similar/
reservations     manager     /inventory/reservations/
reservation      rep1        /inventory/reservations/{claim}/
release          manager     /inventory/release/
contracts        manager     /contracts/
contract         rep1        /contracts/{contract}/
verification     assistant   /contracts/verification/
collections      cashier     /contracts/collections/
collections-fin  finance     /contracts/collections/
commission       rep1        /commissions/
statement        finance     /commissions/statements/2026-11/
fund             rep1        /commissions/fund/
attendance       manager     /attendance/
clock            rep1        /attendance/clock/
penalties        manager     /attendance/penalties/
dashboard        manager     /performance/
kpi              manager     /performance/report/
daily            assistant   /performance/daily/
targets          manager     /performance/targets/
clauses          rep1        /regulations/
clause           rep1        /regulations/clauses/S54/
terms            manager     /regulations/terms/
term             manager     /regulations/terms/inventory.hold/
opening          manager     /regulations/opening/
requests         director    /regulations/requests/
request          director    /regulations/requests/{request}/
decision         manager     /regulations/decisions/{decision}/
imports          assistant   /imports/
notices          rep1        /notices/
mine             rep1        /mine/
about            rep1        /about/
missing          rep1        /nowhere/
refused          rep1        /performance/
"""


def everything(camera: Camera, folder: Path, only: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, who, path in main_screens():
        if only and only not in name:
            continue
        for label, size in (("phone", PHONE), ("desktop", DESKTOP)):
            for theme in ("light", "dark"):
                to = folder / f"{name}-{label}-{theme}.png"
                camera.take(path, to, who, size, theme, whole=True)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--all", type=Path, metavar="FOLDER")
    asked.add_argument("--only", default="", help="part of a screen's name, with --all")
    asked.add_argument("--scale", default="office")
    given = asked.parse_args()
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not chromium:
        sys.exit("no chromium found: install it or set CHROMIUM")
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder:
        moment = settle(Path(folder), given.scale)
        with served() as base, sync_playwright() as play:
            browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
            camera = Camera(browser, base, moment)
            if given.all:
                everything(camera, given.all, given.only)
            else:
                for name, who, path, size in README:
                    if not path:
                        camera.receive_a_visitor(who, size)
                    camera.take(path, HERE / f"{name}.png", who, size, "light", whole=False)
                    smaller(HERE / f"{name}.png")
            browser.close()


if __name__ == "__main__":
    main()
