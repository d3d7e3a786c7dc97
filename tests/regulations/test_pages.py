"""The pages of the regulation, per role, with and without htmx."""

from datetime import date

import pytest
from django.urls import reverse

from regulations import clauses, services
from regulations.models import Acknowledgement, Request, TermsVersion
from regulations.services import record_decision
from tests.regulations.terms import TestTerms, fine_for

pytestmark = pytest.mark.django_db

ROLES = ("rep", "assistant", "supervisor", "manager", "cashier", "finance", "director", "admin")
PAGES = {
    "regulations:clause_list": [],
    "regulations:clause_detail": ["S54"],
    "regulations:term_list": [],
    "regulations:term_detail": ["customers.split"],
    "regulations:request_list": [],
    "regulations:opening": [],
}


@pytest.fixture
def at_noon(monkeypatch, now):
    """The pages' clock stands at the tests' morning."""
    monkeypatch.setattr("salesdept.clock.now", lambda: now)


@pytest.fixture
def login(client, request, at_noon):
    def do(username):
        person = request.getfixturevalue(username)
        client.force_login(person)
        return person

    return do


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("role", ROLES)
def test_everybody_reads(role, name, login, client):
    login(role)
    assert client.get(reverse(name, args=PAGES[name])).status_code == 200


def test_the_cited_path_is_the_clause_page():
    assert clauses.cite("S54").url == reverse("regulations:clause_detail", args=["S54"])
    assert clauses.cite("拟:sc.lock.minutes").url == reverse(
        "regulations:clause_detail", args=["sc.lock.minutes"]
    )


MISSING = ("/regulations/clauses/S999/", "/regulations/terms/no.such/", "/regulations/requests/0/")
HUGE = ("/regulations/requests/99999999999999999999/", "/regulations/decisions/99999999999999999999/")


@pytest.mark.parametrize("path", [*MISSING, *HUGE])
def test_what_does_not_exist_is_a_404(path, login, client):
    login("manager")
    assert client.get(path).status_code == 404


def test_only_the_regulation_proper_is_listed_first(login, client):
    login("rep")
    shown = client.get(reverse("regulations:clause_list")).content.decode()
    assert "房屋不得重复销售" in shown
    assert clauses.rows()["S30"].quote not in shown
    found = client.get(reverse("regulations:clause_list"), {"q": "S30"}).content.decode()
    assert clauses.rows()["S30"].quote in found


def test_a_clause_shows_its_terms_with_the_value_of_today(approved, login, client):
    approved(date(2026, 11, 1), fine="80.00")
    login("rep")
    page = client.get(reverse("regulations:clause_detail", args=["S63"])).content.decode()
    assert "每字罚金" in page
    assert "80.00" in page


FORM = {
    "t_minutes": "30",
    "t_fine": "50.00",
    "t_by": "rep",
    "t_told": "on",
    "effective_from": "2026-12-01",
    "scope": "company",
    "reason": "半小时够了",
    "key": "k1",
}


def test_a_manager_drafts_by_the_generated_form(test_topic, director, login, client):
    login("manager")
    page = client.get(reverse("regulations:term_detail", args=["test.hold"])).content.decode()
    assert 'name="t_minutes"' in page
    assert 'max="240"' in page
    for _ in range(2):
        answer = client.post(reverse("regulations:term_draft", args=["test.hold"]), FORM)
        assert answer.status_code == 302
    version = TermsVersion.objects.get()
    assert version.values == {"minutes": 30, "fine": "50.00", "by": "rep", "told": True}
    assert version.project is None


def test_the_scope_may_be_the_project_on_screen(test_topic, director, project, login, client):
    login("manager")
    client.post(reverse("regulations:term_draft", args=["test.hold"]), {**FORM, "scope": "project"})
    assert TermsVersion.objects.get().project == project


WRONG = {
    "too small": {"t_minutes": "1"},
    "words": {"t_minutes": "很久"},
    "three decimals": {"t_fine": "1.234"},
    "too large": {"t_fine": "1e309"},
    "no such choice": {"t_by": "king"},
    "no day": {"effective_from": "2026-02-30"},
    "no reason": {"reason": "   "},
    "empty": dict.fromkeys(FORM, ""),
    "a novel": {"reason": "长" * 10_000},
    "NUL": {"reason": "a\x00b"},
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_form_comes_back_with_its_faults(name, test_topic, login, client):
    login("manager")
    answer = client.post(reverse("regulations:term_draft", args=["test.hold"]), {**FORM, **WRONG[name]})
    assert answer.status_code == 422
    assert "处需要修改" in answer.content.decode()
    assert not TermsVersion.objects.exists()


def test_a_refused_draft_keeps_what_was_typed(test_topic, login, client):
    login("manager")
    answer = client.post(
        reverse("regulations:term_draft", args=["test.hold"]), {**FORM, "effective_from": "2026-10-01"}
    )
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "生效日早于本月一日" in page
    assert "半小时够了" in page
    assert not TermsVersion.objects.exists()


@pytest.mark.parametrize("role", ["rep", "assistant", "supervisor", "cashier", "finance", "admin"])
def test_others_are_refused_with_the_reason(role, test_topic, login, client):
    login(role)
    answer = client.post(reverse("regulations:term_draft", args=["test.hold"]), FORM)
    assert answer.status_code == 403
    assert not TermsVersion.objects.exists()


def test_the_director_approves_on_the_request_page(draft, login, client):
    version = draft()
    login("director")
    page = client.get(reverse("regulations:request_detail", args=[version.request_id])).content.decode()
    assert "锁定时长" in page
    client.post(reverse("regulations:request_approve", args=[version.request_id]), {"answer": "好"})
    version.refresh_from_db()
    assert version.state == "approved"


def test_a_rejection_without_a_word_is_refused(draft, login, client):
    version = draft()
    login("director")
    answer = client.post(reverse("regulations:request_reject", args=[version.request_id]), {"answer": ""})
    assert answer.status_code == 409
    assert Request.objects.get().state == "pending"


def test_htmx_gets_the_refusal_alone(draft, login, client):
    version = draft()
    login("manager")
    answer = client.post(
        reverse("regulations:request_approve", args=[version.request_id]), {}, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 403
    assert answer["HX-Retarget"] == "#refusal"
    assert "<html" not in answer.content.decode()


def test_the_requester_withdraws(draft, login, client):
    version = draft()
    login("manager")
    client.post(reverse("regulations:request_withdraw", args=[version.request_id]))
    version.refresh_from_db()
    assert version.state == "withdrawn"


def test_a_strangers_request_looks_missing(draft, login, client):
    version = draft()
    login("rep")
    for name in ("detail", "approve", "reject", "withdraw"):
        url = reverse(f"regulations:request_{name}", args=[version.request_id])
        answer = client.get(url) if name == "detail" else client.post(url)
        assert answer.status_code == 404
    assert Request.objects.get().state == "pending"


def test_reading_is_signed_on_the_topic_page(approved, login, client):
    version = approved()
    person = login("rep")
    page = client.get(reverse("regulations:term_detail", args=["test.hold"])).content.decode()
    assert "我已阅读" in page
    client.post(reverse("regulations:version_acknowledge", args=[version.pk]))
    assert Acknowledgement.objects.get().user == person
    page = client.get(reverse("regulations:term_detail", args=["test.hold"])).content.decode()
    assert "我已阅签" in page


@pytest.fixture
def fined(test_topic, assistant, manager, now):
    return record_decision(
        fine_for({"characters": 2}, {}), assistant, actor=manager, now=now, terms=TestTerms()
    )


def test_why_can_be_computed_again(fined, login, client):
    login("assistant")
    url = reverse("regulations:decision_detail", args=[fined.pk])
    assert "重算" not in client.get(url).content.decode()
    assert "重算一致" in client.get(url, {"again": "1"}).content.decode()


def test_why_comes_as_a_part_for_htmx(fined, login, client):
    login("assistant")
    url = reverse("regulations:decision_detail", args=[fined.pk])
    page = client.get(url, {"again": "1"}, headers={"HX-Request": "true"}).content.decode()
    assert page.lstrip().startswith("<section")


def test_why_of_another_project_looks_missing(fined, client, at_noon):
    from salesdept.rules import Role
    from tests import factories

    stranger = factories.user(Role.REP, username="far", name="远代表", project=factories.ProjectFactory())
    client.force_login(stranger)
    assert client.get(reverse("regulations:decision_detail", args=[fined.pk])).status_code == 404


def test_the_ten_questions_are_answered_on_one_page(project, director, login, client):
    login("manager")
    page = client.get(reverse("regulations:opening"))
    form = page.context["form"]
    data = {name: field.initial for name, field in form.fields.items()}
    answer = client.post(reverse("regulations:opening_answer", args=[project.pk]), data)
    assert answer.status_code == 302
    project.refresh_from_db()
    assert project.settings_asked_at is not None
    topics = set(TermsVersion.objects.values_list("topic", flat=True))
    assert {"customers.split", "customers.reception"} <= topics


def test_the_questions_may_be_skipped(project, login, client):
    login("director")
    assert client.post(reverse("regulations:opening_skip", args=[project.pk])).status_code == 302
    project.refresh_from_db()
    assert project.settings_asked_at is not None


def test_home_shows_the_card_until_then(project, login, client):
    person = login("manager")
    assert "回答开业十问" in client.get("/").content.decode()
    services.skip_opening(actor=person, project_id=project.pk, now=project.settings_asked_at or _noon())
    assert "回答开业十问" not in client.get("/", follow=True).content.decode()


def _noon():
    from salesdept import clock

    return clock.at(date(2026, 11, 23), 12)


def test_home_shows_what_waits_for_me(draft, login, client):
    version = draft()
    login("director")
    assert version.request.title in client.get("/").content.decode()


@pytest.mark.parametrize("n", [1, 40])
def test_the_lists_do_not_ask_per_row(
    n, test_topic, director, project, manager, login, client, now, django_assert_max_num_queries
):
    for day in range(n):
        services.draft_terms(
            actor=manager,
            topic_name="test.hold",
            values={"minutes": 30},
            effective_from=date.fromordinal(date(2026, 12, 1).toordinal() + day),
            reason="理由",
            now=now,
        )
    login("director")
    for url in (
        reverse("regulations:request_list"),
        reverse("regulations:term_list"),
        reverse("regulations:term_detail", args=["test.hold"]),
    ):
        with django_assert_max_num_queries(22):
            assert client.get(url).status_code == 200
