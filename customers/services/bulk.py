"""Customers by the thousand: the import's own verbs, rows and journal rows in batches."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import batched
from typing import Any

from django.db import IntegrityError, transaction

from customers import access
from customers.models import (
    Call,
    Customer,
    CustomerGrant,
    FollowUp,
    Household,
    ImportConflict,
    NameGram,
    OwnershipLease,
    Phone,
    PoolEntry,
    Visit,
)
from customers.queries.numbers import public_among
from customers.rules import (
    Grade,
    GradeTerms,
    LeaseBasis,
    LeaseState,
    OwnTerms,
    Source,
    Stage,
    grams,
    guess_gender,
)
from customers.rules import reversed_digits as backwards
from customers.rules.pool import PoolWhy
from customers.services.golive import note_conflict, undo_conflicts
from customers.services.people import remind_follow_ups, sort_keys
from customers.slots import CUSTOMER_IN_USE
from regulations.queries import terms_for
from salesdept import clock, journal
from salesdept.access import may_import
from salesdept.errors import RuleError, constraint_name
from salesdept.fields import Plain
from salesdept.formats import phone_mask
from salesdept.models import Project, User
from salesdept.verbs import service

CHUNK = 2000
TAKEN = RuleError(
    "number_taken", "表里有号码已登记在别的客户名下", "拟:own.match", "在预览里改正或跳过这些行"
)

PUBLIC = RuleError(
    "public_number", "表里有公共号码，不能认定客户", "拟:own.match", "在预览里改成本人号码或跳过这些行"
)


@dataclass(slots=True)
class _Batch:
    """What every row of one import shares."""

    project: Project
    batch_id: int
    now: datetime
    expires: date
    grace: int
    grades: GradeTerms
    owners: set[int] = field(default_factory=set)
    planned: int = 0
    due: set[tuple[int, date]] = field(default_factory=set)


@service
def create_customers(
    *,
    actor: User,
    project: Project,
    rows: Iterable[Mapping[str, Any]],
    batch_id: int,
    now: datetime,
    idempotency_key: str | None = None,
) -> int:
    """Create the customers of an import, all or none; returns how many.

    A row has name, gender, phone (normalised or empty), identity_no, source, layout, area, budget (Decimal,
    text or None), grade, owner_id, first_visit_on and note. Owned ones keep their owner until the
    启用日 + `OwnTerms.golive_grace`; the others go to the 公海. A number that another imported list gave to
    another rep makes no second customer but a line of the 导入冲突清单. Raises RuleError `number_taken`.
    """
    may_import(actor).or_raise()
    today = clock.business_date(now)
    terms = terms_for(OwnTerms, on=today, project=project)
    golive = max(project.opened_on or today, today)
    batch = _Batch(
        project=project,
        batch_id=batch_id,
        now=now,
        expires=golive + timedelta(days=terms.golive_grace),
        grace=terms.golive_grace,
        grades=terms_for(GradeTerms, on=today, project=project),
    )
    count = 0
    for chunk in batched(rows, CHUNK):
        fresh = _split_conflicts(actor, batch, chunk)
        _store(actor, batch, fresh)
        count += len(chunk)
    _file_reminders(batch)
    return count


def _split_conflicts(
    actor: User, batch: _Batch, rows: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """Put rows of customers whom another list already gave to somebody else on the list; the rest is new."""
    rivals = {row["phone"]: row for row in rows if row.get("phone") and row.get("owner_id")}
    held = imported_elsewhere(batch.project, {phone: row["owner_id"] for phone, row in rivals.items()})
    noted = []
    for phone, customer in held.items():
        row = rivals[phone]
        facts = journal.plain({key: row.get(key) for key in ("first_visit_on", "grade", "source")})
        if made := note_conflict(customer, row["owner_id"], facts, batch.batch_id, batch.now):
            noted.append(made)
    journal.record_many(
        actor, "customers.import.conflict_noted", noted, happened_at=batch.now, batch=batch.batch_id
    )
    return [row for row in rows if row.get("phone") not in held]


def imported_elsewhere(project: Project, wanted: Mapping[str, int]) -> dict[str, Customer]:
    """Number → customer, for numbers that an earlier list gave to another rep than the wanted one."""
    there = Phone.objects.live().filter(project=project, number__in=list(wanted)).select_related("customer")
    found = {phone.number: phone.customer for phone in there}
    leases = OwnershipLease.objects.filter(
        customer__in=found.values(),
        basis=LeaseBasis.IMPORTED,
        state__in=(LeaseState.ACTIVE, LeaseState.FROZEN),
    )
    holders = dict(leases.values_list("customer_id", "rep_id"))
    return {
        number: customer
        for number, customer in found.items()
        if customer.pk in holders and holders[customer.pk] != wanted[number]
    }


def _store(actor: User, batch: _Batch, rows: Sequence[Mapping[str, Any]]) -> list[Customer]:
    if not rows:
        return []
    owners = {row["owner_id"] for row in rows if row.get("owner_id")}
    _check_owners(batch, owners - batch.owners)
    homes = Household.objects.bulk_create(
        [Household(project=batch.project, created_at=batch.now) for _ in rows], batch_size=CHUNK
    )
    people = [_person(batch, row, home) for row, home in zip(rows, homes, strict=True)]
    Customer.objects.bulk_create(people, batch_size=CHUNK)
    _store_phones(batch, rows, people)
    NameGram.objects.bulk_create(_grams(people), batch_size=CHUNK * 4)
    OwnershipLease.objects.bulk_create(_leases(batch, people), batch_size=CHUNK)
    PoolEntry.objects.bulk_create(_pooled(batch, people), batch_size=CHUNK)
    journal.record_many(
        actor, "customers.customer.imported", people, happened_at=batch.now, batch=batch.batch_id
    )
    return people


def _check_owners(batch: _Batch, fresh: set[int]) -> None:
    """Owners sell and work in the project."""
    known = {user.pk: user for user in User.objects.filter(pk__in=fresh, projects=batch.project)}
    for pk in fresh:
        if pk not in known or not access.may_receive(known[pk]):
            raise RuleError("owner_unknown", "置业顾问不在本项目", "拟:sys.import", "改成本项目的代表或留空")
    batch.owners |= fresh


def _person(batch: _Batch, row: Mapping[str, Any], home: Household) -> Customer:
    first = row.get("first_visit_on")
    at = clock.at(first, 10) if first else batch.now
    grade, source = _words(row, "grade", 1), _words(row, "source", 12)
    owner_id, phone, text = row.get("owner_id"), row.get("phone") or "", _words
    budget = row.get("budget")
    person = Customer(
        project=batch.project,
        household=home,
        owner_id=owner_id,
        name=text(row, "name", 40),
        gender=text(row, "gender", 1) or guess_gender(text(row, "name", 40)),
        phone_masked=phone_mask(phone) if phone else "",
        grade=grade if grade in Grade.values else Grade.B,
        stage=Stage.VISITED if first else Stage.CALLED,
        source=source if source in Source.values else "",
        want_layout=text(row, "layout", 60),
        want_area=text(row, "area", 40),
        budget=None if isinstance(budget, str) else budget,
        budget_text=budget[:40] if isinstance(budget, str) else "",
        note=text(row, "note", 500),
        first_contact_at=at,
        last_contact_at=at,
        import_batch=batch.batch_id,
    )
    if identity := row.get("identity_no"):
        person.identity_no = Plain(identity)
    if owner_id:
        _plan(batch, person)
    sort_keys(person)
    return person


def _words(row: Mapping[str, Any], key: str, length: int) -> str:
    return str(row.get(key) or "").strip()[:length]


def _plan(batch: _Batch, person: Customer) -> None:
    """Spread first follow-ups over the grade's interval, so that no morning has all of an import."""
    days = batch.grades.days(person.grade)
    today = clock.business_date(batch.now)
    batch.planned += 1
    due = today + timedelta(days=1 + batch.planned % days)
    person.next_follow_on = due
    batch.due.add((person.owner_id or 0, due))


def _store_phones(batch: _Batch, rows: Sequence[Mapping[str, Any]], people: Sequence[Customer]) -> None:
    phones = [
        Phone(
            project=batch.project,
            household_id=person.household_id,
            customer=person,
            number=row["phone"],
            reversed=backwards(row["phone"]),
            added_at=batch.now,
        )
        for row, person in zip(rows, people, strict=True)
        if row.get("phone")
    ]
    if public_among([phone.number for phone in phones], batch.project):
        raise PUBLIC
    try:
        with transaction.atomic():
            Phone.objects.bulk_create(phones, batch_size=CHUNK)
    except IntegrityError as error:
        if constraint_name(error) == "one_number_leads_to_one_household":
            raise TAKEN from error
        raise


def _grams(people: Iterable[Customer]) -> Iterator[NameGram]:
    for person in people:
        for gram in sorted(grams(person.name, person.full_name)):
            yield NameGram(gram=gram, customer=person)


def _leases(batch: _Batch, people: Iterable[Customer]) -> list[OwnershipLease]:
    return [
        OwnershipLease(
            project=batch.project,
            customer=person,
            rep_id=person.owner_id,
            basis=LeaseBasis.IMPORTED,
            started_at=person.first_contact_at,
            last_effective_at=person.first_contact_at,
            expires_on=batch.expires,
            counted_from=batch.expires - timedelta(days=batch.grace),
            counted_days=batch.grace,
        )
        for person in people
        if person.owner_id
    ]


def _pooled(batch: _Batch, people: Iterable[Customer]) -> list[PoolEntry]:
    today = clock.business_date(batch.now)
    return [
        PoolEntry(
            project=batch.project, customer=person, why=PoolWhy.IMPORTED, since=batch.now, since_on=today
        )
        for person in people
        if not person.owner_id
    ]


def _file_reminders(batch: _Batch) -> None:
    for owner_id, day in sorted(batch.due):
        remind_follow_ups(owner_id, [day])


@service
def undo_customers(*, actor: User, batch_id: int, now: datetime, idempotency_key: str | None = None) -> int:
    """Take an import back, all or none; returns how many. Raises RuleError `in_use`."""
    may_import(actor).or_raise()
    mine = Customer.objects.filter(import_batch=batch_id, project__in=actor.projects.all())
    undo_conflicts(actor, batch_id, now)
    ids = list(mine.order_by("pk").values_list("pk", flat=True))
    for chunk in batched(ids, CHUNK):
        _refuse_used(chunk)
    for chunk in batched(ids, CHUNK):
        _remove(actor, chunk, batch_id, now)
    return len(ids)


_USES = (("来访", Visit), ("来电", Call), ("跟进", FollowUp), ("导入冲突", ImportConflict))


def _refuse_used(ids: Sequence[int]) -> None:
    used = [
        f"{label}：{row.customer}"
        for label, model in _USES
        for row in model._default_manager.filter(customer__in=ids).select_related("customer")[:3]
    ]
    used += [sentence for ask in CUSTOMER_IN_USE for sentence in ask(ids)]
    if used:
        raise RuleError(
            "in_use", f"这批客户已被使用，不能撤销（{'；'.join(used[:3])}）", "拟:sys.import", "逐个处理"
        )


def _remove(actor: User, ids: Sequence[int], batch_id: int, now: datetime) -> None:
    people = list(Customer.objects.filter(pk__in=ids))
    journal.record_many(actor, "customers.customer.import_undone", people, happened_at=now, batch=batch_id)
    homes = [person.household_id for person in people]
    # Raw deletes: every table that points here is named, and the collector would load all rows.
    for rows in (
        NameGram.objects.filter(customer__in=ids),
        Phone.objects.filter(customer__in=ids),
        OwnershipLease.objects.filter(customer__in=ids),
        PoolEntry.objects.filter(customer__in=ids),
        CustomerGrant.objects.filter(content_object__in=ids),
        Customer.objects.filter(pk__in=ids),
        Household.objects.filter(pk__in=homes),
    ):
        rows._raw_delete(rows.db)
