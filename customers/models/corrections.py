"""What slips said before they were completed or corrected, why, and who agreed."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from customers.models.register import Call, Visit


class SlipCorrection(models.Model):
    """What a slip said before its author corrected it. Append-only."""

    visit = models.ForeignKey(Visit, models.PROTECT, null=True, related_name="corrections")
    call = models.ForeignKey(Call, models.PROTECT, null=True, related_name="corrections")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="批准人",
    )
    reason = models.CharField("更正原因", max_length=200)
    at = models.DateTimeField("更正时间")
    old: Any = models.JSONField("原值", default=dict)
    new: Any = models.JSONField("新值", default=dict)

    class Meta:
        verbose_name = verbose_name_plural = "更正"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(visit__isnull=False, call__isnull=True)
                | Q(visit__isnull=True, call__isnull=False),
                name="a_correction_is_of_one_slip",
                violation_error_message="更正须指向一条登记",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="a_correction_says_why",
                violation_error_message="更正须写明原因",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=models.F("by")),
                name="nobody_approves_an_own_correction",
                violation_error_message="更正不能由自己批准",
            ),
        ]

    def __str__(self) -> str:
        return f"更正 #{self.pk}"
