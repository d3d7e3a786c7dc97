"""The registers: receptions, 来访, 来电, 跟进 and the corrections of slips."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from customers.models.people import Customer, visible_through
from customers.rules import (
    SEES_PROJECT,
    Contact,
    FollowMethod,
    Grade,
    Method,
    Outcome,
    Source,
    TurnKind,
    TurnOutcome,
)
from customers.rules.followups import REACHED as _REACHED
from customers.rules.followups import FollowResult
from customers.rules.register import (
    AgeBand,
    Evidence,
    PayMethod,
    Purpose,
    Refusal,
    RegisterState,
    Transport,
)
from salesdept.models import Project, User
from salesdept.rules import Role

REACHED = [outcome.value for outcome in _REACHED]


class Reception(models.Model):
    """An open turn with a guest or a caller. The claim on a customer starts at its server time."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="+", verbose_name="项目")
    rep = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="接待人")
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    kind = models.CharField("类型", max_length=5, choices=Contact)
    started_at = models.DateTimeField("开始")
    ended_at = models.DateTimeField("结束", null=True, blank=True)
    end_reason = models.CharField("结束说明", max_length=100, blank=True)
    turn = models.CharField("接待类型", max_length=10, choices=TurnKind, default=TurnKind.ROTATION)
    outcome = models.CharField("结果", max_length=10, choices=TurnOutcome, blank=True)
    in_turn = models.BooleanField("轮到时接待", default=False)
    counted = models.BooleanField("占用轮次", null=True, blank=True)
    beside = models.PositiveSmallIntegerField("兼顾第几组", default=0)
    finish_at = models.DateTimeField("预计结束", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "接待"
        indexes = [models.Index(fields=["project", "-started_at"], name="reception_day_idx")]
        constraints = [
            models.UniqueConstraint(
                fields=["rep", "beside"],
                condition=Q(ended_at__isnull=True),
                name="one_open_reception_per_rep",
                violation_error_message="还有一组接待没有结束",
            ),
            # Only 兼顾 stands beside another guest.
            models.CheckConstraint(
                condition=Q(beside=0) | Q(turn="double"),
                name="only_a_double_turn_stands_beside",
                violation_error_message="只有兼顾才同时接待两组",
            ),
            models.CheckConstraint(
                condition=Q(turn__in=TurnKind.values) & Q(outcome__in=["", *TurnOutcome.values]),
                name="reception_turn_is_known",
                violation_error_message="接待类型或结果不存在",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=Contact.values),
                name="reception_kind_is_known",
                violation_error_message="接待类型不存在",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} #{self.pk}"

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.project_id}


class SlipQuerySet[M: models.Model](models.QuerySet[M]):
    def visible_to(self, user: User) -> SlipQuerySet[M]:
        """Own slips and those of visible customers; the projects' for leaders and assistants."""
        if not user.is_active:
            return self.none()
        if user.role in SEES_PROJECT:
            return self.filter(project__in=user.projects.all())
        if user.role != Role.REP:
            return self.none()
        return self.filter(Q(received_by=user) | visible_through(user))


class Slip(models.Model):
    """What both registers hold. `happened_at` is the event, `created_at` the database's own time."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="+", verbose_name="项目")
    customer = models.ForeignKey(
        Customer, models.PROTECT, null=True, blank=True, related_name="%(class)ss", verbose_name="客户"
    )
    reception = models.OneToOneField(
        Reception, models.PROTECT, null=True, blank=True, related_name="%(class)s"
    )
    outcome = models.CharField("结果", max_length=12, choices=Outcome, default=Outcome.REGISTERED)
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="接待人"
    )
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="登记人"
    )
    happened_at = models.DateTimeField("时间")
    created_at = models.DateTimeField("登记时间", db_default=Now(), editable=False)
    late_entry = models.BooleanField("补登", default=False)
    source = models.CharField("认知途径", max_length=12, choices=Source, blank=True)
    grade = models.CharField("等级", max_length=1, choices=Grade, blank=True)
    layouts = models.CharField("关注户型", max_length=60, blank=True)
    area = models.CharField("意向面积", max_length=40, blank=True)
    budget_text = models.CharField("预算", max_length=40, blank=True)
    purpose = models.CharField("购房目的", max_length=8, choices=Purpose, blank=True)
    note = models.CharField("备注", max_length=500, blank=True)
    promise = models.CharField("承诺", max_length=200, blank=True)
    state = models.CharField("登记状态", max_length=8, choices=RegisterState, default=RegisterState.PENDING)
    completed_at = models.DateTimeField("补全时间", null=True, blank=True)
    evidence = models.CharField("填写方式", max_length=12, choices=Evidence, default=Evidence.ENTERED)
    refusal = models.CharField("拒填理由", max_length=9, choices=Refusal, blank=True)
    # What the phone's own clock said of a slip kept while there was no network: a claim, never the time.
    device_at = models.DateTimeField("设备时间", null=True, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} #{self.pk}"

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.project_id, "customer": self.customer_id}


REGISTERED_STATES = [RegisterState.COMPLETE, RegisterState.PENDING, RegisterState.WEAK]


def _slip_rules(name: str) -> list[models.BaseConstraint]:
    return [
        models.CheckConstraint(
            condition=Q(outcome__in=Outcome.values),
            name=f"{name}_outcome_is_known",
            violation_error_message="登记结果不存在",
        ),
        # 未留电 and 非客户 name nobody; what is registered names somebody.
        models.CheckConstraint(
            condition=Q(outcome="registered", customer__isnull=False)
            | (~Q(outcome="registered") & Q(customer__isnull=True)),
            name=f"a_registered_{name}_has_its_customer",
            violation_error_message="已登记的须有客户，未留电与非客户不记客户",
        ),
        models.CheckConstraint(
            condition=Q(outcome="registered", state__in=REGISTERED_STATES, refusal="")
            | Q(outcome="no_phone", state=RegisterState.REFUSED, refusal__in=Refusal.values)
            | Q(outcome="not_customer", state=RegisterState.NONE, refusal=""),
            name=f"a_{name}_state_follows_its_outcome",
            violation_error_message="登记状态与结果不符，未留电须有拒填理由",
        ),
        models.CheckConstraint(
            condition=Q(evidence__in=Evidence.values),
            name=f"{name}_evidence_is_known",
            violation_error_message="填写方式不存在",
        ),
        models.CheckConstraint(
            condition=Q(purpose__in=["", *Purpose.values]),
            name=f"{name}_purpose_is_known",
            violation_error_message="购房目的不存在",
        ),
        models.CheckConstraint(
            condition=~Q(evidence=Evidence.WITNESSED) | ~Q(entered_by=models.F("received_by")),
            name=f"the_receiver_is_no_witness_of_a_{name}",
            violation_error_message="接待人不能见证自己的登记",
        ),
    ]


def _slip_indexes(name: str) -> list[models.Index]:
    return [
        models.Index(fields=["project", "-id"], name=f"{name}_project_idx"),
        models.Index(fields=["received_by", "-id"], name=f"{name}_rep_idx"),
        models.Index(fields=["project", "happened_at"], name=f"{name}_day_idx"),
        # What is still to be filled, by closing: a handful of rows among millions.
        models.Index(
            fields=["project", "happened_at"],
            condition=Q(state=RegisterState.PENDING),
            name=f"{name}_pending_idx",
        ),
    ]


class Visit(Slip):
    """One line of 来访登记表."""

    method = models.CharField("来访方式", max_length=12, choices=Method, default=Method.WALK_IN)
    party_size = models.PositiveSmallIntegerField("人数", default=1)
    is_first = models.BooleanField("首访", default=False)
    standin = models.BooleanField("义务接待", default=False)
    asked_for = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="指定"
    )

    left_at = models.DateTimeField("离开时间", null=True, blank=True)
    relation = models.CharField("同行关系", max_length=40, blank=True)
    age_band = models.CharField("年龄段", max_length=5, choices=AgeBand, blank=True)
    district = models.CharField("居住区域", max_length=40, blank=True)
    occupation = models.CharField("工作与职业", max_length=40, blank=True)
    floor = models.CharField("意向楼层", max_length=40, blank=True)
    pay_method = models.CharField("付款方式", max_length=6, choices=PayMethod, blank=True)
    transport = models.CharField("交通工具", max_length=5, choices=Transport, blank=True)
    focus = models.CharField("关注点", max_length=200, blank=True)
    doubts = models.CharField("疑问与抗性", max_length=200, blank=True)
    site_tour = models.BooleanField("看工地", default=False)
    helmet = models.BooleanField("佩戴安全帽", default=False)
    tidy = models.BooleanField("接待区已整理", default=False)

    objects = SlipQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "来访"
        ordering = ["-pk"]
        indexes = [
            *_slip_indexes("visit"),
            models.Index(
                fields=["project", "happened_at"],
                condition=Q(is_first=True, outcome="registered"),
                name="visit_first_idx",
            ),
        ]
        constraints = [
            *_slip_rules("visit"),
            models.CheckConstraint(
                condition=Q(method__in=Method.values),
                name="visit_method_is_known",
                violation_error_message="来访方式不存在",
            ),
            models.CheckConstraint(
                condition=Q(party_size__gte=1, party_size__lte=99),
                name="a_party_is_one_to_99",
                violation_error_message="来访人数须在 1 与 99 之间",
            ),
            models.CheckConstraint(
                condition=Q(age_band__in=["", *AgeBand.values])
                & Q(pay_method__in=["", *PayMethod.values])
                & Q(transport__in=["", *Transport.values]),
                name="visit_particulars_are_known",
                violation_error_message="年龄段、付款方式或交通工具不存在",
            ),
            # 出入施工场地一定要佩戴安全帽 (S152).
            models.CheckConstraint(
                condition=Q(site_tour=False) | Q(helmet=True),
                name="nobody_tours_the_site_without_a_helmet",
                violation_error_message="看工地须佩戴安全帽",
            ),
            models.CheckConstraint(
                condition=Q(left_at__isnull=True) | Q(left_at__gte=models.F("happened_at")),
                name="a_guest_leaves_after_arriving",
                violation_error_message="离开时间不能早于到达时间",
            ),
        ]


class Call(Slip):
    """One line of 来电登记表. `booked_on` is the day the caller promised to come."""

    booked_on = models.DateField("约访日", null=True, blank=True)
    standin = models.BooleanField("义务接听", default=False)
    import_batch = models.BigIntegerField("导入批次", null=True, blank=True, editable=False)

    objects = SlipQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "来电"
        ordering = ["-pk"]
        indexes = [
            *_slip_indexes("call"),
            models.Index(
                fields=["import_batch"], condition=Q(import_batch__isnull=False), name="call_batch_idx"
            ),
        ]
        constraints = _slip_rules("call")


class FollowUpQuerySet(models.QuerySet["FollowUp"]):
    def visible_to(self, user: User) -> FollowUpQuerySet:
        return self.filter(visible_through(user))

    def counting(self) -> FollowUpQuerySet:
        """Effective ones that were not found untrue."""
        return self.filter(effective=True, void__isnull=True)


class FollowUp(models.Model):
    """跟进. The rep says what happened (`outcome`), the rule decides `effective`. Append-only.

    One whose recall found it untrue has a `FollowUpVoid` and no longer counts (`counting`).
    """

    project = models.ForeignKey(Project, models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="followups", verbose_name="客户")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="跟进人")
    method = models.CharField("方式", max_length=8, choices=FollowMethod, default=FollowMethod.PHONE)
    outcome = models.CharField("结果", max_length=10, choices=FollowResult, default=FollowResult.TALKED)
    effective = models.BooleanField("有效")
    content = models.CharField("内容", max_length=500)
    promise = models.CharField("承诺", max_length=200, blank=True)
    proof = models.CharField("凭证说明", max_length=200, blank=True)
    next_on = models.DateField("下次跟进")
    due_on = models.DateField("原定跟进日", null=True, blank=True)
    # What it did to the lease: days counted from it, and what the lease counted from before.
    counted_days = models.PositiveSmallIntegerField("续期天数", null=True, blank=True)
    held_from = models.DateField(null=True, blank=True)
    held_days = models.PositiveSmallIntegerField(null=True, blank=True)
    happened_at = models.DateTimeField("时间")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "跟进"
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["project", "happened_at"], name="followup_day_idx"),
            models.Index(fields=["by", "-id"], name="followup_by_idx"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(method__in=FollowMethod.values),
                name="followup_method_is_known",
                violation_error_message="跟进方式不存在",
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=FollowResult.values),
                name="followup_outcome_is_known",
                violation_error_message="跟进结果不存在",
            ),
            models.CheckConstraint(
                condition=Q(effective=False) | Q(outcome__in=REACHED),
                name="an_effective_followup_reached_somebody",
                violation_error_message="没联系上的跟进不能计有效",
            ),
            models.CheckConstraint(
                condition=~Q(content=""),
                name="a_followup_says_what_was_said",
                violation_error_message="跟进须写内容",
            ),
        ]

    def __str__(self) -> str:
        return f"跟进 #{self.pk}"

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.project_id, "customer": self.customer_id}
