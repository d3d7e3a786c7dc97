"""Customers and calls by sheet beyond the first import: blanks filled, wishes renewed, old calls entered."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import batched
from typing import Any

from django.db.models import Count, Max

from customers.models import Call, Customer, CustomerUpdate, Phone
from customers.rules import Contact, Grade, Outcome, Source
from customers.services.bulk import CHUNK, create_customers, undo_customers
from salesdept import journal
from salesdept.access import may_import
from salesdept.errors import RuleError
from salesdept.fields import Plain
from salesdept.models import Project, User
from salesdept.verbs import service

# What a sheet may renew, and what it may only fill where nothing stands: the way somebody came and the
# identity number are evidence. Owner, grade, stage, name and first contact are never changed by a sheet.
RENEWS = ("want_layout", "want_area", "budget", "budget_text", "note")
FILLS = ("gender", "source", "identity_no")
CHANGED_SINCE = "in_use"


def changes(customer: Customer, row: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a customer that a row would change, with their new values."""
    found = {key: row[key] for key in RENEWS if row.get(key) not in (None, "")}
    found |= {key: row[key] for key in FILLS if row.get(key) and not getattr(customer, key)}
    return {key: value for key, value in found.items() if getattr(customer, key) != value}


def by_number(project: Project, numbers: Iterable[str]) -> dict[str, Customer]:
    """The customers live numbers lead to."""
    phones = Phone.objects.live().filter(project=project, number__in=list(numbers))
    return {phone.number: phone.customer for phone in phones.select_related("customer")}


@service
def update_customers(
    *,
    actor: User,
    project: Project,
    rows: Iterable[Mapping[str, Any]],
    batch_id: int,
    now: datetime,
    idempotency_key: str | None = None,
) -> int:
    """Renew customers by their numbers, all or none; returns how many. Raises RuleError `unknown_number`."""
    may_import(actor).or_raise()
    return sum(_renew(actor, project, chunk, batch_id, now) for chunk in batched(rows, CHUNK))


def _renew(
    actor: User, project: Project, rows: Sequence[Mapping[str, Any]], batch_id: int, now: datetime
) -> int:
    there = by_number(project, [row["phone"] for row in rows])
    people, kept = [], []
    for row in rows:
        customer = there.get(row["phone"])
        if customer is None:
            raise RuleError("unknown_number", "表里有号码不在册", "拟:sys.import", "改正或跳过这些行")
        new = changes(customer, row)
        if not new:
            continue
        kept.append(_written(batch_id, customer, new))
        for key, value in new.items():
            setattr(customer, key, Plain(value) if key == "identity_no" else value)
        customer.version += 1
        people.append(customer)
    # One by one: the identity number is sealed by save, and a sheet renews hundreds, not a million.
    for customer in people:
        customer.save(update_fields=[*RENEWS, *FILLS, "identity_index", "identity_tail", "version"])
    CustomerUpdate.objects.bulk_create(kept, batch_size=CHUNK)
    journal.record_many(actor, "customers.customer.renewed", people, happened_at=now, batch=batch_id)
    return len(people)


def _written(batch_id: int, customer: Customer, new: Mapping[str, Any]) -> CustomerUpdate:
    """Old and new values; an identity number is only noted, it was empty before."""
    old = {key: _plain(getattr(customer, key)) for key in new if key != "identity_no"}
    shown = {key: True if key == "identity_no" else _plain(value) for key, value in new.items()}
    return CustomerUpdate(batch=batch_id, customer=customer, old=old, new=shown)


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value


@service
def undo_updates(*, actor: User, batch_id: int, now: datetime, idempotency_key: str | None = None) -> int:
    """Give back what a sheet changed, all or none; refused where somebody has edited since."""
    may_import(actor).or_raise()
    rows = CustomerUpdate.objects.filter(batch=batch_id, customer__project__in=actor.projects.all())
    updates = list(rows.select_related("customer").order_by("pk"))
    for update in updates:
        _give_back(update)
    people = [update.customer for update in updates]
    journal.record_many(actor, "customers.customer.renewal_undone", people, happened_at=now, batch=batch_id)
    rows._raw_delete(rows.db)
    return len(updates)


def _give_back(update: CustomerUpdate) -> None:
    customer = update.customer
    for key, value in update.new.items():
        if key != "identity_no" and _plain(getattr(customer, key)) != value:
            raise RuleError(
                CHANGED_SINCE, f"{customer} 的资料之后又改过，不能撤销这批", "拟:sys.import", "逐个改回"
            )
    for key, value in update.old.items():
        setattr(customer, key, Decimal(value) if key == "budget" and value is not None else value)
    if "identity_no" in update.new:
        customer.identity_no = ""
    customer.version += 1
    customer.save()


@service
def create_calls(
    *,
    actor: User,
    project: Project,
    rows: Iterable[Mapping[str, Any]],
    batch_id: int,
    now: datetime,
    idempotency_key: str | None = None,
) -> int:
    """Enter calls of before this system; returns how many. They are 补登 and claim nobody's customer.

    A row has phone, name, happened_at, source, layout, note, booked_on and taker_id. A number that nobody has
    becomes a customer of its taker, kept like every imported one.
    """
    may_import(actor).or_raise()
    return sum(_enter(actor, project, chunk, batch_id, now) for chunk in batched(rows, CHUNK))


def _enter(
    actor: User, project: Project, rows: Sequence[Mapping[str, Any]], batch_id: int, now: datetime
) -> int:
    there = by_number(project, [row["phone"] for row in rows])
    fresh = {row["phone"]: _newcomer(row) for row in reversed(rows) if row["phone"] not in there}
    if fresh:
        create_customers(actor=actor, project=project, rows=list(fresh.values()), batch_id=batch_id, now=now)
        there |= by_number(project, fresh)
    calls = [_call(actor, project, row, there[row["phone"]], batch_id) for row in rows]
    Call.objects.bulk_create(calls, batch_size=CHUNK)
    _recount({call.customer_id for call in calls if call.customer_id})
    journal.record_many(actor, "customers.call.imported", calls, happened_at=now, batch=batch_id)
    return len(calls)


def _newcomer(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": row["name"],
        "phone": row["phone"],
        "source": row["source"],
        "layout": row["layout"],
        "owner_id": row["taker_id"],
    }


def _call(actor: User, project: Project, row: Mapping[str, Any], customer: Customer, batch_id: int) -> Call:
    source = row["source"]
    return Call(
        project=project,
        customer=customer,
        outcome=Outcome.REGISTERED,
        received_by_id=row["taker_id"],
        entered_by=actor,
        happened_at=row["happened_at"],
        late_entry=True,
        source=source if source in Source.values else "",
        grade=Grade.B,
        layouts=str(row["layout"])[:60],
        note=str(row["note"])[:500],
        booked_on=row["booked_on"],
        import_batch=batch_id,
    )


def _recount(ids: set[int]) -> None:
    """Calls and last contact of customers, from the register itself."""
    for chunk in batched(sorted(ids), CHUNK):
        counted = Call.objects.filter(customer__in=chunk).order_by().values("customer")
        rows = counted.annotate(n=Count("pk"), at=Max("happened_at")).values_list("customer", "n", "at")
        last = {pk: (n, at) for pk, n, at in rows}
        people = list(Customer.objects.filter(pk__in=chunk))
        for person in people:
            person.call_count, at = last.get(person.pk, (0, None))
            if at and (person.last_contact_at is None or at > person.last_contact_at):
                person.last_contact_at, person.last_contact = at, Contact.CALL.label
        Customer.objects.bulk_update(people, ["call_count", "last_contact_at", "last_contact"], CHUNK)


@service
def undo_calls(*, actor: User, batch_id: int, now: datetime, idempotency_key: str | None = None) -> int:
    """Take imported calls back with the customers they brought, all or none; returns how many calls."""
    may_import(actor).or_raise()
    calls = Call.objects.filter(import_batch=batch_id, project__in=actor.projects.all())
    rows = list(calls)
    touched = {call.customer_id for call in rows if call.customer_id}
    journal.record_many(actor, "customers.call.import_undone", rows, happened_at=now, batch=batch_id)
    calls._raw_delete(calls.db)
    undo_customers(actor=actor, batch_id=batch_id, now=now)
    _recount(touched)
    return len(rows)
