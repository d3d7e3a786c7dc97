"""The end of a 战败, for every verb that finds the customer back."""

from datetime import datetime

from customers.models import Customer, Loss
from salesdept import journal
from salesdept.models import User


def end_loss(customer: Customer, actor: User | None, now: datetime) -> Loss | None:
    """Close the live 战败 of a locked customer; None when there is none. Call inside a service."""
    loss = Loss.objects.live().filter(customer=customer).first()
    if loss is None:
        return None
    loss.reopened_at, loss.reopened_by = now, actor
    loss.save(update_fields=["reopened_at", "reopened_by"])
    journal.record(actor, "customers.customer.won_back", customer, happened_at=now, loss=loss.pk)
    return loss
