"""One person, one household: kin, merging and retention."""

from customers.rules import households
from customers.services import (
    merges,
    namesakes,
    retention,
)
from regulations.slots import APPROVALS, DECISIONS, TOPICS, DecisionKind
from salesdept.rules import LEADERS, Role
from salesdept.slots import (
    DAILY,
    NAV,
    ROLE_PERMISSIONS,
    TRIGGERS,
    DailyJob,
    Frozen,
    Grants,
    NavItem,
)


def fill() -> None:
    """Fill the slots of this chapter."""
    TOPICS.fill(households.KinTerms, households.LookupTerms, households.RetentionTerms)
    APPROVALS.fill(*merges.APPROVAL_KINDS)
    DECISIONS.fill(DecisionKind(households.MERGE, "合并客户", households.recompute_merge))
    TRIGGERS.fill(Frozen("customers_merge", ("undone_at", "undone_by_id", "undo_reason")))
    DAILY.fill(
        DailyJob("customers.namesakes", 3, namesakes.find_imported),
        DailyJob("customers.anonymise", 4, retention.anonymise),
    )
    leads = (Role.ASSISTANT, *LEADERS)
    NAV.fill(NavItem("同名与合并", "customers:namesake_list", "users", group="管理", roles=leads, order=44))
    ask = ("customers.add_merge", "customers.add_publicnumber", "customers.view_merge")
    agree = ("customers.change_merge", "customers.view_merge")
    ROLE_PERMISSIONS.fill(
        Grants(Role.ASSISTANT, ask),
        Grants(Role.SUPERVISOR, agree),
        Grants(Role.MANAGER, (*agree, "customers.delete_publicnumber")),
        Grants(Role.DIRECTOR, ("customers.view_merge",)),
    )
