"""What a leaver's customers carry along: their claims on rooms."""

from django.db.models import F

from customers.slots import HandedOn
from inventory.models import Reservation
from inventory.rules import Stage
from salesdept import journal


def hand_over_claims(handed: HandedOn) -> None:
    """Live claims of handed-on customers change their rep; a short lock ends by itself."""
    rows = Reservation.objects.live().filter(rep=handed.old, customer__in=handed.customers)
    claims = list(rows.exclude(stage=Stage.LOCK).order_by("pk").select_for_update(of=("self",)))
    moved = Reservation.objects.filter(pk__in=[claim.pk for claim in claims])
    moved.update(rep=handed.new, version=F("version") + 1)
    journal.record_many(
        handed.actor,
        "inventory.claim.handed_over",
        claims,
        happened_at=handed.now,
        old=handed.old,
        new=handed.new,
    )
