"""A database refusal has its constraint's name on both engines, and words where somebody wrote them."""

import pytest
from django.db import IntegrityError, transaction

from regulations.models import Request
from salesdept.errors import RuleError, constraint_name, refuse, unique_names
from salesdept.models import Reminder, Reveal
from salesdept.verdict import ALLOWED, Denied, Verdict
from tests import factories

pytestmark = pytest.mark.django_db


def refused(write):
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        write()
    return constraint_name(error.value)


def test_a_unique_column_is_named(project):
    assert refused(lambda: factories.ProjectFactory(code=project.code)) == "one_project_per_code"


def test_unique_columns_are_named(rep, now):
    def file():
        Reminder.objects.create(kind="k", object_ref="a:1", due_at=now)

    file()
    assert refused(file) == "one_reminder_per_due_time"


def test_a_partial_unique_index_is_named(rep, now):
    def file():
        Request.objects.create(
            kind="k", subject="a:1", title="t", reason="r", requester=rep, requested_at=now
        )

    file()
    assert refused(file) == "one_open_request_per_subject"


def test_a_check_is_named(rep):
    assert refused(lambda: factories.UserFactory(role="king")) == "user_role_is_known"


def test_a_check_with_a_condition_is_named(rep, now):
    assert (
        refused(
            lambda: Reveal.objects.create(
                actor=rep, kind="reveal", target="a:1", field="phone", happened_at=now
            )
        )
        == "a_reveal_has_a_reason"
    )


def test_the_database_alone_refuses_a_self_approval(manager, now):
    approved = {"state": "approved", "decided_by": manager, "decided_at": now}
    request = Request(
        kind="x", subject="y:1", title="t", reason="r", requester=manager, requested_at=now, **approved
    )
    assert refused(request.save) == "approver_is_not_requester"
    assert not Request.objects.exists()


def test_a_refusal_nobody_wrote_words_for_is_a_bug():
    error = IntegrityError("UNIQUE constraint failed: nowhere.column")
    assert constraint_name(error) == ""
    assert refuse(error, {"other": RuleError("x", "y")}) is error


def test_a_written_refusal_is_found_by_its_name(project):
    words = RuleError("code_taken", "项目代码已被使用", "拟:sys.project")
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        factories.ProjectFactory(code=project.code)
    assert refuse(error.value, {"one_project_per_code": words}) is words


def test_unique_names_read_the_models():
    assert unique_names("salesdept_notice") == {frozenset({"user_id", "key"}): "one_notice_per_key"}


def test_a_no_carries_its_reason():
    no = Verdict("不能", "S54", "请经理办理")
    assert not no
    with pytest.raises(Denied) as denied:
        no.or_raise()
    assert (denied.value.code, denied.value.message, denied.value.clause, denied.value.way_out) == (
        "denied",
        "不能",
        "S54",
        "请经理办理",
    )
    assert ALLOWED
    assert ALLOWED.or_raise() is None
