"""At the door and at the table: who waits, how fast somebody came, leaving the table, other visitors."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from customers.models import Arrival, Aside, Reception, Visitor
from customers.queries.hall import hall_page
from customers.queries.queue import place_page, queue_page
from customers.rules import Absence, Contact, QueueState, QueueTerms, TurnKind, TurnOutcome
from customers.rules.greeting import check_aside, check_finish, is_new
from customers.services import (
    answer_visitor,
    arrange_next,
    arrival_left,
    back_at_table,
    come_back,
    end_reception,
    leave_table,
    log_visitor,
    note_arrival_at_door,
    say_finish,
    start_reception,
    step_away,
    visitor_done,
)
from customers.services.queue import entry_of
from customers.services.reception import arrange_named
from salesdept import clock
from salesdept.errors import RuleError
from salesdept.models import Event, Notice
from salesdept.verdict import Denied
from tests.factories import customers as make

pytestmark = pytest.mark.django_db
NOON = clock.at(date(2026, 11, 24), 12)
TERMS = QueueTerms()


def later(**length):
    return NOON + timedelta(**length)


@pytest.fixture
def waiting(rep, colleague, assistant):
    make.sign_in(rep, colleague, now=later(hours=-1))


def came(assistant, project, **given):
    return note_arrival_at_door(actor=assistant, project=project, now=given.pop("now", NOON), **given)


def refused(code, do):
    with pytest.raises(RuleError) as refusal:
        do()
    assert refusal.value.code == code
    return refusal.value


# --- the door


def test_seconds_from_the_door_to_the_table_are_measured(waiting, assistant, project):
    came(assistant, project)
    arrange_next(actor=assistant, project=project, now=later(seconds=75))
    page = hall_page(assistant, project, later(minutes=2))
    assert (page["waiting"], page["tables"][0]["greeted"], page["tables"][0]["slow"]) == ([], "75", True)
    assert page["figures"] == {"groups": "1", "received": "1", "mean": "75", "slow": "1", "limit": "60"}
    assert Event.objects.get(verb="customers.arrival.received").changes["seconds"] == 75


def test_a_slow_welcome_is_shown_and_never_a_penalty(waiting, assistant, project):
    came(assistant, project)
    arrange_next(actor=assistant, project=project, now=later(minutes=9))
    assert not Event.objects.filter(verb__startswith="attendance.").exists()


def test_the_group_that_waits_longest_is_received_first(waiting, assistant, project):
    first = came(assistant, project)
    second = came(assistant, project, now=later(minutes=1))
    turn = arrange_next(actor=assistant, project=project, now=later(minutes=2))
    assert [group["pk"] for group in hall_page(assistant, project, later(minutes=2))["waiting"]] == [
        str(second.pk)
    ]
    first.refresh_from_db()
    assert first.reception_id == turn.pk


def test_a_guest_of_ones_own_takes_no_group_from_the_door(waiting, assistant, project, colleague):
    group = came(assistant, project)
    arrange_named(actor=assistant, project=project, rep=colleague, turn=TurnKind.OWN, now=later(minutes=1))
    group.refresh_from_db()
    assert group.reception_id is None


def test_a_group_may_ask_for_somebody(waiting, assistant, project, colleague):
    came(assistant, project)
    group = came(assistant, project, now=later(minutes=1))
    turn = arrange_named(
        actor=assistant, project=project, rep=colleague, arrival_id=group.pk, now=later(minutes=2)
    )
    group.refresh_from_db()
    assert group.reception_id == turn.pk


def test_a_rep_who_starts_by_the_order_takes_the_group_too(waiting, rep, assistant, project):
    group = came(assistant, project)
    turn = start_reception(actor=rep, project=project, kind=Contact.VISIT, now=later(seconds=20))
    group.refresh_from_db()
    assert group.reception_id == turn.pk


def test_a_call_takes_no_group(waiting, assistant, project):
    group = came(assistant, project)
    arrange_next(actor=assistant, project=project, kind=Contact.CALL, now=later(minutes=1))
    group.refresh_from_db()
    assert group.reception_id is None


def test_a_group_received_or_gone_is_not_taken_again(waiting, assistant, project):
    group = came(assistant, project)
    arrival_left(actor=assistant, arrival_id=group.pk, now=later(minutes=5))
    refused("arrival_gone", lambda: arrival_left(actor=assistant, arrival_id=group.pk, now=later(minutes=6)))
    refused(
        "arrival_gone",
        lambda: arrange_next(actor=assistant, project=project, arrival_id=group.pk, now=later(minutes=6)),
    )
    assert not Reception.objects.exists()


def test_the_table_says_a_received_group_did_not_leave(waiting, assistant, project):
    group = came(assistant, project)
    arrange_next(actor=assistant, project=project, now=later(minutes=1))
    with pytest.raises(IntegrityError), transaction.atomic():
        Arrival.objects.filter(pk=group.pk).update(left_at=NOON)


# --- the table


def test_those_who_wait_hear_when_a_table_will_be_free(waiting, rep, assistant, project):
    turn = start_reception(actor=rep, project=project, kind=Contact.VISIT, now=NOON)
    came(assistant, project, now=later(minutes=1))
    say_finish(actor=rep, reception_id=turn.pk, minutes=10, now=later(minutes=2))
    page = hall_page(assistant, project, later(minutes=3))
    assert (page["soonest"], page["waiting"][0]["for"]) == ("12:12", "2 分")
    assert hall_page(assistant, project, later(minutes=13))["tables"][0]["over"]


@pytest.mark.parametrize("minutes", [0, -1, 241])
def test_an_estimate_is_some_minutes(minutes):
    refused("finish_minutes", lambda: check_finish(minutes))


ASIDES = {
    "a moment needs nobody": ((5, None, "", False), None),
    "long needs somebody": ((6, None, "", False), "aside_long"),
    "no length": ((0, None, "", False), "aside_minutes"),
    "to oneself": ((9, 1, "看价", True), "aside_self"),
    "without the need": ((9, 2, " ", True), "need_unsaid"),
    "without the guest's consent": ((9, 2, "看价", False), "no_consent"),
    "long with need and consent": ((9, 2, "看价", True), None),
}


@pytest.mark.parametrize(("given", "code"), ASIDES.values(), ids=ASIDES)
def test_leaving_the_table(given, code):
    minutes, helper, need, consented = given
    if code is None:
        check_aside(minutes, helper, 1, need, consented, TERMS)
    else:
        refusal = refused(code, lambda: check_aside(minutes, helper, 1, need, consented, TERMS))
        assert refusal.clause
        assert refusal.way_out


def test_a_colleague_looks_after_the_guest_who_stays_whose_he_is(waiting, rep, colleague, project, assistant):
    turn = start_reception(actor=rep, project=project, kind=Contact.VISIT, now=NOON)
    leave_table(
        actor=rep,
        reception_id=turn.pk,
        minutes=15,
        helper=colleague,
        need="等三房价目",
        consented=True,
        now=later(minutes=3),
    )
    notice = Notice.objects.get(user=colleague, title__contains="等三房价目")
    assert notice.clause == "S147"
    page = hall_page(assistant, project, later(minutes=20))
    assert (page["tables"][0]["helper"], page["tables"][0]["away_long"]) == (colleague.name, True)
    back_at_table(actor=rep, reception_id=turn.pk, now=later(minutes=21))
    turn.refresh_from_db()
    assert (turn.rep_id, turn.ended_at, Aside.objects.get().back_at) == (rep.pk, None, later(minutes=21))
    refused("not_aside", lambda: back_at_table(actor=rep, reception_id=turn.pk, now=later(minutes=22)))


def test_one_is_away_once_and_the_end_of_the_reception_ends_it(waiting, rep, project):
    turn = start_reception(actor=rep, project=project, kind=Contact.VISIT, now=NOON)
    leave = {"actor": rep, "reception_id": turn.pk, "minutes": 2}
    leave_table(**leave, now=later(minutes=1))
    refused("aside_open", lambda: leave_table(**leave, now=later(minutes=2)))
    end_reception(actor=rep, reception_id=turn.pk, counted=True, now=later(minutes=9))
    assert Aside.objects.get().back_at == later(minutes=9)
    refused("reception_over", lambda: leave_table(**leave, now=later(minutes=10)))


def test_the_table_of_asides_wants_consent_and_need(waiting, rep, colleague, project):
    turn = start_reception(actor=rep, project=project, kind=Contact.VISIT, now=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        Aside.objects.create(reception=turn, left_at=NOON, minutes=9, helper=colleague, need="看价")


def test_only_the_end_says_a_guest_was_of_the_trade_and_the_desk_sees_it(waiting, rep, assistant, project):
    turn = start_reception(actor=rep, project=project, kind=Contact.VISIT, now=NOON)
    assert turn.outcome == ""
    end_reception(actor=rep, reception_id=turn.pk, outcome=TurnOutcome.PEER, now=later(minutes=9))
    assert Notice.objects.get(user=assistant, clause="S211").title.startswith(rep.name)


# --- 仪容: in the meeting room until the assistant clears it


def test_the_assistant_alone_sends_to_the_meeting_room_and_back(waiting, rep, assistant, manager, project):
    place = entry_of(rep, project, NOON)
    send = {"entry_id": place.pk, "absence": Absence.MEETING, "reason": "未穿工装", "now": NOON}
    for person in (rep, manager):
        refusal = refused_access(lambda person=person: step_away(actor=person, **send))
        assert refusal.clause == "S200"
    step_away(actor=assistant, **send)
    place.refresh_from_db()
    assert (place.state, place.absence) == (QueueState.OUT, Absence.MEETING)
    assert (
        refused_access(lambda: come_back(actor=rep, entry_id=place.pk, now=later(minutes=1))).clause == "S200"
    )
    come_back(actor=assistant, entry_id=place.pk, now=later(minutes=30))
    place.refresh_from_db()
    assert place.state == QueueState.WAITING


def refused_access(do):
    with pytest.raises(Denied) as refusal:
        do()
    return refusal.value


def test_only_the_assistant_is_offered_the_meeting_room(waiting, rep, assistant, project):
    place = entry_of(rep, project, NOON)
    offered = {
        person: [value for value, *_ in place_page(person, place, NOON)["absences"]]
        for person in (rep, assistant)
    }
    assert (Absence.MEETING in offered[rep], Absence.MEETING in offered[assistant]) == (False, True)


# --- new reps


@pytest.mark.parametrize(
    ("since", "new"), [(None, False), (0, True), (89, True), (90, False), (-1, False)], ids=str
)
def test_a_rep_is_new_for_some_days(since, new):
    joined = None if since is None else clock.business_date(NOON) - timedelta(days=since)
    assert is_new(joined, clock.business_date(NOON), TERMS.new_rep_days) is new


def test_the_control_marks_a_new_rep(waiting, rep, assistant, project):
    rep.active_from = clock.business_date(NOON) - timedelta(days=5)
    rep.save(update_fields=["active_from"])
    page = queue_page(assistant, project, NOON)
    assert [place["new"] for place in page["waiting"]] == [True, False]


# --- other visitors


@pytest.fixture
def guest(assistant, project, manager):
    return log_visitor(
        actor=assistant,
        project=project,
        name="章先生",
        firm="检测站",
        purpose="送报告",
        host=manager,
        now=NOON,
    )


def test_whom_he_comes_to_see_is_told_without_a_name_and_answers(guest, manager, assistant, project):
    notice = Notice.objects.get(user=manager)
    assert "章先生" not in notice.title + notice.body
    answer_visitor(actor=manager, visitor_id=guest.pk, answer="wait", now=later(minutes=2))
    assert Notice.objects.filter(user=assistant, title__contains="请稍等").exists()
    visitor_done(actor=assistant, visitor_id=guest.pk, now=later(minutes=12))
    row = hall_page(assistant, project, later(minutes=40))["visitors"][0]
    assert (row["answer"], row["for"], row["open"]) == ("请稍等", "12 分", False)
    assert not Reception.objects.exists()
    refused("visitor_gone", lambda: visitor_done(actor=assistant, visitor_id=guest.pk, now=later(minutes=41)))


@pytest.mark.parametrize("gap", ["name", "purpose"])
def test_name_and_purpose_are_asked_first(gap, assistant, project, manager):
    given = {"name": "章先生", "purpose": "送报告", gap: "  "}
    refused(
        "visitor_unsaid",
        lambda: log_visitor(actor=assistant, project=project, host=manager, now=NOON, **given),
    )
    assert not Visitor.objects.exists()


def test_an_answer_is_one_of_the_list(guest, manager):
    refused(
        "answer_unknown", lambda: answer_visitor(actor=manager, visitor_id=guest.pk, answer="asked", now=NOON)
    )


def test_money_people_see_no_visitors_but_their_own(guest, finance, manager, project):
    assert hall_page(finance, project, NOON)["visitors"] == []
    assert len(hall_page(manager, project, NOON)["visitors"]) == 1


def test_the_page_says_what_is_missing_of_a_visitor(login, assistant, manager, project):
    page = login(assistant).post(reverse("customers:visitor_log"), {"name": "", "host": manager.pk})
    assert page.status_code == 422
    assert not Visitor.objects.exists()
