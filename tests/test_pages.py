"""Every page once for every role that may see it, and every address with what nobody should send it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser

import pytest
from django.db import connection, transaction
from django.urls import reverse

from salesdept.services.reminders import mark_read
from tests.addresses import QUERIES, args_of, form_of, own
from tests.test_access import ROWS
from tests.world import BAD_SHEET, IDENTITIES, UNIT_ROW, VISITORS, undone

pytestmark = pytest.mark.django_db

FILES = {"healthz", "readyz", "import_template", "contracts:slip_download", "performance:daily_picture"} | {
    "customers:dispute_pdf",
}
FRAGMENTS = {
    "customers:hall_live",
    "customers:queue_live",
    "customers:queue_card",
    "customers:queue_screen_live",
} | {
    "notice_bell",
    "inventory:board_cells",
}
SEEN = [
    (name, visitor)
    for (verb, name), answers in ROWS.items()
    for visitor, answer in zip(VISITORS, answers, strict=True)
    if verb == "GET" and answer == "200" and name not in FILES and visitor != "outsider"
]
POSTS = [name for verb, name in ROWS if verb == "POST"]
HOSTILE = {
    "nothing": "",
    "ten thousand characters": "长" * 10_000,
    "a NUL": "a\0b",
    "full-width digits": "１２３４５６７８９０１",
    "an emoji": "👩‍👩‍👧",
    "a right-to-left mark": "\u202eabc",
    "a lone surrogate": "\ud800",
    "a date that is none": "2026-02-30",
    "a number past all": "1e309",
    "a negative number": "-1",
    "three decimals": "1.005",
    "superscript": "²",
    "markup": '"><script>alert(1)</script>',
}
ALONE = ("a NUL", "a number past all")  # sent in each field of a form by itself, the rest in all at once
IN_ADDRESSES = ("a NUL", "a lone surrogate", "a number past all", "superscript", "a negative number")
HUGE = (0, 2**31, 2**63 - 1, 2**63, 10**30)
ASKED = (
    "q", "before", "after", "month", "period", "day", "state", "show", "s", "kind", "t", "customer", "b",
    "like", "layout", "view", "claim", "contract", "field", "chapter", "status", "at", "again", "grade",
)  # fmt: skip


class Reader(HTMLParser):
    """What a guard wants to know about a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.h1 = 0
        self.ids: list[str] = []
        self.title = ""
        self.faults: list[str] = []
        self._in = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in = tag
        self.h1 += tag == "h1"
        for name, value in attrs:
            if name == "style" or name.startswith("on"):
                self.faults.append(f"{tag} {name}={value}")
            if name == "id" and value:
                self.ids.append(value)
            if name in ("src", "href", "action", "hx-get", "hx-post") and re.match(
                r"(https?:)?//", value or ""
            ):
                self.faults.append(f"leads outside: {value}")
        if tag == "style" or (tag == "script" and not dict(attrs).get("src")):
            self.faults.append(f"inline {tag}")

    def handle_data(self, data: str) -> None:
        if self._in == "title" and not self.title:
            self.title = data.strip()
        if re.search(r"\{\{|\{%|%\}|\}\}", data):
            self.faults.append(f"not rendered: {data.strip()[:60]}")
        if data.strip() in ("None", "True", "False", "nan", "[]", "{}"):
            self.faults.append(f"a word of the machine: {data.strip()} in {self._in}")


@contextmanager
def statements() -> Iterator[list[str]]:
    """Every statement the database is asked, transaction control included."""
    seen: list[str] = []

    def note(execute, sql, params, many, context):
        seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield seen


def not_reading(asked: list[str]) -> list[str]:
    return [sql for sql in asked if not sql.lstrip(" \n(").startswith("SELECT")]


def secrets(world, visitor: str) -> list[str]:
    """What stands on no page of this person."""
    phones = [*world.phones, *(row[1] for row in BAD_SHEET if len(row[1]) == 11)]
    floor = f"{UNIT_ROW['floor_price']:,.2f}"
    floors = (
        ["底价", floor, floor[:-3], floor.replace(",", "")[:-3]] if visitor in ("rep", "colleague") else []
    )
    return [*phones, *IDENTITIES, *floors]


@pytest.mark.parametrize(("name", "visitor"), SEEN, ids=str)
def test_a_page_is_whole_private_and_writes_nothing(name, visitor, house):
    client, url = house.client(visitor), reverse(name, args=args_of(name, house.world))
    with statements() as asked:
        answer = client.get(url, QUERIES.get(name))
    assert answer.status_code == 200
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    html = body.decode("latin-1" if answer.streaming else "utf-8")  # a paper of a case is a file, not a page
    page = Reader("" if answer.streaming else html)
    assert page.faults == []
    assert len(page.ids) == len(set(page.ids)), sorted(i for i in page.ids if page.ids.count(i) > 1)
    if name not in FRAGMENTS and not answer.streaming:
        assert (page.h1, bool(page.title)) == (1, True)
    assert [word for word in secrets(house.world, visitor) if word in html] == []
    assert not_reading(asked) == []
    policy = answer["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src" in policy
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    if visitor != "nobody":
        kept = answer["Cache-Control"]
        assert "no-store" in kept or (name in FRAGMENTS and "private" in kept)


def one_who_may(verb: str, name: str) -> str:
    """The first visitor the table lets farthest."""
    answers = dict(zip(VISITORS, ROWS[verb, name], strict=True))
    ranked = sorted(
        answers, key=lambda v: ("302", "200", "422", "409", "403", "404", "door").index(answers[v])
    )
    return next(v for v in ranked if v != "nobody")


@pytest.mark.parametrize("name", POSTS)
def test_a_form_without_its_token_is_refused(name, house):
    client = house.client(one_who_may("POST", name), enforce_csrf_checks=True)
    with undone(), statements() as asked:
        answer = client.post(reverse(name, args=args_of(name, house.world)), form_of(name, house.world))
    assert answer.status_code == 403
    assert not_reading(asked) == []


@pytest.mark.parametrize(
    "name", [name for verb, name in ROWS if verb == "GET" and not name.startswith("admin:")]
)
def test_an_address_survives_what_is_asked_of_it(name, house):
    client, url = house.client(one_who_may("GET", name)), reverse(name, args=args_of(name, house.world))
    bad = {}
    for word in IN_ADDRESSES:
        text = HOSTILE[word].encode("utf-8", "surrogatepass")[:2000]
        answer = client.get(url, dict.fromkeys(ASKED, text))
        if answer.streaming:
            b"".join(answer.streaming_content)
        if answer.status_code not in (200, 302, 304, 400, 404):
            bad[word] = answer.status_code
    assert bad == {}


@pytest.mark.parametrize("name", [name for name, pattern in own().items() if pattern.pattern.converters])
def test_an_address_of_something_impossible_is_missing(name, house):
    verb = "GET" if ("GET", name) in ROWS else "POST"
    client, pattern = house.client(one_who_may(verb, name)), own()[name].pattern
    kinds = {type(converter).__name__ for converter in pattern.converters.values()}
    values = HUGE if "IntConverter" in kinds else ("nothing", "a\0b", "%00", "..", "长" * 300, "👩‍👧")
    found = {}
    for value in values:
        args = args_of(name, house.world)
        args[0] = value
        try:
            url = reverse(name, args=args)
        except Exception:  # the converter itself refuses the value
            continue
        with undone():
            answer = client.get(url) if verb == "GET" else client.post(url, form_of(name, house.world))
        found[value] = answer.status_code
    assert set(found.values()) <= {400, 404}, found


@pytest.mark.parametrize(
    "path", ["/customers/abc/", "/customers/-1/", "/contracts/1.5/", "/inventory/units/%00/"]
)
def test_an_address_of_the_wrong_type_is_missing(path, house):
    assert house.client("manager").get(path).status_code == 404


@pytest.mark.parametrize("name", POSTS)
def test_a_form_survives_what_is_sent_to_it(name, house):
    """Each field in turn, or all at once: a clear answer, never a failure of ours."""
    client, url = house.client(one_who_may("POST", name)), reverse(name, args=args_of(name, house.world))
    bad = {}
    fields = [*(field for field in form_of(name, house.world) if field != "file"), "key"]
    for word, value in HOSTILE.items():
        text = value.encode("utf-8", "surrogatepass")
        for some in [fields, *([field] for field in fields if word in ALONE)]:
            with undone():
                answer = client.post(
                    url, {**form_of(name, house.world), **dict.fromkeys(some, text), "x": "1"}
                )
            if answer.streaming:
                b"".join(answer.streaming_content)
            if answer.status_code >= 500:
                bad[word, *some] = answer.status_code
    assert bad == {}


def test_control_a_bad_page_is_seen():
    page = Reader(
        "<title>x</title><p style='a'>{{ x }}</p><script>1</script><a href='//x.com' onclick=1>None</a>"
    )
    assert [fault.split()[0] for fault in page.faults] == [
        "p", "not", "inline", "leads", "a", "a",
    ]  # fmt: skip


def test_control_a_write_and_a_transaction_are_seen(house):
    with undone(), statements() as asked, transaction.atomic():
        mark_read(actor=house.world.rep, notice_id=house.world.notice.pk, now=house.world.now)
    assert {sql.split()[0] for sql in asked} >= {"SAVEPOINT", "UPDATE"}
