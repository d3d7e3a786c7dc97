"""Clocking and conduct cases through the services: what is done, and what is refused without a trace."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from attendance import services
from attendance.models import ClockEvent, ConductCase
from attendance.rules import CaseCode, CaseState, ClockKind
from salesdept.errors import RuleError, constraint_name
from salesdept.models import Event, Notice
from salesdept.verdict import Denied
from tests.factories.attendance import ConductCaseFactory

pytestmark = pytest.mark.django_db


def propose(actor, person, now, **changes):
    given = {
        "code": CaseCode.CONTRACT_TEXT,
        "amount": Decimal("50.00"),
        "facts": "合同姓名一字有误",
        "clause": "S63",
        "subject": "contracts.review:1",
        **changes,
    }
    return services.propose_case(actor=actor, person=person, now=now, **given)


def test_in_and_out_are_recorded_at_the_servers_time(rep, project, now):
    for kind, moment in ((ClockKind.IN, now), (ClockKind.OUT, now + timedelta(hours=8))):
        services.clock(actor=rep, kind=kind, project=project, now=moment)
    assert [(e.kind, e.at) for e in ClockEvent.objects.all()] == [
        ("in", now),
        ("out", now + timedelta(hours=8)),
    ]
    assert Event.objects.filter(verb="attendance.clock.recorded").count() == 2


def test_a_second_tap_is_refused_and_leaves_nothing(rep, project, now):
    services.clock(actor=rep, kind=ClockKind.IN, project=project, now=now)
    with pytest.raises(RuleError) as refusal:
        services.clock(actor=rep, kind=ClockKind.IN, project=project, now=now)
    assert refusal.value.code == "clocked_already"
    assert (ClockEvent.objects.count(), Event.objects.count()) == (1, 1)


def test_finance_does_not_clock_here(finance, project, now):
    with pytest.raises(Denied):
        services.clock(actor=finance, kind=ClockKind.IN, project=project, now=now)
    assert not ClockEvent.objects.exists()


def test_a_clock_record_cannot_be_changed(rep, project, now):
    services.clock(actor=rep, kind=ClockKind.IN, project=project, now=now)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        ClockEvent.objects.update(at=now - timedelta(hours=1))
    assert ClockEvent.objects.get().at == now


def test_a_proposal_tells_the_person_and_deducts_nothing(manager, assistant, now):
    case = propose(manager, assistant, now)
    assert (case.state, case.amount, case.mode) == (CaseState.PROPOSED, Decimal("50.00"), "deduct")
    notice = Notice.objects.get()
    assert (notice.user, notice.clause) == (assistant, "S63")


def test_the_whole_way_of_a_case(manager, assistant, director, now):
    case = propose(manager, assistant, now)
    services.acknowledge_case(actor=assistant, case_id=case.pk, statement="该字系打印机缺墨", now=now)
    case = services.decide_case(actor=director, case_id=case.pk, approve=True, now=now)
    assert (case.state, case.decided_by, case.statement) == ("approved", director, "该字系打印机缺墨")
    verbs = Event.objects.order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == [f"attendance.case.{s}" for s in ("proposed", "answered", "approved")]


@pytest.mark.parametrize(
    ("who", "words"),
    [
        pytest.param("manager", "提出人不能裁定", id="the proposer"),
        pytest.param("assistant", "销售助理不能裁定奖惩", id="the person"),
        pytest.param("supervisor", "销售主管不能裁定奖惩", id="a supervisor"),
    ],
)
def test_who_may_not_decide(who, words, manager, assistant, supervisor, now):
    case = propose(manager, assistant, now)
    services.acknowledge_case(actor=assistant, case_id=case.pk, now=now)
    actor = {"manager": manager, "assistant": assistant, "supervisor": supervisor}[who]
    with pytest.raises(Denied, match=words):
        services.decide_case(actor=actor, case_id=case.pk, approve=True, now=now)
    case.refresh_from_db()
    assert (case.state, case.decided_by) == (CaseState.TOLD, None)


def test_a_manager_does_not_decide_an_own_case(director, manager, now):
    case = propose(director, manager, now)
    services.acknowledge_case(actor=manager, case_id=case.pk, now=now)
    with pytest.raises(Denied, match="当事人不能裁定自己的奖惩"):
        services.decide_case(actor=manager, case_id=case.pk, approve=False, ruling="不罚", now=now)


def test_a_case_nobody_heard_waits(manager, assistant, director, now):
    case = propose(manager, assistant, now)
    with pytest.raises(RuleError) as refusal:
        services.decide_case(actor=director, case_id=case.pk, approve=True, now=now)
    assert (refusal.value.code, refusal.value.clause) == ("not_heard", "拟:pen.appeal_days")
    later = now + timedelta(days=3)
    assert services.decide_case(actor=director, case_id=case.pk, approve=True, now=later).state == "approved"


def test_a_withdrawal_says_why(manager, assistant, director, now):
    case = propose(manager, assistant, now)
    with pytest.raises(RuleError) as refusal:
        services.decide_case(actor=director, case_id=case.pk, approve=False, now=now)
    assert refusal.value.code == "reason_needed"
    case.refresh_from_db()
    assert case.state == CaseState.PROPOSED


def test_the_same_act_is_proposed_once(manager, assistant, now):
    propose(manager, assistant, now)
    with pytest.raises(RuleError) as refusal:
        propose(manager, assistant, now)
    assert refusal.value.code == "case_exists"
    assert ConductCase.objects.count() == 1


def test_nobody_proposes_against_oneself_and_reps_propose_nothing(rep, colleague, manager, now):
    for actor, person in ((rep, colleague), (manager, manager)):
        with pytest.raises(Denied):
            propose(actor, person, now)
    assert not ConductCase.objects.exists()


@pytest.mark.parametrize("decider", ["proposer", "person"])
def test_the_database_alone_refuses_a_decision_by_either_side(decider, manager, assistant, now):
    sides = {"proposer": manager, "person": assistant}
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        ConductCaseFactory(
            proposer=manager,
            person=assistant,
            proposed_at=now,
            state=CaseState.APPROVED,
            decided_by=sides[decider],
            decided_at=now,
        )
    assert constraint_name(error.value) == "a_case_is_decided_by_a_third_person"


@pytest.mark.parametrize(
    ("who", "sees"),
    [("assistant", 1), ("rep", 0), ("manager", 1), ("director", 1), ("supervisor", 1), ("finance", 0)],
)
def test_who_sees_a_case(who, sees, request, manager, assistant, project, now):
    ConductCaseFactory(person=assistant, proposer=manager, proposed_at=now, project=project)
    actor = request.getfixturevalue(who)
    assert ConductCase.objects.visible_to(actor).count() == sees


def test_the_inactive_see_nothing(manager, assistant, project, now):
    ConductCaseFactory(person=assistant, proposer=manager, proposed_at=now, project=project)
    manager.is_active = False
    assert not ConductCase.objects.visible_to(manager).exists()
    assert not ClockEvent.objects.visible_to(manager).exists()
