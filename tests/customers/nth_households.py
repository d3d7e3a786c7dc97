"""The verbs about households, numbers, merges and retention for tests/test_nth_statement.py."""

from datetime import timedelta

from customers import services
from customers.models import Merge, Namesake, Phone
from customers.services.retention import anonymise_due, forget_visitors
from regulations.services import answer
from tests.customers.nth_cases import CASES, KEY, SOON, case
from tests.customers.test_queue import terms
from tests.factories import customers as make
from tests.salesdept.nth_cases import fresh

ANSWER = "regulations.services.requests.answer"


def _own(verb, **more):
    def start(get, now):
        rep, person = get("rep"), make.customer(owner=get("rep"), now=now)
        return lambda: verb(actor=fresh(rep), customer_id=person.pk, now=now + SOON, **more, **KEY)

    return start


case(services.add_phone)(_own(services.add_phone, phone="13900002222"))
case(services.add_member)(
    _own(services.add_member, name="罗太太", relation="spouse", phone="13900002223", proof="结婚证")
)
case(services.set_household_kind)(_own(services.set_household_kind, kind="company", name="青禾机电公司"))
case(services.declare_own_kin)(_own(services.declare_own_kin))


@case(services.add_wechat)
def _(get, now):
    assistant, person = get("assistant"), make.customer(owner=get("rep"), now=now)
    return lambda: services.add_wechat(
        actor=fresh(assistant), customer_id=person.pk, wechat="luomin88", now=now, **KEY
    )


@case(services.detach_phone)
def _(get, now):
    rep, person = get("rep"), make.customer(owner=get("rep"), now=now)
    phone = Phone.objects.get(customer=person)
    return lambda: services.detach_phone(
        actor=fresh(rep), phone_id=phone.pk, reason="已换号", now=now + SOON, **KEY
    )


@case(services.add_public_number)
def _(get, now):
    assistant, project = get("assistant"), get("project")
    return lambda: services.add_public_number(
        actor=fresh(assistant), project=project, phone="13900001111", reason="某渠道", now=now, **KEY
    )


@case(services.remove_public_number)
def _(get, now):
    manager = get("manager")
    row = services.add_public_number(
        actor=get("assistant"), project=get("project"), phone="13900001111", reason="某渠道", now=now
    )
    return lambda: services.remove_public_number(
        actor=fresh(manager), public_id=row.pk, reason="客户本人", now=now + SOON, **KEY
    )


@case(services.deny_namesake)
def _(get, now):
    assistant = get("assistant")
    for owner in (get("rep"), get("colleague")):
        make.customer(owner=owner, name="李娜", now=now)
    pair = Namesake.objects.get()
    return lambda: services.deny_namesake(
        actor=fresh(assistant), namesake_id=pair.pk, reason="年龄不同", now=now + SOON, **KEY
    )


def _asked(get, now):
    """A merge request about two files of one rep, both with a live lease."""
    get("manager")
    survivor = make.customer(owner=get("rep"), name="李娜", now=now)
    other = make.customer(owner=get("rep"), name="李娜", now=now - timedelta(days=4))
    return {"survivor_id": survivor.pk, "other_id": other.pk, "kind": "person", "reason": "同一人"}


@case(services.ask_merge)
def _(get, now):
    assistant, given = get("assistant"), _asked(get, now)
    return lambda: services.ask_merge(actor=fresh(assistant), now=now, **given, **KEY)


def _merged(get, now):
    asked = services.ask_merge(actor=get("assistant"), now=now, **_asked(get, now))
    answer(actor=get("manager"), request_id=asked.pk, approve=True, now=now)
    return Merge.objects.get()


@case(services.ask_unmerge)
def _(get, now):
    assistant, merge = get("assistant"), _merged(get, now)
    return lambda: services.ask_unmerge(
        actor=fresh(assistant), merge_id=merge.pk, reason="是两个人", now=now + SOON, **KEY
    )


def _approve_merge(get, now):
    manager = get("manager")
    asked = services.ask_merge(actor=get("assistant"), now=now, **_asked(get, now))
    return lambda: answer(actor=fresh(manager), request_id=asked.pk, approve=True, now=now + SOON, **KEY)


def _approve_unmerge(get, now):
    manager, merge = get("manager"), _merged(get, now)
    asked = services.ask_unmerge(actor=get("assistant"), merge_id=merge.pk, reason="是两个人", now=now)
    return lambda: answer(actor=fresh(manager), request_id=asked.pk, approve=True, now=now + SOON, **KEY)


CASES[f"{ANSWER}: two files are merged"] = _approve_merge
CASES[f"{ANSWER}: two files are parted"] = _approve_unmerge


@case(anonymise_due)
def _(get, now):
    project, manager = get("project"), get("manager")
    terms(project, now, manager, get("director"), "customers.retention", switched_on=True)
    make.customer(project=project, name="罗晓敏", now=now - timedelta(days=2000))
    return lambda: anonymise_due(actor=None, project=project, now=now)


@case(forget_visitors)
def _(get, now):
    project, manager = get("project"), get("manager")
    terms(project, now, manager, get("director"), "customers.retention", switched_on=True)
    given = {"actor": manager, "project": project, "host": manager, "name": "章先生", "purpose": "送报告"}
    services.log_visitor(**given, now=now - timedelta(days=5000))
    return lambda: forget_visitors(actor=None, project=project, now=now)
