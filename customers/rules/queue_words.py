"""候客: states, events, kinds of turns and absences, and the terms of the queue. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import TextChoices

from regulations.rules import Unit, term, topic
from salesdept.errors import RuleError


class QueueState(TextChoices):
    """Where a person who signed in today stands. Who has no place has not signed in."""

    WAITING = "waiting", "候客"
    RECEIVING = "receiving", "接待中"
    AWAY = "away", "暂离"
    LUNCH = "lunch", "午餐"
    OUT = "out", "外出"
    SUSPENDED = "suspended", "停接"
    DESK = "desk", "当日控台"
    OFF = "off", "下班"


class TurnEvent(TextChoices):
    """What happens in a day's turn log."""

    OPENED = "opened", "接昨日顺位"
    SIGNED_IN = "signed_in", "签到"
    STARTED = "started", "开始接待"
    ENDED = "ended", "接待结束"
    LEFT = "left", "离开候客"
    BACK = "back", "回到候客"
    OFF = "off", "下班"
    SUSPENDED = "suspended", "停接"
    LIFTED = "lifted", "解除停接"
    SKIPPED = "skipped", "轮空"
    PENALISED = "penalised", "罚轮空一次"
    GRANTED = "granted", "补接"
    DECLINED = "declined", "不接兼顾"
    REPORTED = "reported", "报告助理"
    DESK_ON = "desk_on", "接手控台"
    DESK_OFF = "desk_off", "交回控台"


class QueueLine(TextChoices):
    """拟:q.hotline: turns at the table and turns at the phone are two orders."""

    VISIT = "visit", "来访轮次"
    CALL = "call", "来电轮次"


class TurnKind(TextChoices):
    """接待类型: by what right somebody receives."""

    ROTATION = "rotation", "轮接"
    MAKEUP = "makeup", "补接"
    NAMED = "named", "指定"
    OWN = "own", "老客户"
    OBLIGED = "obliged", "义务接待"
    CHANNEL = "channel", "渠道带访"
    DOUBLE = "double", "兼顾"


class TurnOutcome(TextChoices):
    """What a reception turned out to be, as the register says it."""

    NEW = "new", "新客户"
    NO_PHONE = "no_phone", "未留电"
    NAMED = "named", "指定客户"
    OLD = "old", "老客户"
    STANDIN = "standin", "义务接待"
    CHANNEL = "channel", "渠道客户"
    PEER = "peer", "同行、市调、送货"
    UNSAID = "unsaid", "未登记"


class Absence(TextChoices):
    """Why somebody is not in the hall; whether the missed turn is made up is a term."""

    RESTROOM = "restroom", "洗手间"
    CUSTOMER = "customer", "陪老客户"
    LUNCH = "lunch", "午餐"
    OFFICIAL = "official", "公出"
    SURVEY = "survey", "市调"
    FAIR = "fair", "房交会"
    REST = "rest", "休息"
    PRIVATE = "private", "私事"
    LEAVE = "leave", "请假"
    MEETING = "meeting", "会议室上班"


class RequestState(TextChoices):
    """An absence that was asked for."""

    PENDING = "pending", "待助理答复"
    GRANTED = "granted", "同意"
    REFUSED = "refused", "不同意"
    WITHDRAWN = "withdrawn", "撤回"


STATE_OF: Mapping[str, QueueState] = {
    Absence.RESTROOM: QueueState.AWAY,
    Absence.CUSTOMER: QueueState.AWAY,
    Absence.REST: QueueState.AWAY,
    Absence.LUNCH: QueueState.LUNCH,
    Absence.OFFICIAL: QueueState.OUT,
    Absence.SURVEY: QueueState.OUT,
    Absence.FAIR: QueueState.OUT,
    Absence.PRIVATE: QueueState.OUT,
    Absence.LEAVE: QueueState.OUT,
    Absence.MEETING: QueueState.OUT,
}
GONE = (QueueState.AWAY, QueueState.LUNCH, QueueState.OUT)
OUT_OF_TURN = (TurnKind.NAMED, TurnKind.OWN, TurnKind.CHANNEL)  # one may start these oneself at any time


@topic("customers.queue", "候客", "customers")
class QueueTerms:
    """Numbers of the queue that a notice may change."""

    min_waiting: int = term(1, label="大厅候客最少人数", clause="S108", unit=Unit.COUNT, low=1, high=10)
    code_seconds: int = term(
        60, label="签到码几秒一换", clause="拟:q.order", low=15, high=600, note="上一个码再有效一轮"
    )
    post_minutes: int = term(
        20, label="门岗时长", clause="拟:q.post_minutes", unit=Unit.MINUTES, low=5, high=120
    )
    must_ask_first: bool = term(True, label="漏首问轮空一次", clause="拟:q.must_ask_first")
    peer_uses_turn: bool = term(False, label="同行、市调、送货占用轮次", clause="拟:q.peer_visitor")
    named_in_turn_counts: bool = term(True, label="轮到时接指定客户占用轮次", clause="拟:q.counts")
    comp_with_customer: bool = term(True, label="接待中错过可补接", clause="拟:q.comp.yes")
    comp_restroom: bool = term(True, label="洗手间错过可补接", clause="拟:q.comp.yes")
    comp_lunch: bool = term(True, label="午餐错过可补接", clause="拟:q.comp.yes")
    comp_official: bool = term(True, label="公出、市调、房交会错过可补接", clause="拟:q.comp.yes")
    comp_old_customer: bool = term(True, label="陪老客户错过可补接", clause="拟:q.comp.no")
    comp_rest: bool = term(False, label="休息错过可补接", clause="拟:q.comp.no")
    comp_private: bool = term(False, label="私事、请假错过可补接", clause="拟:q.comp.no")
    opens_hour: int = term(9, label="营业开始（几点）", clause="拟:q.before_after_hours", low=6, high=12)
    closes_hour: int = term(18, label="营业结束（几点）", clause="拟:q.before_after_hours", low=14, high=24)
    off_hours_count: bool = term(False, label="营业时间外接待占用轮次", clause="拟:q.before_after_hours")
    single_load: bool = term(
        False,
        label="老客户未走不接新客",
        clause="拟:q.single_load",
        note="关闭时，无人候客由接待中的代表依次兼顾",
    )
    refuse_days: int = term(7, label="拒接停接", clause="拟:q.refuse", unit=Unit.DAYS, low=1, high=30)
    separate_calls: bool = term(True, label="来电轮次与来访轮次分开", clause="拟:q.hotline")
    breaks_asked: bool = term(False, label="洗手间、陪老客户也须助理同意", clause="拟:q.comp.yes")
    consent_minutes: int = term(
        5, label="助理未答复自动准假", clause="S110", unit=Unit.MINUTES, low=1, high=60
    )
    lunch_at_once: int = term(2, label="同时用餐最多", clause="S107", unit=Unit.COUNT, low=1, high=20)
    lunch_minutes: int = term(40, label="用餐时长", clause="S107", unit=Unit.MINUTES, low=10, high=120)
    greet_seconds: int = term(
        60,
        label="客户进门后几秒内应有人接待",
        clause="S182",
        low=10,
        high=600,
        note="只在控台显示，不自动处罚",
    )
    aside_minutes: int = term(
        5, label="接待中暂离几分钟以上须交待给同事", clause="S158", unit=Unit.MINUTES, low=1, high=60
    )
    new_rep_days: int = term(90, label="入职几天内为新人", clause="S185", unit=Unit.DAYS, low=0, high=365)

    def compensated(self, absence: str) -> bool:
        """Whether turns missed in this absence are made up."""
        return {
            Absence.RESTROOM: self.comp_restroom,
            Absence.CUSTOMER: self.comp_old_customer,
            Absence.LUNCH: self.comp_lunch,
            Absence.OFFICIAL: self.comp_official,
            Absence.SURVEY: self.comp_official,
            Absence.FAIR: self.comp_official,
            Absence.REST: self.comp_rest,
        }.get(Absence(absence), self.comp_private)

    def must_ask(self, absence: str) -> bool:
        """Whether the assistant is asked first; else telling is enough (S110)."""
        told = absence in (Absence.RESTROOM, Absence.CUSTOMER) and not self.breaks_asked
        return not told


@dataclass(frozen=True, slots=True)
class Arrow:
    """From which states an event leads; what is said when it does not. `who`: self, desk, leader."""

    begins: Sequence[QueueState]
    who: Sequence[str]
    refusal: RuleError


_HERE = (QueueState.WAITING, QueueState.RECEIVING)
_NOT_OFF = tuple(state for state in QueueState if state != QueueState.OFF)
ARROWS: Mapping[TurnEvent, Arrow] = {
    TurnEvent.SIGNED_IN: Arrow(
        (QueueState.OFF,),
        ("self", "desk"),
        RuleError("signed_in", "今天已经签到候客", "拟:q.order", "在候客顺序里看自己的位次"),
    ),
    TurnEvent.LEFT: Arrow(
        (QueueState.WAITING,),
        ("self", "desk"),
        RuleError("not_waiting", "现在不在候客，不必暂离", "拟:q.comp.yes", "接待结束后再暂离"),
    ),
    TurnEvent.BACK: Arrow(
        GONE,
        ("self", "desk"),
        RuleError("not_away", "现在不是暂离", "拟:q.comp.yes", "刷新后再看"),
    ),
    TurnEvent.OFF: Arrow(
        (QueueState.WAITING, *GONE, QueueState.SUSPENDED),
        ("self", "desk"),
        RuleError("still_receiving", "还在接待客户或值控台", "S104", "结束接待、交回控台后再下班"),
    ),
    TurnEvent.SUSPENDED: Arrow(
        _NOT_OFF,
        ("leader",),
        RuleError("not_here", "今天没有签到或已下班", "拟:q.refuse", "其签到后再停接"),
    ),
    TurnEvent.LIFTED: Arrow(
        (QueueState.SUSPENDED,),
        ("leader",),
        RuleError("not_suspended", "现在不是停接", "拟:q.refuse", "刷新后再看"),
    ),
    TurnEvent.SKIPPED: Arrow(
        (QueueState.WAITING,),
        ("self", "desk"),
        RuleError("not_waiting", "现在不在候客，不能轮空", "拟:q.vacant_A", "刷新后再看"),
    ),
    TurnEvent.PENALISED: Arrow(
        _NOT_OFF,
        ("desk",),
        RuleError("not_here", "今天没有签到或已下班", "拟:q.must_ask_first", "其签到后再记"),
    ),
    TurnEvent.GRANTED: Arrow(
        _NOT_OFF,
        ("desk",),
        RuleError("not_here", "今天没有签到或已下班", "拟:q.comp.yes", "其签到后再记补接"),
    ),
    TurnEvent.DECLINED: Arrow(
        (QueueState.RECEIVING,),
        ("self", "desk"),
        RuleError("not_receiving", "现在没有在接待，谈不上兼顾", "S183", "候客的代表按轮次接待"),
    ),
    TurnEvent.REPORTED: Arrow(
        _HERE,
        ("self",),
        RuleError("nothing_to_report", "现在没有要报告的", "S109", "刷新后再看"),
    ),
    TurnEvent.DESK_ON: Arrow(
        (QueueState.WAITING, *GONE),
        ("desk",),
        RuleError("still_receiving", "还在接待或停接，不能接手控台", "拟:q.order", "换一位，或等其接待结束"),
    ),
    TurnEvent.DESK_OFF: Arrow(
        (QueueState.DESK,),
        ("self", "desk"),
        RuleError("no_desk", "现在没有人持有控台", "拟:q.order", "刷新后再看"),
    ),
}


def check_event(event: TurnEvent, state: str) -> None:
    """Refuse an event that no arrow of the queue leads from `state`."""
    arrow = ARROWS[event]
    if state not in arrow.begins:
        raise arrow.refusal
