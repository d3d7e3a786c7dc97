"""老带新, 渠道报备 and what is noticed about them."""

from customers.queries import (
    referrals,
)
from customers.rules.anomalies import AnomalyTerms
from customers.rules.channels import ChannelTerms, recompute_filing
from customers.rules.referrals import ReferralTerms, recompute_referral
from customers.services import (
    channel_changes,
    channels,
)
from customers.slots import CUSTOMER_PANELS
from customers.wiring.roles import HALL
from regulations.slots import APPROVALS, DECISIONS, TOPICS, DecisionKind
from salesdept.rules import LEADERS, Role
from salesdept.slots import (
    DAILY,
    NAV,
    ROLE_PERMISSIONS,
    TRIGGERS,
    Frozen,
    Grants,
    NavItem,
)


def fill() -> None:
    """Fill the slots of this chapter."""
    TOPICS.fill(ChannelTerms, ReferralTerms, AnomalyTerms)
    APPROVALS.fill(channel_changes.APPROVAL)
    DECISIONS.fill(
        DecisionKind("customers.filing", "渠道报备", recompute_filing),
        DecisionKind("customers.referral", "老带新", recompute_referral),
    )
    TRIGGERS.fill(Frozen("customers_channelchange"))
    DAILY.fill(*channels.DAILY_JOBS)
    CUSTOMER_PANELS.fill(*referrals.PANELS)
    money = (Role.ASSISTANT, Role.FINANCE, *LEADERS)
    NAV.fill(
        NavItem("渠道报备", "customers:filing_list", "flag", roles=money, order=30),
        NavItem("老带新", "customers:referral_list", "users", roles=(*HALL, Role.FINANCE), order=32),
        NavItem(
            "渠道异常",
            "customers:channel_anomalies",
            "alert",
            group="审核",
            roles=(Role.MANAGER, Role.FINANCE, Role.DIRECTOR),
            order=50,
        ),
    )
    for role in (Role.REP, Role.ASSISTANT, Role.SUPERVISOR, Role.MANAGER):
        ROLE_PERMISSIONS.fill(Grants(role, ("customers.add_referral",)))
    desk = ("customers.add_channelfiling", "customers.change_channelcompany")
    ROLE_PERMISSIONS.fill(
        Grants(Role.ASSISTANT, desk),
        Grants(Role.MANAGER, (*desk, "customers.change_crosssiteflag")),
        Grants(Role.FINANCE, ("customers.change_channelfiling",)),
    )
