"""来访登记 and 来电登记: the evidence of ownership."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypedDict, Unpack

from customers import access, rules
from customers.models import Call, Customer, Reception, Visit
from customers.rules import (
    Answer,
    Contact,
    Grade,
    Method,
    Outcome,
    RegisterTerms,
    Source,
    Stage,
    TurnOutcome,
)
from customers.rules.households import wechat_id
from customers.rules.particulars import check_particulars, read_particulars
from customers.rules.register import Evidence, RegisterState, check_start, register_state
from customers.services.arrivals import note_arrival
from customers.services.callbacks import plan_first_visit
from customers.services.households import person_at_the_table
from customers.services.leases import apply, decide, tell
from customers.services.lossrows import end_loss
from customers.services.people import (
    attach,
    check_next_on,
    masked,
    new_person,
    next_follow_on,
    note_consent,
    plan_follow_up,
    read_claimable,
    read_name,
)
from customers.services.reception import end_reception
from customers.services.registering import forget_unregistered, remind_to_complete
from customers.services.slips import read_receiver, read_turn, read_when
from regulations.queries import terms_for
from regulations.rules import Verdicts
from regulations.services import record_decision
from salesdept import clock, journal
from salesdept.clock import SHANGHAI
from salesdept.errors import RuleError
from salesdept.models import Project, User
from salesdept.verbs import service


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One event at the door or on the phone, checked, before anything is written."""

    actor: User
    rep: User
    project: Project
    kind: Contact
    number: str
    name: str
    grade: str
    source: str
    layouts: str
    note: str
    next_on: date
    consent: bool
    happened_at: datetime
    now: datetime
    turn: Reception | None
    late: bool
    terms: RegisterTerms
    evidence: str
    device_at: datetime | None
    particulars: Mapping[str, Any]
    asked_for: int | None = None
    person_id: int | None = None  # who of the number's household stands at the table

    @property
    def day(self) -> date:
        return clock.business_date(self.happened_at)


class SlipFields(TypedDict, total=False):
    """What both registers may say besides name and number.

    With `reception_id` the event time is the turn's start and the turn ends; `happened_at` is for 补登.
    `wechat` instead of a number needs the assistant, who enters and witnesses it. `device_at` is what the
    phone's clock said: kept as a claim, never used as a time. `particulars` are the further columns.
    `person_id` chooses who of the number's household came.
    """

    source: str
    grade: str
    layouts: Sequence[str]
    note: str
    next_follow_on: date | None
    consent: bool
    reception_id: int | None
    received_by: User | None
    happened_at: datetime | None
    wechat: str
    person_id: int | None
    device_at: datetime | None
    evidence: str
    particulars: Mapping[str, Any]


def _contact(
    actor: User, rep: User, project: Project, phone: str, wechat: str, evidence: str
) -> tuple[str, str]:
    """The stored number or 微信号, and whose hand wrote the slip."""
    if phone.strip() or not wechat.strip():
        return read_claimable(phone, project), evidence or Evidence.ENTERED
    number = wechat_id(wechat)
    if not access.may_witness(actor) or actor.pk == rep.pk:
        raise RuleError(
            "wechat_needs_witness",
            "只留微信号的登记须由助理见证",
            "拟:own.required_fields",
            "请销售助理代录这位客户，或请客户留手机号",
        )
    return number, Evidence.WITNESSED


def _entry(
    *,
    actor: User,
    project: Project,
    kind: Contact,
    phone: str,
    name: str,
    now: datetime,
    slip: SlipFields,
    asked_for: User | None = None,
) -> _Entry:
    """Check everything that needs no customer. Writes nothing."""
    access.may_register(actor).or_raise()
    turn = read_turn(actor, project, slip.get("reception_id"), kind)
    at, today = read_when(turn, slip.get("happened_at"), now), clock.business_date(now)
    wanted, grade, source = slip.get("next_follow_on"), slip.get("grade", ""), slip.get("source", "")
    check_next_on(wanted, today)
    terms = terms_for(RegisterTerms, on=clock.business_date(at), project=project)
    grade = grade if grade in Grade.values else Grade.B.value
    rep = read_receiver(actor, turn, slip.get("received_by"))
    number, evidence = _contact(actor, rep, project, phone, slip.get("wechat", ""), slip.get("evidence", ""))
    particulars = read_particulars(kind, slip.get("particulars", {}))
    check_particulars(particulars, at, now)
    return _Entry(
        actor=actor,
        rep=rep,
        project=project,
        kind=kind,
        number=number,
        name=read_name(name),
        grade=grade,
        source=source if source in Source.values else "",
        layouts=" · ".join(slip.get("layouts", ()))[:60],
        note=slip.get("note", "").strip()[:500],
        terms=terms,
        evidence=evidence,
        device_at=slip.get("device_at"),
        particulars=particulars,
        next_on=wanted or next_follow_on(grade, today, project),
        consent=slip.get("consent", False),
        happened_at=at,
        now=now,
        turn=turn,
        late=rules.is_late(at.astimezone(SHANGHAI), now.astimezone(SHANGHAI), terms),
        asked_for=asked_for.pk if asked_for else None,
        person_id=slip.get("person_id"),
    )


@service
def register_visit(
    *,
    actor: User,
    project: Project,
    phone: str,
    name: str,
    now: datetime,
    method: str = Method.WALK_IN,
    party_size: int = 1,
    asked_for: User | None = None,
    idempotency_key: str | None = None,
    **slip: Unpack[SlipFields],
) -> Visit:
    """Register a visit; the regulation decides whose customer it is and the decision is stored with it.

    Raises RuleError (`phone_invalid`, `name_needed`, `number_taken`, `no_reception`, `follow_in_past` …) or
    Denied.
    """
    entry = _entry(
        actor=actor,
        project=project,
        kind=Contact.VISIT,
        phone=phone,
        name=name,
        now=now,
        slip=slip,
        asked_for=asked_for,
    )
    customer, verdicts, stored = _settle(entry)
    visit = Visit.objects.create(
        **_slip(
            entry,
            customer,
            method=method if method in Method.values else Method.WALK_IN,
            party_size=min(max(party_size, 1), 99),
        ),
        is_first=customer.visit_count == 0,
        standin=verdicts.result["standin"],
        asked_for=asked_for,
    )
    _after(entry, customer, visit, verdicts, stored)
    if visit.is_first:
        plan_first_visit(customer, entry.happened_at)
    return visit


@service
def register_call(
    *,
    actor: User,
    project: Project,
    phone: str,
    name: str,
    now: datetime,
    booked_on: date | None = None,
    idempotency_key: str | None = None,
    **slip: Unpack[SlipFields],
) -> Call:
    """Register a call. `booked_on` is the day the caller promised to come (拟:own.call_then_visit)."""
    entry = _entry(
        actor=actor, project=project, kind=Contact.CALL, phone=phone, name=name, now=now, slip=slip
    )
    customer, verdicts, stored = _settle(entry)
    standin = verdicts.result["standin"]
    call = Call.objects.create(**_slip(entry, customer, booked_on=booked_on), standin=standin)
    _after(entry, customer, call, verdicts, stored)
    return call


def _settle(entry: _Entry) -> tuple[Customer, Verdicts, tuple[Any, Any]]:
    """Find or make the customer, decide, and make leases and owner so. The customer row is locked."""
    customer = person_at_the_table(entry.number, entry.project, entry.person_id)
    verdicts, terms, version = decide(
        customer=customer,
        rep=entry.rep,
        event=entry.kind,
        on=entry.day,
        grade=entry.grade,
        project=entry.project,
        asked_for=entry.asked_for,
        number=entry.number,
        at=entry.happened_at,
        layouts=entry.layouts,
    )
    if customer is None:
        stage = Stage.VISITED if entry.kind == Contact.VISIT else Stage.CALLED
        customer = _new_person(entry, stage)
    apply(verdicts, customer, entry.now, entry.happened_at, weak=entry.late)
    return customer, verdicts, (terms, version)


def _new_person(entry: _Entry, stage: Stage) -> Customer:
    witnessed = entry.evidence == Evidence.WITNESSED
    customer = new_person(
        project=entry.project,
        name=entry.name,
        number="" if witnessed else entry.number,
        now=entry.happened_at,
        grade=entry.grade,
        source=entry.source,
        stage=stage,
    )
    if witnessed:
        attach(customer, entry.number, entry.happened_at, witness=entry.actor)
        customer.phone_masked = masked(entry.number)
    return customer


def _slip(entry: _Entry, customer: Customer, **columns: Any) -> dict[str, Any]:
    """The columns of a new slip, `columns` being those of its kind; its state follows from what it says."""
    values = {
        **columns,
        "source": entry.source,
        "grade": entry.grade,
        "layouts": entry.layouts,
        "note": entry.note,
        **entry.particulars,
    }
    known = {**values, "name": entry.name, "number": entry.number}
    check_start(entry.kind, known, entry.terms)
    state = register_state(entry.kind, Outcome.REGISTERED, known, entry.terms, closed=entry.late)
    return {
        **values,
        "state": state,
        "completed_at": entry.now if state == RegisterState.COMPLETE else None,
        "evidence": entry.evidence,
        "device_at": entry.device_at,
        "project": entry.project,
        "customer": customer,
        "reception": entry.turn,
        "outcome": Outcome.REGISTERED,
        "received_by": entry.rep,
        "entered_by": entry.actor,
        "happened_at": entry.happened_at,
        "late_entry": entry.late,
    }


def _after(
    entry: _Entry, customer: Customer, slip: Visit | Call, verdicts: Verdicts, stored: tuple[Any, Any]
) -> None:
    """The customer file, the stored decision, the journal row, the owner's notice and the end of the turn."""
    result = verdicts.result
    _update_file(entry, customer)
    terms, version = stored
    record_decision(verdicts, slip, actor=entry.actor, now=entry.now, terms=terms, version=version)
    journal.record(
        entry.actor,
        f"customers.{entry.kind.value}.registered",
        slip,
        happened_at=entry.now,
        answer=result["answer"],
        owner=result["owner"],
        standin=result["standin"],
        late=entry.late,
        state=slip.state,
        evidence=entry.evidence,
    )
    remind_to_complete(slip, entry.terms, entry.now)
    if result["standin"]:
        title = f"{entry.rep.name} 接待了你的客户 {customer}"
        key = f"standin:{entry.kind.value}:{slip.pk}"
        tell(result["owner"], title, key, f"/customers/{customer.pk}/", "S135", entry.now)
    if entry.kind == Contact.VISIT and entry.number:
        came = entry.happened_at
        note_arrival(actor=entry.actor, customer=customer, number=entry.number, came=came, now=entry.now)
    if entry.turn is not None:
        forget_unregistered(entry.turn, entry.now)
        end_reception(
            actor=entry.actor,
            reception_id=entry.turn.pk,
            now=entry.now,
            reason="已登记",
            outcome=_turned_out(entry, slip, result["answer"]),
        )


def _turned_out(entry: _Entry, slip: Visit | Call, answer: str) -> TurnOutcome:
    """What the turn was, for the queue's log."""
    if slip.standin:
        return TurnOutcome.STANDIN
    if answer != Answer.NEW:
        return TurnOutcome.OLD
    if isinstance(slip, Visit) and slip.method == Method.CHANNEL:
        return TurnOutcome.CHANNEL
    return TurnOutcome.NAMED if entry.asked_for == entry.rep.pk else TurnOutcome.NEW


def _update_file(entry: _Entry, customer: Customer) -> None:
    """Last contact and counts for everybody; grade, needs and the next follow-up only by the owner."""
    customer.last_contact_at = max(customer.last_contact_at or entry.happened_at, entry.happened_at)
    customer.last_contact, customer.last_note = entry.kind.label, entry.note[:200]
    if entry.kind == Contact.VISIT:
        customer.visit_count += 1
        if customer.stage == Stage.LOST:
            end_loss(customer, entry.actor, entry.now)
        if customer.stage in (Stage.CALLED, Stage.VISITED, Stage.LOST):
            customer.stage = Stage.REVISITED if customer.visit_count > 1 else Stage.VISITED
    else:
        customer.call_count += 1
    if entry.consent:
        note_consent(customer, entry.actor, entry.now)
    if customer.owner_id == entry.rep.pk:
        customer.grade = entry.grade
        customer.want_layout = entry.layouts or customer.want_layout
        customer.want_area = entry.particulars.get("area") or customer.want_area
        customer.budget_text = entry.particulars.get("budget_text") or customer.budget_text
        customer.source = customer.source or entry.source
        plan_follow_up(customer, entry.next_on)
    customer.version += 1
    customer.save()
