"""撞单: opening a case — from a look-up, a file or a deal — and 认定舞弊."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from customers import access
from customers.models import (
    Customer,
    Dispute,
    DisputeFreeze,
    DisputeSeat,
    FraudMark,
    Household,
    OwnershipLease,
)
from customers.rules import LIVE, LeaseState
from customers.rules.disputes import DisputeTerms, Origin, Saying, Seat, check_lookback
from customers.services.cases import deciders, party_ids, say, tell_people
from customers.services.leases import known_by, move_lease
from customers.services.people import read_number
from customers.services.reception import the_open_one
from customers.slots import DEALS, Deal
from regulations.queries import terms_for
from salesdept import clock, journal
from salesdept.errors import RuleError, refuse
from salesdept.models import Project, User
from salesdept.verbs import locked, service

ALREADY = RuleError("dispute_open", "这位客户的归属已在争议中", "拟:own.lookback", "等裁决结果")
REFUSALS = {"one_open_dispute_per_customer": ALREADY}


@service
def file_dispute(
    *,
    actor: User,
    project: Project,
    phone: str,
    claim: str,
    reception_id: int | None,
    now: datetime,
    idempotency_key: str | None = None,
) -> Dispute:
    """Claim a customer that a look-up showed as another's; the leases freeze until the ruling."""
    access.may_dispute(actor).or_raise()
    the_open_one(actor, project, reception_id, None)
    customer = known_by(read_number(phone), project)
    lease = _anothers_lease(customer, actor) if customer else None
    if customer is None or lease is None:
        raise RuleError("nothing_to_dispute", "这个号码现在不归别人", "拟:own.match", "重新查重后直接登记")
    deal = _deal_of(customer) if lease.state == LeaseState.LOCKED else None
    return _open_case(actor, customer, lease.rep_id, Origin.LOOKUP, claim, deal, now)


@service
def file_customer_dispute(
    *, actor: User, customer_id: int, claim: str, now: datetime, idempotency_key: str | None = None
) -> Dispute:
    """Claim from a file the actor may open: somebody else holds a lease in its household."""
    access.may_dispute(actor).or_raise()
    customer = Customer.objects.visible_to(actor).get(pk=customer_id)
    lease = _anothers_lease(customer, actor)
    if lease is None:
        raise RuleError(
            "nothing_to_dispute", "这个客户组里没有别人的归属", "拟:own.match", "有人已成交时，按房号提出"
        )
    return _open_case(actor, lease.customer, lease.rep_id, Origin.FILE, claim, None, now)


@service
def file_deal_dispute(
    *,
    actor: User,
    project: Project,
    room: str,
    claim: str,
    now: datetime,
    idempotency_key: str | None = None,
) -> Dispute:
    """Claim a sale by its room, within the term after the deal (拟:own.lookback)."""
    access.may_dispute(actor).or_raise()
    deal = _deal_of_room(project, room)
    if deal.rep_id == actor.pk:
        raise RuleError("nothing_to_dispute", "这套房由你成交", "拟:own.basis", "别人提出争议时你会收到通知")
    customer = Customer.objects.get(pk=deal.customer_id)
    return _open_case(actor, customer, deal.rep_id, Origin.DEAL, claim, deal, now)


@service
def mark_fraud(
    *,
    actor: User,
    project: Project,
    room: str,
    reason: str,
    now: datetime,
    idempotency_key: str | None = None,
) -> FraudMark:
    """经理认定舞弊: claims on the room's customer are taken after the term (拟:own.lookback)."""
    access.may_mark_fraud(actor).or_raise()
    deal = _deal_of_room(project, room)
    if actor.pk == deal.rep_id:
        raise RuleError(
            "own_dispute", "不能认定自己成交的房源", "拟:sys.two_persons", "请另一位经理或总监认定"
        )
    if not reason.strip():
        raise RuleError("reason_needed", "认定舞弊须写明理由", "拟:own.lookback", "写明发现了什么")
    mark = FraudMark.objects.create(
        project=project, customer_id=deal.customer_id, by=actor, at=now, reason=reason.strip()[:500]
    )
    journal.record(actor, "customers.dispute.fraud_marked", mark, happened_at=now, reason=reason)
    return mark


def _anothers_lease(customer: Customer, actor: User) -> OwnershipLease | None:
    """The live lease of somebody else: the customer's own before the household's earliest."""
    rows = OwnershipLease.objects.filter(
        customer__household=customer.household_id, state__in=LIVE
    ).select_related("customer")
    others = [lease for lease in rows.order_by("started_at", "pk") if lease.rep_id != actor.pk]
    return next((lease for lease in others if lease.customer_id == customer.pk), next(iter(others), None))


def _deal_of(customer: Customer) -> Deal | None:
    """The newest sale to the customer's household."""
    ids = list(Customer.objects.filter(household=customer.household_id).values_list("pk", flat=True))
    deals = [deal for source in DEALS for deal in source.of_customers(ids)]
    return max(deals, key=lambda deal: deal.on, default=None)


def _deal_of_room(project: Project, room: str) -> Deal:
    found = (source.of_room(project.pk, room.strip()) for source in DEALS)
    deal = next((deal for deal in found if deal is not None), None)
    if deal is None:
        raise RuleError("no_such_deal", "没有找到这套房的认购", "拟:own.lookback", "核对房号，如 2-1503")
    return deal


def _open_case(
    actor: User,
    customer: Customer,
    owner_id: int,
    origin: Origin,
    claim: str,
    deal: Deal | None,
    now: datetime,
) -> Dispute:
    """Insert the case with its seats, freeze the household's leases, tell everybody concerned."""
    if not claim.strip():
        raise RuleError("claim_needed", "争议须写明主张", "拟:own.basis", "写明你何时接待过、凭什么")
    locked(Household.objects.all(), customer.household_id)
    leases = _live_leases(customer)
    if any(lease.state == LeaseState.FROZEN for lease in leases):
        raise ALREADY
    fraud = _within_lookback(customer, deal, now) if deal else None
    dispute = _insert(
        Dispute(
            project_id=customer.project_id,
            customer=customer,
            origin=origin,
            filed_by=actor,
            owner_id=owner_id,
            claim=claim.strip()[:500],
            filed_at=now,
            deal_ref=deal.ref if deal else "",
            deal_label=deal.label if deal else "",
            deal_on=deal.on if deal else None,
            closer_id=deal.rep_id if deal else None,
            fraud=fraud,
        )
    )
    _seat(dispute, [lease.rep_id for lease in leases])
    _freeze(dispute, leases)
    say(dispute, actor, Saying.CLAIM, claim, now)
    journal.record(actor, "customers.dispute.filed", dispute, happened_at=now, owner=owner_id)
    words = f"{actor.name} 对 {customer} 的归属提出争议"
    tell_people(dispute, [*party_ids(dispute), *deciders(dispute)], words, "filed", now, but=actor.pk)
    return dispute


def _live_leases(customer: Customer) -> list[OwnershipLease]:
    rows = OwnershipLease.objects.filter(customer__household=customer.household_id, state__in=LIVE)
    return list(rows.order_by("started_at", "pk"))


def _within_lookback(customer: Customer, deal: Deal, now: datetime) -> FraudMark | None:
    today = clock.business_date(now)
    mark = FraudMark.objects.filter(customer=customer, at__gte=clock.at(deal.on)).order_by("-pk").first()
    terms = terms_for(DisputeTerms, on=today, project=customer.project_id)
    check_lookback(deal.on, today, terms, fraud=mark is not None)
    return mark


def _insert(dispute: Dispute) -> Dispute:
    try:
        with transaction.atomic():
            dispute.save()
    except IntegrityError as error:
        raise refuse(error, REFUSALS) from error
    return dispute


def _seat(dispute: Dispute, others: Iterable[int]) -> None:
    """The principals, and every other rep with a lease in the household."""
    people = {dispute.filed_by_id: Seat.CLAIMANT, dispute.owner_id: Seat.OWNER}
    for rep in others:
        people.setdefault(rep, Seat.OTHER)
    DisputeSeat.objects.bulk_create(
        DisputeSeat(dispute=dispute, person_id=person, kind=kind) for person, kind in people.items()
    )


def _freeze(dispute: Dispute, leases: Sequence[OwnershipLease]) -> None:
    for lease in leases:
        DisputeFreeze.objects.create(dispute=dispute, lease=lease, was=lease.state)
        move_lease(lease, LeaseState.FROZEN)
