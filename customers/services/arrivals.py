"""What a registered visit means for a referral, a filing and other sites: noted when the guest is known."""

from datetime import datetime
from typing import Any

from customers.models import ChannelFiling, CrossSiteFlag, Customer, OwnershipLease, Phone, Referral
from customers.queries.channels import local
from customers.rules import LIVE
from customers.rules.channels import HAS_ARRIVED, ChannelTerms
from customers.rules.referrals import BOUGHT, ReferralState, ReferralTerms, judge_referral
from customers.services.channel_steps import move_referral
from regulations.queries import terms_and_version, terms_for
from regulations.rules import Verdicts
from regulations.services import record_decision
from salesdept import clock, journal
from salesdept.models import Project, User


def note_arrival(*, actor: User, customer: Customer, number: str, came: datetime, now: datetime) -> None:
    """Part of registering a visit, in its transaction: link what brought the guest, flag other sites."""
    filings = ChannelFiling.objects.filter(project=customer.project_id, number=number, customer__isnull=True)
    filings.filter(state__in=HAS_ARRIVED).update(customer=customer)
    waiting = Referral.objects.filter(
        project=customer.project_id, number=number, state=ReferralState.VALID, first_visit_at__isnull=True
    )
    referral = waiting.select_for_update(of=("self",), no_key=True).select_related("referrer").first()
    if referral is not None:
        _receive(referral, customer, actor, came, now)
    flag_other_sites(actor=actor, customer=customer, number=number, now=now)


def _receive(referral: Referral, friend: Customer, actor: User, came: datetime, now: datetime) -> None:
    """The friend's first visit: the referral holds, or ends with its reason."""
    referral.first_visit_at = came
    referral.referee = friend if friend.pk != referral.referrer_id else None
    verdicts, stored = decide_referral(referral, friend, came)
    result = verdicts.result
    move_referral(referral, ReferralState(result["state"]), actor, now, result["reason"])
    terms, version = stored
    record_decision(verdicts, referral, actor=actor, now=now, terms=terms, version=version)


def decide_referral(
    referral: Referral, friend: Customer | None, came: datetime | None = None
) -> tuple[Verdicts, tuple[Any, Any]]:
    """What the rules say of a referral, with the terms of its day and their version."""
    on = clock.business_date(referral.filed_at)
    terms, version = terms_and_version(ReferralTerms, on=on, project=referral.project_id)
    inputs = {
        "filed_at": local(referral.filed_at),
        "filed_on": on.isoformat(),
        "registered_at": local(friend.first_contact_at) if friend else "",
        "first_visit_at": local(came),
        "first_visit_on": clock.business_date(came).isoformat() if came else "",
        "in_person": referral.in_person,
        "bought": referral.referrer.stage in BOUGHT,
        "same_home": friend is not None and friend.household_id == referral.referrer.household_id,
    }
    return judge_referral(inputs, terms), (terms, version)


def flag_other_sites(*, actor: User | None, customer: Customer, number: str, now: datetime) -> None:
    """A flag when the number is somebody's on another site today (拟:own.cross_site), unless switched off."""
    terms = terms_for(ChannelTerms, on=clock.business_date(now), project=customer.project_id)
    if not terms.cross_site:
        return
    homes = Phone.objects.live().filter(number=number).exclude(project=customer.project_id)
    leases = OwnershipLease.objects.filter(
        customer__household__in=homes.values("household"), state__in=LIVE
    ).select_related("project", "rep")
    for lease in leases[:5]:
        _flag(customer, CrossSiteFlag.Kind.LEASE, lease.project, lease.rep, actor, now)


def _flag(
    customer: Customer,
    kind: str,
    other: Project,
    rep: User,
    actor: User | None,
    now: datetime,
    note: str = "",
) -> CrossSiteFlag:
    row, made = CrossSiteFlag.objects.get_or_create(
        customer=customer,
        other_rep=rep,
        kind=kind,
        defaults={
            "project_id": customer.project_id,
            "other_project": other,
            "flagged_at": now,
            "flagged_by": actor,
            "note": note[:200],
        },
    )
    if made:
        journal.record(actor, "customers.cross_site.flagged", row, happened_at=now, kind=kind, reason=note)
    return row


def flag_named(
    *, customer: Customer, other: Project, rep: User, actor: User, now: datetime, note: str
) -> CrossSiteFlag:
    """The guest names somebody of another site."""
    return _flag(customer, CrossSiteFlag.Kind.NAMED, other, rep, actor, now, note)
