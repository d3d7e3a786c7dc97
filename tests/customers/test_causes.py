"""投诉原因: counted by cause over the term's days, and a proposal of a change with its reason."""

from datetime import timedelta

import pytest
from django.urls import reverse

from customers.queries.causes import causes_page
from customers.services import file_feedback, withdraw_feedback
from regulations.models import Request
from salesdept import clock

pytestmark = pytest.mark.django_db


def filed(actor, project, now, topic, kind="complaint"):
    return file_feedback(actor=actor, project=project, kind=kind, content="等太久", topic=topic, now=now)


def test_causes_are_counted_within_the_days_of_the_term(rep, assistant, project, now):
    for topic, kind in (("service", "complaint"), ("service", "suggestion"), ("price", "complaint")):
        filed(rep, project, now, topic, kind)
    filed(rep, project, now, "service")
    filed(rep, project, now - timedelta(days=91), "price")
    page = causes_page(project, now)
    assert [(r["word"], r["complaints"], r["suggestions"]) for r in page["rows"]] == [
        ("服务", "2", "1"),
        ("价格", "1", "0"),
    ]
    assert (page["days"], page["total"]) == ("90", "3")


def test_what_was_withdrawn_is_no_cause(rep, assistant, project, now):
    row = filed(assistant, project, now, "service")
    withdraw_feedback(actor=assistant, feedback_id=row.pk, reason="客户撤回", now=now)
    assert causes_page(project, now)["rows"] == []


def test_a_cause_leads_to_a_proposal_with_its_reason(login, rep, manager, project):
    filed(rep, project, clock.now(), "service")
    browser = login(manager)
    causes = browser.get(reverse("customers:feedback_causes"))
    because = causes.context["rows"][0]["because"]
    topics = browser.get(reverse("regulations:term_list"), {"because": because})
    assert f"修改理由：{because}" in topics.content.decode()
    page = browser.get(reverse("regulations:term_detail", args=["customers.feedback"]), {"because": because})
    assert because in page.content.decode()
    assert not Request.objects.exists()
