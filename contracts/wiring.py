"""What this app puts into the slots of lower apps."""

from collections.abc import Sequence
from datetime import date, datetime

from contracts import access, rules, services
from contracts.models import Receipt
from contracts.queries import detail, invariants, lists, timeline
from contracts.rules.checking import FINE_KIND, refine
from contracts.seeds import seed_contracts
from contracts.services.handover import hand_over_contracts
from contracts.services.receipts import SHORT, UNCONFIRMED
from contracts.services.slips import sweep_slips
from customers.slots import (
    CUSTOMER_IN_USE,
    CUSTOMER_PANELS,
    LEAVER_ITEMS,
    STANDIN_LINES,
    TIMELINE,
    CustomerPanel,
    LeaverItem,
)
from inventory.slots import RESERVATION_PANELS, ReservationPanel
from regulations.slots import APPROVALS, DECISIONS, TOPICS, ApprovalKind, DecisionKind
from salesdept import formats
from salesdept.models import Reminder, User
from salesdept.rules import Message, Role
from salesdept.slots import (
    DAILY,
    HOME_CARDS,
    INVARIANTS,
    NAV,
    REMINDER_KINDS,
    ROLE_PERMISSIONS,
    SEARCH,
    SEEDERS,
    TRIGGERS,
    DailyJob,
    Frozen,
    Grants,
    HomeCard,
    Invariant,
    NavItem,
    ReminderKind,
    SearchSource,
    Seeder,
)

ANSWER_COLUMNS = (
    "confirmed_by_id",
    "confirmed_at",
    "rejected_by_id",
    "rejected_at",
    "reject_reason",
    "reservation_id",
    "contract_id",
)
_SEES = (
    Role.REP,
    Role.ASSISTANT,
    Role.SUPERVISOR,
    Role.MANAGER,
    Role.CASHIER,
    Role.FINANCE,
    Role.DIRECTOR,
)
_VIEW = ("contracts.view_contract", "contracts.view_receipt")


def unconfirmed(reminder: Reminder, now: datetime) -> Sequence[Message]:
    """Finance and the manager hear of money that nobody answered by the next working day."""
    pk = int(reminder.object_ref.partition(":")[2])
    receipt = Receipt.objects.pending().filter(pk=pk).first()
    if receipt is None:
        return []
    people = User.objects.filter(
        is_active=True, role__in=(Role.FINANCE, Role.MANAGER), projects=receipt.project_id
    )
    return [
        Message(
            user_id=user_id,
            title=f"{receipt.code} {formats.money(receipt.amount)} 逾时未确认",
            body=f"{formats.cn_time(receipt.recorded_at, now)} 登记",
            key=f"receipt:{receipt.pk}:late",
            url="/contracts/collections/",
            clause="拟:sub.cash",
            urgent=True,
        )
        for user_id in people.values_list("pk", flat=True)
    ]


def _fill_screens() -> None:
    reviewers = (Role.ASSISTANT, Role.MANAGER)
    NAV.fill(
        NavItem("合同", "contracts:contract_list", "sign", order=30, roles=_SEES),
        NavItem(
            "合同审核",
            "contracts:verification_queue",
            "filecheck",
            group="审核",
            order=10,
            roles=reviewers,
            short="审核",
        ),
        NavItem("收款", "contracts:collections", "coins", group="审核", order=20, roles=_SEES),
    )
    card = "contracts/card_list.html"
    HOME_CARDS.fill(
        HomeCard(card, lists.review_card, reviewers, order=20),
        HomeCard(card, lists.seal_card, (Role.ASSISTANT,), order=21),
        HomeCard(card, lists.receipts_card, (Role.FINANCE, Role.CASHIER), order=20),
        HomeCard(card, lists.held_card, (Role.MANAGER, Role.FINANCE), order=22),
        HomeCard(card, lists.own_card, (Role.REP,), order=40),
    )
    SEARCH.fill(SearchSource("合同", lists.find, order=30))
    CUSTOMER_PANELS.fill(
        CustomerPanel("contracts", "contracts/panel_customer.html", lists.customer_panel, order=40)
    )
    CUSTOMER_IN_USE.fill(timeline.customers_in_use)
    STANDIN_LINES.fill(timeline.standin_lines)
    TIMELINE.fill(*timeline.TIMELINE_WORDS)
    LEAVER_ITEMS.fill(
        LeaverItem(
            "未签的合同",
            timeline.open_contracts_of,
            "contracts:contract_list",
            lines=timeline.contract_lines_of,
            hand_over=hand_over_contracts,
            order=30,
        )
    )
    RESERVATION_PANELS.fill(
        ReservationPanel("contract", "contracts/panel_reservation.html", detail.reservation_panel, order=20)
    )


def _fill_background() -> None:
    REMINDER_KINDS.fill(ReminderKind(UNCONFIRMED, "收款逾时未确认", unconfirmed, urgent=True))
    INVARIANTS.fill(
        Invariant("已收加未收等于总价", "S62", invariants.plans_sum_to_prices),
        Invariant("付款计划与已确认收款相符", "S72", invariants.lines_follow_the_money),
        Invariant("房源状态与收款相符", "拟:sc.before_subscribe", invariants.money_matches_stages),
        Invariant("冲销与原收款相等", "拟:sys.journal", invariants.reversals_mirror),
    )
    SEEDERS.fill(Seeder("contracts", 40, seed_contracts))


def _sweep(day: date, now: datetime) -> None:
    sweep_slips(day, now)


def fill() -> None:
    """Fill the slots; called once when the app is ready."""
    DAILY.fill(DailyJob("contracts.sweep_slips", 4, _sweep))
    _fill_screens()
    _fill_background()
    TOPICS.fill(
        rules.ContractTerms,
        rules.PlanTerms,
        rules.ErrorFineTerms,
        rules.DunningTerms,
        rules.ReceiptTerms,
    )
    DECISIONS.fill(DecisionKind(FINE_KIND, "合同文字差错罚金", refine))
    APPROVALS.fill(
        ApprovalKind(
            SHORT,
            "定金不足的临时认购",
            access.may_consent_short,
            services.approve_short_deposit,
            answerers=(Role.MANAGER,),
            facts=timeline.request_facts,
            url=timeline.request_url,
        )
    )
    # Amounts of money never change; only who answered and where it belongs.
    TRIGGERS.fill(
        Frozen("contracts_receipt", except_columns=ANSWER_COLUMNS),
        Frozen("contracts_reviewerror"),
        Frozen("contracts_receiptslip"),
    )
    ROLE_PERMISSIONS.fill(
        *(Grants(role, _VIEW) for role in _SEES),
        Grants(Role.REP, ("contracts.draft_contract",)),
        Grants(
            Role.ASSISTANT,
            ("contracts.draft_contract", "contracts.review_first", "contracts.seal_contract"),
        ),
        Grants(Role.MANAGER, ("contracts.review_second", "contracts.assign_receipt")),
        Grants(Role.CASHIER, ("contracts.record_receipt",)),
        Grants(Role.FINANCE, ("contracts.confirm_receipt", "contracts.assign_receipt")),
    )
