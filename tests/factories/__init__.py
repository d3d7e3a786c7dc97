"""Smallest valid objects. A test names only what it is about.

Each app adds its own module here (`tests/factories/<app>.py`); people and projects are in this one.
"""

import factory
from django.contrib.auth.models import Group
from factory.django import DjangoModelFactory

from salesdept.models import Project, User
from salesdept.rules import GROUPS, Role
from salesdept.text import initials_of, pinyin_of


class ProjectFactory(DjangoModelFactory[Project]):
    class Meta:
        model = Project

    code = factory.Sequence(lambda n: f"P{n}")
    name = factory.Sequence(lambda n: f"青禾湾{n}期")


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"user{n}")
    name = "某人"
    pinyin = factory.LazyAttribute(lambda o: pinyin_of(o.name))
    initials = factory.LazyAttribute(lambda o: initials_of(o.name))
    role = Role.REP


def user(role: Role, project: Project | None = None, **fields) -> User:
    """A person in exactly one role, with its group's permissions, in one project."""
    person = UserFactory(role=role, is_staff=role == Role.ADMIN, **fields)
    person.groups.add(Group.objects.get_or_create(name=GROUPS[role])[0])
    if project:
        person.projects.add(project)
    return person
