"""候客: the day's verbs, what the log keeps, and who is told."""

from dataclasses import asdict
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from attendance.models import ConductCase
from customers import access
from customers.models import (
    AbsenceRequest,
    DutyDesk,
    OwnershipLease,
    QueueDay,
    QueueEntry,
    Reception,
    TurnLog,
)
from customers.queries.hall_code import hall_code
from customers.queries.invariants import QUEUE
from customers.queries.queue import floor_now
from customers.queries.queue_log import broken_rows, day_of, misplaced, suspended_days
from customers.queries.queue_sheet import sheet, turn_facts, why_not_me
from customers.rules import Absence, Contact, QueueLine, TurnKind
from customers.rules.clocks import StopKind
from customers.rules.queue import next_turn, walk
from customers.rules.queue_decide import KIND
from customers.services import (
    answer_absence,
    arrange_named,
    arrange_next,
    come_back,
    decline_double,
    end_reception,
    grant_turn,
    hand_desk,
    leave_queue,
    lift_suspension,
    penalise,
    register_visit,
    report_last,
    return_desk,
    sign_in_queue,
    skip_turn,
    start_reception,
    step_away,
    suspend_rep,
    withdraw_absence,
)
from customers.services.clocks import apply_pending, declare_stop, stopped_days
from customers.services.queue import entry_of, is_suspended
from customers.services.queue_breaks import DUE, due
from customers.services.queue_desk import end_desks
from regulations.models import Decision, TermsVersion
from regulations.queries.decisions import recomputed
from regulations.rules import VersionState
from salesdept import triggers
from salesdept.errors import RuleError
from salesdept.models import Event, Notice, Reminder
from salesdept.verdict import Denied
from tests.factories import customers as make

pytestmark = pytest.mark.django_db
PHONE = "13602178846"
LATER = timedelta(minutes=10)


@pytest.fixture
def queue(rep, colleague, project, now):
    """Two reps, signed in one after the other."""
    make.sign_in(rep, colleague, now=now)
    return [entry_of(person, project, now) for person in (rep, colleague)]


@pytest.fixture
def trio(queue, supervisor, now):
    make.sign_in(supervisor, now=now)
    return queue


def states():
    return list(QueueEntry.objects.order_by("position").values_list("rep__username", "state"))


def first():
    """Who is next, as the screen says it."""
    entry = QueueEntry.objects.filter(state="waiting").order_by("position").first()
    return entry.rep.username if entry else ""


def visit(rep, now, **options):
    return start_reception(actor=rep, project=rep.projects.first(), kind=Contact.VISIT, now=now, **options)


def refused(do, code, clause):
    """The refusal names its clause and leaves the log as it was."""
    before = TurnLog.objects.count()
    with pytest.raises(RuleError) as refusal:
        do()
    assert (refusal.value.code, refusal.value.clause) == (code, clause)
    assert refusal.value.way_out
    assert TurnLog.objects.count() == before


def terms(project, now, manager, director, topic="customers.queue", **values):
    TermsVersion.objects.create(
        topic=topic, project=project, values=values, effective_from=now.date() - timedelta(days=90),
        state=VersionState.APPROVED, reason="试行", drafted_by=manager, approved_by=director,
        drafted_at=now, approved_at=now,
    )  # fmt: skip


# --- signing in


def test_one_signs_in_with_the_halls_code(rep, project, now):
    for code in ("", "0" * 12, "x"):
        refused(
            lambda c=code: sign_in_queue(actor=rep, project=project, code=c, now=now),
            "code_stale",
            "拟:q.order",
        )
    code = hall_code(project, now)
    sign_in_queue(actor=rep, project=project, code=code, now=now + timedelta(seconds=60))
    assert states() == [("rep", "waiting")]


def test_an_old_code_and_another_projects_code_are_worth_nothing(rep, project, now):
    from tests.factories import ProjectFactory

    code, other = hall_code(project, now), hall_code(ProjectFactory(), now)
    with pytest.raises(RuleError):
        sign_in_queue(actor=rep, project=project, code=code, now=now + timedelta(seconds=120))
    with pytest.raises(RuleError):
        sign_in_queue(actor=rep, project=project, code=other, now=now)
    assert states() == []


def test_the_desk_signs_somebody_in(rep, colleague, assistant, project, now):
    with pytest.raises(Denied):
        sign_in_queue(actor=colleague, project=project, rep=rep, now=now)
    assert sign_in_queue(actor=assistant, project=project, rep=rep, now=now).rep == rep
    with pytest.raises(Denied):
        sign_in_queue(actor=assistant, project=project, now=now)


def test_one_signs_in_once(queue, rep, project, now):
    refused(lambda: make.sign_in(rep, now=now), "signed_in", "拟:q.order")


def test_the_first_order_of_the_day_goes_on_from_the_last_day(queue, rep, colleague, project, now):
    turn = visit(rep, now)
    end_reception(actor=rep, reception_id=turn.pk, outcome="new", now=now)
    tomorrow = now + timedelta(days=1)
    entry = make.sign_in(rep, colleague, now=tomorrow)
    today = QueueEntry.objects.filter(day=entry.day)
    assert list(today.values_list("rep__username", "position")) == [("colleague", 1), ("rep", 2)]


@pytest.mark.parametrize(
    ("order", "line"), [("signin", ["rep", "colleague"]), ("continue", ["colleague", "rep"])]
)
def test_how_the_day_begins_is_a_term(order, line, queue, rep, colleague, manager, director, project, now):
    terms(project, now, manager, director, topic="customers.reception", order=order)
    turn = visit(rep, now)
    end_reception(actor=rep, reception_id=turn.pk, outcome="new", now=now)
    entry = make.sign_in(rep, colleague, now=now + timedelta(days=1))
    today = QueueEntry.objects.filter(day=entry.day)
    assert list(today.values_list("rep__username", flat=True)) == line


def test_who_signs_in_with_a_caller_does_not_wait_for_a_guest(rep, colleague, assistant, project, now):
    make.reception(rep, now=now, kind=Contact.CALL)
    make.sign_in(rep, colleague, now=now)
    assert entry_of(rep, project, now).talking
    assert arrange_next(actor=assistant, project=project, now=now).rep == colleague


# --- whose turn it is


def test_a_new_customer_uses_the_turn(queue, rep, project, now):
    turn = visit(rep, now)
    assert states() == [("colleague", "waiting"), ("rep", "receiving")]
    register_visit(actor=rep, project=project, phone=PHONE, name="罗女士", reception_id=turn.pk, now=now)
    assert states() == [("colleague", "waiting"), ("rep", "waiting")]
    turn.refresh_from_db()
    assert (turn.turn, turn.in_turn, turn.counted) == ("rotation", True, True)


def test_an_old_customer_keeps_the_place(queue, rep, project, now):
    make.customer(owner=rep, phone=PHONE, now=now)
    turn = visit(rep, now)
    register_visit(actor=rep, project=project, phone=PHONE, name="罗女士", reception_id=turn.pk, now=now)
    assert first() == "rep"
    turn.refresh_from_db()
    assert turn.counted is False


@pytest.mark.parametrize(
    ("outcome", "next_one"),
    [("new", "colleague"), ("no_phone", "colleague"), ("unsaid", "colleague"), ("old", "rep"),
     ("peer", "rep"), ("standin", "rep"), ("channel", "rep")],
)  # fmt: skip
def test_what_it_turned_out_to_be(outcome, next_one, queue, rep, now):
    turn = visit(rep, now)
    end_reception(actor=rep, reception_id=turn.pk, outcome=outcome, now=now)
    assert first() == next_one


def test_out_of_turn_only_for_ones_own(queue, colleague, now):
    refused(lambda: visit(colleague, now), "not_your_turn", "S105")
    assert not Reception.objects.exists()
    assert visit(colleague, now, turn=TurnKind.NAMED).turn == "named"
    assert first() == "rep"


def test_said_to_be_old_but_new_uses_the_turn_and_is_told(queue, rep, assistant, now):
    turn = visit(rep, now, turn=TurnKind.OWN)
    assert not Notice.objects.exists()
    end_reception(actor=rep, reception_id=turn.pk, outcome="new", now=now)
    assert first() == "colleague"
    assert "以老客户接待" in Notice.objects.get(user=assistant).title


def test_the_next_in_turn_is_arranged_then_those_who_receive(queue, rep, colleague, assistant, project, now):
    arranged = [arrange_next(actor=assistant, project=project, now=now) for _ in range(3)]
    assert [turn.rep for turn in arranged] == [rep, colleague, rep]
    assert [(turn.turn, turn.beside) for turn in arranged] == [
        ("rotation", 0),
        ("rotation", 0),
        ("double", 1),
    ]
    end_reception(actor=rep, reception_id=arranged[0].pk, outcome="new", now=now)
    assert entry_of(rep, project, now).state == "receiving"
    end_reception(actor=rep, reception_id=arranged[2].pk, outcome="new", now=now)
    entry = entry_of(rep, project, now)
    assert (entry.state, entry.turns) == ("waiting", 2)


def test_a_second_guest_may_be_declined_with_a_reason(queue, rep, colleague, assistant, project, now):
    for person in (rep, colleague):
        visit(person, now)
    refused(
        lambda: decline_double(actor=rep, entry_id=queue[0].pk, reason=" ", now=now), "reason_needed", "S183"
    )
    other = queue[1].pk
    refused(
        lambda: decline_double(actor=colleague, entry_id=other, reason="忙", now=now), "not_asked", "S183"
    )
    decline_double(actor=rep, entry_id=queue[0].pk, reason="客户正在算价", now=now)
    assert arrange_next(actor=assistant, project=project, now=now).rep == colleague


def test_no_second_guest_where_the_term_forbids_it(rep, assistant, manager, director, project, now):
    terms(project, now, manager, director, single_load=True)
    make.sign_in(rep, now=now)
    visit(rep, now)
    refused(lambda: arrange_next(actor=assistant, project=project, now=now), "nobody_waits", "S183")


def test_nobody_to_arrange(assistant, project, now):
    refused(lambda: arrange_next(actor=assistant, project=project, now=now), "nobody_waits", "S183")


def test_a_guest_asks_for_somebody(queue, rep, colleague, assistant, project, now):
    turn = arrange_named(actor=assistant, project=project, rep=colleague, now=now)
    assert (turn.rep, turn.turn, turn.in_turn) == (colleague, "named", False)
    end_reception(actor=assistant, reception_id=turn.pk, outcome="new", now=now)
    assert first() == "rep"
    in_turn = arrange_named(actor=assistant, project=project, rep=rep, now=now)
    end_reception(actor=assistant, reception_id=in_turn.pk, outcome="new", now=now)
    assert first() == "colleague"


def test_standing_in_keeps_the_place(queue, rep, assistant, project, now):
    turn = arrange_next(actor=assistant, project=project, obliged=True, now=now)
    assert (turn.rep, turn.turn) == (rep, "obliged")
    end_reception(actor=assistant, reception_id=turn.pk, outcome="standin", now=now)
    assert first() == "rep"


def test_calls_go_by_their_own_order(queue, rep, colleague, assistant, project, now):
    call = arrange_next(actor=assistant, project=project, kind=Contact.CALL, now=now)
    assert call.rep == rep
    assert entry_of(rep, project, now).state == "waiting"
    assert arrange_next(actor=assistant, project=project, now=now).rep == colleague
    end_reception(actor=rep, reception_id=call.pk, outcome="new", now=now)
    entry = entry_of(rep, project, now)
    assert (entry.calls, entry.turns, entry.call_position, entry.claims) == (1, 0, 2, 1)


@pytest.mark.parametrize("hour", [8, 18])
def test_outside_the_hours_nothing_moves(hour, queue, rep, now):
    turn = visit(rep, now.replace(hour=hour))
    end_reception(actor=rep, reception_id=turn.pk, outcome="new", now=now.replace(hour=hour, minute=30))
    assert first() == "rep"


# --- who is told


def test_the_assistant_hears_of_an_empty_hall(queue, rep, colleague, assistant, supervisor, now):
    visit(rep, now)
    assert not Notice.objects.exists()
    visit(colleague, now)
    told = Notice.objects.order_by("user__username").values_list("user__username", "clause")
    assert list(told) == [("assistant", "S109"), ("supervisor", "S109")]


def test_the_last_one_reports(queue, rep, colleague, assistant, now):
    entry = queue[1]
    report = {"actor": colleague, "entry_id": entry.pk, "now": now}
    visit(rep, now)
    refused(lambda: report_last(**report), "nothing_to_report", "S109")
    visit(colleague, now)
    report_last(**report)
    assert Notice.objects.filter(user=assistant, title__contains="报告").count() == 1
    refused(lambda: report_last(**report), "nothing_to_report", "S109")


# --- away


def test_somebody_always_waits(queue, rep, colleague, now):
    step_away(actor=rep, entry_id=queue[0].pk, now=now, reason="取快递")
    away = {"actor": colleague, "entry_id": queue[1].pk, "now": now}
    refused(lambda: step_away(**away), "hall_empty", "S108")
    assert states() == [("rep", "away"), ("colleague", "waiting")]
    come_back(actor=rep, entry_id=queue[0].pk, now=now)
    assert states() == [("rep", "waiting"), ("colleague", "waiting")]


def test_a_turn_missed_at_lunch_is_made_up(trio, rep, assistant, project, now):
    step_away(actor=assistant, entry_id=trio[0].pk, absence=Absence.LUNCH, now=now)
    assert arrange_next(actor=assistant, project=project, now=now).rep.username == "colleague"
    come_back(actor=rep, entry_id=trio[0].pk, now=now)
    turn = arrange_next(actor=assistant, project=project, now=now)
    assert (turn.rep, turn.turn) == (rep, "makeup")


def test_lunch_goes_in_batches(trio, assistant, manager, director, project, now):
    terms(project, now + timedelta(days=1), manager, director, lunch_at_once=1)
    day = now + timedelta(days=1)
    make.sign_in(*(entry.rep for entry in QueueEntry.objects.order_by("pk")), now=day)
    one, two, _ = QueueEntry.objects.filter(day=day.date()).order_by("position")
    step_away(actor=assistant, entry_id=one.pk, absence=Absence.LUNCH, now=day)
    lunch = {"actor": assistant, "entry_id": two.pk, "absence": Absence.LUNCH, "now": day}
    refused(lambda: step_away(**lunch), "lunch_full", "S107")


def ask(rep, entry, now, absence=Absence.REST):
    step_away(actor=rep, entry_id=entry.pk, absence=absence, now=now, reason="腿疼")
    return AbsenceRequest.objects.get(entry=entry, state="pending")


def test_a_rest_is_asked_for_and_answered_in_one_tap(trio, rep, assistant, now):
    asked = ask(rep, trio[0], now)
    assert states()[0] == ("rep", "waiting")
    assert Notice.objects.get(user=assistant).clause == "S110"
    refused(lambda: ask(rep, trio[0], now), "absence_asked", "S110")
    answer_absence(actor=assistant, request_id=asked.pk, granted=True, now=now)
    assert states()[0] == ("rep", "away")
    again = {"actor": assistant, "request_id": asked.pk, "granted": False, "now": now}
    refused(lambda: answer_absence(**again), "absence_answered", "S110")


def test_a_rest_may_be_refused_or_withdrawn(trio, rep, colleague, assistant, now):
    asked = ask(rep, trio[0], now)
    with pytest.raises(Denied):
        answer_absence(actor=colleague, request_id=asked.pk, granted=True, now=now)
    answer_absence(actor=assistant, request_id=asked.pk, granted=False, answer="等客流过去", now=now)
    assert states()[0] == ("rep", "waiting")
    withdraw_absence(actor=rep, request_id=ask(rep, trio[0], now).pk, now=now)
    assert not Reminder.objects.filter(done_at__isnull=True, kind=DUE).exists()


def test_a_grant_still_leaves_somebody_waiting(queue, rep, colleague, assistant, now):
    asked = ask(rep, queue[0], now)
    visit(rep, now, turn=TurnKind.OWN)
    grant = {"actor": assistant, "request_id": asked.pk, "granted": True, "now": now}
    refused(lambda: answer_absence(**grant), "not_waiting", "拟:q.comp.yes")
    asked.refresh_from_db()
    assert asked.state == "pending"


def remember(asked):
    return Reminder.objects.get(object_ref=f"customers.absencerequest:{asked.pk}", done_at__isnull=True)


def test_unanswered_it_is_granted_when_enough_wait(trio, rep, now):
    asked = ask(rep, trio[0], now)
    messages = due(remember(asked), now + LATER)
    asked.refresh_from_db()
    assert (asked.state, asked.answered_by) == ("granted", None)
    assert states()[0] == ("rep", "away")
    assert [m.user_id for m in messages] == [rep.pk]


def test_unanswered_it_is_refused_with_its_clause_when_too_few_wait(queue, rep, colleague, now):
    asked = ask(rep, queue[0], now)
    step_away(actor=colleague, entry_id=queue[1].pk, now=now)
    (message,) = due(remember(asked), now + LATER)
    asked.refresh_from_db()
    assert (asked.state, message.clause) == ("refused", "S108")
    assert states()[0] == ("rep", "waiting")


def test_nobody_moves_a_colleague(queue, rep, now):
    with pytest.raises(Denied):
        step_away(actor=rep, entry_id=queue[1].pk, now=now)
    assert states()[1] == ("colleague", "waiting")


def test_nobody_goes_home_while_receiving(queue, rep, now):
    turn = visit(rep, now)
    refused(lambda: leave_queue(actor=rep, entry_id=queue[0].pk, now=now), "still_receiving", "S104")
    end_reception(actor=rep, reception_id=turn.pk, now=now)
    leave_queue(actor=rep, entry_id=queue[0].pk, now=now)
    assert ("rep", "off") in states()
    make.sign_in(rep, now=now)
    assert states()[-1] == ("rep", "waiting")


def test_yesterdays_place_is_over(queue, rep, now):
    tomorrow = now + timedelta(days=1)
    refused(lambda: leave_queue(actor=rep, entry_id=queue[0].pk, now=tomorrow), "day_over", "拟:q.order")


# --- lost and made up


def test_the_desk_skips_grants_and_penalises(trio, rep, assistant, project, now):
    entry = {"actor": assistant, "entry_id": trio[0].pk, "now": now}
    refused(lambda: skip_turn(**entry, reason=""), "reason_needed", "拟:q.vacant_A")
    skip_turn(**entry, reason="门岗无人")
    assert first() == "colleague"
    grant_turn(**entry, reason="误记")
    assert (first(), entry_of(rep, project, now).claims) == ("rep", 1)
    penalise(**entry, reason="未首问")
    assert arrange_next(actor=assistant, project=project, now=now).rep.username == "colleague"


def test_nobody_makes_up_for_oneself(trio, supervisor, project, now):
    own = entry_of(supervisor, project, now).pk
    give = {"actor": supervisor, "entry_id": own, "reason": "我", "now": now}
    refused(lambda: grant_turn(**give), "own_claim", "拟:sys.two_persons")


@pytest.mark.parametrize("verb", [skip_turn, grant_turn, penalise])
def test_reps_do_not_touch_a_colleagues_turns(verb, trio, rep, now):
    with pytest.raises(Denied):
        verb(actor=rep, entry_id=trio[1].pk, reason="看不惯", now=now)


# --- 停接


def test_refusing_a_visitor_stops_receiving_for_days(trio, rep, manager, project, now):
    suspend_rep(actor=manager, entry_id=trio[0].pk, reason="让客户自己看", now=now)
    today, last = now.date(), now.date() + timedelta(days=6)
    assert [is_suspended(rep, project, day) for day in (today, last, last + timedelta(days=1))] == [
        True,
        True,
        False,
    ]
    assert len(suspended_days(rep, project, today, last)) == 7
    case = ConductCase.objects.get()
    assert (case.person, case.clause, case.proposer) == (rep, "拟:q.refuse", manager)
    refused(lambda: visit(rep, now, turn=TurnKind.OWN), "suspended", "拟:q.refuse")
    refused(lambda: make.sign_in(rep, now=now + timedelta(days=3)), "suspended", "拟:q.refuse")
    make.sign_in(rep, now=now + timedelta(days=7))


def test_it_is_lifted_by_a_leader(trio, rep, assistant, manager, project, now):
    suspend_rep(actor=manager, entry_id=trio[0].pk, reason="拒接", now=now)
    with pytest.raises(Denied):
        lift_suspension(actor=assistant, project=project, rep=rep, reason="算了", now=now)
    lift_suspension(actor=manager, project=project, rep=rep, reason="查无此事", now=now)
    assert not is_suspended(rep, project, now.date())
    assert states()[-1] == ("rep", "waiting")


def test_days_of_a_suspension_stop_the_clock_and_lifting_starts_it_again(trio, rep, manager, project, now):
    today = now.date()
    lease = OwnershipLease.objects.get(customer=make.customer(owner=rep, now=now))
    before = lease.expires_on
    suspend_rep(actor=manager, entry_id=trio[0].pk, reason="拒接", now=now)
    apply_pending(today, now)
    lease.refresh_from_db()
    assert lease.expires_on == before + timedelta(days=6)  # the event's own day never counts
    last = today + timedelta(days=6)
    days = stopped_days(rep_id=rep.pk, project=project, first=today, last=last)
    assert days == suspended_days(rep, project, today, last)
    lift_suspension(actor=manager, project=project, rep=rep, reason="查无此事", now=now)
    apply_pending(today, now)
    lease.refresh_from_db()
    assert lease.expires_on == before
    assert not stopped_days(rep_id=rep.pk, project=project, first=today, last=last)


def test_lifting_leaves_a_stop_that_was_entered_by_hand(trio, rep, manager, project, now):
    today = now.date()
    suspend_rep(actor=manager, entry_id=trio[0].pk, reason="拒接", now=now)
    by_hand = declare_stop(
        actor=manager,
        project=project,
        kind=StopKind.BARRED,
        rep_id=rep.pk,
        first=today + timedelta(days=2),
        last=today + timedelta(days=3),
        reason="总部培训",
        now=now,
    )
    lift_suspension(actor=manager, project=project, rep=rep, reason="查无此事", now=now)
    days = stopped_days(rep_id=rep.pk, project=project, first=today, last=today + timedelta(days=9))
    assert days == {by_hand.first, by_hand.last}


@pytest.mark.parametrize("who", ["rep", "assistant", "supervisor_self"])
def test_who_does_not_suspend(who, trio, rep, assistant, supervisor, project, now):
    actor = {"rep": rep, "assistant": assistant, "supervisor_self": supervisor}[who]
    entry = entry_of(supervisor, project, now) if who == "supervisor_self" else trio[1]
    with pytest.raises(Denied):
        suspend_rep(actor=actor, entry_id=entry.pk, reason="拒接", now=now)
    assert not ConductCase.objects.exists()


# --- 当日控台


def test_the_desk_carries_the_floors_rights_and_is_out_of_the_turn(trio, rep, assistant, project, now):
    assert not access.may_run_queue(rep, project, now)
    hand_desk(actor=assistant, project=project, holder=rep, now=now)
    assert access.may_run_queue(rep, project, now)
    assert ("rep", "desk") in states()
    assert arrange_next(actor=rep, project=project, now=now).rep.username == "colleague"
    assert not access.may_run_queue(rep, project, now + timedelta(days=1))
    return_desk(actor=rep, project=project, now=now)
    assert not access.may_run_queue(rep, project, now)
    assert states()[-1] == ("rep", "waiting")


def test_one_desk_a_day_that_ends_with_the_day(trio, rep, colleague, assistant, outsider_rep, project, now):
    with pytest.raises(Denied):
        hand_desk(actor=rep, project=project, holder=rep, now=now)
    with pytest.raises(Denied):
        hand_desk(actor=assistant, project=project, holder=outsider_rep, now=now)
    for person in (rep, colleague):
        hand_desk(actor=assistant, project=project, holder=person, now=now)
    assert DutyDesk.objects.get(ended_at__isnull=True).holder == colleague
    assert ("rep", "waiting") in states()
    end_desks(now.date(), now)
    assert DutyDesk.objects.filter(ended_at__isnull=True).exists()
    end_desks(now.date() + timedelta(days=1), now + timedelta(days=1))
    assert not DutyDesk.objects.filter(ended_at__isnull=True).exists()
    refused(lambda: return_desk(actor=assistant, project=project, now=now), "no_desk", "拟:q.order")


@pytest.fixture
def outsider_rep(db):
    from salesdept.rules import Role
    from tests import factories

    return factories.user(Role.REP, username="far", name="远方", project=factories.ProjectFactory())


# --- the log


@pytest.fixture
def busy(trio, rep, colleague, assistant, project, now):
    """A day with some of everything."""
    for number, outcome in enumerate(["new", "old", "new", "peer"]):
        at = now + timedelta(minutes=5 * number)
        turn = arrange_next(actor=assistant, project=project, now=at)
        end_reception(actor=assistant, reception_id=turn.pk, outcome=outcome, now=at + timedelta(minutes=3))
    at = now + timedelta(minutes=30)
    step_away(actor=assistant, entry_id=trio[0].pk, absence=Absence.LUNCH, now=at)
    arrange_named(actor=assistant, project=project, rep=colleague, now=at)
    come_back(actor=rep, entry_id=trio[0].pk, now=at + LATER)
    return QueueDay.objects.get()


def test_replaying_the_log_reproduces_every_assignment(busy):
    decisions = Decision.objects.filter(kind=KIND)
    assert decisions.count() == 5
    for row in busy.log.filter(event="started"):
        decision = decisions.get(subject=f"customers.reception:{row.reception_id}")
        before = day_of(busy, upto=row.seq)
        if decision.result["kind"] in ("rotation", "makeup"):
            assert walk(before.hall, QueueLine.VISIT).rep == decision.result["rep"] == row.rep_id
        assert recomputed(decision)
    assert next_turn([], day_of(busy).terms).rep == 0


def test_the_places_are_what_the_log_folds_to(busy):
    assert [list(check.broken()) for check in QUEUE] == [[], []]
    QueueEntry.objects.filter(rep__username="rep").update(turns=9, position=7)
    assert "position、turns" in next(misplaced(busy))
    assert list(QUEUE[1].broken())


def test_the_database_refuses_to_change_the_log(busy):
    row = busy.log.get(seq=3)
    for change in (lambda: TurnLog.objects.filter(pk=row.pk).update(note="x"), row.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


TAMPERING = {
    "altered": ("UPDATE customers_turnlog SET counted = NOT counted WHERE seq = 6", "第 6 条与当时所记不符"),
    "removed": ("DELETE FROM customers_turnlog WHERE seq = 6", "缺第 6 条"),
    "cut off": ("DELETE FROM customers_turnlog WHERE seq > 6", "到第 6 条"),
    "moved": ("UPDATE customers_turnlog SET seq = 99 WHERE seq = 6", "缺第 6 条"),
}


@pytest.mark.parametrize(("statement", "words"), TAMPERING.values(), ids=TAMPERING)
def test_a_tampered_row_is_found(statement, words, busy):
    assert list(broken_rows(busy)) == []
    triggers.drop()
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
        assert any(words in sentence for sentence in broken_rows(busy))
    finally:
        triggers.install()


def test_a_row_slipped_in_is_found(busy):
    TurnLog.objects.create(
        queue=busy, seq=busy.last_seq + 1, at=busy.log.last().at, event="granted", digest="0" * 64
    )
    assert any("与当时所记不符" in sentence for sentence in broken_rows(busy))


def test_every_event_is_in_the_journal_with_the_top_of_the_log(busy):
    started = Event.objects.filter(verb="customers.reception.started")
    assert started.count() == 5
    tops = {event.changes["log"] for event in started}
    assert tops == {row.digest[:16] for row in busy.log.filter(event="started")}


def test_the_day_keeps_the_terms_it_was_opened_with(busy, manager, director, project, now):
    before = asdict(day_of(busy).terms)
    terms(project, now, manager, director, comp_lunch=False, min_waiting=3)
    assert asdict(day_of(busy).terms) == before
    assert list(misplaced(busy)) == []


def test_why_not_me(busy, rep, project, now):
    page = why_not_me(entry_of(rep, project, now))
    assert len(page["turns"]) == 5
    assert page["turns"][-1]["where"] == "你当时第 1 位，轮到你"
    named = page["turns"][0]
    assert "不占轮次" in named["where"]
    assert all(step["clause"] for turn in page["turns"] for step in turn["steps"])


def test_the_sheet_of_the_day(busy, rep, assistant, project, now):
    page = sheet(assistant, project, now.date(), now)
    assert [row["name"] for row in page["rows"]] == ["周岚", "林知远", "许若晴"] or len(page["rows"]) == 3
    assert page["faults"] == []
    assert len(page["events"]) == busy.last_seq
    assert sum(len(row["turns"]) for row in page["rows"]) == 5


def test_the_sheet_names_guests_to_the_desk_only(queue, rep, assistant, project, now):
    turn = visit(rep, now)
    register_visit(actor=rep, project=project, phone=PHONE, name="罗女士", reception_id=turn.pk, now=now)
    shown = {person: str(sheet(person, project, now.date(), now)) for person in (rep, assistant)}
    assert "罗女士" in shown[assistant]
    assert "罗女士" not in shown[rep]
    assert PHONE not in shown[assistant]


def test_the_turn_behind_a_dispute(busy, now):
    reception = Reception.objects.order_by("pk").first()
    facts = turn_facts(reception.pk)
    assert (facts["kind_word"], facts["in_turn"], facts["counted"], facts["place"]) == ("轮接", True, True, 1)
    assert facts["waiting"] == ["林知远", "许若晴", "周岚"]
    assert [row["event"] for row in facts["log"]] == ["started", "ended"]
    assert facts["whole"]
    assert turn_facts(make.reception(reception.rep, now=now).pk)["steps"] == []


def test_the_screen_says_the_same_as_the_log(busy, project, now):
    at = now + timedelta(hours=1)
    floor = floor_now(project, at)
    assert floor.next.rep_id == walk(day_of(busy).hall, QueueLine.VISIT).rep
