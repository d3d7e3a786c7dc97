"""What 管理员 keeps in order: details and passwords, projects and teams. Roles: services.people."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import models

from salesdept import access, journal
from salesdept.models import Project, Team, User
from salesdept.text import initials_of, pinyin_of
from salesdept.verbs import locked, service

DETAILS = frozenset({"name", "employee_no", "phone", "email", "team", "active_from", "is_active"})


@service
def edit_user(
    *,
    actor: User,
    user_id: int,
    values: Mapping[str, Any],
    now: datetime,
    projects: Iterable[Project] | None = None,
    idempotency_key: str | None = None,
) -> User:
    """Change details of an account, never its role; the journal names the fields only."""
    access.may_manage_people(actor).or_raise()
    if unknown := set(values) - DETAILS:
        raise TypeError(f"no details of an account: {', '.join(sorted(unknown))}")
    user: User = locked(User.objects.all(), user_id)
    changed = _set(user, values)
    if "name" in changed:
        user.pinyin, user.initials = pinyin_of(user.name), initials_of(user.name)
    user.full_clean(exclude=["password"])
    user.save()
    if projects is not None and _move(user, list(projects)):
        changed.append("projects")
    if changed:
        journal.record(actor, "salesdept.user.edited", user, happened_at=now, fields=changed)
    return user


def _move(user: User, projects: list[Project]) -> bool:
    old = set(user.projects.values_list("pk", flat=True))
    user.projects.set(projects)
    return old != {project.pk for project in projects}


def _set(row: models.Model, values: Mapping[str, Any]) -> list[str]:
    changed = sorted(name for name, value in values.items() if getattr(row, name, None) != value)
    for name in changed:
        setattr(row, name, values[name])
    return changed


@service
def reset_password(
    *, actor: User, user_id: int, password: str, now: datetime, idempotency_key: str | None = None
) -> User:
    """Give somebody a new password, already checked by the form."""
    access.may_manage_people(actor).or_raise()
    user: User = locked(User.objects.all(), user_id)
    user.set_password(password)
    user.save(update_fields=["password"])
    journal.record(actor, "salesdept.user.password_reset", user, happened_at=now)
    return user


@service
def save_project(
    *,
    actor: User,
    values: Mapping[str, Any],
    now: datetime,
    project_id: int | None = None,
    idempotency_key: str | None = None,
) -> Project:
    """A new 楼盘, or changed details of one."""
    access.may_manage_projects(actor).or_raise()
    project = locked(Project.objects.all(), project_id) if project_id else Project()
    return _keep(actor, project, values, "project", now)


@service
def save_team(
    *,
    actor: User,
    values: Mapping[str, Any],
    now: datetime,
    team_id: int | None = None,
    idempotency_key: str | None = None,
) -> Team:
    """A new 销售组, or changed details of one."""
    access.may_manage_teams(actor).or_raise()
    team = locked(Team.objects.all(), team_id) if team_id else Team()
    return _keep(actor, team, values, "team", now)


def _keep[M: models.Model](actor: User, row: M, values: Mapping[str, Any], noun: str, now: datetime) -> M:
    done = "edited" if row.pk else "created"
    changed = {name: values[name] for name in _set(row, values)}
    row.full_clean()
    row.save()
    if changed:
        journal.record(actor, f"salesdept.{noun}.{done}", row, happened_at=now, **changed)
    return row
