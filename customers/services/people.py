"""The customer file: creating, editing, grading, and looking at numbers."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Case, When

from customers import access
from customers.models import Customer, Household, NameGram, Phone
from customers.queries.numbers import why_public
from customers.rules import Gender, GradeTerms, RegisterTerms, Stage, bare_name, grams, guess_gender
from customers.rules import reversed_digits as backwards
from customers.rules.households import NumberKind, number_mask
from customers.services.callbacks import plan_stage
from customers.services.channel_changes import check_source
from customers.services.channel_steps import advance
from customers.services.dial_notes import note_dialled
from customers.services.lossrows import end_loss
from customers.services.namesakes import note_namesakes
from regulations.queries import terms_for
from salesdept import clock, journal
from salesdept.errors import RuleError, refuse
from salesdept.formats import phone_mask
from salesdept.models import Project, Reveal, User
from salesdept.services.privacy import note_look
from salesdept.services.reminders import remind
from salesdept.text import clean_name, initials_of, normalise_phone, pinyin_of
from salesdept.verbs import locked, save_versioned, service

NUMBER_TAKEN = RuleError(
    "number_taken",
    "这个号码刚被登记在另一位客户名下",
    "拟:own.match",
    "重新查重，看现在归谁",
)
REFUSALS = {"one_number_leads_to_one_household": NUMBER_TAKEN}
EDITABLE = ("name", "full_name", "gender", "source", "want_layout", "want_area", "budget_text", "note")


def read_number(phone: str) -> str:
    """The normalised number. Raises RuleError with what is wrong about it."""
    found = normalise_phone(phone)
    if not found:
        raise RuleError(
            "phone_invalid", found.problem or "没有填号码", "拟:own.required_fields", "核对后重填"
        )
    return found.number


def read_claimable(phone: str, project: Project | int) -> str:
    """The normalised number of a person. Raises RuleError for a bad one and for 公共号码 (拟:own.match)."""
    number = read_number(phone)
    if whose := why_public(number, project):
        raise RuleError(
            "public_number",
            f"这是公共号码（{whose}），不能认定客户，也不产生归属",
            "拟:own.match",
            "请客户留本人号码；确属客户本人的，请经理从公共号码移除",
        )
    return number


def masked(number: str) -> str:
    """A stored number on screen."""
    return number_mask(number, phone_mask(number))


def read_name(name: str) -> str:
    """A tidy 称呼 of at most 40 characters. Raises RuleError when it says nothing."""
    tidy = clean_name(name)[:40]
    if not any(c.isalnum() for c in tidy):
        raise RuleError("name_needed", "登记须有称呼", "拟:own.required_fields", "至少写姓氏与先生或女士")
    return tidy


def sort_keys(customer: Customer) -> None:
    """Set the pinyin keys of the best-known name."""
    known = customer.full_name or bare_name(customer.name)
    customer.pinyin, customer.initials = pinyin_of(known)[:80], initials_of(known)[:20]


def new_person(
    *,
    project: Project,
    name: str,
    number: str,
    now: datetime,
    owner: User | None = None,
    household: Household | None = None,
    **fields: Any,
) -> Customer:
    """A customer with a household, a number and name index, in the caller's transaction: no lease.

    Raises RuleError `number_taken` when the number already leads to a household of the project.
    """
    customer = Customer(
        project=project, owner=owner, name=name, **{"first_contact_at": now, "last_contact_at": now, **fields}
    )
    customer.gender = customer.gender or guess_gender(name)
    sort_keys(customer)
    customer.phone_masked = masked(number) if number else ""
    customer.household = household or Household.objects.create(project=project, created_at=now)
    customer.save()
    if number:
        attach(customer, number, now)
    index_names(customer)
    note_namesakes(customer, now)
    return customer


def attach(customer: Customer, number: str, now: datetime, *, witness: User | None = None) -> Phone:
    """Give a household a number, or with a witness a 微信号. Raises RuleError when another one has it."""
    try:
        with transaction.atomic():
            return Phone.objects.create(
                project_id=customer.project_id,
                household_id=customer.household_id,
                customer=customer,
                number=number,
                reversed=backwards(number),
                kind=NumberKind.WECHAT if witness else NumberKind.PHONE,
                witness=witness,
                added_at=now,
            )
    except IntegrityError as error:
        raise refuse(error, REFUSALS) from error


def index_names(customer: Customer) -> None:
    """Rebuild the fragments a customer is found by."""
    NameGram.objects.filter(customer=customer).delete()
    wanted = sorted(grams(customer.name, customer.full_name, *customer.aliases.split("、")))
    NameGram.objects.bulk_create([NameGram(gram=gram, customer=customer) for gram in wanted])


def remind_follow_ups(rep_id: int | None, days: Iterable[date]) -> None:
    """One morning digest for a rep and day, however many customers are due."""
    rep = User.objects.filter(pk=rep_id).first() if rep_id else None
    if rep is not None:
        for day in days:
            remind("customers.follow_up", rep, clock.at(day, 8), user=rep)


def plan_follow_up(customer: Customer, next_on: date) -> None:
    """Set the next follow-up on a locked customer (caller saves) and file the owner's digest."""
    customer.next_follow_on = next_on
    remind_follow_ups(customer.owner_id, [next_on])


def next_follow_on(grade: str, today: date, project: Project | int) -> date:
    """The default next follow-up of a grade, counted from today."""
    terms = terms_for(GradeTerms, on=today, project=project)
    return date.fromordinal(today.toordinal() + terms.days(grade))


def check_next_on(next_on: date | None, today: date) -> None:
    if next_on is not None and next_on < today:
        raise RuleError("follow_in_past", "下次跟进不能早于今天", "S26", "改成今天或以后的日期")


def merged_away(customer: Customer) -> RuleError:
    """The refusal of a file that lives on in another one."""
    return RuleError(
        "merged_away",
        "这份档案已并入另一份",
        "拟:own.match",
        "到合并后的档案上操作",
        url=f"/customers/{customer.merged_into_id}/",
    )


def live_customer(customer_id: int, version: int | None = None) -> Customer:
    """A customer locked until commit. Raises RuleError `merged_away` for a file merged into another."""
    customer = locked(Customer.everyone.all(), customer_id, version)
    if customer.merged_into_id:
        raise merged_away(customer)
    return customer


def note_consent(customer: Customer, by: User, now: datetime) -> None:
    """告知信息用途, once, with its time and who told (caller saves)."""
    if not customer.consent:
        customer.consent, customer.consent_at, customer.consent_by = True, now, by


@service
def edit_customer(
    *,
    actor: User,
    customer_id: int,
    version: int,
    changes: dict[str, str],
    now: datetime,
    idempotency_key: str | None = None,
) -> Customer:
    """Change what is known about a customer; numbers, owner and grade have verbs of their own."""
    customer = live_customer(customer_id, version)
    access.may_work_on(actor, customer).or_raise()
    known = {field: value for field, value in changes.items() if field in EDITABLE}
    if "name" in known:
        known["name"] = read_name(known["name"])
    if known.get("gender") and known["gender"] not in Gender.values:
        known["gender"] = ""
    changed = [field for field, value in known.items() if getattr(customer, field) != value]
    if not changed:
        return customer
    if "source" in changed:
        check_source(customer, known["source"], now)
    for field in changed:
        setattr(customer, field, known[field])
    sort_keys(customer)
    save_versioned(customer, *changed, "pinyin", "initials")
    if {"name", "full_name"} & set(changed):
        index_names(customer)
        note_namesakes(customer, now)
    # The journal keeps that a field changed; what it said is personal data.
    journal.record(actor, "customers.customer.edited", customer, happened_at=now, fields=changed)
    return customer


@service
def set_stage(
    *, actor: User | None, customer_id: int, stage: Stage, now: datetime, idempotency_key: str | None = None
) -> Customer:
    """Move a customer in the funnel; called by the claims and contracts above."""
    customer = live_customer(customer_id)
    if customer.stage == stage:
        return customer
    old, customer.stage = customer.stage, stage
    save_versioned(customer, "stage")
    if old == Stage.LOST:
        end_loss(customer, actor, now)
    advance(customer, stage, actor, now)
    journal.record(actor, "customers.stage.set", customer, happened_at=now, old=old, new=stage.value)
    plan_stage(customer, stage.value, now)
    return customer


def number_of(customer: Customer) -> str:
    """An own number, else one the household shares."""
    rows = Phone.objects.live().filter(household=customer.household_id, kind=NumberKind.PHONE)
    own = Case(When(customer=customer.pk, then=0), default=1)
    phone = rows.order_by(own, "pk").first()
    if phone is None:
        raise RuleError("no_phone", "这位客户没有留号码", "S30", "补登号码后再拨打")
    return phone.number


@service
def dial(*, actor: User, customer_id: int, now: datetime) -> str:
    """The number of an own customer, logged as 拨打; no reason asked."""
    customer = Customer.objects.get(pk=customer_id)
    access.may_dial(actor, customer).or_raise()
    number = number_of(customer)
    note_look(actor=actor, target=customer, field="phone", kind=Reveal.Kind.DIAL, now=now)
    note_dialled(actor, customer, now)
    return number


@service
def reveal_phone(*, actor: User, customer_id: int, reason: str, now: datetime) -> str:
    """The full number of a visible customer, with a reason, in the register and limited per day (S30)."""
    access.may_reveal(actor).or_raise()
    customer = Customer.objects.visible_to(actor).get(pk=customer_id)
    today = clock.business_date(now)
    limit = terms_for(RegisterTerms, on=today, project=customer.project_id).looks_per_day
    looks = Reveal.objects.filter(actor=actor, kind=Reveal.Kind.REVEAL, happened_at__gte=clock.at(today))
    if looks.count() >= limit:
        raise RuleError(
            "too_many_looks", f"今天已查看 {limit} 个完整号码", "S30", "明天再看，或请归属代表直接拨打"
        )
    number = number_of(customer)
    note_look(actor=actor, target=customer, field="phone", kind=Reveal.Kind.REVEAL, now=now, reason=reason)
    return number
