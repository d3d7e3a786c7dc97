"""候客: the day, its append-only turn log, everybody's place, absence requests and the desk."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from customers.models.register import Reception
from customers.rules import Absence, QueueLine, QueueState, TurnEvent
from customers.rules.queue_words import RequestState
from salesdept.models import Project, User

USER = settings.AUTH_USER_MODEL


def _known(field: str, values: list[Any], name: str, message: str, empty: bool = False) -> Any:
    condition = Q(**{f"{field}__in": [*values, ""] if empty else values})
    return models.CheckConstraint(condition=condition, name=name, violation_error_message=message)


class OfProjects[M: models.Model](models.QuerySet[M]):
    def visible_to(self, user: User) -> OfProjects[M]:
        """The queues of one's own projects: everybody in the hall sees the order."""
        return self.filter(project__in=user.projects.all()) if user.is_active else self.none()


class QueueDay(models.Model):
    """One project's day: its order, the top of its log, and a version for screens. Its row is the lock."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="+", db_index=False)
    day = models.DateField("日期")
    mode = models.CharField("起头", max_length=10)
    last_seq = models.PositiveIntegerField("最后一条", default=0)
    last_digest = models.CharField("摘要", max_length=64, blank=True)
    version = models.PositiveIntegerField("版本", default=0)

    objects = OfProjects.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "候客日"
        ordering = ["-day"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "day"],
                name="one_queue_per_project_and_day",
                violation_error_message="今天的候客已经开始",
            )
        ]

    def __str__(self) -> str:
        return f"{self.day}"

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.project_id}


class TurnLog(models.Model):
    """One event of a day. Never changed or removed: the database refuses, the digest tells."""

    queue = models.ForeignKey(QueueDay, models.PROTECT, related_name="log", db_index=False)
    seq = models.PositiveIntegerField("序")
    at = models.DateTimeField("时间")
    event = models.CharField("事项", max_length=10, choices=TurnEvent)
    rep = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="代表"
    )
    by = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="操作人"
    )
    line = models.CharField("轮次", max_length=5, choices=QueueLine, default=QueueLine.VISIT)
    word = models.CharField("类别", max_length=12, blank=True)
    reception = models.ForeignKey(Reception, models.PROTECT, null=True, blank=True, related_name="turns")
    counted = models.BooleanField("占用轮次", default=False)
    note = models.CharField("说明", max_length=100, blank=True)
    until = models.DateField("至", null=True, blank=True)
    opening = models.JSONField("昨日顺位与参数", default=dict, blank=True)
    digest = models.CharField("摘要", max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "轮接记录"
        ordering = ["queue", "seq"]
        indexes = [models.Index(fields=["rep", "event", "-id"], name="turnlog_rep_idx")]
        constraints = [
            models.UniqueConstraint(
                fields=["queue", "seq"],
                name="one_turnlog_row_per_seq",
                violation_error_message="这一条轮接记录已经有了",
            ),
            _known("event", TurnEvent.values, "turnlog_event_is_known", "轮接事项不存在"),
            _known("line", QueueLine.values, "turnlog_line_is_known", "轮次不存在"),
        ]

    def __str__(self) -> str:
        return f"{self.queue_id}/{self.seq} {self.get_event_display()}"

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.queue.project_id}


class QueueEntry(models.Model):
    """One person's place in one day's queue: what the log folds to, kept for fast screens."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="+", db_index=False)
    rep = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="代表")
    day = models.DateField("日期")
    position = models.PositiveIntegerField("位次")
    call_position = models.PositiveIntegerField("来电位次", default=0)
    state = models.CharField("状态", max_length=10, choices=QueueState, default=QueueState.WAITING)
    state_since = models.DateTimeField("自")
    absence = models.CharField("离开原因", max_length=10, choices=Absence, blank=True)
    reason = models.CharField("说明", max_length=100, blank=True)
    turns = models.PositiveIntegerField("今日接待", default=0)
    calls = models.PositiveIntegerField("今日来电", default=0)
    claims = models.PositiveIntegerField("补接", default=0)
    lost = models.PositiveIntegerField("轮空", default=0)
    skips = models.PositiveIntegerField("待罚轮空", default=0)
    talking = models.BooleanField("通话中", default=False)
    reported = models.BooleanField("已报告助理", default=False)
    declined = models.BooleanField("不接兼顾", default=False)
    signed_in_at = models.DateTimeField("签到时间")

    objects = OfProjects.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "候客"
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "day", "rep"],
                name="one_place_per_rep_and_day",
                violation_error_message="今天已经签到候客",
            ),
            _known("state", QueueState.values, "queue_state_is_known", "候客状态不存在"),
            _known("absence", Absence.values, "queue_absence_is_known", "离开原因不存在", empty=True),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.position}"

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.project_id}


class AbsenceRequest(models.Model):
    """暂离 that needs the assistant's word (S110). Unanswered, it is decided by the rule when it is due."""

    entry = models.ForeignKey(QueueEntry, models.PROTECT, related_name="requests", db_index=False)
    absence = models.CharField("原因", max_length=10, choices=Absence)
    note = models.CharField("说明", max_length=100, blank=True)
    asked_at = models.DateTimeField("提出")
    due_at = models.DateTimeField("答复时限")
    state = models.CharField("状态", max_length=10, choices=RequestState, default=RequestState.PENDING)
    answer = models.CharField("答复", max_length=100, blank=True)
    answered_at = models.DateTimeField("答复时间", null=True, blank=True)
    answered_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "暂离申请"
        ordering = ["pk"]
        indexes = [models.Index(fields=["entry", "-id"], name="absence_entry_idx")]
        constraints = [
            models.UniqueConstraint(
                fields=["entry"],
                condition=Q(state="pending"),
                name="one_open_absence_per_rep",
                violation_error_message="已有一份暂离申请在等答复",
            ),
            _known("state", RequestState.values, "absence_state_is_known", "申请状态不存在"),
            _known("absence", Absence.values, "absence_reason_is_known", "离开原因不存在"),
        ]

    def __str__(self) -> str:
        return f"{self.get_absence_display()} {self.get_state_display()}"

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.entry.project_id}


class DutyDesk(models.Model):
    """当日控台: who holds the assistant's floor rights today. Ends with the day at the latest."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="+", db_index=False)
    day = models.DateField("日期")
    holder = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="持有人")
    given_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="交出人")
    given_at = models.DateTimeField("接手")
    ended_at = models.DateTimeField("交回", null=True, blank=True)

    objects = OfProjects.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "当日控台"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "day"],
                condition=Q(ended_at__isnull=True),
                name="one_desk_per_project_and_day",
                violation_error_message="今天的控台已有人持有",
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.holder_id}"

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.project_id}
