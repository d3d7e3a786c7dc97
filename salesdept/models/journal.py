"""The past: events, their seals, and who looked at what was masked. All append-only in the database."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from salesdept.models.people import Project, User


class EventQuerySet(models.QuerySet["Event"]):
    def visible_to(self, user: User) -> EventQuerySet:
        """Journal rows of one's projects, for those who may read the journal."""
        if not user.may("salesdept.view_event"):
            return self.none()
        return self.filter(project__in=user.projects.all())


class Event(models.Model):
    """One fact about the past. Inserted by `journal.record`, never updated or deleted."""

    at = models.DateTimeField("记录时间", db_default=Now(), editable=False)
    happened_at = models.DateTimeField("发生时间")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    role = models.CharField(max_length=12, blank=True)
    verb = models.CharField(max_length=64)
    target = models.CharField(max_length=64)
    project = models.ForeignKey(Project, models.PROTECT, null=True, related_name="+")
    customer_ref = models.BigIntegerField(null=True)
    unit_ref = models.BigIntegerField(null=True)
    contract_ref = models.BigIntegerField(null=True)
    reason = models.CharField("原因", max_length=500, blank=True)
    changes = models.JSONField(default=dict)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "日志"
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["target", "-id"], name="event_target_idx"),
            models.Index(fields=["customer_ref", "-id"], name="event_customer_idx"),
            models.Index(fields=["unit_ref", "-id"], name="event_unit_idx"),
            models.Index(fields=["contract_ref", "-id"], name="event_contract_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.target}"


class Seal(models.Model):
    """A chained digest over committed events: ids up to `upto`, plus ids that were missing earlier."""

    at = models.DateTimeField(db_default=Now(), editable=False)
    upto = models.BigIntegerField()
    pending = models.JSONField(default=list)
    leaves = models.JSONField(default=list)
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "封印"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.upto} {self.digest[:12]}"


class Reveal(models.Model):
    """Somebody saw a masked field, or dialled. One row a look, with the reason."""

    class Kind(models.TextChoices):
        REVEAL = "reveal", "查看"
        DIAL = "dial", "拨打"
        LOOKUP = "lookup", "查重"
        EXPORT = "export", "导出"

    at = models.DateTimeField(db_default=Now(), editable=False)
    happened_at = models.DateTimeField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind)
    target = models.CharField(max_length=64)
    field = models.CharField(max_length=40)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "查看记录"
        indexes = [models.Index(fields=["actor", "kind", "-id"], name="reveal_actor_idx")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["reveal", "dial", "lookup", "export"]),
                name="reveal_kind_is_known",
                violation_error_message="查看类型不存在",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="reveal") | ~models.Q(reason=""),
                name="a_reveal_has_a_reason",
                violation_error_message="查看须写明原因",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.target}.{self.field}"
