"""The whole way, walked by each role in a real browser: phone, desk, and once without scripts."""

import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from attendance.models import ConductCase
from commissions.models import CommissionEntry
from contracts.models import Contract, Receipt
from contracts.queries.facts import facts_of
from contracts.rules import ContractState
from contracts.services.common import contract_locked
from customers.models import Customer, Visit
from inventory.models import Reservation
from inventory.rules import Stage
from regulations.models import TermsVersion
from salesdept.models import ImportBatch
from tests import world as office
from tests.browser.lib import Screen, assert_accessible, assert_no_overflow, assert_thumb_sized, login
from tests.generators.books import text
from tests.world import BAD_SHEET, NOW, World


@pytest.fixture(params=["phone", "desktop"])
def seat(request) -> Screen:
    """The same way at both sizes."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def build(live_server, frozen) -> Callable[..., World]:
    """An office as far as the journey needs it."""
    return lambda *steps: office.build(NOW, *steps)


class Walk:
    """A person who taps. `taps` counts what a thumb does; typing does not count."""

    def __init__(self, screen: Screen, who: str) -> None:
        self.screen, self.page, self.taps = screen, login(screen, who), 0
        self.page.goto(screen.base + "/")

    def tap(self, target: str) -> Page:
        self.taps += 1
        self.page.locator(target).locator("visible=true").first.click()
        return self.page

    def sees(self, words: str) -> None:
        expect(self.page.get_by_text(words).locator("visible=true").first).to_be_visible()

    def at(self, pattern: str) -> None:
        """Arrived, and the page is sound."""
        self.page.wait_for_url(pattern)
        self.sound()

    def sound(self) -> None:
        assert_no_overflow(self.page)
        if self.screen.is_phone:
            assert_thumb_sized(self.page)
        assert self.screen.faults == []

    def go(self, path: str) -> Page:
        self.page.goto(self.screen.base + path)
        self.sound()
        return self.page


# --- the rep


def receive(walk: Walk, phone: str = "13700001111", name: str = "苏女士") -> None:
    """今日 → 登记来访 → number, name → 保存登记."""
    walk.tap("main >> text=登记来访")
    walk.at("**/visits/new/")
    walk.page.fill("[name=phone]", phone)
    walk.sees("可接")
    walk.page.fill("[name=name]", name)
    walk.tap("text=保存登记")
    walk.page.wait_for_url(re.compile(r"/visits/\d+/$"))
    walk.sound()


def test_a_rep_registers_a_visitor_in_three_taps_and_locks_a_room_in_four(seat, build):
    world = build(office.with_rooms)
    walk = Walk(seat, "rep")
    walk.sound()
    receive(walk)
    assert walk.taps <= 3
    slip = Visit.objects.get()
    assert (slip.customer.owner, slip.customer.name) == (world.rep, "苏女士")
    walk.sees("保护期至")

    walk.go("/")
    walk.taps = 0
    walk.tap("main >> text=认购")
    walk.at("**/inventory/")
    walk.tap(f"a[aria-label^='{world.free.room_no}']")
    walk.sees("2#-1612")
    walk.sound()
    if seat.is_phone:
        walk.tap(".peek >> text=认购")
        walk.page.wait_for_selector("dialog[open]")
        assert_accessible(walk.page)
    walk.tap("text=凭定金锁定")
    walk.at("**/reservations/*/")
    assert walk.taps <= 4
    claim = Reservation.objects.get()
    assert (claim.unit, claim.rep, claim.stage) == (world.free, world.rep, Stage.LOCK)
    walk.sees("临时锁定")
    walk.go(f"/customers/{slip.customer_id}/")
    walk.sees("2#-1612")


def test_a_rep_reads_how_her_commission_came_about(seat, build):
    build(office.with_rooms, office.with_visitors, office.with_commission)
    entry = CommissionEntry.objects.exclude(contract__state=ContractState.SIGNED).get()
    walk = Walk(seat, "rep")
    walk.go("/commissions/")
    for words in ("佣金明细", f"{entry.amount:,}", "税前应发"):
        walk.sees(words)
    assert "七 佣金率" in walk.page.locator("main").inner_text()


def test_the_loser_is_told_who_holds_the_room_until_when_and_what_else_is_free(phone, desktop, build):
    world = build(office.with_rooms, office.with_visitors)
    late = Walk(desktop, "colleague")
    late.go(f"/inventory/units/{world.free.pk}/")
    early = Walk(phone, "rep")
    early.go(f"/inventory/units/{world.free.pk}/")
    early.tap("text=凭定金锁定")
    early.at("**/reservations/*/")

    late.tap("text=凭定金锁定")
    late.sees("林知远")
    told = late.page.locator("main").inner_text()
    assert "11:00" in told
    assert "同户型" in told
    assert Reservation.objects.count() == 1
    assert_accessible(late.page)


# --- the assistant


def test_the_assistant_imports_a_sheet_corrects_one_row_skips_one_and_takes_it_back(seat, build, tmp_path):
    build(office.with_rooms)
    sheet = tmp_path / "客户.csv"
    sheet.write_bytes(text(BAD_SHEET))
    walk = Walk(seat, "assistant")
    page = walk.go("/imports/")
    page.click("text=客户表")
    page.set_input_files("[name=file]", sheet)
    walk.tap("text=上传并检查")
    walk.at(re.compile(r"/imports/\d+/$"))
    walk.tap("text=修改第 3 行")
    page.wait_for_selector("dialog[open]")
    page.fill("dialog [name=c-phone]", "13811113333")
    walk.tap("dialog >> text=保存并检查这一行")
    page.wait_for_selector("text=第 3 行：可导入")
    walk.tap("text=所有错误行设为跳过")
    walk.tap("text=导入 3 行，跳过 1 行")
    page.wait_for_selector("text=已导入 3 位")
    walk.sound()
    assert Customer.objects.count() == 3

    walk.tap("text=撤销")
    page.wait_for_selector("text=已撤销，收回 3 位")
    assert Customer.objects.count() == 0
    assert ImportBatch.objects.get().state == "undone"


def test_the_assistant_checks_a_contract_field_by_field_and_seals_another(seat, build):
    world = build(office.with_rooms, office.with_visitors, office.with_commission)
    contract = office.in_first_review(world, "钱女士", "钱一诺", "13900006666")
    walk = Walk(seat, "assistant")
    page = walk.go("/contracts/verification/")
    facts = facts_of(contract_locked(contract.pk))
    for n, fact in enumerate(facts, 1):
        page.get_by_role("button", name=f"{fact.field.label}一致", exact=True).click()
        page.wait_for_selector(f"text=已核 {n} / {len(facts)}")
    walk.sound()
    walk.tap("button:has-text('初审通过')")
    walk.sees("初审通过")
    contract.refresh_from_db()
    assert contract.state == ContractState.SECOND

    walk.go(f"/contracts/{world.payable.pk}/")
    walk.tap("main >> button:has-text('盖章签约')")
    walk.sees("已盖章签约")
    world.payable.refresh_from_db()
    assert world.payable.state == ContractState.SIGNED
    walk.sound()


# --- the manager and the director


def test_the_managers_second_check_returns_a_wrong_character_and_proposes_the_fine(seat, build):
    world = build(office.with_rooms, office.with_visitors)
    contract = office.in_second_review(world, "孙先生", "孙浩然", "13900007777")
    walk = Walk(seat, "manager")
    page = walk.go("/contracts/verification/")
    page.select_option("#wrong-field", label="姓名")
    page.fill("#right", "孙皓然")
    walk.tap("text=记为有误")
    walk.sees("¥50.00")
    walk.sound()
    walk.tap("button:has-text('登记差错并退回改正')")
    walk.sees("已退回改正")
    contract.refresh_from_db()
    case = ConductCase.objects.get()
    assert contract.state == ContractState.RETURNED
    assert (case.person, case.proposer, case.amount) == (world.assistant, world.manager, Decimal("50.00"))

    walk.go("/attendance/penalties/")
    walk.sees("提出人不能裁定自己提出的奖惩")


def test_the_manager_reads_the_figures_and_drafts_terms_which_the_director_approves(seat, build):
    world = build(office.with_rooms, office.with_visitors, office.with_commission)
    walk = Walk(seat, "manager")
    page = walk.go("/performance/")
    walk.sees("合同签定无误")
    page = walk.go("/regulations/terms/inventory.hold/")
    page.fill("[name=t_minutes]", "90")
    page.fill("[name=effective_from]", "2026-12-01")
    page.fill("[name=reason]", "年底客流少")
    walk.tap("main form >> button[type=submit]")
    walk.sees("已提交审批")
    version = TermsVersion.objects.get()
    assert version.state == "draft"

    seat.context.clear_cookies()
    second = Walk(seat, "director")
    second.go("/regulations/requests/")
    second.tap(f"main a[href='/regulations/requests/{version.request_id}/']")
    second.at("**/requests/*/")
    second.tap("text=批准申请")
    second.sees("已批准")
    version.refresh_from_db()
    assert (version.state, version.values["minutes"]) == ("approved", 90)
    assert version.request.decided_by == world.director


# --- the money desks


def test_the_cashier_records_with_a_slip_and_finance_confirms(seat, build, tmp_path):
    world = build(office.with_rooms, office.with_visitors)
    claim = office.lock(world, world.rep, world.customer)
    slip = tmp_path / "pos.png"
    slip.write_bytes(office.slip_photo().read())
    walk = Walk(seat, "cashier")
    page = walk.go("/contracts/collections/")
    page.select_option("[name=reservation]", str(claim.pk))
    page.fill("[name=amount]", "20000")
    page.fill("[name=slip]", "POS000123")
    page.fill("[name=payer]", "罗晓")
    page.set_input_files("[name=photo]", slip)
    walk.tap("#record >> button:has-text('登记收款')")
    walk.sees("待财务确认")
    walk.sound()
    receipt = Receipt.objects.get()
    assert (receipt.amount, receipt.recorded_by, receipt.slips.count()) == (Decimal(20000), world.cashier, 1)

    seat.context.clear_cookies()
    second = Walk(seat, "finance")
    second.go("/contracts/collections/")
    second.tap("text=确认到账")
    second.sees("已确认")
    claim.refresh_from_db()
    assert claim.stage == Stage.SUBSCRIBED
    second.sound()


# --- without scripts


def test_a_visit_and_a_lock_without_any_script(without_script, build):
    world = build(office.with_rooms)
    walk = Walk(without_script, "rep")
    walk.tap("main >> text=登记来访")
    walk.at("**/visits/new/")
    walk.page.fill("[name=phone]", "13700001111")
    walk.page.fill("[name=name]", "苏女士")
    walk.tap("text=查重")
    walk.sees("可接")
    assert walk.page.input_value("[name=name]") == "苏女士"
    walk.tap("text=保存登记")
    walk.page.wait_for_url(re.compile(r"/visits/\d+/$"))
    walk.go("/")
    walk.tap("main >> text=认购")
    walk.at("**/inventory/")
    walk.tap(f"a[aria-label^='{world.free.room_no}']")
    walk.at(re.compile(r"/units/\d+/"))
    walk.tap("text=凭定金锁定")
    walk.at("**/reservations/*/")
    assert Reservation.objects.get().stage == Stage.LOCK
    assert Contract.objects.count() == 0
