"""Races for one request, each with a control that shows the race without its guard."""

from contextlib import contextmanager

import pytest
from django.db import connection

from regulations import services
from regulations.models import Request, TermsVersion
from regulations.rules import RequestState
from salesdept.errors import RuleError
from salesdept.models import Event, User
from salesdept.rules import Role
from tests import factories
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 8


@contextmanager
def without(model, name):
    """The table without one of its constraints."""
    constraint = next(c for c in model._meta.constraints if c.name == name)
    with connection.schema_editor() as editor:
        editor.remove_constraint(model, constraint)
    try:
        yield
    finally:
        model.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(model, constraint)


def ask(rep, project, now):
    return services.ask(
        actor=User.objects.get(pk=rep.pk),
        kind="regulations.terms",
        subject=project,
        title="请批准",
        reason="急",
        now=now,
    )


def test_of_many_who_ask_at_once_one_has_asked(rep, project, now):
    answers = at_once(THREADS, lambda: ask(rep, project, now))
    assert Request.objects.count() == 1
    refused = [answer for answer in answers if isinstance(answer, RuleError)]
    assert {error.code for error in refused} == {"request_open"}
    assert len(refused) == THREADS - 1
    assert Event.objects.filter(verb="regulations.request.filed").count() == 1


def test_control_without_the_index_all_of_them_ask(rep, project, now):
    with without(Request, "one_open_request_per_subject"):
        at_once(THREADS, lambda: ask(rep, project, now))
        assert Request.objects.count() == THREADS


def test_of_many_who_answer_at_once_one_has_answered(draft, project, now):
    version = draft()
    directors = [
        factories.user(Role.DIRECTOR, username=f"d{n}", name=f"总监{n}", project=project)
        for n in range(THREADS)
    ]

    def answer():
        return services.answer(
            actor=User.objects.get(pk=directors.pop().pk),
            request_id=version.request_id,
            approve=True,
            now=now,
        )

    answers = at_once(THREADS, answer)
    refused = [one for one in answers if isinstance(one, RuleError)]
    assert {error.code for error in refused} == {"request_answered"}
    assert len(refused) == THREADS - 1
    assert Request.objects.get().state == RequestState.APPROVED
    assert Event.objects.filter(verb="regulations.terms.approved").count() == 1
    assert TermsVersion.objects.approved().count() == 1
