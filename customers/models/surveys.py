"""满意度: one-time links, their answers, and the supervisor's monthly draw."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from customers.models.people import Customer
from customers.rules import SEES_PROJECT
from customers.rules.surveys import ASKED, TEMPLATE, Moment, SurveyState
from salesdept.models import Project, User

_SCORE = Q(conduct__range=(1, 5), talk__range=(1, 5), service__range=(1, 5))
_NO_SCORE = Q(conduct__isnull=True, talk__isnull=True, service__isnull=True)


class SurveySample(models.Model):
    """One rep's customers of a month drawn at random: how many there were, and the seed that drew them."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="+")
    rep = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="代表")
    month = models.DateField("月份")
    seed = models.BigIntegerField("随机种子")
    population = models.PositiveIntegerField("可抽客户")
    drawn = models.JSONField("抽中", default=list)
    drawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    drawn_at = models.DateTimeField("抽取时间")

    class Meta:
        verbose_name = verbose_name_plural = "抽评"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "rep", "month"],
                name="one_sample_per_rep_and_month",
                violation_error_message="本月已为这位代表抽过客户",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rep_id} {self.month}"

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.project_id}


class SurveyQuerySet(models.QuerySet["Survey"]):
    def visible_to(self, user: User) -> SurveyQuerySet:
        """The projects' for leaders and 助理; to a rep those not yet answered that he shows to a customer.

        What customers said of a rep is his leaders' to read.
        """
        if not user.is_active:
            return self.none()
        if user.role in SEES_PROJECT:
            return self.filter(project__in=user.projects.all())
        return self.filter(rep=user, answered_at__isnull=True).exclude(moment=Moment.SAMPLE)


class Survey(models.Model):
    """One customer asked once at one moment. The link is known only to whoever shows it; here is its hash."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="+", verbose_name="项目")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name="客户")
    rep = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="代表"
    )
    moment = models.CharField("时点", max_length=8, choices=Moment)
    sample = models.ForeignKey(
        SurveySample, models.PROTECT, null=True, blank=True, related_name="surveys", verbose_name="抽评"
    )
    template_version = models.PositiveSmallIntegerField("题版", default=TEMPLATE)
    state = models.CharField("状态", max_length=8, choices=SurveyState, default=SurveyState.PLANNED)
    token_hash = models.CharField(max_length=64, blank=True)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="发送"
    )
    sent_at = models.DateTimeField("发送时间", null=True, blank=True)
    expires_at = models.DateTimeField("有效至", null=True, blank=True)
    answered_at = models.DateTimeField("回收时间", null=True, blank=True)
    conduct = models.PositiveSmallIntegerField("日常行为规范", null=True, blank=True)
    talk = models.PositiveSmallIntegerField("客户沟通", null=True, blank=True)
    service = models.PositiveSmallIntegerField("服务", null=True, blank=True)
    comment = models.CharField("客户的话", max_length=500, blank=True)
    invalid_reason = models.CharField("无效原因", max_length=200, blank=True)

    objects = SurveyQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "满意度评价"
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["project", "answered_at"], name="survey_answered_idx"),
            models.Index(fields=["project", "sent_at"], name="survey_sent_idx"),
            models.Index(fields=["project", "state", "-id"], name="survey_state_idx"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["token_hash"],
                condition=~Q(token_hash=""),
                name="one_survey_per_link",
                violation_error_message="评价链接重复",
            ),
            models.UniqueConstraint(
                fields=["customer", "moment"],
                condition=Q(state__in=[SurveyState.PLANNED, SurveyState.SENT]),
                name="one_open_survey_per_moment",
                violation_error_message="这位客户已有一份未回收的评价",
            ),
            models.CheckConstraint(
                condition=Q(state__in=SurveyState.values),
                name="survey_state_is_known",
                violation_error_message="评价状态不存在",
            ),
            models.CheckConstraint(
                condition=Q(moment__in=Moment.values),
                name="survey_moment_is_known",
                violation_error_message="评价时点不存在",
            ),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True) & _NO_SCORE | Q(answered_at__isnull=False) & _SCORE,
                name="an_answer_scores_all_three",
                violation_error_message="回收的评价须三项都有一至五分",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=ASKED)
                | Q(sent_at__isnull=False, expires_at__isnull=False) & ~Q(token_hash=""),
                name="a_sent_survey_has_a_link_and_an_end",
                violation_error_message="已发送的评价须有链接与期限",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_moment_display()}评价"

    @property
    def scores(self) -> list[int]:
        """The three answers in the order of the form; empty while unanswered."""
        found = (self.conduct, self.talk, self.service)
        return [score for score in found if score is not None]

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.project_id, "customer": self.customer_id}
