"""Somebody without a project: every page of the floor says the same, and how to get one."""

import pytest
from django.urls import reverse

from attendance.models import ClockEvent
from customers.models import QueueEntry

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "name",
    ["customers:customer_list", "customers:queue", "customers:dispute_list", "customers:feedback_list",
     "customers:visit_create", "attendance:month", "attendance:clock", "performance:dashboard"],
)  # fmt: skip
def test_without_a_project_one_is_refused_with_the_way_out(name, client, manager):
    manager.projects.clear()
    client.force_login(manager)
    answer = client.get(reverse(name))
    assert answer.status_code == 403
    assert "你的账号还没有加入任何项目" in answer.content.decode()
    assert "请管理员在账号里加上项目" in answer.content.decode()


@pytest.mark.parametrize(
    ("name", "table"), [("customers:queue_sign_in", QueueEntry), ("attendance:clock", ClockEvent)]
)
def test_without_a_project_nothing_is_written(name, table, client, rep):
    rep.projects.clear()
    client.force_login(rep)
    assert client.post(reverse(name), {"kind": "in", "key": "k"}).status_code == 403
    assert not table.objects.exists()
