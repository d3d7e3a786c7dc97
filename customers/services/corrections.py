"""补全 and 更正 of a slip: the author's own until closing, afterwards by request; old and new are kept."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from customers import access, rules
from customers.models import Call, SlipCorrection, Visit
from customers.queries.slips import kind_of, missing_in, state_of, terms_of
from customers.rules import Contact, RegisterTerms
from customers.rules.particulars import check_particulars, read_particulars, shown
from customers.rules.register import RegisterState
from customers.services.channel_changes import check_slip_source
from customers.services.registering import forget_to_complete
from regulations.models import Request
from regulations.services import ask
from salesdept import journal
from salesdept.clock import SHANGHAI
from salesdept.errors import RuleError
from salesdept.models import User
from salesdept.verbs import locked, service
from salesdept.verdict import Verdict

REQUEST_KIND = "customers.correction"
COMPLETED = "补全"
NEEDS_REASON = RuleError("reason_needed", "更正须写明原因", "拟:own.same_day", "写一句为什么改")
UNCHANGED = RuleError("nothing_changed", "没有要更正的内容", "拟:own.same_day", "改了内容再提交")


def _locked(kind: Contact, slip_id: int, actor: User) -> Visit | Call:
    if kind == Contact.CALL:
        return locked(Call.objects.visible_to(actor), slip_id)
    return locked(Visit.objects.visible_to(actor), slip_id)


def _changed(slip: Visit | Call, changes: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """What differs from the slip, typed and checked together with what stays."""
    read = read_particulars(kind_of(slip), changes)
    new = {field: value for field, value in read.items() if getattr(slip, field) != value}
    if "source" in new:
        check_slip_source(slip, new["source"], now)
    stays = {field: getattr(slip, field, None) for field in ("site_tour", "helmet", "left_at")}
    check_particulars({**stays, **new}, slip.happened_at, now)
    return new


def _overwrites(slip: Visit | Call, new: Mapping[str, Any]) -> bool:
    """Whether something that was said is changed; filling what was empty is 补全."""
    return any(getattr(slip, field) not in ("", None, False) for field in new)


@service
def correct_slip(
    *,
    actor: User,
    kind: Contact,
    slip_id: int,
    changes: Mapping[str, Any],
    now: datetime,
    reason: str = "",
    idempotency_key: str | None = None,
) -> Visit | Call:
    """The author completes or corrects an own slip until closing; never the phone or the owner.

    What was empty is 补全 and needs no reason; what was said needs one (`reason_needed`). After closing
    `register_closed`: then by `request_correction`.
    """
    slip = _locked(kind, slip_id, actor)
    access.may_correct(actor, slip).or_raise()
    terms = terms_of(slip)
    rules.check_correctable(
        slip.happened_at.astimezone(SHANGHAI), now.astimezone(SHANGHAI), terms, slip.late_entry
    )
    new = _changed(slip, changes, now)
    if not new:
        return slip
    if _overwrites(slip, new) and not reason.strip():
        raise NEEDS_REASON
    _write(slip, new, by=actor, reason=reason.strip() or COMPLETED, now=now)
    _settle_state(slip, terms, now)
    journal.record(
        actor,
        f"customers.{kind.value}.corrected",
        slip,
        happened_at=now,
        fields=sorted(new),
        state=slip.state,
    )
    return slip


def _write(
    slip: Visit | Call,
    new: Mapping[str, Any],
    *,
    by: User,
    reason: str,
    now: datetime,
    approved_by: User | None = None,
) -> None:
    """Make the slip say it, and keep what it said before."""
    old = {field: getattr(slip, field) for field in new}
    for field, value in new.items():
        setattr(slip, field, value)
    slip.save(update_fields=list(new))
    of = {"call": slip} if isinstance(slip, Call) else {"visit": slip}
    SlipCorrection.objects.create(
        by=by,
        approved_by=approved_by,
        reason=reason[:200],
        at=now,
        old=journal.plain(old),
        new=journal.plain(dict(new)),
        **of,
    )


def _settle_state(slip: Visit | Call, terms: RegisterTerms, now: datetime) -> None:
    """待补全 becomes 完整 when all is there before closing."""
    slip.state = state_of(slip, terms, now)
    if slip.state == RegisterState.COMPLETE:
        slip.completed_at = slip.completed_at or now
        forget_to_complete(slip, now)
    slip.save(update_fields=["state", "completed_at"])


# --- after closing: asked for, and another answers


@service
def request_correction(
    *,
    actor: User,
    kind: Contact,
    slip_id: int,
    changes: Mapping[str, Any],
    reason: str,
    now: datetime,
    idempotency_key: str | None = None,
) -> Request:
    """Ask 助理 or 主管 to correct a slip whose day is closed (拟:own.same_day); server times never change."""
    slip = _locked(kind, slip_id, actor)
    access.may_correct(actor, slip).or_raise()
    new = _changed(slip, changes, now)
    if not new:
        raise UNCHANGED
    old = {field: getattr(slip, field) for field in new}
    return ask(
        actor=actor,
        kind=REQUEST_KIND,
        subject=slip,
        title=f"更正{kind.label}登记",
        reason=reason,
        now=now,
        payload={"kind": kind.value, "old": old, "new": new},
    )


def approve_correction(request: Request, actor: User, now: datetime) -> None:
    """The effect of a granted request. A late 补全 stays weak evidence: its day is over."""
    slip = _of(request)
    kind = kind_of(slip)
    new = read_particulars(kind, request.payload["new"])
    old = journal.plain({field: getattr(slip, field) for field in new})
    if old != request.payload["old"]:
        raise RuleError(
            "stale", "登记在申请之后又改过", "拟:sys.no_overwrite", "驳回这份申请，按现在的内容另提"
        )
    _write(slip, new, by=request.requester, reason=request.reason, now=now, approved_by=actor)
    if slip.completed_at is None and not missing_in(slip):
        slip.completed_at = now
        slip.save(update_fields=["completed_at"])
    fields = sorted(new)
    journal.record(actor, f"customers.{kind.value}.corrected", slip, happened_at=now, fields=fields)


def _of(request: Request) -> Visit | Call:
    kind, pk = Contact(request.payload["kind"]), int(request.subject.rpartition(":")[2])
    return locked(Call.objects.all(), pk) if kind == Contact.CALL else locked(Visit.objects.all(), pk)


def may_approve_correction(actor: User, request: Request) -> Verdict:
    """助理 or 主管, but not who wrote or received it."""
    slip: Any = journal.resolve(request.subject)
    return access.may_approve_correction(actor, slip)


def correction_facts(request: Request) -> Sequence[tuple[str, str]]:
    """What was said and what is asked for, line by line."""
    payload = request.payload
    model: Any = Call if payload["kind"] == Contact.CALL else Visit
    return [
        (
            str(model._meta.get_field(field).verbose_name),
            f"{shown(field, payload['old'].get(field))} → {shown(field, value)}",
        )
        for field, value in payload["new"].items()
    ]


def correction_url(request: Request) -> str:
    return f"/customers/{request.payload['kind']}s/{request.subject.rpartition(':')[2]}/"
