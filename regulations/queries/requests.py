"""审批: what waits for me, what I asked, and one request in full."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from regulations import access
from regulations.models import Request, RequestSignature, TermsVersion
from regulations.queries.topics import Line, changes_of
from regulations.rules import RequestState
from regulations.slots import APPROVALS, approval_of
from salesdept.models import User
from salesdept.rules import Role
from salesdept.verdict import Verdict

PAGE = 30
TONES = {"pending": "warn", "approved": "ok", "rejected": "bad", "withdrawn": "mute"}
SHOWS = {"waiting": "待我审批", "mine": "我提交的", "all": "全部"}


@dataclass(frozen=True, slots=True)
class RequestLine:
    pk: int
    title: str
    kind: str
    requester: str
    at: datetime
    state: str
    tone: str


@dataclass(frozen=True, slots=True)
class RequestPage:
    request: Request
    kind: str
    state: str
    tone: str
    facts: Sequence[tuple[str, str]]
    changes: Sequence[Line]
    url: str
    is_open: bool
    may_answer: Verdict
    may_withdraw: Verdict
    signatures: Sequence[tuple[str, RequestSignature | None]] = ()


def waiting_for(actor: User, limit: int = PAGE + 1) -> list[Request]:
    """Open requests the actor may answer now, newest first."""
    rows = Request.objects.visible_to(actor).pending().exclude(requester=actor)
    rows = rows.filter(kind__in=[kind.name for kind in APPROVALS if actor.role in kind.answerers])
    rows = rows.select_related("requester").prefetch_related("signatures").order_by("-pk")
    return [row for row in rows[: limit * 2] if access.may_answer(actor, row)][:limit]


def inbox(actor: User, show: str, before: int | None = None) -> tuple[list[RequestLine], str]:
    """Lines of one tab and the key of the next page ("" at the end)."""
    if show == "waiting":
        rows = waiting_for(actor, limit=200)
    else:
        found = Request.objects.visible_to(actor).select_related("requester").order_by("-pk")
        found = found.filter(requester=actor) if show == "mine" else found
        rows = list((found.filter(pk__lt=before) if before else found)[: PAGE + 1])
    more = str(rows[PAGE - 1].pk) if show != "waiting" and len(rows) > PAGE else ""
    return [_line(row) for row in (rows if show == "waiting" else rows[:PAGE])], more


def _line(row: Request) -> RequestLine:
    return RequestLine(
        row.pk,
        row.title,
        kind_label(row.kind),
        row.requester.name,
        row.requested_at,
        row.get_state_display(),
        TONES[row.state],
    )


def kind_label(name: str) -> str:
    """The kind's words; a kind whose app is gone keeps its name."""
    return next((kind.label for kind in APPROVALS if kind.name == name), name)


def request_page(request: Request, actor: User) -> RequestPage:
    """One request with what it would change and what the actor may do about it."""
    kind = approval_of(request.kind)
    version = TermsVersion.objects.filter(request=request).first()
    return RequestPage(
        request=request,
        kind=kind.label,
        state=request.get_state_display(),
        tone=TONES[request.state],
        facts=kind.facts(request) if kind.facts else (),
        changes=changes_of(version) if version else (),
        url=kind.url(request) if kind.url else "",
        is_open=request.state == RequestState.PENDING,
        may_answer=access.may_answer(actor, request),
        may_withdraw=access.may_withdraw(actor, request),
        signatures=_signatures(request, kind.signers),
    )


def _signatures(request: Request, roles: Sequence[str]) -> list[tuple[str, RequestSignature | None]]:
    """Each asked role and its signature, None where it is missing; nothing where one answer decides."""
    if not roles:
        return []
    signed = {row.role: row for row in request.signatures.select_related("signer")}
    return [(str(Role(role).label), signed.get(role)) for role in roles]
