"""未留电 and 非客户: who came and left no claim."""

from datetime import datetime
from typing import Any

from customers import access
from customers.models import Call, Visit
from customers.rules import Contact, Method, Outcome, TurnOutcome
from customers.rules.register import Refusal, RegisterState
from customers.services.reception import end_reception
from customers.services.registering import forget_unregistered
from customers.services.slips import read_receiver, read_turn, read_when
from salesdept import journal
from salesdept.errors import RuleError
from salesdept.models import Project, User
from salesdept.verbs import service

ENDS = {Outcome.NO_PHONE: TurnOutcome.NO_PHONE, Outcome.NOT_CUSTOMER: TurnOutcome.PEER}


@service
def register_empty(
    *,
    actor: User,
    project: Project,
    now: datetime,
    outcome: str,
    kind: Contact = Contact.VISIT,
    method: str = Method.WALK_IN,
    party_size: int = 1,
    note: str = "",
    refusal: str = Refusal.UNWILLING,
    reception_id: int | None = None,
    received_by: User | None = None,
    idempotency_key: str | None = None,
) -> Visit | Call:
    """未留电 counts, says why, starts no claim; 非客户 (同行, 送货, 找人) neither counts nor uses a turn."""
    access.may_register(actor).or_raise()
    if outcome not in (Outcome.NO_PHONE, Outcome.NOT_CUSTOMER):
        raise RuleError("outcome_unknown", "只有未留电与非客户不填号码", "S134", "按「保存登记」登记客户")
    turn, refused = read_turn(actor, project, reception_id, kind), outcome == Outcome.NO_PHONE
    slip: dict[str, Any] = {
        "project": project,
        "reception": turn,
        "outcome": outcome,
        "received_by": read_receiver(actor, turn, received_by),
        "entered_by": actor,
        "happened_at": read_when(turn, None, now),
        "note": note.strip()[:500],
        "state": RegisterState.REFUSED if refused else RegisterState.NONE,
        "refusal": _refusal(refusal) if refused else "",
    }
    row: Visit | Call
    if kind == Contact.CALL:
        row = Call.objects.create(**slip)
    else:
        known = method if method in Method.values else Method.WALK_IN
        row = Visit.objects.create(**slip, method=known, party_size=min(max(party_size, 1), 99))
    journal.record(actor, f"customers.{kind.value}.registered", row, happened_at=now, outcome=outcome)
    if turn is not None:
        forget_unregistered(turn, now)
        ended = Outcome(outcome)
        end_reception(actor=actor, reception_id=turn.pk, now=now, reason=ended.label, outcome=ENDS[ended])
    return row


def _refusal(reason: str) -> str:
    return reason if reason in Refusal.values else Refusal.OTHER.value
