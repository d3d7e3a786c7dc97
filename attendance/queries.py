"""Read models of the month page, the clock and the register of cases: strings for templates."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from attendance import access, rules
from attendance.models import ClockEvent, ConductCase
from attendance.rules import LETTERS, CaseState, ClockKind, ConductTerms, Mark, ShiftTerms
from regulations.queries import terms_for
from salesdept import formats
from salesdept.clock import SHANGHAI, business_date
from salesdept.models import Project, User
from salesdept.money import ZERO
from salesdept.rules import LEADERS, Role
from salesdept.verdict import Verdict

PAGE = 50
ON_FLOOR = (Role.REP, Role.ASSISTANT, Role.SUPERVISOR, Role.MANAGER)


@dataclass(frozen=True, slots=True)
class Cell:
    day: int
    css: str
    letter: str
    title: str


@dataclass(frozen=True, slots=True)
class PersonMonth:
    name: str
    is_me: bool
    cells: tuple[Cell, ...]
    present: str
    late: str
    minutes: str
    blanks: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Month:
    """One month of a project, as far as the actor may see it."""

    title: str
    previous: str
    following: str
    days: tuple[tuple[int, bool], ...]
    rows: tuple[PersonMonth, ...]
    mine: PersonMonth | None
    people: str


def month_days(period: date) -> list[date]:
    """All days of the month that holds `period`."""
    first = period.replace(day=1)
    count = ((first + timedelta(days=32)).replace(day=1) - first).days
    return [first + timedelta(days=n) for n in range(count)]


def month(actor: User, project: Project, period: date, now: datetime) -> Month:
    """Everybody's month for leaders and the assistant, one's own for the rest."""
    days, today = month_days(period), business_date(now)
    events = ClockEvent.objects.visible_to(actor).filter(project=project, day__gte=days[0], day__lte=days[-1])
    clocked = _by_person_and_day(events.values_list("person_id", "day", "kind", "at"))
    people = project.members.filter(is_active=True, role__in=ON_FLOOR).order_by("role", "pinyin", "pk")
    if actor.role not in (*LEADERS, Role.ASSISTANT):
        people = people.filter(pk=actor.pk)
    terms = terms_for(ShiftTerms, on=days[0], project=project)
    rows = tuple(_person_month(p, actor, days, today, clocked.get(p.pk, {}), terms) for p in people)
    return Month(
        title=f"{days[0].year} 年 {days[0].month} 月",
        previous=f"{days[0] - timedelta(days=1):%Y-%m}",
        following=f"{days[-1] + timedelta(days=1):%Y-%m}" if days[-1] < today else "",
        days=tuple((d.day, d.weekday() > 4) for d in days),
        rows=rows,
        mine=next((row for row in rows if row.is_me), None),
        people=str(len(rows)),
    )


def _by_person_and_day(
    rows: Iterable[tuple[int, date, str, datetime]],
) -> dict[int, dict[date, tuple[time | None, time | None]]]:
    """First 上班 and last 下班 per person and day, Shanghai time of day."""
    found: dict[int, dict[date, tuple[time | None, time | None]]] = {}
    for person, day, kind, at in rows:
        first, last = found.setdefault(person, {}).get(day, (None, None))
        moment = at.astimezone(SHANGHAI).time().replace(second=0, microsecond=0)
        if kind == ClockKind.IN:
            first = min(moment, first or moment)
        else:
            last = max(moment, last or moment)
        found[person][day] = (first, last)
    return found


def _person_month(
    person: User,
    actor: User,
    days: list[date],
    today: date,
    clocked: dict[date, tuple[time | None, time | None]],
    terms: ShiftTerms,
) -> PersonMonth:
    cells, late, minutes, present = [], 0, 0, 0
    for day in days:
        first, last = clocked.get(day, (None, None))
        mark = rules.day_mark(day, today, first, last, terms)
        present += first is not None
        late += mark in (Mark.LATE, Mark.EARLY)
        minutes += rules.minutes_late(first, terms) if first else 0
        times = f" {first:%H:%M}" + (f"–{last:%H:%M}" if last else "") if first else ""
        css = f"d-{mark.value}" + (" d-today" if day == today else "")
        cells.append(Cell(day.day, css, LETTERS[mark], f"{person.name} {day:%m-%d} {mark.label}{times}"))
    return PersonMonth(
        name=person.name,
        is_me=person.pk == actor.pk,
        cells=tuple(cells),
        present=str(present or "—"),
        late=str(late or "—"),
        minutes=str(minutes or "—"),
        blanks=tuple(range((days[0].weekday() + 1) % 7)),
    )


@dataclass(frozen=True, slots=True)
class Today:
    """What the actor clocked today and what comes next."""

    lines: tuple[tuple[str, str], ...]
    next_kind: str
    next_label: str
    shift: str


def clock_today(actor: User, project: Project | None, now: datetime) -> Today:
    """The actor's own records of today."""
    terms = terms_for(ShiftTerms, on=business_date(now), project=project)
    events = list(ClockEvent.objects.filter(person=actor, day=business_date(now)).order_by("at", "pk"))
    kind = ClockKind.OUT if events and events[-1].kind == ClockKind.IN else ClockKind.IN
    return Today(
        lines=tuple((e.get_kind_display(), f"{e.at.astimezone(SHANGHAI):%H:%M}") for e in events),
        next_kind=kind.value,
        next_label=f"{kind.label}打卡",
        shift=f"{terms.start}–{terms.end}",
    )


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One conduct case on screen, with what the actor may do about it."""

    pk: int
    title: str
    facts: str
    clause: str
    amount: str
    day: str
    state: str
    tone: str
    people: str
    statement: str
    ruling: str
    may_answer: Verdict
    may_decide: Verdict
    is_open: bool
    is_mine: bool


TONES = {
    CaseState.PROPOSED: "warn",
    CaseState.TOLD: "warn",
    CaseState.ANSWERED: "info",
    CaseState.APPROVED: "bad",
    CaseState.WITHDRAWN: "ok",
}


def cases(actor: User, now: datetime, *, before: int | None = None, state: str = "") -> list[CaseLine]:
    """The register of cases, newest first: up to PAGE + 1 rows so that the page knows of more."""
    rows = ConductCase.objects.visible_to(actor).select_related("person", "proposer", "decided_by")
    if before:
        rows = rows.filter(pk__lt=before)
    rows = rows.open() if state == "open" else rows.filter(state=state) if state else rows
    return [case_line(actor, case, now) for case in rows.order_by("-pk")[: PAGE + 1]]


def case_line(actor: User, case: ConductCase, now: datetime) -> CaseLine:
    state = CaseState(case.state)
    decided = f"，{case.decided_by.name}{state.label}" if case.decided_by else ""
    return CaseLine(
        pk=case.pk,
        title=f"{case.person.name} · {case.get_code_display()}",
        facts=case.facts,
        clause=case.clause,
        amount=formats.money(case.amount) if case.amount else "口头",
        day=formats.cn_date(case.proposed_at, business_date(now)),
        state=state.label,
        tone=TONES[state],
        people=f"{case.proposer.name}提出{decided}",
        statement=case.statement,
        ruling=case.ruling,
        may_answer=access.may_answer(actor, case),
        may_decide=access.may_decide(actor, case),
        is_open=state in rules.OPEN_CASES,
        is_mine=case.person_id == actor.pk,
    )


@dataclass(frozen=True, slots=True)
class Ceiling:
    """What the law leaves of a month's fines, in words."""

    mode: str
    words: str
    clause: str
    is_deduct: bool


def ceiling(project: Project | None, now: datetime) -> Ceiling:
    """The fund mode in force and its ceiling, shown beside every proposed amount."""
    terms = terms_for(ConductTerms, on=business_date(now), project=project)
    labels = {"deduct": "扣款", "points": "记分", "voluntary": "自愿缴纳"}
    words = {
        "deduct": f"每人每月扣款合计不超过当月工资 {terms.month_cap_percent}%，扣后不低于当地最低工资；"
        "逐笔由第二人核准",
        "points": "只记分，不扣款",
        "voluntary": "本人自愿缴纳，不从工资扣",
    }
    return Ceiling(
        labels[terms.fund_mode], words[terms.fund_mode], "拟:fund.fine.cap", terms.fund_mode == "deduct"
    )


def fine_totals(actor: User, project: Project, period: date) -> dict[str, str]:
    """Approved and open amounts of a month, as far as the actor may see them."""
    days = month_days(period)
    rows = ConductCase.objects.visible_to(actor).filter(
        project=project,
        proposed_at__date__gte=days[0],
        proposed_at__date__lte=days[-1],
    )
    sums = {"approved": ZERO, "open": ZERO}
    for state, amount in rows.values_list("state", "amount"):
        if state == CaseState.APPROVED:
            sums["approved"] += amount
        elif state in rules.OPEN_CASES:
            sums["open"] += amount
    return {name: formats.money(amount) for name, amount in sums.items()}
