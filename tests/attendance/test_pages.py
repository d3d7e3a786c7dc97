"""Pages of attendance: every role, one tap, and the same number of queries for one row and fifty."""

import pytest
import time_machine
from django.urls import reverse

from attendance import services
from attendance.models import ClockEvent, ConductCase
from attendance.rules import ClockKind
from tests.factories.attendance import ConductCaseFactory

pytestmark = pytest.mark.django_db
ROLES = ["rep", "assistant", "supervisor", "manager", "cashier", "finance", "director"]


@pytest.fixture(autouse=True)
def _the_day(now):
    with time_machine.travel(now, tick=False):
        yield


@pytest.mark.parametrize("who", ROLES)
@pytest.mark.parametrize("page", ["attendance:month", "attendance:clock", "attendance:penalty_list"])
def test_every_role_gets_a_page(who, page, request, client):
    client.force_login(request.getfixturevalue(who))
    assert client.get(reverse(page)).status_code == 200


def test_one_tap_clocks_and_a_second_is_refused_in_the_page(client, rep):
    client.force_login(rep)
    url = reverse("attendance:clock")
    assert client.post(url, {"kind": "in", "key": "a"}).status_code == 302
    again = client.post(url, {"kind": "in", "key": "b"})
    assert again.status_code == 409
    assert "刚才已打过上班卡" in again.content.decode()
    assert ClockEvent.objects.count() == 1


def test_the_same_key_twice_is_one_record(client, rep):
    client.force_login(rep)
    for _ in range(2):
        assert client.post(reverse("attendance:clock"), {"kind": "in", "key": "a"}).status_code == 302
    assert ClockEvent.objects.count() == 1


def test_the_month_shows_own_days_to_a_rep_and_all_to_the_manager(
    client, rep, colleague, manager, project, now
):
    for person in (rep, colleague):
        services.clock(actor=person, kind=ClockKind.IN, project=project, now=now)
    client.force_login(rep)
    assert "许若晴" not in client.get(reverse("attendance:month")).content.decode()
    client.force_login(manager)
    page = client.get(reverse("attendance:month")).content.decode()
    assert "许若晴 11-23 迟到 10:00" in page


@pytest.mark.parametrize("month", ["", "2026-10", "2026-13", "⑨", "2026-11-01"])
def test_any_month_in_the_address_is_a_page(month, client, rep):
    client.force_login(rep)
    assert client.get(reverse("attendance:month"), {"month": month}).status_code == 200


def test_a_case_from_proposal_to_ruling_by_forms(client, supervisor, rep, manager, project):
    client.force_login(supervisor)
    form = {"person": rep.pk, "code": "dress", "amount": "１０", "facts": "未佩戴工牌", "key": "k"}
    assert client.post(reverse("attendance:case_propose"), form).status_code == 302
    case = ConductCase.objects.get()
    assert (str(case.amount), case.clause, case.project) == ("10.00", "拟:pen.dress", project)
    client.force_login(rep)
    assert client.post(reverse("attendance:case_acknowledge", args=[case.pk])).status_code == 302
    client.force_login(manager)
    decide = reverse("attendance:case_decide", args=[case.pk])
    assert client.post(decide, {"approve": "yes"}).status_code == 302
    case.refresh_from_db()
    assert case.state == "approved"


@pytest.mark.parametrize(
    "wrong", [{"amount": "-1"}, {"amount": "1.234"}, {"amount": "1e309"}, {"facts": ""}, {"person": "0"}]
)
def test_a_wrong_form_is_said_and_changes_nothing(wrong, client, supervisor, rep):
    client.force_login(supervisor)
    form = {"person": rep.pk, "code": "dress", "amount": "10", "facts": "未佩戴工牌", **wrong}
    answer = client.post(reverse("attendance:case_propose"), form)
    assert answer.status_code == 422
    assert "处需要修改" in answer.content.decode()
    assert not ConductCase.objects.exists()


def test_a_case_that_is_not_mine_is_not_there(client, rep, colleague, manager, project, now):
    case = ConductCaseFactory(person=colleague, proposer=manager, proposed_at=now, project=project)
    client.force_login(rep)
    assert client.post(reverse("attendance:case_acknowledge", args=[case.pk])).status_code == 404


def test_the_register_costs_the_same_for_one_case_and_for_fifty(client, manager, rep, project, now):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.force_login(manager)
    counts = []
    for number in (1, 49):
        ConductCaseFactory.create_batch(
            number, person=rep, proposer=manager, proposed_at=now, project=project
        )
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("attendance:penalty_list")).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12
