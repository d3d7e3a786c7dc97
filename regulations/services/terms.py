"""Versions of terms: drafted by one of 经理 and 总监, approved by the other, read by everybody."""

from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.urls import reverse

from regulations import access, rules
from regulations.models import Acknowledgement, Request, TermsVersion
from regulations.rules import VersionState
from regulations.services.requests import ask
from regulations.slots import topic_of
from salesdept import journal
from salesdept.clock import business_date
from salesdept.errors import RuleError, refuse
from salesdept.models import Project, User
from salesdept.rules import Message
from salesdept.services.reminders import notify
from salesdept.verbs import locked, service

KIND = "regulations.terms"
SAME_DAY = RuleError("version_same_day", "同一生效日已有一个版本", "拟:sys.terms", "换一个生效日")
REFUSALS = {"one_company_version_per_day": SAME_DAY, "one_project_version_per_day": SAME_DAY}


@service
def draft_terms(
    *,
    actor: User,
    topic_name: str,
    values: dict[str, Any],
    effective_from: date,
    reason: str,
    now: datetime,
    project: Project | None = None,
    idempotency_key: str | None = None,
) -> TermsVersion:
    """Draft a version and file its request: 经理 drafts and 总监 approves, or the other way round.

    Refused: values out of bounds, a day in a closed month, a day that already has an approved version.
    """
    access.may_draft_terms(actor, project).or_raise()
    kind = topic_of(topic_name)
    terms = rules.from_json(kind, values)
    rules.check_bounds(terms)
    rules.check_effective(effective_from, business_date(now))
    if TermsVersion.objects.approved().filter(
        topic=topic_name, project=project, effective_from=effective_from
    ):
        raise SAME_DAY
    version = TermsVersion.objects.create(
        topic=topic_name,
        project=project,
        values=rules.to_json(terms),
        effective_from=effective_from,
        reason=reason.strip()[:500],
        drafted_by=actor,
        drafted_at=now,
    )
    _file(version, kind.topic_label, actor, now)
    return version


def _file(version: TermsVersion, label: str, actor: User, now: datetime) -> None:
    version.request = ask(
        actor=actor,
        kind=KIND,
        subject=version,
        title=f"{label}自 {version.effective_from:%Y-%m-%d} 起变更",
        reason=version.reason,
        now=now,
    )
    version.save(update_fields=["request"])
    journal.record(
        actor,
        "regulations.terms.drafted",
        version,
        happened_at=now,
        reason=version.reason,
        topic=version.topic,
        effective_from=version.effective_from,
        values=version.values,
    )


def approve_terms(request: Request, actor: User, now: datetime) -> None:
    """Effect of an approved request: the version holds from its day on, and those it binds are told."""
    version = locked(TermsVersion.objects.all(), request.terms_version.pk)
    rules.check_effective(version.effective_from, business_date(now))
    version.state, version.approved_by, version.approved_at = VersionState.APPROVED, actor, now
    try:
        with transaction.atomic():
            version.save(update_fields=["state", "approved_by", "approved_at"])
    except IntegrityError as error:
        raise refuse(error, REFUSALS) from error
    journal.record(actor, "regulations.terms.approved", version, happened_at=now, topic=version.topic)
    notify(_made_known(version), now)


def _made_known(version: TermsVersion) -> list[Message]:
    """A rule binds whom it was made known to: everybody of its project (or of the house) gets the notice."""
    people = User.objects.filter(is_active=True)
    if version.project_id:
        people = people.filter(projects=version.project_id)
    label = topic_of(version.topic).topic_label
    return [
        Message(
            user_id=pk,
            title=f"制度参数变更：{label}自 {version.effective_from:%Y-%m-%d} 起",
            body=version.reason,
            key=f"terms:{version.pk}",
            url=reverse("regulations:term_detail", args=[version.topic]),
        )
        for pk in people.values_list("pk", flat=True)
    ]


def reject_terms(request: Request, actor: User, now: datetime) -> None:
    """Effect of a rejected or withdrawn request: the draft is kept as such."""
    version = locked(TermsVersion.objects.all(), request.terms_version.pk)
    withdrawn = request.state == rules.RequestState.WITHDRAWN
    version.state = VersionState.WITHDRAWN if withdrawn else VersionState.REJECTED
    version.save(update_fields=["state"])
    journal.record(actor, f"regulations.terms.{version.state}", version, happened_at=now, topic=version.topic)


@service
def acknowledge(
    *, actor: User, version_id: int, now: datetime, idempotency_key: str | None = None
) -> Acknowledgement:
    """阅签: the actor has read an approved version. Signing twice keeps the first time."""
    version = TermsVersion.objects.visible_to(actor).get(pk=version_id)
    if version.state != VersionState.APPROVED:
        raise RuleError("not_in_force", "此版本还没有批准，不用阅签", "S172", "批准后再阅签")
    reading, first = Acknowledgement.objects.get_or_create(version=version, user=actor, defaults={"at": now})
    if first:
        journal.record(actor, "regulations.terms.read", reading, happened_at=now, version=version)
    return reading
