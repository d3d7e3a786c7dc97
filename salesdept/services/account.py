"""What people change about their own account."""

from datetime import datetime

from salesdept import journal
from salesdept.models import User
from salesdept.verbs import service


@service
def change_password(*, actor: User, password: str, now: datetime, idempotency_key: str | None = None) -> User:
    """Set the actor's own password, already checked by the form. The journal keeps that, never what."""
    actor.set_password(password)
    actor.save(update_fields=["password"])
    journal.record(actor, "salesdept.user.password_changed", actor, happened_at=now)
    return actor
