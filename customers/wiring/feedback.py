"""投诉与意见, 回访, 满意度."""

from customers.queries import (
    feedback_cards,
)
from customers.rules.demand import DemandTerms
from customers.rules.surveys import CallBackTerms, SurveyTerms
from customers.services import (
    feedback_clock,
)
from customers.slots import CUSTOMER_PANELS
from customers.wiring.roles import HALL
from regulations.slots import TOPICS
from salesdept.rules import LEADERS, Role
from salesdept.slots import (
    HOME_CARDS,
    INVARIANTS,
    NAV,
    REMINDER_KINDS,
    ROLE_PERMISSIONS,
    TRIGGERS,
    Frozen,
    Grants,
    NavItem,
)


def fill() -> None:
    """Fill the slots of this chapter."""
    TOPICS.fill(SurveyTerms, CallBackTerms, DemandTerms)
    REMINDER_KINDS.fill(*feedback_clock.KINDS)
    TRIGGERS.fill(Frozen("customers_feedbackround"), Frozen("customers_surveysample"))
    HOME_CARDS.fill(*feedback_cards.CARDS)
    CUSTOMER_PANELS.fill(*feedback_cards.PANELS)
    INVARIANTS.fill(*feedback_cards.INVARIANTS)
    ask, keep = "customers.add_survey", "customers.change_department"
    ROLE_PERMISSIONS.fill(Grants(Role.REP, (ask,)))
    for role in (Role.ASSISTANT, *LEADERS):
        ROLE_PERMISSIONS.fill(Grants(role, (ask, keep, "customers.view_survey", "customers.change_callback")))
    for role in (Role.SUPERVISOR, Role.MANAGER):
        ROLE_PERMISSIONS.fill(Grants(role, ("customers.add_surveysample", "customers.change_survey")))
    readers = (Role.ASSISTANT, *LEADERS)
    NAV.fill(
        NavItem("客户反馈", "customers:feedback_list", "msg", roles=HALL, order=60),
        NavItem("回访", "customers:callback_list", "phone", roles=readers, order=62),
        NavItem("需求交叉表", "customers:demand", "chart", roles=readers, order=66),
        NavItem("满意度", "customers:survey_list", "star", roles=readers, order=64),
    )
