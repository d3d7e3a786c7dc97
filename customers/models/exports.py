"""导出: who took which rows out of the house, why, and who agreed."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from customers.rules.exports import ExportKind, ExportState
from salesdept.models import Project, User
from salesdept.rules import Role


class CustomerExportQuerySet(models.QuerySet["CustomerExport"]):
    def visible_to(self, user: User) -> CustomerExportQuerySet:
        """One's own; the projects' for manager and director."""
        if not user.is_active:
            return self.none()
        if user.role in (Role.MANAGER, Role.DIRECTOR):
            return self.filter(project__in=user.projects.all())
        return self.filter(asked_by=user)


class CustomerExport(models.Model):
    """One export: the view's address, the rows it had, and how often it was fetched. No file is kept."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="+", verbose_name="项目")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="导出人"
    )
    kind = models.CharField("内容", max_length=10, choices=ExportKind)
    query = models.CharField("视图", max_length=300, blank=True)
    reason = models.CharField("用途", max_length=200)
    row_count = models.PositiveIntegerField("行数")
    state = models.CharField("状态", max_length=8, choices=ExportState, default=ExportState.PENDING)
    asked_at = models.DateTimeField("申请时间")
    ready_until = models.DateTimeField("下载截止", null=True, blank=True)
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="批准人",
    )
    fetched = models.PositiveIntegerField("下载次数", default=0)

    objects = CustomerExportQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "导出"
        ordering = ["-pk"]
        indexes = [models.Index(fields=["asked_by", "-id"], name="export_by_idx")]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=ExportKind.values),
                name="export_kind_is_known",
                violation_error_message="导出内容不存在",
            ),
            models.CheckConstraint(
                condition=Q(state__in=ExportState.values),
                name="export_state_is_known",
                violation_error_message="导出状态不存在",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""), name="an_export_says_why", violation_error_message="导出须写明用途"
            ),
            models.CheckConstraint(
                condition=Q(agreed_by__isnull=True) | ~Q(agreed_by=models.F("asked_by")),
                name="nobody_agrees_to_an_own_export",
                violation_error_message="导出须由另一人批准",
            ),
            models.CheckConstraint(
                condition=~Q(state="ready") | Q(ready_until__isnull=False),
                name="a_ready_export_ends",
                violation_error_message="可下载的导出须有截止时间",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def code(self) -> str:
        """The mark on every row of the sheet."""
        return f"DC{self.pk:06}"

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.project_id}
