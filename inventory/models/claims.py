"""The one table of claims on rooms."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from customers.models import Customer
from inventory.models.stock import Unit
from inventory.rules import SUBSCRIBED_STAGES, TIMED, WITHOUT_CUSTOMER, EndReason, Evidence, Stage
from salesdept.models import Project, User
from salesdept.money import MoneyField
from salesdept.rules import Role


class ReservationQuerySet(models.QuerySet["Reservation"]):
    def visible_to(self, user: User) -> ReservationQuerySet:
        """A rep's own claims; everybody else with the right sees those of the own projects."""
        if not user.may("inventory.view_reservation"):
            return self.none()
        if user.role == Role.REP:
            return self.filter(rep=user)
        return self.filter(project__in=user.projects.all())

    def live(self) -> ReservationQuerySet:
        return self.filter(ended_at__isnull=True)


class Reservation(models.Model):
    """A claim on a room, of whatever stage. Live while `ended_at` is empty."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="reservations", verbose_name="房源")
    project = models.ForeignKey(Project, models.PROTECT, related_name="+", verbose_name="项目")
    customer = models.ForeignKey(
        Customer, models.PROTECT, null=True, blank=True, related_name="reservations", verbose_name="客户"
    )
    rep = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="reservations",
        verbose_name="置业顾问",
    )
    stage = models.CharField("状态", max_length=10, choices=Stage)
    number = models.CharField("认购编号", max_length=24, blank=True)
    evidence = models.CharField("凭证", max_length=10, choices=Evidence, blank=True)
    reason = models.CharField("事由", max_length=200, blank=True)
    list_price = MoneyField("表价", null=True)
    agreed_price = MoneyField("成交价", null=True)
    deposit_due = MoneyField("应收定金", null=True)
    started_at = models.DateTimeField("开始")
    expires_at = models.DateTimeField("到期", null=True)
    paid_at = models.DateTimeField("收款登记", null=True)
    subscribed_at = models.DateTimeField("认购时间", null=True)
    topup_by = models.DateField("补足定金期限", null=True)
    sign_by = models.DateField("签约期限", null=True)
    signed_at = models.DateTimeField("签约时间", null=True)
    ended_at = models.DateTimeField("结束", null=True)
    end_reason = models.CharField("结束原因", max_length=10, choices=EndReason, blank=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    # The n-th live lock of a rep or customer carries n, so that an index can count them.
    rep_slot = models.PositiveSmallIntegerField(default=1)
    customer_slot = models.PositiveSmallIntegerField(default=1)
    version = models.PositiveIntegerField(default=0)

    objects = ReservationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "认购单"
        ordering = ["-pk"]
        permissions = [
            ("reserve_unit", "临时锁定房源"),
            ("control_unit", "销控：保留、释放、放盘、封盘"),
            ("approve_prices", "批准价格表"),
        ]
        indexes = [
            models.Index(fields=["project", "-id"], name="claim_project_idx"),
            models.Index(fields=["rep", "-id"], name="claim_rep_idx"),
            models.Index(fields=["customer", "-id"], name="claim_customer_idx"),
            models.Index(fields=["unit", "-id"], name="claim_unit_idx"),
            models.Index(
                fields=["project", "stage"], condition=Q(ended_at__isnull=True), name="claim_live_stage_idx"
            ),
        ]
        constraints = [
            # S54: no room is ever held or sold twice.
            models.UniqueConstraint(
                fields=["unit"],
                condition=Q(ended_at__isnull=True),
                name="unit_has_one_live_claim",
                violation_error_message="这套房已被占用",
            ),
            # 拟:sc.authority: as many live locks a rep as the terms have numbers (one by default).
            models.UniqueConstraint(
                fields=["rep", "rep_slot"],
                condition=Q(ended_at__isnull=True, stage=Stage.LOCK),
                name="rep_has_one_live_lock",
                violation_error_message="代表已有一套在临时锁定",
            ),
            models.UniqueConstraint(
                fields=["customer", "customer_slot"],
                condition=Q(ended_at__isnull=True, stage=Stage.LOCK),
                name="customer_locks_are_numbered",
                violation_error_message="客户的临时锁定已达上限",
            ),
            models.UniqueConstraint(
                fields=["number"],
                condition=~Q(number=""),
                name="one_claim_per_number",
                violation_error_message="认购编号重复",
            ),
            models.CheckConstraint(
                condition=Q(stage__in=Stage.values),
                name="claim_stage_is_known",
                violation_error_message="房源占用状态不存在",
            ),
            # 拟:sc.lock.minutes: nothing timed is held for ever; money stops the clock.
            models.CheckConstraint(
                condition=Q(stage__in=TIMED, expires_at__isnull=False)
                | (~Q(stage__in=TIMED) & Q(expires_at__isnull=True)),
                name="a_timed_claim_has_an_expiry",
                violation_error_message="临时锁定、小订与保留须有到期时间，其余没有",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, end_reason="")
                | Q(ended_at__isnull=False, end_reason__in=EndReason.values),
                name="an_ended_claim_has_its_reason",
                violation_error_message="结束的占用须写明原因",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                name="no_claim_ends_before_it_starts",
                violation_error_message="结束时间早于开始时间",
            ),
            models.CheckConstraint(
                condition=Q(stage__in=WITHOUT_CUSTOMER) | Q(customer__isnull=False, rep__isnull=False),
                name="a_sale_has_a_customer_and_a_rep",
                violation_error_message="锁定与认购须有客户与置业顾问",
            ),
            # 拟:sc.evidence: no lock without a deposit slip or the identity paper in hand.
            models.CheckConstraint(
                condition=~Q(stage=Stage.LOCK) | Q(evidence__in=Evidence.values),
                name="a_lock_has_evidence",
                violation_error_message="临时锁定须凭定金或证件",
            ),
            models.CheckConstraint(
                condition=~Q(stage__in=WITHOUT_CUSTOMER) | ~Q(reason=""),
                name="a_room_held_back_has_a_reason",
                violation_error_message="保留与封盘须写明事由",
            ),
            # 拟:sub.sign_by: a subscription has its number, its time and the day to sign.
            models.CheckConstraint(
                condition=~Q(stage__in=SUBSCRIBED_STAGES)
                | (Q(subscribed_at__isnull=False, sign_by__isnull=False) & ~Q(number="")),
                name="a_subscription_has_its_dates",
                violation_error_message="认购须有编号、时间与签约期限",
            ),
            models.CheckConstraint(
                condition=~Q(stage=Stage.TEMP) | Q(topup_by__isnull=False),
                name="a_short_deposit_has_its_day",
                violation_error_message="临时认购须有补足期限",
            ),
            models.CheckConstraint(
                condition=~Q(stage=Stage.SIGNED) | Q(signed_at__isnull=False),
                name="a_signed_claim_has_its_time",
                violation_error_message="签约须有时间",
            ),
            models.CheckConstraint(
                condition=Q(agreed_price__isnull=True) | Q(agreed_price__gt=0),
                name="agreed_price_is_positive",
                violation_error_message="成交价须大于 0",
            ),
        ]

    def __str__(self) -> str:
        return self.number or f"占用 {self.pk}"

    @property
    def at_stage(self) -> Stage:
        return Stage(self.stage)

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.project_id, "customer": self.customer_id, "unit": self.unit_id}
