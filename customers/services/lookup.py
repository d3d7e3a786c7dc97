"""查重: whose a number is, said only as far as the guest at the table needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from customers import access
from customers.models import Customer, QueueEntry, Reception
from customers.queries.numbers import people_of_number, why_public
from customers.rules import Answer, Contact, Grade, QueueState, TurnKind
from customers.rules.households import LookupTerms
from customers.services.leases import decide
from customers.services.reception import the_open_one
from regulations.queries import terms_for
from salesdept import clock
from salesdept.errors import RuleError
from salesdept.formats import phone_mask
from salesdept.models import Project, Reveal, User
from salesdept.rules import Message, Role
from salesdept.services.privacy import note_look
from salesdept.services.reminders import notify
from salesdept.text import normalise_phone
from salesdept.verbs import service

PRESENCE = {QueueState.WAITING: "候客中", QueueState.RECEIVING: "接待中"}


@dataclass(frozen=True, slots=True)
class Found:
    """What a look-up may say. Of others' customers only the owner's name and presence."""

    answer: Answer
    number: str = ""  # masked
    problem: str = ""
    owner: str = ""
    presence: str = ""
    customer_id: int | None = None
    name: str = ""
    grade: str = ""
    visits: int = 0
    last_contact_on: date | None = None
    people: tuple[tuple[int, str], ...] = ()  # who may stand at the table, when it is more than one


@service
def lookup(*, actor: User, phone: str, project: Project, reception_id: int | None, now: datetime) -> Found:
    """Whose a number is, said only as far as the guest at the table needs; every look is registered."""
    access.may_register(actor).or_raise()
    reception = the_open_one(actor, project, reception_id, None)
    _within_limit(actor, project, now)
    read = normalise_phone(phone)
    masked = phone_mask(read.number) if read else ""
    note_look(actor=actor, target=reception, field="phone", kind=Reveal.Kind.LOOKUP, now=now, reason=masked)
    if not read:
        return Found(Answer.INVALID, problem=read.problem or "没有填号码")
    if whose := why_public(read.number, project):
        return Found(Answer.INVALID, masked, problem=f"这是公共号码（{whose}），请客户留本人号码")
    return _found(people_of_number(read.number, project), reception, read.number, now)


def _within_limit(actor: User, project: Project, now: datetime) -> None:
    """Stop a person who looks too many numbers up in a day; 经理 and 助理 hear of it before (S30)."""
    today = clock.business_date(now)
    terms = terms_for(LookupTerms, on=today, project=project)
    looks = Reveal.objects.filter(actor=actor, kind=Reveal.Kind.LOOKUP, happened_at__gte=clock.at(today))
    number = looks.count() + 1
    if number > terms.limit:
        raise RuleError(
            "too_many_lookups", f"今天已查重 {terms.limit} 次", "S30", "明天再查，或请助理代为查重登记"
        )
    if number == terms.alarm:
        watchers = User.objects.filter(
            projects=project, is_active=True, role__in=(Role.MANAGER, Role.ASSISTANT)
        )
        title, key = f"{actor.name} 今天查重已到 {number} 次", f"lookups:{actor.pk}:{today}"
        told = [
            Message(user_id=watcher.pk, title=title, key=key, url="/customers/queue/", clause="S30")
            for watcher in watchers.exclude(pk=actor.pk)
        ]
        notify(told, now)


def at_the_door(customer: Customer | None, number: str, reception: Reception) -> Mapping[str, Any]:
    """The result of the decision that saving the register of this reception would make (拟:own.basis).

    Filings and referrals of the number count, and who was asked for by name.
    """
    named = reception.turn == TurnKind.NAMED
    verdicts, _, _ = decide(
        customer=customer,
        rep=reception.rep,
        event=Contact(reception.kind),
        on=clock.business_date(reception.started_at),
        grade=Grade.B,
        project=reception.project,
        asked_for=reception.rep_id if named else None,
        number=number,
        at=reception.started_at,
    )
    return verdicts.result


def _found(people: Sequence[Customer], reception: Reception, number: str, now: datetime) -> Found:
    customer, masked = (people[0] if people else None), phone_mask(number)
    result = at_the_door(customer, number, reception)
    answer = Answer(result["answer"])
    if answer == Answer.DISPUTED:
        return Found(answer, masked)
    if result["standin"]:
        owner = User.objects.get(pk=result["owner"])
        return Found(Answer.OWNED, masked, owner=owner.name, presence=presence(owner, reception.project, now))
    if answer == Answer.NEW or customer is None:
        return Found(Answer.NEW, masked)
    return Found(
        answer,
        masked,
        customer_id=customer.pk,
        name=str(customer),
        grade=customer.grade,
        visits=customer.visit_count,
        last_contact_on=clock.business_date(customer.last_contact_at) if customer.last_contact_at else None,
        people=tuple((person.pk, str(person)) for person in people) if len(people) > 1 else (),
    )


def presence(rep: User, project: Project, now: datetime) -> str:
    """候客中, 接待中 or 不在: all that others may know of an owner."""
    if Reception.objects.filter(
        rep=rep, ended_at__isnull=True, started_at__gte=clock.at(clock.business_date(now))
    ):
        return "接待中"
    day = clock.business_date(now)
    entry = QueueEntry.objects.filter(rep=rep, project=project, day=day).first()
    return PRESENCE.get(QueueState(entry.state), "不在") if entry else "不在"
