"""开业十问 as the page draws them."""

from collections.abc import Sequence
from dataclasses import Field, dataclass, fields
from datetime import date
from typing import Any

from regulations.clauses import cite
from regulations.queries.terms import terms_for
from regulations.rules import QUESTIONS, Question, Unit
from regulations.slots import TOPICS
from salesdept.models import Project, User


@dataclass(frozen=True, slots=True)
class Part:
    """One term a question sets."""

    key: str
    topic: str
    field: str
    unit: str
    current: Any
    definition: "Field[Any]"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the terms that answer it and what holds now."""

    number: int
    question: Question
    parts: Sequence[Part]
    quote: str


def asked(today: date, project: Project | None) -> list[Asked]:
    """The ten questions in order, each with the value in force as its first answer."""
    kinds = {kind.topic_name: kind for kind in TOPICS}
    return [
        _asked(number, question, kinds, today, project)
        for number, question in enumerate(QUESTIONS, 1)
        if all(name in terms_of(kinds.get(topic)) for topic, name in question.fields)
    ]


def _asked(
    number: int, question: Question, kinds: dict[str, type[Any]], today: date, project: Project | None
) -> Asked:
    parts = [_part(kinds[topic], name, today, project) for topic, name in question.fields]
    return Asked(number, question, parts, cite(question.clause).quote if question.clause else "")


def terms_of(kind: type[Any] | None) -> set[str]:
    """Field names of a topic; none for a chapter that is not installed."""
    return {definition.name for definition in fields(kind)} if kind else set()


def _part(kind: type[Any], name: str, today: date, project: Project | None) -> Part:
    definition = next(f for f in fields(kind) if f.name == name)
    current = getattr(terms_for(kind, on=today, project=project), name)
    unit = str(Unit(definition.metadata["unit"]).label)
    return Part(
        f"{kind.topic_name.replace('.', '_')}_{name}", kind.topic_name, name, unit, current, definition
    )


def unasked(actor: User) -> Project | None:
    """An own project whose opening questions were neither answered nor skipped."""
    if not actor.is_active:
        return None
    return next((project for project in actor.own_projects if project.settings_asked_at is None), None)
