"""Who our customers are: households, people, their numbers, and who else may see them."""

from __future__ import annotations

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from guardian.models import UserObjectPermissionBase

from customers.rules import SEES_PROJECT, Gender, Grade, Source, Stage, prefix_end
from customers.rules.households import HouseholdKind, NumberKind
from salesdept.fields import SealedField
from salesdept.models import Project, User
from salesdept.money import MoneyField
from salesdept.rules import Role


def _seal_id() -> str:
    return uuid4().hex


class Household(models.Model):
    """客户组: the people of one home. A number leads to exactly one household of a project."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="+", verbose_name="项目")
    kind = models.CharField("类别", max_length=8, choices=HouseholdKind, default=HouseholdKind.FAMILY)
    name = models.CharField("单位名称", max_length=60, blank=True)
    created_at = models.DateTimeField("建立时间")

    class Meta:
        verbose_name = verbose_name_plural = "客户组"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=HouseholdKind.values),
                name="household_kind_is_known",
                violation_error_message="客户组类别不存在",
            ),
            models.CheckConstraint(
                condition=~Q(kind="company") | ~Q(name=""),
                name="a_company_has_a_name",
                violation_error_message="单位客户须写单位名称",
            ),
        ]

    def __str__(self) -> str:
        return self.name or f"#{self.pk}"


def shared_with(user: User) -> models.QuerySet[CustomerGrant, int]:
    """Ids of the customers that are shared with a person: co-follow, stand-in, handover."""
    grants = CustomerGrant.objects.filter(user=user, permission__codename="view_customer")
    return grants.values_list("content_object_id", flat=True)


class CustomerQuerySet(models.QuerySet["Customer"]):
    def visible_to(self, user: User) -> CustomerQuerySet:
        """Own and shared customers; the projects' for leaders and assistants; nobody's for the rest."""
        if not user.is_active:
            return self.none()
        if user.role in SEES_PROJECT:
            return self.filter(project__in=user.projects.all())
        if user.role != Role.REP:
            return self.none()
        own = Customer.objects.filter(owner=user).order_by().values("pk")
        return self.filter(pk__in=own.union(shared_with(user).order_by(), all=True))

    def newest(self, user: User, condition: Q, *, before: int | None, size: int) -> list[int]:
        """Ids of one page of visible customers, newest first: two merged key ranges for a rep.

        The same rows as `visible_to(user).filter(condition)`, at a cost that does not grow with the table.
        """
        ranges: list[models.QuerySet[Customer]] = [self.visible_to(user)]
        if user.is_active and user.role == Role.REP:
            ranges = [self.filter(owner=user), self.filter(pk__in=shared_with(user)).exclude(owner=user)]
        after = Q(pk__lt=before) if before else Q()
        found: set[int] = set()
        for rows in ranges:
            wanted = rows.filter(condition, after).order_by("-pk").values_list("pk", flat=True)
            found.update(wanted[:size])
        return sorted(found, reverse=True)[:size]


class LiveCustomers(models.Manager.from_queryset(CustomerQuerySet)):  # type: ignore[misc]
    """Everybody but the files that were merged into another: those answer with the surviving one."""

    def get_queryset(self) -> CustomerQuerySet:
        rows: CustomerQuerySet = super().get_queryset()
        return rows.filter(merged_into__isnull=True)


def visible_through(user: User, path: str = "customer") -> Q:
    """`visible_to` for rows that point at a customer by `path`, driven by those rows."""
    if not user.is_active:
        return Q(pk__in=[])
    if user.role in SEES_PROJECT:
        return Q(**{f"{path}__project__in": user.projects.all()})
    if user.role != Role.REP:
        return Q(pk__in=[])
    return Q(**{f"{path}__owner": user}) | Q(**{f"{path}__in": shared_with(user)})


class Customer(models.Model):
    """One person. `owner` empty = 公海. Personal data: name, numbers, identity number, note."""

    household = models.ForeignKey(Household, models.PROTECT, related_name="members", verbose_name="客户组")
    project = models.ForeignKey(Project, models.PROTECT, related_name="+", verbose_name="项目")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="customers",
        db_index=False,
        verbose_name="归属",
    )
    name = models.CharField("称呼", max_length=40)
    full_name = models.CharField("全名", max_length=40, blank=True)
    gender = models.CharField("性别", max_length=1, choices=Gender, blank=True)
    pinyin = models.CharField(max_length=80, blank=True, editable=False)
    initials = models.CharField(max_length=20, blank=True, editable=False)
    phone_masked = models.CharField("手机", max_length=20, blank=True, editable=False)
    grade = models.CharField("等级", max_length=1, choices=Grade, default=Grade.B)
    stage = models.CharField("阶段", max_length=12, choices=Stage, default=Stage.VISITED)
    source = models.CharField("认知途径", max_length=12, choices=Source, blank=True)
    want_layout = models.CharField("意向户型", max_length=60, blank=True)
    want_area = models.CharField("意向面积", max_length=40, blank=True)
    budget = MoneyField("预算", null=True, blank=True)
    budget_text = models.CharField("预算说明", max_length=40, blank=True)
    note = models.CharField("备注", max_length=500, blank=True)
    first_contact_at = models.DateTimeField("首次接触")
    last_contact_at = models.DateTimeField("最近联系", null=True, blank=True)
    last_contact = models.CharField("最近联系方式", max_length=12, blank=True)
    last_note = models.CharField("最近内容", max_length=200, blank=True)
    visit_count = models.PositiveIntegerField("来访次数", default=0)
    call_count = models.PositiveIntegerField("来电次数", default=0)
    next_follow_on = models.DateField("下次跟进", null=True, blank=True)
    consent = models.BooleanField("已告知信息用途", default=False)
    consent_at = models.DateTimeField("告知时间", null=True, blank=True)
    consent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name="告知人",
    )
    kin_of = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name="员工亲友",
    )
    kin_declared_at = models.DateTimeField("申报时间", null=True, blank=True)
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="merged",
        db_index=False,
        verbose_name="并入",
    )
    # The names of the files merged into this one, so that it is found by them.
    aliases = models.CharField("曾用称呼", max_length=200, blank=True, editable=False)
    anonymised_at = models.DateTimeField("匿名时间", null=True, blank=True)
    seal_id = models.CharField(max_length=32, default=_seal_id, editable=False)
    # The index columns stand behind the sealed field: it fills them on save.
    identity_no = SealedField("身份证号", index="identity_index", tail_index="identity_tail")
    identity_index = models.CharField(max_length=64, blank=True, editable=False)
    identity_tail = models.CharField(max_length=64, blank=True, editable=False)
    import_batch = models.BigIntegerField("导入批次", null=True, blank=True)
    version = models.PositiveIntegerField(default=0)

    objects = LiveCustomers()
    everyone = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "客户"
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["owner", "-id"], name="customer_owner_idx"),
            models.Index(fields=["project", "-id"], name="customer_project_idx"),
            # The month's cohort is counted from the index alone.
            models.Index(
                fields=["project", "first_contact_at", "grade", "merged_into"], name="customer_first_idx"
            ),
            models.Index(fields=["owner", "next_follow_on"], name="customer_due_idx"),
            models.Index(fields=["project", "next_follow_on"], name="customer_project_due_idx"),
            models.Index(fields=["owner", "grade", "-id"], name="customer_grade_idx"),
            models.Index(fields=["project", "pinyin"], name="customer_pinyin_idx"),
            models.Index(fields=["project", "initials"], name="customer_initials_idx"),
            models.Index(
                fields=["project", "-id"], condition=Q(owner__isnull=True), name="customer_pool_idx"
            ),
            models.Index(
                fields=["merged_into"], condition=Q(merged_into__isnull=False), name="customer_merged_idx"
            ),
            models.Index(
                fields=["identity_index"], condition=~Q(identity_index=""), name="customer_identity_idx"
            ),
            models.Index(
                fields=["identity_tail"], condition=~Q(identity_tail=""), name="customer_idtail_idx"
            ),
            models.Index(
                fields=["import_batch"], condition=Q(import_batch__isnull=False), name="customer_batch_idx"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(name=""), name="a_customer_has_a_name", violation_error_message="客户须有称呼"
            ),
            models.CheckConstraint(
                condition=Q(grade__in=Grade.values),
                name="grade_is_a_b_or_c",
                violation_error_message="等级只有 A、B、C",
            ),
            models.CheckConstraint(
                condition=Q(stage__in=Stage.values),
                name="customer_stage_is_known",
                violation_error_message="阶段不存在",
            ),
            models.CheckConstraint(
                condition=Q(budget__isnull=True) | Q(budget__gte=0),
                name="budget_ge_zero",
                violation_error_message="预算不能为负",
            ),
            models.CheckConstraint(
                condition=Q(consent=False) | Q(consent_at__isnull=False),
                name="consent_has_its_time",
                violation_error_message="告知信息用途须记时间",
            ),
            models.CheckConstraint(
                condition=Q(kin_of__isnull=True, kin_declared_at__isnull=True)
                | Q(kin_of__isnull=False, kin_declared_at__isnull=False),
                name="declared_kin_has_its_time",
                violation_error_message="员工亲友申报须记时间",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True)
                | (Q(owner__isnull=True) & ~Q(merged_into=models.F("id"))),
                name="a_merged_file_owns_nothing",
                violation_error_message="已合并的档案没有归属，也不能并入自己",
            ),
        ]

    def __str__(self) -> str:
        return self.full_name or self.name

    @property
    def code(self) -> str:
        """The number on the customer file."""
        return f"KH{self.pk:06}"

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.project_id, "customer": self.pk}


class PhoneQuerySet(models.QuerySet["Phone"]):
    def live(self) -> PhoneQuerySet:
        return self.filter(detached_at__isnull=True)

    def ending_with(self, digits: str) -> PhoneQuerySet:
        """Numbers by their last digits: an index range over the reversed number."""
        tail = digits[::-1]
        rows = self.filter(reversed__gte=tail)
        return rows.filter(reversed__lt=end) if (end := prefix_end(tail)) else rows


class Phone(models.Model):
    """A number of a household. Within a project a live number leads to one household only;

    `customer` is who gave it, other members reach it through the household. Handed-on numbers are detached.
    """

    project = models.ForeignKey(Project, models.PROTECT, related_name="+", db_index=False)
    household = models.ForeignKey(Household, models.PROTECT, related_name="phones")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="phones")
    number = models.CharField("号码", max_length=24)
    reversed = models.CharField(max_length=24, editable=False)
    kind = models.CharField("类别", max_length=8, choices=NumberKind, default=NumberKind.PHONE)
    witness = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name="见证助理",
    )
    added_at = models.DateTimeField("添加时间")
    detached_at = models.DateTimeField("停用时间", null=True, blank=True)
    detach_reason = models.CharField("停用原因", max_length=200, blank=True)

    objects = PhoneQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "号码"
        indexes = [models.Index(fields=["reversed"], name="phone_tail_idx")]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "number"],
                condition=Q(detached_at__isnull=True),
                name="one_number_leads_to_one_household",
                violation_error_message="这个号码已登记在另一位客户名下",
            ),
            models.CheckConstraint(
                condition=~Q(number=""), name="a_phone_has_a_number", violation_error_message="号码不能为空"
            ),
            models.CheckConstraint(
                condition=Q(detached_at__isnull=True) | ~Q(detach_reason=""),
                name="a_detached_number_says_why",
                violation_error_message="停用号码须写明原因",
            ),
            models.CheckConstraint(
                condition=Q(kind="phone") | Q(kind="wechat", witness__isnull=False),
                name="a_wechat_contact_has_its_witness",
                violation_error_message="微信号须由助理见证",
            ),
        ]

    def __str__(self) -> str:
        return f"****{self.number[-4:]}"


class NameGram(models.Model):
    """One character or pair of characters of a customer's names: fragments of two found on both engines."""

    gram = models.CharField(max_length=2)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "姓名索引"
        constraints = [
            models.UniqueConstraint(
                fields=["gram", "customer"],
                name="one_row_per_gram",
                violation_error_message="姓名索引重复",
            ),
        ]

    def __str__(self) -> str:
        return self.gram


class CustomerGrant(UserObjectPermissionBase):
    """A customer shared with a person besides its owner. Dies with the customer."""

    content_object = models.ForeignKey(Customer, models.CASCADE)

    class Meta:
        verbose_name = verbose_name_plural = "共享"
        indexes = [models.Index(fields=["user", "permission", "-content_object"], name="customer_grant_idx")]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "permission", "content_object"],
                name="one_grant_per_person",
                violation_error_message="已共享给此人",
            ),
        ]
