"""撞单: what every verb of a case leans on — the locked row, its file, its evidence, who is told."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse

from customers.models import Dispute, DisputeStatement, EvidencePack
from customers.queries.evidence import assemble, claims_of
from customers.rules.disputes import (
    PARTIES,
    DisputeState,
    DisputeTerms,
    Saying,
    check_move,
    split_values,
    suggest,
)
from regulations.models import Decision
from regulations.queries import terms_and_version, terms_for
from regulations.rules import SplitTerms
from regulations.services import record_decision
from salesdept import clock
from salesdept.errors import RuleError
from salesdept.models import User
from salesdept.rules import Message, Role
from salesdept.services.files import store
from salesdept.services.reminders import notify
from salesdept.verbs import digest, locked


def page_of(dispute: Dispute) -> str:
    return reverse("customers:dispute_detail", args=[dispute.pk])


def party_ids(dispute: Dispute) -> list[int]:
    return [seat.person_id for seat in dispute.seats.all() if seat.kind in PARTIES]


def deciders(dispute: Dispute, *roles: Role) -> list[int]:
    """Working leaders of the project in these roles: 主管 and 经理 by default."""
    people = User.objects.filter(
        is_active=True, role__in=roles or (Role.SUPERVISOR, Role.MANAGER), projects=dispute.project_id
    )
    return list(people.order_by("pk").values_list("pk", flat=True))


def directors(dispute: Dispute) -> list[int]:
    return deciders(dispute, Role.DIRECTOR)


def tell_people(
    dispute: Dispute, people: Iterable[int], title: str, what: str, now: datetime, *, but: int | None = None
) -> None:
    """One notice to each person about one step of the case."""
    notify(
        [
            Message(
                user_id=person,
                title=title,
                body=dispute.code,
                key=f"dispute:{dispute.pk}:{what}",
                url=page_of(dispute),
                clause="S75",
            )
            for person in dict.fromkeys(people)
            if person != but
        ],
        now,
    )


def the_case(
    actor: User | None, dispute_id: int, states: Sequence[DisputeState], to: DisputeState
) -> Dispute:
    """A visible case, locked; RuleError when it is in none of the states."""
    rows = Dispute.objects.visible_to(actor) if actor else Dispute.objects.all()
    dispute = locked(rows.select_related("customer"), dispute_id)
    if dispute.state not in states:
        check_move(dispute.state, to)
        raise RuleError("dispute_step", f"这件争议{dispute.get_state_display()}", "S75", "等下一步")
    return dispute


def say(
    dispute: Dispute, actor: User, kind: Saying, text: str, now: datetime, upload: Any = None
) -> DisputeStatement:
    """One row of the case's file, with its paper when there is one."""
    if not text.strip():
        raise RuleError("text_needed", f"{kind.label}须写内容", "S75", "写一句再提交")
    paper: dict[str, Any] = {}
    if upload:
        kept = store(upload, "disputes", now, "S75")
        paper = {
            "file": kept.path,
            "file_name": kept.name,
            "content_type": kept.content_type,
            "sha256": kept.sha256,
        }
    return DisputeStatement.objects.create(
        dispute=dispute, by=actor, kind=kind, text=text.strip()[:1000], at=now, **paper
    )


def terms_of(dispute: Dispute, now: datetime) -> DisputeTerms:
    return terms_for(DisputeTerms, on=clock.business_date(now), project=dispute.project_id)


def gather(dispute: Dispute, actor: User, now: datetime) -> tuple[EvidencePack, Decision]:
    """A new snapshot with its digest, and the suggestion stored beside it."""
    lines = assemble(dispute)
    pack = EvidencePack.objects.create(
        dispute=dispute, made_at=now, made_by=actor, lines=lines, digest=digest(lines)
    )
    on = dispute.deal_on or clock.business_date(dispute.filed_at)
    terms, version = terms_and_version(DisputeTerms, on=on, project=dispute.project_id)
    inputs = {
        "on": on.isoformat(),
        "deal_on": dispute.deal_on.isoformat() if dispute.deal_on else None,
        "closer": dispute.closer_id,
        "situation": dispute.situation,
        "split_terms": split_values(terms_for(SplitTerms, on=on, project=dispute.project_id)),
        "claims": claims_of(dispute, on),
    }
    verdicts = suggest(inputs, terms)
    return pack, record_decision(verdicts, dispute, actor=actor, now=now, terms=terms, version=version)
