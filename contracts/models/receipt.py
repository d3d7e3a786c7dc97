"""Money in: one row a payment, one negative row a reversal. Amounts never change."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from contracts.models.contract import Contract
from contracts.rules import ReceiptKind, ReceiptState, Tender
from inventory.models import Reservation
from salesdept.models import Project, User
from salesdept.money import ZERO, MoneyField
from salesdept.rules import Role

SEES_PROJECT = (
    Role.CASHIER,
    Role.FINANCE,
    Role.ASSISTANT,
    Role.SUPERVISOR,
    Role.MANAGER,
    Role.DIRECTOR,
)


class ReceiptQuerySet(models.QuerySet["Receipt"]):
    def visible_to(self, user: User) -> ReceiptQuerySet:
        """Money of a rep's own sales; everybody else with the right sees the own projects'."""
        if not user.may("contracts.view_receipt"):
            return self.none()
        if user.role == Role.REP:
            return self.filter(reservation__rep=user)
        return self.filter(project__in=user.projects.all())

    def effective(self) -> ReceiptQuerySet:
        """Money that counts: confirmed receipts and their reversals."""
        return self.filter(confirmed_at__isnull=False)

    def pending(self) -> ReceiptQuerySet:
        return self.filter(confirmed_at__isnull=True, rejected_at__isnull=True)

    def held(self) -> ReceiptQuerySet:
        """暂收款 still to be assigned: without a claim, not rejected, not reversed."""
        return self.filter(
            reservation__isnull=True, rejected_at__isnull=True, reverses__isnull=True, reversal__isnull=True
        )


class Receipt(models.Model):
    """收款. `reservation` empty = 暂收款; `contract` empty until drafted; a reversal points back.

    案场收银 records, 财务 confirms (`confirmed_at`) or rejects; a reversal is 财务's contra entry and
    counts at once. Amount in yuan, negative only for a reversal.
    """

    project = models.ForeignKey(Project, models.PROTECT, related_name="+", verbose_name="项目")
    reservation = models.ForeignKey(
        Reservation, models.PROTECT, null=True, related_name="receipts", verbose_name="认购单"
    )
    contract = models.ForeignKey(
        Contract, models.PROTECT, null=True, related_name="receipts", verbose_name="合同"
    )
    kind = models.CharField("款项", max_length=12, choices=ReceiptKind)
    amount = MoneyField("金额")
    method = models.CharField("收款方式", max_length=10, choices=Tender)
    slip_no = models.CharField("凭证号", max_length=40, blank=True)
    payer = models.CharField("付款人", max_length=40)
    received_on = models.DateField("收款日")
    note = models.CharField("说明", max_length=200, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="登记人"
    )
    recorded_at = models.DateTimeField("登记时间")
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="确认人"
    )
    confirmed_at = models.DateTimeField("确认时间", null=True)
    rejected_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="驳回人"
    )
    rejected_at = models.DateTimeField("驳回时间", null=True)
    reject_reason = models.CharField("驳回原因", max_length=200, blank=True)
    reverses = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="reversal", verbose_name="冲销"
    )

    objects = ReceiptQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "收款"
        ordering = ["-pk"]
        permissions = [
            ("record_receipt", "登记收款"),
            ("confirm_receipt", "确认收款"),
            ("assign_receipt", "处理暂收款"),
        ]
        indexes = [
            models.Index(fields=["project", "-id"], name="receipt_project_idx"),
            models.Index(fields=["reservation", "-id"], name="receipt_claim_idx"),
            models.Index(fields=["project", "received_on"], name="receipt_day_idx"),
            models.Index(
                fields=["project", "recorded_at"],
                condition=Q(confirmed_at__isnull=True, rejected_at__isnull=True),
                name="receipt_pending_idx",
            ),
            models.Index(fields=["project"], condition=Q(reservation__isnull=True), name="receipt_held_idx"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=ReceiptKind.values),
                name="receipt_kind_is_known",
                violation_error_message="款项不存在",
            ),
            models.CheckConstraint(
                condition=Q(method__in=Tender.values),
                name="tender_is_known",
                violation_error_message="收款方式不存在",
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=ZERO, reverses__isnull=True)
                | Q(amount__lt=ZERO, reverses__isnull=False),
                name="only_a_reversal_is_negative",
                violation_error_message="收款金额须大于零，冲销须为负",
            ),
            # 四眼 (拟:sub.cash): whoever recorded the money does not confirm it.
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("recorded_by")),
                name="confirmer_is_not_recorder",
                violation_error_message="登记人不能确认自己登记的收款",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True, confirmed_by__isnull=True)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False, reverses__isnull=True)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=True, reverses__isnull=False),
                name="a_confirmation_has_its_person",
                violation_error_message="确认收款须有确认人与时间",
            ),
            models.CheckConstraint(
                condition=Q(rejected_at__isnull=True, rejected_by__isnull=True, reject_reason="")
                | (
                    Q(rejected_at__isnull=False, rejected_by__isnull=False, confirmed_at__isnull=True)
                    & ~Q(reject_reason="")
                ),
                name="a_rejection_has_its_reason",
                violation_error_message="驳回收款须写明原因，且不能同时确认",
            ),
            # One slip is one payment, whoever types it and however often.
            models.UniqueConstraint(
                fields=["project", "method", "slip_no"],
                condition=~Q(slip_no="") & Q(rejected_at__isnull=True, reverses__isnull=True),
                name="one_receipt_per_slip",
                violation_error_message="这张凭证已登记过",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def code(self) -> str:
        """SK-000123, the number on the receipt."""
        return f"SK-{self.pk:06}"

    @property
    def state(self) -> ReceiptState:
        if self.rejected_at:
            return ReceiptState.REJECTED
        return ReceiptState.CONFIRMED if self.confirmed_at else ReceiptState.PENDING

    def journal_refs(self) -> dict[str, int | None]:
        refs = self.reservation.journal_refs() if self.reservation else {"project": self.project_id}
        return {**refs, "contract": self.contract_id}


class ReceiptSlip(models.Model):
    """凭证影像: a checked file under a random name outside the web root."""

    receipt = models.ForeignKey(Receipt, models.PROTECT, related_name="slips", verbose_name="收款")
    file = models.FileField("文件", max_length=120)
    name = models.CharField("原文件名", max_length=120)
    content_type = models.CharField("类型", max_length=40)
    size = models.PositiveIntegerField("字节")
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField("上传时间")

    class Meta:
        verbose_name = verbose_name_plural = "凭证影像"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["receipt", "sha256"],
                name="a_slip_is_attached_once",
                violation_error_message="这份影像已上传",
            ),
            models.CheckConstraint(
                condition=Q(content_type__in=["application/pdf", "image/jpeg", "image/png"]),
                name="slip_type_is_known",
                violation_error_message="凭证只收 PDF、JPG、PNG",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def journal_refs(self) -> dict[str, int | None]:
        return self.receipt.journal_refs()
