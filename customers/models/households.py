"""一人一户: relations, public numbers, namesakes and merges."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from customers.models.people import Customer, Household
from customers.rules import SEES_PROJECT
from customers.rules.households import MergeKind, NamesakeState, Relation
from regulations.models import Request
from salesdept.models import Project, User


def _person(label: str, *, null: bool = False) -> Any:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=null,
        blank=null,
        related_name="+",
        db_index=False,
        verbose_name=label,
    )


class Kinship(models.Model):
    """How somebody belongs to a household, and who saw the proof."""

    household = models.ForeignKey(Household, models.PROTECT, related_name="kinships", verbose_name="客户组")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="kinships", verbose_name="客户")
    relation = models.CharField("与本人关系", max_length=8, choices=Relation)
    proof = models.CharField("看到的证明", max_length=100, blank=True)
    seen_by = _person("查看人", null=True)
    since = models.DateTimeField("起")
    ended_at = models.DateTimeField("止", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "亲属关系"
        constraints = [
            models.UniqueConstraint(
                fields=["customer"],
                condition=Q(ended_at__isnull=True),
                name="one_relation_per_member",
                violation_error_message="这位成员已有关系记录",
            ),
            models.CheckConstraint(
                condition=Q(relation__in=Relation.values),
                name="relation_is_known",
                violation_error_message="关系不存在",
            ),
            models.CheckConstraint(
                condition=Q(proof="") | Q(seen_by__isnull=False),
                name="a_proof_was_seen_by_somebody",
                violation_error_message="证明须写明谁看过",
            ),
        ]

    def __str__(self) -> str:
        return self.get_relation_display()


class PublicNumberQuerySet(models.QuerySet["PublicNumber"]):
    def visible_to(self, user: User) -> PublicNumberQuerySet:
        """The company's and one's projects', for leaders and assistants."""
        if not user.is_active or user.role not in SEES_PROJECT:
            return self.none()
        return self.filter(Q(project__isnull=True) | Q(project__in=user.projects.all()))

    def live(self) -> PublicNumberQuerySet:
        return self.filter(removed_at__isnull=True)


class PublicNumber(models.Model):
    """公共号码: matches nobody and gives no ownership. Without a project it counts in the whole company."""

    project = models.ForeignKey(
        Project, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="项目"
    )
    number = models.CharField("号码", max_length=24)
    reason = models.CharField("是谁的号码", max_length=100)
    added_by = _person("添加人")
    added_at = models.DateTimeField("添加时间")
    removed_by = _person("移除人", null=True)
    removed_at = models.DateTimeField("移除时间", null=True, blank=True)
    remove_reason = models.CharField("移除原因", max_length=100, blank=True)

    objects = PublicNumberQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "公共号码"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["number", "project"],
                condition=Q(removed_at__isnull=True, project__isnull=False),
                name="a_public_number_stands_once",
                violation_error_message="这个号码已在公共号码里",
            ),
            models.UniqueConstraint(
                fields=["number"],
                condition=Q(removed_at__isnull=True, project__isnull=True),
                name="a_company_number_stands_once",
                violation_error_message="这个号码已在全公司的公共号码里",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="a_public_number_says_whose",
                violation_error_message="公共号码须写明是谁的",
            ),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True) | (Q(removed_by__isnull=False) & ~Q(remove_reason="")),
                name="a_removed_public_number_says_why",
                violation_error_message="移除公共号码须写明原因",
            ),
        ]

    def __str__(self) -> str:
        return f"公共号码 #{self.pk}"

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.project_id}


class NamesakeQuerySet(models.QuerySet["Namesake"]):
    def visible_to(self, user: User) -> NamesakeQuerySet:
        if not user.is_active or user.role not in SEES_PROJECT:
            return self.none()
        return self.filter(project__in=user.projects.all())


class Namesake(models.Model):
    """Two files with the same full name. A person says whether they are one; the system never does."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="+", verbose_name="项目")
    first = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name="较早的档案")
    second = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name="较晚的档案")
    state = models.CharField("状态", max_length=6, choices=NamesakeState, default=NamesakeState.OPEN)
    found_at = models.DateTimeField("发现时间")
    decided_by = _person("确认人", null=True)
    decided_at = models.DateTimeField("确认时间", null=True, blank=True)
    reason = models.CharField("依据", max_length=200, blank=True)

    objects = NamesakeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "同名客户"
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["project", "-id"], condition=Q(state="open"), name="namesake_open_idx")
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["first", "second"],
                name="two_namesakes_are_asked_about_once",
                violation_error_message="这两份档案已列为同名",
            ),
            models.CheckConstraint(
                condition=Q(first__lt=F("second")),
                name="namesakes_stand_in_order",
                violation_error_message="同名的两份档案须不同，且较早的在前",
            ),
            models.CheckConstraint(
                condition=Q(state__in=NamesakeState.values),
                name="namesake_state_is_known",
                violation_error_message="状态不存在",
            ),
            models.CheckConstraint(
                condition=Q(state="open") | (Q(decided_by__isnull=False) & Q(decided_at__isnull=False)),
                name="a_namesake_is_decided_by_a_person",
                violation_error_message="同名须由人确认",
            ),
        ]

    def __str__(self) -> str:
        return f"同名 #{self.pk}"

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.project_id, "customer": self.second_id}


class MergeQuerySet(models.QuerySet["Merge"]):
    def visible_to(self, user: User) -> MergeQuerySet:
        if not user.is_active or user.role not in SEES_PROJECT:
            return self.none()
        return self.filter(project__in=user.projects.all())

    def standing(self) -> MergeQuerySet:
        return self.filter(undone_at__isnull=True)


class Merge(models.Model):
    """One merge. `moved` holds what it changed, before and after, so that undoing puts it all back.

    Rows of `moved`: `[model label, key, {field: [before, after]}]`; names and numbers never stand in it.
    """

    project = models.ForeignKey(Project, models.PROTECT, related_name="+", verbose_name="项目")
    kind = models.CharField("类别", max_length=10, choices=MergeKind)
    survivor = models.ForeignKey(Customer, models.PROTECT, related_name="merges", verbose_name="保留的档案")
    other = models.ForeignKey(Customer, models.PROTECT, related_name="merged_by", verbose_name="并入的档案")
    request = models.OneToOneField(Request, models.PROTECT, related_name="+", verbose_name="申请")
    reason = models.CharField("理由", max_length=500)
    approved_by = _person("批准人")
    merged_at = models.DateTimeField("合并时间")
    moved: Any = models.JSONField(default=list)
    undone_at = models.DateTimeField("拆分时间", null=True, blank=True)
    undone_by = _person("拆分批准人", null=True)
    undo_reason = models.CharField("拆分理由", max_length=500, blank=True)

    objects = MergeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "合并记录"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["other"],
                condition=Q(undone_at__isnull=True, kind="person"),
                name="a_file_is_merged_into_one_other",
                violation_error_message="这份档案已并入另一份",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=MergeKind.values),
                name="merge_kind_is_known",
                violation_error_message="合并类别不存在",
            ),
            models.CheckConstraint(
                condition=~Q(survivor=F("other")),
                name="nobody_is_merged_into_himself",
                violation_error_message="一份档案不能并入自己",
            ),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True) | (Q(undone_by__isnull=False) & ~Q(undo_reason="")),
                name="an_undone_merge_says_why",
                violation_error_message="拆分须写明批准人与理由",
            ),
        ]

    def __str__(self) -> str:
        return f"合并 #{self.pk}"

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.project_id, "customer": self.survivor_id}
