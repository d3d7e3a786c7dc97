"""候客 on screen: live parts, the hall's code, the place, the sheet."""

from datetime import timedelta

import pytest
from django.urls import reverse

from customers.models import AbsenceRequest, QueueEntry, Reception
from customers.queries.hall_code import hall_code
from customers.rules import Absence, Contact
from customers.services import start_reception, step_away
from customers.services.queue import entry_of
from salesdept import clock
from tests.factories import customers as make

pytestmark = pytest.mark.django_db
QUEUE = "customers:queue"


def text(answer):
    return answer.content.decode()


@pytest.fixture
def noon(monkeypatch, now):
    """The clock stands at ten in the morning, when the hall is open."""
    monkeypatch.setattr(clock, "now", lambda: now)
    return now


@pytest.fixture
def hall(rep, colleague, supervisor, noon):
    make.sign_in(rep, colleague, supervisor, now=noon)
    return {
        person.username: entry_of(person, rep.projects.first(), noon)
        for person in (rep, colleague, supervisor)
    }


def test_scanning_the_halls_code_signs_in(login, rep, assistant, project, noon):
    client = login(rep)
    url = reverse("customers:queue_join", args=[hall_code(project, noon)])
    assert "签到候客" in text(client.get(url))
    assert not QueueEntry.objects.exists()
    page = client.post(
        reverse("customers:queue_sign_in"), {"code": hall_code(project, noon), "key": "a"}, follow=True
    )
    assert "第 1 位" in text(page)


def test_a_code_that_ran_out_says_so(login, rep, project, noon):
    old = hall_code(project, noon - timedelta(minutes=5))
    assert "已过期" in text(login(rep).get(reverse("customers:queue_join", args=[old])))
    answer = login(rep).post(reverse("customers:queue_sign_in"), {"code": old, "key": "a"})
    assert answer.status_code == 409
    assert not QueueEntry.objects.exists()


def test_only_the_desk_sees_the_code(login, rep, assistant, hall):
    screen = reverse("customers:queue_screen")
    assert "hall__code" in text(login(assistant).get(screen))
    assert "hall__code" not in text(login(rep).get(screen))


@pytest.mark.parametrize("page", ["queue_live", "queue_card", "queue_screen_live"])
def test_a_poll_is_answered_in_full_only_when_something_changed(page, login, rep, colleague, hall, noon):
    client, url = login(rep), reverse(f"customers:{page}")
    tag = client.get(url)["ETag"]
    assert client.get(url, headers={"if-none-match": tag}).status_code == 304
    start_reception(actor=rep, project=rep.projects.first(), kind=Contact.VISIT, now=noon)
    answer = client.get(url, headers={"if-none-match": tag})
    assert answer.status_code == 200
    assert answer["ETag"] != tag


def test_a_request_is_seen_and_answered_in_one_tap(login, rep, assistant, hall, noon):
    step_away(actor=rep, entry_id=hall["rep"].pk, absence=Absence.REST, now=noon)
    client = login(assistant)
    assert "暂离申请" in text(client.get(reverse(QUEUE)))
    row = AbsenceRequest.objects.get()
    client.post(reverse("customers:absence_answer", args=[row.pk]), {"granted": "1", "key": "a"})
    row.refresh_from_db()
    assert row.state == "granted"


def test_a_rep_sees_the_own_place_and_no_colleagues_buttons(login, colleague, hall):
    page = text(login(colleague).get(reverse(QUEUE)))
    assert "第 2 位" in page
    assert "前面还有 林知远" in page
    assert "为什么不是我" in page
    assert "替其签到" not in page
    assert reverse("customers:queue_place", args=[hall["rep"].pk]) not in page


def test_out_of_turn_the_card_offers_named_guests_only(login, rep, colleague, hall):
    first, second = text(login(rep).get("/")), text(login(colleague).get("/"))
    assert "客户已到" in first
    assert ('name="turn" value="own"' in first, 'name="turn" value="own"' in second) == (False, True)


def test_a_named_guest_is_started_from_the_phone(login, colleague, hall):
    start = reverse("customers:reception_start")
    refused = login(colleague).post(start, {"kind": "visit", "key": "a"})
    assert refused.status_code == 409
    assert "现在轮到 林知远" in text(refused)
    login(colleague).post(start, {"kind": "visit", "turn": "named", "key": "b"})
    assert Reception.objects.get().turn == "named"


def test_the_desk_does_all_of_it(login, assistant, colleague, hall):
    client = login(assistant)
    arrange = client.post(reverse("customers:reception_arrange"), {"kind": "visit", "key": "a"}, follow=True)
    assert "已安排 林知远 轮接" in text(arrange)
    named = {"rep": hall["supervisor"].rep_id, "turn": "named", "key": "b"}
    assert "已安排 周岚 接待" in text(client.post(reverse("customers:reception_named"), named, follow=True))
    skip = reverse("customers:queue_skip", args=[hall["colleague"].pk])
    assert client.post(skip, {"key": "c"}).status_code == 409
    client.post(skip, {"reason": "门岗无人", "key": "d"})
    assert QueueEntry.objects.get(rep=colleague).lost == 1
    hand = client.post(reverse("customers:desk_hand"), {"holder": colleague.pk, "key": "e"}, follow=True)
    assert "今天的控台交给 许若晴" in text(hand)
    assert "替其签到" in text(login(colleague).get(reverse(QUEUE)))


def test_another_projects_person_is_not_found(login, assistant, hall, outsider):
    signing = login(assistant).post(reverse("customers:queue_sign_in"), {"rep": outsider.pk, "key": "a"})
    assert signing.status_code == 404


@pytest.fixture
def outsider(db):
    from salesdept.rules import Role
    from tests import factories

    return factories.user(Role.REP, username="far", name="远方", project=factories.ProjectFactory())


def test_why_not_me_names_who_was_before(login, assistant, colleague, hall):
    login(assistant).post(reverse("customers:reception_arrange"), {"kind": "visit", "key": "a"})
    page = text(login(colleague).get(reverse("customers:queue_why", args=[hall["colleague"].pk])))
    assert "你当时第 2 位，前面候客的是 林知远" in page
    assert "候客第一位，安排接待" in page


def test_the_sheet_of_a_day_and_of_no_day(login, assistant, hall, noon):
    client, sheet = login(assistant), reverse("customers:queue_sheet")
    assert "接待顺序表（轮接记录）" in text(client.get(sheet))
    assert "这一天没有人签到" in text(client.get(sheet, {"day": "2026-11-01"}))
    assert client.get(sheet, {"day": "2026-02-30"}).status_code == 200


@pytest.mark.parametrize("who", ["rep", "assistant", "manager"])
def test_the_place_of_a_rep_opens(who, login, hall, request):
    client = login(request.getfixturevalue(who))
    page = client.get(reverse("customers:queue_place", args=[hall["rep"].pk]))
    assert page.status_code == 200
    assert ("记补接一次" in text(page)) is (who != "rep")
