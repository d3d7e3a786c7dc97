"""代接卡: what a stand-in may know of a colleague's customer, until the reception ends."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from customers.models.people import Customer
from customers.models.register import Reception
from salesdept.models import User


class StandInCardQuerySet(models.QuerySet["StandInCard"]):
    def visible_to(self, user: User) -> StandInCardQuerySet:
        """The stand-in's alone, while the guest is here."""
        if not user.is_active:
            return self.none()
        return self.filter(standin=user, reception__ended_at__isnull=True)


class StandInCard(models.Model):
    """Opened by a look-up that answers 已有归属; closed with its reception."""

    reception = models.ForeignKey(Reception, models.PROTECT, related_name="stand_in_cards")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name="客户")
    standin = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="义务接待人"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="归属代表"
    )
    opened_at = models.DateTimeField("打开时间")

    objects = StandInCardQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "代接卡"
        constraints = [
            models.UniqueConstraint(
                fields=["reception", "customer"],
                name="one_stand_in_card_per_guest",
                violation_error_message="这组接待已有代接卡",
            ),
            models.CheckConstraint(
                condition=~models.Q(standin=models.F("owner")),
                name="nobody_stands_in_for_oneself",
                violation_error_message="自己的客户不用代接卡",
            ),
        ]

    def __str__(self) -> str:
        return f"代接卡 #{self.pk}"

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.customer.project_id, "customer": self.customer_id}
