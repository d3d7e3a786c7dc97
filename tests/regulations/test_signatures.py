"""Requests that several have to sign: in any order, once each, never one's own; a rejection ends them."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError

from regulations import access, services
from regulations.models import Request, RequestSignature
from regulations.queries.requests import request_page, waiting_for
from regulations.rules import RequestState
from regulations.slots import APPROVALS, ApprovalKind
from salesdept.errors import RuleError
from salesdept.models import Event, Notice
from salesdept.rules import Role
from salesdept.verdict import ALLOWED, Denied
from tests import factories
from tests.races import at_once

pytestmark = pytest.mark.django_db
SIGNERS = (Role.MANAGER, Role.FINANCE)


@pytest.fixture
def done(monkeypatch):
    """A kind that manager and finance sign, and what its effects did."""
    effects = []
    kind = ApprovalKind(
        "test.both",
        "两方签批",
        lambda actor, request: ALLOWED,
        lambda request, actor, now: effects.append(("approved", request.pk)),
        lambda request, actor, now: effects.append(("refused", request.pk)),
        answerers=SIGNERS,
        signers=SIGNERS,
    )
    monkeypatch.setattr(APPROVALS, "_fillers", [*APPROVALS, kind])
    return effects


@pytest.fixture
def asked(done, rep, project, manager, finance, now):
    return services.ask(
        actor=rep, kind="test.both", subject=project, title="改途径", reason="登记时看错", now=now
    )


def sign(person, request, now, **fields):
    return services.answer(actor=person, request_id=request.pk, approve=True, now=now, **fields)


@pytest.mark.parametrize("order", [("manager", "finance"), ("finance", "manager")])
def test_the_last_signature_approves_whatever_the_order(asked, done, now, order, request):
    first, second = (request.getfixturevalue(name) for name in order)
    assert sign(first, asked, now).state == RequestState.PENDING
    assert done == []
    assert sign(second, asked, now).state == RequestState.APPROVED
    asked.refresh_from_db()
    assert (asked.state, asked.decided_by) == (RequestState.APPROVED, second)
    assert done == [("approved", asked.pk)]
    assert [row.signer for row in asked.signatures.all()] == [first, second]


def test_the_missing_signer_is_told_and_the_requester_only_at_the_end(asked, rep, manager, finance, now):
    Notice.objects.all().delete()
    sign(manager, asked, now)
    notice = Notice.objects.get()
    assert notice.user == finance
    assert notice.title.startswith(manager.name)
    sign(finance, asked, now)
    assert Notice.objects.filter(user=rep, key=f"request:{asked.pk}:answer").count() == 1


def test_nobody_signs_twice(asked, manager, done, now):
    sign(manager, asked, now)
    with pytest.raises(Denied) as refusal:
        sign(manager, asked, now)
    assert refusal.value.clause == "拟:sys.two_persons"
    assert asked.signatures.count() == 1
    assert done == []


def test_a_second_person_of_the_same_role_does_not_make_up_for_the_other(asked, manager, project, done, now):
    sign(manager, asked, now)
    second = factories.user(Role.MANAGER, username="second", name="第二经理", project=project)
    with pytest.raises(Denied):
        sign(second, asked, now)
    assert done == []


def test_nobody_signs_an_own_request(done, manager, finance, project, now):
    own = services.ask(
        actor=manager, kind="test.both", subject=project, title="改途径", reason="自己提的", now=now
    )
    with pytest.raises(Denied):
        sign(manager, own, now)
    sign(finance, own, now)
    own.refresh_from_db()
    assert own.state == RequestState.PENDING
    second = factories.user(Role.MANAGER, username="second", name="第二经理", project=project)
    assert sign(second, own, now).state == RequestState.APPROVED


def test_who_is_not_asked_does_not_sign(asked, assistant, director, done, now):
    for person in (assistant, director):
        with pytest.raises(Denied):
            sign(person, asked, now)
    assert not asked.signatures.exists()


@pytest.mark.parametrize("signed", [False, True])
def test_any_rejection_ends_it(asked, manager, finance, done, now, signed):
    if signed:
        sign(manager, asked, now)
    services.answer(actor=finance, request_id=asked.pk, approve=False, answer="证据不足", now=now)
    asked.refresh_from_db()
    assert (asked.state, asked.decided_by) == (RequestState.REJECTED, finance)
    assert done == [("refused", asked.pk)]
    with pytest.raises(RuleError) as refusal:
        sign(finance, asked, now)
    assert refusal.value.code == "request_answered"


def test_who_signed_no_longer_has_it_waiting(asked, manager, finance, now):
    assert waiting_for(manager) == waiting_for(finance) == [asked]
    sign(manager, asked, now)
    assert waiting_for(manager) == []
    assert waiting_for(finance) == [asked]
    assert not access.may_answer(manager, asked)


def test_the_page_shows_who_signed_and_who_has_not(asked, rep, manager, client, now):
    sign(manager, asked, now, answer="看过登记")
    page = request_page(asked, rep)
    assert [(label, row and row.signer) for label, row in page.signatures] == [
        ("销售经理", manager),
        ("财务", None),
    ]
    client.force_login(rep)
    shown = client.get(f"/regulations/requests/{asked.pk}/").content.decode()
    assert "看过登记" in shown
    assert "待签" in shown


def test_a_signature_is_journalled(asked, manager, now):
    sign(manager, asked, now, answer="属实")
    assert Event.objects.filter(verb="regulations.request.signed", reason="属实").count() == 1


def test_the_tables_refuse_the_requester_and_a_second_signature(asked, rep, manager, finance, now):
    row = {"request": asked, "requester": rep, "signed_at": now}
    RequestSignature.objects.create(role=Role.MANAGER, signer=manager, **row)
    for role, signer in ((Role.FINANCE, rep), (Role.FINANCE, manager), (Role.MANAGER, finance)):
        with pytest.raises(IntegrityError), transaction.atomic():
            RequestSignature.objects.create(role=role, signer=signer, **row)


def test_a_signature_is_never_changed(asked, manager, finance, now):
    sign(manager, asked, now)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE regulations_requestsignature SET note = 'x'")


@pytest.mark.django_db(transaction=True)
def test_both_signing_at_once_take_effect_once(asked, manager, finance, done, now):
    people = [manager, finance]
    at_once(2, lambda: sign(people.pop(), asked, now))
    assert Request.objects.get(pk=asked.pk).state == RequestState.APPROVED
    assert done == [("approved", asked.pk)]


@pytest.mark.django_db(transaction=True)
def test_one_signing_twenty_times_signs_once(asked, manager, done, now):
    at_once(6, lambda: sign(manager, asked, now))
    assert asked.signatures.count() == 1
    assert done == []
