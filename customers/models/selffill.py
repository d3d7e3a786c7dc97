"""客户自填: what a guest types and signs on an own phone, by a one-time address."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from customers.models.register import Reception, Visit
from customers.rules import SEES_PROJECT
from salesdept.models import User
from salesdept.rules import Role


class SelfFillQuerySet(models.QuerySet["SelfFill"]):
    def visible_to(self, user: User) -> SelfFillQuerySet:
        """The table's and the opener's own; the projects' for leaders and assistants."""
        if not user.is_active:
            return self.none()
        if user.role in SEES_PROJECT:
            return self.filter(reception__project__in=user.projects.all())
        if user.role != Role.REP:
            return self.none()
        return self.filter(Q(reception__rep=user) | Q(issued_by=user))


class SelfFill(models.Model):
    """One QR on the rep's phone. The token is not kept: only its hash, and a nonce it is made of again."""

    reception = models.ForeignKey(Reception, models.PROTECT, related_name="self_fills", verbose_name="接待")
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    nonce = models.CharField(max_length=32, editable=False)
    token_hash = models.CharField(max_length=64, editable=False)
    issued_at = models.DateTimeField("出示时间")
    expires_at = models.DateTimeField("有效至")
    voided_at = models.DateTimeField("作废时间", null=True, blank=True)
    signed_at = models.DateTimeField("签名时间", null=True, blank=True)
    signed_name = models.CharField("签名", max_length=40, blank=True)
    strokes: Any = models.JSONField("笔迹", default=list)
    signature_hash = models.CharField("签名摘要", max_length=64, blank=True)
    notice_hash = models.CharField("告知书摘要", max_length=64, blank=True)
    visit = models.OneToOneField(Visit, models.PROTECT, null=True, blank=True, related_name="self_fill")

    objects = SelfFillQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "客户自填"
        constraints = [
            models.UniqueConstraint(
                fields=["token_hash"], name="one_self_fill_per_token", violation_error_message="二维码重复"
            ),
            models.UniqueConstraint(
                fields=["reception"],
                condition=Q(voided_at__isnull=True),
                name="one_live_self_fill_per_reception",
                violation_error_message="这组接待已有二维码",
            ),
            models.CheckConstraint(
                condition=Q(signed_at__isnull=True, signature_hash="", visit__isnull=True)
                | (Q(signed_at__isnull=False, visit__isnull=False) & ~Q(signature_hash="")),
                name="a_signed_self_fill_is_a_slip",
                violation_error_message="签名的自填须有登记与签名摘要",
            ),
        ]

    def __str__(self) -> str:
        return f"客户自填 #{self.pk}"

    def journal_refs(self) -> dict[str, int | None]:
        customer = self.visit.customer_id if self.visit else None
        return {"project": self.reception.project_id, "customer": customer}
