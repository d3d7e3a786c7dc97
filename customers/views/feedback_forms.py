"""Forms of the feedback register, its departments, the calls and the survey."""

from typing import Any

from django import forms

from customers.forms import PersonField, SafeCharField
from customers.models import Customer
from customers.rules import FeedbackKind, FeedbackTopic
from customers.rules.feedback import CustomerVerdict, FeedbackChannel, Severity
from customers.rules.surveys import ITEMS, SCORES
from salesdept.models import Project, User

SAID_BY = [choice for choice in FeedbackChannel.choices if choice[0] != FeedbackChannel.SURVEY.value]
YES_NO = [("", "未判"), ("1", "属实"), ("0", "不属实")]


def _words(label: str, length: int, rows: int = 3, **more: Any) -> SafeCharField:
    return SafeCharField(label=label, max_length=length, widget=forms.Textarea(attrs={"rows": rows}), **more)


class FeedbackForm(forms.Form):
    kind = forms.ChoiceField(label="类型", choices=FeedbackKind.choices, widget=forms.RadioSelect)
    content = _words("客户原话", 1000, 4)
    channel = forms.ChoiceField(
        label="渠道", choices=SAID_BY, initial=SAID_BY[0][0], required=False, widget=forms.RadioSelect
    )
    topic = forms.ChoiceField(
        label="类别", choices=FeedbackTopic.choices, initial=FeedbackTopic.OTHER.value,
        widget=forms.RadioSelect,
    )  # fmt: skip
    severity = forms.ChoiceField(
        label="程度", choices=Severity.choices, initial=Severity.NORMAL.value, required=False,
        widget=forms.RadioSelect,
    )  # fmt: skip
    demand = SafeCharField(label="诉求", max_length=500, required=False)
    customer_name = SafeCharField(label="客户称呼", max_length=40, required=False)
    room = SafeCharField(label="房号", max_length=40, required=False)
    against = PersonField(label="被投诉的同事", empty_label="不针对个人")

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(projects=project, is_active=True).order_by("pinyin", "pk")
        self.fields["against"].queryset = people  # type: ignore[attr-defined]


class ForwardForm(forms.Form):
    department = forms.IntegerField(label="转办部门", min_value=1, max_value=2**53)
    hard = forms.BooleanField(label="复杂事项", required=False)

    def given(self) -> dict[str, Any]:
        return {"department_id": self.cleaned_data["department"], "hard": self.cleaned_data["hard"]}


class HandleForm(forms.Form):
    result = _words("处理结果", 1000)
    justified = forms.TypedChoiceField(
        label="是否属实", choices=YES_NO, required=False, empty_value=None, coerce=lambda value: value == "1"
    )


class ReplyForm(forms.Form):
    reply = _words("给客户的答复", 1000)


class VerdictForm(forms.Form):
    verdict = forms.ChoiceField(label="客户意见", choices=CustomerVerdict.choices)
    note = SafeCharField(label="客户的话", max_length=500, required=False)


class ReasonForm(forms.Form):
    reason = SafeCharField(label="原因", max_length=200)


class LinkForm(forms.Form):
    root = forms.IntegerField(label="并入哪一件", min_value=1, max_value=2**53)

    def given(self) -> dict[str, Any]:
        return {"root_id": self.cleaned_data["root"]}


class DepartmentForm(forms.Form):
    name = SafeCharField(label="部门", max_length=40)
    contact = PersonField(label="系统内联系人", empty_label="没有账号")
    person = SafeCharField(label="对接人", max_length=40, required=False)
    mail = forms.EmailField(label="邮箱", required=False, max_length=254)
    is_active = forms.BooleanField(label="在用", required=False, initial=True)

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(projects=project, is_active=True).order_by("pinyin", "pk")
        self.fields["contact"].queryset = people  # type: ignore[attr-defined]


class CallBackForm(forms.Form):
    reached = forms.TypedChoiceField(choices=[("1", "接通"), ("0", "未通")], coerce=lambda v: v == "1")
    score = forms.TypedChoiceField(
        choices=[("", "没有评"), *((str(n), word) for n, word in SCORES)],
        required=False, coerce=int, empty_value=None,
    )  # fmt: skip
    note = SafeCharField(label="客户的话", max_length=500, required=False)


class SurveyForm(forms.Form):
    """The three things the regulation names, and a free word. Nothing personal is asked."""

    comment = _words("还想说的", 500, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(score), word) for score, word in SCORES]
        items = {
            name: forms.TypedChoiceField(
                label=label, help_text=hint, choices=choices, coerce=int, widget=forms.RadioSelect
            )
            for name, (label, hint) in ITEMS.items()
        }
        self.fields = {**items, **self.fields}

    def scores(self) -> dict[str, int]:
        return {name: self.cleaned_data[name] for name in ITEMS}


class AskForm(forms.Form):
    """请客户评价: which of one's customers, at which moment."""

    customer = forms.ModelChoiceField(queryset=Customer.objects.none())
    moment = SafeCharField(max_length=8)

    def __init__(self, *args: Any, actor: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["customer"].queryset = Customer.objects.visible_to(actor)  # type: ignore[attr-defined]
