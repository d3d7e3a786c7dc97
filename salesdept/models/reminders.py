"""What is due, who was told, through which channel. Rows are the truth; the broker only wakes the sweeper."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from salesdept.models.people import User


class Reminder(models.Model):
    """Something due at a time, once per (kind, object, due). Claimed with a lease by the tick."""

    kind = models.CharField(max_length=40)
    object_ref = models.CharField(max_length=64)
    due_at = models.DateTimeField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    payload = models.JSONField(default=dict)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = verbose_name_plural = "提醒"
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "object_ref", "due_at"],
                name="one_reminder_per_due_time",
                violation_error_message="提醒已存在",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(done_at__isnull=True), name="reminder_open_idx"),
            models.Index(
                fields=["object_ref"], condition=Q(done_at__isnull=True), name="reminder_object_idx"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_ref}"


class NoticeQuerySet(models.QuerySet["Notice"]):
    def visible_to(self, user: User) -> NoticeQuerySet:
        return self.filter(user=user) if user.is_active else self.none()


class Notice(models.Model):
    """An in-app message to one person, exactly once per key."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices")
    key = models.CharField(max_length=120)
    title = models.CharField(max_length=120)
    body = models.CharField(max_length=500, blank=True)
    url = models.CharField(max_length=200, blank=True)
    clause = models.CharField(max_length=60, blank=True)
    urgent = models.BooleanField(default=False)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "通知"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "key"], name="one_notice_per_key", violation_error_message="通知已发出"
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="notice_user_idx"),
            models.Index(fields=["user"], condition=Q(read_at__isnull=True), name="notice_unread_idx"),
        ]

    def __str__(self) -> str:
        return self.title


class Delivery(models.Model):
    """One notice, or one letter, on its way out: at least once, with a key made before the first try.

    A letter goes to an address of nobody in the house; its words are dropped when it has been taken.
    """

    class Channel(models.TextChoices):
        EMAIL = "email", "邮件"
        WECOM = "wecom", "企业微信"
        DINGTALK = "dingtalk", "钉钉"
        FEISHU = "feishu", "飞书"

    notice = models.ForeignKey(Notice, models.CASCADE, null=True, related_name="deliveries")
    mail_to = models.EmailField(blank=True)
    subject = models.CharField(max_length=120, blank=True)
    body = models.CharField(max_length=2000, blank=True)
    channel = models.CharField(max_length=10, choices=Channel)
    dedupe_key = models.CharField(max_length=64)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    failed = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "外发"
        constraints = [
            models.UniqueConstraint(
                fields=["notice", "channel"],
                name="one_delivery_per_channel",
                violation_error_message="已在此渠道发出",
            ),
            # The receiver tells a second copy by this key.
            models.UniqueConstraint(
                fields=["channel", "dedupe_key"],
                name="one_delivery_per_key",
                violation_error_message="此渠道已用过这个去重键",
            ),
            models.CheckConstraint(
                condition=Q(notice__isnull=False, mail_to="")
                | (Q(notice__isnull=True, channel="email") & ~Q(mail_to="")),
                name="a_delivery_is_a_notice_or_a_letter",
                violation_error_message="外发须是通知或邮件之一",
            ),
            models.CheckConstraint(
                condition=Q(channel__in=["email", "wecom", "dingtalk", "feishu"]),
                name="delivery_channel_is_known",
                violation_error_message="渠道不存在",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(sent_at__isnull=True), name="delivery_open_idx")
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.dedupe_key}"


class Tick(models.Model):
    """One row per background job: when it last ran, so that /readyz/ can tell a stopped clock."""

    name = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "心跳"
        constraints = [
            models.UniqueConstraint(
                fields=["name"], name="one_tick_per_job", violation_error_message="心跳重复"
            )
        ]

    def __str__(self) -> str:
        return self.name
