"""Price lists and the prices of each room in them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from inventory.models.stock import Unit
from salesdept.models import ImportBatch, Project
from salesdept.money import MoneyField


class PriceList(models.Model):
    """价格表: one dated set of prices. The newest approved one that has begun holds, room by room."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="price_lists", verbose_name="项目")
    version = models.PositiveIntegerField("版次")
    effective_from = models.DateField("生效日")
    batch = models.ForeignKey(ImportBatch, models.PROTECT, null=True, blank=True, related_name="+")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField("编制时间")
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField("批准时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "价格表"
        ordering = ["-effective_from", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "version"],
                name="price_versions_differ",
                violation_error_message="价格表版次重复",
            ),
            # S50 and 四眼: prices need a second person.
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True, approved_at__isnull=True)
                | (Q(approved_by__isnull=False, approved_at__isnull=False) & ~Q(approved_by=F("created_by"))),
                name="prices_need_a_second_person",
                violation_error_message="价格表须由编制人以外的人批准",
            ),
        ]

    def __str__(self) -> str:
        return f"价格表 {self.version}"

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.project_id}


class UnitPrice(models.Model):
    """A room's prices in one list, yuan for the whole room. Only `list_*` reach a rep's screen (S41)."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="prices", verbose_name="房源")
    price_list = models.ForeignKey(PriceList, models.PROTECT, related_name="prices", verbose_name="价格表")
    list_unit_price = MoneyField("表价单价")
    list_total = MoneyField("表价总价")
    floor_price = MoneyField("底价", null=True, blank=True)
    channel_floor = MoneyField("渠道底价", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "房源价格"
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "price_list"],
                name="one_price_per_unit_and_list",
                violation_error_message="同一价格表里这套房已有价格",
            ),
            models.CheckConstraint(
                condition=Q(list_unit_price__gt=0, list_total__gt=0),
                name="list_price_is_positive",
                violation_error_message="表价须大于 0",
            ),
            # S40, S42: three layers, and nothing is offered below the floor.
            models.CheckConstraint(
                condition=(Q(floor_price__isnull=True) | Q(floor_price__lte=F("list_total")))
                & (Q(channel_floor__isnull=True) | Q(channel_floor__lte=F("list_total"))),
                name="floor_is_not_above_the_list",
                violation_error_message="底价不能高于表价",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id}:{self.price_list_id}"
