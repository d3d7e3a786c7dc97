"""Whose a number is: people of its household, and numbers that are nobody's."""

from collections.abc import Iterable, Mapping, Sequence

from django.db.models import Q

from customers.models import Customer, Phone, PublicNumber
from customers.rules.households import obviously_false
from salesdept.models import Project, User


def why_public(number: str, project: Project | int) -> str:
    """Whose 公共号码 it is, in words; empty for a number that may be a customer's."""
    if obviously_false(number):
        return "明显不是真实号码"
    place = Q(project__isnull=True) | Q(project=project)
    listed = PublicNumber.objects.live().filter(place, number=number).values_list("reason", flat=True).first()
    if listed:
        return listed
    return "员工号码" if User.objects.filter(phone=number, is_active=True).exists() else ""


def is_public_number(number: str, project: Project | int) -> bool:
    """公共号码 match nobody and give no ownership. `number` is normalised."""
    return bool(why_public(number, project))


def public_among(numbers: Iterable[str], project: Project | int) -> Mapping[str, str]:
    """Those of many numbers that are 公共号码, with whose they are, in two questions."""
    wanted = [number for number in numbers if number]
    found = {number: "明显不是真实号码" for number in wanted if obviously_false(number)}
    place = Q(project__isnull=True) | Q(project=project)
    staff = User.objects.filter(phone__in=wanted, is_active=True).values_list("phone", flat=True)
    found |= dict.fromkeys(staff, "员工号码")
    listed = PublicNumber.objects.live().filter(place, number__in=wanted)
    return found | dict(listed.values_list("number", "reason"))


def people_of_number(number: str, project: Project | int) -> Sequence[Customer]:
    """Everybody a live number may stand for: its household, whoever gave the number first."""
    phone = Phone.objects.live().filter(project=project, number=number).first()
    if phone is None or is_public_number(number, project):
        return []
    people = Customer.objects.filter(household=phone.household_id).order_by("pk")
    return sorted(people, key=lambda person: (person.pk != phone.customer_id, person.pk))
