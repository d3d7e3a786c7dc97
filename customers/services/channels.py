"""渠道报备: filing, the arrival confirmed at the desk, the fee settled, the end of protection."""

import sys
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from customers import access
from customers.models import ChannelAgent, ChannelFiling, Customer, Phone, Reception
from customers.queries.channels import filings_of, local, protected_until
from customers.queries.numbers import is_public_number
from customers.rules import LIVE, Contact
from customers.rules.channels import (
    PROTECTED,
    WAITING,
    AgentState,
    ChannelTerms,
    FilingReason,
    FilingState,
    Masked,
    PhoneMode,
    Rival,
    first_of,
    judge_filing,
    mask_of,
    read_masked,
    surname,
)
from customers.services.channel_steps import move_filing
from customers.services.leases import known_by, tell
from customers.services.people import read_name, read_number
from regulations.queries import terms_and_version
from regulations.rules import Verdicts
from regulations.services import record_decision
from salesdept import clock, journal
from salesdept.errors import RuleError
from salesdept.models import Project, User
from salesdept.slots import DailyJob
from salesdept.verbs import locked, service

LAPSE_BATCH = 500
MASK_UNREADABLE = RuleError(
    "mask_unreadable", "掩码须是前三后四，如 138****5678", "拟:chan.masked", "请渠道补报前三位与后四位"
)


def read_filed_number(phone: str) -> tuple[str, Masked]:
    """The full number ("" for a mask) and its 前三后四. Raises RuleError for anything else."""
    if any(sign in phone for sign in "*＊xX×•·"):
        masked = read_masked(phone)
        if masked is None:
            raise MASK_UNREADABLE
        return "", masked
    number = read_number(phone)
    return number, mask_of(number)


@service
def file_channel(
    *,
    actor: User,
    project: Project,
    agent_id: int,
    name: str,
    phone: str,
    now: datetime,
    note: str = "",
    import_batch: int | None = None,
    idempotency_key: str | None = None,
) -> ChannelFiling:
    """报备 for an agent, at the server's time. It is judged at once; an invalid one is kept with its reason.

    Raises RuleError `mask_unreadable`, `phone_invalid`, `name_needed`, or Denied.
    """
    access.may_file_channel(actor).or_raise()
    _one_at_a_time(project)
    agent = ChannelAgent.objects.select_related("company").get(pk=agent_id, project=project)
    number, mask = read_filed_number(phone)
    today = clock.business_date(now)
    filing = ChannelFiling(
        project=project,
        company=agent.company,
        agent=agent,
        name=read_name(name),
        number=number,
        head=mask.head,
        tail=mask.tail,
        phone_mode=PhoneMode.FULL if number else PhoneMode.MASKED,
        note=note.strip()[:200],
        filed_at=now,
        filed_by=actor,
        arrive_by=today,
        deal_by=today,
        import_batch=import_batch,
    )
    verdicts, _, stored = _decide(filing, number, now)
    _store(filing, verdicts, stored, actor, now)
    journal.record(
        actor, "customers.filing.filed", filing, happened_at=now, state=filing.state, phone=mask.shown
    )
    return filing


def _one_at_a_time(project: Project | int) -> None:
    """Filings and arrivals of a project stand in a queue, so that "the first" is the first committed."""
    pk = project if isinstance(project, int) else project.pk
    locked(Project.objects.all(), pk)


def _decide(
    filing: ChannelFiling, number: str, now: datetime, came: datetime | None = None
) -> tuple[Verdicts, list[ChannelFiling], tuple[Any, Any]]:
    """What the rules say of a filing, with the filings beside it and the terms of its day."""
    day = clock.business_date(filing.filed_at)
    terms, version = terms_and_version(ChannelTerms, on=day, project=filing.project_id)
    rivals = _rivals(filing, number, now)
    inputs = _inputs(filing, number, rivals, came)
    inputs["earlier"] = _earlier(filing, rivals, now, terms, came)
    return judge_filing(inputs, terms), rivals, (terms, version)


def _store(
    filing: ChannelFiling, verdicts: Verdicts, stored: tuple[Any, Any], actor: User, now: datetime
) -> None:
    """Make the row what was decided, and keep the decision with it."""
    result = verdicts.result
    filing.state, filing.reason = result["state"], result["reason"]
    filing.arrive_by = date.fromisoformat(result["arrive_by"])
    filing.deal_by = date.fromisoformat(result["deal_by"])
    filing.save()
    terms, version = stored
    record_decision(verdicts, filing, actor=actor, now=now, terms=terms, version=version)


def _inputs(
    filing: ChannelFiling, number: str, rivals: list[ChannelFiling], came: datetime | None
) -> dict[str, Any]:
    customer = known_by(number, filing.project) if number else None
    agents = ChannelAgent.objects.filter(project=filing.project_id, phone=number)
    return {
        "filed_at": local(filing.filed_at),
        "filed_on": clock.business_date(filing.filed_at).isoformat(),
        "mode": filing.phone_mode,
        "company_ok": _cooperates(filing),
        "other_number": bool(number) and (is_public_number(number, filing.project) or agents.exists()),
        "registered_at": local(customer.first_contact_at) if customer else "",
        "lease_live": customer is not None and customer.leases.filter(state__in=LIVE).exists(),
        "candidates": 0 if came else _candidates(filing, rivals),
        "earlier": None,
        "arrived_at": local(came),
        "arrived_on": clock.business_date(came).isoformat() if came else "",
    }


def _cooperates(filing: ChannelFiling) -> bool:
    company, day = filing.company, clock.business_date(filing.filed_at)
    if AgentState.STOPPED in (company.state, filing.agent.state):
        return False
    return company.valid_from <= day and (company.valid_to is None or day <= company.valid_to)


def _candidates(filing: ChannelFiling, rivals: list[ChannelFiling]) -> int:
    """Whom a filing may mean without being sure: customers behind a mask, and filings seen through one."""
    family = surname(filing.name)
    if filing.number:
        return sum(not rival.number for rival in rivals)
    phones = Phone.objects.live().ending_with(filing.tail)
    phones = phones.filter(project=filing.project_id, number__startswith=filing.head)
    people = Customer.objects.filter(household__in=phones.values("household"))
    return sum(surname(str(person)) == family for person in people[:50]) + len(rivals)


def _rivals(filing: ChannelFiling, number: str, now: datetime) -> list[ChannelFiling]:
    """Other filings that may mean the same person; those past their last day are ended first."""
    if number:
        rows = filings_of(filing.project_id, number)
    else:
        rows = ChannelFiling.objects.filter(project=filing.project_id, tail=filing.tail, head=filing.head)
    rows = rows.filter(state__in=(FilingState.FILED, *PROTECTED, FilingState.SETTLED)).exclude(pk=filing.pk)
    family = surname(filing.name)
    found = list(rows.select_for_update(of=("self",), no_key=True).order_by("pk"))
    found = [row for row in found if (number and row.number) or surname(row.name) == family]
    today = clock.business_date(now)
    for row in found:
        if row.state in (*WAITING, FilingState.ARRIVED) and today > protected_until(row):
            _end(row, None, now)
    return [row for row in found if row.state != FilingState.LAPSED]


def _end(row: ChannelFiling, actor: User | None, now: datetime) -> None:
    reason = FilingReason.NO_DEAL if row.arrived_at else FilingReason.NOT_ARRIVED
    move_filing(row, FilingState.LAPSED, actor, now, reason.value)


def _earlier(
    filing: ChannelFiling,
    rivals: list[ChannelFiling],
    now: datetime,
    terms: ChannelTerms,
    came: datetime | None,
) -> int | None:
    """The filing that was there first. At entry only a sure one counts: the same full number."""
    sure = rivals if came else [row for row in rivals if filing.number and row.number]
    beside = [Rival(row.pk, row.filed_at, row.state, protected_until(row), row.arrived_at) for row in sure]
    mine = Rival(filing.pk or sys.maxsize, filing.filed_at, FilingState.FILED, date.max, came)
    first = first_of([*beside, mine], clock.business_date(now), terms)
    return None if first in (None, mine) else first.id


@service
def confirm_arrival(
    *,
    actor: User,
    filing_id: int,
    phone: str,
    received_by: User,
    now: datetime,
    idempotency_key: str | None = None,
) -> ChannelFiling:
    """到访确认 at the desk by the full number: the filing holds from now, or does not, with its reason.

    The moment of arrival is when the reception of the one who receives began, if it began before `now`. Other
    filings of the same person end as 重复报备. Raises RuleError `filing_move`, `phone_invalid`, or Denied:
    never by the one who receives (拟:chan.arrival).
    """
    mine = ChannelFiling.objects.filter(project__in=actor.projects.all())
    place = mine.select_related("project").get(pk=filing_id).project
    access.may_confirm_arrival(actor, place, received_by, now).or_raise()
    _one_at_a_time(place)
    filing = locked(mine.select_related("company", "agent", "project"), filing_id)
    number = _number_at_the_door(filing, phone)
    came = _came_at(place, number, received_by, now)
    verdicts, rivals, stored = _decide(filing, number, now, came)
    filing.arrived_at, filing.confirmed_by, filing.received_by = came, actor, received_by
    filing.advanced_at = now
    if verdicts.result["state"] == FilingState.ARRIVED:
        filing.number, filing.customer = number, known_by(number, place)
        for rival in rivals:
            _lose(rival, filing, actor, now)
        title = f"渠道客户到访：{filing.name}，{filing.company.name} {filing.code}"
        tell(received_by.pk, title, f"filing:{filing.pk}", "/customers/queue/", "拟:chan.arrival", now)
    _store(filing, verdicts, stored, actor, now)
    state, rep = filing.state, received_by.pk
    journal.record(actor, "customers.filing.arrived", filing, happened_at=now, state=state, received_by=rep)
    return filing


def _number_at_the_door(filing: ChannelFiling, phone: str) -> str:
    """The full number of the guest who stands there, when it can be the filed one."""
    if filing.state not in WAITING:
        raise RuleError(
            "filing_move",
            f"这份报备已是「{filing.get_state_display()}」，不能再确认到访",
            "拟:chan.arrival",
            "请渠道另行报备",
        )
    number = read_number(phone)
    if filing.number not in ("", number) or not Masked(filing.head, filing.tail).matches(number):
        raise RuleError(
            "filing_mismatch",
            "到访客户的完整号码与报备不符",
            "拟:chan.masked",
            "核对号码后重填；确不是同一位客户的，不按这份报备接待",
        )
    return number


def _lose(rival: ChannelFiling, winner: ChannelFiling, actor: User, now: datetime) -> None:
    """重复报备: decided and stored like the winner's."""
    day = clock.business_date(rival.filed_at)
    terms, version = terms_and_version(ChannelTerms, on=day, project=rival.project_id)
    inputs = {**_inputs(rival, rival.number, [], None), "earlier": winner.pk, "registered_at": ""}
    verdicts = judge_filing(inputs, terms)
    if rival.state in WAITING and verdicts.result["state"] == FilingState.INVALID:
        move_filing(rival, FilingState.INVALID, actor, now, verdicts.result["reason"])
        record_decision(verdicts, rival, actor=actor, now=now, terms=terms, version=version)


def _came_at(project: Project, number: str, received_by: User, now: datetime) -> datetime:
    """The earliest the house knows of this arrival: an open reception or a visit of the day, else now."""
    day = clock.at(clock.business_date(now))
    turns = Reception.objects.filter(
        project=project, rep=received_by, kind=Contact.VISIT, ended_at__isnull=True, started_at__gte=day
    )
    found: list[datetime] = list(turns.values_list("started_at", flat=True))
    if customer := known_by(number, project):
        visits = customer.visits.filter(happened_at__gte=day)
        found.extend(visits.values_list("happened_at", flat=True))
    return min([now, *found])


@service
def settle_filing(
    *, actor: User, filing_id: int, now: datetime, note: str = "", idempotency_key: str | None = None
) -> ChannelFiling:
    """结佣: the channel's fee is paid; only after 签约. The money itself is the fee contract's matter."""
    access.may_settle_filing(actor).or_raise()
    filing = locked(ChannelFiling.objects.visible_to(actor), filing_id)
    if filing.state != FilingState.SIGNED:
        raise RuleError("filing_move", "签约之后才能结佣", "拟:chan.protect", "等客户签约后再办")
    move_filing(filing, FilingState.SETTLED, actor, now)
    return filing


@service
def lapse_filings(*, actor: User | None, project: Project, now: datetime) -> int:
    """失效: filings nobody came under, and protections without a deal; at most 500 at a time."""
    today = clock.business_date(now)
    waiting = ChannelFiling.objects.filter(project=project, state__in=WAITING, arrive_by__lt=today)
    arrived = ChannelFiling.objects.filter(project=project, state=FilingState.ARRIVED, deal_by__lt=today)
    due = _first_rows(waiting) or _first_rows(arrived)
    ended = 0
    for row in due:
        if today > protected_until(row):
            _end(row, actor, now)
            ended += 1
    return ended


def _first_rows(rows: Any) -> list[ChannelFiling]:
    return list(rows.select_for_update(of=("self",), no_key=True).order_by("pk")[:LAPSE_BATCH])


@service
def load_filings(
    *, actor: User, project: Project, rows: Iterable[dict[str, Any]], batch_id: int, now: datetime
) -> int:
    """A sheet of filings in its order, each judged as if typed at `now`. Returns how many."""
    made = 0
    for row in rows:
        file_channel(actor=actor, project=project, now=now, import_batch=batch_id, **row)
        made += 1
    return made


def end_filings(day: date, now: datetime) -> None:
    """Lapse every project's filings whose last day is over. Safe to repeat."""
    for project in Project.objects.order_by("pk"):
        while lapse_filings(actor=None, project=project, now=now) == LAPSE_BATCH:
            continue


DAILY_JOBS = (DailyJob("customers.end_filings", 1, end_filings),)
