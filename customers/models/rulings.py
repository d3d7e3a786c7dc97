"""裁决: one row a ruling, its shares, and who signed for it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from customers.models.disputes import Dispute, EvidencePack
from customers.rules.disputes import WHOLE
from regulations.models import Decision

FIRST, FINAL = 1, 2


def _person(words: str) -> Any:
    return models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=words)


class DisputeRuling(models.Model):
    """裁决 (round 1) or the ruling on an appeal (round 2, final). Append-only.

    `suggestion` is the stored decision it was measured against; `deviates` says it differs from it.
    """

    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="rulings")
    round = models.PositiveSmallIntegerField("审次", default=FIRST)
    by = _person("裁决人")
    at = models.DateTimeField("裁决时间")
    owner = _person("归")
    clause = models.CharField("适用条款", max_length=60)
    reason = models.CharField("理由", max_length=500)
    deviates = models.BooleanField("与建议不同", default=False)
    suggestion = models.ForeignKey(Decision, models.PROTECT, related_name="+", verbose_name="建议")
    evidence = models.ForeignKey(EvidencePack, models.PROTECT, related_name="+", verbose_name="证据")
    claimant = _person("提出人")
    respondent = _person("现归属")

    class Meta:
        verbose_name = verbose_name_plural = "裁决"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["dispute", "round"],
                name="a_dispute_is_ruled_once_a_round",
                violation_error_message="这件争议已裁决",
            ),
            models.CheckConstraint(
                condition=Q(round__in=[FIRST, FINAL]),
                name="a_ruling_is_first_or_final",
                violation_error_message="只有裁决与申诉裁决两级",
            ),
            models.CheckConstraint(
                condition=~Q(by=F("claimant")) & ~Q(by=F("respondent")),
                name="a_ruling_is_no_partys",
                violation_error_message="当事人不能裁决自己的争议",
            ),
            models.CheckConstraint(
                condition=~Q(reason="") & ~Q(clause=""),
                name="a_ruling_cites_and_explains",
                violation_error_message="裁决须引用条款并写明理由",
            ),
        ]

    def __str__(self) -> str:
        return f"裁决 #{self.pk}"

    def journal_refs(self) -> dict[str, int | None]:
        return self.dispute.journal_refs()


class RulingShare(models.Model):
    """业绩分配 of a ruling, in basis points. Append-only."""

    ruling = models.ForeignKey(DisputeRuling, models.PROTECT, related_name="shares")
    rep = _person("代表")
    share_bp = models.PositiveIntegerField("份额（万分）")

    class Meta:
        verbose_name = verbose_name_plural = "裁决份额"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["ruling", "rep"],
                name="one_ruled_share_per_person",
                violation_error_message="此人已有份额",
            ),
            models.CheckConstraint(
                condition=Q(share_bp__gt=0, share_bp__lte=WHOLE),
                name="a_ruled_share_is_part_of_the_whole",
                violation_error_message="份额须大于零且不超过百分之百",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rep_id} {self.share_bp}"


class RulingReceipt(models.Model):
    """签收: a party has read a ruling, and whether the party accepts it. Append-only."""

    ruling = models.ForeignKey(DisputeRuling, models.PROTECT, related_name="receipts")
    person = _person("当事人")
    accepts = models.BooleanField("服从裁决")
    at = models.DateTimeField("签收时间")

    class Meta:
        verbose_name = verbose_name_plural = "裁决签收"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["ruling", "person"],
                name="a_party_signs_a_ruling_once",
                violation_error_message="已签收",
            ),
        ]

    def __str__(self) -> str:
        return f"签收 {self.person_id}"

    def journal_refs(self) -> dict[str, int | None]:
        return self.ruling.journal_refs()
