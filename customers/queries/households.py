"""The household on the customer's file, and its facts for an ownership case."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, FilteredRelation, OuterRef, Q

from customers import access
from customers.models import Customer, Kinship, Merge, Namesake, OwnershipLease, Phone, PublicNumber
from customers.queries.merges import history_row
from customers.queries.numbers import is_public_number, people_of_number
from customers.rules import SEES_PROJECT
from customers.rules.households import (
    HouseholdKind,
    MergeKind,
    NamesakeState,
    Relation,
    number_mask,
    obviously_false,
)
from salesdept import clock
from salesdept.formats import cn_date, cn_time, phone_mask
from salesdept.models import User

__all__ = ["household_facts", "household_panel", "is_public_number", "people_of_number", "with_merged"]


def with_merged(customer: Customer) -> list[int]:
    """The keys of a file and of all that were merged into it: their registers are its history."""
    found, fresh = [customer.pk], [customer.pk]
    while fresh:
        fresh = list(Customer.everyone.filter(merged_into__in=fresh).values_list("pk", flat=True))
        found += fresh
    return found


def _relations(household: int) -> dict[int, Kinship]:
    rows = Kinship.objects.filter(household=household, ended_at__isnull=True).select_related("seen_by")
    return {row.customer_id: row for row in rows}


def household_facts(customer_id: int) -> dict[str, Any]:
    """Members, relations with who saw the proof, numbers with the time they count from, leases and merges.

    For the evidence of an ownership case: plain values, numbers masked, times ISO.
    """
    customer = Customer.everyone.select_related("household").get(pk=customer_id)
    while customer.merged_into_id:
        customer = Customer.everyone.select_related("household").get(pk=customer.merged_into_id)
    home = customer.household
    relations = _relations(home.pk)
    members = Customer.objects.filter(household=home).select_related("owner").order_by("pk")
    phones = Phone.objects.filter(household=home).order_by("pk")
    leases = OwnershipLease.objects.filter(customer__household=home).select_related("rep").order_by("pk")
    merges = Merge.objects.filter(Q(survivor__household=home) | Q(other__household=home)).order_by("pk")
    return {
        "household": home.pk,
        "kind": HouseholdKind(home.kind).label,
        "name": home.name,
        "members": [_member_facts(member, relations.get(member.pk)) for member in members],
        "numbers": [_number_facts(phone) for phone in phones],
        "leases": [_lease_facts(lease) for lease in leases],
        "merges": [_merge_facts(merge) for merge in merges.select_related("approved_by")],
    }


def _member_facts(member: Customer, kin: Kinship | None) -> dict[str, Any]:
    return {
        "customer": member.pk,
        "name": str(member),
        "first_contact": member.first_contact_at.isoformat(),
        "owner": member.owner_id,
        "relation": Relation(kin.relation).label if kin else Relation.SELF.label,
        "proof": kin.proof if kin else "",
        "seen_by": kin.seen_by.name if kin and kin.seen_by else "",
        "own_kin_of": member.kin_of_id,
    }


def _number_facts(phone: Phone) -> dict[str, Any]:
    return {
        "number": number_mask(phone.number, phone_mask(phone.number)),
        "customer": phone.customer_id,
        "counts_from": phone.added_at.isoformat(),
        "detached": phone.detached_at.isoformat() if phone.detached_at else "",
        "reason": phone.detach_reason,
    }


def _lease_facts(lease: OwnershipLease) -> dict[str, Any]:
    return {
        "lease": lease.pk,
        "customer": lease.customer_id,
        "rep": lease.rep_id,
        "state": lease.state,
        "started": lease.started_at.isoformat(),
        "expires": lease.expires_on.isoformat(),
    }


def _merge_facts(merge: Merge) -> dict[str, Any]:
    return {
        "merge": merge.pk,
        "kind": MergeKind(merge.kind).label,
        "survivor": merge.survivor_id,
        "other": merge.other_id,
        "at": merge.merged_at.isoformat(),
        "by": merge.approved_by.name,
        "undone": merge.undone_at.isoformat() if merge.undone_at else "",
    }


# --- the panel


def household_panel(user: User, customer: Customer, merges: Sequence[Merge], now: datetime) -> dict[str, Any]:
    """Who belongs together, their numbers, namesakes and merges; `customer` came through `visible_to`."""
    today, home = clock.business_date(now), customer.household
    may_merge = access.may_ask_merge(user)
    return {
        "customer": customer,
        "pk": str(customer.pk),
        "kind": HouseholdKind(home.kind).label,
        "company": home.kind == HouseholdKind.COMPANY,
        "name": home.name,
        "kinds": HouseholdKind.choices,
        "members": _members(user, customer),
        "numbers": _numbers(customer, today),
        "merges": [history_row(merge, now) for merge in merges],
        "namesakes": may_merge and _has_namesakes(customer),
        "may_change": access.may_change_numbers(user, customer),
        "may_merge": may_merge,
        "may_witness": access.may_witness(user),
        "may_declare": _may_declare(user, customer, today),
        "consent": _consent(customer, now),
    }


def _may_declare(user: User, customer: Customer, today: date) -> bool:
    first = clock.business_date(customer.first_contact_at)
    return bool(access.may_declare_kin(user, customer)) and customer.kin_of_id is None and first == today


def _consent(customer: Customer, now: datetime) -> str:
    if not customer.consent:
        return "未记录"
    by = f" · {customer.consent_by.name}" if customer.consent_by else ""
    return f"{cn_time(customer.consent_at, now)}{by}"


def _members(user: User, customer: Customer) -> list[dict[str, Any]]:
    """Everybody of the household in one question; a colleague's customer is not named."""
    current = FilteredRelation("kinships", condition=Q(kinships__ended_at__isnull=True))
    rows = Customer.objects.filter(household=customer.household_id).annotate(kin=current).order_by("pk")
    fields = ("pk", "name", "full_name", "owner_id", "kin__relation", "kin__proof", "kin__seen_by__name")
    sees_all = user.role in SEES_PROJECT
    return [
        _member(row, customer.pk, sees_all or row["owner_id"] == user.pk or row["pk"] == customer.pk)
        for row in rows.values(*fields)
    ]


def _member(row: Mapping[str, Any], here: int, named: bool) -> dict[str, Any]:
    return {
        "name": (row["full_name"] or row["name"]) if named else "同组客户（归属他人）",
        "pk": str(row["pk"]) if named and row["pk"] != here else "",
        "relation": Relation(row["kin__relation"] or Relation.SELF).label,
        "proof": f"{row['kin__proof']}，{row['kin__seen_by__name']} 查看" if row["kin__proof"] else "",
    }


def _numbers(customer: Customer, today: date) -> list[dict[str, Any]]:
    """Live numbers of the household, each with the day it counts from."""
    place = Q(project__isnull=True) | Q(project=customer.project_id)
    listed = PublicNumber.objects.live().filter(place, number=OuterRef("number"))
    phones = Phone.objects.live().filter(household=customer.household_id).annotate(listed=Exists(listed))
    return [
        {
            "pk": str(phone.pk),
            "number": number_mask(phone.number, phone_mask(phone.number)),
            "whose": "本人" if phone.customer_id == customer.pk else "同组",
            "since": cn_date(phone.added_at, today),
            "witness": phone.witness.name if phone.witness else "",
            "public": getattr(phone, "listed", False) or obviously_false(phone.number),
        }
        for phone in phones.select_related("witness").order_by("pk")
    ]


def _has_namesakes(customer: Customer) -> bool:
    pairs = Namesake.objects.filter(Q(first=customer) | Q(second=customer), state=NamesakeState.OPEN)
    return pairs.exists()
