"""Forms of a disputed ownership."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms

from customers.forms import SafeCharField
from customers.rules.disputes import shares_from_percent

_AREA = {"rows": 3}


class ClaimForm(forms.Form):
    """From a look-up: the number is in the page already."""

    phone = SafeCharField(max_length=40, widget=forms.HiddenInput)
    claim = SafeCharField(label="你的主张", max_length=500)


class CaseForm(forms.Form):
    """From a customer's file (`customer`) or from a sale (`room`)."""

    customer = forms.IntegerField(required=False, widget=forms.HiddenInput)
    room = SafeCharField(
        label="房号",
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "2-1503", "autocomplete": "off"}),
    )
    claim = SafeCharField(
        label="你的主张",
        max_length=500,
        widget=forms.Textarea(attrs={**_AREA, "placeholder": "何时接待过、凭什么"}),
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not data.get("customer") and not data.get("room"):
            self.add_error("room", "填成交的房号")
        return data


class FraudForm(forms.Form):
    room = SafeCharField(label="房号", max_length=40)
    reason = SafeCharField(label="认定理由", max_length=500)


class SayForm(forms.Form):
    text = SafeCharField(label="陈述", max_length=1000, widget=forms.Textarea(attrs=_AREA))
    paper = forms.FileField(label="附件", required=False)


class TextForm(forms.Form):
    """One text: 调解, 申诉, 拒签说明."""

    text = SafeCharField(max_length=500)


class RulingForm(forms.Form):
    """`adopt` takes the suggestion; else owner, percent of each party (one decimal), clause and reason."""

    adopt = forms.BooleanField(required=False)
    owner = forms.IntegerField(label="归谁", required=False)
    clause = SafeCharField(label="适用条款", max_length=60, required=False)
    reason = SafeCharField(label="裁决理由", max_length=500, required=False)

    def __init__(self, *args: Any, parties: Sequence[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parties = parties
        for pk in parties:
            self.fields[f"share_{pk}"] = forms.DecimalField(
                required=False,
                min_value=Decimal(0),
                max_value=Decimal(100),
                decimal_places=1,
                max_digits=4,
            )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not data.get("adopt") and not data.get("owner"):
            self.add_error("owner", "选归谁，或采纳建议")
        return data

    def ruling(self) -> dict[str, Any]:
        """Keyword arguments of the service. RuleError when the percentages are not whole."""
        data = self.cleaned_data
        if data["adopt"]:
            return {"reason": data["reason"]}
        given = [(pk, data.get(f"share_{pk}") or Decimal(0)) for pk in self.parties]
        return {
            "owner_id": data["owner"],
            "shares": shares_from_percent(given),
            "clause": data["clause"],
            "reason": data["reason"],
        }
