"""Accounts, roles and employment periods."""

from datetime import date, datetime
from itertools import chain

from django.contrib.auth.models import Group, Permission
from django.db import transaction

from salesdept import access, journal
from salesdept.errors import RuleError
from salesdept.models import Project, Team, User
from salesdept.rules import GROUPS, Role
from salesdept.slots import ROLE_PERMISSIONS
from salesdept.text import initials_of, pinyin_of
from salesdept.verbs import service


@transaction.atomic
def sync_roles() -> None:
    """Make each role's group hold exactly what the slot ROLE_PERMISSIONS grants. Safe to repeat."""
    known = {
        f"{p.content_type.app_label}.{p.codename}": p
        for p in Permission.objects.select_related("content_type")
    }
    for role, name in GROUPS.items():
        wanted = set(chain.from_iterable(g.permissions for g in ROLE_PERMISSIONS if g.role == role))
        if unknown := wanted - set(known):
            raise LookupError(f"{name}: no such permissions: {', '.join(sorted(unknown))}")
        group, _ = Group.objects.get_or_create(name=name)
        group.permissions.set(known[p] for p in wanted)


@service
def create_user(
    *,
    actor: User | None,
    username: str,
    name: str,
    role: Role,
    now: datetime,
    password: str | None = None,
    team: Team | None = None,
    projects: tuple[Project, ...] = (),
    employee_no: str = "",
    phone: str = "",
    active_from: date | None = None,
    idempotency_key: str | None = None,
) -> User:
    """A new account in exactly one role. `actor=None` is the installation itself."""
    if actor is not None:
        access.may_manage_people(actor).or_raise()
    user = User(
        username=username,
        name=name,
        pinyin=pinyin_of(name),
        initials=initials_of(name),
        employee_no=employee_no,
        phone=phone,
        team=team,
        role=role,
        active_from=active_from,
        is_staff=role == Role.ADMIN,
    )
    user.set_password(password)
    user.full_clean(exclude=["password"])
    user.save()
    user.projects.set(projects)
    _follow_role(user)
    journal.record(actor, "salesdept.user.created", user, happened_at=now, role_of=role, name=name)
    return user


@service
def set_role(
    *, actor: User, user_id: int, role: Role, now: datetime, reason: str, idempotency_key: str | None = None
) -> User:
    """Change a role; the group follows. Nobody changes an own role."""
    access.may_manage_people(actor).or_raise()
    user: User = User.objects.select_for_update(of=("self",), no_key=True).get(pk=user_id)
    access.is_second_person(actor, user).or_raise()
    old, user.role = user.role, role
    user.is_staff = role == Role.ADMIN
    user.save(update_fields=["role", "is_staff"])
    _follow_role(user)
    journal.record(
        actor, "salesdept.user.role_set", user, happened_at=now, reason=reason, old=old, new=role.value
    )
    return user


@service
def end_employment(
    *,
    actor: User,
    user_id: int,
    last_day: date,
    now: datetime,
    reason: str,
    idempotency_key: str | None = None,
) -> User:
    """Set the last working day. An inactive account sees nothing; customers are handed over apart."""
    access.may_manage_people(actor).or_raise()
    user: User = User.objects.select_for_update(of=("self",), no_key=True).get(pk=user_id)
    if user.active_from and last_day < user.active_from:
        raise RuleError("leaves_before_joining", "离职日期早于入职日期", "拟:sys.employment", "请核对日期")
    user.active_to = last_day
    user.save(update_fields=["active_to"])
    journal.record(actor, "salesdept.user.ended", user, happened_at=now, reason=reason, last_day=last_day)
    return user


def _follow_role(user: User) -> None:
    user.groups.set([Group.objects.get_or_create(name=GROUPS[Role(user.role)])[0]])
    user.__dict__.pop("granted", None)
