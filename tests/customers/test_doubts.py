"""质疑: one tap at the table, the form at once, the minutes between, and what nobody registered."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from customers.models import Doubt, Feedback, Visit
from customers.queries.doubts import doubts
from customers.rules import FeedbackTerms
from customers.services import answer_doubt, end_reception, file_feedback, raise_doubt
from salesdept import clock
from salesdept.errors import RuleError
from salesdept.models import Event
from tests.factories import customers as make

pytestmark = pytest.mark.django_db
NOON = clock.at(date(2026, 11, 24), 12)


@pytest.fixture
def table(rep):
    return make.reception(rep, now=NOON)


def raised(rep, table, **later):
    return raise_doubt(actor=rep, reception_id=table.pk, now=NOON + timedelta(**later))


def filed(rep, project, doubt, **later):
    return file_feedback(
        actor=rep, project=project, kind="complaint", content="面积说法不一", doubt_id=doubt.pk,
        now=NOON + timedelta(**later),
    )  # fmt: skip


def refused(code, do):
    with pytest.raises(RuleError) as refusal:
        do()
    assert (refusal.value.code, refusal.value.clause) == (code, "S194")


def test_minutes_from_the_doubt_to_the_form_are_measured(rep, table, project, assistant):
    doubt = raised(rep, table)
    row = filed(rep, project, doubt, minutes=14)
    doubt.refresh_from_db()
    assert doubt.feedback == row
    assert Event.objects.get(verb="customers.doubt.registered").changes["minutes"] == 14
    said = doubts(assistant, project, FeedbackTerms(), NOON + timedelta(hours=1))
    assert said["doubts"] == []
    assert (said["doubts_said"]["median"], said["doubts_said"]["slow"]) == ("14 分", "1")


def test_what_nobody_registered_stands_before_the_assistant(rep, colleague, table, project, assistant):
    raised(rep, table)
    end_reception(actor=rep, reception_id=table.pk, now=NOON + timedelta(minutes=30))
    later = NOON + timedelta(minutes=40)
    row = doubts(assistant, project, FeedbackTerms(), later)["doubts"][0]
    assert (row["by"], row["for"], row["late"]) == (rep.name, "40 分", True)
    assert doubts(colleague, project, FeedbackTerms(), later)["doubts"] == []


def test_one_tap_leads_to_the_form_that_knows_the_guest(rep, table, project, login, assistant):
    guest = make.customer(owner=rep, name="罗女士")
    Visit.objects.create(
        project=project, customer=guest, reception=table, received_by=rep, entered_by=rep, happened_at=NOON
    )
    browser = login(rep)
    to = browser.post(reverse("customers:reception_doubt", args=[table.pk])).url
    assert "罗女士" in browser.get(to).content.decode()
    doubt = Doubt.objects.get()
    words = {"kind": "complaint", "topic": "other", "content": "面积说法不一", "doubt": doubt.pk}
    assert browser.post(reverse("customers:feedback_create"), words).status_code == 302
    doubt.refresh_from_db()
    assert doubt.feedback == Feedback.objects.get()
    assert doubt.feedback.customer == guest


def test_an_answer_on_the_spot_needs_no_form(rep, table, project):
    doubt = raised(rep, table)
    answer_doubt(actor=rep, doubt_id=doubt.pk, now=NOON + timedelta(minutes=1))
    refused("doubt_settled", lambda: filed(rep, project, doubt, minutes=2))
    refused("doubt_settled", lambda: answer_doubt(actor=rep, doubt_id=doubt.pk, now=NOON))
    assert not Feedback.objects.exists()
    raised(rep, table, minutes=5)


def test_one_at_a_time_and_only_at_the_table(rep, table):
    raised(rep, table)
    refused("doubt_open", lambda: raised(rep, table, minutes=1))
    end_reception(actor=rep, reception_id=table.pk, now=NOON + timedelta(minutes=9))
    refused("reception_over", lambda: raised(rep, table, minutes=10))


def test_the_table_of_doubts_says_answered_or_registered(rep, table, project, assistant):
    doubt = raised(rep, table)
    row = filed(rep, project, doubt, minutes=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Doubt.objects.filter(pk=doubt.pk, feedback=row).update(answered_at=NOON)
