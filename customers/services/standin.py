"""代接卡: what a stand-in may know while a colleague's guest is here, and what is written for the owner."""

from datetime import date, datetime

from customers import access
from customers.models import Customer, FollowUp, Reception, StandInCard
from customers.rules import Answer, FollowMethod
from customers.rules.followups import FollowResult
from customers.services.leases import known_by, tell
from customers.services.lookup import at_the_door
from customers.services.people import live_customer, next_follow_on, read_number
from customers.services.reception import the_open_one
from salesdept import clock, journal
from salesdept.errors import RuleError
from salesdept.models import Project, Reveal, User
from salesdept.services.privacy import note_look
from salesdept.verbs import locked, save_versioned, service

NOT_OWNED = RuleError("not_owned", "这个号码不是同事的客户，不用代接卡", "S135", "按查重结果登记")


@service
def open_stand_in(
    *,
    actor: User,
    project: Project,
    phone: str,
    reception_id: int | None,
    now: datetime,
    idempotency_key: str | None = None,
) -> StandInCard:
    """Open the card of a colleague's guest at the own table (S135, S136); registered as a look.

    It closes with the reception. Raises RuleError `no_reception`, `phone_invalid`, `not_owned`.
    """
    access.may_register(actor).or_raise()
    reception = the_open_one(actor, project, reception_id, None)
    customer, owner_id = _colleagues(read_number(phone), reception)
    card, fresh = StandInCard.objects.get_or_create(
        reception=reception,
        customer=customer,
        defaults={"standin": reception.rep, "owner_id": owner_id, "opened_at": now},
    )
    note_look(actor=actor, target=customer, field="standin", kind=Reveal.Kind.LOOKUP, now=now)
    if fresh:
        journal.record(actor, "customers.standin.opened", card, happened_at=now, standin=reception.rep_id)
    return card


def _colleagues(number: str, reception: Reception) -> tuple[Customer, int]:
    """A known customer whose lease holds and who is received by another. Raises `not_owned` otherwise."""
    customer = known_by(number, reception.project)
    if customer is None:
        raise NOT_OWNED
    result = at_the_door(customer, number, reception)
    if not result["standin"] or result["answer"] == Answer.DISPUTED:
        raise NOT_OWNED
    return customer, result["owner"]


@service
def note_for_owner(
    *,
    actor: User,
    card_id: int,
    content: str,
    now: datetime,
    promise: str = "",
    idempotency_key: str | None = None,
) -> FollowUp:
    """What the stand-in did and promised, onto the owner's timeline; the lease stays as it is."""
    card = locked(StandInCard.objects.visible_to(actor), card_id)
    if not content.strip():
        raise RuleError("content_needed", "写一句接待了什么", "S35", "写一句客户怎么说")
    customer = live_customer(card.customer_id)
    row = FollowUp.objects.create(
        project_id=customer.project_id,
        customer=customer,
        by=actor,
        method=FollowMethod.MEETING,
        outcome=FollowResult.MET,
        effective=False,
        content=content.strip()[:500],
        promise=promise.strip()[:200],
        next_on=_next(customer, clock.business_date(now)),
        happened_at=now,
    )
    customer.last_note = row.content[:200]
    save_versioned(customer, "last_note")
    journal.record(actor, "customers.standin.noted", row, happened_at=now, promised=bool(row.promise))
    title, url = f"{actor.name} 代接了你的客户 {customer}，留了话", f"/customers/{customer.pk}/"
    tell(card.owner_id, title, f"standin-note:{row.pk}", url, "S135", now)
    return row


def _next(customer: Customer, today: date) -> date:
    """The owner's own plan stays."""
    return customer.next_follow_on or next_follow_on(customer.grade, today, customer.project_id)
