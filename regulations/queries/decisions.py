"""「为什么」: what was decided, from which inputs, by which steps, under which terms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models

from regulations.models import Decision
from regulations.queries.topics import BUILT_IN, Line, lines_of
from regulations.rules import from_json
from regulations.slots import DECISIONS, TOPICS, decision_of
from salesdept import journal


@dataclass(frozen=True, slots=True)
class Why:
    """One decision, ready to draw: `regulations/partials/why.html`."""

    decision: Decision
    label: str
    result: Sequence[tuple[str, str]]
    inputs: Sequence[tuple[str, str]]
    steps: Sequence[Mapping[str, str]]
    clauses: Sequence[str]
    topic_label: str
    version: str
    terms: Sequence[Line]
    can_recompute: bool


def why(decision: Decision) -> Why:
    """What 「为什么」 shows of a stored decision."""
    kind = next((kind for kind in TOPICS if kind.topic_name == decision.terms_topic), None)
    version = decision.terms_version
    return Why(
        decision=decision,
        label=next((kind.label for kind in DECISIONS if kind.name == decision.kind), decision.kind),
        result=_facts(decision.result),
        inputs=_facts(decision.inputs),
        steps=decision.steps,
        clauses=decision.clauses,
        topic_label=kind.topic_label if kind else "",
        version=f"{version.effective_from:%Y-%m-%d} 起" if version else BUILT_IN,
        terms=lines_of(kind, from_json(kind, decision.terms_values)) if kind else (),
        can_recompute=any(kind.name == decision.kind for kind in DECISIONS),
    )


def _facts(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(name, _words(value)) for name, value in values.items()]


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Mapping):
        return "，".join(f"{name} {_words(item)}" for name, item in value.items())
    if isinstance(value, list):
        return "；".join(_words(item) for item in value)
    return "—" if value is None or value == "" else str(value)


def decisions_about(subject: models.Model, kind: str = "") -> list[Decision]:
    """Decisions about a row, newest first. The caller has asked whether the actor may see the row."""
    rows = Decision.objects.filter(subject=journal.label(subject)).select_related("terms_version", "made_by")
    return list(rows.filter(kind=kind) if kind else rows)


def recomputed(decision: Decision) -> bool:
    """Whether the rule, run again on the stored inputs and terms, comes to the stored result."""
    again = decision_of(decision.kind).recompute(decision.inputs, decision.terms_values)
    return bool(journal.plain(dict(again.result)) == decision.result)
