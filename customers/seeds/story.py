"""Three months of one customer: contacts in order and what they make of the lease."""

import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from customers.rules import Contact, Grade, GradeTerms, LeaseBasis, Method, OwnTerms, Source, expires_on
from customers.seeds.names import NOTES, TALKS, UNANSWERED
from regulations.rules import from_json
from salesdept import clock

SOURCES = [Source.ONLINE] * 6 + [Source.PASSING] * 4 + [Source.OUTDOOR] * 3 + [
    Source.FRIEND, Source.FRIEND, Source.REFERRAL, Source.REFERRAL, Source.CHANNEL, Source.EVENT,
    Source.PRESS,
]  # fmt: skip
SOURCE_WORDS = [source.value for source in SOURCES]
GRADES = [grade.value for grade in [Grade.A] * 2 + [Grade.B] * 5 + [Grade.C] * 3]
METHODS = [method.value for method in [Method.WALK_IN] * 6 + [Method.REFERRAL, Method.CHANNEL]]
VISIT, CALL = Contact.VISIT.value, Contact.CALL.value
OWN, GRADING = from_json(OwnTerms, {}), from_json(GradeTerms, {})
PACE = {grade.value: GRADING.days(grade) for grade in Grade}
OPEN_UNTIL_NOW = 10
STEPS = 2.25  # rounds of follow-ups a story has on average


@dataclass(slots=True)
class Contacted:
    kind: str  # visit, call or a follow-up's method
    at: datetime
    day: date
    note: str
    effective: bool = True


@dataclass(slots=True)
class Story:
    """What happened between the first contact and now."""

    grade: str
    source: str
    method: str
    contacts: list[Contacted] = field(default_factory=list)
    basis: str = LeaseBasis.VISIT.value
    last_effective: datetime | None = None
    expires: date = date.min

    @property
    def visits(self) -> int:
        return sum(1 for contact in self.contacts if contact.kind == VISIT)

    @property
    def calls(self) -> int:
        return sum(1 for contact in self.contacts if contact.kind == CALL)


def _moment(rng: random.Random, day: date, now: datetime) -> datetime:
    at = clock.at(day, rng.randrange(9, 18), rng.randrange(60))
    if at <= now:
        return at
    return max(clock.at(day), now - timedelta(minutes=rng.randrange(5, 90)))


def tell(rng: random.Random, start: date, now: datetime, mean_visits: float) -> Story:
    """A story that ends with a live lease or, for those neglected, with one that is over."""
    # Before the hall opens, the story ends yesterday.
    today = clock.business_date(now - timedelta(hours=OPEN_UNTIL_NOW))
    days = (today - start).days
    first = start + timedelta(days=int(days * rng.random() ** 0.7))
    story = Story(rng.choice(GRADES), rng.choice(SOURCE_WORDS), Method.WALK_IN.value)
    called = rng.random() < 0.25
    story.method = Method.BOOKED.value if called else rng.choice(METHODS)
    _add(story, rng, CALL if called else VISIT, first, now)
    _go_on(story, rng, first, today, now, mean_visits)
    story.contacts.sort(key=lambda contact: contact.at)
    return story


def _go_on(
    story: Story, rng: random.Random, first: date, today: date, now: datetime, mean_visits: float
) -> None:
    """Visits and follow-ups at the grade's pace until now, or until the rep lets go."""
    faithful, day = rng.random() < 0.55, first
    while True:
        day += timedelta(days=max(1, PACE[story.grade] + rng.randrange(-1, 4)))
        if day > today or day > story.expires or (not faithful and rng.random() < 0.4):
            return
        _add(story, rng, rng.choice(("phone", "phone", "wechat")), day, now)
        if day < today and rng.random() < (mean_visits - 0.75) / STEPS:
            _add(story, rng, VISIT, day + timedelta(days=1), now)


def _add(story: Story, rng: random.Random, kind: str, day: date, now: datetime) -> None:
    at = _moment(rng, day, now)
    is_slip = kind in (VISIT, CALL)
    effective = is_slip or rng.random() < 0.75
    note = rng.choice(NOTES if is_slip else TALKS if effective else UNANSWERED)
    story.contacts.append(Contacted(kind, at, day, note, effective))
    if not effective:
        return
    if kind == VISIT or not story.visits:
        story.basis = LeaseBasis.VISIT.value if kind == VISIT else LeaseBasis.CALL.value
    story.last_effective = max(at, story.last_effective or at)
    story.expires = max(story.expires, expires_on(day, story.basis, story.grade, OWN))
