"""Numbers of a household: adding, detaching, 微信号, and the numbers that are nobody's."""

from datetime import datetime

from django.db import IntegrityError, transaction

from customers import access
from customers.models import Customer, Phone, PublicNumber
from customers.rules.households import wechat_id
from customers.services.people import attach, live_customer, masked, read_claimable, read_number
from salesdept import journal
from salesdept.errors import RuleError, refuse
from salesdept.models import Project, User
from salesdept.verbs import locked, save_versioned, service

TWICE = RuleError("public_twice", "这个号码已在公共号码里", "拟:own.match", "看列表里的那一条")
REFUSALS = {"a_public_number_stands_once": TWICE, "a_company_number_stands_once": TWICE}


def show_number(customer: Customer) -> None:
    """The number on top of a locked file: an own one, else one the household shares."""
    rows = Phone.objects.live().filter(household=customer.household_id).order_by("pk")
    first = min(rows, key=lambda phone: (phone.customer_id != customer.pk, phone.pk), default=None)
    customer.phone_masked = masked(first.number) if first else ""
    save_versioned(customer, "phone_masked")


def home_of(number: str, customer: Customer) -> Phone | None:
    return Phone.objects.live().filter(project=customer.project_id, number=number).first()


@service
def add_phone(
    *, actor: User, customer_id: int, phone: str, now: datetime, idempotency_key: str | None = None
) -> Phone:
    """A further number: evidence only from now on, no first date moves (拟:own.number_added).

    Raises RuleError for a bad number, 公共号码, and another household's number: that is a merge, which the
    assistant asks for.
    """
    customer = live_customer(customer_id)
    access.may_change_numbers(actor, customer).or_raise()
    number = read_claimable(phone, customer.project_id)
    held = home_of(number, customer)
    if held is not None:
        raise already_held(held, customer, actor)
    return _attach(actor, customer, number, now)


def already_held(held: Phone, customer: Customer, actor: User) -> RuleError:
    """Why a number that leads somewhere already cannot be added here, and what to do instead."""
    if held.household_id == customer.household_id:
        return RuleError("number_known", "客户组里已有这个号码", "拟:own.number_added", "不用再加")
    if not access.may_ask_merge(actor):
        return RuleError(
            "number_taken", "这个号码属于另一客户组", "拟:own.number_added", "请助理核对后提出合并申请"
        )
    return RuleError(
        "number_taken",
        "这个号码属于另一客户组",
        "拟:own.number_added",
        "核对两份档案后提出合并申请",
        url=f"/customers/{customer.pk}/merge/?with={held.customer_id}",
    )


def _attach(
    actor: User, customer: Customer, number: str, now: datetime, *, witness: User | None = None
) -> Phone:
    added = attach(customer, number, now, witness=witness)
    show_number(customer)
    journal.record(actor, "customers.phone.added", customer, happened_at=now, phone=masked(number))
    return added


@service
def add_wechat(
    *, actor: User, customer_id: int, wechat: str, now: datetime, idempotency_key: str | None = None
) -> Phone:
    """A 微信号; the assistant who enters it is its witness (拟:own.required_fields)."""
    access.may_witness(actor).or_raise()
    customer = live_customer(customer_id)
    access.may_change_numbers(actor, customer).or_raise()
    number = wechat_id(wechat)
    held = home_of(number, customer)
    if held is not None:
        raise already_held(held, customer, actor)
    return _attach(actor, customer, number, now, witness=actor)


@service
def detach_phone(
    *, actor: User, phone_id: int, reason: str, now: datetime, idempotency_key: str | None = None
) -> Phone:
    """停用 a number that was handed on or is wrong. The row stays as evidence of its time."""
    row = locked(Phone.objects.live(), phone_id)
    customer = live_customer(row.customer_id)
    access.may_change_numbers(actor, customer).or_raise()
    if not reason.strip():
        raise RuleError(
            "reason_needed", "停用号码须写明原因", "拟:own.number_added", "如已换号、号码归了别人、录错"
        )
    row.detached_at, row.detach_reason = now, reason.strip()[:200]
    row.save(update_fields=["detached_at", "detach_reason"])
    for member in Customer.objects.filter(household=row.household_id).order_by("pk"):
        show_number(live_customer(member.pk))
    journal.record(
        actor,
        "customers.phone.detached",
        customer,
        happened_at=now,
        reason=reason,
        phone=masked(row.number),
    )
    return row


@service
def add_public_number(
    *,
    actor: User,
    project: Project | None,
    phone: str,
    reason: str,
    now: datetime,
    idempotency_key: str | None = None,
) -> PublicNumber:
    """List an agent's, a company's or the hotline's number, for a project or (None) the whole company."""
    access.may_list_public(actor, project).or_raise()
    number = read_number(phone)
    if not reason.strip():
        raise RuleError("reason_needed", "公共号码须写明是谁的", "拟:own.match", "如某渠道经纪人、某公司总机")
    try:
        with transaction.atomic():
            row = PublicNumber.objects.create(
                project=project, number=number, reason=reason.strip()[:100], added_by=actor, added_at=now
            )
    except IntegrityError as error:
        raise refuse(error, REFUSALS) from error
    journal.record(
        actor, "customers.public.added", row, happened_at=now, reason=row.reason, phone=masked(number)
    )
    return row


@service
def remove_public_number(
    *, actor: User, public_id: int, reason: str, now: datetime, idempotency_key: str | None = None
) -> PublicNumber:
    """Take a number off the list: 经理, with a reason. From then on it may be a customer's."""
    access.may_unlist_public(actor).or_raise()
    row = locked(PublicNumber.objects.visible_to(actor).live(), public_id)
    if not reason.strip():
        raise RuleError("reason_needed", "移除公共号码须写明原因", "拟:own.match", "写明现在是谁在用")
    row.removed_by, row.removed_at, row.remove_reason = actor, now, reason.strip()[:100]
    row.save(update_fields=["removed_by", "removed_at", "remove_reason"])
    journal.record(
        actor, "customers.public.removed", row, happened_at=now, reason=reason, phone=masked(row.number)
    )
    return row
