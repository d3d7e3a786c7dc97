"""What this app puts into the slots of lower apps."""

from commissions import queries, rules, services
from contracts.slots import PAYMENT_STEPS, PaymentStep
from customers.slots import LEAVER_ITEMS, RULING_EFFECTS, LeaverItem, RulingEffect
from regulations.slots import DECISIONS, TOPICS, DecisionKind
from salesdept.rules import Role
from salesdept.slots import (
    HOME_CARDS,
    INVARIANTS,
    NAV,
    ROLE_PERMISSIONS,
    TRIGGERS,
    Frozen,
    Grants,
    HomeCard,
    Invariant,
    NavItem,
)

_SEES = "commissions.view_commissionentry"
_SALES = (Role.REP, Role.SUPERVISOR)
_HOUSE = (Role.MANAGER, Role.FINANCE, Role.DIRECTOR)


def fill() -> None:
    """Fill the slots; called once when the app is ready."""
    TOPICS.fill(rules.CommissionTerms)
    DECISIONS.fill(DecisionKind(rules.KIND, "佣金计提", rules.recommission))
    PAYMENT_STEPS.fill(PaymentStep("commission", services.follow_money))
    RULING_EFFECTS.fill(RulingEffect("commissions", queries.ruling_preview, services.follow_ruling))
    TRIGGERS.fill(Frozen("commissions_commissionentry"))
    LEAVER_ITEMS.fill(
        LeaverItem(
            "未到发放条件的佣金",
            queries.unpaid_of,
            lines=queries.unpaid_lines_of,
            hand_over=services.keep_credits,
            order=20,
            stays=True,
        )
    )
    INVARIANTS.fill(
        Invariant("佣金流水合计等于基数乘佣金率", "拟:com.rate.base", queries.ledger_faults),
        Invariant("业绩分配合计为百分之百", "S74", queries.credit_faults),
    )
    NAV.fill(
        NavItem("我的佣金", "commissions:my_statement", "coins", group="管理", order=50, roles=_SALES),
        NavItem("佣金结算", "commissions:my_statement", "coins", group="管理", order=50, roles=_HOUSE),
        NavItem(
            "销售基金",
            "commissions:fund",
            "fund",
            group="管理",
            order=60,
            roles=(Role.REP, Role.ASSISTANT, Role.SUPERVISOR, *_HOUSE),
        ),
    )
    HOME_CARDS.fill(
        HomeCard("commissions/card_month.html", queries.month_card, (Role.REP,), order=55, side=True)
    )
    ROLE_PERMISSIONS.fill(
        *(Grants(role, (_SEES,)) for role in _HOUSE),
        *(Grants(role, ("commissions.change_dealcredit",)) for role in (Role.MANAGER, Role.DIRECTOR)),
    )
