"""制度参数: every topic with its values in force, what comes, what waits, and who changed what and why."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date
from itertools import groupby
from typing import Any

from django.apps import apps
from django.db.models import Count

from regulations import access
from regulations.models import Acknowledgement, TermsVersion
from regulations.rules import Unit, VersionState, from_json, shown
from regulations.slots import TOPICS
from salesdept.models import Project, User
from salesdept.verdict import ALLOWED, Verdict

BUILT_IN = "内置默认值"


@dataclass(frozen=True, slots=True)
class Line:
    """One term as the reader sees it. `was` is filled when another version said something else."""

    name: str
    label: str
    value: str
    unit: str
    clause: str
    note: str = ""
    was: str = ""


@dataclass(frozen=True, slots=True)
class TopicCard:
    """One topic on the overview."""

    name: str
    label: str
    lines: Sequence[Line]
    version: str
    is_draft: bool
    coming: str
    waiting: int


@dataclass(frozen=True, slots=True)
class Chapter:
    label: str
    topics: Sequence[TopicCard]


@dataclass(frozen=True, slots=True)
class Entry:
    """One version in the history of a topic: what it changes against the one before it."""

    version: TermsVersion
    status: str
    tone: str
    scope: str
    changes: Sequence[Line]
    readers: int = 0
    mine: bool = False
    may_read: Verdict = ALLOWED


def lines_of(kind: type[Any], terms: Any, old: Any = None) -> list[Line]:
    """The fields of a terms object; with `old`, only those that differ."""
    made = []
    for definition in fields(kind):
        meta, value = definition.metadata, getattr(terms, definition.name)
        before = getattr(old, definition.name) if old is not None else value
        if old is not None and before == value:
            continue
        unit = Unit(meta.get("unit") or Unit.NONE).label
        made.append(
            Line(
                definition.name,
                meta["label"],
                shown(definition, value),
                str(unit),
                meta["clause"],
                meta["note"],
                shown(definition, before) if old is not None else "",
            )
        )
    return made


def versions_of(actor: User, project: Project | None, topic: str = "") -> list[TermsVersion]:
    """Versions of the company and of the project on screen, newest day first."""
    rows = TermsVersion.objects.visible_to(actor).select_related(
        "project", "drafted_by", "approved_by", "request", "request__decided_by", "request__requester"
    )
    rows = rows.filter(topic=topic) if topic else rows
    return [row for row in rows if row.project_id in (None, project.pk if project else None)]


def in_force(versions: Iterable[TermsVersion], today: date) -> TermsVersion | None:
    """Of one topic's versions: the project's own before the company's, newest first (as `version_for`)."""
    past = [v for v in versions if v.state == VersionState.APPROVED and v.effective_from <= today]
    return max(past, key=lambda v: (v.project_id or 0, v.effective_from), default=None)


def chapters(actor: User, today: date, project: Project | None) -> list[Chapter]:
    """All topics by their chapter's app, in the order of the slot. One query."""
    rows = versions_of(actor, project)
    kinds = sorted(TOPICS, key=lambda kind: _rank(kind.topic_app))
    return [
        Chapter(str(apps.get_app_config(app).verbose_name), [_card(kind, rows, today) for kind in group])
        for app, group in groupby(kinds, key=lambda kind: kind.topic_app)
    ]


def _rank(app: str) -> int:
    order = ["customers", "inventory", "contracts", "commissions", "attendance", "performance", "regulations"]
    return order.index(app) if app in order else len(order)


def _card(kind: type[Any], rows: Iterable[TermsVersion], today: date) -> TopicCard:
    own = [row for row in rows if row.topic == kind.topic_name]
    now = in_force(own, today)
    coming = sorted(
        v.effective_from for v in own if v.state == VersionState.APPROVED and v.effective_from > today
    )
    return TopicCard(
        name=kind.topic_name,
        label=kind.topic_label,
        lines=lines_of(kind, from_json(kind, now.values) if now else kind()),
        version=f"{now.effective_from:%Y-%m-%d} 起" if now else BUILT_IN,
        is_draft=now is None,
        coming=f"{coming[0]:%Y-%m-%d}" if coming else "",
        waiting=sum(v.state == VersionState.DRAFT for v in own),
    )


def history(actor: User, kind: type[Any], today: date, project: Project | None) -> list[Entry]:
    """Every version of a topic, newest first, each against the approved one before it in its scope."""
    rows = versions_of(actor, project, kind.topic_name)
    active = in_force(rows, today)
    readers = dict(
        Acknowledgement.objects.filter(version__in=rows).values_list("version").annotate(n=Count("pk"))
    )
    mine = set(Acknowledgement.objects.filter(version__in=rows, user=actor).values_list("version", flat=True))
    return [
        Entry(
            row,
            *_status(row, active, today),
            str(row.project or "公司"),
            lines_of(kind, from_json(kind, row.values), _before(kind, row, rows)),
            readers.get(row.pk, 0),
            row.pk in mine,
            access.may_acknowledge(actor, row),
        )
        for row in rows
    ]


def _status(row: TermsVersion, active: TermsVersion | None, today: date) -> tuple[str, str]:
    if row.state != VersionState.APPROVED:
        return row.get_state_display(), "warn" if row.state == VersionState.DRAFT else "mute"
    if row == active:
        return "现行", "ok"
    return ("待生效", "info") if row.effective_from > today else ("已被替代", "mute")


def _before(kind: type[Any], row: TermsVersion, rows: Iterable[TermsVersion]) -> Any:
    """What held the day before a version: the newest approved one of its scope, or the defaults."""
    earlier = [
        v
        for v in rows
        if v.state == VersionState.APPROVED
        and v.pk != row.pk
        and v.effective_from < row.effective_from
        and v.project_id in (None, row.project_id)
    ]
    last = max(earlier, key=lambda v: (v.project_id or 0, v.effective_from), default=None)
    return from_json(kind, last.values) if last else kind()


def changes_of(version: TermsVersion) -> list[Line]:
    """What one version changes, for the request that carries it."""
    kind = next(kind for kind in TOPICS if kind.topic_name == version.topic)
    rows = list(TermsVersion.objects.approved().filter(topic=version.topic))
    return lines_of(kind, from_json(kind, version.values), _before(kind, version, rows))


def waiting(entries: Iterable[Entry]) -> Iterator[Entry]:
    return (entry for entry in entries if entry.version.state == VersionState.DRAFT)
