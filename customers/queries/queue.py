"""候客顺序 on screen: the desk's control, one's own place, the hall's screen. No guest is named here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet, Subquery

from customers import access
from customers.models import AbsenceRequest, DutyDesk, QueueDay, QueueEntry, Reception
from customers.queries.queue_sheet import turn_facts
from customers.rules import RECEIVES, Absence, Contact, QueueState, QueueTerms, TurnKind
from customers.rules.greeting import is_new
from customers.rules.queue_counts import relieved
from customers.rules.queue_words import GONE, RequestState
from regulations.queries import terms_for
from salesdept import clock
from salesdept.formats import span
from salesdept.models import Project, User
from salesdept.qr import qr

__all__ = ["floor_version", "hall_screen", "own_place", "queue_page", "turn_facts"]
# What a rep asks for in one tap; the rest stands on the page of the place.
QUICK = (Absence.RESTROOM, Absence.LUNCH, Absence.REST)
OWN_GUESTS = (TurnKind.NAMED, TurnKind.OWN, TurnKind.CHANNEL)


@dataclass(frozen=True, slots=True)
class Floor:
    """One read of today's places."""

    entries: Sequence[QueueEntry]
    terms: QueueTerms
    desk: DutyDesk | None
    now: datetime

    @property
    def waiting(self) -> list[QueueEntry]:
        return [entry for entry in self.entries if entry.state == QueueState.WAITING]

    @property
    def next(self) -> QueueEntry | None:
        """The next to receive: who waits, is not on the phone and owes no penalty while others are there."""
        free = [entry for entry in self.waiting if not entry.talking]
        return next((entry for entry in free if not entry.skips), free[0] if free else None)

    @property
    def beside(self) -> QueueEntry | None:
        """Who is asked to look after a second guest when nobody waits (S183)."""
        if self.next or self.terms.single_load:
            return None
        busy = (e for e in self.entries if e.state == QueueState.RECEIVING and not e.declined)
        return next(busy, None)

    @property
    def post(self) -> QueueEntry | None:
        free = self.waiting
        return free[relieved(free[0].state_since, self.now, len(free), self.terms)] if free else None

    @property
    def version(self) -> int | None:
        """The day's, read with its places; None where there is none."""
        found: int | None = getattr(self.entries[0], "day_version", None) if self.entries else None
        return found

    def of(self, user: User) -> QueueEntry | None:
        return next((entry for entry in self.entries if entry.rep_id == user.pk), None)


def floor_now(project: Project, now: datetime) -> Floor:
    today = clock.business_date(now)
    rows = QueueEntry.objects.filter(project=project, day=today).select_related("rep").order_by("position")
    desk = DutyDesk.objects.filter(project=project, day=today, ended_at__isnull=True)
    return Floor(
        entries=list(rows.annotate(day_version=Subquery(_versions(project, today)[:1]))),
        terms=terms_for(QueueTerms, on=today, project=project),
        desk=desk.select_related("holder").first(),
        now=now,
    )


def _versions(project: Project, today: date) -> QuerySet[QueueDay, int]:
    return QueueDay.objects.filter(project=project, day=today).values_list("version", flat=True)


def floor_version(project: Project, now: datetime, floor: Floor | None = None) -> str:
    """Changes with every event of the day, and each minute, since waiting is shown in minutes.

    A floor that was read anyway brings it along, when it has any place.
    """
    today = clock.business_date(now)
    known = floor.version if floor else None
    version = known if known is not None else _versions(project, today).first()
    return f"{project.pk}-{today:%Y%m%d}-{version or 0}-{int(now.timestamp()) // 60}"


def _clock(moment: datetime) -> str:
    return f"{moment.astimezone(clock.SHANGHAI):%H:%M}"


def _place(entry: QueueEntry, number: int, user: User, floor: Floor) -> dict[str, Any]:
    state, absence = QueueState(entry.state), entry.absence
    return {
        "pk": str(entry.pk),
        "no": str(number),
        "name": entry.rep.name,
        "me": entry.rep_id == user.pk,
        "since": _clock(entry.state_since),
        "for": span(floor.now - entry.state_since),
        "turns": str(entry.turns),
        "claims": str(entry.claims) if entry.claims else "",
        "lost": str(entry.lost) if entry.lost else "",
        "skips": entry.skips > 0,
        "talking": entry.talking,
        "reason": entry.reason,
        "state": Absence(absence).label if absence else state.label,
        "gone": state in GONE and not (absence == Absence.MEETING and entry.rep_id == user.pk),
        "suspended": state == QueueState.SUSPENDED,
        "rep_pk": str(entry.rep_id),
        "new": is_new(entry.rep.active_from, clock.business_date(floor.now), floor.terms.new_rep_days),
        "post": entry == floor.post,
        "late": absence == Absence.LUNCH and _minutes(floor, entry) > floor.terms.lunch_minutes,
    }


def _minutes(floor: Floor, entry: QueueEntry) -> int:
    return int((floor.now - entry.state_since).total_seconds() // 60)


def _requests(project: Project, floor: Floor) -> list[AbsenceRequest]:
    rows = AbsenceRequest.objects.filter(
        entry__project=project, entry__day=clock.business_date(floor.now), state=RequestState.PENDING
    ).select_related("entry__rep")
    return list(rows)


def _request_rows(rows: Sequence[AbsenceRequest], user: User, runs: bool) -> list[dict[str, Any]]:
    return [
        {
            "pk": str(row.pk),
            "name": row.entry.rep.name,
            "what": row.get_absence_display(),
            "note": row.note,
            "me": row.entry.rep_id == user.pk,
            "may_answer": runs and row.entry.rep_id != user.pk,
            "due_at": row.due_at,
        }
        for row in rows
    ]


def _reception(reception: Reception, user: User, now: datetime) -> dict[str, Any]:
    return {
        "pk": str(reception.pk),
        "name": reception.rep.name,
        "kind": reception.get_kind_display(),
        "turn": reception.get_turn_display() if reception.kind == Contact.VISIT else "",
        "for": span(now - reception.started_at),
        "beside": reception.beside > 0,
        "may_end": access.may_use_reception(user, reception),
    }


def queue_page(user: User, project: Project, now: datetime) -> dict[str, Any]:
    """Who waits in which order, who receives, who is away, what is asked; one's own place."""
    floor = floor_now(project, now)
    today = clock.business_date(now)
    open_now = Reception.objects.filter(
        project=project, ended_at__isnull=True, started_at__gte=clock.at(today)
    ).select_related("rep")
    waiting = [_place(entry, n, user, floor) for n, entry in enumerate(floor.waiting, 1)]
    holds = floor.desk is not None and floor.desk.holder_id == user.pk
    runs = holds or bool(access.may_run_queue(user))
    requests = _requests(project, floor)
    return {
        "waiting": waiting,
        "next_pk": str(floor.next.pk) if floor.next else "",
        "beside": floor.beside.rep.name if floor.beside else "",
        "away": [
            _place(e, 0, user, floor)
            for e in floor.entries
            if e.state not in (QueueState.WAITING, QueueState.RECEIVING)
        ],
        "calls": [e.rep.name for e in sorted(floor.waiting, key=lambda e: e.call_position)],
        "separate_calls": floor.terms.separate_calls,
        "receptions": [_reception(r, user, now) for r in open_now.order_by("started_at")],
        "requests": _request_rows(requests, user, runs),
        "asked": next((row for row in requests if row.entry.rep_id == user.pk), None),
        "may_queue": access.may_queue(user),
        "may_run": runs,
        "may_hand": access.may_hand_desk(user),
        "desk": floor.desk,
        "holds": holds,
        "people": _people(project, runs),
        "signed": {entry.rep_id for entry in floor.entries if entry.state != QueueState.OFF},
        "spare": str(max(len(waiting) - floor.terms.min_waiting, 0)),
        "enough": len(waiting) >= floor.terms.min_waiting,
        "count": str(len(waiting)),
        "least": str(floor.terms.min_waiting),
        "turns": _turns(floor),
        "version": floor_version(project, now, floor),
        **own_part(user, floor),
    }


def _people(project: Project, runs: bool) -> list[User]:
    """Who may be signed in at the desk, asked for by a guest, or handed the desk."""
    if not runs:
        return []
    rows = User.objects.filter(projects=project, is_active=True, role__in=RECEIVES)
    return list(rows.order_by("name", "pk"))


def _turns(floor: Floor) -> list[dict[str, str]]:
    most = max((entry.turns for entry in floor.entries), default=0)
    return [
        {
            "name": entry.rep.name,
            "turns": str(entry.turns),
            "calls": str(entry.calls),
            "most": str(max(most, 1)),
        }
        for entry in sorted(floor.entries, key=lambda e: (-e.turns, e.position))
    ]


def own_part(user: User, floor: Floor) -> dict[str, Any]:
    """One's own place, and what one may do from it."""
    me = floor.of(user)
    state = me.state if me else ""
    ahead = floor.waiting[: floor.waiting.index(me)] if me and me in floor.waiting else []
    last = (
        me is not None
        and state == QueueState.RECEIVING
        and len(floor.waiting) < floor.terms.min_waiting
        and not me.reported
    )
    return {
        "me": me,
        "entry_pk": str(me.pk) if me else "",
        "state": state,
        "state_word": me.get_state_display() if me else "",
        "place": str(len(ahead) + 1) if state == QueueState.WAITING else "",
        "ahead": "、".join(entry.rep.name for entry in ahead),
        "my_turn": me is not None and floor.next == me,
        "asked_beside": me is not None and floor.beside == me,
        "must_report": last,
        "gone": state in GONE and (me is None or me.absence != Absence.MEETING),
        "quick": [(kind.value, kind.label, floor.terms.must_ask(kind)) for kind in QUICK],
        "own_guests": [(kind.value, kind.label) for kind in OWN_GUESTS],
    }


def own_place(user: User, project: Project, now: datetime) -> dict[str, Any]:
    """The card of 今日: one's own place, who is ahead, and the turn that is open."""
    floor = floor_now(project, now)
    return {
        **own_part(user, floor),
        "waiting": [
            (str(n), "我" if e.rep_id == user.pk else e.rep.name, e.rep_id == user.pk)
            for n, e in enumerate(floor.waiting, 1)
        ],
        "count": str(len(floor.waiting)),
        "claims": str(floor_claims) if (floor_claims := _claims(floor, user)) else "",
        "asked": _asked(project, user, clock.business_date(now)) if floor.of(user) else None,
        "open": Reception.objects.filter(rep=user, ended_at__isnull=True).order_by("pk").first(),
        "version": floor_version(project, now, floor),
    }


def _claims(floor: Floor, user: User) -> int:
    me = floor.of(user)
    return me.claims if me else 0


def _asked(project: Project, user: User, today: date) -> AbsenceRequest | None:
    rows = AbsenceRequest.objects.filter(
        entry__project=project, entry__day=today, entry__rep=user, state=RequestState.PENDING
    )
    return rows.first()


def place_page(user: User, entry: QueueEntry, now: datetime) -> dict[str, Any]:
    """One place with everything that may be done about it."""
    floor = floor_now(entry.project, now)
    runs = bool(access.may_run_queue(user, entry.project, now))
    mine = entry.rep_id == user.pk
    shown = next((e for e in floor.entries if e.pk == entry.pk), entry)
    return {
        "place": _place(shown, shown.position, user, floor),
        "entry": shown,
        "mine": mine,
        "runs": runs,
        "today": entry.day == clock.business_date(now),
        "waits": shown.state == QueueState.WAITING,
        "asked_beside": floor.beside is not None and floor.beside.pk == shown.pk,
        "absences": [
            (kind.value, kind.label, floor.terms.must_ask(kind))
            for kind in Absence
            if kind != Absence.MEETING or access.may_send_to_meeting(user, shown, now)
        ],
        "may_suspend": access.may_suspend(user, entry.rep),
        "must_ask_first": floor.terms.must_ask_first,
        "lunch_minutes": str(floor.terms.lunch_minutes),
    }


def hall_screen(project: Project, now: datetime, join: str = "") -> dict[str, Any]:
    """The screen in the hall: project, time, who is next, the code to sign in. Nothing of guests."""
    following = floor_now(project, now).next
    return {
        "project": project.name,
        "time": _clock(now),
        "next": following.rep.name if following else "",
        "code": qr(join, "签到码") if join else "",
    }
