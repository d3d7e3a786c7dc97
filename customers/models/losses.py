"""战败: a customer who does not buy here, why, and what became of winning him back."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from customers.models.people import Customer, visible_through
from customers.rules import Stage
from customers.rules.losses import LossReason
from salesdept.models import Project, User


class LossQuerySet(models.QuerySet["Loss"]):
    def visible_to(self, user: User) -> LossQuerySet:
        return self.filter(visible_through(user))

    def live(self) -> LossQuerySet:
        """Still lost."""
        return self.filter(reopened_at__isnull=True)


class Loss(models.Model):
    """One 战败 of a customer (S38). It ends when he comes back or is taken up again: 拾回."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="losses", db_index=False, verbose_name="客户"
    )
    reason = models.CharField("原因", max_length=8, choices=LossReason)
    rival = models.CharField("竞品", max_length=40, blank=True)
    note = models.CharField("说明", max_length=200, blank=True)
    was = models.CharField("战败前阶段", max_length=12, choices=Stage)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="登记人")
    lost_at = models.DateTimeField("战败时间")
    again_on = models.DateField("拾回日")
    reopened_at = models.DateTimeField("拾回时间", null=True, blank=True)
    reopened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name="拾回人",
    )

    objects = LossQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "战败"
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["customer", "-id"], name="loss_customer_idx"),
            models.Index(
                fields=["project", "reason", "-id"],
                condition=Q(reopened_at__isnull=True),
                name="loss_live_idx",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["customer"],
                condition=Q(reopened_at__isnull=True),
                name="a_customer_is_lost_once",
                violation_error_message="这位客户已记战败",
            ),
            models.CheckConstraint(
                condition=Q(reason__in=LossReason.values),
                name="loss_reason_is_known",
                violation_error_message="战败原因不存在",
            ),
            models.CheckConstraint(
                condition=~Q(reason=LossReason.RIVAL) | ~Q(rival=""),
                name="a_loss_to_a_rival_names_it",
                violation_error_message="买了竞品须写竞品名称",
            ),
            models.CheckConstraint(
                condition=Q(reopened_by__isnull=True) | Q(reopened_at__isnull=False),
                name="who_won_a_customer_back_says_when",
                violation_error_message="拾回须记时间",
            ),
        ]

    def __str__(self) -> str:
        return f"战败 #{self.pk}"

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.project_id, "customer": self.customer_id}
