"""渠道报备: whether a filing holds, from filing to arrival to the deal (rules.md 6.2, cases 13–15). Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import TextChoices

from regulations.rules import Step, Unit, Verdicts, from_json, term, topic
from salesdept.errors import RuleError


class FilingState(TextChoices):
    FILED = "filed", "报备"
    VALID = "valid", "有效"
    INVALID = "invalid", "无效"
    ARRIVED = "arrived", "到访确认"
    SUBSCRIBED = "subscribed", "认购"
    SIGNED = "signed", "签约"
    SETTLED = "settled", "结佣"
    LAPSED = "lapsed", "失效"
    CANCELLED = "cancelled", "退房"


class FilingReason(TextChoices):
    """Why a filing does not hold, or waits."""

    REGISTERED = "registered", "已在册"
    DUPLICATE = "duplicate", "重复报备"
    TOO_LATE = "too_late", "提前量不足"
    COMPANY = "company", "渠道公司不在合作期"
    OTHER_NUMBER = "other_number", "号码不是客户本人的"
    TO_CHECK = "to_check", "掩码待到访核对"
    NOT_ARRIVED = "not_arrived", "报备期内未到访"
    NO_DEAL = "no_deal", "保护期内未成交"


class PhoneMode(TextChoices):
    FULL = "full", "全号"
    MASKED = "masked", "前三后四"


class AgentState(TextChoices):
    ACTIVE = "active", "合作中"
    STOPPED = "stopped", "已停止"


# Several filings may wait (报备); at most one of a number is protected.
WAITING = (FilingState.FILED, FilingState.VALID)
PROTECTED = (FilingState.VALID, FilingState.ARRIVED, FilingState.SUBSCRIBED, FilingState.SIGNED)
HAS_ARRIVED = (FilingState.ARRIVED, FilingState.SUBSCRIBED, FilingState.SIGNED, FilingState.SETTLED)
_S = FilingState
FILING_ARROWS: Mapping[FilingState, frozenset[FilingState]] = {
    _S.FILED: frozenset({_S.VALID, _S.INVALID, _S.ARRIVED, _S.LAPSED}),
    _S.VALID: frozenset({_S.INVALID, _S.ARRIVED, _S.LAPSED}),
    _S.INVALID: frozenset(),
    _S.ARRIVED: frozenset({_S.SUBSCRIBED, _S.SIGNED, _S.LAPSED}),
    _S.SUBSCRIBED: frozenset({_S.SIGNED, _S.CANCELLED}),
    _S.SIGNED: frozenset({_S.SETTLED, _S.CANCELLED}),
    _S.SETTLED: frozenset({_S.CANCELLED}),
    _S.LAPSED: frozenset(),
    _S.CANCELLED: frozenset(),
}


@topic("customers.channels", "渠道报备", "customers")
class ChannelTerms:
    mode: str = term(
        "arrive_deal",
        label="报备保护方式",
        clause="拟:chan.mode",
        choices={
            "deal": "报备→成交",
            "arrive_deal": "报备→到访→成交",
            "arrive": "到访→成交",
        },
        note="「到访→成交」只保护先带到的渠道；「报备→成交」从报备起算成交期",
    )
    to_arrive: int = term(7, label="报备后到访期限", clause="拟:chan.protect", unit=Unit.DAYS, low=1, high=90)
    to_deal: int = term(30, label="成交保护期", clause="拟:chan.protect", unit=Unit.DAYS, low=1, high=365)
    min_lead: int = term(
        30, label="到访前至少提前报备", clause="拟:chan.min_lead", unit=Unit.MINUTES, low=0, high=1440
    )
    registered: str = term(
        "ever",
        label="客户已在册",
        clause="拟:chan.registered",
        choices={"ever": "登记过的，报备无效", "live": "归属仍有效的，报备才无效"},
    )
    rep: str = term(
        "turn",
        label="渠道客户的接待人",
        clause="拟:chan.rep",
        choices={"turn": "归当日轮到的代表", "named": "归到访确认时写明的代表"},
    )
    cross_site: bool = term(
        True, label="跨项目介绍提示", clause="拟:own.cross_site", note="关闭后不再提示，已有提示留存"
    )


@dataclass(frozen=True, slots=True)
class Masked:
    """前三后四 of a number."""

    head: str
    tail: str

    def matches(self, number: str) -> bool:
        return number.startswith(self.head) and number.endswith(self.tail)

    @property
    def shown(self) -> str:
        return f"{self.head}****{self.tail}"


def read_masked(text: str) -> Masked | None:
    """`138****5678` (any signs between) as 前三后四; None for anything else."""
    digits = "".join(c if c.isascii() and c.isdigit() else " " for c in text).split()
    if len(digits) != 2 or len(digits[0]) != 3 or len(digits[1]) != 4 or digits[0][0] != "1":
        return None
    return Masked(digits[0], digits[1])


def mask_of(number: str) -> Masked:
    return Masked(number[:3], number[-4:])


def surname(name: str) -> str:
    """姓: the first character of a name, or two of a known compound surname."""
    return name[:2] if name[:2] in _COMPOUND else name[:1]


_COMPOUND = frozenset(
    [
        "欧阳",
        "上官",
        "司马",
        "诸葛",
        "夏侯",
        "东方",
        "皇甫",
        "尉迟",
        "公孙",
        "令狐",
        "慕容",
        "司徒",
        "独孤",
        "端木",
        "南宫",
    ]
)


def arrive_by(filed_on: date, terms: ChannelTerms) -> date:
    """Last day (included) on which the guest of a filing may come."""
    return filed_on + timedelta(days=terms.to_arrive)


def deal_by(filed_on: date, arrived_on: date | None, terms: ChannelTerms) -> date:
    """Last day (included) of the protection until the deal."""
    start = filed_on if terms.mode == "deal" or arrived_on is None else arrived_on
    return start + timedelta(days=terms.to_deal)


def check_filing_move(old: str, new: str) -> None:
    if FilingState(new) not in FILING_ARROWS[FilingState(old)]:
        raise RuleError(
            "filing_move",
            f"报备{FilingState(old).label}，不能改为{FilingState(new).label}",
            "拟:chan.protect",
            "请渠道另行报备，或由经理与财务办渠道变更",
        )


def judge_filing(inputs: Mapping[str, Any], terms: ChannelTerms) -> Verdicts:
    """Whether a filing holds, at its entry and again at the door.

    `inputs` (moments in ISO with zone, days in ISO): filed_at, filed_on, mode (PhoneMode), company_ok,
    other_number (an agent's or a public number), registered_at (first contact of the number's customer, ""),
    lease_live, candidates (customers and filings a mask may mean), earlier (filing that was there before, or
    None), arrived_at ("" at entry), arrived_on.
    `result`: state, reason, arrive_by, deal_by.
    """
    steps = [Step(text="报备时间（服务器）", clause="拟:chan.protect", value=_word(inputs["filed_at"]))]
    for rule in (_company, _number, _registered, _earlier, _arrival):
        fault, step = rule(inputs, terms)
        if step is not None:
            steps.append(step)
        if fault is not None:
            state = FilingState.LAPSED if fault == FilingReason.NOT_ARRIVED else FilingState.INVALID
            return _judged(inputs, terms, steps, state, fault.value)
    return _holds(inputs, terms, steps)


type _Finding = tuple[FilingReason | None, Step | None]


def _company(inputs: Mapping[str, Any], terms: ChannelTerms) -> _Finding:
    if inputs["company_ok"]:
        return None, None
    return FilingReason.COMPANY, Step(text="渠道公司当日不在合作期内", clause="拟:chan.company")


def _number(inputs: Mapping[str, Any], terms: ChannelTerms) -> _Finding:
    if inputs["other_number"]:
        text = "号码属于渠道经纪人或公共号码，不是客户本人的"
        return FilingReason.OTHER_NUMBER, Step(text=text, clause="拟:own.match")
    return None, None


def _registered(inputs: Mapping[str, Any], terms: ChannelTerms) -> _Finding:
    """已在册: a register of the site before the filing (case 13)."""
    at = inputs["registered_at"]
    if not at:
        return None, Step(text="报备前本项目没有这个号码的登记", clause="拟:own.match")
    if _moment(at) > _moment(inputs["filed_at"]):
        return None, Step(text="本项目的登记晚于报备", clause="拟:chan.registered", value=_word(at))
    if terms.registered == "live" and not inputs["lease_live"]:
        return None, Step(text="报备前登记过，但归属已失效", clause="拟:chan.registered", value=_word(at))
    text = "报备前本项目已登记这个号码"
    return FilingReason.REGISTERED, Step(text=text, clause="拟:chan.registered", value=_word(at))


def _earlier(inputs: Mapping[str, Any], terms: ChannelTerms) -> _Finding:
    """Two channels, the same person: the first that holds (case 15)."""
    if inputs["earlier"] is None:
        return None, Step(text="没有更早的有效报备", clause="拟:chan.first")
    text = "同一客户已有更早的有效报备"
    return FilingReason.DUPLICATE, Step(text=text, clause="拟:chan.first", value=f"报备 #{inputs['earlier']}")


def _arrival(inputs: Mapping[str, Any], terms: ChannelTerms) -> _Finding:
    """The lead time (case 14) and the last day to come."""
    if not inputs["arrived_at"]:
        return None, None
    ahead = _moment(inputs["arrived_at"]) - _moment(inputs["filed_at"])
    minutes = int(ahead.total_seconds() // 60)
    if minutes < terms.min_lead:
        text = "到访前的提前量不足"
        return FilingReason.TOO_LATE, Step(text=text, clause="拟:chan.min_lead", value=f"{minutes} 分钟")
    last = arrive_by(date.fromisoformat(inputs["filed_on"]), terms)
    if date.fromisoformat(inputs["arrived_on"]) > last:
        text = "到访晚于报备的最后一天"
        return FilingReason.NOT_ARRIVED, Step(text=text, clause="拟:chan.protect", value=last.isoformat())
    text = "到访在提前量与期限之内"
    return None, Step(text=text, clause="拟:chan.min_lead", value=_word(inputs["arrived_at"]))


def _holds(inputs: Mapping[str, Any], terms: ChannelTerms, steps: list[Step]) -> Verdicts:
    if inputs["arrived_at"]:
        return _judged(inputs, terms, steps, FilingState.ARRIVED, "")
    if inputs["candidates"]:
        text = "掩码与在册客户或其他报备同姓同号段，到访时以完整号码核对"
        steps.append(Step(text=text, clause="拟:chan.masked", value=f"{inputs['candidates']} 位"))
        return _judged(inputs, terms, steps, FilingState.FILED, FilingReason.TO_CHECK.value)
    if terms.mode == "arrive":
        steps.append(Step(text="先带到访者受保护，报备不占先", clause="拟:chan.mode"))
        return _judged(inputs, terms, steps, FilingState.FILED, "")
    return _judged(inputs, terms, steps, FilingState.VALID, "")


def _judged(
    inputs: Mapping[str, Any], terms: ChannelTerms, steps: list[Step], state: FilingState, reason: str
) -> Verdicts:
    filed_on = date.fromisoformat(inputs["filed_on"])
    arrived = date.fromisoformat(inputs["arrived_on"]) if inputs["arrived_on"] else None
    result = {
        "state": state.value,
        "reason": reason,
        "arrive_by": arrive_by(filed_on, terms).isoformat(),
        "deal_by": deal_by(filed_on, arrived, terms).isoformat(),
    }
    if state not in (FilingState.INVALID, FilingState.LAPSED):
        last = result["deal_by"] if arrived or terms.mode == "deal" else result["arrive_by"]
        steps.append(Step(text="保护至（含当日）", clause="拟:chan.protect", value=last))
    return Verdicts(kind="customers.filing", result=result, inputs=inputs, steps=steps)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _word(text: str) -> str:
    """A moment of the inputs as the steps say it: 2026-11-23 10:00, Shanghai."""
    return text[:16].replace("T", " ")


def recompute_filing(inputs: Mapping[str, Any], values: Mapping[str, Any]) -> Verdicts:
    return judge_filing(inputs, from_json(ChannelTerms, values))


@dataclass(frozen=True, slots=True)
class Rival:
    """One filing of a person, as far as it matters who was first."""

    id: int
    filed_at: datetime
    state: str
    until: date  # last day of its protection
    arrived_at: datetime | None = None


def first_of(rivals: Iterable[Rival], on: date, terms: ChannelTerms) -> Rival | None:
    """The filing that holds a person on a day, whatever the order in which they are given.

    Among filings still waiting or protected the earliest filed; where only arrival protects, the earliest
    arrived. What is invalid, over or past its last day holds nobody.
    """
    alive = [rival for rival in rivals if _alive(rival, on)]
    if terms.mode == "arrive":
        alive = [rival for rival in alive if rival.arrived_at is not None]
        return min(alive, key=lambda rival: (rival.arrived_at, rival.id), default=None)
    return min(alive, key=lambda rival: (rival.filed_at, rival.id), default=None)


def _alive(rival: Rival, on: date) -> bool:
    if rival.state in (FilingState.SUBSCRIBED, FilingState.SIGNED, FilingState.SETTLED):
        return True
    return rival.state in (FilingState.FILED, FilingState.VALID, FilingState.ARRIVED) and on <= rival.until


def check_source_change(old: str, new: str, *, arrived: bool, same_day: bool) -> None:
    """认知途径 is the guest's word at the first visit: an empty one may be filled that day, no more after."""
    if old == new or not arrived or (not old and same_day):
        return
    raise RuleError(
        "channel_fixed",
        "客户到访后认知途径不能直接改",
        "拟:chan.change",
        "提出渠道变更，由经理与财务两人签批",
    )
