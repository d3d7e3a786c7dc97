"""The contract: one with its claim, without a room of its own."""

from __future__ import annotations

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from contracts.rules import ContractKind, ContractState, PayMethod, ReceiptKind
from inventory.models import Reservation
from salesdept.fields import SealedField
from salesdept.models import Project, User
from salesdept.money import ZERO, MoneyField
from salesdept.rules import Role


def seal_id() -> str:
    return uuid4().hex


class ContractQuerySet(models.QuerySet["Contract"]):
    def visible_to(self, user: User) -> ContractQuerySet:
        """A rep's own contracts; everybody else with the right sees those of the own projects."""
        if not user.may("contracts.view_contract"):
            return self.none()
        if user.role == Role.REP:
            return self.filter(rep=user)
        return self.filter(project__in=user.projects.all())


class Contract(models.Model):
    """What is printed and signed. Drafted from the claim; corrected only while 草拟 or 退回.

    Money is yuan, areas are square metres; `total_words` is the price in capitals as printed.
    """

    project = models.ForeignKey(Project, models.PROTECT, related_name="+", verbose_name="项目")
    reservation = models.OneToOneField(
        Reservation, models.PROTECT, related_name="contract", verbose_name="认购单"
    )
    rep = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="contracts", verbose_name="置业顾问"
    )
    number = models.CharField("合同号", max_length=24)
    kind = models.CharField("类型", max_length=10, choices=ContractKind, default=ContractKind.PRESALE)
    state = models.CharField("状态", max_length=10, choices=ContractState, default=ContractState.DRAFT)
    pay_method = models.CharField("付款方式", max_length=12, choices=PayMethod)
    unit_label = models.CharField("房号", max_length=30)
    layout = models.CharField("户型", max_length=30, blank=True)
    area_build = models.DecimalField("建筑面积", max_digits=10, decimal_places=2)
    area_inside = models.DecimalField("套内面积", max_digits=10, decimal_places=2, null=True, blank=True)
    list_total = MoneyField("表价总价")
    total = MoneyField("总价")
    unit_price = MoneyField("单价")
    total_words = models.CharField("总价大写", max_length=80)
    down_payment = MoneyField("首付金额")
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="起草人"
    )
    drafted_at = models.DateTimeField("起草时间")
    submitted_at = models.DateTimeField("送审时间", null=True)
    sealed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="盖章人"
    )
    sealed_at = models.DateTimeField("盖章时间", null=True)
    sign_date = models.DateField("签约日", null=True)
    version = models.PositiveIntegerField(default=0)

    objects = ContractQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "合同"
        ordering = ["-pk"]
        permissions = [
            ("draft_contract", "起草合同"),
            ("review_first", "合同初审"),
            ("review_second", "合同复审"),
            ("seal_contract", "合同盖章"),
        ]
        indexes = [
            models.Index(fields=["project", "-id"], name="contract_project_idx"),
            models.Index(fields=["rep", "-id"], name="contract_rep_idx"),
            models.Index(fields=["project", "state", "submitted_at"], name="contract_state_idx"),
            models.Index(fields=["project", "sign_date"], name="contract_sign_idx"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["number"], name="one_contract_per_number", violation_error_message="合同号已被使用"
            ),
            models.CheckConstraint(
                condition=Q(state__in=ContractState.values),
                name="contract_state_is_known",
                violation_error_message="合同状态不存在",
            ),
            models.CheckConstraint(
                condition=Q(pay_method__in=PayMethod.values),
                name="pay_method_is_known",
                violation_error_message="付款方式不存在",
            ),
            models.CheckConstraint(
                condition=Q(total__gt=ZERO, unit_price__gt=ZERO),
                name="a_contract_has_a_price",
                violation_error_message="合同价款须大于零",
            ),
            models.CheckConstraint(
                condition=Q(down_payment__gt=ZERO, down_payment__lte=F("total")),
                name="down_payment_is_within_the_price",
                violation_error_message="首付须大于零且不超过总价",
            ),
            # 拟:ctr.review.chain — sealed by somebody, at a time, and never by whoever drafted it.
            models.CheckConstraint(
                condition=Q(~Q(state="signed"), sealed_by__isnull=True, sealed_at__isnull=True)
                | (
                    Q(state="signed", sealed_by__isnull=False, sealed_at__isnull=False)
                    & Q(sign_date__isnull=False)
                    & ~Q(sealed_by=F("drafted_by"))
                ),
                name="a_contract_is_sealed_by_another",
                violation_error_message="签约须由起草人以外的人盖章",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def journal_refs(self) -> dict[str, int | None]:
        return {**self.reservation.journal_refs(), "contract": self.pk}


class Buyer(models.Model):
    """买受人 as printed: a copy of the customer file at drafting."""

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="buyers", verbose_name="合同")
    seq = models.PositiveSmallIntegerField("序", default=1)
    name = models.CharField("姓名", max_length=40)
    phone = models.CharField("电话", max_length=24, blank=True)
    seal_id = models.CharField(max_length=32, default=seal_id, editable=False)
    identity_no = SealedField("身份证号", index="identity_index")
    identity_index = models.CharField(max_length=64, blank=True, editable=False)
    identity_masked = models.CharField(max_length=24, blank=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "买受人"
        ordering = ["seq"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "seq"],
                name="buyers_are_numbered",
                violation_error_message="买受人序号重复",
            ),
            models.CheckConstraint(
                condition=~Q(name=""), name="a_buyer_has_a_name", violation_error_message="买受人须有姓名"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def journal_refs(self) -> dict[str, int | None]:
        return self.contract.journal_refs()


class PaymentPlanLine(models.Model):
    """One dated part of the price. `paid` is what confirmed money covers, in the order of the lines."""

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="plan", verbose_name="合同")
    seq = models.PositiveSmallIntegerField("期")
    kind = models.CharField("款项", max_length=12, choices=ReceiptKind)
    due = models.DateField("应收日")
    amount = MoneyField("应收")
    paid = MoneyField("实收", default=ZERO)

    class Meta:
        verbose_name = verbose_name_plural = "付款计划"
        ordering = ["contract", "seq"]
        indexes = [
            models.Index(fields=["due"], condition=Q(paid__lt=F("amount")), name="plan_open_due_idx"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "seq"], name="plan_lines_are_numbered", violation_error_message="期次重复"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=ReceiptKind.values),
                name="plan_kind_is_known",
                violation_error_message="款项不存在",
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=ZERO),
                name="a_plan_line_is_positive",
                violation_error_message="应收须大于零",
            ),
            models.CheckConstraint(
                condition=Q(paid__gte=ZERO, paid__lte=F("amount")),
                name="a_plan_line_is_covered_within_its_amount",
                violation_error_message="实收不超过应收",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id}:{self.seq}"
