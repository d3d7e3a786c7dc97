"""Three months of arrivals and a few cases for the demo office."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from attendance.models import ClockEvent, ConductCase
from attendance.rules import CaseCode, ClockKind
from attendance.services import acknowledge_case, clock_in_bulk, decide_case, propose_case
from salesdept.clock import at, business_date
from salesdept.models import User
from salesdept.rules import Role
from salesdept.seeds import Office

ON_FLOOR = (Role.REP, Role.ASSISTANT, Role.SUPERVISOR, Role.MANAGER)


def seed_attendance(office: Office) -> None:
    """Clock records by the thousand in one go, then a handful of cases through the services."""
    clock_in_bulk(actor=office.people["assistant"], events=list(_events(office)), now=office.now)
    _hear_old_cases(office)
    _cases(office)


def _events(office: Office) -> Iterator[ClockEvent]:
    """Everybody rests one weekday a week, is late now and then, and today has not left yet."""
    people = [p for p in office.people.values() if p.role in ON_FLOOR]
    day, today = office.start, business_date(office.now)
    while day <= today:
        for number, person in enumerate(people):
            if day.weekday() != number % 5:
                yield from _one_day(office, person, day, today)
        day += timedelta(days=1)


def _one_day(office: Office, person: User, day: date, today: date) -> Iterator[ClockEvent]:
    late = office.rng.random() < 0.03
    came = at(day, 8, 10) + timedelta(minutes=office.rng.randrange(20) + (30 if late else 0))
    left = at(day, 18) + timedelta(minutes=office.rng.randrange(50))
    for kind, moment in ((ClockKind.IN, came), (ClockKind.OUT, left)):
        if day < today or moment <= office.now:
            yield ClockEvent(person=person, project=office.project, kind=kind, day=day, at=moment)


def _hear_old_cases(office: Office) -> None:
    """What was proposed weeks ago has been heard and decided by somebody above the proposer."""
    old = ConductCase.objects.open().filter(
        project=office.project, proposed_at__lt=office.now - timedelta(days=10)
    )
    for number, case in enumerate(old.select_related("person").order_by("pk")):
        heard = case.proposed_at + timedelta(days=1)
        acknowledge_case(actor=case.person, case_id=case.pk, now=heard)
        decide_case(
            actor=office.people["director"],
            case_id=case.pk,
            approve=number % 3 != 2,
            ruling="" if number % 3 != 2 else "原件系客户更名后重印，不计",
            now=heard + timedelta(days=2),
        )


def _cases(office: Office) -> None:
    """One case in each state."""
    people, end = office.people, business_date(office.now)
    story = (
        ("rep4", CaseCode.LATE, "0", "拟:att.late.penalty", "上午到岗迟到，未事先告知", 20, "approve"),
        ("rep6", CaseCode.DRESS, "0", "拟:pen.dress", "未佩戴工牌，助理令其整改", 12, "withdraw"),
        ("rep3", CaseCode.PHONE, "10", "拟:pen.phone", "接待区内私人电话，提醒后继续", 6, "answer"),
        ("rep7", CaseCode.TIDY, "5", "拟:pen.tidy", "接待桌面留有价格单", 3, "tell"),
        ("rep2", CaseCode.DRESS, "0", "拟:pen.dress", "未按服装表着装", 1, ""),
    )
    for who, code, amount, clause, facts, ago, then in story:
        told = at(end - timedelta(days=ago), 10)
        case = propose_case(
            actor=people["supervisor"],
            code=code,
            person=people[who],
            amount=Decimal(amount),
            facts=facts,
            clause=clause,
            subject="",
            project=office.project,
            now=told,
        )
        if not then:
            continue
        statement = "客户来电询问签约材料，并非私事" if then == "answer" else ""
        later = told + timedelta(hours=5)
        acknowledge_case(actor=people[who], case_id=case.pk, statement=statement, now=later)
        if then in ("approve", "withdraw"):
            decide_case(
                actor=people["manager"],
                case_id=case.pk,
                approve=then == "approve",
                ruling="" if then == "approve" else "当日工牌已上交更换，不计",
                now=later + timedelta(days=1),
            )
