"""What an update sheet changed, so that it can be taken back row by row."""

from __future__ import annotations

from typing import Any

from django.db import models

from customers.models.people import Customer


class CustomerUpdate(models.Model):
    """One customer's values before and after one sheet. Leaves with its batch."""

    batch = models.BigIntegerField("导入批次")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name="客户")
    old: Any = models.JSONField("原值", default=dict)
    new: Any = models.JSONField("新值", default=dict)

    class Meta:
        verbose_name = verbose_name_plural = "表格更新"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "customer"],
                name="one_update_per_sheet_and_customer",
                violation_error_message="同一张表里这位客户出现了两次",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.batch} {self.customer_id}"
