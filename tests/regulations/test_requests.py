"""The request engine: one open request per subject, never one's own, answered once."""

import pytest

from regulations import access, services
from regulations.models import Request
from regulations.queries.requests import inbox, waiting_for
from regulations.rules import RequestState
from regulations.slots import APPROVALS, ApprovalKind
from salesdept.errors import RuleError
from salesdept.models import Event, Notice
from salesdept.rules import Role
from salesdept.verdict import ALLOWED, Denied, Verdict
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def done(monkeypatch):
    """A kind that finance answers, and what its effects did."""
    effects = []
    kind = ApprovalKind(
        "test.refund",
        "退款",
        lambda actor, request: ALLOWED if actor.role == Role.FINANCE else Verdict("财务才能批", "S73"),
        lambda request, actor, now: effects.append(("approved", request.pk)),
        lambda request, actor, now: effects.append(("refused", request.pk)),
        answerers=(Role.FINANCE,),
    )
    monkeypatch.setattr(APPROVALS, "_fillers", [*APPROVALS, kind])
    return effects


@pytest.fixture
def asked(done, rep, project, now):
    return services.ask(
        actor=rep, kind="test.refund", subject=project, title="退 2,000.00 元", reason="客户多付", now=now
    )


def test_the_answerer_is_told_where_to_look(finance, cashier, asked):
    notice = Notice.objects.get()
    assert (notice.user, notice.url) == (finance, f"/regulations/requests/{asked.pk}/")


def test_one_open_request_per_subject(asked, rep, project, now):
    with pytest.raises(RuleError) as refusal:
        services.ask(actor=rep, kind="test.refund", subject=project, title="再退", reason="再来", now=now)
    assert (refusal.value.code, refusal.value.clause) == ("request_open", "拟:sys.approval")
    assert Request.objects.count() == 1


def test_after_an_answer_one_may_ask_again(asked, rep, finance, project, now):
    services.answer(actor=finance, request_id=asked.pk, approve=False, answer="凭证不全", now=now)
    services.ask(actor=rep, kind="test.refund", subject=project, title="再退", reason="补齐了", now=now)
    assert Request.objects.pending().count() == 1


def test_a_request_needs_a_reason(done, rep, project, now):
    with pytest.raises(RuleError) as refusal:
        services.ask(actor=rep, kind="test.refund", subject=project, title="退", reason=" ", now=now)
    assert refusal.value.code == "reason_needed"
    assert not Request.objects.exists()


def test_an_approval_has_its_effect_and_tells_the_requester(asked, finance, rep, done, now):
    services.answer(actor=finance, request_id=asked.pk, approve=True, now=now)
    asked.refresh_from_db()
    assert (asked.state, asked.decided_by) == (RequestState.APPROVED, finance)
    assert done == [("approved", asked.pk)]
    assert Notice.objects.filter(user=rep, key=f"request:{asked.pk}:answer").exists()
    assert list(Event.objects.values_list("verb", flat=True)) == [
        "regulations.request.approved",
        "regulations.request.filed",
    ]


def test_a_rejection_says_why(asked, finance, done, now):
    with pytest.raises(RuleError) as refusal:
        services.answer(actor=finance, request_id=asked.pk, approve=False, now=now)
    assert refusal.value.code == "reason_needed"
    asked.refresh_from_db()
    assert asked.state == RequestState.PENDING
    assert done == []


def test_a_request_is_answered_once(asked, finance, done, now):
    services.answer(actor=finance, request_id=asked.pk, approve=True, now=now)
    with pytest.raises(RuleError) as refusal:
        services.answer(actor=finance, request_id=asked.pk, approve=False, answer="反悔", now=now)
    assert refusal.value.code == "request_answered"
    assert done == [("approved", asked.pk)]


def test_nobody_answers_an_own_request(done, finance, project, now):
    own = services.ask(
        actor=finance, kind="test.refund", subject=project, title="退", reason="自己的", now=now
    )
    with pytest.raises(Denied) as refusal:
        services.answer(actor=finance, request_id=own.pk, approve=True, now=now)
    assert refusal.value.clause == "拟:sys.two_persons"
    assert not access.may_answer(finance, own)
    own.refresh_from_db()
    assert own.state == RequestState.PENDING


def test_only_the_requester_withdraws(asked, colleague, rep, done, now):
    with pytest.raises(Denied):
        services.withdraw(actor=colleague, request_id=asked.pk, now=now)
    assert done == []
    services.withdraw(actor=rep, request_id=asked.pk, now=now)
    asked.refresh_from_db()
    assert asked.state == RequestState.WITHDRAWN
    assert done == [("refused", asked.pk)]


SEES = {
    "rep": True,
    "finance": True,
    "manager": True,
    "colleague": False,
    "assistant": False,
    "cashier": False,
}


@pytest.mark.parametrize("username", SEES)
def test_a_request_is_seen_by_its_requester_the_asked_and_the_leaders(username, asked, request):
    person = request.getfixturevalue(username)
    assert Request.objects.visible_to(person).filter(pk=asked.pk).exists() is SEES[username]


def test_another_projects_request_is_not_seen(asked, now):
    stranger = factories.user(Role.FINANCE, username="far", name="远财务", project=factories.ProjectFactory())
    Request.objects.update(project=asked.requester.projects.get())
    assert not Request.objects.visible_to(stranger).exists()


def test_the_inactive_see_nothing(asked, finance):
    finance.is_active = False
    assert not Request.objects.visible_to(finance).exists()


def test_what_waits_is_what_one_may_answer(asked, finance, manager, rep):
    assert waiting_for(finance) == [asked]
    assert waiting_for(manager) == waiting_for(rep) == []
    assert [line.title for line in inbox(rep, "mine")[0]] == ["退 2,000.00 元"]
