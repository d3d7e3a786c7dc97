"""渠道异常: what a month's channel arrivals show that somebody should look at. Pure; facts, no verdicts."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import TextChoices

from regulations.rules import Unit, term, topic


class AnomalyKind(TextChoices):
    SELF_FIRST = "self_first", "报备前已自行来访或来电"
    NEAR_ARRIVAL = "near_arrival", "报备紧挨着到访"
    AGENT = "agent", "同一经纪人多次临近报备"
    REP = "rep", "代表的渠道到访占比偏高"
    CHANGED = "changed", "到访后改过渠道"
    LOOKED_UP = "looked_up", "报备前号码被查看"


@topic("customers.anomalies", "渠道异常", "customers")
class AnomalyTerms:
    near_minutes: int = term(
        60, label="报备离到访多近要列出", clause="拟:chan.anomaly", unit=Unit.MINUTES, low=1, high=1440
    )
    agent_times: int = term(
        3, label="经纪人临近报备几次要列出", clause="拟:chan.anomaly", unit=Unit.TIMES, low=2, high=50
    )
    rep_percent: int = term(
        50, label="代表渠道到访占比到多少要列出", clause="拟:chan.anomaly", unit=Unit.PERCENT, low=1, high=100
    )
    rep_least: int = term(
        5, label="代表渠道到访至少几次才列出", clause="拟:chan.anomaly", unit=Unit.TIMES, low=1, high=500
    )
    look_minutes: int = term(
        120, label="报备前多久内被查看要列出", clause="拟:chan.anomaly", unit=Unit.MINUTES, low=1, high=1440
    )


@dataclass(frozen=True, slots=True)
class Filed:
    """One filing of the month. `first_contact` is the guest's first register, `looks` (who, when)."""

    id: int
    agent: str
    filed_at: datetime
    arrived_at: datetime | None
    first_contact: datetime | None
    looks: Sequence[tuple[str, datetime]] = ()


@dataclass(frozen=True, slots=True)
class Changed:
    """One 渠道变更 of the month."""

    id: int
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Share:
    """A rep's first arrivals of the month: all, and those under a channel."""

    rep: str
    visits: int
    channel: int


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One line: what it is about (`filing`, `change`, or a name) and why it is listed."""

    kind: AnomalyKind
    about: str
    reason: str
    filing: int | None = None
    change: int | None = None


def anomalies(
    filed: Iterable[Filed], changed: Iterable[Changed], shares: Iterable[Share], terms: AnomalyTerms
) -> list[Anomaly]:
    """Everything of a month worth a look, by kind, in the order given."""
    filings = list(filed)
    found: list[Anomaly] = []
    for one in filings:
        found += _of_filing(one, terms)
    found += _of_agents(filings, terms)
    found += [_of_share(share) for share in shares if _is_unusual(share, terms)]
    found += [
        Anomaly(AnomalyKind.CHANGED, "", f"{row.old}改为{row.new}，两人已签批", change=row.id)
        for row in changed
    ]
    order = list(AnomalyKind)
    return sorted(found, key=lambda item: order.index(item.kind))


def _of_filing(one: Filed, terms: AnomalyTerms) -> list[Anomaly]:
    found = []
    if one.first_contact is not None and one.first_contact < one.filed_at:
        ahead = _span(one.filed_at - one.first_contact)
        reason = f"首次登记比报备早 {ahead}"
        found.append(Anomaly(AnomalyKind.SELF_FIRST, one.agent, reason, filing=one.id))
    if _is_near(one, terms) and one.arrived_at is not None:
        reason = f"报备后 {_span(one.arrived_at - one.filed_at)}到访"
        found.append(Anomaly(AnomalyKind.NEAR_ARRIVAL, one.agent, reason, filing=one.id))
    window = timedelta(minutes=terms.look_minutes)
    near = [(who, at) for who, at in one.looks if timedelta() <= one.filed_at - at <= window]
    if near:
        who, at = max(near, key=lambda look: look[1])
        reason = f"{who} 在报备前 {_span(one.filed_at - at)}查过这个号码"
        found.append(Anomaly(AnomalyKind.LOOKED_UP, one.agent, reason, filing=one.id))
    return found


def _is_near(one: Filed, terms: AnomalyTerms) -> bool:
    if one.arrived_at is None:
        return False
    return one.arrived_at - one.filed_at < timedelta(minutes=terms.near_minutes)


def _of_agents(filings: Sequence[Filed], terms: AnomalyTerms) -> list[Anomaly]:
    times = Counter(one.agent for one in filings if _is_near(one, terms))
    return [
        Anomaly(AnomalyKind.AGENT, agent, f"本月 {count} 次报备紧挨着到访")
        for agent, count in times.most_common()
        if count >= terms.agent_times
    ]


def _is_unusual(share: Share, terms: AnomalyTerms) -> bool:
    return share.channel >= terms.rep_least and share.channel * 100 >= terms.rep_percent * share.visits


def _of_share(share: Share) -> Anomaly:
    reason = f"本月首访 {share.visits} 组，其中渠道 {share.channel} 组"
    return Anomaly(AnomalyKind.REP, share.rep, reason)


def _span(length: timedelta) -> str:
    """A length of time in the largest fitting unit; never less than nothing."""
    minutes = max(int(length.total_seconds() // 60), 0)
    if minutes < 60:
        return f"{minutes} 分钟"
    return f"{minutes // 60} 小时" if minutes < 48 * 60 else f"{minutes // 1440} 天"
