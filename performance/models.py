"""Targets set by people, and daily figures rolled up so that cost does not grow with the data."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from performance.rules import Metric, TargetMetric
from salesdept.models import Project, User
from salesdept.money import MoneyField


class TargetQuerySet(models.QuerySet["Target"]):
    def visible_to(self, user: User) -> TargetQuerySet:
        if not user.is_active or not user.may("performance.view_target"):
            return self.none()
        return self.filter(project__in=user.projects.all())


class Target(models.Model):
    """A month's target of one project, one row a metric; changed with its old value in the journal."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="targets", verbose_name="项目")
    month = models.DateField("月份")
    metric = models.CharField("指标", max_length=20, choices=TargetMetric)
    value = MoneyField("目标值")
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    set_at = models.DateTimeField("设定时间")
    version = models.PositiveIntegerField(default=1)

    objects = TargetQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "销售目标"
        constraints = [
            # S05: one target per month and metric.
            models.UniqueConstraint(
                fields=["project", "month", "metric"],
                name="one_target_per_month_and_metric",
                violation_error_message="本月此指标已有目标",
            ),
            models.CheckConstraint(
                condition=Q(metric__in=TargetMetric.values),
                name="target_metric_is_known",
                violation_error_message="指标不存在",
            ),
            models.CheckConstraint(
                condition=Q(value__gte=0),
                name="target_is_not_negative",
                violation_error_message="目标不能为负数",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.get_metric_display()}"

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.project_id}


class DayFigure(models.Model):
    """What one rep did on one day in one metric: a roll-up, rebuilt per day from the registers.

    `rep_ref` and `building_ref` are plain numbers (0 = none), so that a rebuild needs no look-ups.
    """

    project = models.ForeignKey(Project, models.PROTECT, related_name="+")
    day = models.DateField()
    metric = models.CharField(max_length=20, choices=Metric)
    rep_ref = models.BigIntegerField(default=0)
    building_ref = models.BigIntegerField(default=0)
    count = models.IntegerField(default=0)
    amount = MoneyField(default=0)

    class Meta:
        verbose_name = verbose_name_plural = "日数据"
        constraints = [
            models.UniqueConstraint(
                fields=["project", "day", "metric", "rep_ref", "building_ref"],
                name="one_figure_per_day_and_metric",
                violation_error_message="日数据重复",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.metric}"
