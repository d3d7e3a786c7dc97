"""投诉 and 意见建议 taken at once and numbered without gaps; copies signed (S137–S139)."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TypedDict, Unpack

from customers import access
from customers.models import Customer, DutyDesk, Feedback, FeedbackSeries, Survey
from customers.queries.workdays import calendar_of
from customers.rules import FeedbackKind, FeedbackTerms, FeedbackTopic
from customers.rules.feedback import (
    FeedbackChannel,
    FeedbackState,
    FeedbackVerb,
    Severity,
    check_taker,
    clause_of,
    due,
    moved,
)
from customers.services.doubts import register_doubt
from regulations.queries import terms_for
from salesdept import clock, journal
from salesdept.clock import SHANGHAI
from salesdept.errors import RuleError
from salesdept.models import Project, User
from salesdept.rules import Message, Role
from salesdept.services.reminders import notify, remind
from salesdept.verbs import locked, service

ASSISTANTS, SUPERVISORS = (Role.ASSISTANT,), (Role.SUPERVISOR,)
MANAGERS = (Role.MANAGER,)


class FeedbackFields(TypedDict, total=False):
    """What a form of the register may say besides kind and content."""

    topic: str
    channel: str
    severity: str
    hard: bool
    demand: str
    customer: Customer | None
    customer_name: str
    room: str
    against: User | None


def url_of(row: Feedback) -> str:
    return f"/customers/feedback/{row.pk}/"


def people_of(project: Project | int, roles: Iterable[Role]) -> list[int]:
    """Who works in these roles on a project."""
    rows = User.objects.filter(projects=project, role__in=tuple(roles), is_active=True)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def tell_about(row: Feedback, users: Iterable[int | None], title: str, step: str, now: datetime) -> None:
    """A notice about one item and step to each person, without a word about the customer."""
    key = f"feedback:{row.pk}:{row.round}:{step}"
    notify(
        [
            Message(user_id=pk, title=f"{row.code} {title}", key=key, url=url_of(row),
                    clause=clause_of(row.kind), urgent=row.severity == Severity.GRAVE)
            for pk in dict.fromkeys(users) if pk
        ],
        now,
    )  # fmt: skip


def next_serial(project: Project, year: int, kind: str) -> int:
    """The next number of a series, its row locked until commit: a refusal gives the number back."""
    series = {"project": project, "year": year, "kind": kind}
    FeedbackSeries.objects.bulk_create([FeedbackSeries(**series)], ignore_conflicts=True)
    row = FeedbackSeries.objects.select_for_update(of=("self",), no_key=True).get(**series)
    row.last += 1
    row.save(update_fields=["last"])
    return row.last


def start_clocks(row: Feedback, started: datetime) -> None:
    """Set both deadlines of a round from its start (caller saves)."""
    terms = terms_for(FeedbackTerms, on=clock.business_date(started), project=row.project_id)
    calendar = calendar_of(row.project_id, clock.business_date(started))
    row.forward_due_at, row.answer_due_at = due(started.astimezone(SHANGHAI), row.hard, terms, calendar)


def set_alarms(row: Feedback, now: datetime) -> None:
    """Remind before each open deadline and escalate at it."""
    terms = terms_for(FeedbackTerms, on=clock.business_date(now), project=row.project_id)
    for name, until, done in (
        ("forward", row.forward_due_at, row.forwarded_at),
        ("answer", row.answer_due_at, row.replied_at),
    ):
        if done is None:
            kind = f"customers.feedback_{name}"
            warned = until - timedelta(hours=terms.warn_hours)
            if warned > now:
                remind(kind, row, warned, step="warn", round=row.round)
            remind(kind, row, until, step="due", round=row.round)


def open_row(
    *,
    actor: User | None,
    project: Project,
    kind: str,
    content: str,
    now: datetime,
    fields: FeedbackFields,
    responsible: User | None,
    survey: Survey | None = None,
) -> Feedback:
    """Number, write and time one item in the caller's transaction; tell whoever is concerned."""
    local, customer = now.astimezone(SHANGHAI), fields.get("customer")
    row = Feedback(
        project=project,
        kind=kind,
        year=local.year,
        serial=next_serial(project, local.year, kind),
        customer=customer,
        customer_name=(str(customer) if customer else fields.get("customer_name", "").strip())[:40],
        room=fields.get("room", "").strip()[:40],
        channel=_one_of(FeedbackChannel, fields.get("channel", ""), FeedbackChannel.DESK),
        topic=_one_of(FeedbackTopic, fields.get("topic", ""), FeedbackTopic.OTHER),
        severity=_one_of(Severity, fields.get("severity", ""), Severity.NORMAL),
        hard=fields.get("hard", False),
        content=content.strip()[:1000],
        demand=fields.get("demand", "").strip()[:500],
        taken_by=actor,
        responsible=responsible,
        against=fields.get("against") if kind == FeedbackKind.COMPLAINT else None,
        survey=survey,
        taken_at=now,
    )
    start_clocks(row, now)
    if actor is not None and actor.pk == responsible_of(row):
        row.rep_copy_at = now if kind == FeedbackKind.COMPLAINT else None
    if actor is not None and actor.role == Role.ASSISTANT:
        row.assistant_copy_at, row.state = now, FeedbackState.FILED
    row.save()
    set_alarms(row, now)
    journal.record(actor, "customers.feedback.taken", row, happened_at=now, kind=kind, code=row.code)
    _announce(row, now)
    return row


def _one_of(words: type, value: str, default: str) -> str:
    return value if value in words.values else default  # type: ignore[attr-defined]


def responsible_of(row: Feedback) -> int | None:
    """Who keeps the representative's copy: the owner, else the taker."""
    return row.responsible_id or row.taken_by_id


def _announce(row: Feedback, now: datetime) -> None:
    """The absent owner (S138), the assistant who files the copy, and leaders when it is grave."""
    word = FeedbackKind(row.kind).label
    if row.responsible_id != row.taken_by_id:
        title = f"你的客户有{word}"
        notify([Message(user_id=row.responsible_id, title=title, key=f"feedback:{row.pk}", url=url_of(row),
                        clause="S138")] if row.responsible_id else [], now)  # fmt: skip
    if row.state == FeedbackState.TAKEN:
        tell_about(row, _filers(row, now), f"{word}待备案", "file", now)
    if row.severity == Severity.GRAVE:
        tell_about(row, people_of(row.project_id, (*SUPERVISORS, *MANAGERS)), f"重大{word}", "grave", now)


def _filers(row: Feedback, now: datetime) -> list[int]:
    """Who may file the assistant's copy: the assistants, and who holds 当日控台 now."""
    desk = DutyDesk.objects.filter(
        project=row.project_id, day=clock.business_date(now), ended_at__isnull=True
    ).exclude(holder=row.against_id)
    return [*people_of(row.project_id, ASSISTANTS), *desk.values_list("holder", flat=True)]


@service
def file_feedback(
    *,
    actor: User,
    project: Project,
    kind: str,
    content: str,
    now: datetime,
    doubt_id: int | None = None,
    idempotency_key: str | None = None,
    **fields: Unpack[FeedbackFields],
) -> Feedback:
    """登记, at once, by anyone in the hall but the person complained about; an absent owner is told (S138).

    The assistant's own entry is filed at the same time; `doubt_id` is the 质疑 it answers (S194). Raises
    RuleError `content_needed`, `own_complaint`, `doubt_settled`.
    """
    access.may_take_feedback(actor).or_raise()
    if not content.strip():
        raise RuleError("content_needed", "反馈须写内容", "S137", "写下客户原话")
    against, customer = fields.get("against"), fields.get("customer")
    kind = kind if kind in FeedbackKind.values else FeedbackKind.COMPLAINT.value
    if kind == FeedbackKind.COMPLAINT:
        check_taker(actor.pk, against.pk if against else None)
    if fields.get("channel") == FeedbackChannel.SURVEY:
        fields["channel"] = FeedbackChannel.DESK
    owner = customer.owner if customer else None
    row = open_row(
        actor=actor, project=project, kind=kind, content=content, now=now, fields=fields, responsible=owner
    )
    if doubt_id is not None:
        register_doubt(actor, doubt_id, row, now)
    return row


@service
def sign_copy(
    *, actor: User, feedback_id: int, copy: str, now: datetime, idempotency_key: str | None = None
) -> Feedback:
    """签收 the 代表联 (`rep`), or 备案 the 助理联 (`assistant`). A suggestion has the assistant's only."""
    row = locked(Feedback.objects.visible_to(actor), feedback_id)
    access.may_sign_copy(actor, row, copy, now).or_raise()
    if copy != "assistant" and row.kind == FeedbackKind.SUGGESTION:
        raise RuleError("one_copy", "意见建议一式一份，只交助理", "S139", "请助理备案")
    field = "assistant_copy_at" if copy == "assistant" else "rep_copy_at"
    if getattr(row, field) is not None:
        return row
    setattr(row, field, now)
    if copy == "assistant":
        row.state = moved(row.kind, row.state, FeedbackVerb.FILE)
    save_row(row, field, "state")
    journal.record(actor, "customers.feedback.copy_signed", row, happened_at=now, copy=copy)
    return row


def save_row(row: Feedback, *fields: str) -> None:
    row.version += 1
    row.save(update_fields=[*fields, "version"])
