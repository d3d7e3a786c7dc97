"""老带新: an owner's buyer brings a friend."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from customers.models.people import Customer
from customers.rules import SEES_PROJECT
from customers.rules.referrals import HOLDS, ReferralReason, ReferralState
from salesdept.models import Project, User
from salesdept.rules import Role

_HOLDS = [state.value for state in HOLDS]


class ReferralQuerySet(models.QuerySet["Referral"]):
    def visible_to(self, user: User) -> ReferralQuerySet:
        """What one filed or whose referrer is one's own; the projects' for leaders, assistants and 财务."""
        if not user.is_active:
            return self.none()
        if user.role in (*SEES_PROJECT, Role.FINANCE):
            return self.filter(project__in=user.projects.all())
        return self.filter(Q(filed_by=user) | Q(owner=user), project__in=user.projects.all())


class Referral(models.Model):
    """老带新推荐看房表. `owner` is the referrer's representative on the day of filing."""

    project = models.ForeignKey(
        Project, models.PROTECT, related_name="+", verbose_name="项目", db_index=False
    )
    referrer = models.ForeignKey(
        Customer, models.PROTECT, related_name="referrals_made", verbose_name="推荐人"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="推荐人的代表",
    )
    name = models.CharField("被推荐人", max_length=40)
    number = models.CharField("被推荐人手机", max_length=24)
    named = models.BooleanField("指名由推荐人的代表接待", default=True)
    in_person = models.BooleanField("推荐人到场或当面推荐", default=True)
    referee = models.ForeignKey(
        Customer,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="referrals_received",
        verbose_name="被推荐客户",
    )
    filed_at = models.DateTimeField("登记时间")
    filed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="登记人"
    )
    first_visit_at = models.DateTimeField("首访时间", null=True, blank=True)
    owner_told_at = models.DateTimeField("已通知代表", null=True, blank=True)
    state = models.CharField("状态", max_length=10, choices=ReferralState, default=ReferralState.VALID)
    reason = models.CharField("原因", max_length=16, choices=ReferralReason, blank=True)
    note = models.CharField("备注", max_length=200, blank=True)

    objects = ReferralQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "老带新"
        ordering = ["-pk"]
        indexes = [models.Index(fields=["project", "-id"], name="referral_project_idx")]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "number"],
                condition=Q(state__in=_HOLDS),
                name="one_referral_holds_a_number",
                violation_error_message="这位客户已有有效的老带新登记",
            ),
            models.CheckConstraint(
                condition=Q(state__in=ReferralState.values),
                name="referral_state_is_known",
                violation_error_message="老带新状态不存在",
            ),
            models.CheckConstraint(
                condition=Q(reason="") | Q(reason__in=ReferralReason.values),
                name="referral_reason_is_known",
                violation_error_message="老带新原因不存在",
            ),
            models.CheckConstraint(
                condition=~Q(state="invalid") | ~Q(reason=""),
                name="an_invalid_referral_says_why",
                violation_error_message="无效的老带新须写明原因",
            ),
            models.CheckConstraint(
                condition=Q(referee__isnull=True) | ~Q(referee=F("referrer")),
                name="nobody_refers_oneself",
                violation_error_message="推荐人不能推荐自己",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def code(self) -> str:
        """LD-20261123-12: the number on the form."""
        return f"LD-{self.filed_at:%Y%m%d}-{self.pk:02}"

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.project_id, "customer": self.referrer_id}
