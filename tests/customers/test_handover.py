"""交接: everything a leaver holds, in one screen and one transaction; nothing left behind."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from commissions.models import DealCredit
from commissions.queries import unpaid_lines_of, unpaid_of
from contracts.models import Contract
from customers import services
from customers.models import (
    Customer,
    CustomerExport,
    CustomerGrant,
    Handover,
    HandoverLine,
    OwnershipLease,
    PoolEntry,
)
from customers.queries.invariants import INVARIANTS
from customers.queries.leases import left_after_handover
from customers.queries.leavers import facts_of, groups_of, left_behind
from customers.rules import LIVE, LeaseState
from customers.rules.handover import Group, Why, check_choices, group_of
from inventory.models import Reservation
from inventory.rules import Stage as RoomStage
from salesdept.errors import RuleError
from salesdept.models import Event, Notice, Reveal
from salesdept.verdict import Denied
from tests.factories import contracts as deals
from tests.factories import customers as make

db = pytest.mark.django_db
TODAY = date(2026, 11, 23)


def live(customer):
    return OwnershipLease.objects.get(customer=customer, state__in=LIVE)


def broken():
    return [fault for invariant in INVARIANTS for fault in invariant.broken()] + list(left_after_handover())


GROUPS = {
    "active a": (("active", False, "A"), Group.A),
    "active b": (("active", False, "B"), Group.B),
    "active c": (("active", False, "C"), Group.C),
    "locked": (("locked", False, "A"), Group.DEAL),
    "signed": (("locked", True, "A"), Group.OWNER),
    "closed": (("", False, "B"), Group.OWNER),
    "disputed": (("frozen", True, "A"), Group.FROZEN),
}


@pytest.mark.parametrize("name", GROUPS)
def test_who_goes_with_whom(name):
    facts, group = GROUPS[name]
    assert group_of(*facts) == group


CHOICES = {
    "nobody for A": ({Group.A: 1}, {}, Why.LEFT, "handover_open"),
    "a deal into the pool": ({Group.DEAL: 1}, {"deal": "pool"}, Why.LEFT, "handover_pool"),
    "to himself": ({Group.A: 1}, {"a": "9"}, Why.LEFT, "handover_self"),
    "all said": ({Group.A: 1, Group.B: 0}, {"a": "pool"}, Why.LEFT, ""),
    "who moves keeps the deals": ({Group.DEAL: 1, Group.OWNER: 2}, {}, Why.MOVED, ""),
    "who leaves does not": ({Group.OWNER: 2}, {}, Why.LEFT, "handover_open"),
    "what waits for a ruling": ({Group.FROZEN: 1}, {}, Why.LEFT, ""),
}


@pytest.mark.parametrize("name", CHOICES)
def test_where_a_group_may_go(name):
    counts, choices, why, code = CHOICES[name]
    if not code:
        check_choices(counts, choices, why, 9)
        return
    with pytest.raises(RuleError) as refusal:
        check_choices(counts, choices, why, 9)
    assert refusal.value.code == code


@pytest.fixture
def book(rep, colleague, supervisor, manager, now):
    """One customer of every group, a share, an export and a look; the colleague and 主管 take over."""
    people = {grade.lower(): make.customer(owner=rep, now=now, grade=grade) for grade in "ABC"}
    people["deal"] = make.customer(owner=rep, now=now, state=LeaseState.LOCKED)
    people["owner"] = make.customer(owner=rep, now=now, state=LeaseState.LOCKED)
    services.note_deal(actor=manager, customer=people["owner"], now=now)
    people["frozen"] = make.customer(owner=rep, now=now, state=LeaseState.FROZEN)
    return people


CHOSEN = {"a": "colleague", "b": "supervisor", "c": "pool", "deal": "colleague", "owner": "supervisor"}


def hand(actor, leaver, now, people, why="left", **choices):
    chosen = {**CHOSEN, **choices}
    keys = {group: str(people[name].pk) if name in people else name for group, name in chosen.items()}
    return services.hand_over(
        actor=actor, user_id=leaver.pk, project=leaver.projects.first(), choices=keys, why=why, reason="离职",
        now=now,
    )  # fmt: skip


@db
def test_everything_goes_where_it_was_chosen(book, rep, colleague, supervisor, manager, now):
    done = hand(manager, rep, now, {"colleague": colleague, "supervisor": supervisor})
    owners = {key: Customer.objects.get(pk=person.pk).owner for key, person in book.items()}
    assert owners == {
        "a": colleague, "b": supervisor, "c": None, "deal": colleague, "owner": supervisor, "frozen": rep,
    }  # fmt: skip
    assert live(book["deal"]).state == LeaseState.LOCKED
    assert (live(book["owner"]).state, live(book["owner"]).deal_on) == (LeaseState.LOCKED, TODAY)
    assert PoolEntry.objects.get(customer=book["c"]).former == rep
    assert HandoverLine.objects.filter(handover=done).count() == 5
    assert Event.objects.filter(verb="customers.customer.handed_over").count() == 5
    assert Notice.objects.filter(user=colleague, title__contains="移交给你").exists()
    rep.is_active = False
    rep.save()
    assert broken() == []


@db
def test_who_moves_keeps_the_locked_deals(book, rep, colleague, supervisor, manager, now):
    hand(manager, rep, now, {"colleague": colleague, "supervisor": supervisor}, why="moved")
    kept = Customer.objects.filter(owner=rep).values_list("pk", flat=True)
    assert set(kept) == {book[key].pk for key in ("deal", "owner", "frozen")}
    assert broken() == []


@db
def test_a_refused_group_changes_nothing(book, rep, colleague, supervisor, manager, now):
    people = {"colleague": colleague, "supervisor": supervisor}
    with pytest.raises(RuleError) as refusal:
        hand(manager, rep, now, people, c="")
    assert refusal.value.code == "handover_open"
    stranger = str(10**9)
    with pytest.raises(RuleError) as refusal:
        hand(manager, rep, now, people, owner=stranger)
    assert refusal.value.code == "receiver_unknown"
    assert Customer.objects.filter(owner=rep).count() == 6
    assert not Handover.objects.exists()
    assert not Event.objects.filter(verb__contains="hand").exists()


@db
@pytest.mark.parametrize("who", ["supervisor", "colleague", "assistant"])
def test_who_may_not_hand_over(who, request, book, rep, colleague, supervisor, now):
    people = {"colleague": colleague, "supervisor": supervisor}
    with pytest.raises(Denied):
        hand(request.getfixturevalue(who), rep, now, people)


@db
def test_nobody_hands_over_himself(manager, colleague, now):
    make.customer(owner=manager, now=now, grade="A")
    with pytest.raises(Denied):
        hand(manager, manager, now, {"colleague": colleague})


@db
def test_nothing_to_hand_over(rep, manager, now):
    with pytest.raises(RuleError) as refusal:
        hand(manager, rep, now, {})
    assert refusal.value.code == "nothing_to_hand_over"


@db
def test_shares_end_with_the_handover(rep, colleague, manager, project, now):
    from django.contrib.auth.models import Permission

    shared = make.customer(owner=colleague, now=now)
    view = Permission.objects.get(codename="view_customer", content_type__app_label="customers")
    CustomerGrant.objects.create(user=rep, permission=view, content_object=shared)
    assert Customer.objects.visible_to(rep).filter(pk=shared.pk).exists()
    hand(manager, rep, now, {})
    assert not Customer.objects.visible_to(rep).filter(pk=shared.pk).exists()
    assert not CustomerGrant.objects.exists()


@db
def test_the_rooms_and_contracts_go_along_and_the_credit_stays(rep, colleague, manager, now):
    contract = deals.draft(rep, now)
    customer = contract.reservation.customer
    services.lock_lease(actor=manager, customer=customer, now=now)
    assert (unpaid_of(rep.pk), len(unpaid_lines_of(rep.pk))) == (1, 1)
    hand(manager, rep, now, {"colleague": colleague})
    assert Contract.objects.get(pk=contract.pk).rep == colleague
    assert Reservation.objects.get(pk=contract.reservation_id).rep == colleague
    assert list(DealCredit.objects.values_list("contract", "rep", "share_bp")) == [
        (contract.pk, rep.pk, 10000)
    ]
    assert (unpaid_of(rep.pk), unpaid_of(colleague.pk)) == (1, 0)
    assert left_behind(rep.pk) == []
    assert Decimal(contract.total) > 0


@db
def test_a_short_lock_stays_and_ends_by_itself(rep, colleague, manager, now):
    claim = deals.claim(rep, now, stage=RoomStage.LOCK)
    hand(manager, rep, now, {"colleague": colleague, "supervisor": colleague})
    assert Reservation.objects.get(pk=claim.pk).rep == rep


@db
def test_what_he_took_out_is_named(rep, project, now):
    customer = make.customer(owner=rep, now=now)
    services.reveal_phone(actor=rep, customer_id=customer.pk, reason="核对合同", now=now)
    services.dial(actor=rep, customer_id=customer.pk, now=now)
    CustomerExport.objects.create(
        project=project, asked_by=rep, kind="customers", reason="月会", row_count=12, asked_at=now
    )
    facts = {fact["label"]: fact for fact in facts_of(rep.pk, project.pk)}
    assert {"导出记录", "查看完整号码记录", "拨打记录"} <= set(facts)
    assert "12 行" in facts["导出记录"]["lines"][0]
    assert "核对合同" in facts["查看完整号码记录"]["lines"][0]
    assert customer.phones.get().number not in str(facts)
    assert Reveal.objects.count() == 2


@db
def test_a_list_cannot_be_rewritten(book, rep, colleague, supervisor, manager, now):
    hand(manager, rep, now, {"colleague": colleague, "supervisor": supervisor})
    for table, change in ((Handover, {"reason": "改"}), (HandoverLine, {"to": supervisor})):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            table.objects.update(**change)


@db
def test_a_leaver_who_still_holds_something_is_found(book, rep, colleague, supervisor, manager, now):
    hand(manager, rep, now, {"colleague": colleague, "supervisor": supervisor})
    rep.is_active = False
    rep.save()
    left = make.customer(owner=rep, now=now)
    assert any(str(left.pk) in fault for fault in left_after_handover())


# --- the screen


@db
def test_the_screen_previews_and_prints(book, rep, colleague, supervisor, manager, login, now):
    client, url = login(manager), reverse("customers:handover", args=[rep.pk])
    page = client.get(url, {"a": colleague.pk, "c": "pool"}).content.decode()
    assert "A 类客户" in page
    assert "0 → 1" in page
    assert Customer.objects.filter(owner=rep).count() == 6
    keys = {"a": colleague.pk, "b": supervisor.pk, "c": "pool", "deal": colleague.pk, "owner": colleague.pk}
    posted = client.post(reverse("customers:handover_do", args=[rep.pk]), {**keys, "why": "left"})
    sheet = client.get(posted["Location"]).content.decode()
    assert "客户移交清单" in sheet
    assert book["a"].code in sheet
    assert book["a"].phones.get().number not in sheet
    assert client.get(reverse("customers:handover_list")).status_code == 200


@db
def test_a_missing_choice_is_said_on_the_page(book, rep, manager, login):
    posted = login(manager).post(reverse("customers:handover_do", args=[rep.pk]), {"why": "left"})
    assert posted.status_code == 409
    assert "还没有选交给谁" in posted.content.decode()


@db
def test_a_sheet_is_for_those_it_concerns(book, rep, colleague, supervisor, manager, assistant, login, now):
    done = hand(manager, rep, now, {"colleague": colleague, "supervisor": supervisor})
    url = reverse("customers:handover_sheet", args=[done.pk])
    codes = {person: login(person).get(url).status_code for person in (rep, colleague, manager, assistant)}
    assert codes == {rep: 200, colleague: 200, manager: 200, assistant: 404}


@db
def test_the_groups_of_a_book(book, rep, project):
    found = groups_of(rep.pk, project.pk)
    assert {group.value: [book[group.value].pk] for group in Group} == {
        group.value: ids for group, ids in found.items()
    }


# --- 分配, 移交 and 续报 on the page


@db
def test_the_supervisor_assigns_from_the_page(rep, supervisor, project, login, now):
    customer = make.customer(project=project, now=now)
    client, url = login(supervisor), reverse("customers:customer_assign", args=[customer.pk])
    assert "分配" in client.get(url).content.decode()
    assert client.post(url, {"rep": rep.pk, "reason": ""}).status_code == 422
    assert client.post(url, {"rep": rep.pk, "reason": "轮到他"}).status_code == 302
    assert live(customer).rep == rep


@db
def test_the_manager_hands_on_from_the_page(rep, colleague, manager, login, now):
    customer = make.customer(owner=rep, now=now)
    url = reverse("customers:customer_assign", args=[customer.pk])
    assert "移交" in login(manager).get(url).content.decode()
    assert login(manager).post(url, {"rep": colleague.pk, "reason": "投诉"}).status_code == 302
    assert live(customer).rep == colleague


@db
def test_many_are_assigned_from_the_list(rep, supervisor, project, login, now):
    people = [make.customer(project=project, now=now + timedelta(minutes=n)) for n in range(3)]
    ids, url = [person.pk for person in people], reverse("customers:customers_assign")
    client = login(supervisor)
    page = client.get(url, {"ids": ids}).content.decode()
    assert page.count('name="ids"') == 3
    assert client.post(url, {"ids": ids, "rep": rep.pk, "reason": "公海"}).status_code == 302
    assert Customer.objects.filter(owner=rep).count() == 3


@db
def test_a_rep_asks_for_an_extension_from_the_page(rep, login, now):
    customer = make.customer(owner=rep)
    page = login(rep).get(reverse("customers:customer_detail", args=[customer.pk])).content.decode()
    assert "申请续报" in page
    url = reverse("customers:customer_extend", args=[customer.pk])
    assert login(rep).post(url, {"reason": "等首付"}).status_code == 302
    again = login(rep).post(url, {"reason": "等首付"})
    assert again.status_code == 409
