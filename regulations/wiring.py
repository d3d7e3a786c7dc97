"""What this app puts into the slots."""

from regulations import access, services
from regulations.queries import cards, invariants
from regulations.rules import ReceptionTerms, SplitTerms
from regulations.seeds import seed
from regulations.slots import APPROVALS, TOPICS, ApprovalKind
from salesdept.rules import LEADERS, Role
from salesdept.slots import (
    HOME_CARDS,
    INVARIANTS,
    NAV,
    ROLE_PERMISSIONS,
    SEEDERS,
    TRIGGERS,
    Frozen,
    Grants,
    HomeCard,
    Invariant,
    NavItem,
    Seeder,
)

ANSWERERS = (*LEADERS, Role.CASHIER, Role.FINANCE, Role.ASSISTANT)


def fill() -> None:
    TOPICS.fill(ReceptionTerms, SplitTerms)
    APPROVALS.fill(
        ApprovalKind(
            "regulations.terms",
            "制度参数",
            access.may_approve_terms,
            services.approve_terms,
            services.reject_terms,
            answerers=(Role.MANAGER, Role.DIRECTOR),
        )
    )
    TRIGGERS.fill(Frozen("regulations_requestsignature"))
    ROLE_PERMISSIONS.fill(
        Grants(Role.MANAGER, ("regulations.add_termsversion", "regulations.view_request")),
        Grants(Role.DIRECTOR, ("regulations.add_termsversion", "regulations.view_request")),
    )
    _fill_pages()


def _fill_pages() -> None:
    NAV.fill(
        NavItem("审批", "regulations:request_list", "stamp", group="审核", roles=ANSWERERS, order=40),
        NavItem("制度", "regulations:clause_list", "book", group="管理", order=80),
        NavItem("制度参数", "regulations:term_list", "sliders", group="管理", order=81),
    )
    HOME_CARDS.fill(
        HomeCard(
            "regulations/cards/opening.html", cards.opening_card, (Role.MANAGER, Role.DIRECTOR), order=1
        ),
        HomeCard("regulations/cards/waiting.html", cards.waiting_card, ANSWERERS, order=20),
    )
    SEEDERS.fill(Seeder("regulations", 5, seed))
    INVARIANTS.fill(
        Invariant("decisions_recompute", "拟:sys.terms", invariants.decisions_recompute),
        Invariant("versions_have_two_people", "拟:sys.two_persons", invariants.versions_have_two_people),
        Invariant("versions_are_readable", "拟:sys.terms", invariants.versions_are_readable),
    )
