"""Writing the turn log: one day's row is the lock, every event is one more row, places follow from it."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import F

from customers.models import DutyDesk, QueueDay, QueueEntry, Reception, TurnLog
from customers.queries.queue_log import day_of, digest, turn_of
from customers.rules import QueueLine, QueueState, QueueTerms, TurnEvent
from customers.rules.queue import apply, order, waiting
from customers.rules.queue_decide import projection
from regulations.models import TermsVersion
from regulations.queries import terms_and_version, terms_for
from regulations.rules import ReceptionTerms, to_json
from salesdept import clock
from salesdept.models import Project, User
from salesdept.rules import Message, Role
from salesdept.services.reminders import notify

QUEUE_URL = "/customers/queue/"


class Floor:
    """One project's day, locked until commit: its row, its terms and the hall as the log says it."""

    def __init__(self, row: QueueDay) -> None:
        self.row = row
        day = day_of(row)
        self.terms: QueueTerms = day.terms
        self.hall = day.hall
        self._version = day.rows[0].opening.get("version") if day.rows else None

    @property
    def version(self) -> TermsVersion | None:
        return TermsVersion.objects.filter(pk=self._version).first() if self._version else None

    def names(self) -> Mapping[int, str]:
        return dict(User.objects.filter(pk__in=self.hall.seats).values_list("pk", "name"))

    def state(self, rep: int) -> str:
        seat = self.hall.seats.get(rep)
        return str(seat.state) if seat else QueueState.OFF.value

    def waiting(self) -> int:
        return len(waiting(self.hall))

    def open_hours(self, now: datetime) -> bool:
        return self.terms.opens_hour <= now.astimezone(clock.SHANGHAI).hour < self.terms.closes_hour

    def append(
        self, event: TurnEvent, rep: User | int | None, by: User | None, now: datetime, **fields: Any
    ) -> TurnLog:
        """One more row; the hall, the day's top and everybody's place follow."""
        short = self.waiting() < self.terms.min_waiting
        row = TurnLog(
            queue=self.row,
            seq=self.row.last_seq + 1,
            at=now,
            event=event,
            rep_id=rep.pk if isinstance(rep, User) else rep,
            by=by,
            **{**fields, "note": fields.get("note", "")[:100]},
        )
        row.digest = digest(self.row.last_digest, row)
        row.save(force_insert=True)
        self.row.last_seq, self.row.last_digest = row.seq, row.digest
        self.row.version += 1
        self.row.save(update_fields=["last_seq", "last_digest", "version"])
        apply(self.hall, turn_of(row))
        sync(self)
        home = event == TurnEvent.OFF and not self.open_hours(now)
        if not short and not home and self.waiting() < self.terms.min_waiting:
            _alarm(self, now)
        return row


def floor(project: Project | int, now: datetime) -> Floor:
    """Today's queue, locked; opened with the order of the last day when this is its first event."""
    project_id = project.pk if isinstance(project, Project) else project
    day = clock.business_date(now)
    mode = terms_for(ReceptionTerms, on=day, project=project_id).order
    row, fresh = QueueDay.objects.get_or_create(project_id=project_id, day=day, defaults={"mode": mode})
    row = _locked(row.pk)
    if fresh:
        _open(row, now)
    return Floor(row)


def floor_if_open(project: Project | int, day: date) -> Floor | None:
    """A day's queue, locked, or None when nobody signed in that day."""
    row = QueueDay.objects.filter(project=project, day=day).first()
    return Floor(_locked(row.pk)) if row else None


def _locked(pk: int) -> QueueDay:
    return QueueDay.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)


def _open(row: QueueDay, now: datetime) -> None:
    terms, version = terms_and_version(QueueTerms, on=row.day, project=row.project_id)
    before = QueueDay.objects.filter(project=row.project_id, day__lt=row.day).order_by("-day").first()
    hall = day_of(before).hall if before else None
    orders = {line.value: order(hall, line) if hall else [] for line in QueueLine}
    first = TurnLog(
        queue=row,
        seq=1,
        at=now,
        event=TurnEvent.OPENED,
        opening={"orders": orders, "terms": to_json(terms), "version": version.pk if version else None},
    )
    first.digest = digest("", first)
    first.save(force_insert=True)
    row.last_seq, row.last_digest = 1, first.digest
    row.save(update_fields=["last_seq", "last_digest"])


def sync(on: Floor) -> None:
    """Bring the fast table of places to what the log says."""
    rows = QueueEntry.objects.filter(project=on.row.project_id, day=on.row.day)
    found = {
        entry.rep_id: entry for entry in rows.select_for_update(of=("self",), no_key=True).order_by("pk")
    }
    changed, names = [], []
    for rep, values in projection(on.hall).items():
        names = list(values)
        entry = found.get(rep)
        if entry is None:
            QueueEntry.objects.create(project_id=on.row.project_id, day=on.row.day, rep_id=rep, **values)
        elif any(getattr(entry, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(entry, name, value)
            changed.append(entry)
    if changed:
        QueueEntry.objects.bulk_update(changed, names)


def touch(project: Project | int, day: date) -> None:
    """Something beside the log changed on the screens."""
    QueueDay.objects.filter(project=project, day=day).update(version=F("version") + 1)


def desk_people(project: Project | int, day: date) -> list[User]:
    """Who runs the floor: the assistants and whoever holds the desk today."""
    held = DutyDesk.objects.filter(project=project, day=day, ended_at__isnull=True).values("holder")
    assistants = User.objects.filter(projects=project, role=Role.ASSISTANT, is_active=True)
    return list(assistants.union(User.objects.filter(pk__in=held, is_active=True)))


def tell(people: Iterable[User], title: str, key: str, now: datetime, clause: str, body: str = "") -> None:
    """A notice that leads to the queue."""
    notify(
        [
            Message(user_id=person.pk, title=title, key=key, body=body, url=QUEUE_URL, clause=clause)
            for person in people
        ],
        now,
    )


def _alarm(on: Floor, now: datetime) -> None:
    """Too few are waiting (S108, S109): assistant, supervisor and whoever holds the desk hear of it."""
    project, day = on.row.project_id, on.row.day
    leaders = User.objects.filter(projects=project, role=Role.SUPERVISOR, is_active=True)
    people = {person.pk: person for person in [*desk_people(project, day), *leaders]}
    count = on.waiting()
    title = f"大厅候客 {count} 人，少于 {on.terms.min_waiting} 人" if count else "大厅没有候客代表"
    tell(people.values(), title, f"hall_empty:{on.row.pk}:{on.row.last_seq}", now, "S109")


def open_today(rep: User, project: Project | int, now: datetime) -> list[Reception]:
    """Receptions of today that somebody has open."""
    since = clock.at(clock.business_date(now))
    rows = Reception.objects.filter(rep=rep, project=project, ended_at__isnull=True, started_at__gte=since)
    return list(rows.order_by("pk"))
