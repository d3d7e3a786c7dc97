"""Clock records and conduct cases. Written only by attendance.services."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from attendance.rules import OPEN_CASES, CaseCode, CaseState, ClockKind
from salesdept.models import Project, User
from salesdept.money import ZERO, MoneyField
from salesdept.rules import LEADERS, Role


class ClockEventQuerySet(models.QuerySet["ClockEvent"]):
    def visible_to(self, user: User) -> ClockEventQuerySet:
        """One's own records; leaders and the assistant see their projects."""
        if not user.is_active:
            return self.none()
        if user.role in (*LEADERS, Role.ASSISTANT):
            return self.filter(project__in=user.projects.all())
        return self.filter(person=user)


class ClockEvent(models.Model):
    """Somebody came or left, by the server's clock. Append-only."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="clock_events", verbose_name="员工"
    )
    project = models.ForeignKey(Project, models.PROTECT, related_name="+", verbose_name="项目")
    kind = models.CharField("类型", max_length=3, choices=ClockKind)
    day = models.DateField("日期")
    at = models.DateTimeField("时间")

    objects = ClockEventQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "打卡"
        ordering = ["at", "pk"]
        indexes = [
            models.Index(fields=["project", "day"], name="clock_project_day_idx"),
            models.Index(fields=["person", "day"], name="clock_person_day_idx"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=ClockKind.values),
                name="clock_kind_is_known",
                violation_error_message="打卡类型不存在",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.kind} {self.day}"

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.project_id}


class ConductCaseQuerySet(models.QuerySet["ConductCase"]):
    def visible_to(self, user: User) -> ConductCaseQuerySet:
        """Cases about oneself or proposed by oneself; leaders see those of their projects."""
        if not user.is_active:
            return self.none()
        if user.role in LEADERS:
            return self.filter(project__in=user.projects.all())
        return self.filter(Q(person=user) | Q(proposer=user))

    def open(self) -> ConductCaseQuerySet:
        return self.filter(state__in=OPEN_CASES)


class ConductCase(models.Model):
    """One act of one person: the facts, the clause, the amount proposed, who decided.

    `amount` is yuan and never deducted by the software; `mode` is the fund mode of the day of proposal.
    """

    project = models.ForeignKey(Project, models.PROTECT, null=True, related_name="+", verbose_name="项目")
    code = models.CharField("事项", max_length=20, choices=CaseCode)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="conduct_cases", verbose_name="当事人"
    )
    amount = MoneyField("金额", default=ZERO)
    mode = models.CharField("罚金方式", max_length=10)
    facts = models.CharField("事实", max_length=500)
    clause = models.CharField("条款", max_length=60)
    subject = models.CharField("对象", max_length=64, blank=True)
    state = models.CharField("状态", max_length=10, choices=CaseState, default=CaseState.PROPOSED)
    proposer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="提出人"
    )
    proposed_at = models.DateTimeField("提出时间")
    statement = models.CharField("申辩", max_length=500, blank=True)
    answered_at = models.DateTimeField("签收时间", null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="核准人"
    )
    decided_at = models.DateTimeField("核准时间", null=True)
    ruling = models.CharField("裁定", max_length=500, blank=True)

    objects = ConductCaseQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "奖惩"
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["project", "-id"], name="case_project_idx"),
            models.Index(fields=["person", "-id"], name="case_person_idx"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=CaseState.values),
                name="case_state_is_known",
                violation_error_message="奖惩单状态不存在",
            ),
            models.CheckConstraint(
                condition=Q(code__in=CaseCode.values),
                name="case_code_is_known",
                violation_error_message="奖惩事项不存在",
            ),
            models.CheckConstraint(
                condition=Q(amount__gte=ZERO),
                name="a_fine_is_not_negative",
                violation_error_message="金额不能为负",
            ),
            # S63, 四眼: whoever proposes a fine does not decide it, and nobody decides an own case.
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "withdrawn"])
                | (
                    Q(decided_by__isnull=False)
                    & Q(decided_at__isnull=False)
                    & ~Q(decided_by=F("proposer"))
                    & ~Q(decided_by=F("person"))
                ),
                name="a_case_is_decided_by_a_third_person",
                violation_error_message="提出人与当事人不能裁定此单",
            ),
            models.UniqueConstraint(
                fields=["code", "subject", "person"],
                condition=~Q(subject="") & ~Q(state="withdrawn"),
                name="one_case_per_act_and_subject",
                violation_error_message="同一事项已有一张奖惩单",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_code_display()} {self.person_id}"

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.project_id}
