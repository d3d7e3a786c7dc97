"""Merging two files and taking it back: requests, dates, leases, races."""

from datetime import timedelta

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from customers import services
from customers.models import (
    Customer,
    Household,
    Kinship,
    Merge,
    NameGram,
    Namesake,
    OwnershipLease,
    Phone,
    Visit,
)
from customers.queries.households import household_facts
from customers.queries.invariants import INVARIANTS
from customers.rules import LIVE, LeaseState
from customers.rules.households import decide_merge, put_back, recompute_merge, take_off
from regulations.models import Decision, Request
from regulations.services import answer
from salesdept import clock
from salesdept.errors import RuleError
from salesdept.models import Event, User
from salesdept.verdict import Denied
from tests.factories import customers as make
from tests.races import at_once

PHONE, OTHER = "13602178846", "13602178847"
db = pytest.mark.django_db
KEPT = (Customer, Household, Phone, OwnershipLease, NameGram, Visit)


def snapshot():
    """Every row of what a merge touches, but for the counter that always goes up."""
    found = {}
    for model in KEPT:
        rows = getattr(model, "everyone", model.objects).order_by("pk").values()
        names = [{k: v for k, v in row.items() if k not in ("version", "id")} for row in rows]
        found[model.__name__] = sorted(names, key=repr) if model is NameGram else names
    return found


def broken():
    return [fault for invariant in INVARIANTS for fault in invariant.broken()]


def two(rep, other_owner, now, **fields):
    survivor = make.customer(owner=rep, phone=PHONE, name="罗晓敏", now=now - timedelta(days=2))
    other = make.customer(
        owner=other_owner,
        project=survivor.project,
        phone=OTHER,
        name="罗小敏",
        now=now - timedelta(days=9),
        visit_count=1,
        **fields,
    )
    return survivor, other


def merge(assistant, manager, survivor, other, now, kind="person", **more):
    asked = services.ask_merge(
        actor=assistant,
        survivor_id=survivor.pk,
        other_id=other.pk,
        kind=kind,
        reason="来电与来访拼写不同",
        now=now,
        **more,
    )
    answer(actor=manager, request_id=asked.pk, approve=True, now=now)
    return Merge.objects.get(request=asked)


def undo(assistant, manager, merged, now):
    asked = services.ask_unmerge(actor=assistant, merge_id=merged.pk, reason="核对后是两个人", now=now)
    answer(actor=manager, request_id=asked.pk, approve=True, now=now)


# --- the decision


def lease(pk, rep, day, state="active"):
    at = f"2026-11-{day:02}T02:00:00+00:00"
    return {"pk": pk, "rep": rep, "state": state, "started_at": at, "last_effective_at": at,
            "expires_on": f"2026-12-{day:02}"}  # fmt: skip


def inputs(first, second, kind="person"):
    return {"kind": kind, "first_contacts": ["2026-11-05", "2026-11-03"], "leases": [first, second]}


@pytest.mark.parametrize(
    ("first", "second", "keep", "close"),
    [
        (None, None, None, None),
        (lease(1, 7, 5), None, 1, None),
        (None, lease(2, 7, 3), 2, None),
        (lease(1, 7, 5), lease(2, 7, 3), 2, 1),
        (lease(1, 7, 3), lease(2, 7, 5), 1, 2),
        (lease(1, 7, 5, "locked"), lease(2, 7, 3), 1, 2),
        (lease(1, 7, 5), lease(2, 8, 3, "lapsed"), 1, None),
    ],
)
def test_which_lease_stays(first, second, keep, close):
    result = decide_merge(inputs(first, second)).result
    assert (result["keep"], result["close"]) == (keep, close)
    assert result["first_contact"] == "2026-11-03"


@pytest.mark.parametrize(
    ("first", "second", "kind", "code"),
    [
        (lease(1, 7, 5), lease(2, 8, 3), "person", "two_owners"),
        (lease(1, 7, 5, "locked"), lease(2, 8, 3), "person", "two_owners"),
        (lease(1, 7, 5, "frozen"), None, "person", "disputed"),
        (lease(1, 7, 5), lease(2, 8, 3, "frozen"), "household", "disputed"),
    ],
)
def test_a_merge_decides_no_ownership(first, second, kind, code):
    with pytest.raises(RuleError) as refused:
        decide_merge(inputs(first, second, kind))
    assert refused.value.code == code
    assert refused.value.way_out


def test_spouses_of_two_reps_keep_both_leases():
    """6.7 case 1: the split table shares, the merge does not."""
    result = decide_merge(inputs(lease(1, 7, 5), lease(2, 8, 3), "household")).result
    assert (result["keep"], result["close"]) == (None, None)


DAYS = st.integers(1, 28)


@given(DAYS, DAYS, st.sampled_from(["active", "locked"]), st.sampled_from(["active", "locked"]))
def test_a_merge_never_shortens_and_never_rejuvenates(one, two, state, other_state):
    first, second = lease(1, 7, one, state), lease(2, 7, two, other_state)
    result = decide_merge(inputs(first, second)).result
    assert result["started_at"] == min(first["started_at"], second["started_at"])
    assert result["expires_on"] == max(first["expires_on"], second["expires_on"])
    assert result == decide_merge(inputs(first, second)).result
    assert {result["keep"], result["close"]} == {1, 2}
    assert result["state"] == ("locked" if "locked" in (state, other_state) else "active")


@given(st.integers(0, 99), st.integers(0, 99), st.integers(0, 99))
def test_a_counter_loses_only_what_the_merge_brought(own, brought, since):
    assert take_off(own, own + brought, own + brought + since) == own + since


@pytest.mark.parametrize(("before", "after", "now", "back"), [("a", "b", "b", "a"), ("a", "b", "c", "c")])
def test_what_somebody_changed_since_stays(before, after, now, back):
    assert put_back(before, after, now) == back


# --- asking and approving


@db
def test_the_assistant_asks_and_somebody_else_approves(rep, assistant, supervisor, manager, now):
    survivor, other = two(rep, None, now)
    asked = services.ask_merge(
        actor=assistant, survivor_id=survivor.pk, other_id=other.pk, kind="person", reason="同一人", now=now
    )
    assert (asked.state, asked.asked_roles) == ("pending", "|supervisor|manager|")
    assert PHONE not in str(asked.payload) + asked.title
    assert Customer.objects.count() == 2
    for actor in (assistant, rep):
        with pytest.raises(Denied):
            answer(actor=actor, request_id=asked.pk, approve=True, now=now)
    answer(actor=supervisor, request_id=asked.pk, approve=True, now=now)
    assert Customer.objects.get() == survivor


@db
def test_a_rep_does_not_ask(rep, now):
    survivor, other = two(rep, rep, now)
    with pytest.raises(Denied):
        services.ask_merge(
            actor=rep, survivor_id=survivor.pk, other_id=other.pk, kind="person", reason="同一人", now=now
        )


@db
def test_a_merge_keeps_both_histories_and_the_earlier_date(rep, assistant, manager, login, now):
    """6.7 case 23."""
    survivor, other = two(rep, rep, now)
    visit = Visit.objects.create(
        project=other.project,
        customer=other,
        received_by=rep,
        entered_by=rep,
        happened_at=now - timedelta(days=9),
        note="先来看过样板间",
        state="pending",
    )
    merged = merge(assistant, manager, survivor, other, now)
    survivor.refresh_from_db()
    visit.refresh_from_db()
    assert visit.customer_id == other.pk  # registers are never rewritten
    assert survivor.first_contact_at == now - timedelta(days=9)
    assert (survivor.visit_count, survivor.owner) == (1, rep)
    kept = OwnershipLease.objects.get(customer=survivor, state__in=LIVE)
    assert kept.started_at == now - timedelta(days=9)
    assert set(Phone.objects.values_list("customer", "household")) == {(survivor.pk, survivor.household_id)}
    client = login(rep)
    page = client.get(f"/customers/{other.pk}/")
    assert (page.status_code, page.url) == (302, f"/customers/{survivor.pk}/")
    shown = client.get(page.url).content.decode()
    assert "先来看过样板间" in shown
    assert "合并档案" in shown
    assert "罗小敏" not in client.get("/customers/").content.decode()
    for q in ("罗小敏", "8847"):
        assert f"/customers/{survivor.pk}/" in client.get(f"/search/?q={q}").content.decode()
    assert [m["merge"] for m in household_facts(other.pk)["merges"]] == [merged.pk]
    decision = Decision.objects.get(kind="customers.merge")
    assert dict(recompute_merge(decision.inputs, decision.terms_values).result) == decision.result
    assert broken() == []


@db
def test_two_owners_are_not_decided_by_a_merge(rep, colleague, assistant, now):
    survivor, other = two(rep, colleague, now)
    with pytest.raises(RuleError) as refused:
        services.ask_merge(
            actor=assistant, survivor_id=survivor.pk, other_id=other.pk, kind="person", reason="同", now=now
        )
    assert (refused.value.code, refused.value.url) == ("two_owners", "/customers/disputes/")
    assert not Request.objects.exists()


@db
def test_a_dispute_opened_after_asking_stops_the_approval(rep, assistant, manager, now):
    survivor, other = two(rep, rep, now)
    asked = services.ask_merge(
        actor=assistant, survivor_id=survivor.pk, other_id=other.pk, kind="person", reason="同一人", now=now
    )
    OwnershipLease.objects.filter(customer=other).update(state=LeaseState.FROZEN)
    with pytest.raises(RuleError, match="裁决前"):
        answer(actor=manager, request_id=asked.pk, approve=True, now=now)
    asked.refresh_from_db()
    assert asked.state == "pending"
    assert not Merge.objects.exists()


@db
def test_what_has_a_deal_is_not_merged_away(rep, assistant, now, monkeypatch):
    survivor, other = two(rep, rep, now)
    from customers.slots import CUSTOMER_IN_USE

    monkeypatch.setattr(CUSTOMER_IN_USE, "_fillers", [lambda ids: ["认购：2-1601"] * (other.pk in ids)])
    given = {"actor": assistant, "kind": "person", "reason": "同一人", "now": now}
    with pytest.raises(RuleError) as refused:
        services.ask_merge(survivor_id=survivor.pk, other_id=other.pk, **given)
    assert refused.value.code == "in_use"
    assert services.ask_merge(survivor_id=other.pk, other_id=survivor.pk, **given)


@db
def test_kin_are_joined_with_a_proof_seen(rep, colleague, assistant, manager, now):
    """6.7 case 3: the son came to B, the parents to A: one household, both leases stay."""
    parents, son = two(rep, colleague, now)
    with pytest.raises(RuleError, match="证明"):
        services.ask_merge(
            actor=assistant, survivor_id=parents.pk, other_id=son.pk, kind="household", relation="child",
            reason="一家人", now=now,
        )  # fmt: skip
    merge(assistant, manager, parents, son, now, "household", relation="child", proof="户口簿")
    son.refresh_from_db()
    kin = Kinship.objects.get()
    assert son.household_id == parents.household_id
    assert (kin.relation, kin.proof, kin.seen_by) == ("child", "户口簿", assistant)
    assert {row.rep for row in OwnershipLease.objects.filter(state__in=LIVE)} == {rep, colleague}
    assert {row.owner for row in Customer.objects.all()} == {rep, colleague}
    assert broken() == []


@db
def test_a_merged_file_is_done_with(rep, assistant, manager, login, now):
    survivor, other = two(rep, rep, now)
    merge(assistant, manager, survivor, other, now)
    with pytest.raises(RuleError) as refused:
        services.edit_customer(
            actor=rep, customer_id=other.pk, version=other.version, changes={"note": "x"}, now=now
        )
    assert refused.value.code in ("stale", "merged_away")
    page = login(rep).post(f"/customers/{other.pk}/grade/", {"grade": "A", "key": "k"})
    assert page.status_code == 409
    with pytest.raises(RuleError):
        services.ask_merge(
            actor=assistant, survivor_id=survivor.pk, other_id=other.pk, kind="person", reason="又", now=now
        )


@db
def test_a_confirmed_namesake_is_closed_by_the_merge(rep, assistant, manager, now):
    first = make.customer(owner=rep, name="李娜", now=now)
    second = make.customer(owner=rep, name="李娜", now=now)
    merged = merge(assistant, manager, first, second, now)
    assert Namesake.objects.get().state == "same"
    undo(assistant, manager, merged, now)
    assert Namesake.objects.get().state == "other"


# --- taking it back


@db
@pytest.mark.parametrize("other_owner", ["same rep", "nobody"])
def test_undoing_restores_everything(other_owner, rep, assistant, manager, now):
    survivor, other = two(rep, rep if other_owner == "same rep" else None, now)
    make.customer(owner=rep, phone="", name="罗太太", household=other.household, now=now)
    before = snapshot()
    merged = merge(assistant, manager, survivor, other, now)
    assert snapshot() != before
    undo(assistant, manager, merged, now + timedelta(hours=1))
    assert snapshot() == before
    assert broken() == []


@db
def test_undoing_a_kinship_restores_everything(rep, colleague, assistant, manager, now):
    parents, son = two(rep, colleague, now)
    before = snapshot()
    merged = merge(assistant, manager, parents, son, now, "household", relation="child", proof="户口簿")
    undo(assistant, manager, merged, now + timedelta(hours=1))
    assert snapshot() == before
    assert Kinship.objects.get().ended_at == now + timedelta(hours=1)


@db
def test_what_happened_since_stays_with_the_survivor(rep, assistant, manager, project, now):
    survivor, other = two(rep, rep, now)
    merged = merge(assistant, manager, survivor, other, now)
    services.register_visit(
        actor=rep, project=project, phone=OTHER, name="罗晓敏", now=now + timedelta(minutes=5)
    )
    services.add_phone(
        actor=rep, customer_id=survivor.pk, phone="13602178849", now=now + timedelta(minutes=6)
    )
    undo(assistant, manager, merged, now + timedelta(hours=1))
    survivor.refresh_from_db()
    other = Customer.objects.get(pk=other.pk)
    assert (survivor.visit_count, other.visit_count) == (1, 1)
    assert set(survivor.phones.values_list("number", flat=True)) == {PHONE, "13602178849"}
    assert list(other.phones.values_list("number", flat=True)) == [OTHER]
    assert broken() == []


@db
def test_a_lease_lapsed_since_is_not_revived(rep, colleague, assistant, manager, project, now):
    survivor, other = two(rep, rep, now)
    merged = merge(assistant, manager, survivor, other, now)
    later = now + timedelta(days=60)
    while services.lapse_due(actor=None, project=project, now=later):
        pass
    services.assign_customer(
        actor=manager, customer_id=survivor.pk, rep_id=colleague.pk, reason="公海分配", now=later
    )
    undo(assistant, manager, merged, later)
    survivor.refresh_from_db()
    assert survivor.owner == colleague
    assert broken() == []


@db
def test_the_latest_merge_is_undone_first(rep, assistant, manager, now):
    survivor, other = two(rep, rep, now)
    third = make.customer(owner=rep, now=now)
    first = merge(assistant, manager, survivor, other, now)
    second = merge(assistant, manager, third, survivor, now)
    with pytest.raises(RuleError) as refused:
        services.ask_unmerge(actor=assistant, merge_id=first.pk, reason="错了", now=now)
    assert refused.value.code == "merged_since"
    undo(assistant, manager, second, now)
    undo(assistant, manager, first, now)
    with pytest.raises(RuleError, match="已拆分"):
        services.ask_unmerge(actor=assistant, merge_id=first.pk, reason="再拆", now=now)
    assert Customer.objects.count() == 3


@db
def test_the_record_of_a_merge_cannot_be_changed(rep, assistant, manager, now):
    from django.db import DatabaseError, transaction

    survivor, other = two(rep, rep, now)
    merged = merge(assistant, manager, survivor, other, now)
    assert PHONE not in str(merged.moved)
    assert "罗" not in str(merged.moved)
    with pytest.raises(DatabaseError), transaction.atomic():
        Merge.objects.filter(pk=merged.pk).update(moved=[])
    assert Event.objects.filter(verb="customers.customer.merged").count() == 2


# --- two at once


def _race(rep, assistant, manager, now):
    survivor, other = two(rep, rep, now)
    asked = services.ask_merge(
        actor=assistant, survivor_id=survivor.pk, other_id=other.pk, kind="person", reason="同一人", now=now
    )
    jobs = [
        lambda: answer(actor=User.objects.get(pk=manager.pk), request_id=asked.pk, approve=True, now=now),
        lambda: services.edit_customer(
            actor=User.objects.get(pk=rep.pk),
            customer_id=other.pk,
            version=0,
            changes={"note": "要南向"},
            now=now,
        ),
    ]
    return other, jobs


@pytest.mark.django_db(transaction=True)
def test_a_merge_against_an_edit(rep, assistant, manager, now):
    """Either the edit came first and is part of what was merged, or it is refused; it is never lost."""
    other, jobs = _race(rep, assistant, manager, now)
    turns = iter(jobs)
    import threading

    lock = threading.Lock()

    def one():
        with lock:
            job = next(turns)
        return job()

    results = at_once(2, one)
    errors = [found for found in results if isinstance(found, Exception)]
    row = Customer.everyone.get(pk=other.pk)
    assert row.merged_into_id
    if errors:
        assert [type(found) for found in errors] == [RuleError]
        assert errors[0].code in ("stale", "merged_away")
        assert row.note == ""
    else:
        assert row.note == "要南向"
    assert broken() == []


@db
@pytest.mark.parametrize("first", [0, 1])
def test_control_one_after_the_other(first, rep, assistant, manager, now):
    """The same two verbs in either order give the two outcomes the race may have."""
    other, jobs = _race(rep, assistant, manager, now)
    jobs[first]()
    if first == 0:
        with pytest.raises(RuleError):
            jobs[1]()
    else:
        jobs[0]()
    assert Customer.everyone.get(pk=other.pk).note == ("" if first == 0 else "要南向")
    assert connection.in_atomic_block


@pytest.mark.django_db(transaction=True)
def test_a_register_against_a_merge_reaches_the_survivor(rep, assistant, manager, now):
    survivor, other = two(rep, rep, now)
    asked = services.ask_merge(
        actor=assistant, survivor_id=survivor.pk, other_id=other.pk, kind="person", reason="同一人", now=now
    )
    jobs = iter(
        [
            lambda: answer(actor=User.objects.get(pk=manager.pk), request_id=asked.pk, approve=True, now=now),
            lambda: services.register_visit(
                actor=User.objects.get(pk=rep.pk),
                project=survivor.project,
                phone=OTHER,
                name="罗晓敏",
                now=clock.now(),
            ),
        ]
    )
    results = at_once(2, lambda: next(jobs)())
    assert [found for found in results if isinstance(found, Exception)] == []
    assert Visit.objects.get().customer_id in (survivor.pk, other.pk)
    assert Customer.objects.get().visit_count == 2
    assert broken() == []
