"""拜访计划: which customer a rep means to see or call on which day (S33)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from customers.models.people import Customer
from customers.rules import SEES_PROJECT
from customers.rules.plans import PlanKind
from salesdept.models import Project, User


class VisitPlanQuerySet(models.QuerySet["VisitPlan"]):
    def visible_to(self, user: User) -> VisitPlanQuerySet:
        """One's own; the projects' for leaders and assistants."""
        if not user.is_active:
            return self.none()
        if user.role in SEES_PROJECT:
            return self.filter(project__in=user.projects.all())
        return self.filter(rep=user)

    def live(self) -> VisitPlanQuerySet:
        return self.filter(cancelled_at__isnull=True)


class VisitPlan(models.Model):
    """One line of a plan. Whether it was done is asked from the registers, never stored."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="+", db_index=False)
    rep = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False, verbose_name="代表"
    )
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="plans", db_index=False, verbose_name="客户"
    )
    on = models.DateField("日期")
    kind = models.CharField("方式", max_length=6, choices=PlanKind, default=PlanKind.CALL)
    purpose = models.CharField("目的", max_length=100, blank=True)
    made_at = models.DateTimeField("排定时间")
    cancelled_at = models.DateTimeField("取消时间", null=True, blank=True)

    objects = VisitPlanQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "拜访计划"
        ordering = ["on", "pk"]
        indexes = [
            models.Index(fields=["project", "on"], name="visit_plan_project_idx"),
            models.Index(fields=["rep", "on"], name="visit_plan_rep_idx"),
            models.Index(fields=["customer", "-id"], name="visit_plan_customer_idx"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["rep", "customer", "on"],
                condition=Q(cancelled_at__isnull=True),
                name="one_plan_per_customer_and_day",
                violation_error_message="这一天已排了这位客户",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=PlanKind.values),
                name="visit_plan_kind_is_known",
                violation_error_message="计划方式不存在",
            ),
        ]

    def __str__(self) -> str:
        return f"计划 #{self.pk}"

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.project_id, "customer": self.customer_id}
