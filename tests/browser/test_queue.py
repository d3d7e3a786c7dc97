"""候客 in a browser: the desk arranges, a rep's place moves by itself, the hall's screen names no guest."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from customers.models import AbsenceRequest, QueueEntry, Reception
from customers.queries.hall_code import hall_code
from tests import world as office
from tests.browser.lib import assert_accessible, assert_no_overflow, assert_sound, login
from tests.factories import customers as make
from tests.world import NOW


@pytest.fixture
def hall(live_server, frozen):
    """Three waiting, first the rep."""
    return office.build(NOW, _sign_in)


def _sign_in(world):
    make.sign_in(world.rep, world.colleague, world.supervisor, now=NOW)


@pytest.fixture(params=["phone", "desktop"])
def seat(request):
    """The same at both sizes."""
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("who", ["rep", "assistant"])
def test_the_queue_is_sound_at_both_sizes(seat, hall, who):
    login(seat, who)
    entry = QueueEntry.objects.get(rep=hall.rep)
    for path in ("/customers/queue/", f"/customers/queue/{entry.pk}/", f"/customers/queue/{entry.pk}/why/"):
        assert_sound(seat, path)
    assert_sound(seat, "/customers/queue/sheet/")


def test_the_desk_arranges_and_answers_in_one_tap_each(desktop, hall):
    page = login(desktop, "assistant")
    page.goto(desktop.base + "/customers/queue/")
    page.get_by_role("button", name="客户到访，安排接待").click()
    expect(page.get_by_text("已安排 林知远 轮接")).to_be_visible()
    assert Reception.objects.get().rep == hall.rep
    entry = QueueEntry.objects.get(rep=hall.colleague)
    from customers.services import step_away

    step_away(actor=hall.colleague, entry_id=entry.pk, absence="rest", now=NOW)
    page.reload()
    page.locator('button[name="granted"][value="1"]').click()
    page.wait_for_load_state()
    assert AbsenceRequest.objects.get().state == "granted"


def test_a_rep_sees_the_own_place_move_without_reloading(phone, hall):
    page = login(phone, "colleague")
    page.goto(phone.base + "/")
    expect(page.get_by_text("第 2 位")).to_be_visible()
    from customers.services import arrange_next

    arrange_next(actor=hall.assistant, project=hall.project, now=NOW)
    expect(page.get_by_text("第 1 位")).to_be_visible(timeout=25_000)
    expect(page.get_by_text("下一位就是你")).to_be_visible()


def test_a_rep_asks_from_the_phone_and_sees_why_not(phone, hall):
    page = login(phone, "colleague")
    page.goto(phone.base + "/customers/queue/")
    page.get_by_role("button", name="申请休息").click()
    expect(page.get_by_text("休息 待助理答复")).to_be_visible()
    page.get_by_role("link", name="为什么不是我").click()
    expect(page.get_by_role("heading", name="为什么不是我")).to_be_visible()


def test_the_halls_screen_shows_the_next_rep_and_the_code_alone(desktop, hall):
    page = login(desktop, "assistant")
    make.customer(owner=hall.rep)
    page.goto(desktop.base + reverse("customers:queue_screen"))
    expect(page.locator(".hall__next")).to_contain_text("林知远")
    expect(page.get_by_role("img", name="签到码")).to_be_visible()
    assert "罗女士" not in page.content()
    assert_no_overflow(page)
    assert_accessible(page)


def test_scanning_signs_in_with_one_tap(phone, hall):
    from salesdept.rules import Role
    from tests import factories

    factories.user(Role.REP, username="fresh", name="宋予安", project=hall.project)
    page = login(phone, "fresh")
    page.goto(phone.base + reverse("customers:queue_join", args=[hall_code(hall.project, NOW)]))
    page.get_by_role("button", name="签到候客").click()
    expect(page.get_by_text("第 4 位")).to_be_visible()


def test_the_desk_works_without_scripts(without_script, hall):
    page = login(without_script, "assistant")
    page.goto(without_script.base + "/customers/queue/")
    page.get_by_role("button", name="客户到访，安排接待").click()
    expect(page.get_by_text("已安排 林知远 轮接")).to_be_visible()
