"""Customers, registers, follow-ups and leases in chunks, so that a million costs minutes."""

from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from typing import Any

from customers.models import Call, Customer, FollowUp, Household, NameGram, OwnershipLease, Phone, Visit
from customers.rules import (
    Contact,
    FollowMethod,
    Grade,
    LeaseState,
    Outcome,
    Stage,
    attribute,
    bare_name,
    grams,
    reversed_digits,
)
from customers.rules.followups import FollowResult
from customers.rules.register import RegisterState
from customers.seeds import names
from customers.seeds.story import GRADING, OWN, Contacted, Story, tell
from regulations.models import Decision
from regulations.rules import to_json
from salesdept import bulk, clock, journal
from salesdept.formats import phone_mask
from salesdept.models import Event, User
from salesdept.seeds import Office
from salesdept.text import initials_of, pinyin_of

CHUNK = 5000
DETAILED = 5_000  # up to so many customers each slip has its journal row and decision
VISITED, CALLED = Contact.VISIT.value, Contact.CALL.value
PARTIES = (1, 2, 2, 2, 3, 4)
PACE = {grade.value: GRADING.days(grade) for grade in Grade}
WORDS = {"phone": "电话", "wechat": "微信", **{contact.value: contact.label for contact in Contact}}

PERSON = (
    "id", "household_id", "owner_id", "name", "gender", "pinyin", "initials", "phone_masked", "grade",
    "stage", "source", "want_layout", "want_area", "budget_text", "first_contact_at", "last_contact_at",
    "last_contact", "last_note", "visit_count", "call_count", "next_follow_on", "seal_id",
    "consent_at", "consent_by_id",
)  # fmt: skip
PHONE = ("id", "household_id", "customer_id", "number", "reversed", "added_at")
LEASE = (
    "id", "customer_id", "rep_id", "basis", "started_at", "last_effective_at", "expires_on",
    "state", "ended_at", "ended_reason",
)  # fmt: skip
SLIP = (
    "id", "customer_id", "received_by_id", "entered_by_id", "source", "grade", "layouts", "happened_at",
    "note",
)  # fmt: skip
VISIT = (*SLIP, "method", "party_size", "is_first")
FOLLOW_UP = (
    "id", "customer_id", "by_id", "method", "outcome", "effective", "content", "next_on",
    "happened_at",
)  # fmt: skip
LOADED = (Household, Customer, Phone, NameGram, OwnershipLease, Visit, Call, FollowUp)


@dataclass(slots=True)
class _Book:
    """The rows of one chunk by table, and the next free key of each table."""

    keys: dict[Any, int]
    rows: dict[Any, list[bulk.Row]] = field(default_factory=lambda: {model: [] for model in LOADED})

    def add(self, model: Any, *values: Any) -> int:
        key = self.keys[model]
        self.keys[model] = key + 1
        self.rows[model].append((key, *values))
        return key


@dataclass(slots=True)
class _Person:
    """What the other tables repeat of a customer."""

    key: int
    home: int
    rep: int
    name: str
    number: str
    layouts: str


def fill(office: Office) -> None:
    keys = {model: bulk.next_key(model) for model in LOADED}
    first_visit, first_call = keys[Visit], keys[Call]
    teller = _Teller(office)
    for first in range(0, office.customers, CHUNK):
        book = _Book(keys)
        for index in range(first, min(first + CHUNK, office.customers)):
            teller.live_through(book, index)
        _load(office.project.pk, book.rows)
    bulk.settle(*LOADED)
    if office.customers <= DETAILED:
        _remember(office, first_visit, first_call)


def _load(project: int, rows: dict[Any, list[bulk.Row]]) -> None:
    bulk.load(Household, ("id", "created_at"), rows[Household], project_id=project)
    bulk.load(Customer, PERSON, rows[Customer], project_id=project, consent=True)
    bulk.load(Phone, PHONE, rows[Phone], project_id=project)
    bulk.load(NameGram, ("id", "customer_id", "gram"), rows[NameGram])
    bulk.load(OwnershipLease, LEASE, rows[OwnershipLease], project_id=project)
    known = {
        "project_id": project,
        "outcome": Outcome.REGISTERED.value,
        "state": RegisterState.COMPLETE.value,
    }
    bulk.load(Visit, VISIT, rows[Visit], **known)
    bulk.load(Call, SLIP, rows[Call], **known)
    bulk.load(FollowUp, FOLLOW_UP, rows[FollowUp], project_id=project)


@lru_cache(maxsize=20_000)
def _keys_of(name: str) -> tuple[str, str, tuple[str, ...]]:
    """Pinyin, initials and the pieces a name is looked up by."""
    bare = bare_name(name)
    return pinyin_of(bare)[:80], initials_of(bare)[:20], tuple(sorted(grams(name)))


class _Teller:
    """Turns stories into rows."""

    def __init__(self, office: Office) -> None:
        self.office, self.rng = office, office.rng
        self.reps = [rep.pk for rep in office.reps]
        self.today = clock.business_date(office.now)
        self.mean_visits = office.visits / office.customers
        self.every_follow_up = office.customers <= DETAILED

    def live_through(self, book: _Book, index: int) -> None:
        """One customer's rows in every table."""
        story = tell(self.rng, self.office.start, self.office.now, self.mean_visits)
        live = self.today <= story.expires
        rep, number, since = self.reps[index % len(self.reps)], names.number(index), story.contacts[0].at
        name, gender = names.person(self.rng)
        home = book.add(Household, since)
        layouts = self.rng.choice(names.LAYOUTS)
        person = _Person(book.keys[Customer], home, rep, name, number, layouts)
        self._customer(book, story, person, gender, live=live)
        book.add(Phone, home, person.key, number, reversed_digits(number), since)
        for gram in _keys_of(name)[2]:
            book.add(NameGram, person.key, gram)
        _lease(book, story, person, live=live)
        self._registers(book, story, person)

    def _customer(self, book: _Book, story: Story, person: _Person, gender: str, *, live: bool) -> None:
        rng, last, visits = self.rng, story.contacts[-1], story.visits
        pinyin, initials, _ = _keys_of(person.name)
        stage = Stage.CALLED if not visits else Stage.VISITED if visits == 1 else Stage.REVISITED
        due = last.day + timedelta(days=PACE[story.grade]) if live else None
        book.add(
            Customer, person.home, person.rep if live else None, person.name, gender, pinyin, initials,
            phone_mask(person.number), story.grade, stage.value, story.source, person.layouts,
            rng.choice(names.AREAS), rng.choice(names.BUDGETS), story.contacts[0].at, last.at,
            WORDS[last.kind], last.note, visits, story.calls, due, f"{rng.getrandbits(128):032x}",
            story.contacts[0].at, person.rep,
        )  # fmt: skip

    def _registers(self, book: _Book, story: Story, person: _Person) -> None:
        who, told, seen = (
            (person.key, person.rep, person.rep),
            (story.source, story.grade, person.layouts),
            False,
        )
        for number, contact in enumerate(story.contacts):
            if contact.kind == VISITED:
                party = self.rng.choice(PARTIES)
                book.add(Visit, *who, *told, contact.at, contact.note, story.method, party, not seen)
                seen = True
            elif contact.kind == CALLED:
                book.add(Call, *who, *told, contact.at, contact.note)
            elif self.every_follow_up or number % 4 == 1:
                until = contact.day + timedelta(days=PACE[story.grade])
                by = (person.key, person.rep, contact.kind, _outcome(contact), contact.effective)
                book.add(FollowUp, *by, contact.note, until, contact.at)


def _outcome(contact: Contacted) -> str:
    """What became of a follow-up of the story."""
    if contact.kind == FollowMethod.PHONE:
        return (FollowResult.TALKED if contact.effective else FollowResult.NO_ANSWER).value
    return (FollowResult.ANSWERED if contact.effective else FollowResult.SENT).value


def _lease(book: _Book, story: Story, person: _Person, *, live: bool) -> None:
    since = story.contacts[0].at
    state = LeaseState.ACTIVE if live else LeaseState.LAPSED
    ended, why = (None, "") if live else (clock.end_of(story.expires), "过了最后一天")
    term = (since, story.last_effective or since, story.expires)
    book.add(OwnershipLease, person.key, person.rep, story.basis, *term, state.value, ended, why)


def _remember(office: Office, first_visit: int, first_call: int) -> None:
    """Journal rows of all slips in their order, and the decision of each customer's first."""
    slips: list[Visit | Call] = [
        *Visit.objects.filter(pk__gte=first_visit),
        *Call.objects.filter(pk__gte=first_call),
    ]
    slips.sort(key=lambda slip: slip.happened_at)
    people = {user.pk: user for user in office.reps}
    journal.append(_told(people[slip.received_by_id], slip) for slip in slips)
    firsts: dict[int | None, Visit | Call] = {}
    for slip in slips:
        firsts.setdefault(slip.customer_id, slip)
    Decision.objects.bulk_create([_decision(slip) for slip in firsts.values()], batch_size=2000)


def _told(rep: User, slip: Visit | Call) -> Event:
    verb = f"customers.{'visit' if isinstance(slip, Visit) else 'call'}.registered"
    return journal.event(rep, verb, slip, happened_at=slip.happened_at)


def _decision(slip: Visit | Call) -> Decision:
    inputs = {
        "event": Contact.VISIT.value if isinstance(slip, Visit) else Contact.CALL.value,
        "on": clock.business_date(slip.happened_at).isoformat(),
        "rep": slip.received_by_id,
        "grade": slip.grade,
        "known": False,
        "leases": [],
        "booked_with": None,
        "asked_for": None,
    }
    made = attribute(inputs, OWN)
    steps = [{"text": step.text, "clause": step.clause, "value": step.value} for step in made.steps]
    return Decision(
        kind=made.kind,
        subject=journal.label(slip),
        result=dict(made.result),
        inputs=inputs,
        steps=steps,
        clauses=[step["clause"] for step in steps],
        terms_topic="customers.ownership",
        terms_values=to_json(OWN),
        made_by_id=slip.entered_by_id,
        made_at=slip.happened_at,
    )
