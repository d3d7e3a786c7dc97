"""The one request engine: somebody asks, another answers, the effect runs in the answer's transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, models, transaction
from django.urls import reverse

from regulations import access, rules
from regulations.models import Request, RequestSignature
from regulations.rules import RequestState
from regulations.slots import approval_of
from salesdept import journal
from salesdept.access import is_second_person
from salesdept.errors import RuleError, refuse
from salesdept.models import User
from salesdept.rules import Message
from salesdept.services.reminders import notify
from salesdept.verbs import locked, service

REFUSALS = {
    "one_open_request_per_subject": RuleError(
        "request_open", "同一事项已有一份申请在审批中", "拟:sys.approval", "等它答复，或先撤回它"
    ),
    "one_signature_per_role": RuleError(
        "signed_already", "这一方已经签批", "拟:sys.two_persons", "等其余各方签批"
    ),
    "nobody_signs_twice": RuleError(
        "signed_already", "同一人只能签批一次", "拟:sys.two_persons", "请另一方签批"
    ),
}


@service
def ask(
    *,
    actor: User,
    kind: str,
    subject: models.Model,
    title: str,
    reason: str,
    now: datetime,
    payload: dict[str, Any] | None = None,
    idempotency_key: str | None = None,
) -> Request:
    """File a request about a row. One open request per kind and subject; the answerers are told at once."""
    request = _request(actor, kind, subject, title, reason, now, payload or {})
    try:
        with transaction.atomic():
            request.save()
    except IntegrityError as error:
        raise refuse(error, REFUSALS) from error
    journal.record(actor, "regulations.request.filed", request, happened_at=now, reason=reason, kind=kind)
    notify(_calls(request, approval_of(kind).answerers), now)
    return request


def _request(
    actor: User,
    kind: str,
    subject: models.Model,
    title: str,
    reason: str,
    now: datetime,
    payload: dict[str, Any],
) -> Request:
    if not reason.strip():
        raise RuleError("reason_needed", "申请须写明理由", "拟:sys.approval", "写一句理由再提交")
    refs = subject.journal_refs() if hasattr(subject, "journal_refs") else {}
    return Request(
        kind=kind,
        subject=journal.label(subject),
        title=title[:120],
        asked_roles="".join(f"|{role}" for role in approval_of(kind).answerers) + "|",
        reason=reason.strip()[:500],
        payload=journal.plain(payload),
        requester=actor,
        requested_at=now,
        project_id=refs.get("project"),
        customer_ref=refs.get("customer"),
        unit_ref=refs.get("unit"),
        contract_ref=refs.get("contract"),
    )


def _calls(request: Request, roles: Sequence[str], words: str = "待审批：", step: str = "") -> list[Message]:
    """One message to everybody of the roles who may answer, except the requester."""
    people = User.objects.filter(is_active=True, role__in=roles)
    if request.project_id:
        people = people.filter(projects=request.project_id)
    return [
        Message(
            user_id=person.pk,
            title=f"{words}{request.title}",
            body=request.reason,
            key=f"request:{request.pk}:{step}" if step else f"request:{request.pk}",
            url=reverse("regulations:request_detail", args=[request.pk]),
        )
        for person in people.exclude(pk=request.requester_id)
        if access.may_answer(person, request)
    ]


@service
def answer(
    *,
    actor: User,
    request_id: int,
    approve: bool,
    now: datetime,
    answer: str = "",
    idempotency_key: str | None = None,
) -> Request:
    """Approve or reject; never one's own. The kind's effect runs in the same transaction.

    Where several have to sign, an approval is one signature: the last one makes it 通过, until then it stays
    审批中; any rejection ends it.
    """
    request = locked(Request.objects.all(), request_id)
    is_second_person(actor, request.requester).or_raise()
    access.may_answer(actor, request).or_raise()
    new = RequestState.APPROVED if approve else RequestState.REJECTED
    rules.check_request_move(RequestState(request.state), new)
    if not approve and not answer.strip():
        raise RuleError("reason_needed", "驳回须写明理由", "拟:sys.approval", "写一句理由再驳回")
    if approve and not _completed(request, actor, answer, now):
        return request
    request.state, request.decided_by, request.decided_at, request.answer = new, actor, now, answer[:500]
    request.save(update_fields=["state", "decided_by", "decided_at", "answer"])
    _take_effect(request, actor, now, approve=approve)
    journal.record(
        actor, f"regulations.request.{new.value}", request, happened_at=now, reason=answer, kind=request.kind
    )
    notify([_told(request, new)], now)
    return request


def _completed(request: Request, actor: User, note: str, now: datetime) -> bool:
    """Whether nothing but this approval was missing. Of several signers, signs and tells the missing ones."""
    roles = approval_of(request.kind).signers
    if not roles:
        return True
    signature = _sign(request, actor, note, now)
    signed = set(request.signatures.values_list("role", flat=True))
    missing = [role for role in roles if role not in signed]
    if missing:
        notify(_calls(request, missing, f"{actor.name} 已签，待你签批：", f"signed:{signature.pk}"), now)
    return not missing


def _sign(request: Request, actor: User, note: str, now: datetime) -> RequestSignature:
    try:
        with transaction.atomic():
            signature = RequestSignature.objects.create(
                request=request,
                role=actor.role,
                signer=actor,
                requester_id=request.requester_id,
                signed_at=now,
                note=note.strip()[:500],
            )
    except IntegrityError as error:
        raise refuse(error, REFUSALS) from error
    journal.record(
        actor, "regulations.request.signed", request, happened_at=now, reason=note, role=signature.role
    )
    return signature


def _take_effect(request: Request, actor: User, now: datetime, *, approve: bool) -> None:
    kind = approval_of(request.kind)
    effect = kind.on_approved if approve else kind.on_rejected
    if effect:
        effect(request, actor, now)


def _told(request: Request, new: RequestState) -> Message:
    return Message(
        user_id=request.requester_id,
        title=f"{new.label}：{request.title}",
        body=request.answer,
        key=f"request:{request.pk}:answer",
        url=reverse("regulations:request_detail", args=[request.pk]),
    )


@service
def withdraw(*, actor: User, request_id: int, now: datetime, idempotency_key: str | None = None) -> Request:
    """The requester takes an unanswered request back."""
    request = locked(Request.objects.all(), request_id)
    access.may_withdraw(actor, request).or_raise()
    rules.check_request_move(RequestState(request.state), RequestState.WITHDRAWN)
    request.state = RequestState.WITHDRAWN
    request.save(update_fields=["state"])
    _take_effect(request, actor, now, approve=False)
    journal.record(actor, "regulations.request.withdrawn", request, happened_at=now, kind=request.kind)
    return request
