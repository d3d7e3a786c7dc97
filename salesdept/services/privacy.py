"""Looking at what is masked: one field, with a reason, in the register."""

from datetime import datetime
from typing import Any

from django.db import models

from salesdept.errors import RuleError
from salesdept.fields import SealedField, unseal
from salesdept.journal import label
from salesdept.models import Reveal, User
from salesdept.verbs import service


@service
def note_look(
    *, actor: User, target: models.Model, field: str, kind: str, now: datetime, reason: str = ""
) -> Reveal:
    """Write one look (查看, 拨打, 查重, 导出) into the register."""
    if kind == Reveal.Kind.REVEAL and not reason.strip():
        raise RuleError("reason_needed", "查看完整内容须写明原因", "S30", "写一句原因后再查看")
    return Reveal.objects.create(
        actor=actor, target=label(target), field=field, kind=kind, reason=reason[:200], happened_at=now
    )


def reveal(instance: models.Model, field: str, actor: User, reason: str, now: datetime) -> str:
    """Plain text of a sealed or masked field, after the look is registered. The caller asked access first."""
    note_look(actor=actor, target=instance, field=field, kind=Reveal.Kind.REVEAL, now=now, reason=reason)
    definition: Any = instance._meta.get_field(field)
    value = getattr(instance, field)
    if isinstance(definition, SealedField):
        return unseal(value, definition.bound_to(instance)) if value else ""
    return str(value)
