"""开业十问: asked once per project; answers are version 1, 拟 until a second person approves."""

from dataclasses import fields

import pytest

from regulations import services
from regulations.models import TermsVersion
from regulations.queries import terms_for
from regulations.queries.cards import opening_card
from regulations.rules import QUESTIONS, SplitTerms
from regulations.slots import TOPICS
from salesdept.errors import RuleError
from salesdept.models import Event, User
from salesdept.verdict import Denied
from tests import factories

pytestmark = pytest.mark.django_db

ANSWERS = {"customers.split": {"standin_sameday": 0, "triple": "equal"}}


def test_there_are_ten_and_each_sets_a_term_that_exists():
    kinds = {kind.topic_name: {f.name for f in fields(kind)} for kind in TOPICS}
    missing = [
        (question.rule, topic, name)
        for question in QUESTIONS
        for topic, name in question.fields
        if name not in kinds.get(topic, ())
    ]
    assert len(QUESTIONS) == 10
    assert missing == []


def test_answers_wait_for_the_second_person(project, manager, director, now):
    services.answer_opening(actor=manager, project_id=project.pk, answers=ANSWERS, now=now)
    version = TermsVersion.objects.get()
    assert (version.project, version.values["standin_sameday"], version.values["couple"]) == (project, 0, 50)
    assert terms_for(SplitTerms, on=now.date(), project=project) == SplitTerms()
    services.answer(actor=director, request_id=version.request_id, approve=True, now=now)
    assert terms_for(SplitTerms, on=now.date(), project=project).triple == "equal"
    project.refresh_from_db()
    assert project.settings_asked_at == now


def test_skipping_keeps_the_defaults(project, manager, now):
    services.skip_opening(actor=manager, project_id=project.pk, now=now)
    project.refresh_from_db()
    assert project.settings_asked_at == now
    assert not TermsVersion.objects.exists()
    assert Event.objects.get().verb == "regulations.opening.skipped"


VERBS = {
    "answer": lambda **who: services.answer_opening(answers=ANSWERS, **who),
    "skip": services.skip_opening,
}


@pytest.mark.parametrize("verb", VERBS)
def test_it_is_asked_once(verb, project, manager, now):
    services.skip_opening(actor=manager, project_id=project.pk, now=now)
    with pytest.raises(RuleError) as refusal:
        VERBS[verb](actor=manager, project_id=project.pk, now=now)
    assert refusal.value.code == "opening_answered"
    assert not TermsVersion.objects.exists()


def test_a_wrong_answer_leaves_everything_unasked(project, manager, now):
    answers = {**ANSWERS, "customers.reception": {"order": "alphabet"}}
    with pytest.raises(RuleError) as refusal:
        services.answer_opening(actor=manager, project_id=project.pk, answers=answers, now=now)
    assert refusal.value.code == "term_out_of_bounds"
    project.refresh_from_db()
    assert project.settings_asked_at is None
    assert not TermsVersion.objects.exists()


@pytest.mark.parametrize("username", ["rep", "assistant", "supervisor", "finance", "admin"])
def test_only_the_two_answer(username, project, request, now):
    with pytest.raises(Denied):
        services.skip_opening(actor=request.getfixturevalue(username), project_id=project.pk, now=now)
    project.refresh_from_db()
    assert project.settings_asked_at is None


def test_the_card_goes_when_answered(project, manager, rep, now):
    assert opening_card(manager, now) == {"project": project}
    assert opening_card(rep, now) is None
    services.skip_opening(actor=manager, project_id=project.pk, now=now)
    assert opening_card(User.objects.get(pk=manager.pk), now) is None  # the next page's own person


def test_another_project_is_not_ours_to_answer(manager, now):
    other = factories.ProjectFactory()
    with pytest.raises(Denied):
        services.skip_opening(actor=manager, project_id=other.pk, now=now)
    other.refresh_from_db()
    assert other.settings_asked_at is None
