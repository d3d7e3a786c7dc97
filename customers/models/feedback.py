"""投诉 and 意见建议: the register, its numbers, and the departments that answer."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from customers.models.people import Customer
from customers.models.queue import DutyDesk
from customers.models.surveys import Survey
from customers.rules import SEES_PROJECT, FeedbackKind, FeedbackTopic
from customers.rules.feedback import (
    CustomerVerdict,
    FeedbackChannel,
    FeedbackState,
    Severity,
    number_of,
)
from salesdept.models import Project, User


class DepartmentQuerySet(models.QuerySet["Department"]):
    def visible_to(self, user: User) -> DepartmentQuerySet:
        return self.filter(project__in=user.projects.all()) if user.is_active else self.none()


class Department(models.Model):
    """A department feedback is forwarded to, and who there is told."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="+", verbose_name="项目")
    name = models.CharField("部门", max_length=40)
    contact = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name="系统内联系人",
    )  # fmt: skip
    person = models.CharField("对接人", max_length=40, blank=True)
    mail = models.EmailField("邮箱", blank=True)
    is_active = models.BooleanField("在用", default=True)

    objects = DepartmentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "责任部门"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "name"],
                name="one_department_per_name",
                violation_error_message="部门已在名单中",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.project_id}


class FeedbackSeries(models.Model):
    """The last number given, per project, year and kind. Locked while the next one is given."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=FeedbackKind)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = verbose_name_plural = "反馈编号"
        constraints = [
            models.UniqueConstraint(
                fields=["project", "year", "kind"],
                name="one_series_per_year_and_kind",
                violation_error_message="编号序列已存在",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=FeedbackKind.values),
                name="series_kind_is_known",
                violation_error_message="反馈类型不存在",
            ),
        ]

    def __str__(self) -> str:
        return number_of(self.kind, self.year, self.last)


class FeedbackQuerySet(models.QuerySet["Feedback"]):
    def visible_to(self, user: User) -> FeedbackQuerySet:
        """What one took, is responsible for or was forwarded; the projects' for leaders and assistants.

        Whoever holds 当日控台 reads the project's too, to file the assistant's copy; not what is about him.
        """
        if not user.is_active:
            return self.none()
        if user.role in SEES_PROJECT:
            return self.filter(project__in=user.projects.all())
        desks = DutyDesk.objects.filter(holder=user, ended_at__isnull=True).values("project")
        at_desk = Q(project__in=desks) & ~Q(against=user)
        return self.filter(Q(taken_by=user) | Q(responsible=user) | Q(handler=user) | at_desk)


def _person(word: str) -> models.ForeignKey[User | None, User | None]:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=word
    )


class Feedback(models.Model):
    """客户投诉登记表 (two copies: representative and assistant) and 客户意见及建议登记表 (one)."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="+", verbose_name="项目")
    kind = models.CharField("类型", max_length=10, choices=FeedbackKind)
    year = models.PositiveSmallIntegerField("年")
    serial = models.PositiveIntegerField("序号")
    state = models.CharField("状态", max_length=10, choices=FeedbackState, default=FeedbackState.TAKEN)
    customer = models.ForeignKey(
        Customer, models.PROTECT, null=True, blank=True, related_name="feedback", verbose_name="客户"
    )
    customer_name = models.CharField("客户称呼", max_length=40, blank=True)
    room = models.CharField("房号", max_length=40, blank=True)
    channel = models.CharField("渠道", max_length=8, choices=FeedbackChannel, default=FeedbackChannel.DESK)
    topic = models.CharField("类别", max_length=10, choices=FeedbackTopic, default=FeedbackTopic.OTHER)
    severity = models.CharField("程度", max_length=8, choices=Severity, default=Severity.NORMAL)
    hard = models.BooleanField("复杂事项", default=False)
    content = models.CharField("内容", max_length=1000)
    demand = models.CharField("诉求", max_length=500, blank=True)
    taken_by = _person("接待人")
    responsible = _person("责任代表")
    against = _person("被投诉人")
    survey = models.ForeignKey(Survey, models.PROTECT, null=True, blank=True, related_name="+")
    same_as = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="linked", verbose_name="并入"
    )
    taken_at = models.DateTimeField("登记时间")
    rep_copy_at = models.DateTimeField("代表联签收", null=True, blank=True)
    assistant_copy_at = models.DateTimeField("助理联备案", null=True, blank=True)
    forward_due_at = models.DateTimeField("转办时限")
    answer_due_at = models.DateTimeField("答复时限")
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="转办部门"
    )
    handler = _person("部门联系人")
    forwarded_at = models.DateTimeField("转办时间", null=True, blank=True)
    result = models.CharField("处理结果", max_length=1000, blank=True)
    justified = models.BooleanField("属实", null=True, blank=True)
    handled_at = models.DateTimeField("处理时间", null=True, blank=True)
    reply = models.CharField("答复", max_length=1000, blank=True)
    replied_at = models.DateTimeField("回复日期", null=True, blank=True)
    replied_by = _person("回复人")
    verdict = models.CharField("客户意见", max_length=12, choices=CustomerVerdict, blank=True)
    verdict_note = models.CharField("客户原话", max_length=500, blank=True)
    confirmed_at = models.DateTimeField("回访时间", null=True, blank=True)
    confirmed_by = _person("回访人")
    ended_at = models.DateTimeField("关闭时间", null=True, blank=True)
    ended_reason = models.CharField("撤回原因", max_length=200, blank=True)
    escalated = models.PositiveSmallIntegerField("升级", default=0)  # 1 to 主管, 2 to 经理
    round = models.PositiveSmallIntegerField("第几次办理", default=1)
    reopened_at = models.DateTimeField("重开时间", null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = FeedbackQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "客户反馈"
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["project", "-id"], name="feedback_project_idx"),
            models.Index(fields=["project", "state", "-id"], name="feedback_state_idx"),
            models.Index(fields=["project", "answer_due_at"], name="feedback_due_idx"),
            models.Index(fields=["project", "taken_at"], name="feedback_taken_idx"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "kind", "year", "serial"],
                name="feedback_numbers_differ",
                violation_error_message="反馈编号重复",
            ),
            models.UniqueConstraint(
                fields=["survey"],
                name="one_complaint_per_survey",
                violation_error_message="这份评价已转为投诉",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=FeedbackKind.values),
                name="feedback_kind_is_known",
                violation_error_message="反馈类型不存在",
            ),
            models.CheckConstraint(
                condition=Q(state__in=FeedbackState.values),
                name="feedback_state_is_known",
                violation_error_message="反馈状态不存在",
            ),
            models.CheckConstraint(
                condition=Q(channel__in=FeedbackChannel.values),
                name="feedback_channel_is_known",
                violation_error_message="反馈渠道不存在",
            ),
            models.CheckConstraint(
                condition=Q(topic__in=FeedbackTopic.values),
                name="feedback_topic_is_known",
                violation_error_message="反馈类别不存在",
            ),
            models.CheckConstraint(
                condition=Q(severity__in=Severity.values),
                name="feedback_severity_is_known",
                violation_error_message="程度不存在",
            ),
            models.CheckConstraint(
                condition=Q(verdict__in=["", *CustomerVerdict.values]),
                name="feedback_verdict_is_known",
                violation_error_message="客户意见不存在",
            ),
            models.CheckConstraint(
                condition=~Q(content=""),
                name="feedback_says_something",
                violation_error_message="反馈须写内容",
            ),
            models.CheckConstraint(
                condition=Q(replied_at__isnull=True, reply="") | (Q(replied_at__isnull=False) & ~Q(reply="")),
                name="a_reply_has_words_and_time",
                violation_error_message="答复须有内容与时间",
            ),
            models.CheckConstraint(
                condition=Q(taken_by__isnull=False) | Q(channel=FeedbackChannel.SURVEY),
                name="somebody_took_the_feedback",
                violation_error_message="反馈须有接待人",
            ),
            models.CheckConstraint(
                condition=Q(taken_by__isnull=True) | Q(against__isnull=True) | ~Q(taken_by=F("against")),
                name="nobody_registers_a_complaint_about_himself",
                violation_error_message="被投诉人不能登记对自己的投诉",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("replied_by")),
                name="another_person_calls_back_after_the_reply",
                violation_error_message="答复人不能自己回访确认",
            ),
            models.CheckConstraint(
                condition=Q(same_as__isnull=True) | Q(state=FeedbackState.LINKED),
                name="only_a_linked_complaint_names_another",
                violation_error_message="并案须有状态",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def code(self) -> str:
        return number_of(self.kind, self.year, self.serial)

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.project_id, "customer": self.customer_id}


class FeedbackRound(models.Model):
    """What the clocks of an earlier round said, kept when an item is opened again. Append-only."""

    feedback = models.ForeignKey(Feedback, models.PROTECT, related_name="rounds")
    project = models.ForeignKey(Project, models.PROTECT, related_name="+")
    round = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField()
    forward_due_at = models.DateTimeField()
    answer_due_at = models.DateTimeField()
    forwarded_at = models.DateTimeField(null=True)
    replied_at = models.DateTimeField(null=True)
    reply = models.CharField(max_length=1000, blank=True)
    verdict = models.CharField(max_length=12, choices=CustomerVerdict, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "前次办理"
        ordering = ["pk"]
        indexes = [models.Index(fields=["project", "answer_due_at"], name="round_due_idx")]
        constraints = [
            models.UniqueConstraint(
                fields=["feedback", "round"],
                name="one_row_per_round",
                violation_error_message="这次办理已存档",
            ),
            models.CheckConstraint(
                condition=Q(verdict__in=["", *CustomerVerdict.values]),
                name="round_verdict_is_known",
                violation_error_message="客户意见不存在",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.feedback_id} #{self.round}"
