"""裁决, 签收, 申诉, 执行 and 关闭 of a disputed ownership."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import IntegrityError, transaction

from customers import access, rules
from customers.models import (
    Customer,
    Dispute,
    DisputeRuling,
    DisputeSeat,
    Household,
    OwnershipLease,
    RulingReceipt,
    RulingShare,
)
from customers.models.rulings import FINAL, FIRST
from customers.queries.disputes import ruling_facts
from customers.rules import LIVE, LeaseBasis, LeaseState
from customers.rules.disputes import (
    DisputeState,
    Saying,
    Seat,
    appeal_until,
    check_appeal,
    check_mediated,
    check_verdict,
)
from customers.services.cases import directors, party_ids, say, tell_people, terms_of, the_case
from customers.services.leases import end_lease, last_day_of, live_lease, move_lease, open_lease
from customers.slots import RULING_EFFECTS
from regulations.models import Decision
from salesdept import clock, journal
from salesdept.errors import RuleError, refuse
from salesdept.models import User
from salesdept.verbs import locked, service

OWN = RuleError("own_dispute", "当事人不能裁决自己的争议", "拟:sys.two_persons", "请另一位经理或总监裁决")
ONCE = RuleError("dispute_closed", "这件争议已裁决", "S75", "不服裁决的当事人在申诉期内申诉")
SIGNED = RuleError("already_signed", "你已签收这份裁决", "S75", "不服裁决的在申诉期内申诉")
REFUSALS = {
    "a_party_never_sits_in_judgement": OWN,
    "a_party_never_rules": OWN,
    "a_ruling_is_no_partys": OWN,
    "a_dispute_is_ruled_once_a_round": ONCE,
    "a_party_signs_a_ruling_once": SIGNED,
}
ADOPTED = "登记、证据与条款清楚，采纳系统建议"


@service
def rule_dispute(
    *,
    actor: User,
    dispute_id: int,
    now: datetime,
    owner_id: int | None = None,
    shares: Sequence[tuple[int, int]] | None = None,
    clause: str = "",
    reason: str = "",
    idempotency_key: str | None = None,
) -> Dispute:
    """裁决 by 经理: the suggestion as it is (without `owner_id`), or an own one with clause and reason.

    `shares` are (person, basis points). Executed when all parties accept it or the term of appeal is over.
    """
    states = [DisputeState.ACCEPTED, DisputeState.MEDIATING]
    dispute = the_case(actor, dispute_id, states, DisputeState.RULED)
    access.may_rule(actor, dispute).or_raise()
    terms = terms_of(dispute, now)
    check_mediated(dispute.state, terms)
    dispute.appeal_until = appeal_until(clock.business_date(now), terms)
    dispute.state = DisputeState.RULED
    ruling = _decide(dispute, actor, owner_id, shares, clause, reason, now, FIRST)
    journal.record(
        actor,
        "customers.dispute.ruled",
        dispute,
        happened_at=now,
        reason=ruling.reason,
        owner=ruling.owner_id,
        deviates=ruling.deviates,
    )
    tell_people(dispute, party_ids(dispute), "归属争议已裁决，请签收", "ruled", now)
    return dispute


@service
def rule_appeal(
    *,
    actor: User,
    dispute_id: int,
    now: datetime,
    owner_id: int | None = None,
    shares: Sequence[tuple[int, int]] | None = None,
    clause: str = "",
    reason: str = "",
    idempotency_key: str | None = None,
) -> Dispute:
    """申诉裁决 by another person than the first: final, executed in the same transaction."""
    dispute = the_case(actor, dispute_id, [DisputeState.APPEALED], DisputeState.EXECUTED)
    access.may_hear(actor, dispute).or_raise()
    ruling = _decide(dispute, actor, owner_id, shares, clause, reason, now, FINAL)
    journal.record(
        actor,
        "customers.dispute.appeal_ruled",
        dispute,
        happened_at=now,
        reason=ruling.reason,
        owner=ruling.owner_id,
        deviates=ruling.deviates,
    )
    _execute(dispute, ruling, actor, now)
    return dispute


def _decide(
    dispute: Dispute,
    actor: User,
    owner_id: int | None,
    shares: Sequence[tuple[int, int]] | None,
    clause: str,
    reason: str,
    now: datetime,
    instance: int,
) -> DisputeRuling:
    """The ruling's row with its shares and the judge's seat, checked against parties and suggestion."""
    suggestion = the_suggestion(dispute)
    ruled = (
        owner_id or suggestion.result["owner"],
        sorted((rep, bp) for rep, bp in (shares or suggestion.result["shares"])),
    )
    deviates = ruled != (suggestion.result["owner"], sorted(map(tuple, suggestion.result["shares"])))
    if not deviates:
        clause, reason = clause or f"拟:{suggestion.result['rule']}", reason or ADOPTED
    check_verdict(party_ids(dispute), ruled[0], ruled[1], actor.pk, clause, reason)
    seat = Seat.JUDGE if instance == FIRST else Seat.APPEAL_JUDGE
    dispute.ruled_by, dispute.ruled_for_id = actor, ruled[0]
    dispute.ruled_at, dispute.ruling = now, reason.strip()[:500]
    try:
        with transaction.atomic():
            DisputeSeat.objects.create(dispute=dispute, person=actor, kind=seat)
            ruling = DisputeRuling.objects.create(
                dispute=dispute,
                round=instance,
                by=actor,
                at=now,
                owner_id=ruled[0],
                clause=clause.strip()[:60],
                reason=reason.strip()[:500],
                deviates=deviates,
                suggestion=suggestion,
                evidence=dispute.packs.latest("pk"),
                claimant_id=dispute.filed_by_id,
                respondent_id=dispute.owner_id,
            )
            dispute.save()
    except IntegrityError as error:
        raise refuse(error, REFUSALS) from error
    RulingShare.objects.bulk_create(
        RulingShare(ruling=ruling, rep_id=rep, share_bp=bp) for rep, bp in ruled[1]
    )
    return ruling


def the_suggestion(dispute: Dispute) -> Decision:
    """The newest ruling the regulation suggests for a case."""
    found = Decision.objects.filter(kind=rules.disputes.KIND, subject=journal.label(dispute))
    return found.latest("pk")


@service
def sign_ruling(
    *,
    actor: User,
    dispute_id: int,
    accepts: bool,
    now: datetime,
    idempotency_key: str | None = None,
) -> RulingReceipt:
    """签收: a party has read the ruling. When all parties accept the first one, it is executed at once."""
    states = [DisputeState.RULED, DisputeState.APPEALED, DisputeState.EXECUTED]
    dispute = the_case(actor, dispute_id, states, DisputeState.CLOSED)
    access.may_sign_ruling(actor, dispute).or_raise()
    ruling = dispute.rulings.latest("pk")
    try:
        with transaction.atomic():
            receipt = RulingReceipt.objects.create(ruling=ruling, person=actor, accepts=accepts, at=now)
    except IntegrityError as error:
        raise refuse(error, REFUSALS) from error
    journal.record(actor, "customers.dispute.signed", dispute, happened_at=now, accepts=accepts)
    agreed = ruling.receipts.filter(accepts=True).count() == len(party_ids(dispute))
    if dispute.state == DisputeState.RULED and agreed:
        _execute(dispute, ruling, actor, now)
    return receipt


@service
def appeal_dispute(
    *, actor: User, dispute_id: int, reason: str, now: datetime, idempotency_key: str | None = None
) -> Dispute:
    """申诉 until the last day of the term, that day included; the ruling is not executed meanwhile."""
    dispute = the_case(actor, dispute_id, [DisputeState.RULED], DisputeState.APPEALED)
    access.may_appeal(actor, dispute).or_raise()
    ruling = dispute.rulings.latest("pk")
    if ruling.receipts.filter(person=actor, accepts=True).exists():
        raise RuleError("appeal_waived", "你签收时已服从裁决", "S75", "裁决按期执行")
    if dispute.appeal_until:
        check_appeal(dispute.appeal_until, clock.business_date(now))
    say(dispute, actor, Saying.APPEAL, reason, now)
    dispute.state, dispute.appealed_by, dispute.appealed_at = DisputeState.APPEALED, actor, now
    dispute.save(update_fields=["state", "appealed_by", "appealed_at"])
    journal.record(actor, "customers.dispute.appealed", dispute, happened_at=now)
    people = [*party_ids(dispute), ruling.by_id, *directors(dispute)]
    tell_people(dispute, people, f"{actor.name} 对归属裁决提出申诉", "appealed", now, but=actor.pk)
    return dispute


@service
def execute_dispute(
    *, actor: User | None, dispute_id: int, now: datetime, idempotency_key: str | None = None
) -> Dispute:
    """执行 a ruling whose term of appeal is over; by hand or by the nightly job (without an actor)."""
    dispute = the_case(actor, dispute_id, [DisputeState.RULED], DisputeState.EXECUTED)
    access.may_finish(actor, dispute).or_raise()
    until = dispute.appeal_until
    if until is not None and clock.business_date(now) <= until:
        raise RuleError(
            "appeal_running",
            f"申诉期到 {until.isoformat()} 为止",
            "S75",
            "期满自动执行，各方都服从时立即执行",
        )
    _execute(dispute, dispute.rulings.latest("pk"), actor, now)
    return dispute


def execute_due(day: date, now: datetime) -> None:
    """Every ruling whose term of appeal was over before `day`. Safe to repeat."""
    due = Dispute.objects.filter(state=DisputeState.RULED, appeal_until__lt=day)
    for pk in due.order_by("pk").values_list("pk", flat=True):
        execute_dispute(actor=None, dispute_id=pk, now=now)


@service
def close_dispute(
    *,
    actor: User,
    dispute_id: int,
    now: datetime,
    note: str = "",
    idempotency_key: str | None = None,
) -> Dispute:
    """关闭 once all parties have signed; where one refuses to, the note says so."""
    dispute = the_case(actor, dispute_id, [DisputeState.EXECUTED], DisputeState.CLOSED)
    access.may_finish(actor, dispute).or_raise()
    signed = dispute.rulings.latest("pk").receipts.count()
    if signed < len(party_ids(dispute)) and not note.strip():
        raise RuleError("unsigned", "还有当事人没有签收裁决", "S75", "请他签收，或写明拒签情况再关闭")
    if note.strip():
        say(dispute, actor, Saying.NOTE, note, now)
    dispute.state, dispute.closed_at = DisputeState.CLOSED, now
    dispute.save(update_fields=["state", "closed_at"])
    journal.record(actor, "customers.dispute.closed", dispute, happened_at=now, reason=note)
    return dispute


# --- execution


def _execute(dispute: Dispute, ruling: DisputeRuling, actor: User | None, now: datetime) -> None:
    """Lease to the ruled owner, shares to what is built on the customers, commission free again."""
    shares = list(ruling.shares.order_by("pk").values_list("rep_id", "share_bp"))
    locked(Household.objects.all(), dispute.customer.household_id)
    _give_leases(dispute, ruling.owner_id, {rep for rep, _ in shares}, now)
    dispute.state, dispute.executed_at = DisputeState.EXECUTED, now
    dispute.save(update_fields=["state", "executed_at"])
    for effect in RULING_EFFECTS:
        effect.apply(ruling_facts(dispute, shares), actor, now)
    journal.record(
        actor, "customers.dispute.executed", dispute, happened_at=now, owner=ruling.owner_id, shares=shares
    )
    tell_people(dispute, party_ids(dispute), "归属裁决已执行", "executed", now)


def _give_leases(dispute: Dispute, owner_id: int, sharing: set[int], now: datetime) -> None:
    """The case's customer goes to the owner; others of the home stay with a rep who has a share."""
    for freeze in dispute.freezes.select_related("lease__customer"):
        lease = OwnershipLease.objects.select_related("customer").get(pk=freeze.lease_id)
        if lease.state != LeaseState.FROZEN:
            continue
        wanted = owner_id if lease.customer_id == dispute.customer_id else None
        if wanted in (None, lease.rep_id) and (wanted or lease.rep_id in sharing):
            move_lease(lease, LeaseState(freeze.was))
        else:
            _move_customer(lease.customer, lease, LeaseState(freeze.was), owner_id, now)
    customer = Customer.objects.get(pk=dispute.customer_id)
    if live_lease(customer) is None:
        _move_customer(customer, None, LeaseState.ACTIVE, owner_id, now)


def _move_customer(
    customer: Customer, lease: OwnershipLease | None, was: LeaseState, owner_id: int, now: datetime
) -> None:
    """End the old lease and open the ruled one; a deposit's lock goes along."""
    person = locked(Customer.objects.all(), customer.pk)
    if lease is not None:
        end_lease(lease, LeaseState.CLOSED, now, "裁决")
    state = was if was in LIVE else LeaseState.ACTIVE
    until = last_day_of(person, LeaseBasis.RULED, clock.business_date(now), owner_id)
    ruled = open_lease(person, owner_id, LeaseBasis.RULED, until, now, state=state)
    if lease is not None and lease.deal_on:
        ruled.deal_on = lease.deal_on
        ruled.save(update_fields=["deal_on"])
    person.owner_id = owner_id
    person.version += 1
    person.save(update_fields=["owner", "version"])
