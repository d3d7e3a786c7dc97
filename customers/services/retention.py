"""到期匿名: personal data of people who did not buy is blanked after the term; figures stay."""

from datetime import date, datetime

from django.db.models import CharField, F, Q, Value
from django.db.models.functions import Cast, Concat

from customers.models import (
    Call,
    ChannelFiling,
    Customer,
    Feedback,
    FollowUp,
    Kinship,
    Loss,
    NameGram,
    Namesake,
    Phone,
    Referral,
    SelfFill,
    SlipCorrection,
    Visit,
    Visitor,
    VisitPlan,
)
from customers.queries.households import with_merged
from customers.queries.retention import due_files, without_deal
from customers.rules.households import RetentionTerms, months_before
from regulations.queries import terms_for
from salesdept import clock, journal
from salesdept.models import Project, User
from salesdept.verbs import service

BATCH = 200
GONE = "已匿名"
BLANK = {
    "name": GONE,
    "full_name": "",
    "pinyin": "",
    "initials": "",
    "aliases": "",
    "phone_masked": "",
    "want_area": "",
    "budget_text": "",
    "note": "",
    "last_note": "",
    "identity_no": "",
    "identity_index": "",
    "identity_tail": "",
}


@service
def anonymise_due(
    *, actor: User | None, project: Project, now: datetime, after: int = 0, idempotency_key: str | None = None
) -> int:
    """Blank the next files after a key, at most 200; returns the last key looked at, 0 when none is left.

    Does nothing while `RetentionTerms.switched_on` is off. What a deal is built on is kept.
    """
    today = clock.business_date(now)
    if not terms_for(RetentionTerms, on=today, project=project).switched_on:
        return 0
    keys = list(due_files(project, today).filter(pk__gt=after).values_list("pk", flat=True)[:BATCH])
    free = without_deal(keys)
    people = list(Customer.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=free))
    _blank([key for person in people for key in with_merged(person)], now)
    journal.record_many(actor, "customers.customer.anonymised", people, happened_at=now)
    return keys[-1] if keys else 0


def _blank(keys: list[int], now: datetime) -> None:
    """Files, numbers, name pieces and what was written in words about these people."""
    if not keys:
        return
    _blank_introductions(keys)
    NameGram.objects.filter(customer__in=keys).delete()
    Phone.objects.filter(customer__in=keys).delete()
    Namesake.objects.filter(Q(first__in=keys) | Q(second__in=keys)).delete()
    Kinship.objects.filter(customer__in=keys).update(proof="")
    _blank_registers(keys)
    Feedback.objects.filter(customer__in=keys).update(customer_name=GONE)
    people = Customer.everyone.filter(pk__in=keys)
    people.update(**BLANK, anonymised_at=now, version=F("version") + 1)


def _blank_introductions(keys: list[int]) -> None:
    """Filings and referrals of these numbers keep who introduced whom when, not whom."""
    numbers = list(Phone.objects.filter(customer__in=keys).values_list("number", flat=True))
    nobody = Concat(Value("x"), Cast("pk", CharField()))
    filings = ChannelFiling.objects.filter(Q(customer__in=keys) | Q(number__in=numbers))
    filings.update(name=GONE, number=nobody, head="", tail="", note="")
    Referral.objects.filter(number__in=numbers).update(name=GONE, number=nobody, note="")


def _blank_registers(keys: list[int]) -> None:
    SlipCorrection.objects.filter(visit__customer__in=keys).update(old={}, new={})
    SlipCorrection.objects.filter(call__customer__in=keys).update(old={}, new={})
    SelfFill.objects.filter(visit__customer__in=keys).update(signed_name="", strokes=[])
    words = {"note": "", "promise": ""}
    person = dict.fromkeys(("relation", "district", "occupation", "focus", "doubts"), "")
    Loss.objects.filter(customer__in=keys).update(note="")
    VisitPlan.objects.filter(customer__in=keys).update(purpose="")
    Visit.objects.filter(customer__in=keys).update(**words, **person)
    Call.objects.filter(customer__in=keys).update(**words)
    FollowUp.objects.filter(customer__in=keys).update(content=GONE, promise="", proof="")


@service
def forget_visitors(
    *, actor: User | None, project: Project, now: datetime, idempotency_key: str | None = None
) -> int:
    """来客 of before the term lose name, firm and purpose; returns how many. Nothing while switched off."""
    today = clock.business_date(now)
    terms = terms_for(RetentionTerms, on=today, project=project)
    if not terms.switched_on:
        return 0
    before = clock.at(months_before(today, terms.months))
    old = Visitor.objects.filter(project=project, arrived_at__lt=before).exclude(name=GONE)
    people = list(old.select_for_update(of=("self",), no_key=True).order_by("pk")[:BATCH])
    Visitor.objects.filter(pk__in=[person.pk for person in people]).update(name=GONE, firm="", purpose=GONE)
    journal.record_many(actor, "customers.visitor.anonymised", people, happened_at=now)
    return len(people)


def anonymise(day: date, now: datetime) -> None:
    """The nightly job over every project, in batches. Safe to repeat."""
    for project in Project.objects.order_by("pk"):
        while forget_visitors(actor=None, project=project, now=now):
            continue
        after = 0
        while after := anonymise_due(actor=None, project=project, now=now, after=after):
            continue
