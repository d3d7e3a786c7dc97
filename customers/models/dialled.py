"""拨打: one row a call to an own customer, so that its outcome is asked once on return."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from customers.models.people import Customer
from customers.rules.register import DialOutcome
from salesdept.models import User


class DialledQuerySet(models.QuerySet["Dialled"]):
    def visible_to(self, user: User) -> DialledQuerySet:
        """Who dialled answers."""
        return self.filter(rep=user) if user.is_active else self.none()


class Dialled(models.Model):
    """A call out. `outcome` empty: not answered yet."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="dialled", verbose_name="客户")
    rep = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False, verbose_name="代表"
    )
    at = models.DateTimeField("拨打时间")
    outcome = models.CharField("结果", max_length=9, choices=DialOutcome, blank=True)
    answered_at = models.DateTimeField("记录时间", null=True, blank=True)
    booked_on = models.DateField("约访日", null=True, blank=True)

    objects = DialledQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "拨打"
        indexes = [models.Index(fields=["rep", "-id"], name="dialled_rep_idx")]
        constraints = [
            models.UniqueConstraint(
                fields=["rep", "customer"],
                condition=Q(outcome=""),
                name="one_open_call_per_customer",
                violation_error_message="这位客户还有一通拨打没有记结果",
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=["", *DialOutcome.values]),
                name="dial_outcome_is_known",
                violation_error_message="拨打结果不存在",
            ),
            models.CheckConstraint(
                condition=Q(outcome="", answered_at__isnull=True)
                | (~Q(outcome="") & Q(answered_at__isnull=False)),
                name="an_answered_call_says_when",
                violation_error_message="拨打结果须有时间",
            ),
            models.CheckConstraint(
                condition=Q(booked_on__isnull=True) | Q(outcome=DialOutcome.BOOKED),
                name="only_a_booking_names_its_day",
                violation_error_message="只有约来访才有约访日",
            ),
        ]

    def __str__(self) -> str:
        return f"拨打 #{self.pk}"

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.customer.project_id, "customer": self.customer_id}
