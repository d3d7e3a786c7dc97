"""Smallest valid customers: a household, one number and, when owned, a live lease."""

import itertools
from datetime import timedelta

from customers.models import Customer, OwnershipLease, QueueEntry, Reception
from customers.queries.hall_code import hall_code
from customers.rules import Contact, LeaseBasis, LeaseState
from customers.services.people import new_person
from customers.services.queue import sign_in_queue
from salesdept import clock
from salesdept.models import Project, User

_numbers = itertools.count(18600000001)


def number() -> str:
    return str(next(_numbers))


def customer(
    *,
    project: Project | None = None,
    owner: User | None = None,
    name: str = "罗女士",
    phone: str | None = None,
    now=None,
    days: int = 15,
    basis: LeaseBasis = LeaseBasis.VISIT,
    state: LeaseState = LeaseState.ACTIVE,
    **fields,
) -> Customer:
    now = now or clock.now()
    project = project or owner.projects.first()
    person = new_person(
        project=project,
        name=name,
        number=number() if phone is None else phone,
        now=now,
        owner=owner,
        **fields,
    )
    if owner:
        lease(person, owner, now=now, days=days, basis=basis, state=state)
    return person


def lease(
    person: Customer,
    rep: User,
    *,
    now=None,
    days=15,
    basis=LeaseBasis.VISIT,
    state=LeaseState.ACTIVE,
    **fields,
) -> OwnershipLease:
    now = now or clock.now()
    return OwnershipLease.objects.create(
        project=person.project,
        customer=person,
        rep=rep,
        basis=basis,
        started_at=now,
        last_effective_at=now,
        expires_on=clock.business_date(now) + timedelta(days=days),
        state=state,
        **fields,
    )


def reception(rep: User, *, now=None, kind: Contact = Contact.VISIT) -> Reception:
    now = now or clock.now()
    return Reception.objects.create(
        project=rep.projects.first(), rep=rep, opened_by=rep, kind=kind, started_at=now
    )


def sign_in(*reps: User, project: Project | None = None, now=None) -> QueueEntry:
    """Sign in with the hall's code, one after the other; the last one's place."""
    now = now or clock.now()
    for rep in reps:
        of = project or rep.projects.first()
        entry = sign_in_queue(actor=rep, project=of, code=hall_code(of, now), now=now)
    return entry
