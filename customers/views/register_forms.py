"""Forms of 补全, 更正 and 客户自填."""

from typing import Any

from django import forms

from customers.forms import LAYOUTS, MAY_BE_UNASKED, DayField, SafeCharField
from customers.rules import Grade, Method
from customers.rules.register import AgeBand, DialOutcome, PayMethod, Purpose, Refusal, Transport
from customers.rules.selffill import NOTICE
from salesdept.clock import SHANGHAI

OPEN = [("", "未问")]


class MomentField(forms.DateTimeField):
    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})
        super().__init__(**{"widget": widget, "input_formats": ["%Y-%m-%dT%H:%M"], **kwargs})

    def prepare_value(self, value: Any) -> Any:
        return value.astimezone(SHANGHAI) if hasattr(value, "astimezone") else value


def _text(label: str, length: int, placeholder: str = "") -> SafeCharField:
    widget = forms.TextInput(attrs={"autocomplete": "off", "placeholder": placeholder})
    return SafeCharField(label=label, max_length=length, required=False, widget=widget)


class CallParticulars(forms.Form):
    """What a call's register may say besides the quick form."""

    area = _text("意向面积", 40, "110㎡ 左右")
    budget_text = _text("预算", 40, "260 万左右")
    purpose = forms.ChoiceField(label="购房目的", choices=[*OPEN, *Purpose.choices], required=False)
    promise = _text("答应客户的事", 200, "周五前把样板间图发给他")


class VisitParticulars(CallParticulars):
    """And a visit's."""

    relation = _text("同行关系", 40, "夫妻带孩子")
    age_band = forms.ChoiceField(label="年龄段", choices=[*OPEN, *AgeBand.choices], required=False)
    district = _text("居住区域", 40)
    occupation = _text("工作与职业", 40)
    floor = _text("意向楼层", 40, "中高楼层")
    pay_method = forms.ChoiceField(label="付款方式", choices=[*OPEN, *PayMethod.choices], required=False)
    transport = forms.ChoiceField(label="交通工具", choices=[*OPEN, *Transport.choices], required=False)
    focus = _text("关注点", 200)
    doubts = _text("疑问与抗性", 200)
    left_at = MomentField(label="离开时间", required=False)
    site_tour = forms.BooleanField(label="看了工地", required=False)
    helmet = forms.BooleanField(label="已佩戴安全帽", required=False)
    tidy = forms.BooleanField(label="接待区已整理", required=False)


class _Correction(forms.Form):
    reason = _text("更正原因", 200, "补上空白项不用写")
    source = forms.ChoiceField(label="认知途径", choices=MAY_BE_UNASKED, required=False)
    layouts = _text("关注户型", 60, "三房")
    grade = forms.ChoiceField(label="意向等级", choices=Grade.choices)
    note = SafeCharField(
        label="备注", max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    @property
    def changes(self) -> dict[str, Any]:
        """Field → value, as the service takes it."""
        return {name: value for name, value in self.cleaned_data.items() if name != "reason"}


class VisitCorrection(VisitParticulars, _Correction):
    method = forms.ChoiceField(label="来访方式", choices=Method.choices)
    party_size = forms.IntegerField(label="来访人数", min_value=1, max_value=99)


class CallCorrection(CallParticulars, _Correction):
    booked_on = DayField(label="约访日", required=False)


FIRST = ("source", "layouts", "area")
LAST = ("reason",)


def in_order(form: forms.Form) -> forms.Form:
    """What closing asks for first, the reason last."""
    names = [name for name in form.fields if name not in (*FIRST, *LAST)]
    form.order_fields([*FIRST, *names, *LAST])
    return form


class RefusalForm(forms.Form):
    refusal = forms.ChoiceField(label="拒填理由", choices=Refusal.choices, required=False)


class SelfFillForm(forms.Form):
    """What the guest types. The signature is drawn, or typed where nothing can be drawn."""

    name = SafeCharField(label="称呼", max_length=40, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    phone = SafeCharField(
        label="手机号",
        max_length=40,
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel"}),
    )
    layouts = forms.MultipleChoiceField(
        label="想看的户型", choices=LAYOUTS, required=False, widget=forms.CheckboxSelectMultiple
    )
    area = _text("想要的面积", 40, "110㎡ 左右")
    source = forms.ChoiceField(label="从哪里知道我们", choices=MAY_BE_UNASKED, required=False)
    consent = forms.BooleanField(label="我已阅读并同意", help_text=NOTICE, required=False)
    strokes = forms.CharField(required=False, max_length=60_000, widget=forms.HiddenInput)
    signed_name = _text("或写下全名作为签名", 40)


class DialledForm(forms.Form):
    outcome = forms.ChoiceField(choices=DialOutcome.choices)
    note = SafeCharField(max_length=400, required=False)
    booked_on = DayField(required=False)


class NoteForm(forms.Form):
    """What a stand-in leaves for the owner."""

    content = SafeCharField(
        label="接待情况",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "客户原话最有用"}),
    )
    promise = _text("答应客户的事", 200)
