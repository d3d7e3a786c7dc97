"""投诉 and 意见建议: states and who may move them, the two clocks, what counts as in time. Pure.

Moments passed in are local (Shanghai); `is_workday` is the working calendar of the office.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta

from django.db.models import TextChoices

from customers.rules.terms import FeedbackTerms
from customers.rules.words import FeedbackKind
from salesdept.errors import RuleError

type Calendar = Callable[[date], bool]
LONGEST_BREAK = 60  # days without a working day that are looked through before giving up


class FeedbackState(TextChoices):
    TAKEN = "taken", "已登记"
    FILED = "filed", "已备案"
    FORWARDED = "forwarded", "已转办"
    HANDLED = "handled", "已处理"
    ANSWERED = "answered", "已回复客户"
    CONFIRMED = "confirmed", "已回访"
    CLOSED = "closed", "已关闭"
    WITHDRAWN = "withdrawn", "已撤回"
    LINKED = "linked", "已并案"


class FeedbackVerb(TextChoices):
    FILE = "file", "助理备案"
    FORWARD = "forward", "转办"
    HANDLE = "handle", "记处理结果"
    ANSWER = "answer", "回复客户"
    CONFIRM = "confirm", "回访确认"
    CLOSE = "close", "关闭"
    REOPEN = "reopen", "重开"
    WITHDRAW = "withdraw", "撤回"
    LINK = "link", "并案"


class FeedbackChannel(TextChoices):
    """How the customer said it. Only the survey opens a complaint by itself."""

    DESK = "desk", "到场"
    PHONE = "phone", "电话"
    LETTER = "letter", "书面"
    SURVEY = "survey", "满意度调查"


class Severity(TextChoices):
    NORMAL = "normal", "一般"
    GRAVE = "grave", "重大"


class CustomerVerdict(TextChoices):
    """客户意见: what the customer says at the call after the answer."""

    CONTENT = "content", "满意"
    FAIR = "fair", "一般"
    DISCONTENT = "discontent", "不满意"


S, V = FeedbackState, FeedbackVerb
Moves = Mapping[tuple[FeedbackState, FeedbackVerb], FeedbackState]
_COMMON: Moves = {
    (S.TAKEN, V.FILE): S.FILED,
    (S.FILED, V.FORWARD): S.FORWARDED,
    (S.FORWARDED, V.FORWARD): S.FORWARDED,  # to another department; the first forwarding counts
    (S.FORWARDED, V.HANDLE): S.HANDLED,
    (S.HANDLED, V.ANSWER): S.ANSWERED,
    (S.CLOSED, V.REOPEN): S.FILED,
    **{(state, V.WITHDRAW): S.WITHDRAWN for state in (S.TAKEN, S.FILED, S.FORWARDED, S.HANDLED, S.ANSWERED)},
}
MOVES: Mapping[FeedbackKind, Moves] = {
    FeedbackKind.COMPLAINT: {
        **_COMMON,
        (S.ANSWERED, V.CONFIRM): S.CONFIRMED,
        (S.CONFIRMED, V.CLOSE): S.CLOSED,
        (S.CONFIRMED, V.REOPEN): S.FILED,
        (S.LINKED, V.REOPEN): S.FILED,
        **{(state, V.LINK): S.LINKED for state in (S.TAKEN, S.FILED, S.FORWARDED, S.HANDLED)},
    },
    FeedbackKind.SUGGESTION: {**_COMMON, (S.ANSWERED, V.CLOSE): S.CLOSED},
}
OPEN = (S.TAKEN, S.FILED, S.FORWARDED, S.HANDLED)  # the customer still waits for an answer
TO_CONFIRM = (S.ANSWERED, S.CONFIRMED)
UNCOUNTED = (S.WITHDRAWN, S.LINKED)
PATH: Mapping[FeedbackKind, tuple[FeedbackState, ...]] = {
    FeedbackKind.COMPLAINT: (S.TAKEN, S.FILED, S.FORWARDED, S.HANDLED, S.ANSWERED, S.CONFIRMED, S.CLOSED),
    FeedbackKind.SUGGESTION: (S.TAKEN, S.FILED, S.FORWARDED, S.HANDLED, S.ANSWERED, S.CLOSED),
}
LETTERS = {FeedbackKind.COMPLAINT: "TS", FeedbackKind.SUGGESTION: "YJ"}


def clause_of(kind: str) -> str:
    return "S137" if kind == FeedbackKind.COMPLAINT else "S139"


def moved(kind: str, state: str, verb: FeedbackVerb) -> FeedbackState:
    """The state after a verb. Raises RuleError `feedback_move` when the order of the register forbids it."""
    found = MOVES[FeedbackKind(kind)].get((FeedbackState(state), verb))
    if found is None:
        raise RuleError(
            "feedback_move",
            f"{FeedbackKind(kind).label}{FeedbackState(state).label}，不能{verb.label}",
            clause_of(kind),
            "按登记、备案、转办、处理、回复的次序办理",
        )
    return found


def number_of(kind: str, year: int, serial: int) -> str:
    """TS-2026-0012 for complaints, YJ-… for suggestions: without gaps per project, year and kind."""
    return f"{LETTERS[FeedbackKind(kind)]}-{year:04}-{serial:04}"


# --- the clocks


def next_workday(day: date, is_workday: Calendar) -> date:
    """The first working day after `day`; Monday to Friday once the calendar knows none for long."""
    for step in range(1, LONGEST_BREAK):
        found = day + timedelta(days=step)
        if is_workday(found):
            return found
    return day + timedelta(days=3 if day.weekday() == 4 else 1)


def opens(moment: datetime, terms: FeedbackTerms, is_workday: Calendar) -> datetime:
    """When a clock begins for something that happened at `moment`: at once while the office is open."""
    day, opening = moment.date(), time(terms.open_hour)
    if is_workday(day) and moment.hour < terms.close_hour:
        return max(moment, datetime.combine(day, opening, moment.tzinfo))
    return datetime.combine(next_workday(day, is_workday), opening, moment.tzinfo)


def forward_due(taken: datetime, terms: FeedbackTerms, is_workday: Calendar) -> datetime:
    """`accept_hours` after the clock began; the 24 hours of a day that is not worked do not count."""
    moment, left = opens(taken, terms, is_workday), timedelta(hours=terms.accept_hours)
    while left:
        midnight = datetime.combine(moment.date() + timedelta(days=1), time(), moment.tzinfo)
        used = min(left, midnight - moment)
        moment, left = moment + used, left - used
        if moment == midnight and not is_workday(moment.date()):
            day = next_workday(moment.date(), is_workday)
            moment = datetime.combine(day, time(), moment.tzinfo)
    return moment


def answer_due(taken: datetime, hard: bool, terms: FeedbackTerms, is_workday: Calendar) -> datetime:
    """Closing hour of the Nth working day after the day the clock began (simple 3, complex 7)."""
    start = opens(taken, terms, is_workday)
    day = start.date()
    for _ in range(terms.hard_days if hard else terms.simple_days):
        day = next_workday(day, is_workday)
    return datetime.combine(day, time(terms.close_hour), start.tzinfo)


def due(taken: datetime, hard: bool, terms: FeedbackTerms, is_workday: Calendar) -> tuple[datetime, datetime]:
    """Both deadlines of an item: to be forwarded, to be answered."""
    return forward_due(taken, terms, is_workday), answer_due(taken, hard, terms, is_workday)


def work_left(now: datetime, until: datetime, terms: FeedbackTerms, is_workday: Calendar) -> timedelta:
    """Opening hours between now and a deadline; negative real time once it is over."""
    if now >= until:
        return until - now
    total, day = timedelta(), now.date()
    while day <= until.date():
        if is_workday(day):
            opening = datetime.combine(day, time(terms.open_hour), now.tzinfo)
            closing = datetime.combine(day, time(terms.close_hour), now.tzinfo)
            total += max(min(until, closing) - max(now, opening), timedelta())
        day += timedelta(days=1)
    return total


def in_time(
    forward_due_at: datetime,
    forwarded_at: datetime | None,
    answer_due_at: datetime,
    answered_at: datetime | None,
) -> bool:
    """S141: forwarded and answered, each within its limit."""
    return bool(
        forwarded_at and answered_at and forwarded_at <= forward_due_at and answered_at <= answer_due_at
    )


# --- who is too near to the matter


def check_taker(actor_id: int, against_id: int | None) -> None:
    """A complaint about the person who would register it is registered by a colleague or 助理."""
    if against_id is not None and actor_id == against_id:
        raise RuleError(
            "own_complaint", "被投诉的是你本人，不能由你登记", "拟:svc.cmp.absent_rep", "请同事或销售助理登记"
        )


def check_closing(verdict: str, is_leader: bool) -> None:
    """Whoever is not satisfied is not closed by the assistant alone."""
    if verdict == CustomerVerdict.DISCONTENT and not is_leader:
        raise RuleError("discontent", "客户回访不满意，不能直接关闭", "S140", "重开再办，或由主管、经理关闭")


def check_link(kind: str, root_kind: str, *, same: bool, root_linked: bool, household: bool) -> None:
    """Only a complaint joins another open one of the same household; a chain of links is none."""
    if kind != FeedbackKind.COMPLAINT or root_kind != FeedbackKind.COMPLAINT:
        raise RuleError("only_complaints", "只有投诉可以并案", "S137", "意见建议各记各的")
    if same or root_linked:
        raise RuleError("no_root", "不能并到这一件", "S137", "选家人先登记、尚未并案的那一件")
    if not household:
        raise RuleError("not_family", "两件投诉不是同一家人的", "S137", "先在客户档案合并为一户，再并案")
