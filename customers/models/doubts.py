"""质疑: what a guest doubted at the table, until it is answered or stands in the register (S194)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from customers.models.feedback import Feedback
from customers.models.people import Customer
from customers.models.register import Reception
from customers.rules import SEES_PROJECT
from salesdept.models import Project, User


class DoubtQuerySet(models.QuerySet["Doubt"]):
    def visible_to(self, user: User) -> DoubtQuerySet:
        """One's own; the projects' for leaders and assistants."""
        if not user.is_active:
            return self.none()
        if user.role in SEES_PROJECT:
            return self.filter(project__in=user.projects.all())
        return self.filter(by=user)

    def open(self) -> DoubtQuerySet:
        """Neither answered on the spot nor registered."""
        return self.filter(feedback__isnull=True, answered_at__isnull=True)


class Doubt(models.Model):
    """One 质疑, by the time of the server."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="+", db_index=False)
    reception = models.ForeignKey(
        Reception, models.PROTECT, related_name="doubts", db_index=False, verbose_name="接待"
    )
    customer = models.ForeignKey(
        Customer, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="客户"
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="接待人")
    raised_at = models.DateTimeField("质疑时间")
    answered_at = models.DateTimeField("当场答复", null=True, blank=True)
    feedback = models.OneToOneField(
        Feedback, models.PROTECT, null=True, blank=True, related_name="doubt", verbose_name="登记表"
    )

    objects = DoubtQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "质疑"
        ordering = ["-pk"]
        indexes = [models.Index(fields=["project", "-raised_at"], name="doubt_time_idx")]
        constraints = [
            models.UniqueConstraint(
                fields=["reception"],
                condition=Q(feedback__isnull=True, answered_at__isnull=True),
                name="one_open_doubt_per_reception",
                violation_error_message="这组客户的质疑还没有答复或登记",
            ),
            models.CheckConstraint(
                condition=Q(feedback__isnull=True) | Q(answered_at__isnull=True),
                name="a_doubt_is_answered_or_registered",
                violation_error_message="当场答复的质疑不再登记",
            ),
        ]

    def __str__(self) -> str:
        return f"质疑 #{self.pk}"

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.project_id, "customer": self.customer_id}
