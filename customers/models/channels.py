"""渠道: the companies, their agents, and what they file."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from customers.models.people import Customer
from customers.rules import SEES_PROJECT, Source
from customers.rules.channels import PROTECTED, AgentState, FilingReason, FilingState, PhoneMode
from regulations.models import Request
from salesdept.models import Project, User
from salesdept.rules import Role

_PROTECTED = [state.value for state in PROTECTED]
_WITHOUT_ARRIVAL = ["filed", "valid", "invalid", "lapsed"]
_SEES_MONEY = (*SEES_PROJECT, Role.FINANCE)


class ChannelQuerySet[M: models.Model](models.QuerySet[M]):
    def visible_to(self, user: User) -> ChannelQuerySet[M]:
        """The projects' channels for those who run the desk, lead, or pay the fee; nobody's for the rest."""
        if not user.is_active or user.role not in _SEES_MONEY:
            return self.none()
        return self.filter(project__in=user.projects.all())


class ChannelCompany(models.Model):
    """渠道公司: who may file from when to when (last day included; open without one)."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="+", verbose_name="项目")
    name = models.CharField("公司名称", max_length=60)
    contract_no = models.CharField("合同编号", max_length=40, blank=True)
    valid_from = models.DateField("合作起")
    valid_to = models.DateField("合作止", null=True, blank=True)
    state = models.CharField("状态", max_length=8, choices=AgentState, default=AgentState.ACTIVE)
    version = models.PositiveIntegerField(default=0)

    objects = ChannelQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "渠道公司"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "name"],
                name="one_channel_company_of_a_name",
                violation_error_message="本项目已有这家渠道公司",
            ),
            models.CheckConstraint(
                condition=Q(state__in=AgentState.values),
                name="channel_company_state_is_known",
                violation_error_message="渠道公司状态不存在",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="a_cooperation_ends_after_it_begins",
                violation_error_message="合作止日不能早于起日",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.project_id}


class ChannelAgent(models.Model):
    """渠道经纪人: a person of a company. The number is shown masked and never counts as a customer's."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="+", db_index=False)
    company = models.ForeignKey(
        ChannelCompany, models.PROTECT, related_name="agents", verbose_name="渠道公司"
    )
    name = models.CharField("姓名", max_length=40)
    phone = models.CharField("手机", max_length=24)
    state = models.CharField("状态", max_length=8, choices=AgentState, default=AgentState.ACTIVE)

    objects = ChannelQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "渠道经纪人"
        ordering = ["company", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "phone"],
                name="one_agent_of_a_number",
                violation_error_message="这个号码已登记为渠道经纪人",
            ),
            models.CheckConstraint(
                condition=Q(state__in=AgentState.values),
                name="channel_agent_state_is_known",
                violation_error_message="经纪人状态不存在",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.project_id}


class ChannelFiling(models.Model):
    """渠道报备. `filed_at` is the server's time; `number` is empty until a masked filing is confirmed."""

    project = models.ForeignKey(
        Project, models.PROTECT, related_name="+", verbose_name="项目", db_index=False
    )
    company = models.ForeignKey(
        ChannelCompany, models.PROTECT, related_name="filings", verbose_name="渠道公司"
    )
    agent = models.ForeignKey(ChannelAgent, models.PROTECT, related_name="filings", verbose_name="经纪人")
    name = models.CharField("客户姓名", max_length=40)
    number = models.CharField("客户手机", max_length=24, blank=True)
    head = models.CharField(max_length=3, editable=False)
    tail = models.CharField(max_length=4, editable=False)
    phone_mode = models.CharField("号码形式", max_length=8, choices=PhoneMode)
    note = models.CharField("备注", max_length=200, blank=True)
    filed_at = models.DateTimeField("报备时间")
    filed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="录入人"
    )
    arrive_by = models.DateField("到访期限")
    deal_by = models.DateField("成交保护至")
    state = models.CharField("状态", max_length=10, choices=FilingState, default=FilingState.FILED)
    reason = models.CharField("原因", max_length=12, choices=FilingReason, blank=True)
    customer = models.ForeignKey(
        Customer, models.PROTECT, null=True, blank=True, related_name="filings", verbose_name="客户"
    )
    arrived_at = models.DateTimeField("到访时间", null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="到访确认人",
    )
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="接待人",
    )
    advanced_at = models.DateTimeField("状态时间", null=True, blank=True)
    import_batch = models.BigIntegerField("导入批次", null=True, blank=True)

    objects = ChannelQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "渠道报备"
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["project", "-id"], name="filing_project_idx"),
            models.Index(fields=["project", "tail", "head"], name="filing_tail_idx"),
            models.Index(fields=["project", "filed_at"], name="filing_day_idx"),
            models.Index(
                fields=["arrive_by"], condition=Q(state__in=["filed", "valid"]), name="filing_arrive_idx"
            ),
            models.Index(fields=["deal_by"], condition=Q(state="arrived"), name="filing_deal_idx"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "number"],
                condition=Q(state__in=_PROTECTED) & ~Q(number=""),
                name="one_filing_protects_a_number",
                violation_error_message="同一客户已有更早的有效报备",
            ),
            models.CheckConstraint(
                condition=Q(state__in=FilingState.values),
                name="filing_state_is_known",
                violation_error_message="报备状态不存在",
            ),
            models.CheckConstraint(
                condition=Q(reason="") | Q(reason__in=FilingReason.values),
                name="filing_reason_is_known",
                violation_error_message="报备原因不存在",
            ),
            models.CheckConstraint(
                condition=Q(phone_mode__in=PhoneMode.values),
                name="filing_phone_mode_is_known",
                violation_error_message="号码形式不存在",
            ),
            models.CheckConstraint(
                condition=~Q(phone_mode="full") | ~Q(number=""),
                name="a_full_filing_has_its_number",
                violation_error_message="全号报备须有完整号码",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["invalid", "lapsed"]) | ~Q(reason=""),
                name="an_invalid_filing_says_why",
                violation_error_message="无效的报备须写明原因",
            ),
            models.CheckConstraint(
                condition=Q(state__in=_WITHOUT_ARRIVAL)
                | (Q(arrived_at__isnull=False, confirmed_by__isnull=False) & ~Q(number="")),
                name="an_arrival_is_confirmed_by_the_full_number",
                violation_error_message="到访须由人以完整号码确认",
            ),
            # 带访 is never confirmed by the one who receives (拟:chan.arrival).
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True)
                | Q(received_by__isnull=True)
                | ~Q(confirmed_by=F("received_by")),
                name="the_receiving_rep_never_confirms_an_arrival",
                violation_error_message="接待人不能确认自己接待的带访",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def code(self) -> str:
        """BB-20261123-12: the number on the slip."""
        return f"BB-{self.filed_at:%Y%m%d}-{self.pk:02}"

    @property
    def phone_masked(self) -> str:
        return f"{self.head}****{self.tail}"

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.project_id, "customer": self.customer_id}


class ChannelChange(models.Model):
    """渠道变更 after arrival: both values, and the two who signed. Append-only."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="channel_changes", verbose_name="客户"
    )
    request = models.OneToOneField(Request, models.PROTECT, related_name="channel_change")
    old = models.CharField("原途径", max_length=12, choices=Source, blank=True)
    new = models.CharField("新途径", max_length=12, choices=Source)
    reason = models.CharField("理由", max_length=500)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="申请人"
    )
    manager = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="经理"
    )
    finance = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="财务"
    )
    at = models.DateTimeField("变更时间")

    objects = ChannelQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "渠道变更"
        ordering = ["-pk"]
        indexes = [models.Index(fields=["project", "at"], name="channel_change_day_idx")]
        constraints = [
            models.CheckConstraint(
                condition=Q(new__in=Source.values) & (Q(old="") | Q(old__in=Source.values)),
                name="channel_change_sources_are_known",
                violation_error_message="认知途径不存在",
            ),
            models.CheckConstraint(
                condition=~Q(old=F("new")),
                name="a_channel_change_changes",
                violation_error_message="新旧途径相同",
            ),
            models.CheckConstraint(
                condition=~Q(manager=F("finance"))
                & ~Q(manager=F("requested_by"))
                & ~Q(finance=F("requested_by")),
                name="a_channel_change_has_three_people",
                violation_error_message="渠道变更须由申请人之外的经理与财务两人签批",
            ),
        ]

    def __str__(self) -> str:
        return f"渠道变更 #{self.pk}"

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.project_id, "customer": self.customer_id}


class CrossSiteFlag(models.Model):
    """跨项目提示: a guest who has to do with another site. A flag is looked into; it says nothing more."""

    class Kind(models.TextChoices):
        NAMED = "named", "客户提到其他项目的代表"
        LEASE = "lease", "同一号码在其他项目有归属"

    class State(models.TextChoices):
        OPEN = "open", "待核实"
        PROPOSED = "proposed", "已提奖惩单"
        CLEARED = "cleared", "核实无事"

    project = models.ForeignKey(
        Project, models.PROTECT, related_name="+", verbose_name="项目", db_index=False
    )
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="site_flags", verbose_name="客户")
    kind = models.CharField("情形", max_length=6, choices=Kind)
    other_project = models.ForeignKey(Project, models.PROTECT, related_name="+", verbose_name="其他项目")
    other_rep = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="其他项目代表"
    )
    state = models.CharField("状态", max_length=8, choices=State, default=State.OPEN)
    flagged_at = models.DateTimeField("提示时间")
    flagged_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    note = models.CharField("说明", max_length=200, blank=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField("核实时间", null=True)
    outcome = models.CharField("核实结果", max_length=200, blank=True)

    objects = ChannelQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "跨项目提示"
        ordering = ["-pk"]
        indexes = [models.Index(fields=["project", "flagged_at"], name="site_flag_day_idx")]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "other_rep", "kind"],
                name="one_flag_per_guest_and_other_rep",
                violation_error_message="这位客户已有同样的提示",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["named", "lease"]),
                name="site_flag_kind_is_known",
                violation_error_message="提示情形不存在",
            ),
            models.CheckConstraint(
                condition=Q(state="open", closed_at__isnull=True, closed_by__isnull=True)
                | (
                    Q(state__in=["proposed", "cleared"], closed_at__isnull=False, closed_by__isnull=False)
                    & ~Q(outcome="")
                ),
                name="a_closed_flag_says_who_and_why",
                violation_error_message="核实须写明结果",
            ),
            models.CheckConstraint(
                condition=~Q(project=F("other_project")),
                name="a_flag_is_about_another_site",
                violation_error_message="提示须涉及另一个项目",
            ),
        ]

    def __str__(self) -> str:
        return f"跨项目提示 #{self.pk}"

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.project_id, "customer": self.customer_id}
