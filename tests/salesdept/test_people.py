"""One role, one group; nobody changes an own role; only the employed come in."""

from datetime import timedelta

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.management import call_command

from salesdept import clock
from salesdept.models import Event, User
from salesdept.rules import GROUPS, Role
from salesdept.services.account import change_password
from salesdept.services.people import create_user, end_employment, set_role, sync_roles
from salesdept.slots import ROLE_PERMISSIONS, Grants
from salesdept.verdict import Denied

pytestmark = pytest.mark.django_db


def hire(now, **fields):
    person = {"username": "new.rep", "name": "单小雨", "role": Role.REP, **fields}
    return create_user(actor=None, now=now, **person)


def test_a_new_colleague_has_one_role_and_a_readable_name(now):
    user = hire(now)
    assert (user.pinyin, user.initials) == ("shanxiaoyu", "sxy")
    assert [group.name for group in user.groups.all()] == [GROUPS[Role.REP]]
    assert Event.objects.get().verb == "salesdept.user.created"


def test_an_account_name_is_given_once(now):
    hire(now)
    with pytest.raises(ValidationError, match="账号已被使用"):
        hire(now, name="另一人")
    assert User.objects.count() == 1


def test_only_the_admin_makes_accounts(rep, now):
    with pytest.raises(Denied, match="管理账号"):
        create_user(actor=rep, username="friend", name="某人", role=Role.MANAGER, now=now)
    assert not User.objects.filter(username="friend").exists()


def test_the_group_follows_the_role(admin, rep, now):
    set_role(actor=admin, user_id=rep.pk, role=Role.CASHIER, now=now, reason="转岗")
    rep.refresh_from_db()
    assert rep.role == Role.CASHIER
    assert list(rep.groups.all()) == [Group.objects.get(name=GROUPS[Role.CASHIER])]
    assert Event.objects.get().changes == {"old": "rep", "new": "cashier"}


def test_nobody_changes_an_own_role(admin, now):
    with pytest.raises(Denied):
        set_role(actor=admin, user_id=admin.pk, role=Role.FINANCE, now=now, reason="想看账")
    admin.refresh_from_db()
    assert admin.role == Role.ADMIN
    assert not Event.objects.exists()


def test_a_superuser_is_allowed_nothing_by_that(rep):
    rep.is_superuser = True
    rep.save(update_fields=["is_superuser"])
    assert not User.objects.get(pk=rep.pk).may("salesdept.change_user")


def test_somebody_inactive_may_nothing(admin):
    assert admin.may("salesdept.change_user")
    admin.is_active = False
    assert not admin.may("salesdept.change_user")


@pytest.mark.parametrize(
    ("begins", "ends", "is_active", "comes_in"),
    [
        (None, None, True, True),
        (None, None, False, False),
        (0, None, True, True),
        (1, None, True, False),
        (None, 0, True, True),
        (None, -1, True, False),
        (-5, 5, True, True),
        (-5, 5, False, False),
    ],
)
def test_only_the_employed_come_in(rep, begins, ends, is_active, comes_in):
    today = clock.business_date(clock.now())
    rep.active_from = today + timedelta(days=begins) if begins is not None else None
    rep.active_to = today + timedelta(days=ends) if ends is not None else None
    rep.is_active = is_active
    rep.set_password("right password")
    rep.save()
    assert (authenticate(username="rep", password="right password") == rep) is comes_in
    assert authenticate(username="rep", password="wrong password") is None


def test_the_last_day_is_a_working_day(admin, rep, now):
    last_day = now.date()
    end_employment(actor=admin, user_id=rep.pk, last_day=last_day, now=now, reason="离职")
    rep.refresh_from_db()
    assert rep.employed_on(last_day)
    assert not rep.employed_on(last_day + timedelta(days=1))


def test_the_journal_keeps_that_a_password_changed_never_which(rep, now):
    change_password(actor=rep, password="correct horse battery", now=now)
    event = Event.objects.get()
    assert event.verb == "salesdept.user.password_changed"
    assert "horse" not in repr(event.changes)
    assert User.objects.get(pk=rep.pk).check_password("correct horse battery")


def test_groups_hold_exactly_what_the_apps_grant(capsys):
    group = Group.objects.get(name=GROUPS[Role.REP])
    before = set(group.permissions.all())
    group.permissions.set(Group.objects.get(name=GROUPS[Role.ADMIN]).permissions.all())
    call_command("sync_roles")
    assert set(group.permissions.all()) == before
    assert f"{len(GROUPS)} 个角色" in capsys.readouterr().out


def test_a_permission_that_does_not_exist_stops_the_sync(monkeypatch):
    monkeypatch.setattr(
        ROLE_PERMISSIONS, "_fillers", [*ROLE_PERMISSIONS, Grants(Role.REP, ("salesdept.fly",))]
    )
    with pytest.raises(LookupError, match=r"salesdept\.fly"):
        sync_roles()
