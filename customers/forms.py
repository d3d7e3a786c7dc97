"""Forms of the hall and the customer file: friendly early words, the services have the last one."""

from collections.abc import Sequence
from typing import Any

from django import forms

from customers.models import Customer
from customers.rules import (
    RECEIVES,
    FollowMethod,
    Gender,
    Grade,
    Method,
    Source,
)
from customers.rules.clocks import StopKind
from customers.rules.followups import RESULTS_OF, FollowResult
from customers.rules.households import HouseholdKind, MergeKind, Relation
from customers.rules.losses import LossReason
from customers.rules.plans import PlanKind
from salesdept.models import Project, User
from salesdept.rules import Role
from salesdept.text import normalise_phone, strip_unsafe

LAYOUTS = [(word, word) for word in ("一房", "两房", "三房", "四房", "复式", "商铺", "车位")]


class SafeCharField(forms.CharField):
    """Text without controls, zero-width and direction marks; lone surrogates never reach the database."""

    def to_python(self, value: Any) -> str:
        return super().to_python(strip_unsafe(value) if isinstance(value, str) else value) or ""


class DayField(forms.DateField):
    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
        super().__init__(**{"widget": widget, "input_formats": ["%Y-%m-%d"], **kwargs})


class PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Somebody of the project who receives guests."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"queryset": User.objects.none(), "required": False, **kwargs})

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name)


class SlipForm(forms.Form):
    """What 登记来访 and 登记来电 share, phone first."""

    phone = SafeCharField(
        label="手机号",
        max_length=40,
        widget=forms.TextInput(
            attrs={"type": "tel", "inputmode": "tel", "autocomplete": "off", "data-ready": "11"}
        ),
    )
    name = SafeCharField(
        label="称呼",
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "罗女士"}),
    )
    grade = forms.ChoiceField(
        label="意向等级", choices=Grade.choices, initial=Grade.B.value, widget=forms.RadioSelect
    )
    source = forms.ChoiceField(
        label="认知途径", choices=Source.choices, required=False, widget=forms.RadioSelect
    )
    layouts = forms.MultipleChoiceField(
        label="关注户型", choices=LAYOUTS, required=False, widget=forms.CheckboxSelectMultiple
    )
    note = SafeCharField(
        label="备注",
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "客户原话最有用"}),
    )
    next_follow_on = DayField(label="下次跟进", required=False)
    consent = forms.BooleanField(label="已告知客户：信息仅用于本项目购房服务", required=False, initial=True)
    # Only who witnesses it may enter a 微信号 in place of a number.
    wechat = SafeCharField(
        label="微信号", max_length=40, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, *args: Any, project: Project, actor: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if actor.role == Role.ASSISTANT:
            self.fields["phone"].required = False
        else:
            del self.fields["wechat"]
        people = User.objects.filter(projects=project, role__in=RECEIVES, is_active=True).order_by("pinyin")
        if "received_by" in self.fields and actor.role in RECEIVES:
            del self.fields["received_by"]
        for name in ("received_by", "asked_for"):
            if name in self.fields:
                self.fields[name].queryset = people  # type: ignore[attr-defined]

    def clean_phone(self) -> str:
        if not self.cleaned_data["phone"] and self.data.get("wechat"):
            return ""
        found = normalise_phone(self.cleaned_data["phone"])
        if not found:
            raise forms.ValidationError(found.problem or "请填手机号")
        return found.number

    def slip(self) -> dict[str, Any]:
        """Keyword arguments of the service."""
        return {name: value for name, value in self.cleaned_data.items() if name in self.fields}


class VisitForm(SlipForm):
    method = forms.ChoiceField(
        label="来访方式", choices=Method.choices, initial=Method.WALK_IN.value, widget=forms.RadioSelect
    )
    party_size = forms.IntegerField(
        label="来访人数",
        min_value=1,
        max_value=99,
        initial=1,
        widget=forms.NumberInput(attrs={"min": 1, "max": 99}),
    )
    asked_for = PersonField(label="指定接待", empty_label="没有指定")
    received_by = PersonField(label="接待人", required=True, empty_label="选择接待人")


class CallForm(SlipForm):
    booked_on = DayField(label="约访日", required=False)
    received_by = PersonField(label="接听人", required=True, empty_label="选择接听人")


class EmptyForm(forms.Form):
    """未留电 and 非客户: nothing is asked but who received."""

    method = forms.ChoiceField(choices=Method.choices, required=False)
    party_size = forms.IntegerField(min_value=1, max_value=99, required=False)
    note = SafeCharField(max_length=500, required=False)
    received_by = PersonField()

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(projects=project, role__in=RECEIVES, is_active=True)
        self.fields["received_by"].queryset = people  # type: ignore[attr-defined]


MAY_BE_UNASKED = [("", "未问"), *Source.choices]


class FollowUpForm(forms.Form):
    method = forms.ChoiceField(
        label="方式", choices=FollowMethod.choices, initial=FollowMethod.PHONE.value, widget=forms.RadioSelect
    )
    outcome = forms.ChoiceField(
        label="结果",
        choices=FollowResult.choices,
        initial=FollowResult.TALKED.value,
        widget=forms.RadioSelect,
    )
    content = SafeCharField(
        label="内容", max_length=500, widget=forms.Textarea(attrs={"rows": 3, "placeholder": "客户怎么说"})
    )
    promise = SafeCharField(
        label="答应客户的事",
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "周五前把样板间图发给他"}),
    )
    proof = SafeCharField(
        label="凭证",
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "通话时长、聊天截图编号、谁在场"}),
    )
    next_on = DayField(label="下次跟进", required=False)

    def clean(self) -> dict[str, Any]:
        """A result that the method can have; an empty 下次跟进 is planned by the grade."""
        cleaned: dict[str, Any] = super().clean() or {}
        method, outcome = cleaned.get("method"), cleaned.get("outcome")
        if method and outcome and outcome not in RESULTS_OF[FollowMethod(method)]:
            self.add_error("outcome", f"{FollowMethod(method).label}没有这种结果，改方式或结果")
        return cleaned


class LossForm(forms.Form):
    """What a 战败 must say is the rule's business; the widths are the table's."""

    reason = forms.ChoiceField(label="原因", choices=LossReason.choices, widget=forms.RadioSelect)
    rival = SafeCharField(label="竞品", max_length=40, required=False)
    note = SafeCharField(
        label="说明",
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "客户怎么说"}),
    )


class PlanForm(forms.Form):
    """排入拜访计划 (S33)."""

    on = DayField(label="哪天")
    kind = forms.ChoiceField(
        label="方式", choices=PlanKind.choices, initial=PlanKind.CALL.value, widget=forms.RadioSelect
    )
    purpose = SafeCharField(label="目的", max_length=100, required=False)


class VisitorForm(forms.Form):
    """来客登记: name, purpose and whom to see (S210)."""

    name = SafeCharField(label="姓名", max_length=30)
    firm = SafeCharField(label="单位", max_length=40, required=False)
    purpose = SafeCharField(label="来意", max_length=100)
    host = forms.ChoiceField(label="找谁")

    def __init__(self, *args: Any, people: Sequence[User], **kwargs: Any) -> None:
        """`people` of the project, read with the page."""
        super().__init__(*args, **kwargs)
        self.people = {str(person.pk): person for person in people}
        choices = [(pk, person.name) for pk, person in self.people.items()]
        self.fields["host"].choices = choices  # type: ignore[attr-defined]

    def clean_host(self) -> User:
        return self.people[self.cleaned_data["host"]]


class MoveForm(forms.Form):
    next_on = DayField(label="改到哪天")


class RevealForm(forms.Form):
    reason = SafeCharField(label="查看原因", max_length=200)


class CustomerForm(forms.ModelForm):  # type: ignore[type-arg]
    """The editable part of the file; numbers, grade and owner have verbs of their own."""

    name = SafeCharField(label="称呼", max_length=40)
    full_name = SafeCharField(
        label="全名", max_length=40, required=False, help_text="与身份证一致，小订起填写"
    )
    gender = forms.ChoiceField(
        label="性别", choices=[("", "不详"), *Gender.choices], required=False, widget=forms.RadioSelect
    )
    want_layout = SafeCharField(label="意向户型", max_length=60, required=False)
    want_area = SafeCharField(label="意向面积", max_length=40, required=False)
    budget_text = SafeCharField(label="预算", max_length=40, required=False)
    note = SafeCharField(
        label="备注", max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = Customer
        fields = ["name", "full_name", "gender", "source", "want_layout", "want_area", "budget_text", "note"]


class ExportForm(forms.Form):
    """用途, and the password once more: what leaves the house is not taken by a borrowed phone."""

    reason = SafeCharField(label="用途", max_length=200)
    password = forms.CharField(
        label="登录密码",
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class NumberForm(forms.Form):
    """A further number of a household, or with the assistant a 微信号."""

    phone = SafeCharField(
        label="号码", max_length=40, widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"})
    )


class WechatForm(forms.Form):
    wechat = SafeCharField(
        label="微信号", max_length=24, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


class ReasonForm(forms.Form):
    reason = SafeCharField(label="原因", max_length=100)


class MemberForm(forms.Form):
    """A further person of a household."""

    name = SafeCharField(label="称呼", max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    relation = forms.ChoiceField(
        label="与本人关系", choices=[c for c in Relation.choices if c[0] != Relation.SELF]
    )
    phone = SafeCharField(
        label="号码",
        max_length=40,
        required=False,
        help_text="与本人共用一个号码的不用填",
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )
    proof = SafeCharField(label="看到的证明", max_length=100, required=False, help_text="如结婚证、户口簿")


class HouseholdKindForm(forms.Form):
    kind = forms.ChoiceField(label="类别", choices=HouseholdKind.choices)
    name = SafeCharField(label="单位名称", max_length=60, required=False)


class PublicNumberForm(forms.Form):
    phone = SafeCharField(
        label="号码", max_length=40, widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"})
    )
    reason = SafeCharField(label="是谁的号码", max_length=100, help_text="如某渠道经纪人、某公司总机")
    company = forms.BooleanField(label="全公司适用", required=False)


class MergeForm(forms.Form):
    """合并申请 about two files."""

    other = forms.IntegerField(widget=forms.HiddenInput)
    kind = forms.ChoiceField(
        label="怎样合并",
        choices=MergeKind.choices,
        initial=MergeKind.PERSON.value,
        widget=forms.RadioSelect,
    )
    relation = forms.ChoiceField(
        label="与本人关系",
        choices=[("", "—"), *[c for c in Relation.choices if c[0] != Relation.SELF]],
        required=False,
        help_text="同一客户组时填",
    )
    proof = SafeCharField(
        label="看到的证明", max_length=100, required=False, help_text="同一客户组时填，如结婚证、户口簿"
    )
    reason = SafeCharField(label="理由", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class StopForm(forms.Form):
    """停计: kinds the actor may declare; a person's stop names the person."""

    kind = forms.ChoiceField(label="类型", choices=StopKind.choices, widget=forms.RadioSelect)
    rep_id = PersonField(label="代表", empty_label="全项目")
    first = DayField(label="第一天")
    last = DayField(label="最后一天")
    reason = SafeCharField(label="原因", max_length=200)

    def __init__(self, *args: Any, project: Project, kinds: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = [(value, label) for value, label in StopKind.choices if value in kinds]
        self.fields["kind"].choices = chosen  # type: ignore[attr-defined]
        people = User.objects.filter(projects=project, role__in=RECEIVES, is_active=True).order_by("pinyin")
        self.fields["rep_id"].queryset = people  # type: ignore[attr-defined]

    def stop(self) -> dict[str, Any]:
        """Keyword arguments of the service."""
        values = dict(self.cleaned_data)
        person = values.pop("rep_id")
        return {**values, "rep_id": person.pk if person else None}


class AssignForm(forms.Form):
    """分配 and 移交: to whom, and why."""

    rep = PersonField(label="交给", required=True, empty_label="选择代表")
    reason = SafeCharField(label="原因", max_length=200)

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(projects=project, role__in=RECEIVES, is_active=True).order_by("pinyin")
        self.fields["rep"].queryset = people  # type: ignore[attr-defined]
