"""进门, 接待中暂离, 质疑, 来客, 战败 and 老业主 in a browser, at both sizes."""

import pytest
from playwright.sync_api import expect

from customers.models import Arrival, Aside, Doubt, Loss, Reception, Visitor
from tests import world as office
from tests.browser.lib import assert_sound, login
from tests.factories import customers as make
from tests.world import NOW

HALL = "/customers/queue/hall/"


@pytest.fixture
def hall(live_server, frozen):
    return office.build(
        NOW, lambda world: make.sign_in(world.rep, world.colleague, world.supervisor, now=NOW)
    )


@pytest.fixture(params=["phone", "desktop"])
def seat(request):
    """The same at both sizes."""
    return request.getfixturevalue(request.param)


def test_the_desk_notes_a_group_and_arranges_it(seat, hall):
    page = login(seat, "assistant")
    page.goto(seat.base + HALL)
    page.get_by_placeholder("特征，不写姓名").fill("红外套")
    page.get_by_role("button", name="客户进门").click()
    expect(page.get_by_text("1 位 · 红外套")).to_be_visible()
    page.get_by_role("button", name="安排接待").click()
    expect(page.get_by_text("已安排 林知远 轮接")).to_be_visible()
    assert Arrival.objects.get().reception == Reception.objects.get()
    assert_sound(seat, HALL)


def test_a_rep_leaves_the_table_with_consent_and_comes_back(seat, hall):
    make.reception(hall.rep, now=NOW)
    page = login(seat, "rep")
    page.goto(seat.base + HALL)
    page.get_by_text("暂离", exact=True).click()
    page.get_by_label("离开几分钟").fill("15")
    page.get_by_label("交待给").select_option(label="许若晴")
    page.get_by_label("客户的需求").fill("等三房价目")
    page.get_by_role("button", name="记暂离").click()
    expect(page.get_by_text("交待给同事须先征得客人同意")).to_be_visible()
    assert not Aside.objects.exists()
    page.goto(seat.base + HALL)
    page.get_by_text("暂离", exact=True).click()
    page.get_by_label("离开几分钟").fill("15")
    page.get_by_label("交待给").select_option(label="许若晴")
    page.get_by_label("客户的需求").fill("等三房价目")
    page.get_by_text("客人已同意").click()
    page.get_by_role("button", name="记暂离").click()
    expect(page.get_by_text("许若晴 代为照看：等三房价目")).to_be_visible()
    page.get_by_role("button", name="回到客户").click()
    expect(page.get_by_role("button", name="回到客户")).to_have_count(0)
    assert Aside.objects.get().back_at is not None


def test_a_doubt_is_one_tap_from_the_form(phone, hall):
    make.reception(hall.rep, now=NOW)
    page = login(phone, "rep")
    page.goto(phone.base + HALL)
    page.get_by_role("button", name="客户有质疑").click()
    page.get_by_label("客户原话").fill("面积说法不一")
    page.get_by_role("button", name="登记反馈").click()
    expect(page.get_by_text("已登记").first).to_be_visible()
    assert Doubt.objects.get().feedback is not None


def test_a_visitor_is_asked_for_name_and_purpose(seat, hall):
    page = login(seat, "assistant")
    page.goto(seat.base + HALL)
    page.get_by_label("姓名").fill("章先生")
    page.get_by_label("来意").fill("送样册")
    page.get_by_label("找谁").select_option(label="郑怀信")
    page.get_by_role("button", name="登记并告知").click()
    expect(page.get_by_text("找 郑怀信：送样册")).to_be_visible()
    page.get_by_role("button", name="请进").click()
    page.wait_for_load_state()
    assert Visitor.objects.get().answer == "come"


def test_a_customer_is_lost_and_won_back(seat, hall):
    guest = make.customer(owner=hall.rep, name="罗女士", now=NOW)
    page = login(seat, "rep")
    page.goto(f"{seat.base}/customers/{guest.pk}/lose/")
    page.get_by_role("radio", name="价格").check()
    page.get_by_role("button", name="记战败").click()
    expect(page.get_by_text("已记战败")).to_be_visible()
    page.goto(seat.base + "/customers/lost/")
    page.get_by_role("button", name="拾回").click()
    expect(page.get_by_text("已拾回")).to_be_visible()
    assert Loss.objects.get().reopened_by == hall.rep


@pytest.mark.parametrize("path", [HALL, "/customers/lost/", "/customers/owners/", "/customers/demand/"])
def test_the_pages_are_sound_for_the_assistant(seat, hall, path):
    login(seat, "assistant")
    assert_sound(seat, path)
