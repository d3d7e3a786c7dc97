"""开业十问: the first start asks for the rules that cause quarrels; answers become version 1."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from regulations import access, rules
from regulations.queries.terms import terms_for
from regulations.services.terms import draft_terms
from regulations.slots import topic_of
from salesdept import journal
from salesdept.clock import business_date
from salesdept.errors import RuleError
from salesdept.models import Project, User
from salesdept.verbs import locked, service

REASON = "开业十问"


@service
def answer_opening(
    *,
    actor: User,
    project_id: int,
    answers: Mapping[str, Mapping[str, Any]],
    now: datetime,
    idempotency_key: str | None = None,
) -> Project:
    """Draft version 1 of every answered topic for the project. `answers`: topic name → field → value.

    Unanswered fields keep what is in force. Each draft waits for the other of 经理 and 总监.
    """
    project = _asked_now(actor, project_id, now)
    today = business_date(now)
    for topic_name, fields in answers.items():
        current = rules.to_json(terms_for(topic_of(topic_name), on=today, project=project))
        draft_terms(
            actor=actor,
            topic_name=topic_name,
            values={**current, **fields},
            effective_from=today,
            reason=REASON,
            project=project,
            now=now,
        )
    journal.record(actor, "regulations.opening.answered", project, happened_at=now, topics=sorted(answers))
    return project


@service
def skip_opening(
    *, actor: User, project_id: int, now: datetime, idempotency_key: str | None = None
) -> Project:
    """Keep the built-in defaults; every term stays on 制度参数 for a later change."""
    project = _asked_now(actor, project_id, now)
    journal.record(actor, "regulations.opening.skipped", project, happened_at=now)
    return project


def _asked_now(actor: User, project_id: int, now: datetime) -> Project:
    project = locked(Project.objects.all(), project_id)
    access.may_draft_terms(actor, project).or_raise()
    if project.settings_asked_at:
        raise RuleError(
            "opening_answered",
            "开业十问已答过",
            "拟:sys.terms",
            "在制度参数里逐项变更",
            "/regulations/terms/",
        )
    project.settings_asked_at = now
    project.save(update_fields=["settings_asked_at"])
    return project
