"""公海, co-follow and what an import left undecided."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from customers.models.people import Customer, visible_through
from customers.rules.pool import ConflictRuling, PoolWhy
from salesdept.models import Project, User


class PoolEntryQuerySet(models.QuerySet["PoolEntry"]):
    def visible_to(self, user: User) -> PoolEntryQuerySet:
        return self.filter(visible_through(user))


class PoolEntry(models.Model):
    """One stay in the 公海: why, since when, whose before, and who took the customer out of it."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="pool_entries", db_index=False, verbose_name="客户"
    )
    why = models.CharField("原因", max_length=8, choices=PoolWhy)
    reason = models.CharField("说明", max_length=200, blank=True)
    former = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    since = models.DateTimeField("进入公海")
    since_on = models.DateField("进入日")
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    claimed_at = models.DateTimeField("离开公海", null=True, blank=True)

    objects = PoolEntryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "公海"
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["customer", "-id"], name="pool_customer_idx"),
            models.Index(fields=["project", "since_on", "former"], name="pool_night_idx"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["customer"],
                condition=Q(claimed_at__isnull=True),
                name="a_customer_is_in_the_pool_once",
                violation_error_message="这位客户已在公海",
            ),
            models.CheckConstraint(
                condition=Q(why__in=PoolWhy.values),
                name="pool_why_is_known",
                violation_error_message="公海原因不存在",
            ),
            models.CheckConstraint(
                condition=Q(claimed_at__isnull=True, claimed_by__isnull=True)
                | Q(claimed_at__isnull=False, claimed_by__isnull=False),
                name="who_left_the_pool_has_an_owner",
                violation_error_message="离开公海须记归属人",
            ),
        ]

    def __str__(self) -> str:
        return f"公海 #{self.pk}"

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.project_id, "customer": self.customer_id}


class CoFollowQuerySet(models.QuerySet["CoFollow"]):
    def visible_to(self, user: User) -> CoFollowQuerySet:
        return self.filter(visible_through(user))

    def live(self) -> CoFollowQuerySet:
        return self.filter(ended_at__isnull=True)


class CoFollow(models.Model):
    """协同跟进: a supervisor works on an A customer beside its owner, who stays the owner."""

    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="cofollows", db_index=False, verbose_name="客户"
    )
    supervisor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False, verbose_name="协同人"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False, verbose_name="归属"
    )
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    started_at = models.DateTimeField("起")
    ended_at = models.DateTimeField("止", null=True, blank=True)
    end_reason = models.CharField("结束原因", max_length=100, blank=True)

    objects = CoFollowQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "协同跟进"
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["customer", "-id"], name="cofollow_customer_idx"),
            models.Index(fields=["supervisor", "-id"], name="cofollow_person_idx"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "supervisor"],
                condition=Q(ended_at__isnull=True),
                name="one_cofollow_per_person",
                violation_error_message="已在协同跟进",
            ),
            models.CheckConstraint(
                condition=~Q(supervisor=models.F("owner")),
                name="nobody_cofollows_an_own_customer",
                violation_error_message="自己的客户不用协同",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | ~Q(end_reason=""),
                name="an_ended_cofollow_says_why",
                violation_error_message="结束协同须写原因",
            ),
        ]

    def __str__(self) -> str:
        return f"协同 #{self.pk}"

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.customer.project_id, "customer": self.customer_id}


class ImportConflictQuerySet(models.QuerySet["ImportConflict"]):
    def visible_to(self, user: User) -> ImportConflictQuerySet:
        return self.filter(visible_through(user))


class ImportConflict(models.Model):
    """导入冲突: one number in two reps' lists. The lease is frozen until it is ruled (拟:own.golive_grace).

    `facts` is what the second list says, without name or number. An imported first date is 未核实.
    """

    project = models.ForeignKey(Project, models.PROTECT, related_name="+", verbose_name="项目")
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="import_conflicts", verbose_name="客户"
    )
    holder = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    rival = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    facts: Any = models.JSONField("另一份名单", default=dict)
    import_batch = models.BigIntegerField("导入批次")
    found_at = models.DateTimeField("发现时间")
    ruling = models.CharField("裁定", max_length=6, choices=ConflictRuling, blank=True)
    ruled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    ruled_at = models.DateTimeField("裁定时间", null=True, blank=True)
    reason = models.CharField("理由", max_length=300, blank=True)

    objects = ImportConflictQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "导入冲突"
        ordering = ["-pk"]
        indexes = [
            models.Index(
                fields=["project", "-id"], condition=Q(ruled_at__isnull=True), name="import_conflict_idx"
            ),
            models.Index(fields=["import_batch"], name="import_conflict_batch_idx"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "rival"],
                condition=Q(ruled_at__isnull=True),
                name="one_open_conflict_per_rival",
                violation_error_message="这一条冲突已在清单上",
            ),
            models.CheckConstraint(
                condition=Q(ruling__in=["", *ConflictRuling.values]),
                name="conflict_ruling_is_known",
                violation_error_message="裁定不存在",
            ),
            models.CheckConstraint(
                condition=~Q(holder=models.F("rival")),
                name="a_conflict_has_two_reps",
                violation_error_message="同一位代表没有冲突",
            ),
            models.CheckConstraint(
                condition=Q(ruled_at__isnull=True, ruled_by__isnull=True, ruling="")
                | (Q(ruled_at__isnull=False, ruled_by__isnull=False) & ~Q(ruling="") & ~Q(reason="")),
                name="a_ruled_conflict_says_by_whom_and_why",
                violation_error_message="裁定须写明裁定人与理由",
            ),
        ]

    def __str__(self) -> str:
        return f"导入冲突 #{self.pk}"

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.project_id, "customer": self.customer_id}
