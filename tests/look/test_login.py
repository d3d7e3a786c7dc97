"""The door: by account, number or phone; shut after too many wrong passwords, open again by itself."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.urls import reverse

from salesdept.login import account_of
from salesdept.rules import Role
from tests import factories

PASSWORD = "a-good-long-password"


@pytest.fixture
def person(rep):
    rep.employee_no, rep.phone = "E001", "13800001234"
    rep.set_password(PASSWORD)
    rep.save()
    return rep


@pytest.fixture
def guarded(settings):
    settings.AXES_ENABLED = True
    settings.AUTHENTICATION_BACKENDS = [
        "axes.backends.AxesStandaloneBackend",
        *settings.AUTHENTICATION_BACKENDS,
    ]
    settings.AXES_FAILURE_LIMIT = 3
    return settings


def knock(client, username, password=PASSWORD, **more):
    return client.post(reverse("login"), {"username": username, "password": password, **more})


@pytest.mark.parametrize(
    "typed",
    [
        "rep",
        "REP",
        " rep ",
        "E001",
        "13800001234",
        "138 0000 1234",
        "+86-138-0000-1234",
        "１３８００００１２３４",
    ],
)
def test_one_enters_by_account_number_or_phone(client, person, typed):
    assert knock(client, typed).url == reverse("home")


def test_a_phone_two_people_share_opens_for_nobody(client, person, project):
    factories.user(Role.REP, project=project, phone="13800001234")
    assert account_of("13800001234") == "13800001234"
    assert knock(client, "13800001234").status_code == 422


def test_nobody_enters_by_the_phone_of_one_who_left(client, person):
    person.is_active = False
    person.save()
    assert knock(client, "13800001234").status_code == 422


def test_a_wrong_password_is_said_without_naming_what_was_wrong(client, person):
    known, unknown = knock(client, "rep", "wrong"), knock(client, "nobody", "wrong")
    assert known.status_code == unknown.status_code == 422
    assert (
        known.context["form"]["password"].errors
        == unknown.context["form"]["password"].errors
        == ["账号或密码不正确"]
    )


@pytest.mark.parametrize("typed", ["", "x" * 10_000, "a\x00b", "😀", "\u202e"])
def test_odd_names_are_answered_not_failed(client, person, typed):
    assert knock(client, typed).status_code == 422


def test_one_returns_to_the_page_asked_for_but_never_outside(client, person):
    assert knock(client, "rep", next="/mine/").url == "/mine/"
    client.logout()
    assert knock(client, "rep", next="https://example.com/").url == reverse("home")


def test_tries_left_are_counted_down_until_the_door_shuts(client, person, guarded):
    first = knock(client, "E001", "wrong").context["form"]["password"].errors
    second = knock(client, "rep", "wrong").context["form"]["password"].errors
    third = knock(client, "138 0000 1234", "wrong")
    assert first == ["账号或密码不正确，还可尝试 2 次"]
    assert second == ["账号或密码不正确，还可尝试 1 次"]
    assert third.status_code == 429
    assert knock(client, "rep").status_code == 429


def test_a_shut_door_says_when_it_opens(client, person, guarded):
    for _ in range(3):
        answer = knock(client, "rep", "wrong")
    ends = AccessAttempt.objects.get().attempt_time + timedelta(minutes=15)
    assert answer.context["until"] == ends
    assert "密码错了太多次" in answer.content.decode()
    assert "剩 14 分" in answer.content.decode()


def test_the_door_opens_again_by_itself(client, person, guarded):
    for _ in range(3):
        knock(client, "rep", "wrong")
    AccessAttempt.objects.update(
        attempt_time=AccessAttempt.objects.get().attempt_time - timedelta(minutes=16)
    )
    assert knock(client, "rep").url == reverse("home")


def test_a_shut_door_of_one_does_not_shut_out_another(client, person, colleague, guarded):
    colleague.set_password(PASSWORD)
    colleague.save()
    for _ in range(3):
        knock(client, "rep", "wrong")
    assert knock(client, "colleague").url == reverse("home")


def test_the_attempt_log_holds_no_password(client, person, guarded):
    knock(client, "rep", "the-wrong-password")
    assert "the-wrong-password" not in AccessAttempt.objects.get().post_data


@pytest.mark.parametrize("demo", [True, False])
def test_demo_accounts_are_shown_in_the_demo_only(client, db, settings, demo):
    settings.DEMO = demo
    assert ("演示账号" in client.get(reverse("login")).content.decode()) is demo


def test_who_is_in_is_not_asked_again(client, person):
    client.force_login(person)
    assert client.get(reverse("login")).url == reverse("home")


def test_leaving_ends_the_session(client, person):
    client.force_login(person)
    assert client.post(reverse("logout")).url == reverse("login")
    assert client.get(reverse("mine")).status_code == 302
