"""Homes with life in them: couples, a company, namesakes, a merge that stands and one that waits."""

from datetime import timedelta
from typing import Any

from customers import services
from customers.models import Customer, Phone
from customers.rules import LIVE
from regulations.models import Request
from regulations.services import answer
from salesdept.models import User
from salesdept.seeds import Office

SMALL = 5_000
AGENTS = (("13700990011", "某经纪公司经纪人"), ("057188990022", "广告公司总机"))


def fill(office: Office) -> None:
    if office.customers > SMALL:
        return
    own = Customer.objects.filter(project=office.project, leases__state="active", leases__state__in=LIVE)
    people = list(own.select_related("owner").order_by("pk").distinct()[8:12])
    if len(people) < 4:
        return
    _couple(office, people[0])
    _company(office, people[1])
    _public(office)
    _namesakes(office, people[2], people[3])
    _merges(office, people)


def _desk(office: Office) -> User:
    return office.people["assistant"]


def _couple(office: Office, person: Customer) -> None:
    """Husband and wife, each with an own number, the proof seen by the assistant."""
    services.add_member(
        actor=_desk(office), customer_id=person.pk, name="罗太太", relation="spouse",
        phone="13700880011", proof="结婚证", now=office.now - timedelta(days=1),
    )  # fmt: skip
    services.add_phone(
        actor=_desk(office),
        customer_id=person.pk,
        phone="13700880012",
        now=office.now - timedelta(hours=3),
    )


def _company(office: Office, person: Customer) -> None:
    given: dict[str, Any] = {
        "actor": _desk(office),
        "customer_id": person.pk,
        "now": office.now - timedelta(hours=5),
    }
    services.set_household_kind(kind="company", name="青禾机电设备有限公司", **given)
    services.add_member(name="李工", relation="other", **given)


def _public(office: Office) -> None:
    for phone, reason in AGENTS:
        services.add_public_number(
            actor=_desk(office),
            project=office.project,
            phone=phone,
            reason=reason,
            now=office.now,
        )


def _namesakes(office: Office, first: Customer, second: Customer) -> None:
    for person in (first, second):
        person.refresh_from_db()
        services.edit_customer(
            actor=person.owner or _desk(office), customer_id=person.pk, version=person.version,
            changes={"full_name": "谢云舟"}, now=office.now - timedelta(hours=4),
        )  # fmt: skip


def _merges(office: Office, used: list[Customer]) -> None:
    """Two pairs, each of one rep: the first was approved this morning, the second waits."""
    then, asked = office.now - timedelta(hours=2), list[Request]()
    for rep in office.reps:
        free = Customer.objects.filter(owner=rep, leases__state="active").exclude(pk__in=[p.pk for p in used])
        pair = list(free.filter(phones__in=Phone.objects.live()).order_by("-pk").distinct()[:2])
        if len(pair) == 2 and len(asked) < 2:
            request = services.ask_merge(
                actor=_desk(office),
                survivor_id=pair[0].pk,
                other_id=pair[1].pk,
                kind="person",
                reason="来电与来访登记了两个号码，核对后是同一人",
                now=then,
            )
            asked.append(request)
    if asked:
        agreed = office.people["supervisor"]
        answer(actor=agreed, request_id=asked[0].pk, approve=True, answer="已核对", now=then)
