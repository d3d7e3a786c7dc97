"""Forms of contracts and money: friendly earlier, never the last word."""

from datetime import date
from typing import Any

from django import forms

from contracts.rules import FIELDS, PayMethod, ReceiptKind, Tender
from salesdept.text import UnreadableError, half_width, normalise_phone, strip_unsafe


class DraftForm(forms.Form):
    pay_method = forms.ChoiceField(label="付款方式", choices=PayMethod.choices, initial=PayMethod.MORTGAGE)


class EditForm(forms.Form):
    """What is printed. Amounts are not here: they follow the claim."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    buyer_name = forms.CharField(label="姓名", max_length=40)
    identity_no = forms.CharField(label="身份证号", max_length=24, required=False, help_text="不改则留空")
    phone = forms.CharField(label="联系电话", max_length=24, required=False, help_text="不改则留空")
    unit_label = forms.CharField(label="房号", max_length=30)
    layout = forms.CharField(label="户型", max_length=30, required=False)
    area_build = forms.DecimalField(label="建筑面积", max_digits=10, decimal_places=2, min_value=0.01)
    area_inside = forms.DecimalField(
        label="套内面积", max_digits=10, decimal_places=2, min_value=0.01, required=False
    )
    total_words = forms.CharField(label="总价大写", max_length=80)
    pay_method = forms.ChoiceField(label="付款方式", choices=PayMethod.choices)

    def clean_identity_no(self) -> str:
        from stdnum.cn import ric
        from stdnum.exceptions import ValidationError as BadNumber

        text = half_width(self.cleaned_data["identity_no"]).strip().upper()
        if not text:
            return ""
        try:
            return str(ric.validate(text))
        except BadNumber as error:
            raise forms.ValidationError("身份证号有误，请核对校验位") from error

    def clean_phone(self) -> str:
        text = self.cleaned_data["phone"].strip()
        if not text:
            return ""
        try:
            return normalise_phone(text).number
        except UnreadableError as error:
            raise forms.ValidationError(str(error)) from error


class CheckForm(forms.Form):
    field = forms.ChoiceField(choices=[(f.key, f.label) for f in FIELDS])
    ok = forms.ChoiceField(choices=[("yes", "一致"), ("no", "有误")])
    right = forms.CharField(required=False, max_length=120)

    def clean_right(self) -> str:
        return strip_unsafe(self.cleaned_data["right"]).strip()


class ReceiptForm(forms.Form):
    """登记收款, for 案场收银. Full-width digits are read; a claim is optional (暂收款)."""

    reservation = forms.TypedChoiceField(
        label="房源与客户",
        required=False,
        coerce=int,
        empty_value=None,
        help_text="没有对应房源时留空，记为暂收款",
    )
    kind = forms.ChoiceField(label="款项", choices=ReceiptKind.choices)
    amount = forms.DecimalField(label="金额", max_digits=14, decimal_places=2, min_value=0.01)
    method = forms.ChoiceField(label="收款方式", choices=Tender.choices)
    slip = forms.CharField(label="凭证号", max_length=40)
    payer = forms.CharField(label="付款人", max_length=40)
    received_on = forms.DateField(
        label="收款日", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    photo = forms.FileField(label="凭证影像", required=False, help_text="PDF、JPG 或 PNG", max_length=200)

    def __init__(self, claims: list[tuple[int, str]], today: date, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["received_on"].initial = today
        field: Any = self.fields["reservation"]
        field.choices = [("", "暂收款，没有对应房源"), *claims]

    def clean_slip(self) -> str:
        return strip_unsafe(half_width(self.cleaned_data["slip"])).strip()

    def clean_payer(self) -> str:
        return strip_unsafe(self.cleaned_data["payer"]).strip()


class ReasonForm(forms.Form):
    reason = forms.CharField(label="原因", max_length=200)


class AssignForm(forms.Form):
    """暂收款 → a claim."""

    reservation = forms.TypedChoiceField(label="转入", coerce=int)

    def __init__(self, claims: list[tuple[int, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["reservation"]
        field.choices = claims
