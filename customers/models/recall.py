"""回访抽查: which effective follow-ups are asked about again, and those that turned out untrue."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from customers.models.people import visible_through
from customers.models.register import FollowUp
from customers.rules.followups import RecallState
from salesdept.models import Project, User


class RecallDraw(models.Model):
    """One rep's sample of a week. Append-only: from seed and population anybody draws the same numbers."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="+", db_index=False)
    rep = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    first = models.DateField("周一")
    seed = models.CharField("种子", max_length=64)
    percent = models.PositiveSmallIntegerField("抽查比例")
    population: Any = models.JSONField("全部有效跟进", default=list)
    picked: Any = models.JSONField("抽中", default=list)
    drawn_at = models.DateTimeField("抽取时间")

    class Meta:
        verbose_name = verbose_name_plural = "抽查抽样"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "rep", "first"],
                name="one_draw_per_rep_and_week",
                violation_error_message="本周已抽过",
            ),
        ]

    def __str__(self) -> str:
        return f"抽查 {self.first}"

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.project_id}


class RecallQuerySet(models.QuerySet["Recall"]):
    def visible_to(self, user: User) -> RecallQuerySet:
        return self.filter(visible_through(user, "followup__customer"))


class Recall(models.Model):
    """One follow-up the assistant asks the customer about."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="+", db_index=False)
    rep_draw = models.ForeignKey(RecallDraw, models.PROTECT, related_name="recalls")
    followup = models.OneToOneField(FollowUp, models.PROTECT, related_name="recall", verbose_name="跟进")
    state = models.CharField("结果", max_length=10, choices=RecallState, default=RecallState.OPEN)
    tries = models.PositiveSmallIntegerField("已拨次数", default=0)
    note = models.CharField("客户怎么说", max_length=200, blank=True)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="回访人",
    )
    checked_at = models.DateTimeField("回访时间", null=True, blank=True)

    objects = RecallQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "回访抽查"
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["project", "-id"], condition=Q(state="open"), name="recall_open_idx"),
            models.Index(fields=["project", "-id"], name="recall_project_idx"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=RecallState.values),
                name="recall_state_is_known",
                violation_error_message="回访结果不存在",
            ),
            models.CheckConstraint(
                condition=Q(state="open") | Q(checked_by__isnull=False, checked_at__isnull=False),
                name="a_recall_says_by_whom",
                violation_error_message="回访须记回访人",
            ),
        ]

    def __str__(self) -> str:
        return f"抽查 #{self.pk}"

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.project_id, "customer": self.followup.customer_id}


class FollowUpVoidQuerySet(models.QuerySet["FollowUpVoid"]):
    def visible_to(self, user: User) -> FollowUpVoidQuerySet:
        return self.filter(visible_through(user, "followup__customer"))


class FollowUpVoid(models.Model):
    """A follow-up that does not count after all. Append-only; the follow-up itself stays as written."""

    followup = models.OneToOneField(FollowUp, models.PROTECT, related_name="void", verbose_name="跟进")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField("时间")
    reason = models.CharField("原因", max_length=200)

    objects = FollowUpVoidQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "跟进作废"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(reason=""), name="a_void_says_why", violation_error_message="作废须写原因"
            ),
        ]

    def __str__(self) -> str:
        return f"作废 #{self.pk}"

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.followup.project_id, "customer": self.followup.customer_id}
