"""审核: one round of one stage, its ticks and the errors it found."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from attendance.models import ConductCase
from contracts.models.contract import Contract
from contracts.rules import ReviewResult, ReviewStage, Severity
from salesdept.models import User


class ReviewQuerySet(models.QuerySet["Review"]):
    def visible_to(self, user: User) -> ReviewQuerySet:
        """Reviews of the contracts one sees."""
        return self.filter(contract__in=Contract.objects.visible_to(user))


class Review(models.Model):
    """助理初审 or 经理复审 of one submission. `reviewer` is whoever made its last tick or answered it."""

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="reviews", verbose_name="合同")
    stage = models.CharField("环节", max_length=10, choices=ReviewStage)
    opened_at = models.DateTimeField("送审时间")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="审核人"
    )
    result = models.CharField("结果", max_length=10, choices=ReviewResult, default=ReviewResult.OPEN)
    decided_at = models.DateTimeField("审核时间", null=True)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "合同审核"
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["stage", "opened_at"], condition=Q(result="open"), name="review_open_idx"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["contract"],
                condition=Q(result="open"),
                name="one_open_review_per_contract",
                violation_error_message="这份合同已在审核中",
            ),
            models.CheckConstraint(
                condition=Q(stage__in=ReviewStage.values),
                name="review_stage_is_known",
                violation_error_message="审核环节不存在",
            ),
            models.CheckConstraint(
                condition=Q(result="open", decided_at__isnull=True)
                | Q(result__in=["passed", "returned"], decided_at__isnull=False, reviewer__isnull=False),
                name="a_review_ends_with_its_reviewer",
                violation_error_message="审核结果须有审核人与时间",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.stage}"

    def journal_refs(self) -> dict[str, int | None]:
        return self.contract.journal_refs()


class FieldCheck(models.Model):
    """One tick: what the contract said, what the sources said, whether it agrees. Personal data masked."""

    review = models.ForeignKey(Review, models.PROTECT, related_name="checks", verbose_name="审核")
    field = models.CharField("字段", max_length=20)
    value = models.CharField("合同", max_length=120, blank=True)
    source = models.CharField("来源", max_length=120, blank=True)
    ok = models.BooleanField("一致")
    right = models.CharField("应为", max_length=120, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="审核人")
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "逐项审核"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["review", "field"],
                name="one_tick_per_field",
                violation_error_message="这一项已核过",
            ),
            models.CheckConstraint(
                condition=Q(ok=True) | ~Q(right=""),
                name="an_error_says_what_is_right",
                violation_error_message="有误须写明应为",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.review_id} {self.field}"


class ReviewError(models.Model):
    """差错. Where it was found is its review's stage, never anybody's choice. Append-only."""

    review = models.ForeignKey(Review, models.PROTECT, related_name="errors", verbose_name="审核")
    field = models.CharField("字段", max_length=20)
    wrong = models.CharField("错", max_length=120)
    right = models.CharField("对", max_length=120)
    severity = models.CharField("性质", max_length=10, choices=Severity)
    case = models.ForeignKey(
        ConductCase, models.PROTECT, null=True, related_name="contract_errors", verbose_name="奖惩单"
    )

    class Meta:
        verbose_name = verbose_name_plural = "合同差错"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["review", "field"],
                name="one_error_per_field_and_review",
                violation_error_message="这一项的差错已登记",
            ),
            models.CheckConstraint(
                condition=Q(severity__in=Severity.values),
                name="severity_is_known",
                violation_error_message="差错性质不存在",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.field} {self.wrong}→{self.right}"

    @property
    def found_stage(self) -> str:
        return self.review.stage
