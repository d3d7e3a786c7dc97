"""The terms of a business date."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from typing import Any, cast

from django.db.models import Exists, F, OuterRef, Q

from regulations.models import TermsVersion
from regulations.rules import from_json
from salesdept.models import Project

type _Scope = tuple[date, int | None]
type _Known = dict[_Scope, dict[str, TermsVersion]]
_remembered: ContextVar[_Known | None] = ContextVar("remembered_terms", default=None)


@contextmanager
def remembering_terms() -> Iterator[None]:
    """Read the versions of a day once for the block, all topics together.

    Only where no version is approved meanwhile.
    """
    token = _remembered.set({})
    try:
        yield
    finally:
        _remembered.reset(token)


def version_for(topic_name: str, *, on: date, project: Project | int | None = None) -> TermsVersion | None:
    """The approved version of a business date: the project's own before the company's, newest first."""
    project_id = project.pk if isinstance(project, Project) else project
    known = _remembered.get()
    if known is None:
        return _find(topic_name, on, project_id)
    if (on, project_id) not in known:
        _read(known, on, project_id)
    return known[on, project_id].get(topic_name)


def _read(known: _Known, on: date, project_id: int | None) -> None:
    """Every topic's version of the day in one question, for the company and for the project."""
    approved = TermsVersion.objects.approved().filter(effective_from__lte=on)
    newer = approved.filter(topic=OuterRef("topic"), effective_from__gt=OuterRef("effective_from"))
    same = Q(Exists(newer.filter(project_id=OuterRef("project_id"))), project__isnull=False)
    same |= Q(Exists(newer.filter(project__isnull=True)), project__isnull=True)
    rows = approved.filter(_scope(project_id)).exclude(same).order_by("effective_from")
    company, own = known.setdefault((on, None), {}), known.setdefault((on, project_id), {})
    found = list(rows)
    company |= {row.topic: row for row in found if row.project_id is None}
    if project_id:
        own |= {**company, **{row.topic: row for row in found if row.project_id}}


def _scope(project_id: int | None) -> Q:
    return Q(project__isnull=True) | Q(project_id=project_id) if project_id else Q(project__isnull=True)


def _find(topic_name: str, on: date, project_id: int | None) -> TermsVersion | None:
    return (
        TermsVersion.objects.approved()
        .filter(_scope(project_id), topic=topic_name, effective_from__lte=on)
        .order_by(F("project_id").desc(nulls_last=True), "-effective_from")
        .first()
    )


def terms_for[T](kind: type[T], *, on: date, project: Project | int | None = None) -> T:
    """The terms of a topic on the business date of the event; defaults where nothing was approved."""
    return terms_and_version(kind, on=on, project=project)[0]


def terms_and_version[T](
    kind: type[T], *, on: date, project: Project | int | None = None
) -> tuple[T, TermsVersion | None]:
    """The same, with the version row a decision stores (None = the built-in defaults)."""
    version = version_for(cast(Any, kind).topic_name, on=on, project=project)
    return (from_json(kind, version.values) if version else kind()), version
