"""Attendance and conduct: what a clock record means, and how a case moves. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import TextChoices

from regulations.rules import Unit, term, topic
from salesdept.errors import RuleError


class ClockKind(TextChoices):
    IN = "in", "上班"
    OUT = "out", "下班"


class Mark(TextChoices):
    """What a day shows on the month page; the value is the suffix of the design's class."""

    OK = "ok", "正常"
    LATE = "late", "迟到"
    EARLY = "early", "早退"
    NO_RECORD = "rest", "无打卡"
    FUTURE = "future", "未到"


LETTERS: Mapping[Mark, str] = {
    Mark.OK: "",
    Mark.LATE: "迟",
    Mark.EARLY: "早",
    Mark.NO_RECORD: "—",
    Mark.FUTURE: "",
}


@topic("attendance.shift", "考勤班次", "attendance")
class ShiftTerms:
    """Working hours of a day, Shanghai time of day."""

    start: str = term("08:30", label="上班时间", clause="拟:att.shift.start", note="时:分")
    end: str = term("18:00", label="下班时间", clause="拟:att.shift.end", note="时:分")
    late_grace: int = term(
        5, label="迟到免计时长", clause="拟:att.late.grace", unit=Unit.MINUTES, low=0, high=30
    )


@topic("attendance.conduct", "奖惩", "attendance")
class ConductTerms:
    """How a proposed money fine is handled; always a proposal that a person decides."""

    fund_mode: str = term(
        "deduct",
        label="罚金方式",
        clause="拟:fund.mode",
        choices={"deduct": "扣款", "points": "记分", "voluntary": "自愿缴纳"},
        note="扣款须经本人知悉、第二人核准，并不超过法定上限",
    )
    month_cap_percent: int = term(
        20, label="月扣款上限占当月工资", clause="拟:fund.fine.cap", unit=Unit.PERCENT, low=0, high=20
    )
    answer_days: int = term(3, label="申辩期", clause="拟:pen.appeal_days", unit=Unit.DAYS, low=0, high=15)


def clock_time(text: str) -> time:
    """「08:30」 as a time of day. Raises RuleError when a term is not written like that."""
    try:
        return time.fromisoformat(text.strip())
    except ValueError as error:
        raise RuleError(
            "bad_time", f"「{text}」不是时刻", "拟:att.shift.start", "写成 08:30 这样的时:分"
        ) from error


def day_mark(day: date, today: date, first_in: time | None, last_out: time | None, terms: ShiftTerms) -> Mark:
    """The mark of one day from its first arrival and last leaving (Shanghai time of day).

    A missing 下班 counts only once the day is over; without any record nothing is concluded: who had to come
    that day is known only with a roster.
    """
    if day > today:
        return Mark.FUTURE
    if first_in is None:
        return Mark.NO_RECORD
    latest = datetime.combine(day, clock_time(terms.start)) + timedelta(minutes=terms.late_grace)
    if datetime.combine(day, first_in) > latest:
        return Mark.LATE
    if last_out is not None and last_out < clock_time(terms.end):
        return Mark.EARLY
    return Mark.OK


def minutes_late(first_in: time, terms: ShiftTerms) -> int:
    """Whole minutes after the start of the shift, 0 within the grace."""
    start, came = clock_time(terms.start), first_in
    late = (came.hour * 60 + came.minute) - (start.hour * 60 + start.minute)
    return late if late > terms.late_grace else 0


@dataclass(frozen=True, slots=True)
class DayClock:
    """One person's day: first 上班 and last 下班."""

    day: date
    first_in: time | None
    last_out: time | None


def check_next_clock(kind: ClockKind, today: Sequence[ClockKind]) -> None:
    """In before out, and not twice the same in a row. `today` is the day's record so far, oldest first."""
    if kind == ClockKind.OUT and not today:
        raise RuleError(
            "not_clocked_in", "今天还没有上班打卡", "拟:att.shift.start", "先打上班卡；漏打请写未打卡情况说明"
        )
    if today and today[-1] == kind:
        raise RuleError(
            "clocked_already",
            f"刚才已打过{kind.label}卡",
            "拟:att.shift.start",
            "无需再打；打错请写未打卡情况说明",
        )


# --- conduct cases


class CaseState(TextChoices):
    PROPOSED = "proposed", "拟定"
    TOLD = "told", "告知"
    ANSWERED = "answered", "申辩"
    APPROVED = "approved", "核准"
    WITHDRAWN = "withdrawn", "撤销"


CASE_MOVES: Mapping[CaseState, frozenset[CaseState]] = {
    CaseState.PROPOSED: frozenset(
        {CaseState.TOLD, CaseState.ANSWERED, CaseState.APPROVED, CaseState.WITHDRAWN}
    ),
    CaseState.TOLD: frozenset({CaseState.ANSWERED, CaseState.APPROVED, CaseState.WITHDRAWN}),
    CaseState.ANSWERED: frozenset({CaseState.APPROVED, CaseState.WITHDRAWN}),
    CaseState.APPROVED: frozenset(),
    CaseState.WITHDRAWN: frozenset(),
}
OPEN_CASES = (CaseState.PROPOSED, CaseState.TOLD, CaseState.ANSWERED)


class CaseCode(TextChoices):
    """The catalogue of acts; its ladder of amounts joins with the conduct chapter."""

    CONTRACT_TEXT = "contract_text", "合同文字差错"
    LATE = "late", "迟到"
    DRESS = "dress", "着装"
    TIDY = "tidy", "桌面整洁"
    PHONE = "phone", "私人电话"
    GRAB = "grab", "抢客户"
    PROMISE = "promise", "擅自承诺"
    OTHER = "other", "其他"


def check_case_move(old: CaseState, new: CaseState) -> None:
    """拟定 → 告知 → 申辩 → 核准 or 撤销; a decided case stays decided."""
    if new not in CASE_MOVES[old]:
        raise RuleError(
            "case_decided",
            f"此单已{old.label}，不能再{new.label}",
            "拟:pen.appeal_days",
            "如有异议，请另提申诉",
        )


def answer_until(proposed_at: datetime, terms: ConductTerms) -> datetime:
    """Until when the person may answer before somebody decides."""
    return proposed_at + timedelta(days=terms.answer_days)


def check_heard(state: CaseState, proposed_at: datetime, now: datetime, terms: ConductTerms) -> None:
    """Nobody is fined unheard: the person has seen it, has answered, or let the time to answer pass."""
    if state == CaseState.PROPOSED and now < answer_until(proposed_at, terms):
        raise RuleError(
            "not_heard",
            "本人尚未知悉，申辩期未满",
            "拟:pen.appeal_days",
            "请本人先签收或申辩，或等申辩期满再核准",
        )
