"""老带新: filed from the referrer's file, the absent owner told, the reward marked."""

from datetime import datetime

from django.db import IntegrityError, transaction

from customers import access
from customers.models import Customer, Referral
from customers.rules.referrals import ReferralState
from customers.services.arrivals import decide_referral
from customers.services.channel_steps import move_referral
from customers.services.leases import known_by, tell
from customers.services.people import read_name, read_number
from regulations.services import record_decision
from salesdept import journal
from salesdept.errors import RuleError, refuse
from salesdept.formats import phone_mask
from salesdept.models import Reveal, User
from salesdept.services.privacy import note_look
from salesdept.verbs import locked, service

REFUSALS = {
    "one_referral_holds_a_number": RuleError(
        "referral_taken",
        "这位客户已有有效的老带新登记",
        "拟:ref.must_first_visit",
        "先登记者有效；有异议的，请走归属争议",
    )
}


@service
def file_referral(
    *,
    actor: User,
    referrer_id: int,
    name: str,
    phone: str,
    now: datetime,
    named: bool = True,
    in_person: bool = True,
    note: str = "",
    idempotency_key: str | None = None,
) -> Referral:
    """登记老带新 from the referrer's file, judged at once; an invalid one is kept with its reason.

    Raises RuleError `referral_taken`, `phone_invalid`, `name_needed`, or Denied.
    """
    referrer = Customer.objects.visible_to(actor).select_related("project", "owner").get(pk=referrer_id)
    access.may_refer(actor).or_raise()
    number = read_number(phone)
    referral = Referral(
        project=referrer.project,
        referrer=referrer,
        owner=referrer.owner,
        name=read_name(name),
        number=number,
        named=named,
        in_person=in_person,
        note=note.strip()[:200],
        filed_at=now,
        filed_by=actor,
    )
    # What comes back says whether a number is in the book: a look like any other (S30).
    shown = phone_mask(number)
    note_look(actor=actor, target=referrer, field="phone", kind=Reveal.Kind.LOOKUP, now=now, reason=shown)
    friend = known_by(number, referrer.project)
    verdicts, (terms, version) = decide_referral(referral, friend)
    referral.state, referral.reason = verdicts.result["state"], verdicts.result["reason"]
    referral.referee = friend if friend is not None and friend.pk != referrer.pk else None
    try:
        with transaction.atomic():
            referral.save()
    except IntegrityError as error:
        raise refuse(error, REFUSALS) from error
    record_decision(verdicts, referral, actor=actor, now=now, terms=terms, version=version)
    journal.record(
        actor, "customers.referral.filed", referral, happened_at=now, state=referral.state, named=named
    )
    return referral


@service
def tell_owner(
    *, actor: User, referral_id: int, now: datetime, idempotency_key: str | None = None
) -> Referral:
    """已通知: the named owner who is away hears that the friend is here (拟:ref.absent)."""
    referral = locked(Referral.objects.visible_to(actor), referral_id)
    access.may_refer(actor).or_raise()
    if referral.owner_id is None:
        raise RuleError("no_owner", "推荐人现在没有归属代表", "拟:ref.unnamed", "按轮次接待")
    if referral.owner_told_at is not None:
        return referral
    referral.owner_told_at = now
    referral.save(update_fields=["owner_told_at"])
    title = f"老带新客户到访：{referral.name}，由同事义务接待"
    url = f"/customers/{referral.referrer_id}/"
    tell(referral.owner_id, title, f"referral:{referral.pk}:told", url, "拟:ref.absent", now)
    journal.record(actor, "customers.referral.owner_told", referral, happened_at=now)
    return referral


@service
def reward_referral(
    *, actor: User, referral_id: int, now: datetime, idempotency_key: str | None = None
) -> Referral:
    """已奖励: only after the friend's deal."""
    access.may_settle_filing(actor).or_raise()
    referral = locked(Referral.objects.filter(project__in=actor.projects.all()), referral_id)
    if referral.state != ReferralState.DEAL:
        raise RuleError("referral_move", "成交之后才能奖励", "拟:ref.chain", "等被推荐人签约后再办")
    move_referral(referral, ReferralState.REWARDED, actor, now)
    return referral
