"""What check_invariants recounts of people and their roles."""

import pytest
from django.contrib.auth.models import Group

from salesdept.queries.invariants import groups_follow_roles, no_active_superuser
from salesdept.rules import GROUPS, Role

pytestmark = pytest.mark.django_db


def test_the_named_people_are_each_in_one_group(rep, manager, finance, admin):
    assert list(groups_follow_roles()) == []
    assert list(no_active_superuser()) == []


def test_a_second_group_is_found(rep):
    rep.groups.add(Group.objects.get(name=GROUPS[Role.FINANCE]))
    (said,) = groups_follow_roles()
    assert said == "rep 的角色是销售代表，所在组：代表、财务"


def test_nobody_without_a_group_passes(rep):
    rep.groups.clear()
    assert list(groups_follow_roles()) == ["rep 的角色是销售代表，所在组：无"]


@pytest.mark.parametrize(("active", "found"), [(True, ["rep 是启用的超级用户"]), (False, [])])
def test_an_active_superuser_is_found(rep, active, found):
    rep.is_superuser, rep.is_active = True, active
    rep.save()
    assert list(no_active_superuser()) == found
