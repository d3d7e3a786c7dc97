"""Forms of the channels' pages: friendly early words, the services have the last one."""

from typing import Any

from django import forms

from customers.forms import DayField, PersonField, SafeCharField
from customers.models import ChannelAgent
from customers.rules import RECEIVES, Source
from customers.rules.channels import AgentState
from salesdept.models import Project, User


def receivers(project: Project) -> Any:
    return User.objects.filter(projects=project, role__in=RECEIVES, is_active=True).order_by("pinyin")


class AgentField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Company and name; agents still working with us."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.company.name} · {obj.name}"


class FilingForm(forms.Form):
    agent = AgentField(queryset=ChannelAgent.objects.none(), label="渠道经纪人", empty_label="选择经纪人")
    name = SafeCharField(label="客户姓名", max_length=40)
    phone = SafeCharField(
        label="客户手机",
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    note = SafeCharField(label="备注", max_length=200, required=False)

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        agents = ChannelAgent.objects.filter(project=project, state=AgentState.ACTIVE)
        self.fields["agent"].queryset = agents.select_related("company").order_by(  # type: ignore[attr-defined]
            "company__name", "name"
        )


class ArrivalForm(forms.Form):
    phone = SafeCharField(
        label="完整手机号",
        max_length=40,
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "off"}),
    )
    received_by = PersonField(label="接待人", required=True, empty_label="选择接待人")

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["received_by"].queryset = receivers(project)  # type: ignore[attr-defined]


class CompanyForm(forms.Form):
    name = SafeCharField(label="公司名称", max_length=60)
    contract_no = SafeCharField(label="合同编号", max_length=40, required=False)
    valid_from = DayField(label="合作起")
    valid_to = DayField(label="合作止", required=False)


class CompanyEditForm(forms.Form):
    valid_to = DayField(label="合作止", required=False)
    active = forms.BooleanField(label="合作中", required=False)
    version = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)


class AgentForm(forms.Form):
    name = SafeCharField(label="姓名", max_length=40)
    phone = SafeCharField(label="手机", max_length=40)


class ReferralForm(forms.Form):
    name = SafeCharField(label="被推荐人称呼", max_length=40)
    phone = SafeCharField(
        label="被推荐人手机",
        max_length=40,
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "off"}),
    )
    named = forms.BooleanField(label="被推荐人指名由推荐人的代表接待", required=False, initial=True)
    in_person = forms.BooleanField(label="推荐人到场，或当面推荐", required=False, initial=True)
    note = SafeCharField(label="备注", max_length=200, required=False)


class ChannelChangeForm(forms.Form):
    source = forms.ChoiceField(label="改为", choices=Source.choices, widget=forms.RadioSelect)
    reason = SafeCharField(
        label="理由", max_length=500, widget=forms.Textarea(attrs={"rows": 3, "placeholder": "凭什么证据改"})
    )


class SiteFlagForm(forms.Form):
    rep = PersonField(label="其他项目的代表", required=True, empty_label="选择代表")
    note = SafeCharField(label="客户原话", max_length=200)

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = User.objects.filter(role__in=RECEIVES, is_active=True, projects__isnull=False)
        others = others.exclude(projects=project).distinct().order_by("pinyin")
        self.fields["rep"].queryset = others  # type: ignore[attr-defined]


class CloseFlagForm(forms.Form):
    outcome = SafeCharField(label="核实结果", max_length=200)
    propose = forms.BooleanField(label="提出奖惩单", required=False)
