from typing import Any

from django import forms

from performance.rules import TargetMetric
from salesdept.http import new_key


class TargetForm(forms.Form):
    """One month's targets of a project; an empty line leaves that metric without a target."""

    month = forms.DateField(label="月份", input_formats=["%Y-%m", "%Y-%m-%d"])
    key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["key"].initial = new_key()
        for metric in TargetMetric:
            self.fields[metric.value] = forms.DecimalField(
                label=metric.label, required=False, min_value=0, max_digits=16, decimal_places=2
            )

    def values(self) -> dict[str, Any]:
        """Metric → value, only of the filled lines."""
        return {
            m.value: self.cleaned_data[m.value]
            for m in TargetMetric
            if self.cleaned_data[m.value] is not None
        }
