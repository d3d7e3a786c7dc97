"""Decisions are stored with what they rest on and come out the same again."""

import pytest

from regulations import access
from regulations.models import Decision
from regulations.queries import terms_and_version
from regulations.queries.decisions import decisions_about, recomputed, why
from regulations.queries.invariants import (
    decisions_recompute,
    versions_are_readable,
    versions_have_two_people,
)
from regulations.rules import to_json
from regulations.services import record_decision
from tests.regulations.terms import TestTerms, fine_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def fined(test_topic, approved, assistant, manager, now):
    from datetime import date

    approved(date(2026, 11, 1), fine="80.00")
    terms, version = terms_and_version(TestTerms, on=date(2026, 11, 23))
    verdicts = fine_for({"characters": 2}, to_json(terms))
    return record_decision(verdicts, assistant, actor=manager, now=now, terms=terms, version=version)


def test_a_decision_keeps_everything_it_rests_on(fined, assistant):
    assert fined.result == {"amount": "160.00"}
    assert fined.inputs == {"characters": 2}
    assert fined.clauses == ["S63"]
    assert fined.terms_values["fine"] == "80.00"
    assert fined.terms_version.values["fine"] == "80.00"
    assert decisions_about(assistant) == [fined]


def test_a_decision_recomputes_from_its_stored_inputs(fined):
    assert recomputed(Decision.objects.get())
    assert list(decisions_recompute()) == []


@pytest.mark.parametrize(
    "change",
    [{"result": {"amount": "1.00"}}, {"inputs": {"characters": 3}}],
    ids=["another result", "other inputs"],
)
def test_an_altered_decision_is_found(fined, change):
    Decision.objects.update(**change)
    assert not recomputed(Decision.objects.get())
    assert [str(fined.pk) in fault for fault in decisions_recompute()] == [True]


def test_later_terms_do_not_change_an_old_decision(fined, approved):
    from datetime import date

    approved(date(2026, 11, 22), fine="10.00")
    assert recomputed(Decision.objects.get())


def test_why_reads_in_words(fined):
    page = why(fined)
    assert page.label == "文字差错"
    assert page.version == "2026-11-01 起"
    assert page.steps == [{"text": "2 个文字有误", "clause": "S63", "value": "160.00"}]
    assert [line.value for line in page.terms if line.name == "fine"] == ["80.00"]


SEES = {"manager": True, "director": True, "assistant": True, "rep": True}


@pytest.mark.parametrize("username", SEES)
def test_who_sees_the_subject_sees_why(username, fined, request):
    assert access.may_see_decision(request.getfixturevalue(username), fined) is SEES[username]


def test_a_stranger_does_not_see_why(fined):
    from salesdept.rules import Role
    from tests import factories

    stranger = factories.user(Role.REP, username="far", name="远代表", project=factories.ProjectFactory())
    assert access.may_see_decision(stranger, fined) is False


def test_invariants_hold_after_the_services(fined):
    assert list(versions_have_two_people()) == list(versions_are_readable()) == []


def test_a_version_out_of_bounds_is_found(fined):
    from regulations.models import TermsVersion

    TermsVersion.objects.update(values={"minutes": 1})
    assert len(list(versions_are_readable())) == 1


def test_a_version_whose_request_was_not_approved_is_found(fined):
    from regulations.models import Request

    Request.objects.update(state="withdrawn")
    assert len(list(versions_have_two_people())) == 1
