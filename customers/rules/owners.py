"""老业主: whom nobody has spoken to for too long (S37). Pure."""

from datetime import date, timedelta

from customers.rules.words import Stage
from regulations.rules import Unit, term, topic

OWNERS = (Stage.SIGNED, Stage.RELEASED, Stage.HANDED)


@topic("customers.owners", "老业主维护", "customers")
class OwnerCareTerms:
    silent_days: int = term(90, label="老业主多久未联系算沉默", clause="S37", unit=Unit.DAYS, low=7, high=730)


def silent_before(today: date, terms: OwnerCareTerms) -> date:
    """The first day that still counts as spoken to; who was last spoken to before it is silent."""
    return today - timedelta(days=terms.silent_days)
