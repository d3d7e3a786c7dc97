"""What arrived as a spreadsheet: one batch a file, one row a line, until imported, skipped or undone."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q

from salesdept.models.people import Project, User
from salesdept.rules import LEADERS


def _seal_id() -> str:
    return uuid4().hex


class ImportBatchQuerySet(models.QuerySet["ImportBatch"]):
    def visible_to(self, user: User) -> ImportBatchQuerySet:
        """One's own uploads of one's projects; leaders see all; nobody without the right to import."""
        if not user.may("salesdept.view_importbatch"):
            return self.none()
        rows = self.filter(project__in=user.projects.all())
        return rows if user.role in LEADERS else rows.filter(created_by=user)


class ImportBatch(models.Model):
    """One uploaded sheet, bound to its uploader and to the SHA-256 of the file."""

    class State(models.TextChoices):
        PREVIEW = "preview", "检查中"
        COMMITTED = "committed", "已导入"
        UNDONE = "undone", "已撤销"
        DISCARDED = "discarded", "已放弃"

    kind = models.CharField("类型", max_length=20)
    project = models.ForeignKey(Project, models.PROTECT, related_name="+", verbose_name="项目")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="上传人"
    )
    created_at = models.DateTimeField("上传时间")
    file_name = models.CharField("文件名", max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField("字节")
    state = models.CharField("状态", max_length=10, choices=State, default=State.PREVIEW)
    seal_id = models.CharField(max_length=32, default=_seal_id, editable=False)
    columns = models.JSONField(default=list)
    notes = models.JSONField(default=list)
    row_count = models.PositiveIntegerField("行数", default=0)
    imported_count = models.PositiveIntegerField("已导入行数", default=0)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    committed_at = models.DateTimeField("导入时间", null=True)
    undone_at = models.DateTimeField("撤销时间", null=True)
    version = models.PositiveIntegerField(default=0)

    objects = ImportBatchQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "导入批次"
        ordering = ["-pk"]
        indexes = [models.Index(fields=["project", "-id"], name="import_project_idx")]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "project", "sha256"],
                condition=Q(state__in=["preview", "committed"]),
                name="a_file_is_imported_once",
                violation_error_message="同一份文件已经上传过",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["preview", "committed", "undone", "discarded"]),
                name="import_state_is_known",
                violation_error_message="导入状态不存在",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["preview", "discarded"]) | Q(committed_at__isnull=False),
                name="an_import_has_its_time",
                violation_error_message="已导入的批次须有导入时间",
            ),
            models.CheckConstraint(
                condition=~Q(state="undone") | Q(undone_at__isnull=False),
                name="an_undone_import_has_its_time",
                violation_error_message="已撤销的批次须有撤销时间",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file_name} #{self.pk}"

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.project_id}


class ImportRow(models.Model):
    """One line of a sheet. `data` is JSON of column key → cell text, identity numbers sealed.

    Both JSON columns are text: they are written by the hundred thousand and never searched.
    """

    class State(models.TextChoices):
        OK = "ok", "可导入"
        WARN = "warn", "提醒"
        BAD = "bad", "错误"
        SKIP = "skip", "跳过"

    batch = models.ForeignKey(ImportBatch, models.PROTECT, related_name="rows")
    row_no = models.PositiveIntegerField("行")
    state = models.CharField("结果", max_length=4, choices=State)
    problem = models.CharField("问题", max_length=24, blank=True)
    key = models.CharField(max_length=60, blank=True)
    data = models.TextField()
    faults = models.TextField(default="[]")
    version = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = verbose_name_plural = "导入行"
        ordering = ["row_no"]
        indexes = [
            models.Index(fields=["batch", "key"], condition=~Q(key=""), name="import_row_key_idx"),
            models.Index(
                fields=["batch", "problem", "row_no"], condition=~Q(problem=""), name="import_row_problem_idx"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "row_no"],
                name="one_row_per_line_of_a_sheet",
                violation_error_message="这一行已经读过",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["ok", "warn", "bad", "skip"]),
                name="import_row_state_is_known",
                violation_error_message="行状态不存在",
            ),
            models.CheckConstraint(
                condition=Q(state="ok", problem="") | (~Q(state="ok") & ~Q(problem="")),
                name="a_row_that_is_not_fine_says_why",
                violation_error_message="有问题的行须写明问题",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}:{self.row_no}"

    @property
    def fault_list(self) -> list[dict[str, Any]]:
        faults: list[dict[str, Any]] = json.loads(self.faults)
        return faults
