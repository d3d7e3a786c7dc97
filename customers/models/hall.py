"""At the door and at the table: groups who wait, a rep who left the table, and visitors who buy nothing."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from customers.models.queue import OfProjects
from customers.models.register import Reception
from customers.rules.greeting import VisitorAnswer
from salesdept.models import Project

USER = settings.AUTH_USER_MODEL


class Arrival(models.Model):
    """A group came in by the door (S181, server time); the reception that took it says how fast (S182)."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="+", db_index=False)
    arrived_at = models.DateTimeField("进门")
    people = models.PositiveSmallIntegerField("人数", default=1)
    mark = models.CharField("特征", max_length=20, blank=True)
    noted_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="登记人")
    reception = models.OneToOneField(
        Reception, models.PROTECT, null=True, blank=True, related_name="arrival", verbose_name="接待"
    )
    left_at = models.DateTimeField("未接待离开", null=True, blank=True)

    objects = OfProjects.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "进门"
        ordering = ["arrived_at", "pk"]
        indexes = [
            models.Index(fields=["project", "-arrived_at"], name="arrival_day_idx"),
            models.Index(
                fields=["project", "arrived_at"],
                condition=Q(reception__isnull=True, left_at__isnull=True),
                name="arrival_waiting_idx",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(reception__isnull=True) | Q(left_at__isnull=True),
                name="a_received_group_did_not_leave_unreceived",
                violation_error_message="这组客户已有人接待",
            ),
            models.CheckConstraint(
                condition=Q(people__gte=1, people__lte=50),
                name="a_group_has_people",
                violation_error_message="人数不对",
            ),
        ]

    def __str__(self) -> str:
        return f"进门 #{self.pk}"

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.project_id}


class Aside(models.Model):
    """接待中暂离 (S158): the rep left the table; a helper was told the guest's need (S147)."""

    reception = models.ForeignKey(Reception, models.PROTECT, related_name="asides", db_index=False)
    left_at = models.DateTimeField("离开")
    minutes = models.PositiveSmallIntegerField("预计几分钟")
    helper = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="代为照看"
    )
    need = models.CharField("客户的需求", max_length=100, blank=True)
    consented = models.BooleanField("客人已同意", default=False)
    back_at = models.DateTimeField("回来", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "接待中暂离"
        ordering = ["pk"]
        indexes = [models.Index(fields=["reception", "-id"], name="aside_reception_idx")]
        constraints = [
            models.UniqueConstraint(
                fields=["reception"],
                condition=Q(back_at__isnull=True),
                name="one_aside_at_a_time",
                violation_error_message="已记暂离",
            ),
            models.CheckConstraint(
                condition=Q(helper__isnull=True) | (Q(consented=True) & ~Q(need="")),
                name="a_handoff_has_consent_and_a_need",
                violation_error_message="交待给同事须写明需求并征得客人同意",
            ),
        ]

    def __str__(self) -> str:
        return f"暂离 #{self.pk}"

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.reception.project_id}


class Visitor(models.Model):
    """来客 who is not a customer: who, why, whom to see, the answer, and how long he waited (S210)."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="+", db_index=False)
    name = models.CharField("姓名", max_length=30)
    firm = models.CharField("单位", max_length=40, blank=True)
    purpose = models.CharField("来意", max_length=100)
    host = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="找谁")
    noted_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="登记人")
    arrived_at = models.DateTimeField("来访时间")
    answer = models.CharField("答复", max_length=6, choices=VisitorAnswer, default=VisitorAnswer.ASKED)
    answered_at = models.DateTimeField("答复时间", null=True, blank=True)
    gone_at = models.DateTimeField("会见或离开", null=True, blank=True)

    objects = OfProjects.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "来客"
        ordering = ["-pk"]
        indexes = [models.Index(fields=["project", "-arrived_at"], name="visitor_day_idx")]
        constraints = [
            models.CheckConstraint(
                condition=Q(answer__in=VisitorAnswer.values),
                name="visitor_answer_is_known",
                violation_error_message="答复不存在",
            ),
            models.CheckConstraint(
                condition=Q(answer="asked", answered_at__isnull=True)
                | (~Q(answer="asked") & Q(answered_at__isnull=False)),
                name="an_answer_to_a_visitor_has_its_time",
                violation_error_message="答复须记时间",
            ),
        ]

    def __str__(self) -> str:
        return f"来客 #{self.pk}"

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.project_id}
