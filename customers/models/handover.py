"""客户移交清单: who handed which customers to whom. Append-only."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from customers.models.people import Customer
from customers.rules.handover import Group, Why
from salesdept.models import Project, User


class HandoverQuerySet(models.QuerySet["Handover"]):
    def visible_to(self, user: User) -> HandoverQuerySet:
        """The leaders of the project, and who handed over or took over."""
        if not user.is_active:
            return self.none()
        if user.is_leader:
            return self.filter(project__in=user.projects.all())
        return self.filter(Q(leaver=user) | Q(lines__to=user)).distinct()


class Handover(models.Model):
    """One handover. `facts` keeps what else was in the leaver's name, in lines as shown that day."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="+", verbose_name="项目")
    leaver = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="handovers", verbose_name="移交人"
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="经办")
    why = models.CharField("事由", max_length=5, choices=Why)
    reason = models.CharField("说明", max_length=200, blank=True)
    facts = models.JSONField(default=list)
    at = models.DateTimeField("时间")

    objects = HandoverQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "客户移交清单"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(why__in=Why.values),
                name="handover_why_is_known",
                violation_error_message="移交事由不存在",
            ),
            models.CheckConstraint(
                condition=~Q(by=models.F("leaver")),
                name="nobody_hands_over_alone",
                violation_error_message="移交须由经理经办",
            ),
        ]

    def __str__(self) -> str:
        return f"移交清单 #{self.pk}"

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.project_id}


class HandoverLine(models.Model):
    """One customer of a handover; `to` empty = 公海."""

    handover = models.ForeignKey(Handover, models.PROTECT, related_name="lines")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name="客户")
    group = models.CharField("类别", max_length=6, choices=Group)
    grade = models.CharField("等级", max_length=1)
    to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="接手人",
    )

    class Meta:
        verbose_name = verbose_name_plural = "移交明细"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["handover", "customer"],
                name="a_customer_is_handed_over_once",
                violation_error_message="同一清单里客户不能重复",
            ),
            models.CheckConstraint(
                condition=Q(group__in=Group.values),
                name="handover_group_is_known",
                violation_error_message="移交类别不存在",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.handover_id} {self.customer_id}"
