"""Credits and the ledger of commissions. Written only by commissions.services."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from commissions.rules import EntryKind, Trigger
from contracts.models import Contract, Receipt
from regulations.models import Decision
from salesdept.models import Project, User
from salesdept.money import BASIS, ZERO, MoneyField
from salesdept.rules import Role

SEES_PROJECT = (Role.MANAGER, Role.FINANCE, Role.DIRECTOR)


class DealCredit(models.Model):
    """业绩分配: whose deal it is, in basis points that sum to the whole per contract."""

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="credits", verbose_name="合同")
    rep = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="credits", verbose_name="置业顾问"
    )
    share_bp = models.PositiveIntegerField("份额（万分）")
    reason = models.CharField("依据", max_length=100)

    class Meta:
        verbose_name = verbose_name_plural = "业绩分配"
        ordering = ["contract", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "rep"],
                name="one_credit_per_person",
                violation_error_message="此人已有份额",
            ),
            models.CheckConstraint(
                condition=Q(share_bp__gt=0, share_bp__lte=BASIS),
                name="a_credit_is_part_of_the_whole",
                violation_error_message="份额须大于零且不超过百分之百",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.rep_id} {self.share_bp}"

    def journal_refs(self) -> dict[str, int | None]:
        return self.contract.journal_refs()


class CommissionHold(models.Model):
    """争议冻结: money met the trigger while the customer's ownership was disputed; released by its end."""

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="holds", verbose_name="合同")
    receipt = models.ForeignKey(Receipt, models.PROTECT, related_name="+", verbose_name="触发收款")
    dispute_ref = models.BigIntegerField("争议")
    reason = models.CharField("原因", max_length=100)
    held_at = models.DateTimeField("冻结时间")
    released_at = models.DateTimeField("解冻时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "佣金冻结"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract"],
                condition=Q(released_at__isnull=True),
                name="a_contract_is_held_once",
                violation_error_message="这份合同的佣金已冻结",
            ),
        ]

    def __str__(self) -> str:
        return f"冻结 {self.contract_id}"

    def journal_refs(self) -> dict[str, int | None]:
        return self.contract.journal_refs()


class CommissionEntryQuerySet(models.QuerySet["CommissionEntry"]):
    def visible_to(self, user: User) -> CommissionEntryQuerySet:
        """One's own lines; 经理, 财务 and 总监 see their projects'. Nobody else sees a colleague's pay."""
        if not user.is_active:
            return self.none()
        if user.role in SEES_PROJECT and user.may("commissions.view_commissionentry"):
            return self.filter(project__in=user.projects.all())
        return self.filter(rep=user)

    def standing(self) -> CommissionEntryQuerySet:
        """计提 that no 冲回 has undone."""
        return self.filter(kind=EntryKind.ACCRUED, reversal__isnull=True)


class CommissionEntry(models.Model):
    """One line of the ledger. Append-only; a reversal is a new negative line, once.

    `period` is the month (2026-11) in which the money was confirmed or undone; `round` counts accruals of the
    same contract, person and trigger, so that money that comes again after a reversal is a new line.
    """

    project = models.ForeignKey(Project, models.PROTECT, related_name="+", verbose_name="项目")
    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="commission_entries", verbose_name="合同"
    )
    rep = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="commission_entries",
        verbose_name="置业顾问",
    )
    period = models.CharField("月份", max_length=7)
    kind = models.CharField("类型", max_length=10, choices=EntryKind)
    trigger = models.CharField("节点", max_length=16, choices=Trigger)
    round = models.PositiveSmallIntegerField("次", default=1)
    base = MoneyField("基数")
    rate = models.DecimalField("佣金率", max_digits=9, decimal_places=6)
    share_bp = models.PositiveIntegerField("份额（万分）")
    amount = MoneyField("金额")
    receipt = models.ForeignKey(
        Receipt, models.PROTECT, related_name="commission_entries", verbose_name="触发收款"
    )
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="+", verbose_name="依据")
    reverses = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="reversal", verbose_name="冲回"
    )
    made_at = models.DateTimeField("时间")

    objects = CommissionEntryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "佣金流水"
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["rep", "period"], name="entry_rep_period_idx"),
            models.Index(fields=["project", "period"], name="entry_project_period_idx"),
        ]
        constraints = [
            # 拟:com.triggers — a trigger pays each person of a contract once, until it is undone.
            models.UniqueConstraint(
                fields=["contract", "rep", "trigger", "round"],
                condition=Q(reverses__isnull=True),
                name="a_trigger_pays_once",
                violation_error_message="这个节点的佣金已计提",
            ),
            models.CheckConstraint(
                condition=Q(kind="accrued", amount__gte=ZERO, reverses__isnull=True)
                | Q(kind="reversed", amount__lte=ZERO, reverses__isnull=False),
                name="only_a_reversed_commission_is_negative",
                violation_error_message="计提为正，冲回为负并指向原行",
            ),
            models.CheckConstraint(
                condition=Q(share_bp__gt=0, share_bp__lte=BASIS),
                name="an_entry_has_its_share",
                violation_error_message="份额须大于零且不超过百分之百",
            ),
            models.CheckConstraint(
                condition=Q(trigger__in=Trigger.values),
                name="trigger_is_known",
                violation_error_message="发放节点不存在",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.period} {self.rep_id} {self.amount}"

    def journal_refs(self) -> dict[str, int | None]:
        return self.contract.journal_refs()
