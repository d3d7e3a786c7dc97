"""Buildings, rooms, their prices, and the one table of claims. Written only by inventory.services."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from customers.models import Customer
from inventory.rules import SUBSCRIBED_STAGES, TIMED, WITHOUT_CUSTOMER, EndReason, Evidence, Stage
from salesdept.models import ImportBatch, Project, User
from salesdept.money import MoneyField
from salesdept.rules import Role


class BuildingQuerySet(models.QuerySet["Building"]):
    def visible_to(self, user: User) -> BuildingQuerySet:
        """Buildings of one's projects, for those who may see the stock."""
        if not user.may("inventory.view_unit"):
            return self.none()
        return self.filter(project__in=user.projects.all())


class Building(models.Model):
    """楼栋. `version` counts the changes of anything its board shows."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="buildings", verbose_name="项目")
    name = models.CharField("楼栋", max_length=10)
    order = models.PositiveIntegerField("顺序", default=0)
    version = models.PositiveIntegerField(default=0)

    objects = BuildingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "楼栋"
        ordering = ["order", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "name"], name="building_names_differ", violation_error_message="楼栋重复"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}#"

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.project_id}


class UnitQuerySet(models.QuerySet["Unit"]):
    def visible_to(self, user: User) -> UnitQuerySet:
        """Rooms of one's projects, for those who may see the stock."""
        if not user.may("inventory.view_unit"):
            return self.none()
        return self.filter(building__project__in=user.projects.all())

    def free(self) -> UnitQuerySet:
        """Released and without a live claim."""
        return self.filter(released_at__isnull=False).exclude(
            pk__in=Reservation.objects.filter(ended_at__isnull=True).values("unit_id")
        )


class Unit(models.Model):
    """A room. No state of its own: that is the stage of its live claim, else 未推 or 可售."""

    building = models.ForeignKey(Building, models.PROTECT, related_name="units", verbose_name="楼栋")
    stair = models.CharField("单元", max_length=4, blank=True)
    room_no = models.CharField("房号", max_length=8)
    floor = models.SmallIntegerField("楼层")
    code = models.CharField("房源号", max_length=24, editable=False)
    layout = models.CharField("户型", max_length=30, blank=True)
    orientation = models.CharField("朝向", max_length=10, blank=True)
    area_build = models.DecimalField("建筑面积", max_digits=8, decimal_places=2)
    area_inside = models.DecimalField("套内面积", max_digits=8, decimal_places=2, null=True, blank=True)
    permit_no = models.CharField("预售证号", max_length=40, blank=True)
    released_at = models.DateTimeField("放盘时间", null=True, blank=True)
    batch = models.ForeignKey(ImportBatch, models.PROTECT, null=True, blank=True, related_name="+")

    objects = UnitQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "房源"
        ordering = ["building", "stair", "floor", "room_no"]
        indexes = [
            models.Index(fields=["room_no"], name="unit_room_idx"),
            models.Index(fields=["building", "layout"], name="unit_layout_idx"),
            models.Index(fields=["batch"], name="unit_batch_idx"),
        ]
        constraints = [
            # S54: a room exists once in the ledger, or it could be sold twice under two names.
            models.UniqueConstraint(
                fields=["building", "stair", "room_no"],
                name="one_unit_per_room",
                violation_error_message="这套房已在房源台账里",
            ),
            models.CheckConstraint(
                condition=Q(area_build__gt=0),
                name="a_unit_has_an_area",
                violation_error_message="建筑面积须大于 0",
            ),
            models.CheckConstraint(
                condition=Q(area_inside__isnull=True)
                | Q(area_inside__gt=0, area_inside__lte=F("area_build")),
                name="inside_area_is_within_built_area",
                violation_error_message="套内面积须大于 0 且不大于建筑面积",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """2#-1503 as the hall says it; `code` (2-1503) is the ledger's."""
        building, _, rest = self.code.partition("-")
        return f"{building}#-{rest}"

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.building.project_id, "unit": self.pk}


class PriceList(models.Model):
    """价格表: one dated set of prices. The newest approved one that has begun holds, room by room."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="price_lists", verbose_name="项目")
    version = models.PositiveIntegerField("版次")
    effective_from = models.DateField("生效日")
    batch = models.ForeignKey(ImportBatch, models.PROTECT, null=True, blank=True, related_name="+")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField("编制时间")
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField("批准时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "价格表"
        ordering = ["-effective_from", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "version"],
                name="price_versions_differ",
                violation_error_message="价格表版次重复",
            ),
            # S50 and 四眼: prices need a second person.
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True, approved_at__isnull=True)
                | (Q(approved_by__isnull=False, approved_at__isnull=False) & ~Q(approved_by=F("created_by"))),
                name="prices_need_a_second_person",
                violation_error_message="价格表须由编制人以外的人批准",
            ),
        ]

    def __str__(self) -> str:
        return f"价格表 {self.version}"

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.project_id}


class UnitPrice(models.Model):
    """A room's prices in one list, yuan for the whole room. Only `list_*` reach a rep's screen (S41)."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="prices", verbose_name="房源")
    price_list = models.ForeignKey(PriceList, models.PROTECT, related_name="prices", verbose_name="价格表")
    list_unit_price = MoneyField("表价单价")
    list_total = MoneyField("表价总价")
    floor_price = MoneyField("底价", null=True, blank=True)
    channel_floor = MoneyField("渠道底价", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "房源价格"
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "price_list"],
                name="one_price_per_unit_and_list",
                violation_error_message="同一价格表里这套房已有价格",
            ),
            models.CheckConstraint(
                condition=Q(list_unit_price__gt=0, list_total__gt=0),
                name="list_price_is_positive",
                violation_error_message="表价须大于 0",
            ),
            # S40, S42: three layers, and nothing is offered below the floor.
            models.CheckConstraint(
                condition=(Q(floor_price__isnull=True) | Q(floor_price__lte=F("list_total")))
                & (Q(channel_floor__isnull=True) | Q(channel_floor__lte=F("list_total"))),
                name="floor_is_not_above_the_list",
                violation_error_message="底价不能高于表价",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id}:{self.price_list_id}"


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
