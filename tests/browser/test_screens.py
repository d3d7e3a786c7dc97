"""Every main screen at both sizes, light and dark: width, thumbs, axe, no fault, no outside request."""

from django.urls import reverse

from tests import world as office
from tests.addresses import args_of
from tests.browser.lib import assert_sound, login
from tests.world import NOW

# Who opens what. One visitor a page; what else a role may see is in tests/test_pages.py.
SCREENS: dict[str, tuple[str, ...]] = {
    "rep": (
        "home",
        "customers:visit_create",
        "customers:customer_list",
        "customers:customer_detail",
        "customers:customer_follow",
        "customers:visit_detail",
        "inventory:board",
        "inventory:unit_detail",
        "inventory:reservation_detail",
        "contracts:contract_detail",
        "commissions:my_statement",
        "search",
    ),
    "assistant": (
        "customers:queue",
        "customers:visit_list",
        "contracts:verification_queue",
        "import_detail",
        "attendance:month",
        "performance:daily_report",
    ),
    "manager": (
        "performance:dashboard",
        "performance:kpi_report",
        "customers:dispute_list",
        "customers:feedback_list",
        "inventory:release_list",
        "inventory:reservation_list",
        "contracts:contract_list",
        "attendance:penalty_list",
        "regulations:term_list",
        "regulations:term_detail",
        "regulations:opening",
        "regulations:clause_list",
    ),
    "cashier": ("contracts:collections",),
    "finance": ("contracts:collections", "commissions:statement", "regulations:decision_detail"),
    "director": ("regulations:request_list", "regulations:request_detail", "commissions:fund"),
}


def test_the_main_screens_are_sound(screen, frozen):
    world = office.build(NOW)
    faults = []
    for who, names in SCREENS.items():
        screen.context.clear_cookies()
        login(screen, who)
        for name in names:
            try:
                assert_sound(screen, reverse(name, args=args_of(name, world)))
            except AssertionError as fault:  # all of them at once
                faults.append(f"{name}: {fault}"[:1500])
    assert faults == []
