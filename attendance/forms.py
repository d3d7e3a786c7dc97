from datetime import date
from typing import Any

from django import forms

from attendance.rules import CaseCode, ClockKind
from salesdept.models import Project, User
from salesdept.text import half_width


class ClockForm(forms.Form):
    kind = forms.ChoiceField(choices=ClockKind.choices)


class MonthForm(forms.Form):
    """`?month=2026-11`; anything unreadable is this month."""

    month = forms.CharField(required=False, max_length=7)

    def first_day(self, today: date) -> date:
        text = self.cleaned_data.get("month", "") if self.is_valid() else ""
        try:
            return date.fromisoformat(f"{text}-01")
        except ValueError:
            return today.replace(day=1)


class AnswerForm(forms.Form):
    statement = forms.CharField(
        label="申辩", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )


class DecisionForm(forms.Form):
    approve = forms.ChoiceField(choices=[("yes", "核准"), ("no", "撤销")])
    ruling = forms.CharField(label="裁定理由", required=False, max_length=500)


class CaseForm(forms.Form):
    """A proposal about one colleague of the project."""

    person = forms.ModelChoiceField(User.objects.none(), label="当事人", empty_label="选择同事")
    code = forms.ChoiceField(label="事项", choices=CaseCode.choices)
    amount = forms.DecimalField(
        label="金额", max_digits=10, decimal_places=2, min_value=0, initial=0, help_text="口头提醒填零"
    )
    facts = forms.CharField(label="事实", max_length=500, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, project: Project, actor: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people: Any = self.fields["person"]
        people.queryset = User.objects.filter(projects=project, is_active=True).exclude(pk=actor.pk)

    def clean_facts(self) -> str:
        return half_width(self.cleaned_data["facts"]).strip()
