"""归属期 through the services: every arrow, who may, what follows, and two at once."""

from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers import services
from customers.models import Customer, OwnershipLease, PoolEntry
from customers.queries.invariants import INVARIANTS
from customers.queries.leases import lease_at, lease_panel, stalled, stalled_card
from customers.rules import LIVE, LeaseBasis, LeaseState
from customers.services.nightly import end_leases
from customers.services.owning import close_signed, move_on, tell_stalled
from inventory.rules import Stage as RoomStage
from inventory.services import claims
from regulations.models import Decision, Request, TermsVersion
from regulations.rules import VersionState
from regulations.services import answer
from salesdept.errors import RuleError
from salesdept.models import Event, Notice, Project, User
from salesdept.verdict import Denied
from tests import factories
from tests.factories import contracts as deals
from tests.factories import customers as make
from tests.races import at_once

db = pytest.mark.django_db
TODAY = date(2026, 11, 23)
PHONE = "13602178846"
DAY = timedelta(days=1)


def live(customer):
    return OwnershipLease.objects.get(customer=customer, state__in=LIVE)


def broken():
    return [fault for invariant in INVARIANTS for fault in invariant.broken()]


def visit(actor, now, phone=PHONE, **fields):
    return services.register_visit(
        actor=actor, project=actor.projects.first(), phone=phone, name="罗女士", now=now, **fields
    )


def refused(call, code):
    with pytest.raises(RuleError) as refusal:
        call()
    assert refusal.value.code == code
    assert refusal.value.clause
    assert refusal.value.way_out


# --- the notice's reading, the product, the days that stop


def _notice(topic, project, values, manager, director, now):
    TermsVersion.objects.create(
        topic=topic,
        project=project,
        values=values,
        effective_from=date(2026, 11, 1),
        reason="通知",
        state=VersionState.APPROVED,
        drafted_by=manager,
        drafted_at=now,
        approved_by=director,
        approved_at=now,
    )


@db
@pytest.mark.parametrize(
    ("reading", "owner"), [("booked", "rep"), ("named", "colleague"), ("visit", "colleague")]
)
def test_a_booked_call_by_the_notice(reading, owner, rep, colleague, manager, director, project, now):
    _notice("customers.reception", project, {"call_then_visit": reading}, manager, director, now)
    call = {"phone": PHONE, "name": "罗女士", "now": now, "booked_on": TODAY + DAY}
    services.register_call(actor=rep, project=project, **call)
    came = visit(colleague, now + DAY)
    assert came.customer.owner.username == owner
    assert broken() == []


@db
@pytest.mark.parametrize(("wanted", "days"), [("三房", 15), ("商铺", 60), ("车位", 7)])
def test_a_lease_lasts_by_what_is_wanted(wanted, days, rep, now):
    lease = live(visit(rep, now, layouts=[wanted]).customer)
    assert lease.expires_on == TODAY + days * DAY
    assert (lease.counted_from, lease.counted_days) == (TODAY, days)


@db
def test_stopped_days_make_a_new_lease_longer(rep, manager, project, now):
    services.declare_stop(
        actor=manager, project=project, kind="closed", first=TODAY + DAY, last=TODAY + 2 * DAY, reason="停业",
        now=now,
    )  # fmt: skip
    came = visit(rep, now)
    assert live(came.customer).expires_on == TODAY + 17 * DAY
    steps = Decision.objects.get(subject__endswith=f":{came.pk}").steps
    assert [step["value"] for step in steps if step["clause"] == "拟:own.clock_stops"] == ["2 天"]


@db
def test_husband_and_wife_both_valid_share(rep, colleague, project, now):
    husband = make.customer(owner=rep, now=now - 3 * DAY)
    wife = make.customer(owner=colleague, now=now, phone=PHONE, household=husband.household)
    came = visit(colleague, now)
    decision = Decision.objects.get(subject__endswith=f":{came.pk}")
    assert decision.result["shares"] == [[rep.pk, 5000], [colleague.pk, 5000]]
    assert live(wife).rep == colleague
    assert broken() == []


@db
def test_a_late_entry_is_weak_evidence(rep, now):
    came = visit(rep, now, happened_at=now - 2 * DAY)
    assert live(came.customer).weak


@db
def test_a_peer_starts_nothing(rep, project, now):
    services.register_empty(actor=rep, project=project, outcome="not_customer", now=now)
    assert not OwnershipLease.objects.exists()


# --- 分配 and 移交


@db
def test_a_lapsed_lease_goes_to_the_pool_and_on_to_another(rep, colleague, supervisor, now):
    customer = make.customer(owner=rep, now=now, days=-1)
    end_leases(TODAY, now)
    services.assign_customer(
        actor=supervisor, customer_id=customer.pk, rep_id=colleague.pk, now=now, reason="公海分配"
    )
    states = OwnershipLease.objects.filter(customer=customer).order_by("pk").values_list("state", "rep")
    assert list(states) == [("lapsed", rep.pk), ("active", colleague.pk)]
    assert PoolEntry.objects.get(customer=customer).claimed_by == colleague
    assert Notice.objects.filter(user=colleague, title__contains="分配给你").exists()
    assert broken() == []


@db
def test_many_are_assigned_all_or_none(rep, supervisor, project, now):
    people = [make.customer(project=project, now=now) for _ in range(3)]
    ids = [person.pk for person in people]
    taken = make.customer(owner=rep, now=now)
    common = {"actor": supervisor, "rep_id": rep.pk, "now": now, "reason": "公海分配"}
    refused(lambda: services.assign_customers(customer_ids=[*ids, taken.pk], **common), "lease_live")
    assert Customer.objects.filter(pk__in=ids, owner__isnull=True).count() == 3
    assert services.assign_customers(customer_ids=[*ids, ids[0]], **common) == 3
    assert Customer.objects.filter(pk__in=ids, owner=rep).count() == 3
    refused(lambda: services.assign_customers(customer_ids=[], **common), "too_many")
    refused(lambda: services.assign_customers(customer_ids=range(201), **common), "too_many")


@db
@pytest.mark.parametrize("who", ["rep", "assistant"])
def test_who_may_not_assign(who, request, rep, project, now):
    customer = make.customer(project=project, now=now)
    with pytest.raises(Denied):
        services.assign_customer(
            actor=request.getfixturevalue(who), customer_id=customer.pk, rep_id=rep.pk, now=now, reason="我要"
        )


@db
def test_nobody_of_another_project_gets_a_customer(supervisor, project, now):
    stranger = factories.user("rep", username="stranger", name="外人", project=factories.ProjectFactory())
    customer = make.customer(project=project, now=now)
    call = {"customer_id": customer.pk, "rep_id": stranger.pk, "now": now, "reason": "帮忙"}
    refused(lambda: services.assign_customer(actor=supervisor, **call), "receiver_unknown")


def hand(manager, customer, rep, now, reason="投诉后更换"):
    return services.transfer_customer(
        actor=manager, customer_id=customer.pk, rep_id=rep.pk, now=now, reason=reason
    )


@db
def test_the_manager_hands_a_customer_on(rep, colleague, manager, supervisor, now):
    customer = make.customer(owner=rep, now=now, days=30)
    with pytest.raises(Denied):
        hand(supervisor, customer, colleague, now)
    hand(manager, customer, colleague, now)
    assert (live(customer).rep, live(customer).basis) == (colleague, LeaseBasis.ASSIGNED)
    assert live(customer).expires_on == TODAY + 30 * DAY
    assert set(Notice.objects.values_list("user__username", flat=True)) >= {"rep", "colleague"}
    row = Event.objects.get(verb="customers.customer.transferred")
    assert (row.changes["old"], row.changes["new"], row.reason) == (rep.pk, colleague.pk, "投诉后更换")
    assert broken() == []


@db
@pytest.mark.parametrize(
    ("state", "code"), [(LeaseState.LOCKED, "lease_locked"), (LeaseState.FROZEN, "lease_frozen")]
)
def test_what_only_a_ruling_moves(state, code, rep, colleague, manager, now):
    customer = make.customer(owner=rep, now=now, state=state)
    refused(lambda: hand(manager, customer, colleague, now), code)
    assert live(customer).rep == rep


@db
def test_no_reason_no_change(rep, colleague, manager, now):
    customer = make.customer(owner=rep, now=now)
    refused(lambda: hand(manager, customer, colleague, now, reason="  "), "reason_needed")
    refused(lambda: hand(manager, customer, rep, now), "same_rep")
    pool = make.customer(project=rep.projects.first(), now=now)
    refused(lambda: hand(manager, pool, rep, now), "nothing_to_transfer")


# --- 续报


@db
def test_a_hesitant_customer_is_extended_by_the_supervisor(rep, supervisor, now):
    customer = make.customer(owner=rep, now=now - 13 * DAY, days=15)
    asked = services.ask_extension(actor=rep, customer_id=customer.pk, reason="等贷款批复", now=now)
    assert live(customer).expires_on == TODAY + 2 * DAY
    answer(actor=supervisor, request_id=asked.pk, approve=True, now=now)
    assert live(customer).expires_on == TODAY + 15 * DAY
    assert Event.objects.filter(verb="customers.lease.extended", customer_ref=customer.pk).exists()


@db
def test_an_extension_comes_too_late(rep, colleague, manager, now):
    customer = make.customer(owner=rep, now=now)
    asked = services.ask_extension(actor=rep, customer_id=customer.pk, reason="等贷款批复", now=now)
    hand(manager, customer, colleague, now)
    refused(lambda: answer(actor=manager, request_id=asked.pk, approve=True, now=now), "not_extendable")
    over = make.customer(owner=rep, now=now, days=-1)
    ask = {"actor": rep, "now": now, "reason": "再等等"}
    refused(lambda: services.ask_extension(customer_id=over.pk, **ask), "lease_over")
    held = make.customer(owner=rep, now=now, state=LeaseState.LOCKED)
    refused(lambda: services.ask_extension(customer_id=held.pk, **ask), "not_extendable")
    assert Request.objects.count() == 1


# --- 成交, 关闭, and the owner who comes again


@db
def test_a_signed_deal_closes_after_the_days_for_objections(rep, colleague, manager, now):
    customer = make.customer(owner=rep, now=now, phone=PHONE)
    services.lock_lease(actor=manager, customer=customer, now=now)
    services.note_deal(actor=manager, customer=customer, now=now)
    close_signed(TODAY + 7 * DAY, now + 7 * DAY)
    assert live(customer).state == LeaseState.LOCKED
    for _ in range(2):
        close_signed(TODAY + 8 * DAY, now + 8 * DAY)
    lease = OwnershipLease.objects.get(customer=customer)
    assert (lease.state, lease.ended_reason, lease.deal_on) == (LeaseState.CLOSED, "成交", TODAY)
    customer.refresh_from_db()
    assert customer.owner == rep
    assert broken() == []
    assert visit(colleague, now + 100 * DAY).standin
    assert live(customer).rep == rep


@db
def test_an_owner_after_a_year_is_whoevers_turn_it_is(rep, colleague, manager, now):
    customer = make.customer(owner=rep, now=now, phone=PHONE)
    services.lock_lease(actor=manager, customer=customer, now=now)
    services.note_deal(actor=manager, customer=customer, now=now)
    close_signed(TODAY + 8 * DAY, now + 8 * DAY)
    visit(colleague, now + 400 * DAY)
    assert live(customer).rep == colleague
    assert broken() == []


@db
def test_a_deal_that_falls_after_closing_gives_the_lease_back(rep, manager, now):
    customer = make.customer(owner=rep, now=now)
    services.lock_lease(actor=manager, customer=customer, now=now)
    services.note_deal(actor=manager, customer=customer, now=now)
    close_signed(TODAY + 8 * DAY, now + 8 * DAY)
    services.unlock_lease(actor=manager, customer=customer, now=now + 9 * DAY, reason="退房")
    assert (live(customer).state, live(customer).expires_on) == (LeaseState.ACTIVE, TODAY + 24 * DAY)
    assert broken() == []


@db
@pytest.mark.parametrize("fell", [False, True])
def test_a_deal_during_a_dispute_goes_back_to_what_it_became(fell, rep, colleague, manager, now):
    customer = make.customer(owner=rep, now=now, phone=PHONE)
    turn = make.reception(colleague, now=now)
    dispute = services.file_dispute(
        actor=colleague,
        project=customer.project,
        phone=PHONE,
        claim="我先接待",
        reception_id=turn.pk,
        now=now,
    )
    services.note_deal(actor=manager, customer=customer, now=now)
    if fell:
        services.unlock_lease(actor=manager, customer=customer, now=now, reason="退房")
    services.withdraw_dispute(actor=colleague, dispute_id=dispute.pk, now=now)
    expected = (LeaseState.ACTIVE, None) if fell else (LeaseState.LOCKED, TODAY)
    assert (live(customer).state, live(customer).deal_on) == expected
    assert broken() == []


@db
def test_signing_a_room_notes_the_deal(rep, manager, now):
    claim = deals.claim(rep, now, stage=RoomStage.SUBSCRIBED)
    services.lock_lease(actor=manager, customer=claim.customer, now=now)
    claims.mark_signed(actor=manager, reservation_id=claim.pk, now=now)
    assert live(claim.customer).deal_on == TODAY


@db
def test_an_active_lease_is_no_deal(rep, manager, now):
    customer = make.customer(owner=rep, now=now)
    assert services.note_deal(actor=manager, customer=customer, now=now).deal_on is None


# --- 调岗


@db
def test_who_moves_leaves_the_open_customers_to_the_supervisor(rep, supervisor, project, now):
    opened = make.customer(owner=rep, now=now)
    held = make.customer(owner=rep, now=now, state=LeaseState.LOCKED)
    rep.projects.set([factories.ProjectFactory()])
    for _ in range(2):
        move_on(TODAY, now)
    assert live(opened).rep == supervisor
    assert live(held).rep == rep
    assert Notice.objects.filter(user=supervisor, title__startswith="1 位调岗").count() == 1
    assert broken() == []


@db
def test_without_a_supervisor_the_manager_takes_over(rep, manager, project, now):
    customer = make.customer(owner=rep, now=now)
    rep.projects.clear()
    assert services.redistribute(actor=None, project=Project.objects.get(pk=project.pk), now=now) == 1
    assert live(customer).rep == manager


@db
def test_where_nobody_takes_over_it_is_refused_and_the_director_told(rep, director, project, now):
    customer = make.customer(owner=rep, now=now)
    rep.projects.clear()
    with pytest.raises(RuleError) as refused:
        services.redistribute(actor=None, project=Project.objects.get(pk=project.pk), now=now)
    assert (refused.value.code, refused.value.clause) == ("nobody_takes_over", "拟:own.cross_site")
    move_on(TODAY, now)
    assert live(customer).rep == rep
    assert Notice.objects.filter(user=director, title__contains="没有人接").exists()


# --- 久无进展


@db
@pytest.mark.parametrize(
    ("days", "stage", "found"), [(41, "visited", 1), (39, "visited", 0), (41, "revisited", 0)]
)
def test_no_step_for_long_goes_to_the_manager(days, stage, found, rep, manager, project, now):
    make.customer(owner=rep, now=now - days * DAY, days=90, stage=stage)
    assert len(stalled(project, TODAY)) == found
    card = stalled_card(manager, now)
    assert (card is not None) == bool(found)
    tell_stalled(TODAY, now)
    tell_stalled(TODAY + DAY, now)
    assert Notice.objects.filter(user=manager, clause="拟:own.max_no_progress").count() == found


# --- whose on a day, and the panel


@db
def test_whose_a_customer_was_on_a_day(rep, colleague, manager, now):
    customer = make.customer(owner=rep, now=now)
    hand(manager, customer, colleague, now + 5 * DAY)
    whose = {day: (lease_at(customer.pk, TODAY + day * DAY) or {}).get("rep") for day in (-1, 0, 4, 5, 15)}
    assert whose == {-1: None, 0: rep.pk, 4: rep.pk, 5: colleague.pk, 15: colleague.pk}
    assert lease_at(customer.pk, TODAY + 15 * DAY)["valid"]
    assert not lease_at(customer.pk, TODAY + 60 * DAY)["valid"]


@db
def test_the_panel_explains_the_days(rep, colleague, manager, now):
    customer = visit(rep, now, layouts=["商铺"], grade="A").customer
    panel = lease_panel(customer, now)
    assert panel["live"]["days"] == "11-23 起计 90 天（商铺、办公，A 类）"
    assert panel["live"]["started"] == "2026-11-23 10:00:00"
    hand(manager, customer, colleague, now)
    assert [row["rep"] for row in lease_panel(customer, now)["history"]] == [rep.name]


# --- what holds after anything

steps = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "visit",
                "other visit",
                "call",
                "follow",
                "miss",
                "lock",
                "unlock",
                "deal",
                "night",
                "hand",
                "assign",
                "phone",
                "wait",
            ]
        ),
        st.integers(0, 20),
    ),
    min_size=3,
    max_size=14,
)


def _act(word, now, people, customer):
    rep, colleague, manager = people
    follow = {"customer_id": customer.pk, "method": "phone", "content": "聊了", "now": now}
    whose = {"customer_id": customer.pk, "now": now, "reason": "安排"}
    acts = {
        "visit": lambda: visit(rep, now),
        "other visit": lambda: visit(colleague, now),
        "call": lambda: services.register_call(
            actor=colleague, project=customer.project, phone=PHONE, name="罗女士", now=now
        ),
        "follow": lambda: services.add_follow_up(actor=rep, effective=True, **follow),
        "miss": lambda: services.add_follow_up(actor=rep, effective=False, **follow),
        "lock": lambda: services.lock_lease(actor=manager, customer=customer, now=now),
        "unlock": lambda: services.unlock_lease(actor=manager, customer=customer, now=now, reason="退房"),
        "deal": lambda: services.note_deal(actor=manager, customer=customer, now=now),
        "night": lambda: (
            end_leases(now.date(), now),
            close_signed(now.date(), now),
        ),
        "hand": lambda: services.transfer_customer(actor=manager, rep_id=colleague.pk, **whose),
        "assign": lambda: services.assign_customer(actor=manager, rep_id=rep.pk, **whose),
        "phone": lambda: services.add_phone(
            actor=manager, customer_id=customer.pk, phone=make.number(), now=now
        ),
        "wait": lambda: None,
    }
    try:
        acts[word]()
    except (RuleError, Denied):
        return False
    return True


@db
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_any_sequence_leaves_one_live_lease_that_is_the_owners(steps, rep, colleague, manager, now):
    with transaction.atomic():
        customer = make.customer(owner=rep, now=now, phone=PHONE)
        first, at = customer.first_contact_at, now
        for word, wait in steps:
            at += wait * DAY
            before = OwnershipLease.objects.filter(customer=customer, state__in=LIVE).first()
            _act(word, at, (rep, colleague, manager), customer)
            after = OwnershipLease.objects.filter(customer=customer, state__in=LIVE).all()
            assert len(after) <= 1
            _holds(word, before, after[0] if after else None)
            customer.refresh_from_db()
            assert customer.first_contact_at == first
            assert broken() == []
        transaction.set_rollback(True)


def _holds(word, before, after):
    """Never shorter by renewal; locked does not lapse; only what may end a lease ended it."""
    if before is None:
        return
    if before.state == LeaseState.LOCKED and word not in ("unlock", "night"):
        assert after is not None
        assert (after.pk, after.state) == (before.pk, LeaseState.LOCKED)
    if before.state == LeaseState.LOCKED and word == "night" and after is None:
        assert before.deal_on is not None
    if after is not None and after.pk == before.pk:
        assert after.expires_on >= before.expires_on
        assert after.started_at == before.started_at
    if word in ("miss", "phone", "wait"):
        assert after is not None
        assert (after.pk, after.expires_on) == (before.pk, before.expires_on)


# --- two at once


def _assign_to(username, customer, now):
    return lambda: services.assign_customer(
        actor=User.objects.get(username="manager"),
        customer_id=customer.pk,
        rep_id=User.objects.get(username=username).pk,
        now=now,
        reason="公海分配",
    )


@pytest.mark.django_db(transaction=True)
def test_two_assign_one_customer_at_once(rep, colleague, manager, project, now):
    customer = make.customer(project=project, now=now)
    jobs = iter([_assign_to("rep", customer, now), _assign_to("colleague", customer, now)])
    results = at_once(2, lambda: next(jobs)())
    errors = [found for found in results if isinstance(found, Exception)]
    assert [getattr(error, "code", error) for error in errors] == ["lease_live"]
    assert OwnershipLease.objects.count() == 1
    assert broken() == []


@db
def test_control_the_second_assignment_is_refused(rep, colleague, manager, project, now):
    customer = make.customer(project=project, now=now)
    _assign_to("rep", customer, now)()
    refused(_assign_to("colleague", customer, now), "lease_live")
    assert live(customer).rep == rep


@pytest.mark.django_db(transaction=True)
def test_a_transfer_against_the_night(rep, colleague, manager, now):
    """Whoever is first: the lease lapses and nothing is handed on, or it goes on and does not lapse."""
    customer = make.customer(owner=rep, now=now, days=-1)
    jobs = iter(
        [
            lambda: end_leases(TODAY, now),
            lambda: hand(User.objects.get(pk=manager.pk), customer, colleague, now),
        ]
    )
    results = at_once(2, lambda: next(jobs)())
    errors = [getattr(found, "code", found) for found in results if isinstance(found, Exception)]
    customer.refresh_from_db()
    assert (errors, customer.owner_id) in [(["nothing_to_transfer"], None), ([], colleague.pk)]
    assert broken() == []
