"""撞单: who claims whose customer, who sits in the case, and what was laid before it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from customers.models.leases import OwnershipLease
from customers.models.people import Customer
from customers.rules import SEES_PROJECT, LeaseState
from customers.rules.disputes import PENDING, DisputeState, Origin, Saying, Seat
from customers.rules.splits import Situation
from salesdept.models import Project, User

_PENDING = [state.value for state in PENDING]
_RULED = [state.value for state in (DisputeState.RULED, DisputeState.APPEALED)]
_DONE = [state.value for state in (DisputeState.EXECUTED, DisputeState.CLOSED)]


def _person(words: str, **more: Any) -> Any:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=words, **more
    )


def _maybe(words: str) -> Any:
    return _person(words, null=True, blank=True)


class DisputeQuerySet(models.QuerySet["Dispute"]):
    def visible_to(self, user: User) -> DisputeQuerySet:
        """One's own disputes on any side; the projects' for leaders and assistants."""
        if not user.is_active:
            return self.none()
        if user.role in SEES_PROJECT:
            return self.filter(project__in=user.projects.all())
        return self.filter(pk__in=DisputeSeat.objects.filter(person=user).values("dispute"))

    def pending(self) -> DisputeQuerySet:
        return self.filter(state__in=_PENDING)


class FraudMark(models.Model):
    """经理认定舞弊: claims on this customer are taken after the term of the regulation. Append-only."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="fraud_marks")
    by = _person("认定人")
    at = models.DateTimeField("认定时间")
    reason = models.CharField("理由", max_length=500)

    class Meta:
        verbose_name = verbose_name_plural = "舞弊认定"
        constraints = [
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="a_fraud_mark_has_its_reason",
                violation_error_message="认定舞弊须写明理由",
            ),
        ]

    def __str__(self) -> str:
        return f"舞弊认定 #{self.pk}"

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.project_id, "customer": self.customer_id}


class Dispute(models.Model):
    """撞单: somebody claims a customer that is another's. `filed_by` and `owner` are its two principals.

    `deal_ref` names the deal of an upper chapter (`app.model:pk`), `deal_on` its day. `ruled_*` repeat the
    latest ruling, so that the database itself keeps a party from ruling.
    """

    project = models.ForeignKey(Project, models.PROTECT, related_name="+", verbose_name="项目")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="disputes", verbose_name="客户")
    origin = models.CharField("提出途径", max_length=6, choices=Origin, default=Origin.LOOKUP)
    filed_by = _person("提出人")
    owner = _person("现归属")
    claim = models.CharField("主张", max_length=500)
    state = models.CharField("状态", max_length=10, choices=DisputeState, default=DisputeState.FILED)
    filed_at = models.DateTimeField("提出时间")
    deal_ref = models.CharField(max_length=64, blank=True)
    deal_label = models.CharField("房号", max_length=60, blank=True)
    deal_on = models.DateField("成交日", null=True, blank=True)
    closer = _maybe("成交代表")
    fraud = models.ForeignKey(FraudMark, models.PROTECT, null=True, blank=True, related_name="+")
    situation = models.CharField("认定情形", max_length=40, choices=Situation, blank=True)
    accepted_by = _maybe("受理人")
    accepted_at = models.DateTimeField("受理时间", null=True, blank=True)
    ruled_by = _maybe("裁决人")
    ruled_for = _maybe("归")
    ruled_at = models.DateTimeField("裁决时间", null=True, blank=True)
    ruling = models.CharField("裁决理由", max_length=500, blank=True)
    appeal_until = models.DateField("申诉期至", null=True, blank=True)
    appealed_by = _maybe("申诉人")
    appealed_at = models.DateTimeField("申诉时间", null=True, blank=True)
    executed_at = models.DateTimeField("执行时间", null=True, blank=True)
    closed_at = models.DateTimeField("结束时间", null=True, blank=True)

    objects = DisputeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "归属争议"
        ordering = ["-pk"]
        permissions = [
            ("accept_dispute", "受理归属争议"),
            ("hear_appeal", "裁决申诉"),
            ("mark_fraud", "认定舞弊"),
        ]
        indexes = [
            models.Index(fields=["project", "-id"], name="dispute_project_idx"),
            models.Index(fields=["project", "filed_at"], name="dispute_day_idx"),
            models.Index(fields=["appeal_until"], condition=Q(state="ruled"), name="dispute_appeal_idx"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["customer"],
                condition=Q(state__in=_PENDING),
                name="one_open_dispute_per_customer",
                violation_error_message="这位客户的归属已在争议中",
            ),
            models.CheckConstraint(
                condition=Q(state__in=DisputeState.values),
                name="dispute_state_is_known",
                violation_error_message="争议状态不存在",
            ),
            models.CheckConstraint(
                condition=Q(origin__in=Origin.values),
                name="dispute_origin_is_known",
                violation_error_message="提出途径不存在",
            ),
            models.CheckConstraint(
                condition=Q(situation__in=["", *Situation.values]),
                name="dispute_situation_is_known",
                violation_error_message="认定情形不存在",
            ),
            models.CheckConstraint(
                condition=~Q(filed_by=F("owner")),
                name="nobody_disputes_an_own_customer",
                violation_error_message="自己的客户不必提争议",
            ),
            models.CheckConstraint(
                condition=Q(deal_ref="", deal_on__isnull=True) | (~Q(deal_ref="") & Q(deal_on__isnull=False)),
                name="a_disputed_deal_has_its_day",
                violation_error_message="成交争议须有成交日",
            ),
            models.CheckConstraint(
                condition=Q(accepted_by__isnull=True, accepted_at__isnull=True)
                | (
                    Q(accepted_by__isnull=False, accepted_at__isnull=False)
                    & ~Q(accepted_by=F("filed_by"))
                    & ~Q(accepted_by=F("owner"))
                ),
                name="a_party_never_accepts",
                violation_error_message="当事人不能受理自己的争议",
            ),
            models.CheckConstraint(
                condition=Q(ruled_by__isnull=True, ruled_for__isnull=True, ruled_at__isnull=True)
                | (
                    Q(ruled_by__isnull=False, ruled_for__isnull=False, ruled_at__isnull=False)
                    & ~Q(ruled_by=F("filed_by"))
                    & ~Q(ruled_by=F("owner"))
                ),
                name="a_party_never_rules",
                violation_error_message="当事人不能裁决自己的争议",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=_RULED + _DONE)
                | Q(ruled_by__isnull=False, appeal_until__isnull=False, accepted_by__isnull=False),
                name="a_ruled_dispute_has_its_ruling",
                violation_error_message="已裁决的争议须有受理、裁决与申诉期",
            ),
            models.CheckConstraint(
                condition=(Q(state__in=_DONE) & Q(executed_at__isnull=False))
                | (~Q(state__in=_DONE) & Q(executed_at__isnull=True)),
                name="an_executed_dispute_has_its_time",
                violation_error_message="已执行的争议须记时间",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def code(self) -> str:
        """ZD-000012, the number on the form."""
        return f"ZD-{self.pk:06}"

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.project_id, "customer": self.customer_id}


class DisputeSeat(models.Model):
    """One seat a person in a case: whoever is a party cannot take the judge's, whatever the role."""

    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="seats")
    person = _person("人员")
    kind = models.CharField("身份", max_length=8, choices=Seat)

    class Meta:
        verbose_name = verbose_name_plural = "争议席位"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["dispute", "person"],
                name="a_party_never_sits_in_judgement",
                violation_error_message="一人在一件争议中只有一个身份",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=Seat.values),
                name="dispute_seat_is_known",
                violation_error_message="争议身份不存在",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.person_id}"

    def journal_refs(self) -> dict[str, int | None]:
        return self.dispute.journal_refs()


class DisputeFreeze(models.Model):
    """A lease that stands still during a case, and the state it goes back to."""

    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="freezes")
    lease = models.ForeignKey(OwnershipLease, models.PROTECT, related_name="+")
    was = models.CharField("原状态", max_length=8, choices=LeaseState)

    class Meta:
        verbose_name = verbose_name_plural = "争议冻结"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["dispute", "lease"],
                name="a_dispute_freezes_a_lease_once",
                violation_error_message="归属已冻结",
            ),
            models.CheckConstraint(
                condition=Q(was__in=LeaseState.values),
                name="frozen_lease_state_is_known",
                violation_error_message="归属状态不存在",
            ),
        ]

    def __str__(self) -> str:
        return f"冻结 {self.lease_id}"


class DisputeStatement(models.Model):
    """What somebody said in a case, with the paper that goes with it. Append-only."""

    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="statements")
    by = _person("陈述人")
    kind = models.CharField("类型", max_length=10, choices=Saying)
    text = models.CharField("内容", max_length=1000)
    at = models.DateTimeField("时间")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    file = models.FileField("附件", max_length=120, blank=True)
    file_name = models.CharField("原文件名", max_length=120, blank=True)
    content_type = models.CharField("类型", max_length=40, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "争议陈述"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=Saying.values),
                name="statement_kind_is_known",
                violation_error_message="陈述类型不存在",
            ),
            models.CheckConstraint(
                condition=~Q(text=""),
                name="a_statement_says_something",
                violation_error_message="陈述须写内容",
            ),
            models.CheckConstraint(
                condition=Q(file="", sha256="")
                | (
                    ~Q(file="")
                    & ~Q(sha256="")
                    & Q(content_type__in=["application/pdf", "image/jpeg", "image/png"])
                ),
                name="a_statement_paper_is_checked",
                violation_error_message="附件只收 PDF、JPG、PNG",
            ),
        ]

    def __str__(self) -> str:
        return f"陈述 #{self.pk}"

    def journal_refs(self) -> dict[str, int | None]:
        return self.dispute.journal_refs()


class EvidencePack(models.Model):
    """取证: what the system found at one moment, with its digest. Append-only; a new look is a new row."""

    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="packs")
    made_at = models.DateTimeField("取证时间")
    made_by = _person("取证人")
    lines: Any = models.JSONField("证据", default=list)
    digest = models.CharField("摘要", max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "证据"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"证据 #{self.pk}"

    def journal_refs(self) -> dict[str, int | None]:
        return self.dispute.journal_refs()
