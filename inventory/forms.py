"""Forms that are only friendly earlier; the services ask everything again."""

from datetime import datetime
from typing import Any

from django import forms

from customers.models import Customer
from inventory.models import Unit
from inventory.queries.units import lockable_customers
from inventory.rules import HAND_ENDS, Evidence
from salesdept.models import User


class CustomerField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A customer the actor may lock for; the select itself is drawn from the panel's short list."""

    def __init__(self, **kwargs: Any) -> None:
        messages = {"required": "请选客户", "invalid_choice": "这位客户不在你名下"}
        super().__init__(Customer.objects.none(), label="客户", error_messages=messages, **kwargs)


class ReserveForm(forms.Form):
    """Customer and evidence; the two buttons carry the evidence."""

    customer = CustomerField()
    evidence = forms.ChoiceField(
        choices=Evidence.choices,
        label="凭证",
        error_messages={"required": "请选凭证", "invalid_choice": "请选凭证"},
    )

    def __init__(self, *args: Any, user: User, unit: Unit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["customer"].queryset = lockable_customers(user, unit)  # type: ignore[attr-defined]


class HoldForm(forms.Form):
    """保留 until when and why, for a customer or, by the manager, for the house."""

    customer = CustomerField(required=False)
    until = forms.DateTimeField(
        label="保留至",
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"required": "请填保留到期时间", "invalid": "到期时间读不出，请写成 2026-11-23 18:00"},
    )
    reason = forms.CharField(label="事由", max_length=200, error_messages={"required": "请写事由"})

    def __init__(
        self, *args: Any, user: User, unit: Unit, until: datetime | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **{"initial": {"until": until} if until else None, **kwargs})
        self.fields["customer"].queryset = lockable_customers(user, unit)  # type: ignore[attr-defined]


class ReasonForm(forms.Form):
    reason = forms.CharField(label="事由", max_length=200, error_messages={"required": "请写事由"})


class ExtendForm(ReasonForm):
    until = HoldForm.base_fields["until"]


class EndForm(ReasonForm):
    why = forms.ChoiceField(
        choices=[(reason.value, reason.label) for reason in HAND_ENDS],
        label="结束原因",
        error_messages={"required": "请选结束原因", "invalid_choice": "请选结束原因"},
    )
