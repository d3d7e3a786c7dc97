"""The demo office's targets and its roll-ups."""

from datetime import timedelta
from decimal import Decimal

from performance.services import rebuild, set_targets
from salesdept import clock
from salesdept.seeds import Office

# A month's plan of a hall that sells some 15 rooms of three million yuan.
PLAN = {
    "received": Decimal("40000000"),
    "signed_amount": Decimal("45000000"),
    "signed_units": Decimal("20"),
    "first_visits": Decimal("260"),
}


def seed(office: Office) -> None:
    """Targets for the months of the story, and every day counted up."""
    month = office.start.replace(day=1)
    today = clock.business_date(office.now)
    while month <= today:
        set_targets(
            actor=office.people["manager"],
            project=office.project,
            month=month,
            values=PLAN,
            now=max(clock.at(month, 9), clock.at(office.start, 9)),
        )
        month = (month.replace(day=28) + timedelta(days=4)).replace(day=1)
    rebuild(office.project, office.start, today)
