"""The register in a real browser: taps counted, the guest's own phone, a network that goes away."""

import re

import pytest
from playwright.sync_api import expect

from customers.models import Customer, SelfFill, Visit
from customers.rules.register import Evidence
from tests import world as office
from tests.browser.conftest import PHONE, _open
from tests.browser.lib import assert_accessible, assert_no_overflow, assert_thumb_sized
from tests.browser.test_journeys import Walk, receive
from tests.world import NOW


@pytest.fixture(params=["phone", "desktop"])
def seat(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def hall(live_server, frozen):
    return office.build(NOW, office.with_visitors)


@pytest.fixture
def guest(live_server, browser):
    """The guest's own phone: another context, logged in as nobody."""
    yield from _open(browser, live_server.url, PHONE, "light")


def test_a_visit_is_logged_in_three_taps_and_a_customer_found_in_one(seat, hall):
    walk = Walk(seat, "rep")
    receive(walk, "13700001111", "苏女士")
    assert walk.taps <= 3
    walk.sees("待补全")
    walk.go("/")
    walk.taps = 0
    if seat.is_phone:
        walk.tap("header a[aria-label*='搜索']")
        walk.page.wait_for_url("**/search/**")
    else:
        walk.tap("header [name=q]")
    walk.page.locator("[name=q]").locator("visible=true").first.fill("苏女士")
    walk.page.keyboard.press("Enter")
    walk.sees("苏女士")
    assert walk.taps <= 1


def _sign(page):
    box = page.locator("canvas").bounding_box()
    page.mouse.move(box["x"] + 30, box["y"] + 60)
    page.mouse.down()
    for step in range(1, 14):
        page.mouse.move(box["x"] + 30 + step * 15, box["y"] + (40 if step % 2 else 90))
    page.mouse.up()


def test_the_guest_fills_and_signs_on_an_own_phone(seat, guest, hall):
    walk = Walk(seat, "rep")
    walk.tap("main >> text=登记来访")
    walk.tap("text=请客户自填")
    walk.at("**/self-fills/*/")
    walk.page.locator("summary", has_text="扫不了码").click()
    address = walk.page.locator(".qrbox__link").inner_text()
    page = guest.page
    page.goto(address)
    assert_no_overflow(page)
    assert_thumb_sized(page)
    assert_accessible(page)
    page.fill("[name=name]", "罗敏女士")
    page.fill("[name=phone]", "13700002222")
    page.locator("canvas").scroll_into_view_if_needed()
    _sign(page)
    page.locator("label", has=page.locator("[name=consent]")).click()
    page.locator("button", has_text="签名并提交").click()
    expect(page.get_by_text("已收到，谢谢")).to_be_visible()
    expect(walk.page.get_by_text("罗敏女士 已填写并签名")).to_be_visible(timeout=15_000)
    slip = Visit.objects.get(evidence=Evidence.SELF_FILLED)
    assert slip.customer.owner == hall.rep
    assert SelfFill.objects.get().strokes
    walk.tap("text=看登记")
    walk.page.wait_for_selector("img[alt=客户签名]")
    walk.sound()


def test_a_slip_survives_a_lost_network(seat, hall):
    walk = Walk(seat, "rep")
    walk.tap("main >> text=登记来访")
    page = walk.page
    page.wait_for_url("**/visits/new/")
    page.fill("[name=phone]", "13700003333")
    page.fill("[name=name]", "苏女士")
    walk.sees("可接")
    key = page.locator("#slip [name=key]").input_value()
    seat.context.set_offline(True)
    walk.tap("button >> text=保存登记")
    walk.sees("没有网络，已存在本机")
    stored = page.evaluate("() => JSON.stringify([sessionStorage, localStorage])")
    assert "13700003333" not in stored
    assert page.input_value("[name=phone]") == "13700003333"
    assert not Customer.objects.filter(name="苏女士").exists()
    seat.context.set_offline(False)
    assert page.locator("#slip [name=key]").input_value() == key
    walk.tap("button >> text=保存登记")
    page.wait_for_url(re.compile(r"/visits/\d+/$"))
    slip = Visit.objects.get(customer__name="苏女士")
    assert slip.device_at is not None
    assert slip.happened_at == slip.reception.started_at
    walk.sees("仅为主张")
