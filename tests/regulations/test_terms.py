"""Versions of terms: which one holds on a day, and how one comes about."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from regulations import services
from regulations.models import Acknowledgement, Request, TermsVersion
from regulations.queries import terms_and_version, terms_for
from regulations.queries.topics import history
from regulations.rules import RequestState, VersionState
from salesdept.errors import RuleError, constraint_name
from salesdept.models import Event, Notice
from salesdept.verdict import Denied
from tests import factories
from tests.regulations.terms import TestTerms

pytestmark = pytest.mark.django_db


def test_without_a_version_the_defaults_hold(project):
    assert terms_and_version(TestTerms, on=date(2026, 11, 23), project=project) == (TestTerms(), None)


DAYS = {
    date(2026, 11, 30): 60,
    date(2026, 12, 1): 30,
    date(2026, 12, 31): 30,
    date(2027, 1, 1): 20,
}


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_the_newest_approved_version_of_the_day_holds(day, approved):
    approved(date(2026, 12, 1), minutes=30)
    approved(date(2027, 1, 1), minutes=20)
    assert terms_for(TestTerms, on=day).minutes == DAYS[day]


def test_the_order_of_approval_does_not_matter(approved):
    approved(date(2027, 1, 1), minutes=20)
    approved(date(2026, 12, 1), minutes=30)
    assert terms_for(TestTerms, on=date(2027, 2, 1)).minutes == 20


def test_the_project_goes_before_the_company_even_when_older(approved, project):
    approved(date(2026, 12, 1), project=project, minutes=45)
    approved(date(2027, 1, 1), minutes=20)
    assert terms_for(TestTerms, on=date(2027, 2, 1), project=project).minutes == 45
    assert terms_for(TestTerms, on=date(2027, 2, 1), project=project.pk).minutes == 45
    assert terms_for(TestTerms, on=date(2027, 2, 1)).minutes == 20


def test_another_projects_version_does_not_leak(approved, project):
    approved(date(2026, 12, 1), project=project, minutes=45)
    other = factories.ProjectFactory()
    assert terms_for(TestTerms, on=date(2027, 2, 1), project=other).minutes == 60


def test_a_draft_changes_nothing_until_the_second_person_approves(draft, director, now):
    version = draft(date(2026, 11, 23), fine="80.00")
    assert terms_for(TestTerms, on=date(2026, 11, 23)).fine == Decimal("50.00")
    services.answer(actor=director, request_id=version.request_id, approve=True, now=now)
    assert terms_for(TestTerms, on=date(2026, 11, 23)).fine == Decimal("80.00")
    version.refresh_from_db()
    assert (version.state, version.approved_by, version.approved_at) == (VersionState.APPROVED, director, now)


def test_the_director_may_draft_and_the_manager_approve(draft, director, manager, now):
    version = draft(actor=director)
    services.answer(actor=manager, request_id=version.request_id, approve=True, now=now)
    version.refresh_from_db()
    assert version.approved_by == manager


def test_the_answerer_is_told_and_then_everybody_it_binds(draft, director, manager, rep, now):
    version = draft()
    assert list(Notice.objects.values_list("user", "title")) == [
        (director.pk, f"待审批：{version.request.title}")
    ]
    services.answer(actor=director, request_id=version.request_id, approve=True, now=now)
    told = set(Notice.objects.filter(key=f"terms:{version.pk}").values_list("user", flat=True))
    assert {director.pk, manager.pk, rep.pk} <= told


REFUSED = ("rep", "colleague", "assistant", "supervisor", "cashier", "finance", "admin")


@pytest.mark.parametrize("username", REFUSED)
def test_nobody_else_drafts(username, draft, request):
    with pytest.raises(Denied):
        draft(actor=request.getfixturevalue(username))
    assert not TermsVersion.objects.exists()
    assert not Event.objects.filter(verb__startswith="regulations").exists()


@pytest.mark.parametrize("username", [*REFUSED, "manager"])
def test_nobody_else_approves(username, draft, request, now):
    version = draft()
    with pytest.raises(Denied):
        services.answer(
            actor=request.getfixturevalue(username), request_id=version.request_id, approve=True, now=now
        )
    version.refresh_from_db()
    assert version.state == VersionState.DRAFT
    assert Request.objects.get().state == RequestState.PENDING


def test_a_second_manager_is_not_the_other_side(draft, project, now):
    from salesdept.rules import Role

    second = factories.user(Role.MANAGER, username="manager2", name="何经理", project=project)
    version = draft()
    with pytest.raises(Denied) as refusal:
        services.answer(actor=second, request_id=version.request_id, approve=True, now=now)
    assert refusal.value.clause == "拟:sys.two_persons"


def test_a_manager_drafts_only_for_an_own_project(draft):
    with pytest.raises(Denied) as refusal:
        draft(project=factories.ProjectFactory())
    assert refusal.value.clause == "拟:sys.access"
    assert not TermsVersion.objects.exists()


DRAFTS = {
    "out of bounds": ({"minutes": 1}, date(2026, 12, 1), "term_out_of_bounds"),
    "unreadable": ({"minutes": "x"}, date(2026, 12, 1), "term_unreadable"),
    "a closed month": ({"minutes": 30}, date(2026, 10, 1), "terms_backdated"),
}


@pytest.mark.parametrize("name", DRAFTS)
def test_a_wrong_draft_is_refused_and_leaves_nothing(name, draft):
    values, day, code = DRAFTS[name]
    with pytest.raises(RuleError) as refusal:
        draft(day, **values)
    assert refusal.value.code == code
    assert refusal.value.clause
    assert not TermsVersion.objects.exists()
    assert not Request.objects.exists()


def test_a_draft_needs_a_reason(test_topic, manager, now):
    with pytest.raises(RuleError) as refusal:
        services.draft_terms(
            actor=manager,
            topic_name="test.hold",
            values={},
            effective_from=date(2026, 12, 1),
            reason="  ",
            now=now,
        )
    assert refusal.value.code == "reason_needed"
    assert not TermsVersion.objects.exists()


def test_a_day_with_a_version_takes_no_second_draft(approved, draft):
    approved(date(2026, 12, 1))
    with pytest.raises(RuleError) as refusal:
        draft(date(2026, 12, 1), minutes=40)
    assert (refusal.value.code, refusal.value.clause) == ("version_same_day", "拟:sys.terms")
    assert TermsVersion.objects.count() == 1


@pytest.mark.parametrize("in_project", [False, True], ids=["company", "project"])
def test_of_two_drafts_for_one_day_only_one_is_approved(in_project, draft, director, project, now):
    scope = project if in_project else None
    first, second = draft(project=scope, minutes=30), draft(project=scope, minutes=40)
    services.answer(actor=director, request_id=first.request_id, approve=True, now=now)
    with pytest.raises(RuleError) as refusal:
        services.answer(actor=director, request_id=second.request_id, approve=True, now=now)
    assert refusal.value.code == "version_same_day"
    second.refresh_from_db()
    assert second.state == VersionState.DRAFT
    assert terms_for(TestTerms, on=date(2026, 12, 1), project=project).minutes == 30


def test_company_and_project_may_share_a_day(approved, project):
    approved(date(2026, 12, 1), minutes=30)
    approved(date(2026, 12, 1), project=project, minutes=45)
    assert TermsVersion.objects.approved().count() == 2


def test_the_database_alone_refuses_a_self_approved_version(manager, now):
    version = TermsVersion(
        topic="x",
        values={},
        effective_from=date(2026, 12, 1),
        state="approved",
        reason="r",
        drafted_by=manager,
        drafted_at=now,
        approved_by=manager,
        approved_at=now,
    )
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        version.save()
    assert constraint_name(error.value) == "terms_need_a_second_person"


def test_a_rejected_draft_stays_and_never_holds(draft, director, now):
    version = draft(date(2026, 11, 23), minutes=30)
    services.answer(actor=director, request_id=version.request_id, approve=False, answer="太短", now=now)
    version.refresh_from_db()
    assert version.state == VersionState.REJECTED
    assert terms_for(TestTerms, on=date(2026, 11, 23)).minutes == 60


def test_a_draft_whose_month_has_closed_is_not_approved_any_more(draft, director):
    from salesdept import clock

    version = draft(date(2026, 11, 30))
    with pytest.raises(RuleError) as refusal:
        services.answer(
            actor=director, request_id=version.request_id, approve=True, now=clock.at(date(2026, 12, 2), 9)
        )
    assert refusal.value.code == "terms_backdated"
    version.refresh_from_db()
    assert version.state == VersionState.DRAFT


def test_history_says_who_changed_what_and_what_is_in_force(approved, draft, rep, project):
    approved(date(2026, 11, 1), minutes=30)
    approved(date(2026, 11, 20), minutes=40, fine="60.00")
    approved(date(2026, 12, 1), minutes=50)
    draft(date(2026, 12, 15), minutes=20)
    entries = history(rep, TestTerms, date(2026, 11, 23), project)
    assert [entry.status for entry in entries] == ["待审批", "待生效", "现行", "已被替代"]
    changes = [{line.label: (line.was, line.value) for line in entry.changes} for entry in entries]
    assert changes[2] == {"锁定时长": ("30", "40"), "每字罚金": ("50.00", "60.00")}
    assert changes[0] == {"锁定时长": ("50", "20")}
    assert entries[0].version.reason == "客户来回路上要半小时"


def test_reading_is_signed_once(approved, rep, now):
    version = approved()
    first = services.acknowledge(actor=rep, version_id=version.pk, now=now)
    again = services.acknowledge(actor=rep, version_id=version.pk, now=now)
    assert first == again
    assert Acknowledgement.objects.get().user == rep
    assert Event.objects.filter(verb="regulations.terms.read").count() == 1


def test_a_draft_cannot_be_signed_as_read(draft, rep, now):
    version = draft()
    with pytest.raises(RuleError) as refusal:
        services.acknowledge(actor=rep, version_id=version.pk, now=now)
    assert refusal.value.code == "not_in_force"
    assert not Acknowledgement.objects.exists()
