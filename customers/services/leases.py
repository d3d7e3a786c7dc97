"""归属: leases opened, renewed, locked and ended. The customer's owner follows the live lease."""

from datetime import date, datetime
from typing import Any

from django.db.models import Q

from customers import rules
from customers.models import Customer, DisputeFreeze, Household, OwnershipLease, Phone
from customers.queries.channels import filing_for
from customers.queries.referrals import referral_for
from customers.rules import LIVE, Contact, LeaseBasis, LeaseState, OwnTerms
from customers.services.clocks import REACH, note_count, stopped_days
from customers.services.poolrows import end_cofollows, leave_pool
from regulations.queries import terms_and_version, terms_for
from regulations.rules import ReceptionTerms, SplitTerms, Verdicts, to_json
from salesdept import clock, journal
from salesdept.clock import SHANGHAI
from salesdept.models import Project, User
from salesdept.rules import Message
from salesdept.services.reminders import notify
from salesdept.verbs import locked, save_versioned, service


def live_lease(customer: Customer) -> OwnershipLease | None:
    return OwnershipLease.objects.filter(customer=customer, state__in=LIVE).select_related("rep").first()


def household_lease(household: Household | int) -> OwnershipLease | None:
    """The earliest live lease of a household."""
    rows = OwnershipLease.objects.filter(customer__household=household, state__in=LIVE)
    return rows.select_related("rep").order_by("started_at", "pk").first()


def known_by(number: str, project: Project) -> Customer | None:
    """Whom a live number leads to in a project."""
    phone = Phone.objects.live().filter(project=project, number=number).select_related("customer").first()
    return phone.customer if phone else None


def decide(
    *,
    customer: Customer | None,
    rep: User,
    event: Contact,
    on: date,
    grade: str,
    project: Project,
    asked_for: int | None = None,
    number: str = "",
    at: datetime | None = None,
    layouts: str = "",
    owner_state: str = "",
) -> tuple[Verdicts, Any, Any]:
    """Whose customer this event makes it, with the terms of its day and their version.

    `number` finds filings and referrals and counts from when it was added, `at` is the contact's own time,
    `layouts` says what is wanted, `owner_state` whether an absent owner
    was told (`rules.OwnerState`).
    """
    terms, version = terms_and_version(OwnTerms, on=on, project=project)
    inputs = {
        "event": event.value,
        "on": on.isoformat(),
        "rep": rep.pk,
        "grade": grade,
        "asked_for": asked_for,
        "owner_state": owner_state,
        "product": rules.product_of(layouts or (customer.want_layout if customer else "")),
        **_known(customer, on),
        **_calls(customer, event, on, project, terms),
        **_introduced(number, on, project),
        **_counts_from(number, project, at),
    }
    inputs["stopped"] = _stopped(inputs, project, on)
    return rules.attribute(inputs, terms), terms, version


def _counts_from(number: str, project: Project, at: datetime | None) -> dict[str, str]:
    """The server time a live number is evidence from (拟:own.number_added), and of the contact."""
    if not number or at is None:
        return {}
    phone = Phone.objects.live().filter(project=project, number=number).first()
    return {"number_from": _iso(phone.added_at), "at": _iso(at)} if phone else {}


def _known(customer: Customer | None, on: date) -> dict[str, Any]:
    """What the files say: live leases of the household, an earlier deal, a declared relative of a rep."""
    if customer is None:
        return {"known": False, "leases": [], "old_deal": None, "own_contact": None, "first_seen": ""}
    rows = OwnershipLease.objects.filter(customer__household=customer.household_id)
    rows = rows.filter(Q(state__in=LIVE) | Q(deal_on__isnull=False)).order_by("started_at", "pk")
    leases = list(rows)
    deals = [lease for lease in leases if lease.deal_on and lease.deal_on <= on]
    return {
        "known": True,
        "leases": [_lease_inputs(lease, customer) for lease in leases if lease.state in LIVE],
        "old_deal": _deal_inputs(deals[-1]) if deals else None,
        "own_contact": customer.kin_of_id,
        "first_seen": _iso(customer.first_contact_at) if customer.import_batch is None else "",
    }


def _iso(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).isoformat()


def _lease_inputs(lease: OwnershipLease, customer: Customer) -> dict[str, Any]:
    return {
        "rep": lease.rep_id,
        "basis": lease.basis,
        "state": lease.state,
        "expires_on": lease.expires_on.isoformat(),
        "since": _iso(lease.started_at),
        "own": lease.customer_id == customer.pk,
        "complete": not lease.weak,
    }


def _deal_inputs(lease: OwnershipLease) -> dict[str, Any]:
    return {"rep": lease.rep_id, "on": lease.deal_on.isoformat() if lease.deal_on else ""}


def _calls(
    customer: Customer | None, event: Contact, on: date, project: Project, terms: OwnTerms
) -> dict[str, Any]:
    """What a call before this visit gives its taker, by the reading of the notice."""
    if event != Contact.VISIT or customer is None:
        return {}
    reading = terms_for(ReceptionTerms, on=on, project=project).call_then_visit
    return {"reading": reading, "booked_with": _booked_with(customer, on, terms)}


def _introduced(number: str, on: date, project: Project) -> dict[str, Any]:
    """The valid filing and the valid referral of a number, and how two claims of one home are shared."""
    shared = {"split_terms": to_json(terms_for(SplitTerms, on=on, project=project))}
    if not number:
        return shared
    filing = filing_for(project=project, number=number, on=on)
    return {**shared, "filing": filing, "referral": referral_for(project=project, number=number, on=on)}


def _stopped(inputs: dict[str, Any], project: Project, on: date) -> dict[str, list[str]]:
    """Days that do not count, for everybody who may turn out to be the owner."""
    others = (inputs.get("filing"), inputs.get("old_deal"))
    reps = {inputs["rep"], inputs["own_contact"], *(lease["rep"] for lease in inputs["leases"])}
    reps |= {(inputs.get("referral") or {}).get("owner"), *((o or {}).get("rep") for o in others)}
    days = {
        rep: stopped_days(rep_id=rep, project=project, first=on, last=on + REACH)
        for rep in sorted(rep for rep in reps if rep)
    }
    return {str(rep): sorted(day.isoformat() for day in off) for rep, off in days.items() if off}


def last_day_of(customer: Customer, basis: str, day: date, rep_id: int) -> date:
    """The last day of a lease of this rep, counted from an effective contact: validity and stopped days."""
    terms = terms_for(OwnTerms, on=day, project=customer.project_id)
    off = stopped_days(rep_id=rep_id, project=customer.project_id, first=day, last=day + REACH)
    product = rules.product_of(customer.want_layout)
    return rules.expires_on(day, basis, customer.grade, terms, product=product, stopped=off)


def _booked_with(customer: Customer, on: date, terms: OwnTerms) -> int | None:
    """Who took the call that booked a visit about this day."""
    span = (
        date.fromordinal(on.toordinal() - terms.call_then_visit),
        date.fromordinal(on.toordinal() + terms.call_then_visit),
    )
    call = customer.calls.filter(booked_on__range=span).order_by("-pk").first()
    return call.received_by_id if call else None


def apply(verdicts: Verdicts, customer: Customer, now: datetime, at: datetime, *, weak: bool = False) -> None:
    """Make the leases and the owner what the decision says; the caller saves the customer, locked by it.

    `weak`: the register behind it was entered late or is not complete.
    """
    result = verdicts.result
    if result["answer"] in ("", rules.Answer.DISPUTED):
        return
    mine = live_lease(customer)
    if mine is not None and result["replaces"]:
        lapsed = clock.business_date(at) > mine.expires_on and mine.state == LeaseState.ACTIVE
        end_lease(mine, LeaseState.LAPSED if lapsed else LeaseState.CLOSED, now, "新的首接取代")
        mine = None
    expires = date.fromisoformat(result["expires_on"])
    if mine is None:
        open_lease(customer, result["owner"], result["basis"], expires, at, weak=weak)
    elif result["renews"]:
        renew(mine, expires, at, result["basis"])
    customer.owner_id = result["owner"]


def open_lease(
    customer: Customer,
    rep_id: int,
    basis: str,
    expires: date,
    at: datetime,
    *,
    weak: bool = False,
    state: LeaseState = LeaseState.ACTIVE,
) -> OwnershipLease:
    """A new live lease, counted from the event. The customer leaves the 公海; others' co-follows end."""
    lease = OwnershipLease(
        project_id=customer.project_id,
        customer=customer,
        rep_id=rep_id,
        basis=basis,
        started_at=at,
        last_effective_at=at,
        expires_on=expires,
        weak=weak,
        state=state,
    )
    note_count(lease, clock.business_date(at))
    lease.save()
    leave_pool(customer.pk, rep_id, at)
    end_cofollows([customer.pk], at, "归属变动", but_owner=rep_id)
    return lease


def renew(lease: OwnershipLease, expires: date, at: datetime, basis: str = "") -> None:
    """Count a lease from its last effective contact; it never gets shorter, and a locked one stays."""
    lease.last_effective_at = max(lease.last_effective_at, at)
    if expires > lease.expires_on:
        lease.expires_on = expires
        note_count(lease, clock.business_date(at))
    if lease.basis == LeaseBasis.CALL and basis:
        lease.basis = basis
    lease.save(update_fields=["last_effective_at", "expires_on", "counted_from", "counted_days", "basis"])


def end_lease(lease: OwnershipLease, state: LeaseState, now: datetime, reason: str) -> None:
    rules.check_lease_move(lease.state, state)
    lease.state, lease.ended_at, lease.ended_reason = state, now, reason
    lease.save(update_fields=["state", "ended_at", "ended_reason"])


def move_lease(lease: OwnershipLease, state: LeaseState) -> None:
    rules.check_lease_move(lease.state, state)
    lease.state = state
    lease.save(update_fields=["state"])


def _back_to(lease: OwnershipLease, state: LeaseState) -> None:
    """What a disputed lease goes back to at its end: a deposit came, or a deal went, meanwhile."""
    DisputeFreeze.objects.filter(lease=lease).update(was=state)


@service
def lock_lease(
    *, actor: User | None, customer: Customer, now: datetime, idempotency_key: str | None = None
) -> OwnershipLease | None:
    """锁定 when a deposit is confirmed: no lapse, changes only by ruling. None without a lease."""
    person = locked(Customer.objects.all(), customer.pk)
    lease = live_lease(person)
    if lease is not None and lease.state == LeaseState.FROZEN:
        _back_to(lease, LeaseState.LOCKED)
    if lease is None or lease.state != LeaseState.ACTIVE:
        return lease
    move_lease(lease, LeaseState.LOCKED)
    journal.record(actor, "customers.lease.locked", person, happened_at=now, rep=lease.rep_id)
    return lease


@service
def unlock_lease(
    *, actor: User | None, customer: Customer, now: datetime, reason: str, idempotency_key: str | None = None
) -> OwnershipLease | None:
    """有效 again when the deal is off, counted from today; a closed deal opens a new lease."""
    person = locked(Customer.objects.all(), customer.pk)
    today, lease = clock.business_date(now), live_lease(person)
    deal = lease or closed_deal(person)
    if deal is not None and deal.deal_on is not None:
        OwnershipLease.objects.filter(customer=person, deal_on=deal.deal_on).update(deal_on=None)
    if lease is None and deal is not None:
        expires = last_day_of(person, LeaseBasis.VISIT, today, deal.rep_id)
        lease = open_lease(person, deal.rep_id, deal.basis, expires, now)
        person.owner_id = deal.rep_id
        save_versioned(person, "owner")
    elif lease is None or lease.state != LeaseState.LOCKED:
        if lease is not None and lease.state == LeaseState.FROZEN:
            _back_to(lease, LeaseState.ACTIVE)
        return lease
    else:
        move_lease(lease, LeaseState.ACTIVE)
        renew(lease, last_day_of(person, LeaseBasis.VISIT, today, lease.rep_id), now)
    journal.record(actor, "customers.lease.unlocked", person, happened_at=now, reason=reason)
    return lease


def closed_deal(customer: Customer) -> OwnershipLease | None:
    """The lease that ended with the newest deal: its rep goes on serving the owner."""
    rows = OwnershipLease.objects.filter(customer=customer, state=LeaseState.CLOSED, deal_on__isnull=False)
    return rows.order_by("-pk").first()


@service
def note_deal(
    *, actor: User | None, customer: Customer, now: datetime, idempotency_key: str | None = None
) -> OwnershipLease | None:
    """成交: the contract is signed. The locked lease closes once the days for objections are over."""
    person = locked(Customer.objects.all(), customer.pk)
    lease = live_lease(person)
    if lease is None or lease.deal_on is not None or lease.state == LeaseState.ACTIVE:
        return lease
    if lease.state == LeaseState.FROZEN:
        _back_to(lease, LeaseState.LOCKED)
    lease.deal_on = clock.business_date(now)
    lease.save(update_fields=["deal_on"])
    journal.record(actor, "customers.lease.deal", person, happened_at=now, rep=lease.rep_id)
    return lease


def tell(user_id: int | None, title: str, key: str, url: str, clause: str, now: datetime) -> None:
    """One notice, when there is somebody to tell."""
    if user_id:
        notify([Message(user_id=user_id, title=title, key=key, url=url, clause=clause)], now)
