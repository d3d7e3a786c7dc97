"""后台: 管理员 keeps accounts, teams and projects through services; the registers are looked at only."""

import pytest
from django.urls import reverse

from salesdept.models import Event, Project, Team, User
from salesdept.rules import GROUPS, Role

pytestmark = pytest.mark.django_db
PASSWORD = "qinghe-wan-2026-spring"


@pytest.fixture
def office(client, admin):
    client.force_login(admin)
    return client


def form(person, **values):
    given = {"role": person.role, "name": person.name, "projects": [p.pk for p in person.projects.all()],
             "is_active": "on", "phone": person.phone, "employee_no": person.employee_no}  # fmt: skip
    return {**given, **values}


def change(client, person, **values):
    return client.post(reverse("admin:salesdept_user_change", args=[person.pk]), form(person, **values))


def test_a_new_account_is_made_by_the_service(office, project):
    data = {
        "username": "rep9",
        "name": "单小雨",
        "role": "rep",
        "projects": [project.pk],
        "password": PASSWORD,
    }
    answer = office.post(reverse("admin:salesdept_user_add"), data)
    assert answer.status_code == 302, answer.context["errors"]
    made = User.objects.get(username="rep9")
    assert (made.initials, made.check_password(PASSWORD), made.is_superuser) == ("sxy", True, False)
    assert [group.name for group in made.groups.all()] == [GROUPS[Role.REP]]
    assert list(made.projects.all()) == [project]
    assert Event.objects.get(verb="salesdept.user.created").actor.username == "admin"


@pytest.mark.parametrize("password", ["", "short", "demo"])
def test_a_new_account_needs_a_good_password(password, office):
    data = {"username": "rep9", "name": "单小雨", "role": "rep", "password": password}
    assert office.post(reverse("admin:salesdept_user_add"), data).status_code == 200
    assert not User.objects.filter(username="rep9").exists()


def test_a_role_changes_with_its_group_and_its_reason(office, rep):
    assert change(office, rep, role="cashier", reason="转岗").status_code == 302
    rep.refresh_from_db()
    assert (rep.role, [group.name for group in rep.groups.all()]) == ("cashier", [GROUPS[Role.CASHIER]])
    event = Event.objects.get(verb="salesdept.user.role_set")
    assert (event.reason, event.changes) == ("转岗", {"old": "rep", "new": "cashier"})


def test_nobody_changes_an_own_role_here_either(office, admin):
    assert change(office, admin, role="director").status_code == 403
    admin.refresh_from_db()
    assert admin.role == "admin"
    assert not Event.objects.exists()


def test_details_change_and_the_journal_names_them_only(office, rep, project):
    assert change(office, rep, name="林知行", phone="13602178846").status_code == 302
    rep.refresh_from_db()
    assert (rep.name, rep.initials, rep.phone) == ("林知行", "lzx", "13602178846")
    event = Event.objects.get(verb="salesdept.user.edited")
    assert event.changes == {"fields": ["name", "phone"]}


def test_a_last_day_and_a_new_password(office, rep):
    change(office, rep, active_to="2026-12-31", reason="离职", password=PASSWORD)
    rep.refresh_from_db()
    assert (str(rep.active_to), rep.check_password(PASSWORD)) == ("2026-12-31", True)
    verbs = Event.objects.order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["salesdept.user.ended", "salesdept.user.password_reset"]
    assert PASSWORD not in str(list(Event.objects.values()))


def test_nothing_changed_leaves_no_row(office, rep):
    assert change(office, rep).status_code == 302
    assert not Event.objects.exists()


def test_projects_and_teams_are_kept_by_services(office, project):
    office.post(reverse("admin:salesdept_project_add"), {"code": "QH2", "name": "青禾湾二期"})
    office.post(reverse("admin:salesdept_team_add"), {"project": project.pk, "name": "一组"})
    url = reverse("admin:salesdept_team_change", args=[Team.objects.get().pk])
    office.post(url, {"project": project.pk, "name": "二组"})
    assert Project.objects.filter(code="QH2").exists()
    assert Team.objects.get().name == "二组"
    verbs = Event.objects.order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["salesdept.project.created", "salesdept.team.created", "salesdept.team.edited"]


@pytest.mark.parametrize("page", ["salesdept_user", "salesdept_project", "salesdept_team"])
def test_nothing_is_deleted_here(page, office, rep, project):
    pk = {"salesdept_user": rep.pk, "salesdept_project": project.pk}.get(page)
    pk = pk or Team.objects.create(project=project, name="一组").pk
    assert office.post(reverse(f"admin:{page}_delete", args=[pk]), {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=rep.pk).exists()


@pytest.mark.parametrize("name", ["event", "seal", "reveal"])
def test_registers_are_read_only(name, office, rep):
    assert office.get(reverse(f"admin:salesdept_{name}_changelist")).status_code == 200
    assert office.get(reverse(f"admin:salesdept_{name}_add")).status_code == 403


@pytest.mark.parametrize("who", ["rep", "manager", "director", "finance"])
def test_nobody_else_gets_in(who, client, request):
    client.force_login(request.getfixturevalue(who))
    assert client.get(reverse("admin:salesdept_user_changelist")).status_code == 302
