"""撞单: a case is accepted, looked into, talked over or taken back. The ruling is in `rulings`."""

from datetime import datetime
from typing import Any

from customers import access
from customers.models import Dispute, DisputeStatement
from customers.queries.disputes import ruling_facts
from customers.rules import LeaseState
from customers.rules.disputes import OBSERVED, OPEN, PENDING, DisputeState, Saying
from customers.services.cases import deciders, gather, party_ids, say, tell_people, the_case
from customers.services.leases import move_lease
from customers.slots import RULING_EFFECTS
from salesdept import journal
from salesdept.errors import RuleError
from salesdept.models import User
from salesdept.rules import Role
from salesdept.verbs import service


@service
def accept_dispute(
    *, actor: User, dispute_id: int, now: datetime, idempotency_key: str | None = None
) -> Dispute:
    """受理: the system assembles the evidence and the ruling it suggests."""
    dispute = the_case(actor, dispute_id, [DisputeState.FILED], DisputeState.ACCEPTED)
    access.may_accept(actor, dispute).or_raise()
    dispute.state, dispute.accepted_by, dispute.accepted_at = DisputeState.ACCEPTED, actor, now
    dispute.save(update_fields=["state", "accepted_by", "accepted_at"])
    gather(dispute, actor, now)
    journal.record(actor, "customers.dispute.accepted", dispute, happened_at=now)
    tell_people(
        dispute,
        [*party_ids(dispute), *deciders(dispute, Role.MANAGER)],
        "归属争议已受理",
        "accepted",
        now,
        but=actor.pk,
    )
    return dispute


@service
def gather_evidence(
    *,
    actor: User,
    dispute_id: int,
    situation: str,
    now: datetime,
    idempotency_key: str | None = None,
) -> Dispute:
    """取证 again, and the suggestion anew; `situation` is what people saw and no register tells, or ""."""
    states = [DisputeState.ACCEPTED, DisputeState.MEDIATING, DisputeState.APPEALED]
    dispute = the_case(actor, dispute_id, states, DisputeState.MEDIATING)
    (access.may_accept(actor, dispute) or access.may_hear(actor, dispute)).or_raise()
    if situation and situation not in OBSERVED:
        raise RuleError("situation_unknown", "没有这种情形", "S75", "在列出的情形中选")
    dispute.situation = situation
    dispute.save(update_fields=["situation"])
    gather(dispute, actor, now)
    journal.record(actor, "customers.dispute.gathered", dispute, happened_at=now, situation=situation)
    return dispute


@service
def add_statement(
    *,
    actor: User,
    dispute_id: int,
    text: str,
    now: datetime,
    upload: Any = None,
    idempotency_key: str | None = None,
) -> DisputeStatement:
    """陈述 of a party, or a note of whoever handles the case, while it is open."""
    dispute = the_case(actor, dispute_id, PENDING, DisputeState.ACCEPTED)
    access.may_speak(actor, dispute).or_raise()
    kind = Saying.STATEMENT if access.is_party(actor, dispute) else Saying.NOTE
    row = say(dispute, actor, kind, text, now, upload)
    journal.record(actor, "customers.dispute.said", dispute, happened_at=now, kind=kind, paper=row.sha256)
    return row


@service
def mediate_dispute(
    *, actor: User, dispute_id: int, text: str, now: datetime, idempotency_key: str | None = None
) -> Dispute:
    """调解: what was talked over and where it ended; the ruling follows."""
    states = [DisputeState.ACCEPTED, DisputeState.MEDIATING]
    dispute = the_case(actor, dispute_id, states, DisputeState.MEDIATING)
    access.may_accept(actor, dispute).or_raise()
    say(dispute, actor, Saying.MEDIATION, text, now)
    dispute.state = DisputeState.MEDIATING
    dispute.save(update_fields=["state"])
    journal.record(actor, "customers.dispute.mediated", dispute, happened_at=now)
    tell_people(dispute, party_ids(dispute), "归属争议已调解", f"mediated:{now:%s}", now, but=actor.pk)
    return dispute


@service
def withdraw_dispute(
    *, actor: User, dispute_id: int, now: datetime, idempotency_key: str | None = None
) -> Dispute:
    """The one who filed takes it back before the ruling; the leases thaw as they were."""
    dispute = the_case(actor, dispute_id, OPEN, DisputeState.WITHDRAWN)
    access.may_withdraw(actor, dispute).or_raise()
    dispute.state, dispute.closed_at = DisputeState.WITHDRAWN, now
    dispute.save(update_fields=["state", "closed_at"])
    for freeze in dispute.freezes.select_related("lease"):
        if freeze.lease.state == LeaseState.FROZEN:
            move_lease(freeze.lease, LeaseState(freeze.was))
    for effect in RULING_EFFECTS:
        effect.apply(ruling_facts(dispute), actor, now)
    journal.record(actor, "customers.dispute.withdrawn", dispute, happened_at=now)
    tell_people(dispute, party_ids(dispute), "归属争议已撤回", "withdrawn", now, but=actor.pk)
    return dispute
