"""Dated terms, requests with their answers, and stored decisions. Written only by regulations.services."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from regulations.rules import RequestState, VersionState
from salesdept.models import Project, User
from salesdept.rules import Role


class RequestQuerySet(models.QuerySet["Request"]):
    def visible_to(self, user: User) -> RequestQuerySet:
        """One's own, and those of one's projects that one's role was asked about or leads."""
        if not user.is_active:
            return self.none()
        place = Q(project__isnull=True) | Q(project__in=user.projects.all())
        asked = place if user.is_leader else place & Q(asked_roles__contains=f"|{user.role}|")
        return self.filter(Q(requester=user) | asked)

    def pending(self) -> RequestQuerySet:
        return self.filter(state=RequestState.PENDING)


class Request(models.Model):
    """Somebody asks, another answers. The one engine for every approval of the house."""

    kind = models.CharField("事项", max_length=40)
    subject = models.CharField("对象", max_length=64)
    title = models.CharField("标题", max_length=120)
    asked_roles = models.CharField("请谁审批", max_length=120, blank=True)  # |manager|director|
    payload = models.JSONField(default=dict)
    project = models.ForeignKey(Project, models.PROTECT, null=True, related_name="+")
    customer_ref = models.BigIntegerField(null=True)
    unit_ref = models.BigIntegerField(null=True)
    contract_ref = models.BigIntegerField(null=True)
    requester = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="requests_made")
    requested_at = models.DateTimeField("提交时间")
    reason = models.CharField("理由", max_length=500)
    state = models.CharField("状态", max_length=10, choices=RequestState, default=RequestState.PENDING)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="requests_decided"
    )
    decided_at = models.DateTimeField("答复时间", null=True)
    answer = models.CharField("答复", max_length=500, blank=True)

    objects = RequestQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "申请"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=RequestState.values),
                name="request_state_is_known",
                violation_error_message="申请状态不存在",
            ),
            # 四眼: maker and checker are two people, whatever their roles.
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "rejected"])
                | (Q(decided_by__isnull=False) & ~Q(decided_by=F("requester"))),
                name="approver_is_not_requester",
                violation_error_message="申请人不能审批自己的申请",
            ),
            models.UniqueConstraint(
                fields=["kind", "subject"],
                condition=Q(state="pending"),
                name="one_open_request_per_subject",
                violation_error_message="同一事项已有一份申请在审批中",
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "-id"], condition=Q(state="pending"), name="request_open_idx"),
            models.Index(fields=["requester", "-id"], name="request_mine_idx"),
        ]

    def __str__(self) -> str:
        return self.title

    def journal_refs(self) -> dict[str, int | None]:
        return {
            "project": self.project_id,
            "customer": self.customer_ref,
            "unit": self.unit_ref,
            "contract": self.contract_ref,
        }


class RequestSignature(models.Model):
    """One of several signatures a request needs. Append-only; `requester` repeats the request's own."""

    request = models.ForeignKey(Request, models.PROTECT, related_name="signatures", db_index=False)
    role = models.CharField("签批身份", max_length=12, choices=Role)
    signer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="签批人"
    )
    requester = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    signed_at = models.DateTimeField("签批时间")
    note = models.CharField("意见", max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "签批"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["request", "role"],
                name="one_signature_per_role",
                violation_error_message="这一方已经签批",
            ),
            models.UniqueConstraint(
                fields=["request", "signer"],
                name="nobody_signs_twice",
                violation_error_message="同一人只能签批一次",
            ),
            models.CheckConstraint(
                condition=~Q(signer=F("requester")),
                name="signer_is_not_requester",
                violation_error_message="申请人不能签批自己的申请",
            ),
            models.CheckConstraint(
                condition=Q(role__in=Role.values),
                name="signing_role_is_known",
                violation_error_message="签批身份不存在",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} {self.role}"

    def journal_refs(self) -> dict[str, int | None]:
        return self.request.journal_refs()


class TermsVersionQuerySet(models.QuerySet["TermsVersion"]):
    def visible_to(self, user: User) -> TermsVersionQuerySet:
        """Everybody reads the company's versions and those of one's projects; nothing for the inactive."""
        if not user.is_active:
            return self.none()
        return self.filter(Q(project__isnull=True) | Q(project__in=user.projects.all()))

    def approved(self) -> TermsVersionQuerySet:
        return self.filter(state=VersionState.APPROVED)


class TermsVersion(models.Model):
    """One version of a topic's terms for the company (project empty) or one project, from a day on.

    A version ends where the next approved one of its scope and topic begins, so that overlap is unsayable.
    """

    topic = models.CharField("主题", max_length=40)
    project = models.ForeignKey(Project, models.PROTECT, null=True, blank=True, related_name="terms")
    values = models.JSONField("参数")
    effective_from = models.DateField("生效日")
    state = models.CharField("状态", max_length=10, choices=VersionState, default=VersionState.DRAFT)
    reason = models.CharField("理由", max_length=500)
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    drafted_at = models.DateTimeField("起草时间")
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField("批准时间", null=True)
    request = models.OneToOneField(Request, models.PROTECT, null=True, related_name="terms_version")

    objects = TermsVersionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "制度参数"
        ordering = ["-effective_from", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=VersionState.values),
                name="terms_state_is_known",
                violation_error_message="版本状态不存在",
            ),
            models.UniqueConstraint(
                fields=["topic", "effective_from"],
                condition=Q(project__isnull=True, state="approved"),
                name="one_company_version_per_day",
                violation_error_message="公司级同一生效日已有一个版本",
            ),
            models.UniqueConstraint(
                fields=["topic", "project", "effective_from"],
                condition=Q(project__isnull=False, state="approved"),
                name="one_project_version_per_day",
                violation_error_message="本项目同一生效日已有一个版本",
            ),
            models.CheckConstraint(
                condition=~Q(state="approved")
                | (Q(approved_by__isnull=False) & ~Q(approved_by=F("drafted_by"))),
                name="terms_need_a_second_person",
                violation_error_message="参数须由第二人批准",
            ),
        ]
        indexes = [
            models.Index(fields=["topic", "-effective_from"], name="terms_topic_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.effective_from}"

    def journal_refs(self) -> dict[str, int | None]:
        return {"project": self.project_id}


class Acknowledgement(models.Model):
    """阅签: a person has read a version. Evidence that the rule was made known."""

    version = models.ForeignKey(TermsVersion, models.PROTECT, related_name="acknowledgements")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField("阅签时间")

    class Meta:
        verbose_name = verbose_name_plural = "阅签"
        constraints = [
            models.UniqueConstraint(
                fields=["version", "user"],
                name="one_reading_per_version",
                violation_error_message="你已阅签此版",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.version_id}"

    def journal_refs(self) -> dict[str, int | None]:
        return self.version.journal_refs()


class Decision(models.Model):
    """What the regulation decided about a person or a yuan, with the inputs to decide it again."""

    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=64)
    result = models.JSONField(default=dict)
    inputs = models.JSONField(default=dict)
    steps = models.JSONField(default=list)
    clauses = models.JSONField(default=list)
    terms_topic = models.CharField(max_length=40, blank=True)
    terms_version = models.ForeignKey(TermsVersion, models.PROTECT, null=True, related_name="+")
    terms_values = models.JSONField(default=dict)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "裁定依据"
        ordering = ["-pk"]
        indexes = [models.Index(fields=["subject", "kind", "-id"], name="decision_subject_idx")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"
