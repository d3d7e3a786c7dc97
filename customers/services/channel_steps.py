"""How filings and referrals move: one step, its reason, its journal row. Used wherever a deal moves."""

from datetime import datetime

from customers.models import ChannelFiling, Customer, Referral
from customers.rules import Stage
from customers.rules.channels import FilingReason, FilingState, check_filing_move
from customers.rules.referrals import ReferralReason, ReferralState, check_referral_move
from salesdept import clock, journal
from salesdept.models import User

DEAL_STEPS = {Stage.SUBSCRIBED: FilingState.SUBSCRIBED, Stage.SIGNED: FilingState.SIGNED}
BACK = (Stage.VISITED, Stage.REVISITED, Stage.LOST)
IN_DEAL = (FilingState.SUBSCRIBED, FilingState.SIGNED, FilingState.SETTLED)


def move_filing(
    row: ChannelFiling, state: FilingState, actor: User | None, now: datetime, reason: str = ""
) -> None:
    """One step of a locked filing with its journal row. Raises RuleError `filing_move`."""
    check_filing_move(row.state, state)
    old, row.state, row.reason, row.advanced_at = row.state, state, reason, now
    row.save()
    word = FilingReason(reason).label if reason else ""
    journal.record(
        actor, "customers.filing.moved", row, happened_at=now, reason=word, old=old, new=state.value
    )


def move_referral(
    row: Referral, state: ReferralState, actor: User | None, now: datetime, reason: str = ""
) -> None:
    """One step of a locked referral with its journal row. Raises RuleError `referral_move`."""
    check_referral_move(row.state, state)
    old, row.state, row.reason = row.state, state, reason
    row.save()
    word = ReferralReason(reason).label if reason else ""
    journal.record(
        actor, "customers.referral.moved", row, happened_at=now, reason=word, old=old, new=state.value
    )


def advance(customer: Customer, stage: Stage, actor: User | None, now: datetime) -> None:
    """What brought a customer follows the deal: 认购, 签约, and 退房 when it is off."""
    home = customer.household_id
    filings = ChannelFiling.objects.filter(
        customer__household=home, state__in=(FilingState.ARRIVED, *IN_DEAL)
    )
    for filing in filings.select_for_update(of=("self",), no_key=True).order_by("pk"):
        _follow(filing, stage, actor, now)
    open_states = (ReferralState.VISITED, ReferralState.DEAL, ReferralState.REWARDED)
    referrals = Referral.objects.filter(referee__household=home, state__in=open_states)
    for referral in referrals.select_for_update(of=("self",), no_key=True).order_by("pk"):
        if stage == Stage.SIGNED and referral.state == ReferralState.VISITED:
            move_referral(referral, ReferralState.DEAL, actor, now)
        elif stage in BACK and referral.state != ReferralState.VISITED:
            move_referral(referral, ReferralState.CANCELLED, actor, now)


def _follow(filing: ChannelFiling, stage: Stage, actor: User | None, now: datetime) -> None:
    if stage in BACK and filing.state in IN_DEAL:
        move_filing(filing, FilingState.CANCELLED, actor, now)
        return
    wanted = DEAL_STEPS.get(stage)
    if wanted is None or filing.state in (wanted, FilingState.SIGNED, FilingState.SETTLED):
        return
    if filing.state == FilingState.ARRIVED and clock.business_date(now) > filing.deal_by:
        move_filing(filing, FilingState.LAPSED, actor, now, FilingReason.NO_DEAL.value)
        return
    move_filing(filing, wanted, actor, now)
