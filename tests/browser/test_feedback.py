"""A complaint by the hands that may, and a survey on a customer's phone without login or script."""

import pytest

from customers import services
from customers.models import Feedback, Survey
from salesdept import clock
from tests.browser.lib import assert_sound, login
from tests.factories import customers as make
from tests.factories import feedback as made

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_rep_takes_a_complaint_in_seconds_and_the_assistant_files_and_forwards_it(
    phone, rep, assistant, project
):
    made.department(project)
    login(phone, "rep")
    page = assert_sound(phone, "/customers/feedback/new/")
    page.fill("[name=content]", "样板间空调不制冷")
    page.get_by_role("button", name="登记反馈").click()
    page.wait_for_url("**/customers/feedback/*/")
    row = Feedback.objects.get()
    assert (row.taken_by, row.code) == (rep, f"TS-{row.year}-0001")
    phone.context.clear_cookies()
    login(phone, "assistant")
    page = assert_sound(phone, f"/customers/feedback/{row.pk}/")
    page.get_by_role("button", name="助理联备案").click()
    page.select_option("[name=department]", label="工程部")
    page.get_by_role("button", name="转办", exact=True).click()
    page.get_by_role("button", name="记处理结果").wait_for()
    row.refresh_from_db()
    assert (row.state, row.department.name) == ("forwarded", "工程部")


def test_a_customer_answers_on_his_phone_without_login_or_script(without_script, rep):
    customer = make.customer(owner=rep)
    row = services.ask_customer(actor=rep, customer_id=customer.pk, moment="visit", now=clock.now())
    page = without_script.go(f"/customers/s/{row.token}/")
    for name in ("conduct", "talk", "service"):
        page.check(f"[name={name}][value='5']", force=True)
    page.get_by_role("button", name="提交评价").click()
    page.get_by_role("heading", name="谢谢您的评价").wait_for()
    assert Survey.objects.get().scores == [5, 5, 5]


@pytest.mark.parametrize("path", ["feedback/", "feedback/departments/", "callbacks/", "surveys/"])
def test_the_pages_are_sound(path, screen, rep, assistant, supervisor):
    people = {"rep": rep, "assistant": assistant, "supervisor": supervisor}
    made.complaint(people, "forwarded", clock.now())
    made.answered(rep, clock.now(), comment="讲得清楚")
    login(screen, "assistant")
    assert_sound(screen, f"/customers/{path}")
