"""The question a call out leaves open (`services.dialled` answers it)."""

from datetime import datetime

from customers.models import Customer, Dialled
from salesdept.models import User


def note_dialled(actor: User, customer: Customer, now: datetime) -> Dialled:
    """Open the question, in the transaction of the call; a second call asks the same question again."""
    row, fresh = Dialled.objects.get_or_create(rep=actor, customer=customer, outcome="", defaults={"at": now})
    if not fresh:
        row.at = now
        row.save(update_fields=["at"])
    return row
