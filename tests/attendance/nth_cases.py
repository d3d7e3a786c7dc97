"""The verbs of attendance for tests/test_nth_statement.py."""

from datetime import timedelta
from decimal import Decimal

from attendance import services
from attendance.models import ClockEvent
from attendance.rules import CaseCode, ClockKind
from salesdept.clock import business_date
from tests.salesdept.nth_cases import fresh

CASES = {}


def case(verb):
    """Enter a case under the verb's dotted name."""

    def enter(make):
        CASES[f"{verb.__module__}.{verb.__name__}"] = make
        return make

    return enter


def proposed(get, now):
    """A fine that the manager proposed and its person has not answered yet."""
    return services.propose_case(
        actor=get("manager"),
        person=get("assistant"),
        code=CaseCode.CONTRACT_TEXT,
        amount=Decimal("50.00"),
        facts="合同姓名一字有误",
        clause="S63",
        subject="contracts.review:1",
        now=now,
        project=get("project"),
    )


@case(services.clock)
def _(get, now):
    rep, project = get("rep"), get("project")
    return lambda: services.clock(
        actor=fresh(rep), kind=ClockKind.IN, project=project, now=now, idempotency_key="k"
    )


@case(services.clock_in_bulk)
def _(get, now):
    rep, project = get("rep"), get("project")
    fields = {"person": rep, "project": project, "day": business_date(now)}
    return lambda: services.clock_in_bulk(
        actor=fresh(rep),
        events=[
            ClockEvent(kind=ClockKind.IN, at=now, **fields),
            ClockEvent(kind=ClockKind.OUT, at=now + timedelta(hours=8), **fields),
        ],
        now=now,
    )


@case(services.propose_case)
def _(get, now):
    manager, assistant, project = get("manager"), get("assistant"), get("project")
    return lambda: services.propose_case(
        actor=fresh(manager),
        person=assistant,
        code=CaseCode.CONTRACT_TEXT,
        amount=Decimal("50.00"),
        facts="合同姓名一字有误",
        clause="S63",
        subject="contracts.review:1",
        now=now,
        project=project,
        idempotency_key="k",
    )


@case(services.acknowledge_case)
def _(get, now):
    fine, assistant = proposed(get, now), get("assistant")
    return lambda: services.acknowledge_case(
        actor=fresh(assistant), case_id=fine.pk, statement="情况属实", now=now, idempotency_key="k"
    )


@case(services.decide_case)
def _(get, now):
    fine, director = proposed(get, now), get("director")
    services.acknowledge_case(actor=get("assistant"), case_id=fine.pk, statement="情况属实", now=now)
    return lambda: services.decide_case(
        actor=fresh(director),
        case_id=fine.pk,
        approve=True,
        ruling="核准",
        now=now + timedelta(days=7),
        idempotency_key="k",
    )
