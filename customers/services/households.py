"""The people of a household: adding one, 单位客户, and a rep's own kin."""

from datetime import datetime

from customers import access
from customers.models import Customer, Household, Kinship, OwnershipLease
from customers.queries.numbers import people_of_number
from customers.rules import LeaseState, Stage
from customers.rules.households import HouseholdKind, KinTerms, check_relation
from customers.services.leases import household_lease, open_lease
from customers.services.numbers import already_held, home_of, show_number
from customers.services.people import live_customer, new_person, read_claimable, read_name
from regulations.queries import terms_for
from salesdept import clock, journal
from salesdept.errors import RuleError
from salesdept.models import Project, User
from salesdept.verbs import locked, service

FROZEN = RuleError("disputed", "归属争议裁决前客户组不变", "拟:own.lookback", "等裁决结果")


@service
def add_member(
    *,
    actor: User,
    customer_id: int,
    name: str,
    relation: str,
    now: datetime,
    phone: str = "",
    proof: str = "",
    idempotency_key: str | None = None,
) -> Customer:
    """A further person of a household, reached by its numbers or by an own one.

    The household's live lease covers the new member from now on; nobody's first date moves. Raises RuleError
    `not_kin`, `disputed`, `number_taken`, `public_number` …
    """
    customer = live_customer(customer_id)
    access.may_change_numbers(actor, customer).or_raise()
    terms = terms_for(KinTerms, on=clock.business_date(now), project=customer.project_id)
    check_relation(relation, customer.household.kind, terms)
    lease = household_lease(customer.household_id)
    if lease is not None and lease.state == LeaseState.FROZEN:
        raise FROZEN
    member = _member(customer, lease, read_name(name), _own_number(actor, customer, phone), now)
    proof = proof.strip()[:100]
    Kinship.objects.create(
        household=customer.household,
        customer=member,
        relation=relation,
        proof=proof,
        seen_by=actor if proof else None,
        since=now,
    )
    journal.record(actor, "customers.member.added", customer, happened_at=now, member=member.pk)
    return member


def _own_number(actor: User, customer: Customer, phone: str) -> str:
    if not phone.strip():
        return ""
    number = read_claimable(phone, customer.project_id)
    held = home_of(number, customer)
    # The household's own number is shared: nothing to attach.
    if held is not None and held.household_id != customer.household_id:
        raise already_held(held, customer, actor)
    return "" if held else number


def _member(
    customer: Customer, lease: OwnershipLease | None, name: str, number: str, now: datetime
) -> Customer:
    member = new_person(
        project=customer.project,
        name=name,
        number=number,
        now=now,
        owner=lease.rep if lease else None,
        household=customer.household,
        grade=customer.grade,
        source=customer.source,
        stage=Stage.CALLED,
    )
    if lease is not None:
        open_lease(member, lease.rep_id, lease.basis, lease.expires_on, now)
    show_number(member)
    return member


@service
def set_household_kind(
    *,
    actor: User,
    customer_id: int,
    kind: str,
    now: datetime,
    name: str = "",
    idempotency_key: str | None = None,
) -> Household:
    """家庭 or 单位: a company that buys for its people is one household (6.7 case 17)."""
    customer = live_customer(customer_id)
    access.may_change_numbers(actor, customer).or_raise()
    if kind not in HouseholdKind.values:
        raise RuleError("kind_unknown", "客户组只有家庭与单位", "拟:own.kin", "选其中一个")
    name = name.strip()[:60] if kind == HouseholdKind.COMPANY else ""
    if kind == HouseholdKind.COMPANY and not name:
        raise RuleError("name_needed", "单位客户须写单位名称", "拟:own.kin", "写明单位全称")
    home = locked(Household.objects.all(), customer.household_id)
    home.kind, home.name = kind, name
    home.save(update_fields=["kind", "name"])
    journal.record(actor, "customers.household.kind", customer, happened_at=now, kind=kind)
    return home


@service
def declare_own_kin(
    *, actor: User, customer_id: int, now: datetime, idempotency_key: str | None = None
) -> Customer:
    """员工亲友: the owner declares an own relative or friend on the day of first contact, not later."""
    customer = live_customer(customer_id)
    access.may_declare_kin(actor, customer).or_raise()
    if clock.business_date(customer.first_contact_at) != clock.business_date(now):
        raise RuleError(
            "declared_late",
            "员工亲友须在首次接触当日申报",
            "拟:own.own_kin_of_rep",
            "归属有分歧时提出归属争议，由经理裁决",
        )
    if customer.kin_of_id is None:
        customer.kin_of, customer.kin_declared_at = actor, now
        customer.version += 1
        customer.save(update_fields=["kin_of", "kin_declared_at", "version"])
        journal.record(actor, "customers.kin.declared", customer, happened_at=now)
    return customer


def person_at_the_table(number: str, project: Project, person_id: int | None = None) -> Customer | None:
    """Whom a number stands for, locked: the chosen person of its household, else whoever gave the number.

    Asked again once when a merge moves the number while we wait for the lock.
    """
    for _ in range(2):
        people = people_of_number(number, project)
        found = next((person for person in people if person.pk == person_id), people[0] if people else None)
        if found is None:
            return None
        rows = Customer.objects.select_related("project")
        row: Customer | None = rows.select_for_update(of=("self",), no_key=True).filter(pk=found.pk).first()
        if row is not None:
            return row
    return None
