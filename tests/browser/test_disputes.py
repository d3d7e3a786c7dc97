"""撞单 in a real browser: filed on the phone, accepted, ruled at the desk, signed by both."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from customers.models import Customer, Dispute
from salesdept import clock
from tests.browser.lib import Screen, assert_accessible, assert_no_overflow, login
from tests.factories import contracts as sales
from tests.factories import customers as make
from tests.factories import disputes as cases

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def enter(phone, desktop) -> Callable[[Screen, str, str], Page]:
    """Somebody in, on a page that is sound."""

    def go(screen: Screen, who: str, path: str) -> Page:
        screen.page.context.clear_cookies()
        page = login(screen, who)
        page.goto(screen.base + path)
        sound(page)
        return page

    return go


def sound(page: Page) -> None:
    assert_no_overflow(page)
    assert_accessible(page)


def test_from_the_claim_to_the_signatures(enter, phone, desktop, rep, colleague, supervisor, manager):
    """代表 files from the look-up on the phone; 主管 accepts; 经理 rules with own shares; both sign."""
    make.customer(owner=rep, phone=cases.PHONE)
    make.reception(colleague)
    page = enter(phone, "colleague", "/customers/visits/new/")
    page.locator("input[name=phone]").first.fill(cases.PHONE)
    expect(page.get_by_text("已有归属").first).to_be_visible()
    page.get_by_text("提出归属争议").first.click()
    page.locator("textarea[name=claim]").fill(cases.CLAIM)
    page.get_by_role("button", name="提出争议").click()
    expect(page.get_by_text("等主管受理").first).to_be_visible()
    sound(page)
    dispute = Dispute.objects.get()
    path = f"/customers/disputes/{dispute.pk}/"

    page = enter(desktop, "supervisor", "/")
    page.locator(f"a[href='{path}']").first.click()
    page.get_by_role("button", name="受理争议").click()
    expect(page.get_by_role("heading", name="系统建议")).to_be_visible()
    sound(page)

    page = enter(desktop, "manager", path)
    page.get_by_text("另作裁决").click()
    page.get_by_label("归 许若晴").check()
    page.get_by_label("许若晴 业绩份额").fill("65")
    page.get_by_label("林知远 业绩份额").fill("35.0")
    page.get_by_label("裁决理由").fill("名片与来电为证")
    page.get_by_role("button", name="作出裁决").click()
    expect(page.get_by_text("与系统建议不同")).to_be_visible()
    sound(page)

    for who in ("rep", "colleague"):
        page = enter(phone, who, path)
        page.get_by_role("button", name="签收，服从裁决").click()
        expect(page.get_by_text("65.0%").first).to_be_visible()
    expect(page.get_by_text("已执行").first).to_be_visible()
    assert Customer.objects.get().owner == colleague
    page.goto(f"{phone.base}{path}print/")
    sound(page)


def test_without_scripts_a_claim_is_filed_by_the_room(without_script, rep, colleague):
    claim = sales.claim(rep, clock.now(), stage=sales.Stage.SUBSCRIBED)
    page = login(without_script, "colleague")
    page.goto(without_script.base + "/customers/disputes/new/")
    page.get_by_label("房号").fill(claim.unit.code)
    page.get_by_label("你的主张").fill(cases.CLAIM)
    page.get_by_role("button", name="提出争议").click()
    expect(page.get_by_text(claim.unit.label).first).to_be_visible()
    assert Dispute.objects.get().filed_by == colleague
