"""回访: the planned calls after a visit, a signing and a handover."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from customers.models.people import Customer
from customers.rules import SEES_PROJECT
from customers.rules.surveys import CALL_MOMENTS, CallState
from salesdept.models import Project, User

_OPEN = [CallState.PLANNED.value, CallState.UNREACHED.value]


class CallBackQuerySet(models.QuerySet["CallBack"]):
    def visible_to(self, user: User) -> CallBackQuerySet:
        """The projects' for 助理 and leaders, who call; reps are called about, not calling."""
        if not user.is_active or user.role not in SEES_PROJECT:
            return self.none()
        return self.filter(project__in=user.projects.all())

    def open(self) -> CallBackQuerySet:
        return self.filter(state__in=_OPEN)


class CallBack(models.Model):
    """One call to make after a moment, and what came of it."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="+", verbose_name="项目")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="callbacks", verbose_name="客户")
    stage = models.CharField(
        "节点", max_length=8, choices=[(moment.value, moment.label) for moment in CALL_MOMENTS]
    )
    due_on = models.DateField("应回访")
    state = models.CharField("状态", max_length=10, choices=CallState, default=CallState.PLANNED)
    tries = models.PositiveSmallIntegerField("拨打次数", default=0)
    last_try_at = models.DateTimeField("最近拨打", null=True, blank=True)
    done_at = models.DateTimeField("完成时间", null=True, blank=True)
    score = models.PositiveSmallIntegerField("评分", null=True, blank=True)
    note = models.CharField("客户的话", max_length=500, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="回访人",
    )

    objects = CallBackQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "回访"
        ordering = ["due_on", "pk"]
        indexes = [models.Index(fields=["project", "state", "due_on"], name="callback_due_idx")]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "stage"],
                condition=Q(state__in=_OPEN),
                name="one_open_callback_per_stage",
                violation_error_message="这位客户此节点已有待做回访",
            ),
            models.CheckConstraint(
                condition=Q(state__in=CallState.values),
                name="callback_state_is_known",
                violation_error_message="回访状态不存在",
            ),
            models.CheckConstraint(
                condition=Q(stage__in=[moment.value for moment in CALL_MOMENTS]),
                name="callback_stage_is_known",
                violation_error_message="回访节点不存在",
            ),
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(score__range=(1, 5)),
                name="callback_score_is_one_to_five",
                violation_error_message="评分只有一至五",
            ),
            models.CheckConstraint(
                condition=Q(state__in=_OPEN, done_at__isnull=True)
                | Q(done_at__isnull=False, by__isnull=False),
                name="a_done_callback_has_time_and_caller",
                violation_error_message="完成的回访须有时间与回访人",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_stage_display()}回访"

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.project_id, "customer": self.customer_id}
