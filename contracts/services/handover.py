"""What a leaver's customers carry along: their contracts."""

from django.db.models import F

from contracts.models import Contract
from customers.slots import HandedOn
from salesdept import journal


def hand_over_contracts(handed: HandedOn) -> None:
    """Contracts of handed-on customers are followed by the new rep; whose credit it is does not change."""
    rows = Contract.objects.filter(rep=handed.old, reservation__customer__in=handed.customers)
    contracts = list(rows.order_by("pk").select_for_update(of=("self",)))
    Contract.objects.filter(pk__in=[row.pk for row in contracts]).update(
        rep=handed.new, version=F("version") + 1
    )
    journal.record_many(
        handed.actor,
        "contracts.contract.handed_over",
        contracts,
        happened_at=handed.now,
        old=handed.old,
        new=handed.new,
    )
