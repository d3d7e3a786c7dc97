"""归属: the lease a representative has on a customer."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from customers.models.people import Customer
from customers.rules import LIVE, LeaseBasis, LeaseState
from salesdept.models import Project

_LIVE = [state.value for state in LIVE]


class OwnershipLease(models.Model):
    """归属期. `expires_on` is its last day, included. The live lease's rep is the customer's owner."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="leases", verbose_name="客户")
    rep = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False, verbose_name="归属"
    )
    basis = models.CharField("依据", max_length=10, choices=LeaseBasis)
    started_at = models.DateTimeField("起")
    last_effective_at = models.DateTimeField("最近有效联系")
    expires_on = models.DateField("有效至")
    # What the last day follows from, so that a stop counts it anew: `counted_days` that run after
    # `counted_from` (empty: the days between the last effective contact and `expires_on`).
    counted_from = models.DateField("起算日", null=True, blank=True)
    counted_days = models.PositiveSmallIntegerField("起算天数", null=True, blank=True)
    state = models.CharField("状态", max_length=8, choices=LeaseState, default=LeaseState.ACTIVE)
    ended_at = models.DateTimeField("结束", null=True, blank=True)
    ended_reason = models.CharField("结束原因", max_length=100, blank=True)
    # 待补全 or 补登: stands behind a complete registration of the same day's work.
    weak = models.BooleanField("证据弱", default=False)
    # Signed: the lease closes when nobody may dispute the deal any more; its rep goes on serving the owner.
    deal_on = models.DateField("成交日", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "归属期"
        ordering = ["-pk"]
        indexes = [
            models.Index(
                fields=["deal_on"], condition=Q(state="locked", deal_on__isnull=False), name="lease_deal_idx"
            ),
            models.Index(
                fields=["rep", "expires_on"], condition=Q(state="active"), name="lease_rep_expiry_idx"
            ),
            models.Index(
                fields=["project", "expires_on"], condition=Q(state="active"), name="lease_expiry_idx"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(deal_on__isnull=True) | Q(state__in=["locked", "frozen", "closed"]),
                name="a_deal_stands_on_a_locked_lease",
                violation_error_message="成交的归属只能锁定、冻结或关闭",
            ),
            models.UniqueConstraint(
                fields=["customer"],
                condition=Q(state__in=_LIVE),
                name="a_customer_has_one_live_lease",
                violation_error_message="这位客户已有归属",
            ),
            models.CheckConstraint(
                condition=Q(state__in=LeaseState.values),
                name="lease_state_is_known",
                violation_error_message="归属状态不存在",
            ),
            models.CheckConstraint(
                condition=Q(basis__in=LeaseBasis.values),
                name="lease_basis_is_known",
                violation_error_message="归属依据不存在",
            ),
            models.CheckConstraint(
                condition=Q(state__in=_LIVE, ended_at__isnull=True)
                | (~Q(state__in=_LIVE) & Q(ended_at__isnull=False)),
                name="a_lease_ends_once",
                violation_error_message="归属结束须记时间",
            ),
        ]

    def __str__(self) -> str:
        return f"归属 #{self.pk}"

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.project_id, "customer": self.customer_id}
