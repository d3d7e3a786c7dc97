"""Two claims or two rulings at once: one counts, the other is told so."""

import pytest

from customers import services
from customers.models import Dispute, DisputeRuling, OwnershipLease
from customers.services import filings, rulings
from salesdept.errors import RuleError
from salesdept.models import User
from salesdept.rules import Role
from tests import factories
from tests.factories import customers as make
from tests.factories import disputes as cases
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def _claims(owner, rivals, now):
    """One claim by each rival on the owner's customer, all at once."""
    make.customer(owner=owner, phone=cases.PHONE, now=now)
    turns = {rival.pk: make.reception(rival, now=now).pk for rival in rivals}
    people = iter(rivals)

    def file():
        rival = User.objects.get(pk=next(people).pk)
        return services.file_dispute(
            actor=rival, project=owner.projects.first(), phone=cases.PHONE, claim=cases.CLAIM,
            reception_id=turns[rival.pk], now=now,
        )  # fmt: skip

    return at_once(len(rivals), file)


@pytest.fixture
def rivals(project, colleague):
    more = [
        factories.user(Role.REP, username=f"rival{n}", name=f"代表{n}", project=project) for n in range(3)
    ]
    return [colleague, *more]


def test_one_of_many_claims_is_filed(rep, rivals, now):
    answers = _claims(rep, rivals, now)
    refused = [answer for answer in answers if isinstance(answer, RuleError)]
    assert len(refused) == len(rivals) - 1
    assert {refusal.code for refusal in refused} == {"dispute_open"}
    assert Dispute.objects.count() == 1
    assert OwnershipLease.objects.get().state == "frozen"


def test_the_control_without_the_lock_and_the_check_meets_the_index(rep, rivals, now, monkeypatch):
    """Without lock and freeze the claims meet at the unique index: it alone keeps the case single."""
    monkeypatch.setattr(filings, "locked", lambda rows, pk: rows.get(pk=pk))
    monkeypatch.setattr(filings, "_freeze", lambda dispute, leases: None)
    answers = _claims(rep, rivals, now)
    assert Dispute.objects.count() == 1
    assert sum(isinstance(answer, RuleError) for answer in answers) == len(rivals) - 1


def _rule_at_once(rep, colleague, supervisor, managers, now):
    dispute = cases.accepted(colleague, rep, supervisor, now)
    people = iter(managers)

    def rule():
        return services.rule_dispute(
            actor=User.objects.get(pk=next(people).pk), dispute_id=dispute.pk, now=now
        )

    return at_once(len(managers), rule)


@pytest.fixture
def managers(project, manager, director):
    return [manager, director, factories.user(Role.MANAGER, username="m2", name="贺明", project=project)]


def test_one_of_two_rulings_counts(rep, colleague, supervisor, managers, now):
    answers = _rule_at_once(rep, colleague, supervisor, managers, now)
    assert sum(isinstance(answer, Dispute) for answer in answers) == 1
    assert {a.code for a in answers if isinstance(a, RuleError)} <= {"dispute_step", "dispute_closed"}
    assert DisputeRuling.objects.count() == 1


def test_the_control_without_the_state_meets_the_constraint(
    rep, colleague, supervisor, managers, now, monkeypatch
):
    """Nobody looks at the state: one ruling a round is the database's own doing."""

    def any_state(actor, dispute_id, states, to):
        return Dispute.objects.select_related("customer").get(pk=dispute_id)

    monkeypatch.setattr(rulings, "the_case", any_state)
    answers = _rule_at_once(rep, colleague, supervisor, managers, now)
    assert DisputeRuling.objects.count() == 1
    assert [a.code for a in answers if isinstance(a, RuleError)] == ["dispute_closed"] * 2
