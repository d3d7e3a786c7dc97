"""Storing what the regulation decided."""

from datetime import datetime
from typing import Any

from django.db import models

from regulations import rules
from regulations.models import Decision, TermsVersion
from regulations.rules import Verdicts
from salesdept import journal
from salesdept.models import User


def record_decision(
    verdicts: Verdicts,
    subject: models.Model,
    *,
    actor: User | None,
    now: datetime,
    terms: Any = None,
    version: TermsVersion | None = None,
) -> Decision:
    """Store a decision with its inputs, steps and the values of its terms, in the caller's transaction."""
    steps = [{"text": s.text, "clause": s.clause, "value": s.value} for s in verdicts.steps]
    named = dict.fromkeys(s["clause"] for s in steps if s["clause"])
    return Decision.objects.create(
        kind=verdicts.kind,
        subject=journal.label(subject),
        result=journal.plain(dict(verdicts.result)),
        inputs=journal.plain(dict(verdicts.inputs)),
        steps=steps,
        clauses=list(verdicts.clauses or named),
        terms_topic=getattr(terms, "topic_name", ""),
        terms_version=version,
        terms_values=rules.to_json(terms) if terms is not None else {},
        made_by=actor,
        made_at=now,
    )
